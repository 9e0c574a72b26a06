//! The result of a redelivery.

use referral_webhooks::Fingerprint;
use serde::Serialize;

/// The result of [redelivering](crate::Inbox::redeliver) an entry.
///
/// ```
/// use referral_webhooks_inbox::Redelivered;
///
/// fn line(redelivered: Redelivered) -> String {
///     match redelivered {
///         Redelivered::Yes => "it is due".to_owned(),
///         Redelivered::SecretGone(secret) => format!("add the secret {secret} with `reopens_with`"),
///         other => format!("it stays as it was: {other:?}"),
///     }
/// }
/// # assert_eq!(line(Redelivered::Yes), "it is due");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[must_use]
pub enum Redelivered {
    /// The entry is due, or waits for its turn.
    Yes,
    /// The store has no entry with this number.
    Unknown,
    /// The entry is due, waiting or running already.
    Unfinished,
    /// The body was deleted.
    NoBody,
    /// No secret of the endpoint opens the entry. It needs the one with this fingerprint: add the secret with
    /// [`reopens_with`](referral_webhooks::Endpoint::reopens_with).
    SecretGone(Fingerprint),
    /// The endpoint has the entry's secret, and the entry does not open: its body was altered, or the key of an encrypted
    /// body is missing.
    NotVerified,
}

impl Redelivered {
    /// Returns whether the entry is going to be processed.
    ///
    /// ```
    /// use referral_webhooks_inbox::Redelivered;
    ///
    /// assert!(Redelivered::Yes.is_redelivered());
    /// assert!(!Redelivered::NoBody.is_redelivered());
    /// ```
    #[must_use]
    pub const fn is_redelivered(&self) -> bool {
        matches!(self, Self::Yes)
    }
}
