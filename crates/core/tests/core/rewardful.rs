//! Rewardful: the id of the event beside that of the attempt, and its contract.

use std::time::Duration;

use referral_webhooks::platform::Platform as _;
use referral_webhooks::platform::rewardful::{Event, Rewardful};
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
