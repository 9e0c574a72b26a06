//! The secrets that stored entries need.

use referral_webhooks::Fingerprint;
use serde::Serialize;

/// A secret that proved stored bodies, which it is needed to open.
///
/// ```
/// use referral_webhooks_inbox::store::{Store, StoreError};
///
/// async fn print<S: Store>(store: &S, endpoint: &str) -> Result<(), StoreError> {
///     for used in store.secrets(endpoint).await? {
///         println!("{}: {} entries", used.secret, used.entries);
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SecretUse {
    /// The fingerprint of the secret, [as the store keeps it](super::Store::kept_fingerprint).
    pub secret: Fingerprint,
    /// The number of entries with a body that it proved, [`MOST`](Self::MOST) at most.
    pub entries: u64,
}

impl SecretUse {
    /// The number at which a store stops counting, so that the figure costs little.
    ///
    /// ```
    /// assert_eq!(referral_webhooks_inbox::store::SecretUse::MOST, 10_000);
    /// ```
    pub const MOST: u64 = 10_000;

    /// Makes the use of a secret by so many entries.
    ///
    /// ```
    /// use referral_webhooks::Fingerprint;
    /// use referral_webhooks_inbox::store::SecretUse;
    ///
    /// assert_eq!(SecretUse::new(Fingerprint::new([7; 8]), 1_000_000).entries, SecretUse::MOST);
    /// ```
    #[must_use]
    pub const fn new(secret: Fingerprint, entries: u64) -> Self {
        Self { secret, entries: if entries < Self::MOST { entries } else { Self::MOST } }
    }
}
