//! How many deliveries a second are durable, and against what:
//! `cargo bench -p referral-webhooks-inbox-sqlx --bench sqlite`.
//!
//! Everything is measured in one run, turn by turn, and printed as ratios: the numbers are the disk's, the ratios ours.
//! All candidates write the same rows into the same tables.
//! The file is made in the current folder, for a temporary one may be in memory. An argument that is a number sets the
//! seconds of each measurement.

#[path = "shared/measure.rs"]
mod measure;

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use referral_webhooks_inbox::{Accepted, CancellationToken, Inbox, NewEntry, Store as _};
use referral_webhooks_inbox_sqlx::SqliteStore;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use measure::{Failure, Source, measure};

const ENTRY: &str = "INSERT INTO inbox_entry (endpoint, platform, key, is_derived, body_digest, state, attempt, \
                     last_attempt, repeats, conflicts, received_at, last_seen_at, next_at, worker, has_body, \
                     ordered_at, run) \
                     VALUES ($1, $2, $3, FALSE, $4, 'available', 0, 20, 0, 0, 0, 0, 0, '', TRUE, 0, 1) RETURNING id";
const PAYLOAD: &str = "INSERT INTO inbox_payload (entry_id, headers, body) VALUES ($1, $2, $3)";

/// The inbox's own tables behind a pool as it is usually made.
async fn plain(file: &Path, connections: u32, synchronous: SqliteSynchronous) -> Result<SqlitePool, Failure> {
    drop(SqliteStore::open(file).await?);
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(Duration::from_secs(60));
    Ok(SqlitePoolOptions::new().max_connections(connections).connect_with(options).await?)
}

/// The rows that the inbox writes for a delivery.
async fn insert(connection: &mut sqlx::SqliteConnection, entry: &NewEntry) -> Result<(), Failure> {
    let headers = format!("{:?}", entry.delivery.headers);
    let new = sqlx::query_scalar::<_, i64>(ENTRY).bind(&entry.endpoint).bind(entry.platform).bind(&entry.key);
    let id = new.bind(entry.body_digest.as_slice()).fetch_one(&mut *connection).await?;
    let payload = sqlx::query(PAYLOAD).bind(id).bind(headers).bind(entry.delivery.body.as_ref());
    payload.execute(connection).await?;
    Ok(())
}

/// How many handlers a second write in the inbox's transaction, each of them one row.
async fn processing(inbox: &Inbox<SqliteStore>, folder: &Path, source: &Source) -> Result<f64, Failure> {
    const DELIVERIES: usize = 5_000;
    let file = SqliteConnectOptions::new().filename(folder.join("inbox.db")).busy_timeout(Duration::from_secs(60));
    let mut connection = file.connect().await?;
    sqlx::query("CREATE TABLE reward (key TEXT NOT NULL)").execute(&mut connection).await?;
    let intake = inbox.intake("work", source.endpoint.clone())?;
    let entries = (0..DELIVERIES).map(|_| source.entry_at("work"));
    for accepted in
        join_all(entries.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| inbox.store().accept(entry))).await
    {
        accepted?;
    }
    let shutdown = CancellationToken::new();
    let done = Arc::new(AtomicUsize::new(0));
    let (seen, stop) = (Arc::clone(&done), shutdown.clone());
    let worker = inbox.worker().at_once(64).run_in_tx(&intake, move |_, attempt, shop| {
        let (seen, stop) = (Arc::clone(&seen), stop.clone());
        Box::pin(async move {
            let reward = sqlx::query("INSERT INTO reward (key) VALUES ($1)").bind(attempt.key);
            let written = reward.execute(shop).await;
            if seen.fetch_add(1, Ordering::Relaxed) + 1 == DELIVERIES {
                stop.cancel();
            }
            written.map(|_| ()).into()
        })
    });
    let begun = Instant::now();
    worker.until(shutdown).await;
    let rate = DELIVERIES as f64 / begun.elapsed().as_secs_f64();
    let paid: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM reward").fetch_one(&mut connection).await?;
    if paid == DELIVERIES as i64 { Ok(rate) } else { Err("not everything was paid, or twice".into()) }
}

/// Rows in transactions of 256, and nothing is waited for.
async fn batches(pool: &SqlitePool, source: &Source, time: Duration) -> Result<f64, Failure> {
    let (begun, mut rows) = (Instant::now(), 0_usize);
    while begun.elapsed() < time {
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        for _ in 0..256 {
            insert(&mut transaction, &source.entry()?).await?;
        }
        transaction.commit().await?;
        rows += 256;
    }
    Ok(rows as f64 / begun.elapsed().as_secs_f64())
}

/// How often the disk says that it is done, a second.
fn syncs(file: &Path, time: Duration) -> Result<f64, Failure> {
    let mut file = File::create(file)?;
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < time {
        file.rewind()?;
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let seconds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(3);
    let time = Duration::from_secs(seconds);
    let folder = tempfile::tempdir_in(".")?;
    let source = Arc::new(Source::new()?);
    let store = SqliteStore::open(folder.path().join("inbox.db")).await?;
    let one_each = plain(&folder.path().join("plain.db"), 16, SqliteSynchronous::Full).await?;
    let unsynced = plain(&folder.path().join("unsynced.db"), 1, SqliteSynchronous::Off).await?;

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
            let (pool, source) = (one_each.clone(), Arc::clone(&source));
            async move {
                let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
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
    let processed = processing(&Inbox::new(store), folder.path(), &source).await?;
    println!(
        "handlers in the inbox's transaction: {processed:.0}/s; {:.2} of accepting at 64 senders",
        processed / at_64
    );
    let unsynced = batches(&unsynced, &source, time).await?;
    let synced = syncs(&folder.path().join("synced"), time)?;
    println!("batches of 256 without sync: {unsynced:.0}/s; the inbox at 64 senders has {:.2} of it", at_64 / unsynced);
    println!("fdatasync: {synced:.0}/s; the inbox at 64 senders has {:.2} of it", at_64 / synced);
    Ok(())
}
