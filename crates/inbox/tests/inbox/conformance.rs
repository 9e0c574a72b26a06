//! The store in memory passes the checks of every store.

use referral_webhooks_inbox::MemoryStore;

async fn fresh() -> MemoryStore {
    MemoryStore::new()
}

referral_webhooks_inbox_conformance::store_checks!(fresh);
