//! Who seals the entries of a store: decided once, by its first entry.

use referral_webhooks_inbox::store::{NewEntry, SEAL_MARK, Store, StoreError};
use tokio::sync::OnceCell;

/// Who seals the entries of a store, once that is known. It never changes, so one read is enough.
#[derive(Debug, Default)]
pub(crate) struct Seal(OnceCell<String>);

impl Seal {
    /// Refuses an entry that is sealed in another way than the others.
    pub(crate) async fn admit<S: Store>(&self, store: &S, entry: &NewEntry) -> Result<(), StoreError> {
        let mark = self.0.get_or_try_init(|| store.mark(SEAL_MARK, entry.seal_mark())).await?;
        compare(mark, entry.seal_mark())
    }
}

/// Refuses another mark than the store's.
pub(crate) fn compare(mark: &str, other: &str) -> Result<(), StoreError> {
    if mark == other { Ok(()) } else { Err(StoreError::other_seal()) }
}
