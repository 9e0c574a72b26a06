//! The doors of servers, which receive the exact bytes of a case at the real time.

use std::time::Duration;

use referral_webhooks::platform::{Event as _, Platform, Visit, visit_all};
use referral_webhooks::{Endpoint, Tolerance};
use referral_webhooks_tests::conformance::{Case, Framing, Report};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::sockets::client::send_bytes;
use crate::sockets::{Door, Outcome};

/// Returns a door's answers to every case that a server can receive.
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
    fn visit<P: Platform + Default>(&mut self, _: P) {
        for case in self.cases.iter().filter(|case| case.platform.as_deref() == Some(P::default().facts().name)) {
            let now = OffsetDateTime::now_utc().unix_timestamp();
            match set_up::<P>(case) {
                Some(_) if is_in_the_future(case, now) => {
                    self.report.left_out(self.name, "no server accepts a future time")
                }
                Some(endpoint) => {
                    // The case is old by now, so the endpoint accepts any age, unless the case is expected to be too old.
                    let is_too_old = case.expect.kind.as_deref() == Some("too-old");
                    let endpoint = if is_too_old { endpoint } else { endpoint.dangerously_accept_stale() };
                    let answer = self.runtime.block_on(answer(&self.door, endpoint, self.framing, case));
                    self.report.answered(self.name, case, answer);
                }
                None => self.report.left_out(self.name, "no endpoint can have these secrets"),
            }
        }
    }
}

/// Returns the endpoint of a case. `None` if its secrets are invalid.
pub(super) fn set_up<P: Platform + Default>(case: &Case) -> Option<Endpoint<P>> {
    let (current, previous) = case.secrets.split_first()?;
    let endpoint = Endpoint::new(current).ok()?;
    let endpoint = case.tolerance_s.map(Tolerance::seconds).into_iter().fold(endpoint, Endpoint::with_tolerance);
    previous.iter().try_fold(endpoint, Endpoint::or_previous).ok()
}

/// Whether a case is expected to be accepted at a time in the future. A server refuses its signed time today.
pub(super) fn is_in_the_future(case: &Case, now: i64) -> bool {
    case.expect.accepted && case.now_unix > now
}

/// Returns the answer of a new server to a case.
async fn answer<P: Platform + Default>(
    door: &impl Door,
    endpoint: Endpoint<P>,
    framing: Framing,
    case: &Case,
) -> Value {
    let (outcomes, mut received) = mpsc::unbounded_channel();
    let server = door.serve(endpoint, outcomes).await;
    let soon = Duration::from_secs(10);
    let Ok(Some(status)) = tokio::time::timeout(soon, send_bytes(server.address, &case.wire(framing))).await else {
        return json!({ "accepted": null, "status": null });
    };
    if case.is_refused_by_http() {
        let is_delivered = matches!(received.try_recv(), Ok(Outcome { received: Some(Ok(_)), .. }));
        // The server refused the message before it was verified. It must not be a delivery.
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
        // The handler was not called, so that only the status shows the reason.
        Ok(Some(Outcome { received: None, .. })) => {
            json!({ "accepted": false, "status": status.as_u16(), "event": null, "id": null })
        }
        _ => json!({ "accepted": null, "status": status.as_u16() }),
    }
}
