//! Files of SQLite.

use std::time::Duration;

use referral_webhooks_inbox::store::Completion;
use referral_webhooks_inbox_sqlx::SqliteOptions;
pub(crate) use referral_webhooks_inbox_sqlx::SqliteStore as Store;
pub(crate) use referral_webhooks_inbox_sqlx::schema::SQLITE as MIGRATIONS;
use sqlx::ConnectOptions as _;
pub(crate) use sqlx::SqliteConnection as Connection;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

/// A file in a new folder.
pub(crate) struct Database {
    pub(crate) folder: TempDir,
    /// Its path.
    pub(crate) url: String,
}

impl Database {
    /// Leaves the folder to the system.
    pub(crate) fn keep(self) {
        let _ = self.folder.keep();
    }
}

pub(crate) async fn new_database() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("shop.db").to_str().unwrap().to_owned();
    Database { folder, url }
}

pub(crate) fn options(file: &str) -> SqliteOptions {
    Store::options(file)
}

pub(crate) async fn open(file: &str) -> Store {
    options(file).create(true).open().await.unwrap()
}

/// Opens a connection of the application, and creates the file.
pub(crate) async fn connect_anew(file: &str) -> Connection {
    SqliteConnectOptions::new().filename(file).create_if_missing(true).connect().await.unwrap()
}

/// Opens a connection of the application, separate from the store's.
pub(crate) async fn connect(file: &str) -> Connection {
    SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(10)).connect().await.unwrap()
}

/// A statement that does not end within any test.
pub(crate) const ENDLESS_READ: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
                                       WHERE i < 10000000000) SELECT MAX(i) FROM n";

/// Another one. When it is interrupted, SQLite rolls back the whole transaction.
pub(crate) const ENDLESS_WRITE: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
                                        WHERE i < 10000000000) INSERT INTO reward (key) \
                                        SELECT CAST(MAX(i) AS TEXT) FROM n";

/// Checks the database after an accident.
pub(crate) async fn check(connection: &mut Connection) {
    let answer: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(connection).await.unwrap();
    assert_eq!(answer, "ok");
}

/// Another driver of SQLite.
pub(crate) struct Other;

impl Other {
    /// Pays and completes in one transaction. Returns the number of rows that the completion changed, and commits
    /// only if it is one.
    pub(crate) async fn pays(file: &str, delivery_id: &str, completion: Completion, commits: bool) -> usize {
        let (file, delivery_id) = (file.to_owned(), delivery_id.to_owned());
        let paid = tokio::task::spawn_blocking(move || {
            let mut connection = rusqlite::Connection::open(file)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            transaction.execute("INSERT INTO reward (key) VALUES (?1)", [delivery_id])?;
            let changed = transaction.execute(completion.statement, completion.parameters)?;
            if changed == 1 && commits {
                transaction.commit()?
            } else {
                transaction.rollback()?
            }
            Ok::<_, rusqlite::Error>(changed)
        });
        paid.await.unwrap().unwrap()
    }
}
