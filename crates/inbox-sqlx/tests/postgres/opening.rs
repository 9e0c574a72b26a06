//! Requirements on a server, and inboxes in databases with other content.

use std::borrow::Cow;

use futures_util::future::join_all;
use referral_webhooks_inbox::store::{NewEntry, Work};
use referral_webhooks_inbox::store::{Store as _, TransactionalStore as _};
use referral_webhooks_inbox_sqlx::OpenError;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr as _};

use crate::engine::{Server, Store, connect, new_database, open, stored_and_claimed};
use crate::shared::support::{LONG, redpin, shop, shop_at};

#[tokio::test]
async fn the_inbox_coexists_with_the_applications_migrations() {
    let database = new_database().await;
    let own = || {
        let text = "CREATE TABLE customer (id BIGINT PRIMARY KEY)".into_sql_str();
        Migrator::with_migrations(vec![Migration::new(7, Cow::Borrowed("own"), MigrationType::Simple, text, false)])
    };
    for _ in 0..2 {
        drop(open(&database.url).await);
        own().run(&mut connect(&database.url).await).await.unwrap();
    }
}

#[tokio::test]
async fn concurrent_starts_create_the_tables_once() {
    let database = new_database().await;
    let started = join_all((0..8).map(|_| Store::options(&database.url).create(true).open())).await;
    assert!(started.iter().all(Result::is_ok), "{started:?}");
}

#[tokio::test]
async fn a_server_without_durability_is_refused() {
    let server = Server::new();
    let set = async |text: String| {
        let mut connection = connect(&server.url).await;
        sqlx::query(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
        sqlx::query("SELECT pg_reload_conf()").execute(&mut connection).await.unwrap();
        // The server applies its settings asynchronously.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    };
    for setting in ["fsync", "full_page_writes"] {
        set(format!("ALTER SYSTEM SET {setting} = off")).await;
        let error = Store::options(&server.url).create(true).open().await.unwrap_err();
        assert!(matches!(error, OpenError::NotDurable { setting: named, .. } if named == setting), "{error}");
        set(format!("ALTER SYSTEM RESET {setting}")).await;
    }
    // Any server can create this database.
    set("ALTER SYSTEM SET synchronous_commit = off".to_owned()).await;
    let store = shop_at(&server.url).await;
    let lease = stored_and_claimed(&store, "m1", LONG).await;
    let ask: Work<PgConnection> = Box::new(|connection| {
        Box::pin(async move {
            let setting: String =
                sqlx::query_scalar("SHOW synchronous_commit").fetch_one(&mut *connection).await.unwrap();
            referral_webhooks_inbox::Outcome::Ignored(setting.into())
        })
    });
    store.process(&lease, LONG, LONG, ask).await.unwrap();
    assert_eq!(store.get(lease.id).await.unwrap().unwrap().reason.as_deref(), Some("on"));
}

#[tokio::test]
async fn a_database_that_cannot_store_every_text_is_refused() {
    let server = Server::new();
    let create = "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'";
    sqlx::query(create).execute(&mut connect(&server.url).await).await.unwrap();
    let latin = server.url.strip_suffix("postgres").unwrap().to_owned() + "latin";
    let error = Store::options(&latin).create(true).open().await.unwrap_err();
    assert!(matches!(error, OpenError::NotDurable { setting: "server_encoding", .. }), "{error}");
}

#[tokio::test]
async fn another_default_isolation_level_has_no_influence() {
    let server = Server::new();
    let set = "ALTER DATABASE postgres SET default_transaction_isolation = 'serializable'";
    sqlx::query(set).execute(&mut connect(&server.url).await).await.unwrap();
    let store = open(&server.url).await;
    let repeats = (0..50).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.accept(NewEntry::of("shop", &redpin("m1"), 3)).await })
    });
    let accepted = join_all(repeats).await;
    assert!(accepted.iter().all(|accepted| matches!(accepted, Ok(Ok(_)))), "{accepted:?}");
}

#[tokio::test]
async fn the_password_is_not_shown() {
    let url = new_database().await.url.replacen("postgres@", "postgres:planted@", 1);
    let store = open(&url).await;
    let shown = format!("{store:?} {store:#?} {:?}", store.clone().handlers(2));
    assert!(url.contains("planted") && !shown.contains("planted"), "{shown}");
}

