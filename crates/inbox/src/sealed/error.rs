//! The error of opening a sealed store.

use std::fmt;

use crate::store::StoreError;

/// The error of opening a sealed store. With these keys, repeats would be new events, or bodies would not
/// open. It needs the feature `encrypt`.
///
/// ```
/// use referral_webhooks_inbox::{KeyRing, MemoryStore, SealError, Sealed};
///
/// async fn open(store: MemoryStore, ring: KeyRing) -> Sealed<MemoryStore> {
///     match Sealed::open(store, ring).await {
///         Ok(sealed) => sealed,
///         Err(SealError::OtherPepper) => panic!("restore the pepper of the first start"),
///         Err(error) => panic!("{error}"),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SealError {
    /// The store has accepted deliveries without `Sealed`.
    NotSealed,
    /// The store was sealed with another pepper.
    OtherPepper,
    /// The store was sealed with another key of this number.
    OtherKey(u32),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            _ if f.alternate() => referral_webhooks::chain(self).fmt(f),
            Self::NotSealed => f.write_str(
                "the store has accepted deliveries that are not sealed; go on without `Sealed`, or begin with an empty store",
            ),
            Self::OtherPepper => f.write_str("the store was sealed with another pepper; set the one of its first start"),
            Self::OtherKey(number) => write!(
                f,
                "the store knows another key under the number {number}; restore that key, and give the new one a new number"
            ),
            Self::Store(_) => f.write_str("the marks of the store could not be compared"),
        }
    }
}

impl std::error::Error for SealError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
