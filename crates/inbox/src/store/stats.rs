//! The numbers of entries in a store.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::state::State;

/// The numbers of entries in a store, by state. Durations serialize as seconds.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::store::Stats;
///
/// fn should_alarm(stats: &Stats) -> bool {
///     stats.oldest_due > Duration::from_secs(300) || stats.discarded + stats.parked > 0
/// }
/// # assert!(!should_alarm(&Stats::default()));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Entries due for their first attempt.
    pub available: u64,
    /// Entries waiting for an earlier entry of their subject.
    pub waiting: u64,
    /// Entries being processed.
    pub running: u64,
    /// Entries waiting for another attempt.
    pub retryable: u64,
    /// Parked entries: this version cannot read them, and no handler accepts unknown events.
    pub parked: u64,
    /// Dead letters.
    pub discarded: u64,
    /// Dead letters that are conflicts, a part of `discarded`.
    pub conflicts: u64,
    /// How long the oldest entry has been due. Alert on it. A waiting entry is not due.
    #[serde(rename = "oldest_due_seconds", serialize_with = "seconds")]
    pub oldest_due: Duration,
    /// How far the store's clock is ahead of proven time; zero unless the clock has jumped. Pruning ignores the jump
    /// until it has lasted a day.
    #[serde(rename = "clock_ahead_seconds", serialize_with = "seconds")]
    pub clock_ahead: Duration,
    /// Whether erased text remains in the database's write-ahead log.
    pub log_pending: bool,
}

impl Stats {
    /// Returns the number of entries in this state; `None` for completed and cancelled ones, which are not counted.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{State, Stats};
    ///
    /// let stats = Stats { parked: 3, ..Stats::default() };
    /// assert_eq!((stats.row(State::Parked), stats.row(State::Completed)), (Some(3), None));
    /// ```
    #[must_use]
    pub const fn row(&self, state: State) -> Option<u64> {
        let mut stats = *self;
        match stats.row_mut(state) {
            Some(count) => Some(*count),
            None => None,
        }
    }

    /// Returns the same number as a place to count in.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{State, Stats};
    ///
    /// let mut stats = Stats::default();
    /// for state in [State::Waiting, State::Waiting, State::Cancelled] {
    ///     stats.row_mut(state).into_iter().for_each(|count| *count += 1);
    /// }
    /// assert_eq!(stats.waiting, 2);
    /// ```
    pub const fn row_mut(&mut self, state: State) -> Option<&mut u64> {
        match state {
            State::Available => Some(&mut self.available),
            State::Waiting => Some(&mut self.waiting),
            State::Running => Some(&mut self.running),
            State::Retryable => Some(&mut self.retryable),
            State::Parked => Some(&mut self.parked),
            State::Discarded => Some(&mut self.discarded),
            State::Completed | State::Cancelled => None,
        }
    }
}

/// Serializes a duration as a number of seconds.
pub(crate) fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
