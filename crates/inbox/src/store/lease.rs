//! The right to process an entry for a time.
//!
//! - Guarantees: entry and attempt name one claim. Attempts are counted when an entry is claimed and never decrease, so
//!   an old lease never matches a later claim.
//! - Assumes: the store compares both in the same statement that ends the attempt.
//! - Without it: a worker that was frozen for longer than its lease ends the attempt of its successor.

use std::time::Duration;

use super::entry::EntryId;

/// The reason of an abandoned attempt.
///
/// ```
/// use referral_webhooks_inbox::store::{HistoryLine, LEASE_OVER};
///
/// fn is_abandoned(line: &HistoryLine) -> bool {
///     line.reason.as_deref() == Some(LEASE_OVER)
/// }
/// ```
pub const LEASE_OVER: &str = "the lease expired: the worker died or was cut off";

/// The right to process an entry for a time.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::EntryId;
/// use referral_webhooks_inbox::store::Lease;
///
/// let lease = Lease::new(EntryId(7), 2, 20, Duration::from_secs(30));
/// assert_eq!((lease.attempt, lease.last_attempt), (2, 20));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The entry.
    pub id: EntryId,
    /// The number of the attempt.
    pub attempt: u32,
    /// The number of the entry's last attempt.
    pub last_attempt: u32,
    /// The length, from the claim or the last extension.
    pub length: Duration,
}

impl Lease {
    /// The longest lease, and so the longest time until an abandoned entry is rescued.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Lease;
    ///
    /// assert_eq!(Lease::LONGEST.as_secs(), 3_600);
    /// ```
    pub const LONGEST: Duration = Duration::from_secs(60 * 60);

    /// Creates a lease of [an hour](Self::LONGEST) at most.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::{EntryId, store::Lease};
    ///
    /// let lease = Lease::new(EntryId(7), 1, 20, Duration::from_secs(86_400));
    /// assert_eq!(lease.length, Lease::LONGEST);
    /// ```
    #[must_use]
    pub const fn new(id: EntryId, attempt: u32, last_attempt: u32, length: Duration) -> Self {
        let length = if length.as_secs() < Self::LONGEST.as_secs() { length } else { Self::LONGEST };
        Self { id, attempt, last_attempt, length }
    }
}
