//! The store for tests.

use std::time::Duration;

use referral_webhooks::Endpoint;
use referral_webhooks_inbox::store::Store as _;
use referral_webhooks_inbox::{Inbox, Outcome};
use referral_webhooks_inbox_sqlx::SqliteStore;
use sqlx::SqliteConnection;

use crate::engine::connect;
use crate::shared::support::{SECRET, redpin, reward};

#[tokio::test]
async fn stores_in_memory_have_separate_files_that_end_with_them() {
    let (one, other) = (SqliteStore::in_memory().await.unwrap(), SqliteStore::in_memory().await.unwrap());
    assert_ne!(one.file(), other.file());
    assert_ne!(one.identity(), other.identity());
    let mut folders = Vec::new();
    for store in [one, other] {
        let mut shop = connect(store.file().to_str().unwrap()).await;
        sqlx::query("CREATE TABLE reward (key TEXT NOT NULL)").execute(&mut shop).await.unwrap();
        let inbox = Inbox::new(store.clone());
        let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
        let worker = inbox.worker().run_in_tx(&intake, async |_, _, shop: &mut SqliteConnection| {
            reward(shop, "m1").await?;
            Ok::<_, sqlx::Error>(Outcome::Done)
        });
        for attempts in [1, 0] {
            intake.receive(&redpin("m1")).await;
            assert_eq!(worker.run_until_idle().await.unwrap(), attempts);
        }
        let paid: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM reward").fetch_one(&mut shop).await.unwrap();
        assert_eq!(paid, 1);
        assert_eq!(store.stats().await.unwrap().available, 0);
        folders.push(store.file().parent().unwrap().to_owned());
    }
    for _ in 0..200 {
        if !folders.iter().any(|folder| folder.exists()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a folder remains: {folders:?}");
}

#[test]
fn a_store_in_memory_ends_with_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime.block_on(SqliteStore::in_memory()).unwrap();
    let folder = store.file().parent().unwrap().to_owned();
    assert!(folder.is_dir());
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&folder.metadata().unwrap().permissions()) & 0o777, 0o700);
    drop(runtime);
    drop(store);
    assert!(!folder.exists());
}
