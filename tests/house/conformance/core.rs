//! The door of the core, at each case's own time.

use http::Request;
use referral_webhooks::platform::{Event as _, Platform, Visit, visit_all};
use referral_webhooks::{
    BodyHmac, Delivery, DetachedJws, Endpoint, Error, Scheme, Svix, TimestampedHmac, Tolerance, UrlToken, Verifier,
};
use referral_webhooks_tests::conformance::{Case, Report};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::servers::set_up;

/// The door's name in reports.
pub(super) const DOOR: &str = "core";

/// Returns the answers to every case.
pub(super) fn ask(cases: &[Case]) -> Report {
    let mut asked = Asked { cases, report: Report::default() };
    visit_all(&mut asked);
    for case in cases.iter().filter(|case| case.platform.is_none()) {
        asked.report.answered(DOOR, case, by_scheme(case));
    }
    asked.report
}

struct Asked<'c> {
    cases: &'c [Case],
    report: Report,
}

impl Visit for Asked<'_> {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        for case in self.cases.iter().filter(|case| case.platform.as_deref() == Some(P::default().facts().name)) {
            self.report.answered(DOOR, case, by_platform::<P>(case));
        }
    }
}

fn by_platform<P: Platform + Default>(case: &Case) -> Value {
    let Some(endpoint) = set_up::<P>(case) else { return without_a_verdict("config") };
    let Some(request) = case.request() else { return without_a_verdict("request") };
    let received = endpoint.receive(&request, now(case));
    agree(&endpoint, &request, &received, case);
    let mut answer = match received {
        Ok(delivery) => json!({
            "accepted": true,
            "kind": null,
            "status": P::default().facts().contract.success.as_u16(),
            "event": delivery.event().name(),
            "id": delivery.id().as_str(),
        }),
        Err(error) => json!({
            "accepted": false,
            "kind": error.kind().as_str(),
            "status": endpoint.status(error.kind()).as_u16(),
            "event": null,
            "id": null,
        }),
    };
    if case.is_refused_by_http() {
        // The server decides the status, and the core does not see it.
        answer.as_object_mut().unwrap().remove("status");
    }
    answer
}

/// Checks that all ways into the core agree: a borrowed or an owned request, with or without a check of its head.
fn agree<P: Platform + Default>(
    endpoint: &Endpoint<P>,
    request: &Request<bytes::Bytes>,
    received: &Result<Delivery<P>, Error>,
    case: &Case,
) {
    let outcome = |received: &Result<Delivery<P>, Error>| match received {
        Ok(delivery) => Ok((delivery.id().clone(), delivery.event().name().map(str::to_owned))),
        Err(error) => Err(error.kind()),
    };
    let owned = endpoint.receive_owned(request.clone(), now(case));
    assert_eq!(outcome(received), outcome(&owned), "{}: the request given away", case.name);
    if let Err(error) = endpoint.check_head(request.uri(), request.headers()) {
        assert_eq!(outcome(received), Err(error.kind()), "{}: the head alone", case.name);
    }
}

fn by_scheme(case: &Case) -> Value {
    let verifier = Verifier::new(scheme(case), &case.secrets[0]);
    let previous = &case.secrets[1..];
    let Ok(verifier) = verifier.and_then(|verifier| previous.iter().try_fold(verifier, Verifier::or_previous)) else {
        return without_a_verdict("config");
    };
    let verifier = verifier.with_tolerance(case.tolerance_s.map_or_else(Tolerance::default, Tolerance::seconds));
    let Some(request) = case.request() else { return without_a_verdict("request") };
    match verifier.verify(&request, now(case)) {
        Ok(verified) => json!({ "accepted": true, "kind": null, "event": null, "id": verified.message_id() }),
        Err(error) => json!({ "accepted": false, "kind": error.kind().as_str(), "event": null, "id": null }),
    }
}

fn scheme(case: &Case) -> Scheme {
    let header = || case.header.as_deref().unwrap();
    match case.scheme.as_deref() {
        Some("body-hmac") => Scheme::BodyHmac(BodyHmac::try_new(header()).unwrap()),
        Some("timestamped-hmac") => Scheme::TimestampedHmac(TimestampedHmac::try_new(header()).unwrap()),
        Some("svix") => Scheme::Svix(Svix),
        Some("detached-jws") => Scheme::DetachedJws(DetachedJws::try_new(header()).unwrap()),
        Some("url-token") => Scheme::UrlToken(UrlToken),
        unknown => panic!("{}: there is no scheme {unknown:?}", case.name),
    }
}

/// Returns the answer to a case that has no valid request or no valid endpoint.
fn without_a_verdict(kind: &str) -> Value {
    json!({ "accepted": false, "kind": kind, "event": null, "id": null })
}

fn now(case: &Case) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(case.now_unix).unwrap()
}
