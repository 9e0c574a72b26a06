//! GrowSurf: a reward that comes twice on purpose, ids made of members, and late retries.

use referral_webhooks::platform::growsurf::{Event, GrowSurf};
use referral_webhooks::{Delivery, Endpoint, ErrorKind, Message, Retention, Strength};

use crate::known::{TIME, hex, moment, post, tag};

const SECRET: &str = "growsurf-test-secret";

fn endpoint() -> Endpoint<GrowSurf> {
    Endpoint::new(SECRET).unwrap()
}

fn receive(body: &str) -> Delivery<GrowSurf> {
    let request = endpoint().sign(&Message::new(body, moment(TIME))).unwrap();
    endpoint().receive(&request, moment(TIME)).unwrap_or_else(|error| panic!("{body}: {error}"))
}

#[test]
fn an_approved_reward_is_no_repeat_of_the_unapproved_one() {
    let goal = |approved: &str, created_at: u32| {
        receive(&format!(
            r#"{{"event":"PARTICIPANT_REACHED_A_GOAL","createdAt":{created_at},"data":{{"reward":{{"id":"prew_1"{approved}}}}}}}"#
        ))
    };
    for (approved, is_earned, id) in [
        (r#","approved":true"#, true, "PARTICIPANT_REACHED_A_GOAL|prew_1|approved"),
        (r#","approved":false"#, false, "PARTICIPANT_REACHED_A_GOAL|prew_1|unapproved"),
        (r#","approved":null"#, false, "PARTICIPANT_REACHED_A_GOAL|prew_1|unapproved"),
        (r#","approvedAt":1768473000150"#, false, "PARTICIPANT_REACHED_A_GOAL|prew_1|unapproved"),
        ("", false, "PARTICIPANT_REACHED_A_GOAL|prew_1|unapproved"),
    ] {
        // Whether a retry keeps `createdAt` is not published, so it is no part of the id.
        for created_at in [1, 2] {
            let delivery = goal(approved, created_at);
            assert_eq!((delivery.id().as_str(), delivery.id().strength()), (id, Strength::BusinessFields));
            let Event::GoalReached(goal) = delivery.event() else { panic!("another event") };
            assert_eq!(goal.reward.is_earned(), is_earned, "{approved}");
        }
    }
}

#[test]
fn an_id_has_the_members_that_a_retry_keeps() {
    for (event, data, want) in [
        ("NEW_PARTICIPANT_ADDED", r#"{"id":"p1"}"#, "NEW_PARTICIPANT_ADDED|p1|-"),
        ("PARTICIPANT_FRAUD_STATUS_UPDATED", r#"{"participant":{"id":"p1"}}"#, "PARTICIPANT_FRAUD_STATUS_UPDATED|p1|7"),
        ("NEW_COMMISSION_ADDED", r#"{"commission":{"id":"c1"}}"#, "NEW_COMMISSION_ADDED|c1|-"),
        (
            "COMMISSION_ADJUSTED",
            r#"{"adjustment":{"adjustedAt":9},"adjustedCommission":{"id":"c1"}}"#,
            "COMMISSION_ADJUSTED|c1|9",
        ),
        ("NEW_PAYOUT_ISSUED", r#"{"payout":{"id":"po_1","amount":3600}}"#, "NEW_PAYOUT_ISSUED|po_1|-"),
        ("CAMPAIGN_ENDED", r#"{"id":"k1","winners":[]}"#, "CAMPAIGN_ENDED|k1|7"),
    ] {
        let delivery = receive(&format!(r#"{{"event":"{event}","createdAt":7,"data":{data}}}"#));
        assert_eq!((delivery.id().as_str(), delivery.id().strength()), (want, Strength::BusinessFields), "{event}");
    }
    // A double-sided reward is two rewards.
    let side = |id: &str| {
        let body =
            format!(r#"{{"event":"PARTICIPANT_REACHED_A_GOAL","data":{{"reward":{{"id":"{id}","approved":true}}}}}}"#);
        receive(&body).id().clone()
    };
    assert_ne!(side("prew_1"), side("prew_2"));
}

#[test]
fn a_signed_time_counts_milliseconds_and_may_be_days_old() {
    let body = r#"{"event":"CAMPAIGN_ENDED","data":{"id":"k1"}}"#;
    let signed = |time: i64| {
        let signature = hex(&tag(SECRET, &[time.to_string().as_bytes(), b".", body.as_bytes()]));
        post(&[("growsurf-signature", format!("ts={time},v={signature}"))], body)
    };
    let day = 86_400;
    for (time, age, want) in [
        (TIME * 1000, 0, Ok(())),
        (TIME * 1000 + 999, 0, Ok(())),
        (TIME * 1000, 7 * day, Ok(())),
        (TIME * 1000, 14 * day, Ok(())),
        (TIME * 1000, 14 * day + 1, Err(ErrorKind::TooOld)),
        (TIME * 1000, -300, Ok(())),
        (TIME * 1000, -301, Err(ErrorKind::TooNew)),
        (TIME, 0, Err(ErrorKind::TooOld)),
        (TIME * 1_000_000, 0, Err(ErrorKind::TooNew)),
    ] {
        let got = endpoint().receive(&signed(time), moment(TIME + age)).map(drop).map_err(|error| error.kind());
        assert_eq!(got, want, "signed at {time}, {age} s ago");
    }
    // A repeat with a new signature can come at any time, so that no id is forgotten.
    assert_eq!(endpoint().retention(), Retention::ForGood);
}

#[test]
fn a_request_without_a_signature_is_refused() {
    let unsigned = post::<&str>(&[], "{}");
    let error = endpoint().receive(&unsigned, moment(TIME)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingHeader("growsurf-signature"));
}
