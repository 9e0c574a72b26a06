//! The checks find the fault of a platform, and nothing at a platform without one.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use referral_webhooks::platform::{self, Facts, Other, Platform, Signed, Unreadable, Why, decode_text, read};
use referral_webhooks::value::Personal;
use referral_webhooks::{BodyHmac, Contract, DeliveryId, Scheme, Tolerance, UrlToken};
use referral_webhooks_conformance::{Fixture, findings};
use serde::{Deserialize, Serialize};

/// The faults that a platform can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Name,
    Title,
    Tolerance,
    NoTolerance,
    Contract,
    Header,
    Unsigned,
    PanicsOnText,
    PanicsOnAList,
    EmptyId,
    RandomId,
    AddressInId,
    LostBody,
    ShownAddress,
    Nameless,
    /// No fault: the body has a time.
    BodyTime,
}

#[derive(Debug, Clone)]
struct Shop {
    fault: Fault,
    facts: Facts,
}

static CONTRACT: Contract = Contract::builder().build();

fn shop(fault: Fault) -> Shop {
    let name = if fault == Fault::Name { "The Shop" } else { "shop" };
    let title = if fault == Fault::Title { " " } else { "Shop" };
    let signed = |header| Scheme::BodyHmac(BodyHmac::new(header));
    let scheme = match fault {
        Fault::Header => signed("x-other-signature"),
        Fault::Unsigned => Scheme::UrlToken(UrlToken),
        _ => signed("x-shop-signature"),
    };
    let mut facts = Facts::new(name, title, scheme, &CONTRACT);
    match fault {
        Fault::Tolerance => facts = facts.with_tolerance(Tolerance::minutes(5)),
        Fault::NoTolerance => facts.has_body_time = true,
        Fault::BodyTime => facts = facts.with_body_time(Tolerance::minutes(5)),
        Fault::Contract => {
            let mut contract = CONTRACT.clone();
            contract.transient = contract.success;
            facts.contract = Box::leak(Box::new(contract));
        }
        _ => {}
    }
    Shop { fault, facts }
}

