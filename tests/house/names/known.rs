//! The event names of the platforms, and the members that may hold them.

use referral_webhooks::platform::Platform as _;
use referral_webhooks::platform::dub::Dub;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::loyaltylion::LoyaltyLion;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::rewardful::Rewardful;

/// The event names of a platform, and the members that may hold them.
pub(crate) struct Names {
    /// The members that can only hold a name: at the top, or below with `/`.
    pub(crate) certain: &'static [&'static str],
    /// The top-level members that may hold a name, or a text of another object or a person.
    pub(crate) uncertain: &'static [&'static str],
    /// All known names.
    pub(crate) known: &'static [&'static str],
}

pub(crate) fn names(platform: &str) -> Names {
    let (certain, uncertain, known): (&[&str], &[&str], &[&str]) = match platform {
        GeniusReferrals::NAME => (
            &["event", "event_type", "eventType", "event_name", "eventName", "topic", "action"],
            &["type", "name"],
            &[
                "bonus_created",
                "bonus.paid",
                "advocate.updated",
                "member_registered",
                "referral_created",
                "Reward.Approved",
                "redemption_request",
            ],
        ),
        Prefinery::NAME => (
            &["event", "event_type", "event_name", "eventType", "eventName", "webhook_event", "action", "topic"],
            &["type", "name"],
            &[
                "tester_created",
                "tester_applied",
                "tester_updated",
                "tester_invited",
                "tester_activated",
                "tester_active",
                "tester_joined",
                "tester_rejected",
                "tester_suspended",
                "tester_unconfirmed",
                "tester_imported",
                "tester_deleted",
                "tester_unsubscribed",
                "tester_resubscribed",
                "referral_created",
                "reward_earned",
                "reward_delivered",
                "reward_revoked",
                "points_earned",
                "points_revoked",
            ],
        ),
        Redpin::NAME => (
            &["event_type", "event_name"],
            &["type", "event", "eventType", "eventName", "action", "topic"],
            &[
                "REFERRAL_CREATED",
                "CUSTOMER STATUS",
                "PAYMENT STATUS",
                "THIRD PARTY CUSTOMER STATUS",
                "endpoint.disabled",
                "message.attempt.failing",
                "message.attempt.exhausted",
                "message.attempt.recovered",
            ],
        ),
        Refir::NAME => (
            &[],
            &["event", "event_type", "eventType", "event_name", "eventName", "type", "action", "topic", "name"],
            &["lead added", "referral"],
        ),
        ReferralRocket::NAME => (
            &["eventType"],
            &["event", "type", "name"],
            &["referrer_added", "referee_added", "reward_unlocked", "reward_earned", "reward_added"],
        ),
        Dub::NAME => (
            &["event"],
            &["type", "name"],
            &[
                "lead.created",
                "sale.created",
                "partner.application_submitted",
                "partner.enrolled",
                "partner.merged",
                "commission.created",
                "bounty.created",
                "bounty.updated",
                "payout.confirmed",
                "discount_code.created",
                "discount_code.deleted",
                "link.created",
                "link.updated",
                "link.deleted",
                "link.clicked",
            ],
        ),
        Rewardful::NAME => (
            &["event/type"],
            &["type", "name"],
            &[
                "affiliate.created",
                "affiliate.confirmed",
                "affiliate.updated",
                "affiliate.deleted",
                "affiliate_link.created",
                "affiliate_link.updated",
                "affiliate_link.deleted",
                "affiliate_coupon.created",
                "affiliate_coupon.updated",
                "affiliate_coupon.activated",
                "affiliate_coupon.deactivated",
                "affiliate_coupon.deleted",
                "referral.created",
                "referral.lead",
                "referral.converted",
                "referral.deleted",
                "sale.created",
                "sale.updated",
                "sale.refunded",
                "sale.deleted",
                "commission.created",
                "commission.updated",
                "commission.paid",
                "commission.voided",
                "commission.deleted",
                "payout.created",
                "payout.updated",
                "payout.due",
                "payout.paid",
                "payout.deleted",
                "payout.failed",
            ],
        ),
        LoyaltyLion::NAME => (
            &["topic"],
            &["event", "type", "name"],
            &[
                "customers/update",
                "loyalty_emails/unsubscribe",
                "rewards/store_fulfilment",
                "program_events/customer.enrolled",
                "program_events/customer.tier_upgraded",
                "program_events/customer.tier_downgraded",
                "program_events/customer.points_earned",
                "program_events/customer.reward_available_notification",
                "program_events/customer.recurring_reward_available_reminder",
                "program_events/customer.claimed_reward",
                "program_events/customer.referral_complete",
                "program_events/customer.rule_completed",
                "program_events/customer.approaching_tier_upgrade",
                "program_events/customer.moved_to_at_risk_segment",
                "program_events/customer.moved_to_defected_segment",
                "program_events/customer.moved_to_loyal_segment",
                "program_events/customer.approaching_points_expiration",
                "program_events/customer.approaching_reward_expiration",
            ],
        ),
        unknown => panic!("{unknown} has no table of names"),
    };
    Names { certain, uncertain, known }
}

/// The members that a person or another object may fill.
pub(crate) const FREE: [&str; 17] = [
    "event",
    "event_type",
    "eventType",
    "event_name",
    "webhook_event",
    "type",
    "name",
    "action",
    "topic",
    "status",
    "message",
    "reason",
    "description",
    "descriptor",
    "kind",
    "title",
    "subject",
];
