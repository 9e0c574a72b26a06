//! Requirements on a file, and inboxes in files with other content.

use std::borrow::Cow;

use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::shared::statements::statements;
use crate::shared::support::shop;

#[tokio::test]
async fn concurrent_openers_of_a_new_file_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..10 {
        let file = folder.path().join(format!("inbox-{round}.db"));
        let opened =
            futures_util::future::join_all((0..8).map(|_| SqliteStore::options(&file).create(true).open())).await;
        opened.into_iter().for_each(|store| drop(store.unwrap()));
    }
}

#[tokio::test]
async fn the_inbox_coexists_with_the_applications_migrations() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let own = || {
        let text = "CREATE TABLE customer (id INTEGER PRIMARY KEY)".into_sql_str();
        Migrator::with_migrations(vec![Migration::new(7, Cow::Borrowed("own"), MigrationType::Simple, text, false)])
    };
    drop(SqliteStore::options(&file).create(true).open().await.unwrap());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    for _ in 0..2 {
        let pool = sqlx::SqlitePool::connect_with(options.clone()).await.unwrap();
        own().run(&pool).await.unwrap();
        pool.close().await;
        SqliteStore::open(&file).await.unwrap();
    }
}

#[tokio::test]
async fn a_database_without_durability_is_refused() {
    let error = SqliteStore::options(":memory:").create(true).open().await.unwrap_err();
    assert!(matches!(&error, OpenError::InvalidAddress { .. }), "{error}");
    assert!(error.to_string().contains("local disk"));
}

#[tokio::test]
async fn errors_of_opening_name_their_cause() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, vec![b'x'; 8_192]).unwrap();
    for file in [garbage, folder.path().to_owned()] {
        let error = SqliteStore::options(&file).create(true).open().await.unwrap_err();
        assert!(matches!(error, OpenError::UnusableFile { .. }), "{}: {error:?}", file.display());
        assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    }
    let file = folder.path().join("missing/inbox.db");
    let error = SqliteStore::options(&file).create(true).open().await.unwrap_err();
    assert!(matches!(&error, OpenError::NoFolder { folder } if file.starts_with(folder)), "{error:?}");
}

