//! Friendbuy: one body holds several events, and each has its own id.

use referral_webhooks::platform::Event as _;
use referral_webhooks::platform::friendbuy::{Event, Friendbuy};
use referral_webhooks::summary::{Happening::*, Unit};
use referral_webhooks::{Acknowledges, Delivery, DeliveryId, Endpoint, ErrorKind, Message, Retention, Strength};

use crate::known::{TIME, moment};

fn receive(body: &str) -> Delivery<Friendbuy> {
    let endpoint = Endpoint::<Friendbuy>::new("friendbuy-test-secret").unwrap();
    let request = endpoint.sign(&Message::new(body, moment(TIME))).unwrap();
    endpoint.receive(&request, moment(TIME)).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn call(id: &str, name: &str, elements: &[&str]) -> Delivery<Friendbuy> {
    let elements = elements.join(",");
    receive(&format!(r#"{{"id":"{id}","type":"{name}","createdOn":"2026-01-15T10:30:0{id}Z","data":[{elements}]}}"#))
}

fn ids(delivery: &Delivery<Friendbuy>) -> Vec<DeliveryId> {
    delivery.items().iter().map(|item| item.id().clone()).collect()
}

const ADA: &str = r#"{"rewardId":"rw-1","rewardAmount":10,"emailAddress":"ada@example.com"}"#;
const BOB: &str = r#"{"rewardId":"rw-2","rewardAmount":10,"emailAddress":"bob@example.com"}"#;
const NAMELESS: &str = r#"{"rewardAmount":10,"emailAddress":"ada@example.com"}"#;

#[test]
fn an_item_has_its_id_in_every_body() {
    let both = ids(&call("1", "advocateReward", &[ADA, BOB]));
    assert_eq!(both[0].as_str(), "advocateReward|rw-1");
    assert_eq!(both[1].as_str(), "advocateReward|rw-2");
    for (elements, want) in [
        (&[ADA, BOB][..], vec![&both[0], &both[1]]),
        (&[BOB, ADA], vec![&both[1], &both[0]]),
        (&[ADA], vec![&both[0]]),
        (&[BOB], vec![&both[1]]),
        (&[r#"{"rewardId":"rw-1"}"#], vec![&both[0]]),
        (&["7", BOB, "null", ADA], vec![&both[1], &both[0]]),
    ] {
        let other = ids(&call("2", "advocateReward", elements));
        let named: Vec<_> = other.iter().filter(|id| id.strength() == Strength::BusinessFields).collect();
        assert_eq!(named, want, "{elements:?}");
    }
    let twice = ids(&call("3", "advocateReward", &[ADA, ADA]));
    assert_eq!(twice[0], twice[1], "one reward is one event");
}

#[test]
fn each_type_has_the_members_of_its_id() {
    let all = r#"{"rewardId":"r","eventId":"e","transactionId":7,"receiptId":"c","emailAddress":"a","campaignId":"k"}"#;
    for (name, want) in [
        ("advocateReward", Some("advocateReward|r")),
        ("friendIncentive", Some("friendIncentive|r")),
        ("loyaltyReward", Some("loyaltyReward|r")),
        ("emailCapture", Some("emailCapture|e")),
        ("emailOptOut", Some("emailOptOut|a|k")),
        ("receipt", Some("receipt|c")),
        ("ledgerTransaction", Some("ledgerTransaction|7")),
        ("customerUpdate", None),
        ("advocateRewardReversed", None),
    ] {
        let ids = ids(&call("1", name, &[all]));
        match want {
            Some(want) => assert_eq!((ids[0].as_str(), ids[0].strength()), (want, Strength::BusinessFields)),
            None => assert_eq!(ids[0].strength(), Strength::Digest, "{name}"),
        }
    }
    let person = ids(&call("1", "emailOptOut", &[r#"{"emailAddress":"ada@example.com","campaignId":"k"}"#]));
    assert!(person[0].as_str().starts_with("sha256:"), "an address is not printed");
}

#[test]
fn an_item_without_an_id_has_the_digest_of_its_type_and_bytes() {
    let first = ids(&call("1", "advocateReward", &[NAMELESS, NAMELESS, NAMELESS]));
    // `printf '%s' '"advocateReward"{"rewardAmount":10,…}' | sha256sum`, and with `#1` at the end.
    let want = "sha256:078f98089d05616b917b10b4a17c0b896e0961bf911d9cad7cb4f5a82f014dba";
    assert_eq!((first[0].as_str(), first[0].strength()), (want, Strength::Digest));
    assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2], "equal items stay apart");
    let again = ids(&call("2", "advocateReward", &[ADA, NAMELESS, BOB, NAMELESS, NAMELESS]));
    assert_eq!([&again[1], &again[3], &again[4]], [&first[0], &first[1], &first[2]], "in another call");
    let other = ids(&call("1", "friendIncentive", &[NAMELESS]));
    assert_ne!(other[0], first[0], "of another type");
    for unnamed in
        [r#"{"rewardId":""}"#, r#"{"rewardId":null}"#, r#"{"rewardId":{}}"#, r#"{"rewardId":"a","rewardId":"b"}"#]
    {
        assert_eq!(ids(&call("1", "advocateReward", &[unnamed]))[0].strength(), Strength::Digest, "{unnamed}");
    }
}

#[test]
fn an_unreadable_element_is_the_item_other_at_its_position() {
    let unreadable = ["7", "null", "[]", "\"rw-1\"", r#"{"rewardId":"rw-9","rewardAmount":{}}"#];
    for at in 0..3 {
        for element in unreadable {
            let mut elements = vec![ADA, BOB];
            elements.insert(at, element);
            let items = call("1", "advocateReward", &elements).items();
            assert_eq!(items.len(), 3, "{elements:?}");
            for (position, item) in items.iter().enumerate() {
                let is_other = item.event().other().is_some();
                assert_eq!(is_other, position == at, "{elements:?} at {position}");
                if let Event::Other(other) = item.event() {
                    assert_eq!(other.body.as_bytes(), element.as_bytes());
                    assert_eq!(other.name.as_deref(), Some("advocateReward"));
                }
            }
        }
    }
    // The id of an unreadable reward is that of the reward, so that a version which can read it finds a repeat.
    let ids = ids(&call("1", "advocateReward", &[unreadable[4]]));
    assert_eq!(ids[0].as_str(), "advocateReward|rw-9");
}

#[test]
fn a_body_of_one_event_or_none_has_no_items() {
    for body in [
        r#"{"id":"c","type":"advocateReward","data":[]}"#,
        r#"{"id":"c","type":"advocateReward","data":{"rewardId":"rw-1"}}"#,
        r#"{"id":"c","type":"advocateReward"}"#,
        r#"{"id":"c","type":"emailAuth","data":["ada@example.com"]}"#,
        r#"{"eventType":"purchase","recipientType":"advocate"}"#,
        r#"[{"rewardId":"rw-1"}]"#,
        "{}",
        "",
    ] {
        let delivery = receive(body);
        assert!(delivery.items().is_empty(), "{body}");
        assert_eq!(delivery.id().strength(), Strength::Digest, "{body}");
    }
    let empty = |id: &str| call(id, "advocateReward", &[]).id().clone();
    assert_ne!(empty("1"), empty("2"), "each empty call is kept");
    let full = |id: &str| call(id, "advocateReward", &[ADA]).id().clone();
    assert_eq!(full("1"), full("2"), "the id of the call is no part of an id");
}

#[test]
fn a_body_with_too_many_events_is_other() {
    let body = |count: usize| format!(r#"{{"type":"receipt","data":[{}]}}"#, vec!["1"; count].join(","));
    assert_eq!(receive(&body(10_000)).items().len(), 10_000);
    let more = receive(&body(10_001));
    assert!(more.items().is_empty());
    assert_eq!(more.event().why_other().unwrap().to_string(), "too many events in one body");
}

#[test]
fn a_question_is_neither_an_event_nor_a_batch() {
    for (body, question) in [
        (r#"{"eventType":"purchase","recipientType":"advocate","event":{}}"#, true),
        (r#"{"recipientType":"friend"}"#, true),
        (r#"{"type":"rewardValidation","eventType":"purchase"}"#, true),
        // A known type that lacks its list, with a member of a question: the reading that cannot pay.
        (r#"{"type":"advocateReward","recipientType":"friend"}"#, true),
        (r#"{"type":"advocateReward","recipientType":"friend","data":[]}"#, false),
        (r#"{"type":"advocateReward"}"#, false),
        (r#"{"campaignId":"c-1"}"#, false),
    ] {
        let delivery = receive(body);
        assert_eq!(matches!(delivery.event(), Event::RewardValidation(_)), question, "{body}");
        assert_eq!(delivery.event().name() == Some("reward validation"), question, "{body}");
    }
}

#[test]
fn every_event_has_its_summary() {
    let people = r#""customerId":"a","advocateCustomerId":"b","createdOn":"2026-01-15T10:30:00Z""#;
    let rows = [
        (
            "advocateReward",
            format!(r#"{{"rewardId":"s",{people},"friends":[{{"friendCustomerId":"f"}}]}}"#),
            RewardEarned,
            ["s", "a", "f"],
        ),
        (
            "advocateReward",
            format!(r#"{{"rewardId":"s",{people},"friends":[{{"friendCustomerId":"f"}},{{}}]}}"#),
            RewardEarned,
            ["s", "a", ""],
        ),
        ("friendIncentive", format!(r#"{{"rewardId":"s",{people}}}"#), RewardEarned, ["s", "b", "a"]),
        ("loyaltyReward", format!(r#"{{"rewardId":"s",{people}}}"#), RewardEarned, ["s", "a", ""]),
        (
            "receipt",
            r#"{"receiptId":"s","status":"approved","customerId":"a"}"#.into(),
            ConversionRecorded,
            ["s", "a", ""],
        ),
        (
            "receipt",
            r#"{"receiptId":"s","status":"rejected","customerId":"a"}"#.into(),
            ConversionChanged,
            ["s", "a", ""],
        ),
        ("ledgerTransaction", r#"{"transactionId":"s","customerId":"a","value":5}"#.into(), Activity, ["s", "a", ""]),
        ("customerUpdate", r#"{"customerId":"a"}"#.into(), MemberChanged, ["a", "a", ""]),
        ("emailCapture", r#"{"eventId":"s","emailAddress":"e"}"#.into(), Activity, ["s", "", ""]),
        (
            "emailCapture",
            r#"{"eventId":"s","emailAddress":"e","referral":{"code":"ada"}}"#.into(),
            ReferralStarted,
            ["s", "", ""],
        ),
        ("emailOptOut", r#"{"emailAddress":"e","campaignId":"k"}"#.into(), MemberChanged, ["", "", ""]),
        ("advocateRewardReversed", r#"{"rewardId":"s"}"#.into(), Other, ["", "", ""]),
    ];
    for (name, element, happening, want) in rows {
        let delivery = call("1", name, &[&element]);
        assert_eq!(delivery.event().summary().happening, Other, "a batch is no event");
        let items = delivery.items();
        let summary = items[0].event().summary();
        assert_eq!(summary.happening, happening, "{name}: {element}");
        let own = |person: Option<referral_webhooks::summary::Party<'_>>| {
            person.and_then(|person| person.own_id).unwrap_or_default().into_owned()
        };
        let got = [summary.subject.unwrap_or_default().into_owned(), own(summary.advocate), own(summary.friend)];
        assert_eq!(got, want, "{name}: {element}");
    }
    for (unit, kind, cents) in [
        (r#""USD""#, Unit::Major, Some(1050)),
        (r#""points""#, Unit::Points, None),
        (r#""percent""#, Unit::Unknown, None),
        (r#""usd""#, Unit::Unknown, None),
        ("null", Unit::Unknown, None),
    ] {
        let items = call("1", "advocateReward", &[&format!(r#"{{"rewardAmount":10.5,"rewardUnit":{unit}}}"#)]).items();
        let sum = items[0].event().summary().sum.unwrap();
        assert_eq!((sum.unit, sum.minor_units(2)), (kind, cents), "{unit}");
    }
}

#[test]
fn a_status_never_answers_a_question_by_accident() {
    let endpoint = Endpoint::<Friendbuy>::new("friendbuy-test-secret").unwrap();
    let contract = endpoint.contract();
    for (body, is_question) in [
        (r#"{"eventType":"purchase","recipientType":"advocate"}"#, true),
        (r#"{"type":"emailAuth","data":["ada@example.com"]}"#, true),
        // An event without a name may be a question.
        (r#"{"campaignId":"c-1"}"#, true),
        ("reward?", true),
        (r#"{"type":"advocateReward","data":[{"rewardId":"rw-1"}]}"#, false),
        (r#"{"type":"advocateReward","data":[]}"#, false),
        (r#"{"type":"advocateReward","data":["unreadable"]}"#, false),
    ] {
        let meaning = contract.acknowledges(receive(body).event().name());
        assert_eq!(meaning.is_decision(), is_question, "{body}");
        let translated = |status| contract.translate_as(meaning, http::StatusCode::from_u16(status).unwrap()).as_u16();
        let no = if is_question { 400 } else { 503 };
        assert_eq!([200, 400, 404, 500].map(translated), [200, no, 503, 503], "{body}");
        assert_eq!(translated(204), if is_question { 503 } else { 200 }, "{body}");
    }
    // 400 denies a reward, so no refusal and no answer of a router has it.
    assert_eq!(endpoint.status(ErrorKind::BodyMalformed), 503);
    assert_eq!(contract.translate(http::StatusCode::BAD_REQUEST), 503);
    assert_eq!(contract.acknowledges(Some("advocateReward")), Acknowledges::Receipt);
    // 96 further attempts, every 15 minutes for a day.
    let offsets: Vec<u64> = contract.retries.schedule().map(|offset| offset.as_secs()).collect();
    assert_eq!((offsets.len(), offsets[0], offsets[95]), (96, 900, 86_400));
    assert_eq!(endpoint.retention(), Retention::ForGood);
}