#[derive(Debug, Clone, Serialize)]
enum Event {
    Sale(Sale),
    Shown(Shown),
    Nameless(Sale),
    Other(Other),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sale {
    id: String,
    email: Personal,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Shown {
    id: String,
    email: String,
}

impl platform::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Sale(_) | Self::Shown(_) => Some("sale"),
            Self::Nameless(_) => None,
            Self::Other(other) => other.name.as_deref(),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

impl Platform for Shop {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn decode(&self, payload: &Bytes) -> Event {
        match self.fault {
            Fault::PanicsOnText => assert!(std::str::from_utf8(payload).is_ok(), "no text"),
            Fault::PanicsOnAList => assert!(!payload.starts_with(b"["), "a list"),
            Fault::LostBody if payload.is_empty() => {
                return Event::Other(Other::new(None, &"{}".into(), Why::UnknownName));
            }
            _ => {}
        }
        decode_text(payload, |text| self.read(text), Event::Other)
    }

    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let Event::Sale(sale) = event else { return DeliveryId::digest(signed.payload) };
        match self.fault {
            Fault::RandomId => DeliveryId::message_id(&NEXT.fetch_add(1, Ordering::Relaxed).to_string()),
            Fault::AddressInId => DeliveryId::message_id(&sale.email),
            Fault::EmptyId => DeliveryId::business_fields(&[]),
            _ => DeliveryId::business_fields(&["sale", &sale.id]),
        }
    }

    fn signed_at(&self, _: &Event) -> Option<time::OffsetDateTime> {
        (self.fault == Fault::BodyTime).then(|| time::OffsetDateTime::from_unix_timestamp(NOW).unwrap())
    }
}

impl Shop {
    fn read(&self, text: &str) -> Result<Event, Unreadable> {
        match self.fault {
            Fault::ShownAddress => read(None, text).map(Event::Shown),
            Fault::Nameless => read(None, text).map(Event::Nameless),
            _ => read(None, text).map(Event::Sale),
        }
    }
}

const NOW: i64 = 1_768_473_005;

// `printf '{"id":"s_1","email":"ada@example.com"}' | openssl dgst -sha256 -hmac shop-test-secret`
const REQUEST: &str = "\
# source: assumed, a test (signature made with openssl)
# secret: shop-test-secret
# now: 2026-01-15T10:30:05Z
POST /hooks/shop HTTP/1.1
host: localhost
content-type: application/json
content-length: 38
x-shop-signature: c57106230b3b5daa06ef94bcb2f94960ded128bb64d4d80974a672f90acb1ec7

{\"id\":\"s_1\",\"email\":\"ada@example.com\"}
";

const OUTCOME: &str = r#"{
    "id": "sale|s_1", "strength": "business-fields", "trust": "signed", "secret": 0, "variant": "raw-body", "name": "sale",
    "event": {"Sale": {"id": "s_1", "email": "ada@example.com"}}
}"#;

fn fixtures() -> Vec<Fixture> {
    vec![
        Fixture::delivered("sale", REQUEST, OUTCOME),
        Fixture::refused("unsigned", UNSIGNED, "missing-header x-shop-signature\n401\n"),
    ]
}

const UNSIGNED: &str = "\
# source: assumed, a test
# secret: shop-test-secret
# now: 2026-01-15T10:30:05Z
POST /hooks/shop HTTP/1.1
content-length: 2

{}
";

#[test]
fn a_platform_without_a_fault_passes() {
    for fault in [Fault::None, Fault::BodyTime] {
        assert_eq!(findings(&shop(fault), &fixtures()), [""; 0], "{fault:?}");
    }
}

#[test]
fn every_fault_of_a_platform_is_found() {
    for (fault, want) in [
        (Fault::Name, "the name \"The Shop\" is not lower case with hyphens"),
        (Fault::Title, "the title is empty"),
        (Fault::Tolerance, "the platform signs a time: false, and its tolerance is Some"),
        (Fault::NoTolerance, "the platform signs a time: true, and its tolerance is None"),
        (Fault::Contract, "contract: `transient` is outside 400 to 599"),
        (Fault::Contract, "BodyIncomplete gives 200 OK, which counts as success"),
        (Fault::Header, "inline/sale: expected an event, got: missing header `x-other-signature`"),
        (Fault::Unsigned, "inline/sale: expected an event, got"),
        (Fault::PanicsOnText, "panics"),
        (Fault::PanicsOnAList, "decoding [] panics"),
        (Fault::EmptyId, "the id is empty"),
        (Fault::RandomId, "a retry has another id"),
        (Fault::RandomId, "inline/sale, stored: it reopens as"),
        (Fault::AddressInId, "the id has an e-mail address"),
        (Fault::LostBody, "the event `Other` has another body"),
        (Fault::ShownAddress, "the debug output has an e-mail address"),
        (Fault::Nameless, "a known event has no name"),
    ] {
        let found = findings(&shop(fault), &fixtures());
        assert!(found.iter().any(|line| line.contains(want)), "{fault:?}: no {want:?} in {found:#?}");
    }
}

#[test]
fn a_fixture_with_a_mistake_is_named() {
    let with = |old: &str, new: &str| -> &'static str { REQUEST.replace(old, new).leak() };
    for (fixture, want) in [
        (
            Fixture::delivered("origin", with("source: assumed", "source: me"), OUTCOME),
            "inline/origin: a source begins with none",
        ),
        (
            Fixture::delivered("body", with("s_1", "s_2"), OUTCOME),
            "inline/body: expected an event, got: signature does not match",
        ),
        (Fixture::delivered("json", REQUEST, "{"), "inline/json: the `.json` cannot be read"),
        (Fixture::delivered("id", REQUEST, r#"{"id":"x"}"#), "inline/id: /id: expected \"x\", got \"sale|s_1\""),
        (Fixture::refused("refused", REQUEST, "too-old\n401\n"), "inline/refused: expected Error"),
        (Fixture::refused("status", UNSIGNED, "missing-header x-shop-signature\n400\n"), "inline/status: expected"),
        (
            Fixture::delivered("secret", with("secret: shop-test-secret", "secret: changeme"), OUTCOME),
            "inline/secret: no endpoint",
        ),
    ] {
        let found = findings(&shop(Fault::None), &[fixture]);
        assert!(found.iter().any(|line| line.starts_with(want)), "no {want:?} in {found:#?}");
    }
    assert_eq!(findings(&shop(Fault::None), &[]), ["no fixture is a delivery whose event is known"]);
}
