//! The result of erasing an entry.

/// The result of erasing an entry.
///
/// ```
/// use referral_webhooks_inbox::store::Erasure;
///
/// assert!(Erasure::LogPending.is_erased());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Erasure {
    /// The entry is unknown or running.
    NotErased,
    /// The entry is erased.
    Erased,
    /// The entry is erased, and its text remains in the database's write-ahead log while a connection reads. The store
    /// truncates the log as soon as it can; until then [`Stats::log_pending`](super::Stats::log_pending) is set.
    LogPending,
    /// The entry is erased. Its body holds several events, and an entry of another one is not processed yet. The text is
    /// out of reach of this entry, and the store deletes it while pruning, after those entries are processed.
    Shared,
}

impl Erasure {
    /// Returns whether the entry is erased.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Erasure;
    ///
    /// assert!(Erasure::Erased.is_erased());
    /// assert!(!Erasure::NotErased.is_erased());
    /// ```
    #[must_use]
    pub const fn is_erased(self) -> bool {
        matches!(self, Self::Erased | Self::LogPending | Self::Shared)
    }
}
