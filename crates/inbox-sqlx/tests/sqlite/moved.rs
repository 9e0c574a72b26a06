//! Files of the database that are moved, removed and replaced while the store is open.

use std::fmt::Debug;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Reply};
use referral_webhooks_inbox::store::NewEntry;
use referral_webhooks_inbox::store::Store as _;
use referral_webhooks_inbox::{Attempt, Outcome, WithState as _};
use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
use sqlx::SqliteConnection;
use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::engine::open;
use crate::shared::support::{Shop, redpin, reward, shop, working};

const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", file.display()).into()
}

pub(crate) fn backup(file: &Path) -> PathBuf {
    file.with_extension("bak")
}

pub(crate) fn rename_all(from: &Path, to: &Path) -> Result<()> {
    SUFFIXES.iter().try_for_each(|suffix| std::fs::rename(with_suffix(from, suffix), with_suffix(to, suffix)))
}

fn folders(file: &Path) -> (PathBuf, PathBuf) {
    let folder = file.parent().unwrap().to_owned();
    let other = folder.with_extension("unmounted");
    (folder, other)
}

/// Makes a complete copy of the inbox, as a backup does.
pub(crate) fn vacuum_into(file: &Path, copy: &Path) {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
}

/// A subscriber that keeps the store's events of one level.
pub(crate) struct Reports(pub(crate) Level, pub(crate) Arc<Mutex<Vec<String>>>);

impl Subscriber for Reports {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == self.0 && metadata.module_path().is_some_and(|path| path.contains("sqlite"))
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = String::new();
        event.record(&mut |field: &Field, value: &dyn Debug| text += &format!("{field}={value:?} "));
        self.1.lock().unwrap().push(text);
    }

    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl Shop {
    pub(crate) async fn is_accepted(&self, delivery_id: &str) -> bool {
        self.intake.receive(&redpin(delivery_id)).await == Reply::Accepted
    }

    pub(crate) fn file(&self) -> &Path {
        Path::new(&self.database.url)
    }
}

struct Row {
    name: &'static str,
    act: fn(&Path) -> Result<()>,
    undo: fn(&Path) -> Result<()>,
    /// Returns the report of `health`.
    trouble: &'static str,
}

