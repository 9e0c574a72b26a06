//! Pruning: the deletion of old bodies and ids.
//!
//! - Guarantees: one call deletes a bounded number of bodies and bytes, so that a delivery waits for milliseconds
//!   behind it. Unfinished entries are never deleted.
//! - Assumes: the worker calls again while [`Pruned::is_more`] is set. Several workers may prune at the same time.
//! - Without it: the database grows without bound, or one deletion blocks all accepts for minutes.

use std::time::Duration;

use super::state::State;

/// The retention of one endpoint's entries. Time counts from the end of an entry or from its last repeat, whichever is
/// later.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::store::{PruneRule, State};
///
/// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// let rule = PruneRule::new("redpin-main", 14 * DAY, None, Some(90 * DAY), 500).parked(Some(365 * DAY));
/// assert_eq!(rule.body_age(State::Completed), Some(14 * DAY));
/// assert_eq!(rule.body_age(State::Discarded), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PruneRule {
    /// The endpoint's name.
    pub endpoint: String,
    /// The retention of bodies of completed and cancelled entries.
    pub bodies: Duration,
    /// The retention of bodies of dead letters; `None` if they are kept until a person has acted.
    pub dead_letters: Option<Duration>,
    /// The retention of bodies of parked entries; `None` if they are kept until a person has acted.
    pub parked: Option<Duration>,
    /// The retention of ids; `None` if a repeat can come at any time.
    pub ids: Option<Duration>,
    /// The retention of refused requests.
    pub refused: Duration,
    /// The maximum number of bodies in one call, and of entries.
    pub most: u32,
    /// The maximum number of body bytes in one call, which the last body may exceed.
    pub most_bytes: u64,
}

impl PruneRule {
    /// The default of [`most_bytes`](Self::most_bytes): SQLite overwrites this much in some ten milliseconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use referral_webhooks_inbox::store::PruneRule;
    ///
    /// let rule = PruneRule::new("redpin-main", Duration::ZERO, None, None, 500);
    /// assert_eq!(rule.bounds().1, PruneRule::MOST_BYTES);
    /// ```
    pub const MOST_BYTES: u64 = 1024 * 1024;

    /// The default of [`refused`](Self::refused): 7 days.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use referral_webhooks_inbox::store::PruneRule;
    ///
    /// let rule = PruneRule::new("redpin-main", Duration::ZERO, None, None, 500);
    /// assert_eq!(rule.refused, PruneRule::REFUSED);
    /// ```
    pub const REFUSED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// Creates a rule that keeps parked entries until a person has acted.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::store::{PruneRule, State};
    ///
    /// let (bodies, dead_letters) = (Duration::from_secs(14 * 86_400), Duration::from_secs(90 * 86_400));
    /// let rule = PruneRule::new("redpin-main", bodies, dead_letters, None, 500);
    /// assert_eq!(rule.body_age(State::Discarded), Some(dead_letters));
    /// assert_eq!(rule.body_age(State::Parked), None);
    /// ```
    #[must_use]
    pub fn new(
        endpoint: &str,
        bodies: Duration,
        dead_letters: impl Into<Option<Duration>>,
        ids: Option<Duration>,
        most: u32,
    ) -> Self {
        let dead_letters = dead_letters.into();
        let (endpoint, most_bytes) = (endpoint.to_owned(), Self::MOST_BYTES);
        let refused = Self::REFUSED;
        Self { endpoint, bodies, dead_letters, parked: None, ids, refused, most, most_bytes }
    }

    /// Sets the retention of bodies of parked entries.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use referral_webhooks_inbox::store::{PruneRule, State};
    ///
    /// let year = Some(Duration::from_secs(365 * 86_400));
    /// let rule = PruneRule::new("redpin-main", Duration::ZERO, None, None, 500).parked(year);
    /// assert_eq!(rule.body_age(State::Parked), year);
    /// ```
    #[must_use]
    pub fn parked(self, time: Option<Duration>) -> Self {
        Self { parked: time, ..self }
    }

    /// Returns the bounds of a call, by number and by bytes. Both are at least one, so that every call makes progress.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use referral_webhooks_inbox::store::PruneRule;
    ///
    /// let rule = PruneRule::new("redpin-main", Duration::ZERO, None, None, 0);
    /// assert_eq!(rule.bounds(), (1, PruneRule::MOST_BYTES));
    /// ```
    #[must_use]
    pub fn bounds(&self) -> (u64, u64) {
        (u64::from(self.most).max(1), self.most_bytes.max(1))
    }

    /// Returns the retention of bodies in this state; `None` if they are kept.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use referral_webhooks_inbox::store::{PruneRule, State};
    ///
    /// let rule = PruneRule::new("redpin-main", Duration::from_secs(86_400), None, None, 500);
    /// assert_eq!(rule.body_age(State::Cancelled), Some(Duration::from_secs(86_400)));
    /// assert_eq!(rule.body_age(State::Running), None);
    /// ```
    #[must_use]
    pub const fn body_age(&self, state: State) -> Option<Duration> {
        match state {
            State::Completed | State::Cancelled => Some(self.bodies),
            State::Discarded => self.dead_letters,
            State::Parked => self.parked,
            State::Available | State::Waiting | State::Running | State::Retryable => None,
        }
    }
}

/// The result of one call that prunes.
///
/// ```
/// use referral_webhooks_inbox::store::{PruneRule, Store, StoreError};
///
/// async fn prune_all<S: Store>(store: &S, rule: &PruneRule) -> Result<(), StoreError> {
///     while store.prune(rule.clone()).await?.is_more {}
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The number of bodies that were deleted.
    pub bodies: u64,
    /// The number of entries that were deleted.
    pub entries: u64,
    /// Whether the call ended at one of its bounds, so that the next call finds more.
    pub is_more: bool,
}
