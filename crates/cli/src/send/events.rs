//! The events of a platform, with the bodies of the embedded fixtures.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use referral_webhooks_fixtures::{Expected, Fixture, of_platform};
use serde::Deserialize;

use crate::failure::Failure;
use crate::terminal::printable;

/// The part of an expected delivery that names its event.
#[derive(Deserialize)]
struct Outcome {
    name: Option<String>,
    event: serde_json::Value,
}

/// Returns the body of an event: named as on the wire, in any letter case, or as its fixture.
pub(crate) fn body(platform: &str, wanted: Option<&str>) -> Result<Bytes, Failure> {
    let events = all(platform);
    let list = || {
        let names: Vec<&str> = events.values().map(|(name, _)| name.as_str()).collect();
        format!("{platform} has {}", names.join(", "))
    };
    let wanted = wanted.ok_or_else(|| {
        let help = format!("name one, or give `--body FILE`; {}", list());
        Failure::usage("the event is missing", help)
    })?;
    if let Some((_, body)) = events.get(&wanted.to_ascii_lowercase()) {
        return Ok(body.clone());
    }
    let named =
        of_platform(platform).find(|fixture| fixture.name == wanted && is_plain(fixture) && is_accepted(fixture));
    named.map(|fixture| fixture.request.into_body()).ok_or_else(|| {
        let cause = format!("there is no event `{}` of {platform} among the fixtures", printable(wanted));
        Failure::usage(cause, format!("give another, or `--body FILE`; {}", list()))
    })
}

/// Returns the typed events by their names in lower case: the name on the wire, and the body of the plainest fixture.
fn all(platform: &str) -> BTreeMap<String, (String, Bytes)> {
    let mut fixtures: Vec<(String, Fixture)> =
        of_platform(platform).filter(is_plain).filter_map(|fixture| Some((typed_name(&fixture)?, fixture))).collect();
    // A later one takes the place of an earlier one, so the plainest comes last.
    fixtures.sort_by_key(|(_, fixture)| (fixture.is_sample, Reverse(fixture.name.len())));
    let entry = |(name, fixture): (String, Fixture)| (name.to_ascii_lowercase(), (name, fixture.request.into_body()));
    fixtures.into_iter().map(entry).collect()
}

/// Returns the name of a fixture's event. `None` if the fixture is refused, or its event is not typed.
fn typed_name(fixture: &Fixture) -> Option<String> {
    let Expected::Event(text) = fixture.expected else { return None };
    let outcome: Outcome = serde_json::from_str(text).ok()?;
    outcome.name.filter(|_| outcome.event.get("Other").is_none())
}

const fn is_accepted(fixture: &Fixture) -> bool {
    matches!(fixture.expected, Expected::Event(_))
}

/// Whether the body is whole, and without the coating of a form.
fn is_plain(fixture: &Fixture) -> bool {
    let media_type = fixture.request.headers().get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let body = fixture.request.body();
    !media_type.starts_with(b"application/x-www-form-urlencoded")
        && fixture.content_length == body.len()
        && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}
