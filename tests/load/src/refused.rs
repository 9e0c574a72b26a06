//! The cost of keeping refused requests: 64 senders of forgeries beside 64 genuine ones, on a SQLite store.
//!
//! Two inboxes take turns, one that keeps refused requests and one that does not. Both have the same senders, so the ratio
//! of their accepted deliveries is the cost of keeping.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use referral_webhooks::Endpoint;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::{Inbox, KeepRefused};
use referral_webhooks_inbox_sqlx::SqliteStore;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::client::Connection;
use crate::machine;
use crate::requests::{PATH, SECRET, forged, signed};

/// The number of senders of each sort.
const SENDERS: usize = 64;

/// The goal: accepted deliveries with keeping, in relation to those without.
const LEAST: f64 = 0.9;

/// The size of a measurement.
pub(crate) struct Effort {
    rounds: usize,
    turn: Duration,
}

pub(crate) const FULL: Effort = Effort { rounds: 7, turn: Duration::from_secs(4) };
pub(crate) const SMOKE: Effort = Effort { rounds: 1, turn: Duration::from_millis(500) };

pub(crate) fn measure(effort: &Effort) {
    machine::print();
    println!("{SENDERS} senders of forgeries beside {SENDERS} genuine ones, accepted per second");
    let folder = std::env::temp_dir().join(format!("referral-webhooks-refused-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut ratios = runtime.block_on(async {
        let plain = serve(&folder.join("plain.db"), None).await;
        let keeping = serve(&folder.join("keeping.db"), Some(KeepRefused::new())).await;
        let mut ratios = Vec::new();
        for round in 0..effort.rounds {
            let mut rates = [0.0; 2];
            // Each round begins with the other one.
            for turn in [round % 2, (round + 1) % 2] {
                rates[turn] = turn_of([plain, keeping][turn], effort.turn).await;
            }
            println!("without {:>8.0}   with {:>8.0}   ratio {:.3}", rates[0], rates[1], rates[1] / rates[0]);
            ratios.push(rates[1] / rates[0]);
        }
        ratios
    });
    drop(runtime);
    fs::remove_dir_all(&folder).unwrap();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("goal: median of the ratios >= {LEAST}: {median:.3}{}", if median < LEAST { "  !" } else { "" });
}

async fn serve(file: &Path, rule: Option<KeepRefused>) -> SocketAddr {
    let inbox = Inbox::new(SqliteStore::open(file).await.unwrap());
    let mut intake = inbox.intake("redpin-main", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
    if let Some(rule) = rule {
        intake = intake.keep_refused(rule);
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route_service(PATH, intake.service());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// Runs all senders for this time. Returns the accepted deliveries per second.
async fn turn_of(address: SocketAddr, time: Duration) -> f64 {
    let accepted = Arc::new(AtomicU64::new(0));
    let mut senders = JoinSet::new();
    for number in 0..2 * SENDERS {
        let accepted = Arc::clone(&accepted);
        senders.spawn(async move {
            let Ok(mut connection) = Connection::open(address).await else { return };
            while let Ok(status) = send(&mut connection, number < SENDERS).await {
                accepted.fetch_add(u64::from(status == 200), Ordering::Relaxed);
            }
        });
    }
    sleep(time).await;
    senders.shutdown().await;
    accepted.load(Ordering::Relaxed) as f64 / time.as_secs_f64()
}

async fn send(connection: &mut Connection, is_genuine: bool) -> io::Result<u16> {
    let head = if is_genuine { signed(1).remove(0) } else { forged() };
    connection.status_of(&head).await
}
