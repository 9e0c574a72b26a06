//! The numbers of entries in a store, by state.

use std::time::Duration;

use crate::store::State;

/// The numbers of entries in a store, by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Due for their first attempt.
    pub available: u64,
    /// Waiting for an earlier entry of their subject.
    pub waiting: u64,
    /// Being processed.
    pub running: u64,
    /// Waiting for another attempt.
    pub retryable: u64,
    /// Parked: this version cannot read them, and no handler asks for them.
    pub parked: u64,
    /// Dead letters.
    pub discarded: u64,
    /// Dead letters whose id another entry has: the number is a part of `discarded`.
    pub conflicts: u64,
    /// For how long the oldest has been due: the alarm to set. What is waiting is not due.
    pub oldest_due: Duration,
    /// How far the store's clock is ahead of the time that has proven itself; zero unless it has jumped. Nothing is
    /// deleted by such a clock until it has lasted a day.
    pub clock_ahead: Duration,
    /// Whether text that was erased is still in the store's log of changes.
    pub log_pending: bool,
}

impl Stats {
    /// The row in which an entry of this state is counted; `None` if it is processed or a person has acted.
    #[must_use]
    pub const fn row(&self, state: State) -> Option<u64> {
        match state {
            State::Available => Some(self.available),
            State::Waiting => Some(self.waiting),
            State::Running => Some(self.running),
            State::Retryable => Some(self.retryable),
            State::Parked => Some(self.parked),
            State::Discarded => Some(self.discarded),
            State::Completed | State::Cancelled => None,
        }
    }

    /// The same row, for a store that counts.
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