#[tokio::test]
async fn errors_of_opening_name_their_cause() {
    let error = Store::connect("postgres://nobody@127.0.0.1:1/nothing").await.unwrap_err();
    assert!(matches!(error, OpenError::Database(_)), "{error:?}");
    for url in ["no URL", "sqlite:shop.db", ""] {
        let error = Store::connect(url).await.unwrap_err();
        assert!(matches!(error, OpenError::InvalidAddress { .. }), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn every_statement_of_workers_and_lists_uses_an_index() {
    let shop = shop().await;
    let mut connection = shop.connection().await;
    // An inbox in its usual state: nearly all entries are finished, and most bodies are pruned.
    const FILL: &str = "INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, body_digest, state, attempt, \
                        last_attempt, repeats, conflicts, received_at, ordered_at, run, last_seen_at, next_at, \
                        finished_at, worker, has_body, subject, unreadable) \
                        SELECT 'shop' || n % 199, 'redpin', 'm' || n, FALSE, sha256(''), \
                        CASE n % 100 WHEN 0 THEN 'available' WHEN 1 THEN 'discarded' WHEN 50 THEN 'parked' \
                        ELSE 'completed' END, 1, 3, 0, \
                        0, n, n, 1, n, CASE n % 100 WHEN 0 THEN n END, CASE n % 100 WHEN 0 THEN NULL ELSE n END, '', \
                        n % 50 = 0, 'member' || n, CASE n % 100 WHEN 1 THEN 'why' END \
                        FROM generate_series(1, 20000) AS n";
    sqlx::query(FILL).execute(&mut connection).await.unwrap();
    const BUSY: &str = "UPDATE inbox_entry SET endpoint = 'busy', tenant = 't' || id % 500, state = 'available', \
                        finished_at = NULL, next_at = id WHERE id % 5 = 4";
    sqlx::query(BUSY).execute(&mut connection).await.unwrap();
    sqlx::query("ANALYZE inbox_entry").execute(&mut connection).await.unwrap();
    // The planner scans empty tables without an index.
    sqlx::query("SET enable_seqscan = off").execute(&mut connection).await.unwrap();
    sqlx::query("SET enable_bitmapscan = off").execute(&mut connection).await.unwrap();
    // The store's clock. A clock that changes within a statement cannot be used for an index.
    let now = "CAST(extract(epoch FROM statement_timestamp()) * 1000 AS BIGINT)";
    let due = format!(
        "SELECT id FROM inbox_entry WHERE endpoint = 'busy' AND next_at <= {now} ORDER BY next_at, id LIMIT 9 \
         FOR UPDATE SKIP LOCKED"
    );
    const WAIT: &str = "CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END";
    let since = format!(
        "SELECT id FROM inbox_entry WHERE endpoint = 'busy' AND next_at IS NOT NULL AND (next_at - {WAIT}) > {now} + 5000 \
         ORDER BY (next_at - {WAIT}) DESC LIMIT 9 FOR UPDATE SKIP LOCKED"
    );
    let statements = [
        (due.as_str(), "entry_due", "next_at"),
        (
            "SELECT id FROM inbox_entry WHERE id < 15000 AND state = 'discarded' ORDER BY id DESC LIMIT 9",
            "entry_state",
            "id <",
        ),
        (
            "SELECT id FROM inbox_entry WHERE id < 15000 AND endpoint = 'shop1' ORDER BY id DESC LIMIT 9",
            "entry_endpoint",
            "id <",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'shop1' AND state = 'completed' AND has_body = TRUE \
             AND finished_at <= 1000 ORDER BY finished_at LIMIT 9 FOR UPDATE SKIP LOCKED",
            "entry_bodies",
            "finished_at",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'shop1' AND has_body = FALSE AND keeps_id = FALSE \
             AND finished_at <= 1000 ORDER BY finished_at LIMIT 9",
            "entry_finished",
            "finished_at",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'shop1' AND state = 'parked' AND has_body = TRUE AND unreadable IS NOT NULL \
             ORDER BY id LIMIT 9 FOR UPDATE SKIP LOCKED",
            "entry_parked",
            "endpoint",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'shop1' AND unreadable IS NOT NULL ORDER BY id LIMIT 9",
            "entry_unreadable",
            "endpoint",
        ),
        // The next entry of a subject, read at the end of each entry.
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'busy' AND tenant = 't4' AND subject = 'member4' \
             AND next_at IS NOT NULL",
            "entry_active",
            "subject",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'busy' AND tenant = 't4' AND subject = 'member4' AND state = 'waiting' \
             ORDER BY ordered_at, id LIMIT 1",
            "entry_waiting",
            "subject",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'busy' AND (tenant, subject) > ('t4', 'member4') \
             AND state = 'waiting' ORDER BY tenant, subject, ordered_at, id LIMIT 1",
            "entry_waiting",
            "subject",
        ),
        // The turns of tenants.
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'busy' AND tenant > 't4' AND tenant <> '' \
             AND next_at IS NOT NULL ORDER BY tenant, next_at, id LIMIT 1",
            "entry_turn",
            "tenant",
        ),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'busy' AND tenant = 't4' AND tenant <> '' AND next_at <= 9000 \
             AND (next_at, id) > (1, 1) ORDER BY next_at, id LIMIT 1",
            "entry_turn",
            "next_at",
        ),
        (
            "SELECT id FROM inbox_entry WHERE id < 15000 AND tenant = 't4' AND tenant <> '' ORDER BY id DESC LIMIT 9",
            "entry_tenant",
            "id <",
        ),
        // Waits that end too late, read every second.
        (since.as_str(), "entry_since", "next_at -"),
        ("SELECT at FROM inbox_history WHERE entry_id = 1 ORDER BY id", "history_entry", "entry_id"),
        ("SELECT body FROM inbox_payload WHERE entry_id = 1", "payload_pkey", "entry_id"),
        (
            "SELECT id FROM inbox_entry WHERE endpoint = 'shop1' AND tenant = '' AND delivery_id = 'b'",
            "entry_endpoint_delivery_id",
            "delivery_id",
        ),
        (
            "SELECT state, MIN(next_at) FROM inbox_entry WHERE state IN ('available', 'running') GROUP BY state",
            "entry_state",
            "state",
        ),
    ];
    for (statement, index, condition) in statements {
        let explain = sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN (COSTS OFF) {statement}")));
        let plan: Vec<String> = explain.fetch_all(&mut connection).await.unwrap();
        assert!(plan.iter().any(|line| line.contains(&format!("inbox_{index}"))), "{statement}: {plan:#?}");
        let looked_up = plan.iter().any(|line| line.contains("Index Cond") && line.contains(condition));
        assert!(looked_up, "{statement}: {plan:#?}");
    }
}