#[tokio::test]
async fn a_file_is_created_only_with_create() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let error = SqliteStore::open(&file).await.unwrap_err();
    assert!(matches!(&error, OpenError::NoFile { file: named } if *named == file), "{error:?}");
    assert!(error.to_string().contains(file.to_str().unwrap()) && error.to_string().contains("create(true)"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "an unmounted volume stays empty");
    std::fs::write(&file, []).unwrap();
    let error = SqliteStore::open(&file).await.unwrap_err();
    assert!(matches!(error, OpenError::NoInbox { .. }), "{error:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let error = SqliteStore::open(folder.path().join("gone/shop.db")).await.unwrap_err();
    assert!(matches!(error, OpenError::NoFile { .. }), "{error:?}");
    drop(SqliteStore::options(&file).create(true).open().await.unwrap());
    SqliteStore::open(&file).await.unwrap();
}

#[tokio::test]
async fn an_empty_file_with_a_log_is_not_changed() {
    let shop = shop().await;
    shop.accepted("m1").await;
    let log = format!("{}-wal", shop.database.url);
    let stored = std::fs::read(&log).unwrap();
    assert!(!stored.is_empty());
    let copy = tempfile::tempdir().unwrap();
    let file = copy.path().join("shop.db");
    std::fs::write(&file, []).unwrap();
    std::fs::write(copy.path().join("shop.db-wal"), &stored).unwrap();
    for create in [false, true] {
        let error = SqliteStore::options(&file).create(create).open().await.unwrap_err();
        assert!(matches!(error, OpenError::Truncated { .. }), "{error:?}");
        assert_eq!(std::fs::read(copy.path().join("shop.db-wal")).unwrap(), stored, "SQLite would remove it");
    }
}

#[tokio::test]
async fn a_refusal_does_not_change_the_applications_database() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE customer (id INTEGER)").unwrap();
    let before = std::fs::read(&file).unwrap();
    SqliteStore::open(&file).await.unwrap_err();
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_a_new_file_and_its_log() {
    use std::os::unix::fs::PermissionsExt as _;
    let shop = shop().await;
    shop.accepted("m1").await;
    for suffix in ["", "-wal", "-shm"] {
        let file = format!("{}{suffix}", shop.database.url);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn every_statement_of_workers_and_lists_uses_an_index() {
    let shop = shop().await;
    let mut file = shop.connection().await;
    let statements = [
        ("SELECT id FROM inbox_entry WHERE endpoint = 'a' AND next_at <= 1 ORDER BY next_at, id LIMIT 9", "entry_due"),
        ("SELECT id FROM inbox_entry WHERE endpoint = 'a' AND next_at > 1 AND state = 'available'", "entry_due"),
        ("SELECT id FROM inbox_entry WHERE id < 9 AND state = 'a' ORDER BY id DESC LIMIT 9", "entry_state"),
        ("SELECT id FROM inbox_entry WHERE id < 9 AND endpoint = 'a' ORDER BY id DESC LIMIT 9", "entry_endpoint"),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'a' AND state = 'a' AND has_body = TRUE AND finished_at <= 1 \
             ORDER BY finished_at",
            "entry_bodies",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'a' AND has_body = FALSE AND keeps_id = FALSE \
             AND finished_at <= 1 ORDER BY finished_at",
            "entry_finished",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'a' AND state = 'parked' AND has_body = TRUE AND unreadable IS NOT NULL ORDER BY id",
            "entry_parked",
        ),
        ("SELECT COUNT(*) FROM inbox_entry WHERE state = 'discarded' AND conflict_of IS NOT NULL", "entry_conflict"),
        (
            "SELECT id FROM (SELECT entry_id FROM inbox_payload WHERE entry_id < 9) AS kept CROSS JOIN inbox_entry \
             WHERE id = entry_id AND endpoint = 'a' ORDER BY entry_id DESC LIMIT 9",
            "PRIMARY KEY",
        ),
        ("SELECT at FROM inbox_history WHERE entry_id = 1 ORDER BY id", "history_entry"),
        ("SELECT id FROM inbox_history WHERE by_hand = TRUE AND id < 9 ORDER BY id DESC LIMIT 9", "history_by_hand"),
        ("SELECT COUNT(*) FROM inbox_history WHERE at >= 1 AND at < 9", "history_at"),
        ("SELECT COUNT(*) FROM inbox_entry WHERE received_at >= 1 AND received_at < 9", "entry_received"),
        (
            "SELECT id FROM inbox_entry WHERE id < 9 AND endpoint = 'a' AND tenant = '' AND subject = 'b' \
             ORDER BY id DESC LIMIT 9",
            "entry_subject",
        ),
        (
            "SELECT id FROM inbox_entry WHERE id < 9 AND +endpoint = 'a' AND repeats > 0 ORDER BY id DESC LIMIT 9",
            "entry_repeated",
        ),
        ("SELECT state, MIN(next_at) FROM inbox_entry WHERE state IN ('a', 'b', 'c') GROUP BY state", "entry_state"),
        (
            "SELECT id FROM inbox_entry WHERE id < 9 AND endpoint = 'a' AND unreadable IS NOT NULL AND has_body = TRUE \
             ORDER BY id DESC",
            "entry_unreadable",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'a' AND tenant = 'b' AND delivery_id = 'c'",
            "autoindex_inbox_entry",
        ),
        (
            "SELECT id FROM inbox_entry WHERE id < 9 AND endpoint = 'a' AND tenant = 'b' AND tenant <> '' \
             ORDER BY id DESC LIMIT 9",
            "entry_tenant",
        ),
    ];
    for (statement, index) in statements {
        let plan = plan(&mut file, statement).await;
        assert!(plan[0].starts_with("SEARCH") && plan[0].contains(index), "{statement}: {plan:?}");
        let sorts = plan.iter().any(|step| step.contains("ORDER BY"));
        assert!(!sorts, "{statement}: {plan:?}");
    }
    // The next entry of a subject, read at the end of each entry, and waits that end too late, read every second.
    let statements = [
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'a' AND tenant = '' AND subject = 'b' AND next_at IS NOT NULL",
            "entry_active",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'a' AND tenant = '' AND subject = 'b' AND state = 'waiting' \
             ORDER BY ordered_at, id LIMIT 1",
            "entry_waiting",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'a' AND (tenant, subject) > ('a', 'b') AND state = 'waiting' \
             ORDER BY tenant, subject, ordered_at, id LIMIT 1",
            "entry_waiting",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'a' AND next_at IS NOT NULL AND (next_at - CASE WHEN \
             state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END) > 1 ORDER BY (next_at - CASE WHEN \
             state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END) DESC LIMIT 9",
            "entry_since",
        ),
    ];
    for (statement, index) in statements {
        let plan = plan(&mut file, statement).await;
        assert!(plan.len() == 1 && plan[0].starts_with("SEARCH") && plan[0].contains(index), "{statement}: {plan:?}");
    }
}

async fn plan(file: &mut sqlx::SqliteConnection, statement: &str) -> Vec<String> {
    let explained = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explained).fetch_all(file).await.unwrap();
    plan.into_iter().map(|row| row.3).collect()
}

/// Each step of the recursions is one look into an index, however large the backlog of a tenant is.
#[tokio::test]
async fn the_turns_of_tenants_scan_no_table() {
    let shop = shop().await;
    let mut file = shop.connection().await;
    for name in ["shared/claim_turns", "shared/subject_orphans"] {
        let statements = statements("sqlite");
        let statement = statements.iter().find(|statement| statement.file == name).unwrap();
        let plan = plan(&mut file, &statement.text).await;
        let looks = plan.iter().filter(|step| step.starts_with("SEARCH")).count();
        assert!(looks > 4, "{name}: {plan:#?}");
        for step in &plan {
            let is_scan = ["first", "next", "last", "entry", "active", "earliest"]
                .iter()
                .any(|name| step.split(' ').take(2).eq(["SCAN", name]));
            assert!(!is_scan && !step.contains("AUTOMATIC"), "{name}: {step} in {plan:#?}");
            assert!(
                !step.starts_with("SEARCH next") || step.contains("_turn ") || step.contains("_waiting "),
                "{step}"
            );
        }
    }
}
