//! The write-ahead log: erased text leaves it, and copies need it.

use std::path::Path;
use std::time::Duration;

use referral_webhooks::Message;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::Store as _;
use referral_webhooks_inbox::store::{Erasure, NewEntry};
use referral_webhooks_inbox_sqlx::SqliteStore;

use crate::engine::open;
use crate::moved::Reports;
use crate::shared::support::{Shop, redpin, shop};

const PLANTED: &str = "ada.lovelace@example.org";

impl Shop {
    /// Stores a body with a text that is erased later.
    async fn planted(&self) -> EntryId {
        let (endpoint, now) = (self.intake.endpoint(), time::OffsetDateTime::now_utc());
        let message = Message::new(format!(r#"{{"email":"{PLANTED}","filler":"{}"}}"#, "x".repeat(20_000)), now);
        let delivery = endpoint.receive(&endpoint.sign(&message).unwrap(), now).unwrap();
        self.intake.accept(&delivery).await.unwrap().id()
    }

    /// Returns how many files contain that text.
    fn files_with_it(&self) -> usize {
        let files = std::fs::read_dir(self.database.folder.path()).unwrap().map(|file| file.unwrap().path());
        let has_it = |file: &std::path::PathBuf| {
            std::fs::read(file).unwrap().windows(PLANTED.len()).any(|bytes| bytes == PLANTED.as_bytes())
        };
        files.filter(has_it).count()
    }
}

/// A connection of the application with an endless read.
fn reading(file: &str) -> rusqlite::Connection {
    let reader = rusqlite::Connection::open(file).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM inbox_entry").unwrap();
    reader
}

async fn eventually(mut is_so: impl AsyncFnMut() -> bool) -> bool {
    for _ in 0..200 {
        if is_so().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn erased_text_is_in_no_file() {
    let shop = shop().await;
    let id = shop.planted().await;
    assert!(shop.files_with_it() > 0);
    assert_eq!(shop.store.erase(id, "operator".into()).await.unwrap(), Erasure::Erased);
    assert_eq!(shop.files_with_it(), 0);
    assert!(!shop.store.stats().await.unwrap().log_pending);
}

#[tokio::test]
async fn erased_text_in_the_log_is_reported_until_a_reader_has_ended() {
    let shop = shop().await;
    let id = shop.planted().await;
    let reader = reading(&shop.database.url);
    assert_eq!(shop.store.erase(id, "operator".into()).await.unwrap(), Erasure::LogPending);
    assert!(shop.files_with_it() > 0);
    let health = shop.inbox.health().await;
    assert!(health.is_ready && health.stats.unwrap().log_pending);
    let other = shop.planted().await;
    let is_theirs = |delivery: &referral_webhooks::Delivery<_>| delivery.body().windows(3).any(|bytes| bytes == b"ada");
    let erased = shop.intake.erase_where(is_theirs, "operator").await.unwrap();
    assert!(erased.log_pending && erased.erased == 1, "{erased:?}");
    assert!(!shop.store.get(other).await.unwrap().unwrap().has_body);
    assert!(open(&shop.database.url).await.stats().await.unwrap().log_pending, "another process reports it as well");
    drop(reader);
    let is_done = async || !shop.store.stats().await.unwrap().log_pending;
    assert!(eventually(is_done).await, "the log is emptied without another call");
    assert_eq!(shop.files_with_it(), 0);
}

#[tokio::test]
async fn a_restart_empties_the_log_that_was_pending() {
    let shop = shop().await;
    let id = shop.planted().await;
    let reader = reading(&shop.database.url);
    assert_eq!(shop.store.erase(id, "operator".into()).await.unwrap(), Erasure::LogPending);
    let Shop { database, store, inbox, intake } = shop;
    store.close().await;
    drop((store, inbox, intake));
    let again = SqliteStore::open(&database.url).await.unwrap();
    assert!(again.stats().await.unwrap().log_pending);
    drop(reader);
    assert!(eventually(async || !again.stats().await.unwrap().log_pending).await);
}

#[tokio::test]
async fn a_log_above_64_mib_is_reported_once() {
    let reports = std::sync::Arc::default();
    let level = tracing::Level::WARN;
    let _counting = tracing::subscriber::set_default(Reports(level, std::sync::Arc::clone(&reports)));
    let _second = tracing::Dispatch::new(Reports(level, std::sync::Arc::default()));
    let shop = shop().await;
    let reader = reading(&shop.database.url);
    let count = || reports.lock().unwrap().iter().filter(|report| report.contains("the log `-wal` grows")).count();
    let size = || std::fs::metadata(format!("{}-wal", shop.database.url)).unwrap().len();
    let mut number = 0;
    let mut grow_to = async |bytes: u64| {
        while size() < bytes {
            let mut entry = NewEntry::of("shop", &redpin(&format!("m{number}")), 3);
            std::sync::Arc::make_mut(&mut entry.delivery).body = vec![b'x'; 4 << 20].into();
            shop.store.accept(entry).await.unwrap();
            number += 1;
        }
    };
    grow_to(60 << 20).await;
    assert_eq!(count(), 0);
    grow_to(90 << 20).await;
    assert_eq!(count(), 1);
    drop(reader);
    assert!(eventually(async || shop.store.probe().await.is_ok() && size() < 40 << 20).await, "it is bounded again");
}

fn entries_in(file: &Path) -> i64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    let count = "SELECT COUNT(*) FROM inbox_entry";
    // A copy that was made before the first checkpoint has no table.
    connection.query_row(count, [], |row| row.get(0)).unwrap_or_default()
}

impl Shop {
    fn copied_without_log(&self, name: &str) -> i64 {
        let copy = self.database.folder.path().join(name);
        std::fs::copy(&self.database.url, &copy).unwrap();
        entries_in(&copy)
    }
}

#[tokio::test]
async fn a_copy_is_complete_after_vacuum_into_and_after_close() {
    let shop = shop().await;
    for number in 0..10 {
        shop.accepted(&format!("m{number}")).await;
    }
    assert!(shop.copied_without_log("bare.db") < 10, "the file without its log lacks the newest entries");
    let backup = shop.database.folder.path().join("backup.db");
    let connection = rusqlite::Connection::open(&shop.database.url).unwrap();
    connection.execute("VACUUM INTO ?1", [backup.to_str().unwrap()]).unwrap();
    assert_eq!(entries_in(&backup), 10);
    connection.close().unwrap();
    shop.store.close().await;
    assert_eq!(shop.copied_without_log("closed.db"), 10);
    assert!(!Path::new(&format!("{}-wal", shop.database.url)).exists(), "there is no log any more");
    assert!(shop.intake.accept(&redpin("late")).await.is_err(), "it is closed");
    assert!(SqliteStore::open(&backup).await.unwrap().identity() == shop.store.identity());
}

#[tokio::test]
async fn dropping_the_last_handle_moves_the_log_into_the_file() {
    let shop = shop().await;
    for number in 0..50 {
        shop.accepted(&format!("m{number}")).await;
    }
    let Shop { database, store, inbox, intake } = shop;
    drop((store, inbox, intake));
    let log = format!("{}-wal", database.url);
    assert!(eventually(async || !Path::new(&log).exists()).await);
    assert_eq!(entries_in(Path::new(&database.url)), 50);
}

#[tokio::test]
async fn the_log_is_moved_into_the_file_every_hour() {
    let shop = shop().await;
    for number in 0..10 {
        shop.accepted(&format!("m{number}")).await;
    }
    assert!(shop.copied_without_log("before.db") < 10);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60 * 60)).await;
    tokio::time::resume();
    assert!(eventually(async || shop.copied_without_log("after.db") == 10).await);
    shop.accepted("m11").await;
}

#[tokio::test]
async fn a_growing_log_is_checkpointed_without_waiting_for_the_writer() {
    let shop = shop().await;
    let connection = rusqlite::Connection::open(&shop.database.url).unwrap();
    let size = || -> (i64, i64) {
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(1)?, row.get(2)?));
        connection.query_row("PRAGMA wal_checkpoint(NOOP)", [], row).unwrap()
    };
    for number in 0..20 {
        shop.planted().await;
        shop.accepted(&format!("m{number}")).await;
    }
    // The writer's own limit is 4,000 pages.
    let is_moved = async || matches!(size(), (pages, moved) if pages < 4_000 && moved > 0 && pages - moved < 250);
    assert!(eventually(is_moved).await, "{:?}", size());
}
