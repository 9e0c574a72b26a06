//! The store passes what every store passes.

use crate::engine::{Store, new_database, open};

async fn fresh() -> Store {
    let database = new_database().await;
    let store = open(&database.url).await;
    // Left for later: the store still writes there when this returns.
    database.keep();
    store
}

referral_webhooks_inbox::store_checks!(fresh);
