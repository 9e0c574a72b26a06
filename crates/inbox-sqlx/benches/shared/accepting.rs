//! Acceptance by the inbox, compared with (a), (b), (c) and (d) in turns.

use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use futures_util::future::{BoxFuture, try_join_all};
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Reply};
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox::store::NewEntry;
use referral_webhooks_tower::WebhookService;

use super::disk::syncs;
use super::goal::Goal;
use super::senders::{Client, Server, ToInbox, ToOneEach};
use super::source::{Failure, NAME, PATH, Source};
use super::turn::{Turn, median, ratio};
use crate::engine::{Batches, OneEach, Place, Store, TIMES_ONE_EACH};

/// Number of turns of each candidate in a row.
const ROUNDS: usize = 9;

/// The path of deliveries into the inbox.
#[derive(Clone, Copy)]
enum Way {
    InProcess,
    ThroughAxum,
}

/// The candidates.
struct Candidates {
    source: Arc<Source>,
    store: Store,
    one_each: OneEach,
    batches: Vec<Batches>,
    inbox_server: Server,
    one_each_server: Server,
    without_store_server: Server,
}

/// Prints the table. `time` is the duration of the inbox's measurement in a row.
pub(crate) async fn accepting(place: &Place, source: &Arc<Source>, time: Duration) -> Result<(), Failure> {
    let store = place.store("inbox").await?;
    let intake = Inbox::new(store.clone()).intake(NAME, source.endpoint.clone())?;
    let one_each = place.one_each("one_each").await?;
    let mut candidates = Candidates {
        source: Arc::clone(source),
        batches: place.batches("batches").await?,
        inbox_server: Server::of(Router::new().route_service(PATH, intake.service())).await?,
        one_each_server: Server::of(one_each_route(source, &one_each)).await?,
        without_store_server: Server::of(without_store_route(source)).await?,
        store,
        one_each,
    };
    println!();
    println!(
        "  Durable accepts. (a): one transaction each, on 16 connections, behind the same route. (b): the same rows"
    );
    println!(
        "  in batches of 256, not synced. (c): fdatasync of 4 KiB. Senders are in this process. {ROUNDS} turns each,"
    );
    println!("  and ratios are medians of those of neighbouring turns. (d): requests through axum without a store,");
    println!("  which is the upper limit.");
    println!();
    println!(
        "  {:<22} {:>9} {:>8} {:>8} {:>10} {:>7} {:>7} {:>7} {:>7}  goals",
        "senders", "a second", "p50 ms", "p99 ms", "slowest ms", ": (a)", ": (b)", ": (c)", ": (d)"
    );
    for way in [Way::InProcess, Way::ThroughAxum] {
        for senders in [1, 16, 64, 256] {
            candidates.row(place, way, senders, time / ROUNDS as u32).await?;
        }
    }
    Ok(())
}

fn one_each_route(source: &Source, one_each: &OneEach) -> Router {
    let one_each = one_each.clone();
    let store = move |delivery: Delivery<Redpin>| -> BoxFuture<'static, Reply> {
        let one_each = one_each.clone();
        Box::pin(async move {
            match one_each.store(&NewEntry::of(NAME, &delivery, 20)).await {
                Ok(()) => Reply::Accepted,
                Err(_) => Reply::retry_later(&delivery),
            }
        })
    };
    Router::new().route_service(PATH, WebhookService::new(source.endpoint.clone(), store))
}

fn without_store_route(source: &Source) -> Router {
    let answer = |_: Delivery<Redpin>| ready(Reply::Accepted);
    Router::new().route_service(PATH, WebhookService::new(source.endpoint.clone(), answer))
}

