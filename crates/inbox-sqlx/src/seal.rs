//! The key that seals the entries of a store.
//!
//! - **Guarantees**: all entries of a store are sealed with the same key, or none is.
//! - **Assumes** that the first entry writes the mark, and that the mark never changes.
//! - **Without it**, two processes with different keys would store entries that the other one cannot open.

use referral_webhooks_inbox::store::{NewEntry, SEAL_MARK, Store, StoreError};
use tokio::sync::OnceCell;

/// The mark of a store's seal, read once.
#[derive(Debug, Default)]
pub(crate) struct Seal(OnceCell<String>);

impl Seal {
    /// Refuses an entry that is sealed with another key than the others.
    pub(crate) async fn admit<S: Store>(&self, store: &S, entry: &NewEntry) -> Result<(), StoreError> {
        let mark = self.0.get_or_try_init(|| store.mark(SEAL_MARK, entry.seal_mark())).await?;
        compare(mark, entry.seal_mark())
    }
}

/// Refuses another mark than the store's.
pub(crate) fn compare(mark: &str, other: &str) -> Result<(), StoreError> {
    if mark == other { Ok(()) } else { Err(StoreError::other_seal()) }
}
