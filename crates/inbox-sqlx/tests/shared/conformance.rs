//! The conformance suite for the store, and for a sealing store around it.

use referral_webhooks_inbox::{KeyRing, Sealed};

use crate::engine::{Store, new_database, open};

async fn fresh() -> Store {
    let database = new_database().await;
    let store = open(&database.url).await;
    // The store still writes there after this returns.
    database.keep();
    store
}

referral_webhooks_inbox_conformance::store_checks!(fresh);

mod sealed {
    use super::*;

    async fn fresh() -> Sealed<Store> {
        let (pepper, key) =
            ("8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        Sealed::open(super::fresh().await, KeyRing::new(pepper, 1, key).unwrap()).await.unwrap()
    }

    referral_webhooks_inbox_conformance::store_checks!(fresh);
}