impl Candidates {
    async fn row(&mut self, place: &Place, way: Way, senders: usize, time: Duration) -> Result<(), Failure> {
        let (mut inbox, mut one_each) = (Vec::new(), Vec::new());
        let (mut batches, mut disk, mut most) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            // Each turn starts with another candidate.
            if round % 2 == 0 {
                inbox.push(self.inbox(way, senders, time).await?);
                one_each.push(self.one_each(way, senders, time).await?);
            } else {
                one_each.push(self.one_each(way, senders, time).await?);
                inbox.push(self.inbox(way, senders, time).await?);
            }
            batches.push(self.batches(time / 2).await?);
            disk.push(tokio::task::block_in_place(|| syncs(place.folder(), time / 4))?);
            if let Way::ThroughAxum = way {
                let clients = self.clients(&self.without_store_server, senders).await?;
                most.push(Turn::of(clients, time / 2).await?.rate());
            }
        }
        let rates = |turns: &[Turn]| turns.iter().map(Turn::rate).collect::<Vec<_>>();
        let (ours, theirs) = (rates(&inbox), rates(&one_each));
        let [to_one_each, to_batches, to_disk] = [&theirs, &batches, &disk].map(|others| ratio(&ours, others));
        let (inbox, one_each) = (Turn::together(inbox), Turn::together(one_each));
        let goals = match senders {
            1 => vec![Goal::AtLeast(1.0 / 1.2).of("(a)", to_one_each)],
            64 => vec![
                Goal::AtLeast(TIMES_ONE_EACH).of("(a)", to_one_each),
                Goal::AtLeast(0.35).of("(b)", to_batches),
                Goal::AtMost(100.0).of("p99", inbox.within(990)),
                Goal::AtMost(500.0).of("slowest", inbox.within(1_000)),
            ],
            _ => Vec::new(),
        };
        let (name, to_most) = match way {
            Way::InProcess => (format!("{senders} in process"), String::new()),
            Way::ThroughAxum => (format!("{senders} through axum"), format!("{:.2}", ratio(&ours, &most))),
        };
        let line = format!(
            "  {name:<22} {} {to_one_each:7.2} {to_batches:7.2} {to_disk:7.2} {to_most:>7}  {}",
            figures(&inbox),
            goals.join("; ")
        );
        println!("{}", line.trim_end());
        println!("  {:<22} {}", "  (a)", figures(&one_each));
        print!("  {:<22} {:9.0}   (c) {:.0}", "  (b)", median(batches), median(disk));
        match way {
            Way::InProcess => println!(),
            Way::ThroughAxum => println!("   (d) {:.0}", median(most)),
        }
        Ok(())
    }

    async fn inbox(&self, way: Way, senders: usize, time: Duration) -> Result<Turn, Failure> {
        match way {
            Way::InProcess => {
                Turn::of(vec![ToInbox(self.store.clone(), Arc::clone(&self.source)); senders], time).await
            }
            Way::ThroughAxum => Turn::of(self.clients(&self.inbox_server, senders).await?, time).await,
        }
    }

    async fn one_each(&self, way: Way, senders: usize, time: Duration) -> Result<Turn, Failure> {
        match way {
            Way::InProcess => {
                Turn::of(vec![ToOneEach(self.one_each.clone(), Arc::clone(&self.source)); senders], time).await
            }
            Way::ThroughAxum => Turn::of(self.clients(&self.one_each_server, senders).await?, time).await,
        }
    }

    async fn clients(&self, server: &Server, senders: usize) -> Result<Vec<Client>, Failure> {
        try_join_all((0..senders).map(|_| server.client(&self.source))).await
    }

    /// Measures (b). The entries are made beforehand, and only their writing counts.
    async fn batches(&mut self, time: Duration) -> Result<f64, Failure> {
        let source = &self.source;
        let writing = self.batches.iter_mut().map(|batches| async move {
            let (mut took, mut rows) = (Duration::ZERO, 0);
            while took < time {
                let entries = (0..256).map(|_| source.entry()).collect::<Result<Vec<_>, _>>()?;
                let begun = Instant::now();
                batches.store(&entries).await?;
                took += begun.elapsed();
                rows += entries.len();
            }
            Ok::<_, Failure>(rows as f64 / took.as_secs_f64())
        });
        Ok(try_join_all(writing).await?.into_iter().sum())
    }
}

fn figures(turn: &Turn) -> String {
    format!("{:9.0} {:8.2} {:8.1} {:10.1}", turn.rate(), turn.within(500), turn.within(990), turn.within(1_000))
}
