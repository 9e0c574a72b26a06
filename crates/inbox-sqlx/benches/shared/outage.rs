//! Acceptance and claims after an outage, when nearly all entries wait for an earlier one of their subject.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use referral_webhooks_inbox::store::Store as _;
use referral_webhooks_inbox::store::{ClaimRequest, Finish, NewEntry};
use sqlx::AssertSqlSafe;
use tokio::time::sleep;

use super::goal::Goal;
use super::source::{Failure, Ids, NAME, Source};
use super::turn::{median, ratio};
use crate::engine::{DIGEST, NOW, NUMBERS, Place, Store};

const ROUNDS: usize = 9;
const SENDERS: usize = 8;

/// The pause of a sender between two deliveries. It avoids saturation, because latencies are measured.
const PAUSE: Duration = Duration::from_millis(10);

/// The latencies of one turn, sorted.
struct Waits {
    claims: Vec<Duration>,
    accepts: Vec<Duration>,
}

/// Prints the latencies of claims and accepts while many entries wait, compared with an empty inbox.
pub(crate) async fn outage(place: &Place, time: Duration) -> Result<(), Failure> {
    println!();
    println!(
        "  Entries that wait for an earlier one of their subject; {SENDERS} senders, a worker that claims 16 at a time."
    );
    println!(
        "  During an outage the first entries wait for another attempt; the other inbox is empty. After it they are due;"
    );
    println!("  the other inbox then has as many due entries without subjects, so its worker has the same to do.");
    for (name, entries, each, is_over) in [
        ("1,000,000 wait behind 100,000", 1_100_000, 11, false),
        ("the same after the outage", 1_100_000, 11, true),
        ("100,000 of one subject wait", 100_001, 100_001, false),
        ("the same after the outage", 100_001, 100_001, true),
    ] {
        let source = Arc::new(Source::new(1_024, Ids::InTime)?);
        let begun = Instant::now();
        let outage = filled(place, "outage", entries, Some(each), is_over).await?;
        let other = if is_over { entries / each } else { 0 };
        let stores = [outage, filled(place, "no_outage", other, None, true).await?];
        let took = begun.elapsed().as_secs_f64();
        let (mut claims, mut p99s, mut p50s) = (Vec::new(), [Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        for round in 0..=ROUNDS {
            for which in [round % 2, (round + 1) % 2] {
                let turn = turn(&stores[which], &source, entries / each, time / 3).await?;
                // The first round has cold caches.
                if round > 0 {
                    p99s[which].push(within(&turn.accepts, 99));
                    p50s[which].push(within(&turn.accepts, 50));
                    if which == 0 {
                        claims.extend(turn.claims);
                    }
                }
            }
        }
        claims.sort_unstable();
        let [ours, theirs] = &p99s;
        let to_other = ratio(ours, theirs);
        let begun = Instant::now();
        let stats = stores[0].stats().await?;
        let counted = begun.elapsed();
        let begun = Instant::now();
        let orphans = stores[0].promote_orphans(NAME).await?;
        let searched = begun.elapsed();
        println!(
            "  {name:<32} {} claims p50 {:.1} ms, p99 {:.1} ms   {}",
            claims.len(),
            within(&claims, 50),
            within(&claims, 99),
            Goal::Below(20.0).of("", within(&claims, 99)).trim_start()
        );
        println!(
            "  {:<32} accept p50 {:.1} ms, p99 {:.1} ms; {to_other:.2} of the other one's p99 of {:.1} ms   {}",
            "",
            median(p50s[0].clone()),
            median(ours.clone()),
            median(theirs.clone()),
            Goal::AtMost(1.2).of("", to_other).trim_start()
        );
        println!(
            "  {:<32} {} wait still; counting all takes {counted:.0?}, looking for orphans {searched:.0?} (filled in {took:.0} s)",
            "", stats.waiting
        );
        if orphans > 0 {
            return Err(format!("{orphans} subjects are stranded").into());
        }
        drop(stores);
        place.remove("outage").await?;
        place.remove("no_outage").await?;
    }
    Ok(())
}

/// Fills an inbox with subjects of this many entries each. The first entry of each is due or waits for a retry.
async fn filled(place: &Place, name: &str, entries: i64, each: Option<i64>, is_due: bool) -> Result<Store, Failure> {
    if entries == 0 {
        return place.store(name).await;
    }
    drop(place.store(name).await?);
    let mut connection = place.connect(name).await?;
    let is_first = each.map_or("TRUE".to_owned(), |each| format!("number % {each} = 0"));
    let subject = each.map_or("NULL".to_owned(), |each| format!("'s' || (number / {each})"));
    let (first, wait) = if is_due { ("available", 0) } else { ("retryable", 3_600_000) };
    let entry = format!(
        "{NUMBERS} INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, body_digest, state, attempt, \
         last_attempt, repeats, conflicts, received_at, last_seen_at, next_at, wait, worker, has_body, subject, \
         ordered_at, run) SELECT '{NAME}', 'redpin', 'msg_' || number, FALSE, 'REFERRAL_CREATED', {DIGEST}, \
         CASE WHEN {is_first} THEN '{first}' ELSE 'waiting' END, 0, 20, 0, 0, {NOW} * 1000, {NOW}, \
         CASE WHEN {is_first} THEN {NOW} + {wait} END, {wait}, '', TRUE, {subject}, number, 1 \
         FROM counted WHERE number < $1"
    );
    let payload = "INSERT INTO inbox_payload (entry_id, received_at, headers, body) \
                   SELECT id, received_at, body_digest, body_digest FROM inbox_entry WHERE $1 = $1";
    for text in ["BEGIN", &entry, payload, "COMMIT"] {
        let query = sqlx::query(AssertSqlSafe(text.to_owned()));
        let query = if text.contains("$1") { query.bind(entries) } else { query };
        query.execute(&mut connection).await?;
    }
    place.settle(name).await
}

/// Sends and works for this time.
async fn turn(store: &Store, source: &Arc<Source>, subjects: i64, time: Duration) -> Result<Waits, Failure> {
    let (begun, is_over) = (Instant::now(), Arc::new(AtomicBool::new(false)));
    let working = tokio::spawn(work(store.clone(), Arc::clone(&is_over)));
    let senders = (0..SENDERS).map(|sender| {
        let (store, source) = (store.clone(), Arc::clone(source));
        tokio::spawn(async move {
            let (mut waits, mut number) = (Vec::new(), sender as i64);
            sleep(PAUSE * sender as u32 / SENDERS as u32).await;
            while begun.elapsed() < time {
                number += 7_919;
                let subject = Some(format!("s{}", number % subjects));
                let mut entry: NewEntry = source.entry()?;
                entry.subject = subject;
                let began = Instant::now();
                store.accept(entry).await?;
                waits.push(began.elapsed());
                sleep(PAUSE).await;
            }
            Ok::<_, Failure>(waits)
        })
    });
    let mut accepts = Vec::new();
    for sent in try_join_all(senders).await? {
        accepts.extend(sent?);
    }
    is_over.store(true, Ordering::Relaxed);
    let mut claims = working.await??;
    claims.sort_unstable();
    accepts.sort_unstable();
    Ok(Waits { claims, accepts })
}

/// Claims and completes, and returns the latencies of the claims.
async fn work(store: Store, is_over: Arc<AtomicBool>) -> Result<Vec<Duration>, Failure> {
    let mut waits = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let wanted = ClaimRequest::new("worker", &[NAME.to_owned()], 16, Duration::from_secs(30));
        let claims = store.claim(wanted).await?;
        waits.push(began.elapsed());
        try_join_all(claims.iter().map(|claim| store.finish(&claim.lease, Finish::Complete(None)))).await?;
        sleep(PAUSE).await;
    }
    Ok(waits)
}

/// Returns the latency within which so many of a hundred were answered, in milliseconds.
fn within(waits: &[Duration], of_100: usize) -> f64 {
    let place = (waits.len() * of_100 / 100).min(waits.len().saturating_sub(1));
    waits.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3
}
