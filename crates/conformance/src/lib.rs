//! The checks that every platform of [`referral_webhooks`] passes, for authors of platforms.
//!
//! A platform that fails a check can accept a forgery, lose an event, or process it twice: a merchant pays a reward to a
//! stranger, pays none, or pays it two times. The built-in platforms pass the same function.
//!
//! # Use
//!
//! The crate is a dev-dependency. The checks need fixtures, which are requests with their expected outcomes, in the format
//! of [`referral_webhooks_fixtures`]:
//!
//! ```
//! use referral_webhooks::platform::redpin::Redpin; // your platform instead
//! use referral_webhooks_conformance as conformance;
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/redpin");
//! # let mut fixtures = conformance::in_folder(folder);
//! # fixtures.retain(|fixture| ["referral-created", "other-unknown-name", "wrong-secret"].contains(&fixture.name));
//! # let _ = || {
//! let fixtures = conformance::in_folder("tests/fixtures/redpin");
//! # };
//! conformance::check::<Redpin>(&fixtures);
//! ```
//!
//! One fixture of a delivery is enough for all checks. Make its signature with a foreign program, such as `openssl`, because
//! a signature by this library proves only that the library agrees with itself.
//!
//! # Checks
//!
//! | module | what its checks test |
//! |---|---|
//! | `facts` | the names, the tolerance of a signed time, and a contract without contradictions |
//! | `answers` | no answer of an endpoint is forbidden, and no refusal counts as success |
//! | `walk` | every fixture has its expected outcome, on arrival and a year late |
//! | `forged` | a changed bit, a missing proof, a wrong secret and a wrong time are refused |
//! | `signed` | a request that the endpoint signs itself is accepted, and a retry has the same id |
//! | `decoding` | decoding and the id never panic, and the event `Other` has the whole payload |
//! | `reopened` | a stored delivery reopens unchanged, and an altered one is refused |
//!
//! # Limits
//!
//! The checks cannot know the platform: whether its facts are true, and whether every event has a fixture.

mod answers;
mod decoding;
mod facts;
mod forged;
mod outcome;
mod reopened;
mod set_up;
mod signed;
mod typical;
mod walk;

use referral_webhooks::platform::Platform;
pub use referral_webhooks_fixtures::{Expected, Fixture, in_folder};

pub use outcome::differences;
pub use set_up::endpoint;

/// Runs all checks of a platform without content.
///
/// The fixtures are read from a folder, or written next to the test:
///
/// ```
/// use referral_webhooks::platform::refir::Refir;
/// use referral_webhooks_conformance::{Fixture, check};
///
/// const REQUEST: &str = "\
/// ## source: assumed, an example
/// ## secret: kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA
/// ## now: 2026-01-15T10:30:05Z
/// POST /hooks/refir/kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA HTTP/1.1
/// content-length: 31
///
/// {\"newLead\":{\"leadId\":\"u_1002\"}}
/// ";
/// const OUTCOME: &str = r#"{
///     "id": "lead|u_1002|-", "strength": "business-fields", "trust": "secret-url", "secret": 0, "variant": "url-token",
///     "name": "lead added",
///     "event": {"LeadAdded": {
///         "lead": {"id": "u_1002", "name": null, "email": null, "referral_code": null, "referral_link": null},
///         "message": null
///     }}
/// }"#;
/// check::<Refir>(&[Fixture::delivered("lead-added", REQUEST, OUTCOME)]);
/// ```
///
/// # Panics
///
/// If a check fails. The panic lists all findings.
#[track_caller]
pub fn check<P: Platform + Default>(fixtures: &[Fixture]) {
    let found = findings(&P::default(), fixtures);
    assert!(found.is_empty(), "{} findings:\n  {}\n", found.len(), found.join("\n  "));
}

/// Runs all checks of a platform, and returns what they found. For platforms that are described at run time, and for
/// reports.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_conformance::findings;
///
/// assert_eq!(findings(&Redpin, &[]), ["no fixture is a delivery whose event is known"]);
/// ```
#[must_use]
pub fn findings<P: Platform>(platform: &P, fixtures: &[Fixture]) -> Vec<String> {
    let mut found = facts::findings(platform);
    found.extend(answers::findings(platform));
    found.extend(walk::findings(platform, fixtures));
    found.extend(reopened::findings(platform, fixtures));
    match typical::typical(platform, fixtures) {
        Some(typical) => {
            found.extend(forged::findings(&typical));
            found.extend(signed::findings(&typical));
            found.extend(decoding::findings(platform, typical.delivery.payload()));
        }
        None => found.push("no fixture is a delivery whose event is known".to_owned()),
    }
    found
}
