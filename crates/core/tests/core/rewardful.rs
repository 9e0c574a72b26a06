//! Rewardful: the id of the event beside that of the attempt, and its contract.

use std::time::Duration;

use referral_webhooks::platform::rewardful::{Event, Rewardful};
use referral_webhooks::platform::{Event as _, Platform as _};
use referral_webhooks::{DeliveryId, Endpoint, Message, Strength};

use crate::known::moment;

const NOW: i64 = 1_768_473_005;

fn id(body: &str) -> DeliveryId {
    let endpoint = Endpoint::<Rewardful>::new("rewardful-test-secret").unwrap();
    let request = endpoint.sign(&Message::new(body, moment(NOW))).unwrap();
    endpoint.receive(&request, moment(NOW)).unwrap().id().clone()
}

#[test]
fn attempts_of_one_event_have_one_id() {
    let first = r#"{"object":{"id":"c"},"event":{"id":"e1","type":"affiliate.created"},"request":{"id":"r1"}}"#;
    for (body, want) in [
        (first.to_owned(), Some("e1")),
        (first.replace("r1", "r2"), Some("e1")),
        (first.replace(r#","request":{"id":"r1"}"#, ""), Some("e1")),
        (first.replace("affiliate.created", "campaign.created"), Some("e1")),
        (first.replace(r#"{"id":"c"}"#, "7"), Some("e1")),
        (first.replace("e1", "e2"), Some("e2")),
        (first.replace(r#""id":"e1","#, ""), None),
        (first.replace(r#""e1""#, r#""""#), None),
        (r#"{"event":"e1","request":{"id":"r1"}}"#.to_owned(), None),
        (r#"{"id":"e1"}"#.to_owned(), None),
    ] {
        let got = id(&body);
        assert_eq!(got.strength(), if want.is_some() { Strength::MessageId } else { Strength::Digest }, "{body}");
        if let Some(want) = want {
            assert_eq!(got.as_str(), want, "{body}");
        }
    }
}

#[test]
fn only_200_is_a_success_and_attempts_last_three_days() {
    let contract = Rewardful.facts().contract;
    assert_eq!(contract.counts_as_success, 200..=200);
    for (status, forbidden) in
        [(200, false), (201, true), (204, true), (302, true), (401, false), (410, true), (503, false)]
    {
        let got = contract.forbids(http::StatusCode::from_u16(status).unwrap());
        assert_eq!(got.is_some(), forbidden, "{status}: {got:?}");
    }
    assert_eq!(contract.retries.horizon(), Some(Duration::from_secs(3 * 86_400)));
    assert!(contract.retries.offsets.is_empty(), "the numbers are not published");
}

#[test]
fn an_amount_in_cents_keeps_its_sign() {
    for (amount, want) in
        [("3000", Some(3000)), ("0", Some(0)), ("-3000", Some(-3000)), (r#""3000""#, Some(3000)), ("30.5", None)]
    {
        let body =
            format!(r#"{{"object":{{"id":"c","amount":{amount}}},"event":{{"id":"e","type":"commission.created"}}}}"#);
        let Event::CommissionCreated(event) = Rewardful.decode(&body.clone().into()) else { panic!("{body}") };
        assert_eq!(event.object.amount.units(0), want, "{body}");
    }
}

#[test]
fn every_event_has_its_place_in_the_vocabulary() {
    let object = r#"{"id":"o","amount":3000,"currency":"USD","sale_amount_cents":4900,"refund_amount_cents":100}"#;
    for (name, happening, units) in [
        ("affiliate.created", "member-joined", None),
        ("affiliate.confirmed", "member-changed", None),
        ("affiliate.updated", "member-changed", None),
        ("affiliate.deleted", "member-left", None),
        ("affiliate_link.created", "program-changed", None),
        ("affiliate_link.updated", "program-changed", None),
        ("affiliate_link.deleted", "program-changed", None),
        ("affiliate_coupon.created", "program-changed", None),
        ("affiliate_coupon.updated", "program-changed", None),
        ("affiliate_coupon.activated", "program-changed", None),
        ("affiliate_coupon.deactivated", "program-changed", None),
        ("affiliate_coupon.deleted", "program-changed", None),
        ("referral.created", "referral-started", None),
        ("referral.lead", "referral-changed", None),
        ("referral.converted", "referral-converted", None),
        ("referral.deleted", "referral-failed", None),
        ("sale.created", "conversion-recorded", Some(4900)),
        ("sale.updated", "conversion-changed", Some(4900)),
        ("sale.refunded", "conversion-refunded", Some(100)),
        ("sale.deleted", "conversion-refunded", Some(100)),
        ("commission.created", "reward-pending", Some(3000)),
        ("commission.updated", "reward-changed", Some(3000)),
        ("commission.paid", "reward-delivered", Some(3000)),
        ("commission.voided", "reward-revoked", Some(3000)),
        ("commission.deleted", "reward-revoked", Some(3000)),
        ("payout.created", "payout-pending", Some(3000)),
        ("payout.updated", "other", Some(3000)),
        ("payout.due", "payout-pending", Some(3000)),
        ("payout.paid", "payout-sent", Some(3000)),
        ("payout.deleted", "payout-failed", Some(3000)),
        ("payout.failed", "payout-failed", Some(3000)),
    ] {
        let body = format!(
            r#"{{"object":{object},"event":{{"id":"e","type":"{name}","created_at":"2026-01-15T10:30:00Z"}}}}"#
        );
        let event = Rewardful.decode(&body.into());
        let summary = event.summary();
        assert_eq!(summary.happening.as_str(), happening, "{name}");
        assert_eq!(summary.subject.as_deref(), Some("o"), "{name}");
        assert_eq!(summary.sum.as_ref().and_then(|sum| sum.minor_units(2)), units, "{name}");
        assert_eq!(summary.occurred_at.map(|time| time.unix_timestamp()), Some(1_768_473_000), "{name}");
    }
}

#[test]
fn a_summary_names_the_affiliate_and_the_customer() {
    let body = r#"{"object":{"id":"c","amount":3000,"sale":{"id":"s","referral":{"id":"f","customer":{"id":"cus_1"},
        "link":{"id":"l","token":"ada","affiliate_id":"a"}}}},"event":{"id":"e","type":"commission.created"}}"#;
    let event = Rewardful.decode(&body.into());
    let summary = event.summary();
    let advocate = summary.advocate.unwrap();
    assert_eq!((advocate.id.as_deref(), advocate.code.as_deref()), (Some("a"), Some("ada")));
    assert_eq!(summary.friend.unwrap().id.as_deref(), Some("cus_1"));
}
