//! The statement that completes an entry.

use super::lease::Lease;

/// The statement that completes an entry in the application's own transaction, with any driver.
///
/// Execute it in the transaction that writes the effect, and **demand that it changed one row**. If it changed none,
/// the lease has expired: roll back, because another worker has the entry.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::EntryId;
/// use referral_webhooks_inbox::store::{Completion, Lease};
///
/// let lease = Lease::new(EntryId(7), 2, 20, Duration::from_secs(30));
/// let completion = Completion::new("UPDATE inbox_entry SET … WHERE id = $1 AND attempt = $2", &lease);
/// assert_eq!(completion.parameters, [7, 2]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completion {
    /// The text, with the placeholders of the database.
    pub statement: &'static str,
    /// The values of the placeholders, in their order: the entry and the attempt, as 64-bit integers.
    pub parameters: [i64; 2],
}

impl Completion {
    /// Creates the completion of a leased entry.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::{EntryId, store::{Completion, Lease}};
    ///
    /// let lease = Lease::new(EntryId(9), 1, 20, Duration::from_secs(30));
    /// assert_eq!(Completion::new("DELETE …", &lease).parameters, [9, 1]);
    /// ```
    #[must_use]
    pub const fn new(statement: &'static str, lease: &Lease) -> Self {
        Self { statement, parameters: [lease.id.0, lease.attempt as i64] }
    }
}
