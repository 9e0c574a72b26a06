//! Deletion: pruning of old entries by a rule, and erasing of one.

use std::time::Duration;

use crate::store::State;

/// The ages from which entries of one endpoint are pruned. They count from the end of an entry or its last repeat,
/// whichever is later. Unfinished entries are never pruned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PruneRule {
    /// The endpoint's name.
    pub endpoint: String,
    /// The age from which bodies of completed and cancelled entries are deleted.
    pub bodies: Duration,
    /// The same for dead letters; `None` if they are kept until a person has acted.
    pub dead_letters: Option<Duration>,
    /// The same for parked entries.
    pub parked: Option<Duration>,
    /// The age from which ids are deleted; `None` if a repeat can come at any time.
    pub ids: Option<Duration>,
    /// How many bodies at most, and how many entries.
    pub most: u32,
    /// The bytes of the bodies of a call, and one body more.
    pub most_bytes: u64,
}

impl PruneRule {
    /// The most bytes of bodies a call, if not set: what SQLite overwrites in some ten milliseconds.
    pub const MOST_BYTES: u64 = 1024 * 1024;

    /// A rule that keeps parked entries until a person has acted.
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
        Self { endpoint, bodies, dead_letters, parked: None, ids, most, most_bytes }
    }

    /// Sets the age from which bodies of parked entries are deleted.
    #[must_use]
    pub fn parked(self, time: Option<Duration>) -> Self {
        Self { parked: time, ..self }
    }

    /// Returns how many entries and bytes a call takes: one of each at least, so that calls one after the other end.
    #[must_use]
    pub fn bounds(&self) -> (u64, u64) {
        (u64::from(self.most).max(1), self.most_bytes.max(1))
    }

    /// Returns the age from which the body of an entry in this state is deleted; `None` if it is kept.
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

/// The result of a call that prunes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Entries whose body is no longer kept.
    pub bodies: u64,
    /// Entries that are no longer kept.
    pub entries: u64,
    /// Whether the call ended at one of its bounds, so that the next one finds more.
    pub is_more: bool,
}

/// What became of an entry that was to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Erasure {
    /// It is unknown, or is being processed.
    NotErased,
    /// It is erased.
    Erased,
    /// It is erased, and its text is still in the store's log of changes, because a connection reads. The store empties
    /// the log when it can; [`Stats::log_pending`](crate::store::Stats::log_pending) says until when.
    LogPending,
}

impl Erasure {
    /// Whether no method returns the text any more.
    #[must_use]
    pub const fn is_erased(self) -> bool {
        matches!(self, Self::Erased | Self::LogPending)
    }
}
