//! Processes that a test starts, kills or loses to a delivery.

use std::future::pending;
use std::io::Write as _;
use std::time::Duration;

use clap::{Args, Subcommand};
use futures_util::future::join_all;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Message, Reply};
use referral_webhooks_inbox::{BackOff, CancellationToken, Inbox, WithState as _};
use referral_webhooks_inbox_sqlx::{PostgresStore, SqliteStore};
use sqlx::{AnyConnection, Connection as _};
use time::OffsetDateTime;

use crate::person::body;
use crate::serve::in_tx;
use crate::store::Effects;
use crate::traffic::SECRET;

const LEASE: Duration = Duration::from_millis(500);

/// A process with an inbox, without a server.
#[derive(Debug, Args)]
pub(crate) struct Child {
    /// `sqlite:FILE` or `postgres://…`.
    store: String,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Stores one delivery.
    Accept { delivery_id: String, attempts: u32 },
    /// Processes deliveries.
    Work,
    /// Receives deliveries from eight senders, processes them, and prints the id of each acknowledged one.
    Receive { round: u32 },
    /// Holds a read transaction open, and prints a line as soon as it has begun.
    Read,
}

pub(crate) async fn run(child: Child) {
    match (&child.act, child.store.split_once(':')) {
        (Act::Read, _) => read(&child.store).await,
        (act, Some(("sqlite", file))) => {
            run_at(&child.store, SqliteStore::options(file).create(true).open().await.unwrap(), act).await;
        }
        (act, _) => {
            run_at(&child.store, PostgresStore::options(&child.store).create(true).open().await.unwrap(), act).await;
        }
    }
}

async fn read(url: &str) {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT COUNT(*) FROM inbox_entry").execute(&mut connection).await.unwrap();
    println!("reading");
    pending().await
}

async fn run_at<S: Effects>(url: &str, store: S, act: &Act) {
    // Without a unique key, so that a second effect is visible instead of prevented.
    let mut connection = AnyConnection::connect(url).await.unwrap();
    sqlx::query("CREATE TABLE IF NOT EXISTS effect (key TEXT NOT NULL)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let attempts = if let Act::Accept { attempts, .. } = act { *attempts } else { 20 };
    let inbox = Inbox::new(store).back_off(BackOff::new(attempts, Duration::ZERO, Duration::ZERO));
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let working = || {
        let worker = inbox.worker().lease(LEASE);
        let worker = worker.run_in_tx(&intake, in_tx::<S>.with_state(Duration::ZERO));
        tokio::spawn(worker.until(CancellationToken::new()))
    };
    match act {
        Act::Accept { delivery_id, .. } => {
            intake.accept(&delivery(delivery_id)).await.unwrap();
        }
        Act::Work => working().await.unwrap(),
        Act::Receive { round } => {
            let _working = working();
            let senders = (0..8).map(|sender| {
                let (intake, round) = (intake.clone(), *round);
                tokio::spawn(async move {
                    for number in 0.. {
                        let id = format!("m{round}-{sender}-{number}");
                        // Every third is sent twice, as platforms do.
                        for _ in 0..1 + usize::from(number % 3 == 0) {
                            if intake.receive(&delivery(&id)).await == Reply::Accepted {
                                let mut out = std::io::stdout().lock();
                                writeln!(out, "{id}").and_then(|()| out.flush()).unwrap();
                            }
                        }
                    }
                })
            });
            join_all(senders).await;
        }
        Act::Read => unreachable!("it opens no store"),
    }
}

fn delivery(id: &str) -> Delivery<Redpin> {
    let (endpoint, now) = (Endpoint::new(SECRET).unwrap(), OffsetDateTime::now_utc());
    let message = Message::new(body(id).as_bytes(), now).id(id);
    endpoint.receive(&endpoint.sign(&message).unwrap(), now).unwrap()
}
