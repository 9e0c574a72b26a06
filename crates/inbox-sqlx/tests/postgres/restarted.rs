//! A server that stops while deliveries arrive, and starts again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use referral_webhooks::{Endpoint, Reply};
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox::store::Store as _;
use referral_webhooks_inbox::store::{NewEntry, Stats};

use crate::engine::{Server, connect, open};
use crate::shared::support::{SECRET, paying, redpin, shop_at, working};

/// One attempt to deliver, as its sender saw it.
struct Sent {
    delivery_id: String,
    at: Instant,
    took: Duration,
    reply: Reply,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_server_loses_no_delivery_and_doubles_no_effect() {
    let server = Arc::new(Server::new());
    let store = shop_at(&server.url).await;
    let other = open(&server.url).await;
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let _working = working(inbox.worker().lease(Duration::from_secs(2)).run_in_tx(&intake, paying));
    let is_over = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            let (intake, is_over) = (intake.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut sent = Vec::new();
                for number in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let delivery_id = format!("m{sender}-{number:05}");
                    // Like a platform: until it is acknowledged, and sometimes once more.
                    loop {
                        let at = Instant::now();
                        let reply = intake.receive(&redpin(&delivery_id)).await;
                        let is_accepted = reply == Reply::Accepted;
                        sent.push(Sent { delivery_id: delivery_id.clone(), at, took: at.elapsed(), reply });
                        if is_accepted && (number + sent.len()) % 5 > 0 || is_over.load(Ordering::Relaxed) {
                            break;
                        }
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                }
                sent
            })
        })
        .collect();
    let act = async |act: fn(&Server)| {
        let server = Arc::clone(&server);
        tokio::task::spawn_blocking(move || act(&server)).await.unwrap();
    };
    tokio::time::sleep(Duration::from_secs(2)).await;
    act(Server::stop).await;
    let stopped = Instant::now();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let starting = Instant::now();
    act(Server::start).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    is_over.store(true, Ordering::Relaxed);
    let sent: Vec<Sent> = join_all(senders).await.into_iter().flat_map(Result::unwrap).collect();

    for _ in 0..600 {
        let Ok(Stats { available, running, retryable, .. }) = store.stats().await else { continue };
        if available + running + retryable == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Another process that ran all the time is notified of deliveries again.
    for _ in 0..20 {
        other.wait(Duration::from_millis(300)).await;
    }
    let heard = tokio::spawn(async move {
        let begun = Instant::now();
        other.wait(Duration::from_secs(20)).await;
        begun.elapsed()
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    store.accept(NewEntry::of("unused", &redpin("heard"), 3)).await.unwrap();
    let heard = heard.await.unwrap();
    assert!(heard < Duration::from_secs(5), "{heard:?}");

    let mut connection = connect(&server.url).await;
    let all = "SELECT delivery_id FROM inbox_entry WHERE endpoint = 'shop'";
    let stored: BTreeSet<String> =
        sqlx::query_scalar(all).fetch_all(&mut connection).await.unwrap().into_iter().collect();
    let paid: Vec<String> = sqlx::query_scalar("SELECT key FROM reward").fetch_all(&mut connection).await.unwrap();
    let accepted: BTreeSet<&String> =
        sent.iter().filter(|one| one.reply == Reply::Accepted).map(|one| &one.delivery_id).collect();
    let lost = accepted.iter().filter(|delivery_id| !stored.contains(**delivery_id)).count();
    let doubled = paid.len() - paid.iter().collect::<BTreeSet<_>>().len();
    let refused = sent.iter().filter(|one| one.reply != Reply::Accepted).count();
    let slowest = sent.iter().map(|one| one.took).max().unwrap();
    let accepted_then = sent.iter().filter(|one| one.at > stopped && one.reply == Reply::Accepted);
    let back =
        accepted_then.map(|one| one.at + one.took).min().expect("it is back").saturating_duration_since(starting);
    println!(
        "sent {}, refused {refused}, acknowledged {}, stored {}, effects {}, lost {lost}, doubled {doubled}, \
         slowest answer {slowest:?}, back {back:?} after its start began",
        sent.len(),
        accepted.len(),
        stored.len(),
        paid.len(),
    );
    assert!(sent.iter().all(|one| one.reply == Reply::Accepted || one.reply.status() == 503));
    assert!(refused > 0 && accepted.len() > 100, "there was load, and it was refused meanwhile");
    assert_eq!((lost, doubled, paid.len()), (0, 0, stored.len()));
    assert!(slowest < Duration::from_millis(1_700), "{slowest:?}");
    assert!(back < Duration::from_secs(5), "{back:?}");
}
