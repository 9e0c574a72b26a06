//! Files of the database that return one by one, or with another content.

use std::path::Path;
use std::time::Duration;

use referral_webhooks_inbox::store::{Filter, Finish, State};

use referral_webhooks_inbox::store::Store as _;
use referral_webhooks_inbox_sqlx::SqliteStore;

use crate::moved::{backup, rename_all, vacuum_into, with_suffix};
use crate::shared::support::{LONG, Shop, shop};

/// Creates a shop with one entry, which is in the file and not in the log.
async fn stored_in_the_file() -> Shop {
    let shop = shop().await;
    shop.accepted("m1").await;
    let connection = rusqlite::Connection::open(shop.file()).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap();
    connection.close().unwrap();
    shop
}

impl Shop {
    async fn complete(&self) {
        let lease = self.claimed(LONG).await;
        assert!(self.store.finish(&lease, Finish::Complete(None)).await.unwrap());
    }
}

async fn states(store: &SqliteStore) -> Vec<State> {
    let entries = store.list(Filter::new()).await.unwrap();
    entries.into_iter().map(|entry| entry.state).collect()
}

#[tokio::test]
async fn files_that_return_one_by_one_forget_no_completion() {
    let orders: [[&str; 3]; 4] =
        [["", "-wal", "-shm"], ["", "-shm", "-wal"], ["-wal", "", "-shm"], ["-shm", "", "-wal"]];
    for order in orders {
        let shop = stored_in_the_file().await;
        shop.complete().await;
        rename_all(shop.file(), &backup(shop.file())).unwrap();
        assert!(shop.store.probe().await.is_err());
        for suffix in order {
            std::fs::rename(with_suffix(&backup(shop.file()), suffix), with_suffix(shop.file(), suffix)).unwrap();
            for _ in 0..8 {
                let _ = shop.store.probe().await;
                if shop.store.probe().await.is_ok() {
                    assert_eq!(states(&shop.store).await, [State::Completed], "{order:?}: it would be paid again");
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        shop.store.probe().await.unwrap();
        assert_eq!(states(&shop.store).await, [State::Completed], "{order:?}");
        shop.store.close().await;
        let again = SqliteStore::open(shop.file()).await.unwrap();
        assert_eq!(states(&again).await, [State::Completed], "{order:?}");
    }
}

#[tokio::test]
async fn the_log_of_a_replaced_file_is_not_applied_to_the_other_one() {
    let shop = stored_in_the_file().await;
    let copy = backup(shop.file());
    vacuum_into(shop.file(), &copy);
    for number in 0..50 {
        shop.accepted(&format!("n{number}")).await;
    }
    let original = shop.file().with_extension("original");
    std::fs::rename(shop.file(), &original).unwrap();
    std::fs::rename(&copy, shop.file()).unwrap();
    assert!(shop.store.probe().await.is_err());
    shop.store.close().await;
    let restored = SqliteStore::open(shop.file()).await.unwrap();
    assert_eq!(states(&restored).await.len(), 1, "the backup has one entry, and the other ones are not mixed into it");
    crate::engine::check(&mut shop.connection().await).await;
    // The file that was moved away has everything.
    let kept = SqliteStore::open(&original).await.unwrap();
    assert_eq!(states(&kept).await.len(), 51);
}

#[tokio::test]
async fn a_moved_file_is_noticed_without_a_delivery() {
    type Act = fn(&Path) -> std::io::Result<()>;
    let rows: [(&str, Act, bool); 5] = [
        ("renamed", |file| std::fs::rename(file, backup(file)), true),
        (
            "a copy moved over it",
            |file| std::fs::copy(file, backup(file)).and_then(|_| std::fs::rename(backup(file), file)),
            true,
        ),
        ("truncated", |file| std::fs::OpenOptions::new().write(true).open(file)?.set_len(0), true),
        // Only the writer sees a changed log, and it checks once a second.
        (
            "another log",
            |file| {
                std::fs::write(file.with_extension("log"), [1])?;
                std::fs::rename(file.with_extension("log"), with_suffix(file, "-wal"))
            },
            false,
        ),
        (
            "the log truncated",
            |file| std::fs::OpenOptions::new().write(true).open(with_suffix(file, "-wal"))?.set_len(5_000),
            false,
        ),
    ];
    for (name, act, is_seen_at_once) in rows {
        let shop = shop().await;
        assert!(shop.is_accepted("m1").await && shop.inbox.health().await.is_ready, "{name}");
        act(shop.file()).unwrap();
        if !is_seen_at_once {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
        }
        let health = shop.inbox.health().await;
        assert!(!health.is_ready && health.trouble.is_some(), "{name}: {health:?}");
    }
}

#[tokio::test]
async fn deliveries_after_a_truncation_of_the_log_are_refused() {
    // The log's header, a part of a frame, some frames, under a stream of deliveries and after a pause.
    for (length, pause) in [(0, 0), (0, 50), (20, 0), (32, 50), (4_200, 50), (60_000, 50)] {
        let shop = shop().await;
        for number in 0..20 {
            assert!(shop.is_accepted(&format!("before-{number}")).await);
        }
        let log = std::fs::OpenOptions::new().write(true).open(with_suffix(shop.file(), "-wal")).unwrap();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        log.set_len(length).unwrap();
        for number in 0..8 {
            assert!(!shop.is_accepted(&format!("after-{number}")).await, "{length}, {pause}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let health = shop.inbox.health().await;
        assert!(health.trouble.is_some_and(|why| why.contains("truncated")), "{length}");
    }
}
