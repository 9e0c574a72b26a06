//! The platform-neutral view of one event.

use std::borrow::Cow;
use std::fmt;

use time::OffsetDateTime;

use super::happening::Happening;
use super::party::{Party, shown};
use super::sum::Sum;
use crate::value::Timestamp;

/// The platform-neutral view of one event: what happened, who takes part, the amount, the subject and the time.
///
/// It is derived from the typed event. A member is `None` if the event does not carry it.
///
/// ```
/// use referral_webhooks::platform::prefinery::Prefinery;
/// use referral_webhooks::platform::{Event as _, Platform};
/// use referral_webhooks::summary::Happening;
///
/// let event = Prefinery.decode(&r#"{"event":"reward_delivered","reward":{"id":5,"user_id":9}}"#.into());
/// let summary = event.summary();
/// assert_eq!(summary.happening, Happening::RewardDelivered);
/// assert_eq!(summary.subject.as_deref(), Some("5"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Summary<'e> {
    /// What happened.
    pub happening: Happening,
    /// The person who refers, or the only person of the event.
    pub advocate: Option<Party<'e>>,
    /// The person who was referred.
    pub friend: Option<Party<'e>>,
    /// The amount of the reward, payout or purchase.
    pub sum: Option<Sum<'e>>,
    /// The id of the object that changed: the reward, the referral, the member. Events of one subject are to be processed
    /// in their order.
    pub subject: Option<Cow<'e, str>>,
    /// The time of the happening, as the event states it.
    pub occurred_at: Option<OffsetDateTime>,
    /// Whether the platform marks the event as a test. Do not pay on it.
    pub is_test: bool,
}

impl<'e> Summary<'e> {
    /// Returns a summary without members.
    ///
    /// ```
    /// use referral_webhooks::summary::{Happening, Summary};
    ///
    /// let summary = Summary::of(Happening::MemberJoined);
    /// assert!(summary.advocate.is_none() && !summary.is_test);
    /// ```
    #[must_use]
    pub const fn of(happening: Happening) -> Self {
        Self { happening, advocate: None, friend: None, sum: None, subject: None, occurred_at: None, is_test: false }
    }

    /// Sets the person who refers, unless the event names no such person.
    ///
    /// ```
    /// use referral_webhooks::summary::{Happening, Party, Summary};
    ///
    /// let summary = Summary::of(Happening::MemberJoined).by(Party::default().coded(Some("AVERY1")));
    /// assert_eq!(summary.advocate.unwrap().code.as_deref(), Some("AVERY1"));
    /// assert!(Summary::of(Happening::MemberJoined).by(Party::default()).advocate.is_none());
    /// ```
    #[must_use]
    pub fn by(mut self, advocate: Party<'e>) -> Self {
        self.advocate = Some(advocate).filter(|party| !party.is_empty());
        self
    }

    /// Sets the person who was referred, unless the event names no such person.
    ///
    /// ```
    /// use referral_webhooks::summary::{Happening, Party, Summary};
    ///
    /// let summary = Summary::of(Happening::ReferralStarted).with_friend(Party::default().coded(Some("BLAKE1")));
    /// assert_eq!(summary.friend.unwrap().code.as_deref(), Some("BLAKE1"));
    /// ```
    #[must_use]
    pub fn with_friend(mut self, friend: Party<'e>) -> Self {
        self.friend = Some(friend).filter(|party| !party.is_empty());
        self
    }

    /// Sets the amount.
    ///
    /// ```
    /// use referral_webhooks::summary::{Happening, Sum, Summary, Unit};
    /// use referral_webhooks::value::Amount;
    ///
    /// let amount: Amount = serde_json::from_str("980")?;
    /// let summary = Summary::of(Happening::RewardEarned).worth(Some(Sum::new(&amount, Unit::Minor, Some("usd"))));
    /// assert_eq!(summary.sum.unwrap().minor_units(2), Some(980));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn worth(mut self, sum: Option<Sum<'e>>) -> Self {
        self.sum = sum;
        self
    }

    /// Sets the id of the object that changed.
    ///
    /// ```
    /// use referral_webhooks::summary::{Happening, Summary};
    ///
    /// assert_eq!(Summary::of(Happening::RewardEarned).about(Some("rw-1")).subject.as_deref(), Some("rw-1"));
    /// ```
    #[must_use]
    pub fn about(mut self, subject: Option<&'e str>) -> Self {
        self.subject = subject.map(Cow::Borrowed);
        self
    }

    /// Sets the time of the happening, unless its text is unreadable.
    ///
    /// ```
    /// use referral_webhooks::summary::{Happening, Summary};
    /// use referral_webhooks::value::Timestamp;
    ///
    /// let time: Timestamp = serde_json::from_str("1768473000")?;
    /// assert!(Summary::of(Happening::RewardEarned).at(Some(&time)).occurred_at.is_some());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn at(mut self, time: Option<&Timestamp>) -> Self {
        self.occurred_at = time.and_then(Timestamp::moment);
        self
    }

    /// Sets whether the platform marks the event as a test.
    ///
    /// ```
    /// use referral_webhooks::summary::{Happening, Summary};
    ///
    /// assert!(Summary::of(Happening::RewardEarned).test(true).is_test);
    /// ```
    #[must_use]
    pub const fn test(mut self, is_test: bool) -> Self {
        self.is_test = is_test;
        self
    }
}

impl fmt::Debug for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Summary")
            .field("happening", &self.happening)
            .field("advocate", &self.advocate)
            .field("friend", &self.friend)
            .field("sum", &self.sum)
            .field("subject", &shown(self.subject.as_deref()))
            .field("occurred_at", &self.occurred_at)
            .field("is_test", &self.is_test)
            .finish()
    }
}