#[tokio::test]
async fn deliveries_are_refused_while_the_files_are_away_and_stored_when_they_are_back() {
    let rows = [
        Row {
            name: "all renamed",
            act: |file| rename_all(file, &backup(file)),
            undo: |file| rename_all(&backup(file), file),
            trouble: "removed or renamed",
        },
        Row {
            name: "only the file renamed",
            act: |file| std::fs::rename(file, backup(file)),
            undo: |file| std::fs::rename(backup(file), file),
            trouble: "removed or renamed",
        },
        Row {
            name: "the file renamed, and an empty one made",
            act: |file| std::fs::rename(file, backup(file)).and_then(|()| std::fs::write(file, [])),
            undo: |file| std::fs::rename(backup(file), file),
            trouble: "replaced",
        },
        Row {
            name: "the folder renamed",
            act: |file| std::fs::rename(folders(file).0, folders(file).1),
            undo: |file| std::fs::rename(folders(file).1, folders(file).0),
            trouble: "removed or renamed",
        },
        Row {
            name: "the folder renamed, and an empty one made",
            act: |file| {
                std::fs::rename(folders(file).0, folders(file).1).and_then(|()| std::fs::create_dir(folders(file).0))
            },
            undo: |file| {
                std::fs::remove_dir(folders(file).0).and_then(|()| std::fs::rename(folders(file).1, folders(file).0))
            },
            trouble: "removed or renamed",
        },
        Row {
            name: "the log removed",
            act: |file| std::fs::remove_file(with_suffix(file, "-wal")),
            undo: |_| Ok(()),
            trouble: "`-wal` was removed",
        },
        Row {
            name: "the index removed",
            act: |file| std::fs::remove_file(with_suffix(file, "-shm")),
            undo: |_| Ok(()),
            trouble: "`-shm`",
        },
        Row {
            name: "log and index removed",
            act: |file| {
                std::fs::remove_file(with_suffix(file, "-wal"))
                    .and_then(|()| std::fs::remove_file(with_suffix(file, "-shm")))
            },
            undo: |_| Ok(()),
            trouble: "`-wal` was removed",
        },
        Row {
            name: "another log",
            act: |file| {
                let other = file.with_extension("other");
                std::fs::write(&other, [])?;
                std::fs::rename(other, with_suffix(file, "-wal"))
            },
            undo: |_| Ok(()),
            trouble: "`-wal` was replaced",
        },
    ];
    for Row { name, act, undo, trouble } in rows {
        let errors = Arc::default();
        let _counting = tracing::subscriber::set_default(Reports(Level::ERROR, Arc::clone(&errors)));
        // With a single subscriber, a thread without one would disable the event for all.
        let _second = tracing::Dispatch::new(Reports(Level::ERROR, Arc::default()));
        let shop = shop().await;
        for number in 0..10 {
            assert!(shop.is_accepted(&format!("before-{number}")).await, "{name}");
        }
        act(shop.file()).unwrap();
        assert!(!shop.is_accepted("first").await, "{name}");
        let health = shop.inbox.health().await;
        assert!(!health.is_ready && health.trouble.is_some_and(|why| why.contains(trouble)), "{name}");
        undo(shop.file()).unwrap();
        let mut refused = 0;
        while !shop.is_accepted("after").await {
            refused += 1;
            assert!(refused < 100, "{name}: it never comes back: {:?}", shop.inbox.health().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(shop.inbox.health().await.is_ready, "{name}");
        let errors = errors.lock().unwrap().clone();
        assert!(errors.len() == 1 && errors[0].contains(trouble), "{name}: it is reported once: {errors:#?}");
        let again = SqliteStore::open(shop.file()).await.unwrap();
        for delivery_id in (0..10).map(|number| format!("before-{number}")).chain(["after".to_owned()]) {
            let accepted = again.accept(NewEntry::of("shop", &redpin(&delivery_id), 3)).await.unwrap();
            assert_eq!(accepted.as_str(), "repeated", "{name}: {delivery_id}");
        }
        // Before the folder is removed, which would be reported too.
        again.close().await;
        shop.store.close().await;
    }
}

#[tokio::test]
async fn a_missing_or_replaced_file_is_refused_until_the_end() {
    type Act = fn(&Path) -> Result<()>;
    let rows: [(&str, Act, &str); 5] = [
        (
            "deleted",
            |file| SUFFIXES.iter().try_for_each(|suffix| std::fs::remove_file(with_suffix(file, suffix))),
            "removed",
        ),
        ("only the file deleted", |file| std::fs::remove_file(file), "removed"),
        (
            "a backup moved over it",
            |file| {
                vacuum_into(file, &backup(file));
                std::fs::rename(backup(file), file)
            },
            "replaced",
        ),
        (
            "a copy moved over it",
            |file| std::fs::copy(file, backup(file)).and_then(|_| std::fs::rename(backup(file), file)),
            "replaced",
        ),
        ("truncated", |file| std::fs::OpenOptions::new().write(true).open(file)?.set_len(0), "truncated"),
    ];
    for (name, act, trouble) in rows {
        let shop = shop().await;
        for number in 0..10 {
            assert!(shop.is_accepted(&format!("before-{number}")).await, "{name}");
        }
        act(shop.file()).unwrap();
        for number in 0..8 {
            assert!(!shop.is_accepted(&format!("after-{number}")).await, "{name}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let health = shop.inbox.health().await;
        assert!(health.trouble.is_some_and(|why| why.contains(trouble)), "{name}");
        let found = SqliteStore::open(shop.file()).await;
        match name {
            "a backup moved over it" => {
                let accepted = found.unwrap().accept(NewEntry::of("shop", &redpin("before-9"), 3)).await.unwrap();
                assert_eq!(accepted.as_str(), "repeated", "{name}");
            }
            "a copy moved over it" => drop(found),
            _ => {
                let refused = matches!(found, Err(OpenError::NoFile { .. } | OpenError::Truncated { .. }));
                assert!(refused, "{name}: {found:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_restored_file_with_older_content_is_refused() {
    let shop = shop().await;
    shop.accepted("m1").await;
    let copy = backup(shop.file());
    vacuum_into(shop.file(), &copy);
    shop.accepted("m2").await;
    let original = shop.file().with_extension("original");
    std::fs::rename(shop.file(), &original).unwrap();
    assert!(!shop.is_accepted("m3").await);
    // The file is back with the content of the copy.
    for suffix in ["-wal", "-shm"] {
        std::fs::remove_file(with_suffix(shop.file(), suffix)).unwrap();
    }
    std::fs::write(&original, std::fs::read(&copy).unwrap()).unwrap();
    std::fs::rename(&original, shop.file()).unwrap();
    for _ in 0..8 {
        assert!(!shop.is_accepted("m3").await, "it would forget m2");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Pays, and moves the file in the first attempt.
async fn moving(_: Delivery<Redpin>, attempt: Attempt, connection: &mut SqliteConnection, file: PathBuf) -> Outcome {
    reward(connection, &attempt.id).await.unwrap();
    if attempt.number == 1 {
        std::fs::rename(&file, backup(&file)).unwrap();
    }
    Outcome::Done
}

#[tokio::test]
async fn a_handlers_effect_is_not_reported_from_a_file_that_is_away() {
    let shop = shop().await;
    let worker = shop.inbox.worker().lease(Duration::from_millis(400));
    let _working = working(worker.run_in_tx(&shop.intake, moving.with_state(shop.file().to_owned())));
    let id = shop.accepted("m1").await;
    while shop.file().exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!shop.is_accepted("m2").await);
    std::fs::rename(backup(shop.file()), shop.file()).unwrap();
    for _ in 0..500 {
        if shop.store.get(id).await.is_ok_and(|entry| entry.unwrap().state.is_finished()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(shop.rewards().await, [("m1".to_owned(), 1)], "paid once");
}

#[tokio::test]
async fn connections_that_come_and_go_are_no_fault() {
    let shop = shop().await;
    for round in 0..20 {
        assert!(shop.is_accepted(&format!("a{round}")).await);
        let other = rusqlite::Connection::open(shop.file()).unwrap();
        other.busy_timeout(Duration::from_secs(5)).unwrap();
        let act = ["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "CREATE TABLE IF NOT EXISTS own (id)"][round % 3];
        other.execute_batch(act).unwrap();
        assert!(shop.is_accepted(&format!("b{round}")).await, "{act}");
        drop(other);
        drop(open(&shop.database.url).await);
        assert!(shop.is_accepted(&format!("c{round}")).await);
    }
}

#[tokio::test]
async fn a_removed_log_is_recreated_only_without_other_connections() {
    let shop = shop().await;
    assert!(shop.is_accepted("m1").await);
    let other = rusqlite::Connection::open(shop.file()).unwrap();
    other.query_row("SELECT COUNT(*) FROM inbox_entry", [], |row| row.get::<_, i64>(0)).unwrap();
    std::fs::remove_file(with_suffix(shop.file(), "-wal")).unwrap();
    for _ in 0..8 {
        assert!(!shop.is_accepted("m2").await, "two logs would be written");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(other);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(shop.is_accepted("m2").await);
    let again = SqliteStore::open(shop.file()).await.unwrap();
    let accepted = again.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
    assert_eq!(accepted.as_str(), "repeated");
    crate::engine::check(&mut shop.connection().await).await;
}
