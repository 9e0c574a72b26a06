//! Tolt: the platform-neutral view. A refund is never a reward.

use referral_webhooks::platform::tolt::Tolt;
use referral_webhooks::platform::{Event as _, Platform as _};
use referral_webhooks::summary::Happening::{self, *};

#[test]
fn every_event_has_its_summary() {
    let rows: [(&str, &str, Happening, Option<i128>); 22] = [
        ("partner.created", r#""status":"active""#, MemberJoined, None),
        ("partner.updated", r#""status":"active""#, MemberChanged, None),
        ("partner.updated", r#""status":"rejected""#, MemberLeft, None),
        ("partner.updated", r#""status":"suspended""#, MemberLeft, None),
        ("link.created", r#""value":"ada""#, ProgramChanged, None),
        ("link.updated", r#""value":"ada""#, ProgramChanged, None),
        ("customer.created", r#""status":"lead""#, ReferralStarted, None),
        ("customer.updated", r#""status":"active""#, ReferralChanged, None),
        ("transaction.created", r#""amount":"4900","status":"paid""#, ConversionRecorded, Some(4900)),
        ("transaction.updated", r#""amount":"4900","status":"paid""#, ConversionChanged, Some(4900)),
        ("transaction.updated", r#""amount":"4900","status":"refunded""#, ConversionRefunded, Some(4900)),
        ("commission.created", r#""amount":"980","status":"pending""#, RewardPending, Some(980)),
        ("commission.created", r#""amount":"980","status":"approved""#, RewardEarned, Some(980)),
        ("commission.created", r#""amount":"980","status":"held""#, RewardPending, Some(980)),
        ("commission.created", r#""amount":null"#, RewardPending, None),
        ("commission.created", r#""amount":"-980","status":"approved","type":"refund""#, RewardRevoked, Some(-980)),
        ("commission.created", r#""amount":"-980","status":"approved","type":"sale""#, RewardRevoked, Some(-980)),
        ("commission.created", r#""amount":"980","status":"approved","type":"refund""#, RewardRevoked, Some(980)),
        ("commission.updated", r#""amount":"980","status":"approved""#, RewardEarned, Some(980)),
        ("commission.updated", r#""amount":"980","status":"paid""#, RewardDelivered, Some(980)),
        ("commission.updated", r#""amount":"980","status":"rejected""#, RewardRevoked, Some(980)),
        ("commission.updated", r#""amount":"980","status":"held""#, RewardChanged, Some(980)),
    ];
    for (name, members, happening, cents) in rows {
        let body = format!(
            r#"{{"type":"{name}","data":{{"id":"x1","partner_id":"p1",{members}}},"timestamp":"2026-01-15T10:30:00Z"}}"#
        );
        let event = Tolt.decode(&body.clone().into());
        let summary = event.summary();
        assert_eq!(summary.happening, happening, "{body}");
        assert_eq!(summary.sum.as_ref().and_then(|sum| sum.minor_units(2)), cents, "{body}");
        assert_eq!(summary.subject.as_deref(), Some("x1"), "{body}");
        assert_eq!(summary.occurred_at.unwrap().unix_timestamp(), 1_768_473_000, "{body}");
        let partner = if name.starts_with("partner") { "x1" } else { "p1" };
        assert_eq!(summary.advocate.unwrap().id.as_deref(), Some(partner), "{body}");
        let friend = if name.starts_with("customer") { Some("x1") } else { None };
        assert_eq!(summary.friend.and_then(|friend| friend.id).as_deref(), friend, "{body}");
    }
    let unknown = Tolt.decode(&r#"{"type":"commission.paid","data":{"id":"x1"}}"#.into());
    assert_eq!(unknown.summary().happening, Other);
}