#[tokio::test]
async fn tables_recreated_under_open_connections_are_refused() {
    let database = new_database().await;
    let store = open(&database.url).await;
    let entry = |delivery_id: &str| NewEntry::of("shop", &redpin(delivery_id), 3);
    store.accept(entry("m1")).await.unwrap();
    let schema = database.url.rsplit_once('=').unwrap().1;
    let recreate = format!("DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(AssertSqlSafe(recreate)).execute(&mut connect(&crate::engine::server()).await).await.unwrap();
    drop(open(&database.url).await);
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    for _ in 0..4 {
        assert!(store.accept(entry("m1")).await.is_err() && store.probe().await.is_err(), "it would be new there");
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_another_inbox_is_refused() {
    let (database, other) = (new_database().await, new_database().await);
    let (store, empty) = (open(&database.url).await, open(&other.url).await);
    drop(empty);
    let schema = |url: &str| url.rsplit_once('=').unwrap().1.to_owned();
    let (own, wrong) = (schema(&database.url), schema(&other.url));
    let mut connection = connect(&crate::engine::server()).await;
    let swap = [
        format!("ALTER SCHEMA {own} RENAME TO {own}_aside"),
        format!("ALTER SCHEMA {wrong} RENAME TO {own}"),
        format!("ALTER SCHEMA {own} RENAME TO {wrong}"),
        format!("ALTER SCHEMA {own}_aside RENAME TO {own}"),
    ];
    let entry = |delivery_id: &str| NewEntry::of("shop", &redpin(delivery_id), 3);
    store.accept(entry("m1")).await.unwrap();
    // As after a failover, every connection is new. The application name identifies the connections of this store.
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{own}' AND pid <> pg_backend_pid()"
    );
    let named: sqlx::postgres::PgConnectOptions = database.url.parse().unwrap();
    let named = Store::connect_with(named.application_name(&own)).await.unwrap();
    named.accept(entry("m1")).await.unwrap();
    for text in &swap[..2] {
        sqlx::query(AssertSqlSafe(text.clone())).execute(&mut connection).await.unwrap();
    }
    sqlx::query(AssertSqlSafe(end)).execute(&mut connection).await.unwrap();
    for _ in 0..4 {
        assert!(named.accept(entry("m1")).await.is_err() && named.probe().await.is_err(), "it would be new there");
    }
    for text in &swap[2..] {
        sqlx::query(AssertSqlSafe(text.clone())).execute(&mut connection).await.unwrap();
    }
    assert_eq!(named.accept(entry("m1")).await.unwrap().as_str(), "repeated");
}
