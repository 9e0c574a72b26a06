//! Files of SQLite.

use std::time::Duration;

pub(crate) use referral_webhooks_inbox_sqlx::SqliteStore as Store;
use sqlx::ConnectOptions as _;
pub(crate) use sqlx::SqliteConnection as Connection;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

/// A file in a folder of its own.
pub(crate) struct Database {
    pub(crate) folder: TempDir,
    /// Its path.
    pub(crate) url: String,
}

impl Database {
    /// Leaves it for the system to clean up.
    pub(crate) fn keep(self) {
        let _ = self.folder.keep();
    }
}

pub(crate) async fn new_database() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("shop.db").to_str().unwrap().to_owned();
    Database { folder, url }
}

pub(crate) async fn open(file: &str) -> Store {
    Store::open(file).await.unwrap()
}

/// A connection of the application, apart from the store's.
pub(crate) async fn connect(file: &str) -> Connection {
    SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(10)).connect().await.unwrap()
}

/// What the database says of itself after an accident.
pub(crate) async fn check(connection: &mut Connection) {
    let answer: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(connection).await.unwrap();
    assert_eq!(answer, "ok");
}
