//! How many deliveries a second are durable on PostgreSQL, and against what:
//! `cargo bench -p referral-webhooks-inbox-sqlx --features postgres --bench postgres`.
//!
//! Everything is measured in one run, turn by turn, and printed as ratios: the numbers are the server's, the ratios
//! ours. Both candidates write the same rows into the same tables of the server that `INBOX_TEST_POSTGRES` names. An
//! argument that is a number sets the seconds of each measurement.

#[path = "shared/measure.rs"]
mod measure;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use referral_webhooks_inbox::{Accepted, CancellationToken, Inbox, NewEntry, Store as _};
use referral_webhooks_inbox_sqlx::PostgresStore;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgConnection};

use measure::{Failure, Source, measure};

const ENTRY: &str = "INSERT INTO inbox_entry (endpoint, platform, key, is_derived, body_digest, state, attempt, \
                     last_attempt, repeats, conflicts, received_at, last_seen_at, next_at, worker, has_body, \
                     ordered_at, run) \
                     VALUES ($1, $2, $3, FALSE, $4, 'available', 0, 20, 0, 0, 0, 0, 0, '', TRUE, 0, 1) RETURNING id";
const PAYLOAD: &str = "INSERT INTO inbox_payload (entry_id, headers, body) VALUES ($1, $2, $3)";

/// The rows that the inbox writes for a delivery.
async fn insert(connection: &mut PgConnection, entry: &NewEntry) -> Result<(), Failure> {
    let headers = format!("{:?}", entry.delivery.headers).into_bytes();
    let new = sqlx::query_scalar::<_, i64>(ENTRY).bind(&entry.endpoint).bind(entry.platform).bind(&entry.key);
    let id = new.bind(entry.body_digest.as_slice()).fetch_one(&mut *connection).await?;
    let payload = sqlx::query(PAYLOAD).bind(id).bind(headers).bind(entry.delivery.body.as_ref());
    payload.execute(connection).await?;
    Ok(())
}

/// A schema of its own on the server, and its URL.
async fn schema(server: &str, name: &str) -> Result<String, Failure> {
    let pool = PgPool::connect(server).await?;
    sqlx::query(AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {name} CASCADE"))).execute(&pool).await?;
    sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).execute(&pool).await?;
    pool.close().await;
    Ok(format!("{server}?options[search_path]={name}"))
}

/// How many handlers a second write in the inbox's transaction, each of them one row.
async fn processing(inbox: &Inbox<PostgresStore>, url: &str, source: &Source) -> Result<f64, Failure> {
    const DELIVERIES: usize = 5_000;
    let pool = PgPool::connect(url).await?;
    sqlx::query("CREATE TABLE reward (key TEXT NOT NULL)").execute(&pool).await?;
    let intake = inbox.intake("work", source.endpoint.clone())?;
    let entries = (0..DELIVERIES).map(|_| source.entry_at("work")).collect::<Result<Vec<_>, _>>()?;
    for accepted in join_all(entries.into_iter().map(|entry| inbox.store().accept(entry))).await {
        accepted?;
    }
    let shutdown = CancellationToken::new();
    let done = Arc::new(AtomicUsize::new(0));
    let stop = shutdown.clone();
    let worker = inbox.worker().run_in_tx(&intake, move |_, attempt, shop| {
        let (done, stop) = (Arc::clone(&done), stop.clone());
        Box::pin(async move {
            let reward = sqlx::query("INSERT INTO reward (key) VALUES ($1)").bind(attempt.key);
            let written = reward.execute(shop).await;
            if done.fetch_add(1, Ordering::Relaxed) + 1 == DELIVERIES {
                stop.cancel();
            }
            written.map(|_| ()).into()
        })
    });
    let begun = Instant::now();
    worker.until(shutdown).await;
    let rate = DELIVERIES as f64 / begun.elapsed().as_secs_f64();
    let paid: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM reward").fetch_one(&pool).await?;
    if paid == DELIVERIES as i64 { Ok(rate) } else { Err("not everything was paid, or twice".into()) }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let seconds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(3);
    let time = Duration::from_secs(seconds);
    let server = std::env::var("INBOX_TEST_POSTGRES")
        .map_err(|_| "INBOX_TEST_POSTGRES names no server: `scripts/postgres start FOLDER` starts one")?;
    let source = Arc::new(Source::new()?);
    let url = schema(&server, "bench_inbox").await?;
    let store = PostgresStore::connect(&url).await?;
    let plain_url = schema(&server, "bench_plain").await?;
    drop(PostgresStore::connect(&plain_url).await?);
    let plain = PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(60)).connect(&plain_url);
    let plain = plain.await?;

    println!("senders | inbox/s | p99 ms | slowest ms | one transaction each/s | slowest ms | inbox : one each");
    let mut at_64 = 0.0;
    for senders in [1, 16, 64, 256] {
        let inbox = measure(senders, time, || {
            let (store, source) = (store.clone(), Arc::clone(&source));
            async move {
                let accepted = store.accept(source.entry()?).await?;
                if matches!(accepted, Accepted::Stored(_)) { Ok(()) } else { Err("it is not new".into()) }
            }
        });
        let inbox = inbox.await?;
        let each = measure(senders, time, || {
            let (pool, source) = (plain.clone(), Arc::clone(&source));
            async move {
                let mut transaction = pool.begin().await?;
                insert(&mut transaction, &source.entry()?).await?;
                Ok(transaction.commit().await?)
            }
        });
        let each = each.await?;
        println!(
            "{senders:7} | {:7.0} | {:6.1} | {:10.1} | {:22.0} | {:10.1} | {:.2}",
            inbox.rate,
            inbox.p99.as_secs_f64() * 1e3,
            inbox.slowest.as_secs_f64() * 1e3,
            each.rate,
            each.slowest.as_secs_f64() * 1e3,
            inbox.rate / each.rate,
        );
        if senders == 64 {
            at_64 = inbox.rate;
        }
    }
    let processed = processing(&Inbox::new(store), &url, &source).await?;
    println!(
        "handlers in the inbox's transaction: {processed:.0}/s; {:.2} of accepting at 64 senders",
        processed / at_64
    );
    Ok(())
}
