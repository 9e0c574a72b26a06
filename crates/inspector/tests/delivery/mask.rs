//! The mask against every fixture of every platform.

use std::collections::HashSet;

use referral_webhooks::StoredDelivery;
use referral_webhooks::platform::{Event, Platform, Visit, visit_all};
use referral_webhooks_fixtures::Fixture;
use referral_webhooks_inspector::Platforms;
use referral_webhooks_inspector::mask::Mask;
use serde_json::Value;

/// Persons, addresses and credentials in the fixtures, written down by reading them. No masked body or header may have one.
const PEOPLE: &[&str] = &[
    "ada@",
    "grace@",
    "mary@",
    "smith@",
    "jane@",
    "robin@",
    "avery@",
    "Lovelace",
    "Lövelace",
    "Hopper",
    "Bonus Smith",
    "Núñez",
    "192.0.2.",
    "198.51.100.",
    "203.0.113.",
    "2001:db8",
];

/// Values that no type of the core describes, read by a person and found to be codes.
const CODES: &[(&str, &[&str])] = &[
    ("dub", &["percentage", "disc_1", "clk_test_0001", "2026-01-15T10:29:00.000Z"]),
    ("firstpromoter", &["pending", "approved"]),
    ("friendbuy", &["gold", "iron", "optedIn", "o-1", "u_1001"]),
    ("loyaltylion", &["customer_redemption"]),
    ("saasquatch", &["PCT_DISCOUNT"]),
];

/// Returns the document of the event: the value of a form, or the body.
fn document(fixture: &Fixture) -> Vec<u8> {
    let body = fixture.request.body();
    let form = form_urlencoded::parse(body).find(|(name, _)| name == "payload" || name == "form");
    match form {
        Some((_, value)) if !body.starts_with(b"{") => value.into_owned().into_bytes(),
        _ => body.to_vec(),
    }
}

/// Collects the texts of an event that the core leaves out of its `Debug` form.
struct Redacted<'f> {
    fixture: &'f Fixture,
    hidden: HashSet<String>,
}

impl Visit for Redacted<'_> {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        if platform.facts().name != self.fixture.platform {
            return;
        }
        let event = platform.decode_request(&document(self.fixture).into(), self.fixture.request.headers());
        if event.other().is_some() {
            return;
        }
        let debug = format!("{event:?}");
        let plain: String = debug.to_lowercase().replace(|one: char| !one.is_alphanumeric(), "");
        texts(&serde_json::to_value(&event).expect("events serialise"), &mut self.hidden);
        self.hidden.retain(|text| {
            let word: String = text.to_lowercase().replace(|one: char| !one.is_alphanumeric(), "");
            !text.is_empty() && !debug.contains(&format!("{text:?}")) && !plain.contains(&word)
        });
    }
}

fn texts(value: &Value, found: &mut HashSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn no_value_that_the_core_redacts_is_visible_in_a_fixture() {
    let mut seen = HashSet::new();
    let mut visible = Vec::new();
    for fixture in referral_webhooks_fixtures::all() {
        let mut redacted = Redacted { fixture: &fixture, hidden: HashSet::new() };
        visit_all(&mut redacted);
        if !redacted.hidden.is_empty() {
            seen.insert(fixture.platform);
        }
        // The mask without the decoder: names and the look of values alone.
        let shown = Mask::new().body(&document(&fixture)).to_text().into_owned();
        let mut left = HashSet::new();
        texts(&serde_json::from_str(&shown).unwrap_or_default(), &mut left);
        let codes = CODES.iter().filter(|(platform, _)| *platform == fixture.platform).flat_map(|(_, codes)| *codes);
        let codes: HashSet<&str> = codes.copied().collect();
        for text in redacted.hidden.intersection(&left).filter(|text| !codes.contains(text.as_str())) {
            visible.push(format!("{}: {text}", fixture.path()));
        }
    }
    assert_eq!(visible, Vec::<String>::new(), "{} values are visible", visible.len());
    assert!(seen.len() >= 13, "few platforms mark personal values: {seen:?}");
}

#[test]
fn no_person_of_a_fixture_is_visible() {
    let platforms = Platforms::built_in();
    for fixture in referral_webhooks_fixtures::all() {
        let (parts, body) = fixture.request.clone().into_parts();
        let stored = StoredDelivery::new(parts.headers.clone(), body.clone(), time::OffsetDateTime::UNIX_EPOCH, None);
        for mask in [Mask::new(), Mask::of(&platforms, fixture.platform, &stored)] {
            let mut shown = mask.body(&body).to_text().into_owned();
            for (name, value) in mask.headers(&parts.headers) {
                shown.push_str(&format!("\n{name}: {value}"));
            }
            for person in PEOPLE {
                assert!(!shown.contains(person), "{}: {person} in\n{shown}", fixture.path());
            }
            for secret in &fixture.secrets {
                assert!(!shown.contains(secret), "{}: a secret in\n{shown}", fixture.path());
            }
        }
    }
}
