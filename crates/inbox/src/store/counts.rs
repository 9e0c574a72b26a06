//! The numbers of the entries that a filter selects, by state.

use serde::Serialize;

use super::entry::Entry;
use super::filter::Filter;
use super::state::State;

/// The numbers of the entries that a filter selects, by state. Each is [`MOST`](Self::MOST) at most.
///
/// ```
/// use referral_webhooks_inbox::store::{Counts, Filter, State, Store, StoreError};
///
/// async fn print<S: Store>(store: &S) -> Result<(), StoreError> {
///     let counts = store.counts(Filter::new().endpoint("redpin-main")).await?;
///     for state in State::ALL {
///         let more = if Counts::is_bound(counts.of(state)) { "+" } else { "" };
///         println!("{}{more} {state}", counts.of(state));
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Entries due for their first attempt.
    pub available: u64,
    /// Entries waiting for an earlier entry of their subject.
    pub waiting: u64,
    /// Entries being processed.
    pub running: u64,
    /// Entries waiting for another attempt.
    pub retryable: u64,
    /// Processed entries.
    pub completed: u64,
    /// Parked entries.
    pub parked: u64,
    /// Dead letters.
    pub discarded: u64,
    /// Cancelled entries.
    pub cancelled: u64,
    /// Entries of any state that came more than once.
    pub repeated: u64,
    /// Entries of any state that are conflicts.
    pub conflicts: u64,
}

impl Counts {
    /// The number at which a store stops counting, so that the figures cost little.
    ///
    /// ```
    /// assert_eq!(referral_webhooks_inbox::store::Counts::MOST, 10_000);
    /// ```
    pub const MOST: u64 = 10_000;

    /// The number of the newest entries in which a store looks for completed and cancelled ones, whose numbers grow
    /// without bound.
    ///
    /// ```
    /// assert_eq!(referral_webhooks_inbox::store::Counts::NEWEST, 100_000);
    /// ```
    pub const NEWEST: u64 = 100_000;

    /// Returns whether a number is the bound, so that there may be more entries.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Counts;
    ///
    /// assert!(Counts::is_bound(Counts::MOST) && !Counts::is_bound(9_999));
    /// ```
    #[must_use]
    pub const fn is_bound(count: u64) -> bool {
        count >= Self::MOST
    }

    /// Returns the numbers of these entries.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{Counts, Filter, Store, StoreError};
    ///
    /// async fn newest<S: Store>(store: &S) -> Result<Counts, StoreError> {
    ///     Ok(Counts::of_entries(&store.list(Filter::new().most(50)).await?))
    /// }
    /// ```
    #[must_use]
    pub fn of_entries(entries: &[Entry]) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            *counts.of_mut(entry.state) += 1;
            counts.repeated += u64::from(entry.repeats > 0);
            counts.conflicts += u64::from(entry.conflict_of.is_some());
        }
        counts
    }

    /// Returns the number of entries in a state.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{Counts, State};
    ///
    /// let mut counts = Counts::default();
    /// *counts.of_mut(State::Parked) += 2;
    /// assert_eq!(counts.of(State::Parked), 2);
    /// ```
    #[must_use]
    pub const fn of(&self, state: State) -> u64 {
        let mut counts = *self;
        *counts.of_mut(state)
    }

    /// Returns the same number as a place to count in.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{Counts, State};
    ///
    /// let mut counts = Counts::default();
    /// *counts.of_mut(State::Completed) = 7;
    /// assert_eq!(counts.completed, 7);
    /// ```
    pub const fn of_mut(&mut self, state: State) -> &mut u64 {
        match state {
            State::Available => &mut self.available,
            State::Waiting => &mut self.waiting,
            State::Running => &mut self.running,
            State::Retryable => &mut self.retryable,
            State::Completed => &mut self.completed,
            State::Parked => &mut self.parked,
            State::Discarded => &mut self.discarded,
            State::Cancelled => &mut self.cancelled,
        }
    }

    /// Returns the sum over all states.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{Counts, State};
    ///
    /// let mut counts = Counts::default();
    /// (*counts.of_mut(State::Parked), *counts.of_mut(State::Running)) = (2, 1);
    /// assert_eq!(counts.all(), 3);
    /// ```
    #[must_use]
    pub fn all(&self) -> u64 {
        State::ALL.into_iter().map(|state| self.of(state)).sum()
    }

    /// Returns a filter without its states, its page and its order, as a store counts by it.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{Counts, Filter, State};
    ///
    /// let filter = Filter::new().endpoint("redpin-main").state(State::Parked).most(20);
    /// assert_eq!(Counts::filter(filter), Filter::new().endpoint("redpin-main"));
    /// ```
    #[must_use]
    pub fn filter(filter: Filter) -> Filter {
        Filter { states: Vec::new(), before: None, after: None, is_oldest_first: false, most: None, ..filter }
    }
}
