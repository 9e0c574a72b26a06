//! The handler's effect under a fixed clock, because the core takes the time as an argument.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, ErrorKind, Message};
use test_your_handler::{Closed, Ledger};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const NOON: OffsetDateTime = datetime!(2026-01-15 12:00 UTC);
const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;

fn endpoint() -> Endpoint<Redpin> {
    Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

/// Returns a delivery with this id and body that was sent and received at noon.
fn delivery(id: &str, body: &str) -> Delivery<Redpin> {
    let request = endpoint().sign(&Message::new(body, NOON).id(id)).unwrap();
    endpoint().receive(&request, NOON).unwrap()
}

#[test]
fn a_referral_is_credited_once() {
    let ledger = Ledger::default();
    for (id, credited) in [("msg_1", 1), ("msg_1", 1), ("msg_2", 2)] {
        ledger.credit(&delivery(id, REFERRAL)).unwrap();
        assert_eq!(ledger.credited(), credited, "{id}");
    }
}

#[test]
fn other_events_are_not_credited() {
    let ledger = Ledger::default();
    ledger.credit(&delivery("msg_1", r#"{"event_name":"SOMETHING_NEW"}"#)).unwrap();
    assert_eq!(ledger.credited(), 0);
}

#[test]
fn a_closed_ledger_credits_no_referral() {
    let ledger = Ledger::closed();
    assert_eq!(ledger.credit(&delivery("msg_1", REFERRAL)), Err(Closed));
    assert_eq!(ledger.credited(), 0);
}

#[test]
fn a_delivery_is_too_old_after_five_minutes() {
    let request = endpoint().sign(&Message::new(REFERRAL, NOON)).unwrap();
    for (late, want) in [(0, None), (300, None), (301, Some(ErrorKind::TooOld))] {
        let received = endpoint().receive(&request, NOON + Duration::seconds(late));
        assert_eq!(received.err().map(|error| error.kind()), want, "{late} s late");
    }
}
