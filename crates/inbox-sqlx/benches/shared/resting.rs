//! The cost of the inbox while its store hangs, and while it is idle.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use referral_webhooks_inbox::{CancellationToken, Inbox, Outcome};
use sqlx::Executor as _;
use tokio::time::sleep;

use super::goal::Goal;
use super::process::{memory, ran};
use super::senders::ToInbox;
use super::source::{Failure, Ids, NAME, Source};
use super::turn::Turn;
use crate::engine::{Connection, HANG, Place};

/// The bounds of admission in deliveries and in bytes, which are reached together.
const PLACES: usize = 1_024;
const BYTES: usize = 24 << 20;

/// Prints the memory of a full admission while the store hangs, and while it is stored afterwards. This part comes
/// first, because earlier measurements would leave free memory behind.
pub(crate) async fn full_admission(place: &Place) -> Result<(), Failure> {
    let store = place.store("admission").await?;
    let small = Arc::new(Source::new(1_024, Ids::InTime)?);
    let intake = Inbox::new(store.clone()).intake(NAME, small.endpoint.clone())?;
    Turn::of(vec![ToInbox(store, small); 64], Duration::from_millis(500)).await?;

    let source = Source::new(BYTES / PLACES, Ids::InTime)?;
    let mut connection = place.connect("admission").await?;
    for text in HANG {
        connection.execute(*text).await?;
    }
    let before = memory()?;
    let waiting: Vec<_> = (0..PLACES)
        .map(|_| {
            let (intake, delivery) = (intake.clone(), source.delivery()?);
            Ok(tokio::spawn(async move { intake.accept(&delivery).await.is_ok() }))
        })
        .collect::<Result<_, Failure>>()?;
    sleep(Duration::from_millis(300)).await;
    let is_full = intake.accept(&source.delivery()?).await.is_err();
    let full = memory()?.saturating_sub(before);
    connection.execute("ROLLBACK").await?;
    let stored = tokio::spawn(join_all(waiting));
    let mut most = full;
    while !stored.is_finished() {
        most = most.max(memory()?.saturating_sub(before));
        sleep(Duration::from_millis(2)).await;
    }
    let stored = stored.await?.into_iter().filter(|stored| matches!(stored, Ok(true))).count();
    if !is_full {
        return Err("admission was not full".into());
    }
    let [full, most] = [full, most].map(|bytes| bytes as f64 / 1e6);
    println!();
    println!(
        "  Memory with {PLACES} deliveries of {} bytes waiting for a store that hangs, more than before:",
        BYTES / PLACES
    );
    println!("  {full:.0} MB; {most:.0} MB at most until {stored} were stored   {}", Goal::Below(50.0).of("MB", most));
    Ok(())
}

/// Prints how much of a processor an idle worker uses.
pub(crate) async fn idle(place: &Place, time: Duration) -> Result<(), Failure> {
    let inbox = Inbox::new(place.store("idle").await?);
    let intake = inbox.intake(NAME, Source::new(0, Ids::InTime)?.endpoint)?;
    let shutdown = CancellationToken::new();
    let working = inbox.worker().run_in_tx(&intake, async |_, _, _: &mut Connection| Outcome::Done);
    let working = tokio::spawn(working.until(shutdown.clone()));
    sleep(Duration::from_secs(1)).await;
    let others = place.others().await?;
    let all = || ran("self") + others.iter().map(|other| ran(&other.to_string())).sum::<Duration>();
    let (before, own_before, begun) = (all(), ran("self"), Instant::now());
    sleep(time).await;
    let (own, all) = (ran("self").saturating_sub(own_before), all().saturating_sub(before));
    let [own, all] = [own, all].map(|ran| 100.0 * ran.as_secs_f64() / begun.elapsed().as_secs_f64());
    shutdown.cancel();
    working.await?;
    println!();
    println!("  An idle worker, of one processor:");
    println!(
        "  {own:.2} %; with {} processes of the server {all:.2} %   {}",
        others.len(),
        Goal::Below(1.0).of("%", all)
    );
    Ok(())
}
