//! Dub: its secret that looks like one of Svix, its commissions that are taken back, its contract.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use referral_webhooks::platform::dub::{Dub, Event};
use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Acknowledges, Endpoint, ErrorKind, Message, Strength};

use crate::known::{hex, moment, post, tag};

const HEADER: &str = "dub-signature";
const NOW: i64 = 1_768_473_005;
const BODY: &str =
    r#"{"id":"evt_1","event":"link.deleted","createdAt":"2026-01-15T10:30:00.207Z","data":{"id":"link_1"}}"#;

/// Receives a body with a signature under this key.
fn receive(secret: &str, key: impl AsRef<[u8]>) -> Result<(), ErrorKind> {
    let request = post(&[(HEADER, hex(&tag(key, &[BODY.as_bytes()])))], BODY);
    Endpoint::<Dub>::new(secret).unwrap().receive(&request, moment(NOW)).map(drop).map_err(|error| error.kind())
}

#[test]
fn the_key_is_the_whole_secret_whatever_its_prefix() {
    for secret in [
        "whsec_000102030405060708090a0b0c0d0e0f",
        "whsec_3f9a1c7e5b2d8046a1c3e5f70b9d2846",
        "pbsec_5c2e8f1a7d4b9036c1e5a7f20d8b4693",
        // A secret that Svix would accept, too.
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "3f9a1c7e5b2d8046a1c3e5f70b9d2846",
    ] {
        assert_eq!(receive(secret, secret), Ok(()), "{secret}");
        let text = secret.rsplit('_').next().unwrap();
        if text != secret {
            assert_eq!(receive(secret, text), Err(ErrorKind::SignatureMismatch), "{secret}, without its prefix");
        }
        for (label, key) in [
            ("read as Svix does", STANDARD.decode(text).ok()),
            (
                "decoded from hexadecimal",
                (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect(),
            ),
        ] {
            let Some(key) = key else { continue };
            assert_eq!(receive(secret, key), Err(ErrorKind::SignatureMismatch), "{secret}, {label}");
        }
        let signed = Endpoint::<Dub>::new(secret).unwrap().sign(&Message::new(BODY, moment(NOW))).unwrap();
        assert_eq!(signed.headers()[HEADER], hex(&tag(secret, &[BODY.as_bytes()])).as_str(), "{secret}");
    }
}

fn commission(amount: &str, earnings: &str) -> Event {
    let body = format!(
        r#"{{"id":"evt_1","event":"commission.created","data":{{"id":"cm_1","amount":{amount},"earnings":{earnings}}}}}"#
    );
    Dub.decode(&body.into())
}

#[test]
fn a_negative_commission_is_an_event_of_its_kind() {
    for (amount, earnings, is_taken_back) in [
        ("4900", "980", false),
        ("4900", "0", false),
        ("0", "0", false),
        ("0", "980", false),
        (r#""4900""#, r#""980""#, false),
        ("-4900", "-980", true),
        ("0", "-980", true),
        ("4900", "-980", true),
        ("-4900", "980", true),
        ("-4900", "0", true),
        (r#""-4900""#, r#""-980""#, true),
        (r#"" -4900""#, "0", true),
        ("-4900.00", "0", true),
        ("-1e3", "0", true),
    ] {
        let event = commission(amount, earnings);
        assert_eq!(event.name(), Some("commission.created"), "{amount}, {earnings}");
        match event {
            Event::CommissionCreated(event) => assert!(!is_taken_back && !event.data.is_taken_back()),
            Event::CommissionTakenBack(event) => {
                assert!(is_taken_back && event.data.is_taken_back(), "{amount}, {earnings}");
            }
            event => panic!("{amount}, {earnings}: {event:?}"),
        }
    }
}

#[test]
fn an_event_has_the_id_of_its_body_whether_known_or_not() {
    let endpoint = Endpoint::<Dub>::new("whsec_3f9a1c7e5b2d8046a1c3e5f70b9d2846").unwrap();
    for (body, want) in [
        (BODY, Some("evt_1")),
        (r#"{"id":"evt_1","event":"payout.sent","data":{}}"#, Some("evt_1")),
        (r#"{"id":"evt_1","event":"link.deleted","data":{"id":true}}"#, Some("evt_1")),
        (r#"{"id":"evt_1","event":"link.deleted","createdAt":true,"data":{"id":"l"}}"#, Some("evt_1")),
        (r#"{"id":"evt_1","event":7}"#, Some("evt_1")),
        (r#"{"id":17,"event":"payout.sent"}"#, Some("17")),
        (r#"{"id":"","event":"payout.sent"}"#, None),
        (r#"{"id":null,"event":"payout.sent"}"#, None),
        (r#"{"id":{"id":"evt_1"},"event":"payout.sent"}"#, None),
        (r#"{"id":"evt_1","id":"evt_2","event":"payout.sent"}"#, None),
        (r#"{"data":{"id":"evt_1"},"event":"payout.sent"}"#, None),
        (r#"["evt_1"]"#, None),
        ("", None),
    ] {
        let request = endpoint.sign(&Message::new(body, moment(NOW))).unwrap();
        let delivery = endpoint.receive(&request, moment(NOW)).unwrap();
        let strength = if want.is_some() { Strength::MessageId } else { Strength::Digest };
        assert_eq!(delivery.id().strength(), strength, "{body}");
        if let Some(want) = want {
            assert_eq!(delivery.id().as_str(), want, "{body}");
        }
        assert_eq!((delivery.signed_at(), delivery.is_stale()), (None, false), "{body}");
    }
}

#[test]
fn every_2xx_is_a_success_and_only_200_is_sent() {
    let contract = Dub.facts().contract;
    assert_eq!(contract.counts_as_success, 200..=299);
    assert_eq!(contract.acknowledges(Some("payout.confirmed")), Acknowledges::Fulfilment);
    assert_eq!(contract.acknowledges(Some("commission.created")), Acknowledges::Receipt);
    for (status, forbidden) in [(200, false), (202, true), (302, true), (401, false), (410, true), (503, false)] {
        let got = contract.forbids(http::StatusCode::from_u16(status).unwrap());
        assert_eq!(got.is_some(), forbidden, "{status}: {got:?}");
    }
}

#[test]
fn dub_retries_on_a_growing_schedule_and_then_daily_without_end() {
    // Waits of 12 s, 2 min 28 s, 30 min 8 s and 6 h 7 min 6 s, each rounded, and then a day each.
    let ours: Vec<u64> = Dub.facts().contract.retries.schedule().take(7).map(|offset| offset.as_secs()).collect();
    assert_eq!(ours, [12, 160, 1_968, 23_995, 110_395, 196_795, 283_195]);
    let waits = [12, 2 * 60 + 28, 30 * 60 + 8, 6 * 3_600 + 7 * 60 + 6];
    let sum = waits.iter().sum::<u64>();
    assert!(ours[3].abs_diff(sum) <= 1, "{sum}");
    assert_eq!(Dub.facts().contract.retries.horizon(), None);
}

#[test]
fn every_event_has_its_place_in_the_vocabulary() {
    let data = r#"{"id":"d","amount":100,"earnings":20,"currency":"usd","customer":{"id":"c","externalId":"u"},"sale":{"amount":100},
        "link":{"id":"l","key":"ada"},"sourcePartner":{"id":"p"},"targetPartner":{"id":"q"},"partner":{"id":"p","tenantId":"t"}}"#;
    for (name, happening, subject, units) in [
        ("lead.created", "referral-started", "c", None),
        ("sale.created", "conversion-recorded", "c", Some(100)),
        ("partner.application_submitted", "member-changed", "p", None),
        ("partner.enrolled", "member-joined", "d", None),
        ("partner.merged", "member-changed", "q", None),
        ("commission.created", "reward-pending", "d", Some(20)),
        ("bounty.created", "program-changed", "d", None),
        ("bounty.updated", "program-changed", "d", None),
        ("payout.confirmed", "payout-pending", "d", Some(100)),
        ("discount_code.created", "program-changed", "d", None),
        ("discount_code.deleted", "program-changed", "d", None),
        ("link.created", "program-changed", "d", None),
        ("link.updated", "program-changed", "d", None),
        ("link.deleted", "program-changed", "d", None),
        ("link.clicked", "activity", "l", None),
        ("payout.sent", "other", "", None),
    ] {
        let body = format!(r#"{{"id":"e","event":"{name}","createdAt":"2026-01-15T10:30:00Z","data":{data}}}"#);
        let event = Dub.decode(&body.into());
        let summary = event.summary();
        assert_eq!(summary.happening.as_str(), happening, "{name}");
        assert_eq!(summary.subject.as_deref().unwrap_or_default(), subject, "{name}");
        assert_eq!(summary.sum.as_ref().and_then(|sum| sum.minor_units(2)), units, "{name}");
        let time = summary.occurred_at.map(|time| time.unix_timestamp());
        assert_eq!(time, (happening != "other").then_some(1_768_473_000), "{name}");
    }
    let taken_back = commission("0", "-980");
    let summary = taken_back.summary();
    assert_eq!(summary.happening.as_str(), "reward-revoked");
    assert!(summary.sum.unwrap().is_negative());
}
