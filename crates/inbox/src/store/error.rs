//! The error of a store.

use std::error::Error;
use std::fmt;

use referral_webhooks::chain;

/// The error of a store. Its cause is its [`source`](Error::source), and `{error:#}` writes both.
///
/// ```
/// use std::error::Error as _;
/// use referral_webhooks_inbox::store::StoreError;
///
/// let error = StoreError::new("the disk is full");
/// assert_eq!(error.source().unwrap().to_string(), "the disk is full");
/// ```
#[derive(Debug)]
pub struct StoreError(Box<dyn Error + Send + Sync>);

impl StoreError {
    /// Creates an error with its cause. The cause is logged, so it must not quote a delivery.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::StoreError;
    ///
    /// let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    /// assert_eq!(StoreError::new(full).to_string(), "the store failed");
    /// ```
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }

    /// Creates the error of an entry whose seal mark differs from that of its store.
    ///
    /// ```
    /// use std::error::Error as _;
    /// use referral_webhooks_inbox::store::StoreError;
    ///
    /// let cause = StoreError::other_seal().source().unwrap().to_string();
    /// assert!(cause.contains("sealed with another pepper"));
    /// ```
    #[must_use]
    pub fn other_seal() -> Self {
        Self::new("the entries of this store are sealed with another pepper or not at all: a repeat would be new")
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return chain(self).fmt(f);
        }
        f.write_str("the store failed")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}
