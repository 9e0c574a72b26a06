//! GrowSurf: a reward that comes twice on purpose, ids made of members, and late retries.

use referral_webhooks::platform::Event as _;
use referral_webhooks::platform::growsurf::{Event, GrowSurf};
use referral_webhooks::summary::Happening::{self, *};
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
        // Whether a retry keeps `createdAt` is not published, so the id does not contain it.
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

#[test]
fn every_event_has_its_summary() {
    type Row = (&'static str, &'static str, Happening, [Option<&'static str>; 3], Option<i128>);
    let (goal, commission) = ("PARTICIPANT_REACHED_A_GOAL", "NEW_COMMISSION_ADDED");
    let reward = [Some("r1"), Some("a"), Some("f")];
    let rows: [Row; 18] = [
        (
            goal,
            r#"{"participant":{"id":"a","referee":{"id":"f"}},"reward":{"id":"r1","approved":true,"isReferrer":true}}"#,
            RewardEarned,
            reward,
            None,
        ),
        (
            goal,
            r#"{"participant":{"id":"a"},"reward":{"id":"r1","approved":false,"referredId":"f"}}"#,
            RewardPending,
            reward,
            None,
        ),
        (
            goal,
            r#"{"participant":{"id":"f","referrer":{"id":"a"}},"reward":{"id":"r1","approved":true,"isReferrer":false}}"#,
            RewardEarned,
            reward,
            None,
        ),
        (
            goal,
            r#"{"reward":{"id":"r1","approved":true,"fulfilledAt":1,"referrerId":"a","referredId":"f"}}"#,
            RewardDelivered,
            reward,
            None,
        ),
        ("NEW_PARTICIPANT_ADDED", r#"{"id":"a"}"#, MemberJoined, [Some("a"), Some("a"), None], None),
        (
            "NEW_PARTICIPANT_ADDED",
            r#"{"id":"f","referrer":{"id":"a"}}"#,
            ReferralStarted,
            [Some("f"), Some("a"), Some("f")],
            None,
        ),
        (
            "NEW_PARTICIPANT_ADDED",
            r#"{"id":"f","referredBy":"a"}"#,
            ReferralStarted,
            [Some("f"), Some("a"), Some("f")],
            None,
        ),
        (
            "PARTICIPANT_FRAUD_STATUS_UPDATED",
            r#"{"participant":{"id":"a","fraudRiskLevel":"HIGH"}}"#,
            MemberChanged,
            [Some("a"), Some("a"), None],
            None,
        ),
        (
            commission,
            r#"{"commission":{"id":"r1","amount":25,"status":"APPROVED","referrerId":"a","referredId":"f"}}"#,
            RewardEarned,
            reward,
            Some(25),
        ),
        (
            commission,
            r#"{"commission":{"id":"r1","amount":25,"status":"PENDING","referrerId":"a","referredId":"f"}}"#,
            RewardPending,
            reward,
            Some(25),
        ),
        (
            commission,
            r#"{"commission":{"id":"r1","amount":25,"referrerId":"a","referredId":"f"}}"#,
            RewardPending,
            reward,
            Some(25),
        ),
        (
            commission,
            r#"{"participant":{"id":"a"},"referredParticipant":{},"commission":{"id":"r1","amount":25,"status":"APPROVED","paidAt":1,"referredId":"f"}}"#,
            RewardDelivered,
            reward,
            Some(25),
        ),
        (
            commission,
            r#"{"commission":{"id":"r1","amount":-25,"status":"APPROVED","referrerId":"a","referredId":"f"}}"#,
            RewardRevoked,
            reward,
            Some(-25),
        ),
        (
            "COMMISSION_ADJUSTED",
            r#"{"adjustment":{"commissionAdjustedAmount":-25},"adjustedCommission":{"id":"r1","amount":0,"status":"APPROVED","referrerId":"a","referredId":"f"}}"#,
            RewardRevoked,
            reward,
            Some(-25),
        ),
        (
            "COMMISSION_ADJUSTED",
            r#"{"adjustment":{"commissionAdjustedAmount":25},"adjustedCommission":{"id":"r1","status":"APPROVED","referrerId":"a","referredId":"f"}}"#,
            RewardChanged,
            reward,
            Some(25),
        ),
        (
            "NEW_PAYOUT_ISSUED",
            r#"{"payout":{"id":"p1","participantId":"a","amount":3600}}"#,
            PayoutSent,
            [Some("p1"), Some("a"), None],
            Some(3600),
        ),
        (
            "NEW_PAYOUT_ISSUED",
            r#"{"payout":{"id":"p1","participantId":"a","amount":3600,"failedAt":1}}"#,
            PayoutFailed,
            [Some("p1"), Some("a"), None],
            Some(3600),
        ),
        ("CAMPAIGN_ENDED", r#"{"id":"k1","winners":[{"id":"a"}]}"#, ProgramChanged, [Some("k1"), None, None], None),
    ];
    for (name, data, happening, [subject, advocate, friend], units) in rows {
        let delivery = receive(&format!(r#"{{"event":"{name}","createdAt":1768473000207,"data":{data}}}"#));
        let summary = delivery.event().summary();
        assert_eq!(summary.happening, happening, "{name}: {data}");
        assert_eq!(summary.subject.as_deref(), subject, "{name}: {data}");
        assert_eq!(summary.advocate.and_then(|person| person.id).as_deref(), advocate, "{name}: {data}");
        assert_eq!(summary.friend.and_then(|person| person.id).as_deref(), friend, "{name}: {data}");
        assert_eq!(summary.sum.and_then(|sum| sum.minor_units(2)), units, "{name}: {data}");
        assert_eq!(summary.occurred_at.unwrap().unix_timestamp(), 1_768_473_000, "{name}: {data}");
    }
    assert_eq!(receive(r#"{"event":"PARTICIPANT_DELETED"}"#).event().summary().happening, Other);
}
