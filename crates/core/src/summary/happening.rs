//! What happened, in the words of all platforms.

use std::fmt;

/// Declares the happenings with their texts.
macro_rules! happenings {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// What happened, in the words of all platforms.
        ///
        /// Pay on [`RewardEarned`](Self::RewardEarned) or on [`RewardDelivered`](Self::RewardDelivered), never on both: some
        /// platforms report one, some the other, and some both.
        ///
        /// ```
        /// use referral_webhooks::summary::Happening;
        ///
        /// assert_eq!(Happening::RewardEarned.as_str(), "reward-earned");
        /// assert_eq!(Happening::ALL.iter().filter(|happening| happening.as_str().starts_with("reward")).count(), 5);
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Happening {
            $($(#[$doc])* $variant,)+
        }

        impl Happening {
            /// All happenings.
            ///
            /// ```
            /// use referral_webhooks::summary::Happening;
            ///
            /// assert!(Happening::ALL.contains(&Happening::MemberJoined));
            /// ```
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the happening as one word, for logs, profiles and tables: `reward-earned`.
            ///
            /// ```
            /// use referral_webhooks::summary::Happening;
            ///
            /// assert_eq!(Happening::PayoutSent.as_str(), "payout-sent");
            /// ```
            #[must_use]
            pub const fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

happenings! {
    /// A person joined the program, or was accepted into it.
    MemberJoined = "member-joined",
    /// A member's record, level or standing changed.
    MemberChanged = "member-changed",
    /// A member left, was rejected, suspended or deleted.
    MemberLeft = "member-left",
    /// A person was referred, and has not yet done what the program rewards.
    ReferralStarted = "referral-started",
    /// The record of a referral changed.
    ReferralChanged = "referral-changed",
    /// The referred person did what the program rewards.
    ReferralConverted = "referral-converted",
    /// A referral ended without success, or was deleted.
    ReferralFailed = "referral-failed",
    /// A purchase of a referred person was recorded.
    ConversionRecorded = "conversion-recorded",
    /// The record of a purchase changed.
    ConversionChanged = "conversion-changed",
    /// A purchase was refunded, denied or deleted.
    ConversionRefunded = "conversion-refunded",
    /// A reward exists, and is not yet approved or due.
    RewardPending = "reward-pending",
    /// A reward is due: the platform approved it, or creates approved ones only.
    RewardEarned = "reward-earned",
    /// The record of a reward changed without a change of its standing that this version knows.
    RewardChanged = "reward-changed",
    /// The platform reports that the reward reached its receiver.
    RewardDelivered = "reward-delivered",
    /// A reward was denied, voided, deleted or clawed back.
    RewardRevoked = "reward-revoked",
    /// A payout was created or is due.
    PayoutPending = "payout-pending",
    /// A payout was paid.
    PayoutSent = "payout-sent",
    /// A payout failed or was cancelled.
    PayoutFailed = "payout-failed",
    /// A person did something that is counted: a click, a share, points for an activity.
    Activity = "activity",
    /// The program itself changed: a campaign, a link, a coupon.
    ProgramChanged = "program-changed",
    /// The platform reports on its deliveries or exports.
    Notice = "notice",
    /// The event has no counterpart in this vocabulary, or this version cannot read it.
    Other = "other",
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
