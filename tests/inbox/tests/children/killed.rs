//! Receivers and workers that die: each acknowledged delivery is stored, and has one effect.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection as _, Row as _};

use crate::process::Process;

const ROUNDS: usize = 30;

async fn number(connection: &mut AnyConnection, query: &'static str) -> i64 {
    sqlx::query(query).fetch_one(connection).await.unwrap().get(0)
}

async fn texts(connection: &mut AnyConnection, query: &'static str) -> Vec<String> {
    let rows = sqlx::query(query).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Waits until all entries are finished.
async fn drained(connection: &mut AnyConnection) {
    let began = Instant::now();
    while number(connection, "SELECT COUNT(*) FROM inbox_entry WHERE finished_at IS NULL").await > 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "entries are unfinished after 30 s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn poison(store: &str) {
    assert!(Process::start(store, &["accept", "aborts-1", "3"]).succeeds());
    let mut connection = AnyConnection::connect(store).await.unwrap();
    for attempt in 1..=3 {
        assert!(!Process::start(store, &["work"]).succeeds(), "the handler aborts its process");
        assert_eq!(number(&mut connection, "SELECT CAST(attempt AS BIGINT) FROM inbox_entry").await, attempt);
    }
    assert!(Process::start(store, &["accept", "other", "3"]).succeeds());
    let _worker = Process::start(store, &["work"]);
    drained(&mut connection).await;
    let states = "SELECT delivery_id || ' ' || state || ' ' || attempt FROM inbox_entry ORDER BY id";
    assert_eq!(texts(&mut connection, states).await, ["aborts-1 discarded 3", "other completed 1"]);
    assert_eq!(texts(&mut connection, "SELECT key FROM effect").await, ["other"]);
}

async fn thirty_kills(store: &str) {
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut receiver = Process::start(store, &["receive", &round.to_string()]);
        // From 3 to 90 acknowledgements, so that the kills meet different moments.
        let until = 3 + round * 3;
        acknowledged.extend(receiver.lines.by_ref().map_while(Result::ok).take(until));
        receiver.kill();
        // Acknowledgements that the process wrote before it died count too.
        acknowledged.extend(receiver.lines.by_ref().map_while(Result::ok));
    }
    let mut connection = AnyConnection::connect(store).await.unwrap();
    let _worker = Process::start(store, &["work"]);
    drained(&mut connection).await;
    let stored = texts(&mut connection, "SELECT delivery_id FROM inbox_entry").await;
    let stored: BTreeSet<String> = stored.into_iter().collect();
    let completed = number(&mut connection, "SELECT COUNT(*) FROM inbox_entry WHERE state = 'completed'").await;
    let effects = texts(&mut connection, "SELECT key FROM effect").await;
    let lost = acknowledged.difference(&stored).count();
    let doubled = effects.len() - effects.iter().collect::<BTreeSet<_>>().len();
    println!(
        "rounds {ROUNDS}, acknowledged {}, stored {}, processed {completed}, effects {}, lost {lost}, doubled {doubled}",
        acknowledged.len(),
        stored.len(),
        effects.len(),
    );
    assert!(acknowledged.len() >= ROUNDS * 3, "every receiver acknowledges some deliveries");
    assert_eq!((lost, doubled), (0, 0));
    assert_eq!((completed as usize, effects.len()), (stored.len(), stored.len()));
    let bare = "SELECT COUNT(*) FROM inbox_entry LEFT JOIN inbox_payload ON entry_id = id \
                WHERE has_body AND entry_id IS NULL";
    assert_eq!(number(&mut connection, bare).await, 0, "every entry has its body");
}

mod sqlite {
    use super::*;

    /// A new file in a new folder, with its URL.
    fn new_database() -> (tempfile::TempDir, String) {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("shop.db").display());
        (folder, url)
    }

    #[tokio::test]
    async fn a_delivery_that_kills_its_process_ends_as_a_dead_letter() {
        let (_folder, url) = new_database();
        poison(&url).await;
    }

    #[tokio::test]
    async fn thirty_kills_lose_nothing_and_pay_nothing_twice() {
        let (_folder, url) = new_database();
        thirty_kills(&url).await;
        let mut connection = AnyConnection::connect(&url).await.unwrap();
        assert_eq!(texts(&mut connection, "PRAGMA integrity_check").await, ["ok"]);
    }
}

mod postgres {
    use super::*;

    /// The URL of a new schema in the server that all tests share.
    async fn new_database() -> String {
        sqlx::any::install_default_drivers();
        let server = std::env::var("INBOX_TEST_POSTGRES").expect("INBOX_TEST_POSTGRES is set by `scripts/test`");
        let name = format!("children_{}", time::OffsetDateTime::now_utc().unix_timestamp_nanos());
        let mut connection = AnyConnection::connect(&server).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {name}"))).execute(&mut connection).await.unwrap();
        format!("{server}?options[search_path]={name}")
    }

    #[tokio::test]
    async fn a_delivery_that_kills_its_process_ends_as_a_dead_letter() {
        poison(&new_database().await).await;
    }

    #[tokio::test]
    async fn thirty_kills_lose_nothing_and_pay_nothing_twice() {
        thirty_kills(&new_database().await).await;
    }
}
