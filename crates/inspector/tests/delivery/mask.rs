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
    ("loyaltylion", &["customer_redemption", "Bronze", "Silver"]),
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
            visible.push(format!("{}: {text}", fixture.platform));
        }
    }
    visible.sort();
    visible.dedup();
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

/// Texts of each platform's sample that a masked page must have, because they say what happened.
const READABLE: &[(&str, &[&str])] = &[
    ("dub", &["commission.created", "evt_0000000000000000000000006", "4900", "\"usd\"", "pending", "totalClicks"]),
    (
        "firstpromoter",
        &["commission.approved", "991204", "approved", "Friends of Example", "gold", "2026-01-15T10:30:00Z"],
    ),
    ("friendbuy", &["advocateReward", "rw-1", "credit", "\"rewardAmount\":10", "u_1001", "purchase"]),
    ("genius-referrals", &["bonus_created", "1042", "10.5", "my-store", "https://shop.example/•••"]),
    ("growsurf", &["PARTICIPANT_REACHED_A_GOAL", "x9a7uu", "SINGLE_SIDED", "crew_test01", "1768473000207"]),
    (
        "loyaltylion",
        &["program_events/customer.referral_complete", "6932", "u_1001", "points_approved\":200", "Bronze"],
    ),
    ("prefinery", &["reward_delivered", "901", "4711", "delivered", "2026-01-15T10:29:59Z"]),
    ("redpin", &["REFERRAL_CREATED", "3f2b8c1e-6a54-4d0b-9e77-2c1f0a9d4b51", "CREATED", "villa-981"]),
    ("referral-rocket", &["referrer_added", "1001", "Camp0rnTst", "USD", "refereeReward"]),
    ("refersion", &["APPROVED", "90210", "49.00", "9.80", "order-981", "SHOPIFY"]),
    ("refir", &["u_1002", "u_1001", "GRC456", "ADA123"]),
    ("rewardful", &["3000", "\"state\":\"due\"", "Friends of Example", "ch_test1"]),
    ("saasquatch", &["referral.converted", "57731b43e4b0000000c097ec", "PENDING", "u_1001", "ADA10"]),
    ("talkable", &["reward_web_hook", "77", "rebate", "paid", "u_1001"]),
    ("tolt", &["commission.created", "comm_test0000000000000000001", "980", "stripe"]),
];

#[test]
fn what_happened_stays_readable() {
    assert_eq!(READABLE.len(), referral_webhooks_fixtures::platforms().count());
    for (platform, texts) in READABLE {
        let fixture = referral_webhooks_fixtures::sample(platform).expect("every platform has a sample");
        let stored = StoredDelivery::new(
            fixture.request.headers().clone(),
            fixture.request.body().clone(),
            time::OffsetDateTime::UNIX_EPOCH,
            None,
        );
        let shown =
            Mask::of(&Platforms::built_in(), platform, &stored).body(&document(&fixture)).to_text().into_owned();
        for text in *texts {
            assert!(shown.contains(text), "{platform}: {text} in\n{shown}");
        }
    }
}

#[test]
fn a_cut_or_escaped_body_shows_no_person() {
    let escaped = |text: &str| {
        let escape = |one: char| match one {
            'a'..='z' | 'A'..='Z' | '@' | '.' => format!("\\u{:04X}", u32::from(one)),
            other => other.to_string(),
        };
        text.split_inclusive('"').map(|part| part.chars().map(escape).collect::<String>()).collect::<String>()
    };
    for (platform, _) in READABLE {
        let fixture = referral_webhooks_fixtures::sample(platform).expect("every platform has a sample");
        let body = String::from_utf8(document(&fixture)).expect("a sample is text");
        let nested = serde_json::json!({ "payload": body, "list": [body] }).to_string();
        for body in [body.as_str(), &nested, &escaped(&body)] {
            let cuts = (0..=body.len()).rev().step_by(17).filter(|at| body.is_char_boundary(*at));
            for cut in cuts {
                let shown = Mask::new().body(&body.as_bytes()[..cut]).to_text().into_owned();
                for person in PEOPLE {
                    assert!(!shown.contains(person), "{platform}, cut at {cut}: {person} in\n{shown}");
                }
                assert!(!shown.contains("\\u0040"), "{platform}, cut at {cut}: an escaped address in\n{shown}");
            }
        }
    }
}
