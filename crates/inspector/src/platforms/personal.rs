//! The values of an event that its platform marks as personal.

use std::collections::HashSet;

use referral_webhooks::platform::Event;
use serde_json::Value;

/// The number of values that are kept.
const MOST: usize = 20_000;

/// Returns the texts of an event that its serialised form has and its `Debug` form hides. A profile serialises without
/// personal values, so its hidden texts are those of the payload.
pub(super) fn personal(event: &impl Event, is_profile: bool, payload: &[u8]) -> HashSet<String> {
    if event.other().is_some() {
        return HashSet::new();
    }
    let serialised = serde_json::to_value(event).unwrap_or_default();
    let mut shown = HashSet::new();
    let mut all = HashSet::new();
    if is_profile {
        texts(&serialised, &mut shown);
        let nested = shown.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok()).collect::<Vec<_>>();
        nested.iter().for_each(|value| texts(value, &mut shown));
        texts(&serde_json::from_slice(payload).unwrap_or_default(), &mut all);
    } else {
        texts(&serialised, &mut all);
        shown = words(&format!("{event:?}"));
    }
    all.retain(|text| !text.is_empty() && !shown.contains(text) && !shown.contains(&folded(text)));
    all
}

fn texts(value: &Value, found: &mut HashSet<String>) {
    match value {
        _ if found.len() >= MOST => {}
        Value::String(text) => {
            found.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns the quoted texts of a `Debug` form, and its names of types and variants in lower case: a known word of a platform
/// is a variant there.
fn words(debug: &str) -> HashSet<String> {
    let mut words = HashSet::new();
    let mut rest = debug;
    while let Some(at) = rest.find('"') {
        identifiers(&rest[..at], &mut words);
        let inner = &rest[at + 1..];
        let end = end_of_literal(inner);
        words.extend(serde_json::from_str::<String>(&format!("\"{}\"", &inner[..end])));
        words.insert(inner[..end].to_owned());
        rest = inner.get(end + 1..).unwrap_or_default();
    }
    identifiers(rest, &mut words);
    words
}

fn end_of_literal(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

fn identifiers(text: &str, words: &mut HashSet<String>) {
    words.extend(text.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty()).map(folded));
}

/// Returns the letters and digits of a text in lower case, as `REFERRAL_CREATED` and `ReferralCreated` have them.
fn folded(text: &str) -> String {
    text.chars().filter(|one| one.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use referral_webhooks::platform::Platform;
    use referral_webhooks::platform::redpin::Redpin;
    use referral_webhooks::profile::Profile;

    use super::*;

    #[test]
    fn a_profile_names_its_personal_values() {
        let profile: Profile = toml::from_str(
            r#"
            name = "inspected"
            scheme = { kind = "body-hmac", header = "X-Inspected" }
            event.name = "/type"
            personal = ["/who"]
            "#,
        )
        .expect("it is a profile");
        let payload = Bytes::from_static(br#"{"type":"paid","who":{"a":"gold"},"plan":"silver"}"#);
        let found = personal(&profile.decode(&payload), true, &payload);
        assert_eq!(found, HashSet::from(["gold".to_owned()]));
    }

    #[test]
    fn an_event_names_its_personal_values() {
        let payload =
            Bytes::from_static(br#"{"event_name":"REFERRAL_CREATED","status":"CREATED","referral_id":"r-1"}"#);
        assert!(personal(&Redpin.decode(&payload), false, &payload).is_empty());
    }
}
