//! The store on SQLite passes what every store passes.

use referral_webhooks_inbox_sqlx::SqliteStore;

async fn fresh() -> SqliteStore {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("inbox.db")).await.unwrap();
    // Left for the system to clean up: the store still writes there when this returns.
    let _ = folder.keep();
    store
}

referral_webhooks_inbox::store_checks!(fresh);
