//! Schemas of a PostgreSQL server.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use referral_webhooks_inbox::store::{ClaimRequest, Completion, Lease, NewEntry};

use referral_webhooks_inbox::store::Store as _;
use referral_webhooks_inbox_sqlx::PostgresOptions;
pub(crate) use referral_webhooks_inbox_sqlx::PostgresStore as Store;
pub(crate) use referral_webhooks_inbox_sqlx::schema::POSTGRES as MIGRATIONS;
pub(crate) use sqlx::PgConnection as Connection;
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;

use crate::shared::support::redpin;

/// A new schema.
pub(crate) struct Database {
    pub(crate) url: String,
}

impl Database {
    /// Keeps the schema, which ends with the server.
    pub(crate) fn keep(self) {}
}

/// Returns the URL of the server that the tests share.
pub(crate) fn server() -> String {
    std::env::var("INBOX_TEST_POSTGRES").expect("INBOX_TEST_POSTGRES names no server: run `scripts/test`")
}

pub(crate) async fn new_database() -> Database {
    static MADE: AtomicU32 = AtomicU32::new(0);
    // Process ids are reused, and the server may outlive a process.
    let now = time::OffsetDateTime::now_utc().unix_timestamp_nanos();
    let name = format!("inbox_{now}_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let server = server();
    let create = sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {name}")));
    create.execute(&mut connect(&server).await).await.unwrap();
    Database { url: format!("{server}?options[search_path]={name}") }
}

pub(crate) fn options(url: &str) -> PostgresOptions {
    Store::options(url)
}

pub(crate) async fn open(url: &str) -> Store {
    options(url).create(true).open().await.unwrap()
}

/// Opens a connection of the application, before there is an inbox.
pub(crate) async fn connect_anew(url: &str) -> Connection {
    connect(url).await
}

/// Opens a connection of the application, separate from the store's.
pub(crate) async fn connect(url: &str) -> Connection {
    Connection::connect(url).await.unwrap()
}

/// Another driver of PostgreSQL.
pub(crate) struct Other;

impl Other {
    /// Pays and completes in one transaction. Returns the number of rows that the completion changed, and commits
    /// only if it is one.
    pub(crate) async fn pays(url: &str, delivery_id: &str, completion: Completion, commits: bool) -> usize {
        // The same URL in the syntax of this driver.
        let url = url.replace("options[search_path]=", "options=-c%20search_path%3D");
        let (mut client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let transaction = client.transaction().await.unwrap();
        transaction.execute("INSERT INTO reward (key) VALUES ($1)", &[&delivery_id]).await.unwrap();
        let [entry, attempt] = completion.parameters;
        let changed = transaction.execute(completion.statement, &[&entry, &attempt]).await.unwrap();
        if changed == 1 && commits {
            transaction.commit().await.unwrap()
        } else {
            transaction.rollback().await.unwrap()
        }
        usize::try_from(changed).unwrap()
    }
}

/// Stores a delivery and claims it.
pub(crate) async fn stored_and_claimed(store: &Store, delivery_id: &str, lease: Duration) -> Lease {
    let id = store.accept(NewEntry::of("shop", &redpin(delivery_id), 3)).await.unwrap().id();
    let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 1, lease);
    let claimed = store.claim(wanted).await.unwrap().remove(0).lease;
    assert_eq!(claimed.id, id);
    claimed
}

/// A server for a single test, which the test may stop.
pub(crate) struct Server {
    folder: TempDir,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = script(&["start", folder.path().to_str().unwrap()]);
        Self { folder, url }
    }

    /// Restarts it at the same address.
    pub(crate) fn start(&self) {
        assert_eq!(script(&["start", self.folder.path().to_str().unwrap()]), self.url);
    }

    /// Stops it as in a power failure.
    pub(crate) fn stop(&self) {
        script(&["stop", self.folder.path().to_str().unwrap(), "immediate"]);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server may be stopped already, and a panic in here would hide the earlier one.
        let _ = Command::new(SCRIPT).args(["stop", self.folder.path().to_str().unwrap(), "immediate"]).output();
    }
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres");

fn script(arguments: &[&str]) -> String {
    let ran = Command::new(SCRIPT).args(arguments).stderr(Stdio::inherit()).output().unwrap();
    assert!(ran.status.success(), "scripts/postgres {arguments:?}");
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}
