//! Every answer of an endpoint is one that the platform understands as intended.

use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, ErrorKind, Tolerance};

/// Returns a refusal of each kind that an endpoint or a web crate reports.
fn refusals() -> impl Iterator<Item = ErrorKind> {
    ErrorKind::all("x").into_iter().filter(|kind| !matches!(kind, ErrorKind::Misconfigured(_)))
}

pub(crate) fn findings<P: Platform>(platform: &P) -> Vec<String> {
    let secret = platform.facts().scheme.secret_from(&[7; 32]);
    // A scheme whose keys are not made of random bytes is checked with the endpoints of fixtures.
    let Ok(plain) = Endpoint::of(platform.clone(), secret) else { return Vec::new() };
    let mut found = Vec::new();
    for (settings, endpoint) in [
        ("plain", plain.clone()),
        ("retrying bad signatures", plain.clone().retry_bad_signatures()),
        ("of any age", plain.clone().dangerously_accept_stale()),
        (
            "with all of them",
            plain.retry_bad_signatures().dangerously_accept_stale().with_tolerance(Tolerance::seconds(0)),
        ),
    ] {
        let contract = endpoint.contract();
        let mut note = |answer: String| found.push(format!("an endpoint, {settings}: {answer}"));
        for kind in refusals() {
            let status = endpoint.status(kind);
            if let Some(effect) = contract.forbids(status) {
                note(format!("{kind:?} gives {status}, which {effect}"));
            }
            if contract.counts_as_success.contains(&status.as_u16()) {
                note(format!("{kind:?} gives {status}, which counts as success"));
            }
            if endpoint.refuse(kind.into()).status() != status {
                note(format!("{kind:?} is refused with another status than {status}"));
            }
        }
    }
    found
}
