//! The real pgbouncer between the store and the server.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use referral_webhooks_inbox::store::{Finish, NewEntry, Store as _, TransactionalStore as _, Work};
use referral_webhooks_inbox_sqlx::OpenError;
use sqlx::{AssertSqlSafe, PgConnection};
use tempfile::TempDir;

use crate::engine::{Store, connect, open, options, server, stored_and_claimed};
use crate::shared::support::{LONG, redpin, reward, shop_at};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/pgbouncer");

struct Pooler {
    folder: TempDir,
    url: String,
}

impl Pooler {
    fn new(mode: &str, settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let mut start = Command::new(SCRIPT);
        let ran =
            start.args(["start", path, &server(), mode]).args(settings).stderr(Stdio::inherit()).output().unwrap();
        assert!(ran.status.success(), "scripts/pgbouncer");
        let url = String::from_utf8(ran.stdout).unwrap().trim().to_owned();
        Self { folder, url }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = Command::new(SCRIPT).args(["stop", self.folder.path().to_str().unwrap()]).output();
    }
}

#[tokio::test]
async fn a_pooler_that_shares_sessions_is_refused_when_a_store_is_opened() {
    for mode in ["transaction", "statement"] {
        let pooler = Pooler::new(mode, &[]);
        // Again after it has sessions of earlier clients.
        for _ in 0..3 {
            let begun = Instant::now();
            for error in [
                options(&pooler.url).create(true).open().await.unwrap_err(),
                Store::connect(&pooler.url).await.unwrap_err(),
                Store::migrate(&pooler.url).await.unwrap_err(),
            ] {
                assert!(matches!(error, OpenError::Pooler { .. }), "{mode}: {error:?}");
                assert!(error.to_string().contains("pool_mode = session"), "{mode}: {error}");
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{mode}: {:?}", begun.elapsed());
        }
    }
}

/// Other clients take the sessions between the statements, so that two connections rarely get the same one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_pooler_that_shares_sessions_is_refused() {
    let pooler = Pooler::new("transaction", &["default_pool_size = 12"]);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (url, stopped) = (pooler.url.clone(), stopped.clone());
            tokio::spawn(async move {
                let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
                let mut client = sqlx::ConnectOptions::connect(&options.extra_float_digits(None)).await.unwrap();
                while !*stopped.borrow() {
                    sqlx::raw_sql("SELECT pg_sleep(0.003)").execute(&mut client).await.unwrap();
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    for _ in 0..10 {
        let error = Store::connect(&pooler.url).await.unwrap_err();
        assert!(matches!(error, OpenError::Pooler { .. }), "{error:?}");
    }
    stop.send(true).unwrap();
    for client in clients {
        client.await.unwrap();
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_serves_a_store() {
    let pooler = Pooler::new("session", &["default_pool_size = 40"]);
    // Of its own, because the pooler has no search path.
    let name =
        format!("inbox_pooled_{}_{}", std::process::id(), time::OffsetDateTime::now_utc().unix_timestamp_nanos());
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connect(&server()).await).await.unwrap();
    let [url, direct] = [pooler.url.clone(), server()].map(|url| format!("{}/{name}", url.rsplit_once('/').unwrap().0));
    assert_eq!(Store::migrate(&url).await.unwrap().from, 0);
    drop(shop_at(&direct).await);
    let store = Store::connect(&url).await.unwrap();
    let lease = stored_and_claimed(&store, "m1", LONG).await;
    let pays: Work<PgConnection> =
        Box::new(|connection| Box::pin(async move { reward(connection, "m1").await.into() }));
    assert_eq!(store.process(&lease, LONG, LONG, pays).await.unwrap(), Some(Finish::Complete(None)));
    // Directly, and through the pooler: one inbox.
    let direct = open(&direct).await;
    assert_eq!(direct.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap().as_str(), "repeated");
}

#[tokio::test]
async fn a_pooler_without_enough_sessions_is_named() {
    let pooler = Pooler::new("session", &["default_pool_size = 1"]);
    let begun = Instant::now();
    let error = Store::connect(&pooler.url).await.unwrap_err();
    assert!(matches!(error, OpenError::Pooler { .. }), "{error:?}");
    assert!(error.to_string().contains("default_pool_size"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_parameter_that_a_pooler_refuses_is_named() {
    let pooler = Pooler::new("session", &[]);
    let error = Store::connect(&format!("{}?options[search_path]=inbox", pooler.url)).await.unwrap_err();
    assert!(matches!(error, OpenError::Pooler { .. }), "{error:?}");
    let said = error.to_string();
    assert!(said.contains("startup parameter") && said.contains("ALTER ROLE"), "{said}");
}
