//! Files of SQLite that are removed or moved while another process reads them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::store::{ClaimRequest, Filter, Finish, NewEntry, State, Store as _};
use referral_webhooks_inbox_sqlx::SqliteStore;
use sqlx::{Connection as _, SqliteConnection};
use time::OffsetDateTime;

use crate::process::Process;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;

struct Shop {
    folder: tempfile::TempDir,
    store: SqliteStore,
}

impl Shop {
    /// Creates a shop with one entry, which is in the file and not in the log.
    async fn new() -> Self {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::options(folder.path().join("shop.db")).create(true).open().await.unwrap();
        let shop = Self { folder, store };
        let (endpoint, now) = (Endpoint::<Redpin>::new(SECRET).unwrap(), OffsetDateTime::now_utc());
        let request = endpoint.sign(&Message::new(REFERRAL, now).id("m1")).unwrap();
        let delivery = endpoint.receive(&request, now).unwrap();
        shop.store.accept(NewEntry::of("shop", &delivery, 3)).await.unwrap();
        let mut connection = SqliteConnection::connect(shop.file("").to_str().unwrap()).await.unwrap();
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        shop
    }

    /// One of the three files of the database.
    fn file(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("shop.db{suffix}"))
    }

    /// Starts a process that reads, and waits until it does.
    fn reader(&self) -> Process {
        let mut reader = Process::start(&format!("sqlite:{}", self.file("").display()), &["read"]);
        assert_eq!(reader.lines.next().unwrap().unwrap(), "reading");
        reader
    }

    async fn complete(&self) {
        let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 1, Duration::from_secs(30));
        let lease = self.store.claim(wanted).await.unwrap().remove(0).lease;
        assert!(self.store.finish(&lease, Finish::Complete(None)).await.unwrap());
    }

    async fn states(&self) -> Vec<State> {
        let entries = self.store.list(Filter::new()).await.unwrap();
        entries.into_iter().map(|entry| entry.state).collect()
    }
}

fn rename_all(from: &Path, to: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let file = |folder: &Path| folder.join(format!("shop.db{suffix}"));
        std::fs::rename(file(from), file(to)).unwrap();
    }
}

#[tokio::test]
async fn a_removed_log_is_kept_open_until_its_readers_are_gone() {
    let shop = Shop::new().await;
    let mut reader = shop.reader();
    shop.complete().await;
    std::fs::remove_file(shop.file("-wal")).unwrap();
    for _ in 0..6 {
        assert!(shop.store.probe().await.is_err());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    reader.kill();
    let mut probes = 0;
    while shop.store.probe().await.is_err() {
        probes += 1;
        assert!(probes < 100, "the store does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shop.states().await, [State::Completed], "an available entry would be paid again");
}

#[tokio::test]
async fn files_that_return_while_a_connection_reads_are_used_at_once() {
    let shop = Shop::new().await;
    let _reader = shop.reader();
    shop.complete().await;
    let backup = tempfile::tempdir_in(shop.folder.path()).unwrap();
    rename_all(shop.folder.path(), backup.path());
    assert!(shop.store.probe().await.is_err());
    rename_all(backup.path(), shop.folder.path());
    tokio::time::sleep(Duration::from_millis(300)).await;
    shop.store.probe().await.unwrap();
    assert_eq!(shop.states().await, [State::Completed]);
}
