//! Setting up apart from running: migrations, newer and older tables, and other tools.

use futures_util::future::join_all;
use referral_webhooks_inbox::store::{NewEntry, Store as _};
use referral_webhooks_inbox_sqlx::OpenError;
use sqlx::AssertSqlSafe;

use super::support::redpin;
use crate::engine::{MIGRATIONS, Store, connect, connect_anew, new_database, options};

async fn execute(url: &str, statements: impl Into<String>) {
    sqlx::raw_sql(AssertSqlSafe(statements.into())).execute(&mut connect(url).await).await.unwrap();
}

#[tokio::test]
async fn migrate_makes_the_tables_once_and_connect_uses_them() {
    let database = new_database().await;
    let refused = Store::connect(&database.url).await.unwrap_err();
    assert!(matches!(refused, OpenError::NoFile { .. } | OpenError::NoInbox { .. }), "{refused:?}");
    let migrated = Store::migrate(&database.url).await.unwrap();
    assert_eq!((migrated.from, migrated.to), (0, MIGRATIONS.len() as i64));
    let again = Store::migrate(&database.url).await.unwrap();
    assert_eq!((again.from, again.to, &again.identity), (migrated.to, migrated.to, &migrated.identity));
    let store = Store::connect(&database.url).await.unwrap();
    assert_eq!(store.identity(), migrated.identity);
    store.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
    // `create` belongs to `open`.
    let empty = new_database().await;
    drop(connect_anew(&empty.url).await);
    let refused = options(&empty.url).create(true).connect().await.unwrap_err();
    assert!(
        matches!(refused, OpenError::NoInbox { .. }) && refused.to_string().contains("refhook inbox migrate"),
        "{refused}"
    );
    let refused = options(&empty.url).identity(&migrated.identity).migrate().await.unwrap_err();
    assert!(matches!(refused, OpenError::NoInbox { .. }), "a pinned inbox is not created: {refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_migrations_make_the_tables_once() {
    for _ in 0..3 {
        let database = new_database().await;
        let migrations = (0..8).map(|_| {
            let url = database.url.clone();
            tokio::spawn(async move { Store::migrate(&url).await.unwrap() })
        });
        let migrated: Vec<_> = join_all(migrations).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(migrated.iter().filter(|one| one.from == 0).count(), 1, "{migrated:?}");
        assert!(migrated.iter().all(|one| one.identity == migrated[0].identity), "{migrated:?}");
    }
}

/// A newer release adds; the deployment is rolled back to this one.
#[tokio::test]
async fn tables_to_which_a_newer_release_added_are_used() {
    let database = new_database().await;
    Store::migrate(&database.url).await.unwrap();
    let next = MIGRATIONS.len() + 1;
    execute(
        &database.url,
        format!(
            "ALTER TABLE inbox_entry ADD COLUMN newer TEXT; CREATE TABLE inbox_newer (id BIGINT PRIMARY KEY); \
             CREATE INDEX inbox_entry_newer ON inbox_entry (newer); \
             INSERT INTO inbox_schema (version, oldest, release) VALUES ({next}, 1, '0.9.0')"
        ),
    )
    .await;
    // The list of another tool is not read.
    execute(
        &database.url,
        "CREATE TABLE _inbox_migrations (version BIGINT PRIMARY KEY, description TEXT); \
         INSERT INTO _inbox_migrations VALUES (99, 'one more index')",
    )
    .await;
    for store in [
        Store::connect(&database.url).await.unwrap(),
        options(&database.url).open().await.unwrap(),
        options(&database.url).create(true).open().await.unwrap(),
    ] {
        store.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
    }
    assert_eq!(Store::migrate(&database.url).await.unwrap().to, next as i64);
}

#[tokio::test]
async fn tables_that_a_newer_release_has_broken_are_refused() {
    let database = new_database().await;
    Store::migrate(&database.url).await.unwrap();
    let next = MIGRATIONS.len() + 1;
    let row = format!("INSERT INTO inbox_schema (version, oldest, release) VALUES ({next}, {next}, '0.9.0')");
    execute(&database.url, row).await;
    for error in [
        Store::connect(&database.url).await.unwrap_err(),
        options(&database.url).create(true).open().await.unwrap_err(),
        Store::migrate(&database.url).await.unwrap_err(),
    ] {
        assert!(matches!(&error, OpenError::NewerSchema { release, .. } if release == "0.9.0"), "{error:?}");
        assert!(error.to_string().contains("deploy release 0.9.0"), "{error}");
    }
}

#[tokio::test]
async fn tables_without_a_migration_of_this_release_are_refused() {
    let database = new_database().await;
    Store::migrate(&database.url).await.unwrap();
    execute(&database.url, "DELETE FROM inbox_schema").await;
    let error = Store::connect(&database.url).await.unwrap_err();
    assert!(matches!(error, OpenError::OlderSchema { version: 0, .. }), "{error:?}");
    assert!(error.to_string().contains("refhook inbox migrate"), "{error}");
    // Tables of no release cannot be migrated, and stay as they are.
    let error = Store::migrate(&database.url).await.unwrap_err();
    assert!(!matches!(error, OpenError::OlderSchema { .. }), "{error:?}");
    execute(&database.url, "INSERT INTO inbox_schema (version, oldest, release) VALUES (1, 1, '0.1.0')").await;
    Store::connect(&database.url).await.unwrap();
}

#[tokio::test]
async fn tables_that_another_tool_made_are_used() {
    let database = new_database().await;
    drop(connect_anew(&database.url).await);
    for migration in MIGRATIONS {
        execute(&database.url, format!("BEGIN; {} COMMIT", migration.sql)).await;
    }
    let store = Store::connect(&database.url).await.unwrap();
    store.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
    let migrated = Store::migrate(&database.url).await.unwrap();
    assert_eq!((migrated.from, migrated.to, migrated.identity.as_str()), (1, 1, store.identity()));
}
