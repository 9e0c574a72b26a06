//! The comparison of an outcome with the expected one.

use std::collections::BTreeSet;

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Endpoint, Error, Strength};
use referral_webhooks_fixtures::{Expected, Fixture};
use serde_json::{Value, json};

/// Returns the differences of an outcome from the expected one. `stale` is not compared if the fixture is received late.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_conformance::{differences, endpoint};
/// use time::OffsetDateTime;
///
/// let fixture = referral_webhooks_fixtures::sample("redpin").unwrap();
/// let endpoint = endpoint(Redpin, &fixture, false)?;
/// let now = OffsetDateTime::from_unix_timestamp(fixture.now)?;
/// let received = endpoint.receive(&fixture.request, now);
/// assert_eq!(differences(&endpoint, &received, &fixture, false), [""; 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn differences<P: Platform>(
    endpoint: &Endpoint<P>,
    received: &Result<Delivery<P>, Error>,
    fixture: &Fixture,
    late: bool,
) -> Vec<String> {
    match (fixture.expected, received) {
        (Expected::Event(text), Ok(delivery)) => {
            let mut differences = Vec::new();
            match serde_json::from_str::<Value>(text) {
                Ok(mut expected) => {
                    let mut got = outcome(delivery);
                    if late {
                        expected["stale"] = Value::Null;
                        got["stale"] = Value::Null;
                    }
                    compare("", &expected, &got, &mut differences);
                }
                Err(error) => differences.push(format!("the `.json` cannot be read: {error}")),
            }
            differences
        }
        (Expected::Error { kind, header, status }, Err(error)) => {
            let got = (error.kind().as_str(), error.kind().header(), endpoint.status(error.kind()).as_u16());
            let want = (kind, header, status);
            if got == want { Vec::new() } else { vec![format!("expected {want:?}, got {got:?}")] }
        }
        (Expected::Event(_), Err(error)) => vec![format!("expected an event, got: {error}")],
        (expected, Ok(delivery)) => vec![format!("expected {expected:?}, got {delivery:?}")],
    }
}

/// Returns a delivery in the format of fixtures, which have `stale` only if it is true, and `items` only if there are any.
pub(crate) fn outcome<P: Platform>(delivery: &Delivery<P>) -> Value {
    let mut outcome = json!({
        "id": delivery.id().as_str(),
        "strength": strength(delivery.id().strength()),
        "trust": delivery.trust().as_str(),
        "secret": delivery.secret_index(),
        "variant": delivery.variant().as_str(),
        "name": delivery.event().name(),
        "event": serde_json::to_value(delivery.event()).unwrap_or_else(|error| json!({ "serialising": error.to_string() })),
    });
    if delivery.is_stale() {
        outcome["stale"] = Value::Bool(true);
    }
    let items = delivery.items();
    if !items.is_empty() {
        let id = |item: &Delivery<P>| json!({"id": item.id().as_str(), "strength": strength(item.id().strength())});
        outcome["items"] = items.iter().map(id).collect();
    }
    outcome
}

fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::MessageId => "message-id",
        Strength::BusinessFields => "business-fields",
        Strength::Digest => "digest",
        strength => panic!("fixtures do not spell {strength:?}"),
    }
}

/// Collects the paths at which two JSON values differ.
fn compare(place: &str, expected: &Value, got: &Value, differences: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            let names: BTreeSet<_> = expected.keys().chain(got.keys()).collect();
            for name in names {
                let place = format!("{place}/{name}");
                match (expected.get(name), got.get(name)) {
                    (Some(expected), Some(got)) => compare(&place, expected, got, differences),
                    (expected, got) => differences.push(format!("{place}: expected {expected:?}, got {got:?}")),
                }
            }
        }
        _ if expected == got => {}
        _ => differences.push(format!("{place}: expected {expected}, got {got}")),
    }
}
