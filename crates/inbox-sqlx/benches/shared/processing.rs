//! Processing in the inbox's transactions, with and without concurrent acceptance.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use referral_webhooks::Delivery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::{Attempt, CancellationToken, Inbox, Intake, WithState as _};
use tokio::task::JoinHandle;

use super::goal::Goal;
use super::senders::{ToInbox, ToReward};
use super::source::{Failure, NAME, Source};
use super::turn::{Turn, median, ratio};
use crate::engine::{Connection, Place, Store};

const ROUNDS: usize = 5;

const TABLE: &str = "CREATE TABLE reward (key TEXT NOT NULL)";

/// Prints how many handlers per second write a row in the inbox's transaction.
pub(crate) async fn processing(place: &Place, source: &Arc<Source>, time: Duration) -> Result<(), Failure> {
    let store = Place::with_handlers(place.store("work").await?, 64);
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake(NAME, source.endpoint.clone())?;
    let one_each = place.one_each("plain").await?;
    let mut connection = place.connect("plain").await?;
    sqlx::query(TABLE).execute(&mut connection).await?;
    let mut connection = place.connect("work").await?;
    sqlx::query(TABLE).execute(&mut connection).await?;
    println!();
    println!(
        "  Handlers that write one row in the inbox's transaction: with 64 senders, whose deliveries they process,"
    );
    println!(
        "  compared with the rate of acceptance meanwhile; and alone, compared with acceptance alone and with that row in"
    );
    println!("  a transaction each on 16 connections, without an inbox:");
    for at_once in [16, 64] {
        let (mut together, mut processed) = (Vec::new(), Vec::new());
        let (mut accepts, mut ends, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let time = time / ROUNDS as u32 / 2;
            let senders = || vec![ToInbox(store.clone(), Arc::clone(source)); 64];
            // Some entries wait beforehand, so that handlers do not wait for senders.
            let turn = Turn::of(senders(), time).await?;
            accepts.push(turn.rate());
            let worker = Working::start(&inbox, &intake, at_once, usize::MAX);
            let begun = Instant::now();
            let accepted = Turn::of(senders(), time).await?;
            processed.push(worker.done() as f64 / begun.elapsed().as_secs_f64());
            together.push(accepted.rate());
            let waiting = turn.count() + accepted.count() - worker.stop().await?;
            if waiting == 0 {
                return Err("handlers were as fast as senders, so no entries remain to be processed alone".into());
            }
            let begun = Instant::now();
            // The turn ends when the last handler's transaction is durable.
            Working::start(&inbox, &intake, at_once, waiting).ended().await?;
            ends.push(waiting as f64 / begun.elapsed().as_secs_f64());
            plain.push(Turn::of(vec![ToReward(one_each.clone()); at_once], time).await?.rate());
        }
        let row = |name: &str, ends: Vec<f64>, accepts: Vec<f64>, others: String| {
            let to_accepts = ratio(&ends, &accepts);
            println!(
                "  {at_once:2} at once, {name}: {:.0}/s; {to_accepts:.2} of accepting, {:.0}/s{others}   {}",
                median(ends),
                median(accepts),
                Goal::AtLeast(0.3).of("", to_accepts).trim_start()
            );
        };
        let to_plain = format!("; {:.2} of plain transactions, {:.0}/s", ratio(&ends, &plain), median(plain));
        let to_alone = format!(", which is {:.2} of accepting alone", ratio(&together, &accepts));
        row("with senders", processed, together, to_alone);
        row("alone", ends, accepts, to_plain);
    }
    let paid: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM reward").fetch_one(&mut connection).await?;
    let done: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM inbox_entry WHERE state = 'completed'")
        .fetch_one(&mut connection)
        .await?;
    if paid == done { Ok(()) } else { Err(format!("{done} were completed, and {paid} paid").into()) }
}

/// The number of processed entries, and the end of the worker after a number of them.
#[derive(Clone)]
struct Count {
    done: Arc<AtomicUsize>,
    stop: CancellationToken,
    deliveries: usize,
}

async fn pay(_: Delivery<Redpin>, attempt: Attempt, shop: &mut Connection, count: Count) -> Result<(), sqlx::Error> {
    let reward = sqlx::query("INSERT INTO reward (key) VALUES ($1)").bind(attempt.id);
    let written = reward.execute(shop).await;
    if count.done.fetch_add(1, Ordering::Relaxed) + 1 == count.deliveries {
        count.stop.cancel();
    }
    written.map(|_| ())
}

/// A worker in a spawned task.
struct Working {
    done: Arc<AtomicUsize>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Working {
    /// Starts processing, and ends after this many entries.
    fn start(inbox: &Inbox<Store>, intake: &Intake<Redpin, Store>, at_once: usize, deliveries: usize) -> Self {
        let (shutdown, done) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        let count = Count { done: Arc::clone(&done), stop: shutdown.clone(), deliveries };
        let worker = inbox.worker().concurrency(at_once).run_in_tx(intake, pay.with_state(count));
        let task = tokio::spawn(worker.until(shutdown.clone()));
        Self { done, shutdown, task }
    }

    fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Stops the worker, and returns the number of processed entries.
    async fn stop(self) -> Result<usize, Failure> {
        self.shutdown.cancel();
        self.task.await?;
        Ok(self.done.load(Ordering::Relaxed))
    }

    async fn ended(self) -> Result<(), Failure> {
        Ok(self.task.await?)
    }
}
