//! LoyaltyLion: the places of its members, its ids and times, its test deliveries, its contract.

use referral_webhooks::platform::loyaltylion::{Event, LoyaltyLion};
use referral_webhooks::platform::{Event as _, Platform as _, Why};
use referral_webhooks::{Acknowledges, DeliveryId, Endpoint, ErrorKind, Message, Strength};

use crate::known::{hex, moment, post, tag};

const NOW: i64 = 1_768_473_005;
const SECRET: &str = "loyaltylion-test-secret";
const HEADER: &str = "x-loyaltylion-hmac-sha256";

fn decode(body: &str) -> Event {
    LoyaltyLion.decode(&body.to_owned().into())
}

fn id(body: &str) -> DeliveryId {
    let endpoint = Endpoint::<LoyaltyLion>::new(SECRET).unwrap();
    let request = endpoint.sign(&Message::new(body, moment(NOW))).unwrap();
    endpoint.receive(&request, moment(NOW)).unwrap().id().clone()
}

#[test]
fn members_are_read_from_each_documented_place() {
    let members = r#""referring_customer":{"id":1},"referred_customer":{"id":2}"#;
    for (place, want) in [
        (format!(r#""payload":{{"properties":{{{members}}}}}"#), None),
        (format!(r#""payload":{{{members}}}"#), None),
        (format!(r#""payload":{{"unsubscribe":{{{members}}}}}"#), None),
        (members.to_owned(), None),
        (format!(r#""payload":{{"properties":{{"a":1}},{members}}}"#), None),
        (format!(r#""payload":{{"properties":null,{members}}}"#), None),
        (format!(r#""payload":null,{members}"#), None),
        (format!(r#""payload":{{"properties":{{{members}}},{members}}}"#), Some(Why::Ambiguous)),
        (format!(r#""payload":{{{members}}},{members}"#), Some(Why::Ambiguous)),
        (format!(r#""payload":[{{{members}}}]"#), Some(Why::MissingMember("referring_customer"))),
        (format!(r#""payload":{{"data":{{{members}}}}}"#), Some(Why::MissingMember("referring_customer"))),
        (r#""payload":{"referring_customer":{"id":1}}"#.to_owned(), Some(Why::MissingMember("referred_customer"))),
    ] {
        let event = decode(&format!(r#"{{"id":"e","topic":"program_events/customer.referral_complete",{place}}}"#));
        assert_eq!(event.why_other(), want.as_ref(), "{place}");
        if let Event::ReferralComplete(event) = event {
            let ids = [event.payload.referring_customer, event.payload.referred_customer].map(|customer| customer.id);
            assert_eq!(ids.map(|id| id.unwrap().as_str().to_owned()), ["1", "2"], "{place}");
        } else {
            assert!(want.is_some(), "{place}");
        }
    }
}

#[test]
fn an_attempt_with_another_time_repeats_its_id() {
    let first =
        r#"{"id":"bff1","topic":"customers/update","created_at":"2026-01-15T10:30:05.000Z","customer":{"id":1}}"#;
    let later = first.replace("10:30:05", "18:00:00");
    assert_eq!(id(first), id(&later));
    assert_eq!((id(first).as_str(), id(first).strength()), ("bff1", Strength::MessageId));
    assert_eq!(id(&first.replace("customers/update", "customers/merge")).as_str(), "bff1");
    assert_ne!(id(first), id(&first.replace("bff1", "bff2")));
}

#[test]
fn a_body_of_any_age_is_accepted() {
    let endpoint = Endpoint::<LoyaltyLion>::new(SECRET).unwrap();
    for created_at in ["2016-01-15T10:30:05.000Z", "2026-01-15T10:30:05.000Z", "2036-01-15T10:30:05.000Z", "yesterday"]
    {
        let body =
            format!(r#"{{"id":"e","topic":"customers/update","created_at":"{created_at}","customer":{{"id":1}}}}"#);
        let request = endpoint.sign(&Message::new(&body, moment(NOW))).unwrap();
        let delivery = endpoint.receive(&request, moment(NOW)).unwrap();
        assert_eq!((delivery.signed_at(), delivery.is_stale()), (None, false), "{created_at}");
    }
}

#[test]
fn a_test_of_a_fulfilment_is_visible() {
    for (test, want) in [("true", true), ("false", false), ("null", false)] {
        for place in ["", r#""id":"e","topic":"rewards/store_fulfilment","#] {
            let body = format!(r#"{{{place}"test":{test},"reward_id":6,"reward_identifier":"gift","customer_id":5}}"#);
            let Event::StoreFulfilment(event) = decode(&body) else { panic!("{body}") };
            assert_eq!(event.payload.is_test(), want, "{body}");
            let meaning = LoyaltyLion.facts().contract.acknowledges(decode(&body).name());
            assert_eq!(meaning, Acknowledges::Fulfilment, "{body}");
        }
    }
}

#[test]
fn a_fulfilment_without_an_id_is_paid_once() {
    let body = r#"{"test":false,"reward_id":6,"reward_identifier":"gift","customer_id":5}"#;
    assert_eq!((id(body), id(body).strength()), (DeliveryId::digest(body.as_bytes()), Strength::Digest));
    assert_ne!(id(body), id(&body.replace('5', "7")), "another customer");
}

#[test]
fn a_signature_in_hexadecimal_is_malformed() {
    let endpoint = Endpoint::<LoyaltyLion>::new(SECRET).unwrap();
    let request = post(&[(HEADER, hex(&tag(SECRET, &[b"{}"])))], "{}");
    let got = endpoint.receive(&request, moment(NOW)).map(drop).map_err(|error| error.kind());
    assert_eq!(got, Err(ErrorKind::MalformedHeader(HEADER)));
}

#[test]
fn every_2xx_is_a_success_within_five_seconds() {
    let contract = LoyaltyLion.facts().contract;
    assert_eq!((contract.counts_as_success.clone(), contract.deadline.unwrap().as_secs()), (200..=299, 5));
    assert_eq!(contract.acknowledges(Some("rewards/store_fulfilment")), Acknowledges::Fulfilment);
    assert_eq!(contract.acknowledges(Some("customers/update")), Acknowledges::Receipt);
    assert_eq!(contract.retries.horizon(), None);
    for (status, forbidden) in [(200, false), (202, true), (302, true), (401, false), (410, true), (503, false)] {
        let got = contract.forbids(http::StatusCode::from_u16(status).unwrap());
        assert_eq!(got.is_some(), forbidden, "{status}: {got:?}");
    }
}

#[test]
fn every_event_has_its_place_in_the_vocabulary() {
    let members = r#"{"customer":{"id":7},"referring_customer":{"id":1,"merchant_id":"u_1"},"referred_customer":{"id":2},
        "transaction":{"points_approved":50,"created_at":"2026-01-15T10:25:00Z"},"discount_type":"flat","discount_amount":5,
        "reward_id":6,"reward_identifier":"gift","customer_id":5,"test":true}"#;
    for (name, happening, subject, is_test) in [
        ("customers/update", "member-changed", "7", false),
        ("loyalty_emails/unsubscribe", "member-changed", "7", false),
        ("rewards/store_fulfilment", "reward-earned", "5", true),
        ("program_events/customer.enrolled", "member-joined", "7", false),
        ("program_events/customer.tier_upgraded", "member-changed", "7", false),
        ("program_events/customer.tier_downgraded", "member-changed", "7", false),
        ("program_events/customer.points_earned", "activity", "7", false),
        ("program_events/customer.reward_available_notification", "other", "7", false),
        ("program_events/customer.recurring_reward_available_reminder", "other", "7", false),
        ("program_events/customer.claimed_reward", "reward-delivered", "7", false),
        ("program_events/customer.referral_complete", "referral-converted", "2", false),
        ("program_events/customer.rule_completed", "activity", "7", false),
        ("program_events/customer.approaching_tier_upgrade", "other", "7", false),
        ("program_events/customer.moved_to_at_risk_segment", "member-changed", "7", false),
        ("program_events/customer.moved_to_defected_segment", "member-changed", "7", false),
        ("program_events/customer.moved_to_loyal_segment", "member-changed", "7", false),
        ("program_events/customer.approaching_points_expiration", "other", "7", false),
        ("program_events/customer.approaching_reward_expiration", "other", "7", false),
    ] {
        let event = decode(&format!(
            r#"{{"id":"e","topic":"{name}","created_at":"2026-01-15T10:30:05Z","payload":{members}}}"#
        ));
        let summary = event.summary();
        assert_eq!(event.why_other(), None, "{name}");
        assert_eq!(summary.happening.as_str(), happening, "{name}");
        assert_eq!((summary.subject.as_deref(), summary.is_test), (Some(subject), is_test), "{name}");
        // The envelope's time is that of sending.
        let time = name.ends_with("points_earned").then_some(1_768_472_700);
        assert_eq!(summary.occurred_at.map(|time| time.unix_timestamp()), time, "{name}");
    }
}
