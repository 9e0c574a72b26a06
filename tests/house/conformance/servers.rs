//! The doors of servers, sent the very bytes of a case. Their clock is the real one.

use std::time::Duration;

use referral_webhooks::platform::{Event as _, Platform, Visit, visit_all};
use referral_webhooks::{Endpoint, Tolerance};
use referral_webhooks_tests::conformance::{Case, Framing, Report};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::sockets::client::send_bytes;
use crate::sockets::{Door, Outcome, SLACK};

/// Asks a door every case that a server can be asked.
pub(super) fn ask(name: &'static str, door: impl Door, framing: Framing, cases: &[Case]) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut asked = Asked { name, door, framing, cases, runtime, report: Report::default() };
    visit_all(&mut asked);
    for _ in cases.iter().filter(|case| case.platform.is_none()) {
        asked.report.left_out(name, "a scheme alone has no endpoint");
    }
    asked.report
}

struct Asked<'c, D> {
    name: &'static str,
    door: D,
    framing: Framing,
    cases: &'c [Case],
    runtime: Runtime,
    report: Report,
}

impl<D: Door> Visit for Asked<'_, D> {
    fn visit<P: Platform>(&mut self) {
        for case in self.cases.iter().filter(|case| case.platform.as_deref() == Some(P::NAME)) {
            let now = OffsetDateTime::now_utc().unix_timestamp();
            match set_up::<P>(case, moved(P::TOLERANCE, case, now)) {
                Some(endpoint) => {
                    let answer = self.runtime.block_on(answer(&self.door, endpoint, self.framing, case));
                    self.report.answered(self.name, case, answer);
                }
                None => self.report.left_out(self.name, "no endpoint can have these secrets"),
            }
        }
    }
}

/// The endpoint of a case, if it can be one.
pub(super) fn set_up<P: Platform>(case: &Case, tolerance: Tolerance) -> Option<Endpoint<P>> {
    let (current, previous) = case.secrets.split_first()?;
    let endpoint = Endpoint::new(current).ok()?.tolerance(tolerance);
    previous.iter().try_fold(endpoint, Endpoint::or_previous).ok()
}

/// The tolerance of a case, moved by as much as the real clock differs from the case's: what is right or wrong by a
/// second there is so here.
///
/// The clock goes on while the request is on its way. What is too old only gets older; for what is right, that way
/// is allowed for; and what is too new stays it for that long.
fn moved(own: Tolerance, case: &Case, now: i64) -> Tolerance {
    let said = case.tolerance_s.map_or(own, Tolerance::seconds);
    let is = |kind: &str| case.expect.kind.as_deref() == Some(kind);
    let seconds = |number: i64| Duration::from_secs(number.try_into().unwrap());
    let since = now - case.now_unix;
    let (mut past, mut future) = (said.past(), said.future());
    if since >= 0 {
        past += seconds(if is("too-old") { since } else { since + SLACK });
    } else {
        future += seconds(if is("too-new") { -since - SLACK } else { -since });
    }
    Tolerance::past_and_future(past, future)
}

/// What a server of its own makes of a case.
async fn answer<P: Platform>(door: &impl Door, endpoint: Endpoint<P>, framing: Framing, case: &Case) -> Value {
    let (outcomes, mut received) = mpsc::unbounded_channel();
    let server = door.serve(endpoint, outcomes).await;
    let soon = Duration::from_secs(10);
    let Ok(Some(status)) = tokio::time::timeout(soon, send_bytes(server.address, &case.wire(framing))).await else {
        return json!({ "accepted": null, "status": null });
    };
    if case.is_refused_by_http() {
        let is_delivered = matches!(received.try_recv(), Ok(Outcome { received: Some(Ok(_)), .. }));
        // What the request proves is not this answer's affair: it did not become a delivery.
        let accepted = if is_delivered { json!("delivered") } else { case.expect.accepted.into() };
        return json!({ "accepted": accepted, "status": status.as_u16() });
    }
    match tokio::time::timeout(soon, received.recv()).await {
        Ok(Some(Outcome { received: Some(Ok(delivery)), .. })) => json!({
            "accepted": true,
            "kind": null,
            "status": status.as_u16(),
            "event": delivery.event().name(),
            "id": delivery.id().as_str(),
        }),
        Ok(Some(Outcome { received: Some(Err(error)), .. })) => json!({
            "accepted": false,
            "kind": error.kind().as_str(),
            "status": status.as_u16(),
            "event": null,
            "id": null,
        }),
        // The handler was not called, and the status alone says why.
        Ok(Some(Outcome { received: None, .. })) => {
            json!({ "accepted": false, "status": status.as_u16(), "event": null, "id": null })
        }
        _ => json!({ "accepted": null, "status": status.as_u16() }),
    }
}
