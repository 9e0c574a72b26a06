//! The event names of the platforms, and the members that may hold them.

/// The event names of a platform, and the members that may hold them.
pub(crate) struct Names {
    /// The top-level members that can only hold a name.
    pub(crate) certain: &'static [&'static str],
    /// The top-level members that may hold a name, or a text of another object or a person.
    pub(crate) uncertain: &'static [&'static str],
    /// All known names.
    pub(crate) known: &'static [&'static str],
}

pub(crate) fn names(platform: &str) -> Names {
    let (certain, uncertain, known): (&[&str], &[&str], &[&str]) = match platform {
        "firstpromoter" => (
            &["event_type"],
            &["event", "eventType", "type", "name", "topic"],
            &["promoter.created", "referral.converted", "commission.approved", "commission.denied", "payout.completed"],
        ),
        "genius-referrals" => (
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
        "prefinery" => (
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
        "redpin" => (
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
        "refersion" => (
            &[],
            &["event", "event_type", "eventType", "event_name", "eventName", "type", "action", "topic"],
            &["APPROVED_CONVERSION", "AFFILIATE_DETAILS_CHANGE", "conversion approved", "payment", "bonus tier"],
        ),
        "refir" => (
            &[],
            &["event", "event_type", "eventType", "event_name", "eventName", "type", "action", "topic", "name"],
            &["lead added", "referral"],
        ),
        "referral-rocket" => (
            &["eventType"],
            &["event", "type", "name"],
            &["referrer_added", "referee_added", "reward_unlocked", "reward_earned", "reward_added"],
        ),
        "talkable" => (
            &["type"],
            &["event", "event_type", "name", "topic", "action"],
            &[
                "offer_signup_web_hook",
                "referral_web_hook",
                "reward_web_hook",
                "create_coupon_web_hook",
                "unsubscribe_web_hook",
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
