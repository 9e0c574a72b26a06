//! Processing in the inbox's transactions, beside accepting.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::{CancellationToken, Inbox, Intake};

use crate::engine::{Place, Store};
use crate::goal::Goal;
use crate::senders::{ToInbox, ToReward};
use crate::source::{Failure, NAME, Source};
use crate::turn::{Turn, median, ratio};

const ROUNDS: usize = 5;

const TABLE: &str = "CREATE TABLE reward (key TEXT NOT NULL)";

/// Prints how many handlers a second write a row in the inbox's transaction.
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
        "  Handlers that write one row in the inbox's transaction, beside accepting from 64 senders, and beside as"
    );
    println!("  many that write that row in a transaction each, without an inbox, on 16 connections:");
    for at_once in [16, 64] {
        let (mut accepts, mut ends, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let senders = vec![ToInbox(store.clone(), Arc::clone(source)); 64];
            let turn = Turn::of(senders, time / ROUNDS as u32 / 2).await?;
            accepts.push(turn.rate());
            ends.push(work_off(&inbox, &intake, at_once, turn.count()).await?);
            let rewards = Turn::of(vec![ToReward(one_each.clone()); at_once], time / ROUNDS as u32 / 2).await?;
            plain.push(rewards.rate());
        }
        let (to_accepts, to_plain) = (ratio(&ends, &accepts), ratio(&ends, &plain));
        println!(
            "  {at_once:2} at once: {:.0}/s; {to_plain:.2} of plain transactions, {:.0}/s; {to_accepts:.2} of accepting, \
             {:.0}/s   {}",
            median(ends),
            median(plain),
            median(accepts),
            Goal::AtLeast(0.3).of("", to_accepts).trim_start()
        );
    }
    let paid: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM reward").fetch_one(&mut connection).await?;
    let done: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM inbox_entry WHERE state = 'completed'")
        .fetch_one(&mut connection)
        .await?;
    if paid == done { Ok(()) } else { Err(format!("{done} were completed, and {paid} paid").into()) }
}

/// Processes so many deliveries that wait, and says how many a second.
async fn work_off(
    inbox: &Inbox<Store>,
    intake: &Intake<Redpin, Store>,
    at_once: usize,
    deliveries: usize,
) -> Result<f64, Failure> {
    let (shutdown, done) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let stop = shutdown.clone();
    let worker = inbox.worker().at_once(at_once).run_in_tx(intake, move |_, attempt, shop| {
        let (done, stop) = (Arc::clone(&done), stop.clone());
        Box::pin(async move {
            let reward = sqlx::query("INSERT INTO reward (key) VALUES ($1)").bind(attempt.key);
            let written = reward.execute(shop).await;
            if done.fetch_add(1, Ordering::Relaxed) + 1 == deliveries {
                stop.cancel();
            }
            written.map(|_| ()).into()
        })
    });
    let begun = Instant::now();
    // It returns when the last handler's transaction is durable.
    worker.until(shutdown).await;
    Ok(deliveries as f64 / begun.elapsed().as_secs_f64())
}
