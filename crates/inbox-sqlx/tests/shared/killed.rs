//! A receiver that is killed again and again: what it acknowledged is stored, and paid once.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use referral_webhooks::{Endpoint, Reply};
use referral_webhooks_inbox::store::{State, Stats, Store};
use referral_webhooks_inbox::{BackOff, Inbox};

use crate::engine::{check, connect, new_database};
use crate::support::{SECRET, eventually, paying, redpin, shop, shop_at, working};

/// Names the database to the child; not set, the child's test has nothing to do.
const DATABASE: &str = "INBOX_TEST_DATABASE";
const ROUND: &str = "INBOX_TEST_ROUND";
const ROUNDS: usize = 30;
const LEASE: Duration = Duration::from_millis(500);

/// The process that is killed: eight senders, a worker, and a line on standard output for every acknowledgement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_that_is_killed() {
    let (Ok(url), Ok(round)) = (std::env::var(DATABASE), std::env::var(ROUND)) else { return };
    let store = shop_at(&url).await;
    let inbox = Inbox::new(store);
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let _working = working(inbox.worker().lease(LEASE).run_in_tx(&intake, paying));
    let senders = (0..8).map(|sender| {
        let (intake, round) = (intake.clone(), round.clone());
        tokio::spawn(async move {
            for number in 0.. {
                let key = format!("m{round}-{sender}-{number}");
                // Every third is sent twice, as platforms do.
                for _ in 0..1 + usize::from(number % 3 == 0) {
                    if intake.receive(&redpin(&key)).await == Reply::Accepted {
                        let mut out = std::io::stdout().lock();
                        writeln!(out, "acknowledged {key}").and_then(|()| out.flush()).unwrap();
                    }
                }
            }
        })
    });
    futures_util::future::join_all(senders).await;
}

fn start(url: &str, round: usize) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::the_process_that_is_killed", "--nocapture"])
        .env(DATABASE, url)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

/// The process that a delivery kills: a worker and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_that_dies_of_a_delivery() {
    let (Ok(url), Err(_)) = (std::env::var(DATABASE), std::env::var(ROUND)) else { return };
    let inbox = Inbox::new(shop_at(&url).await);
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let (_, ended) = working(inbox.worker().lease(LEASE).run_in_tx(&intake, paying));
    ended.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_kills_its_process_ends_as_a_dead_letter() {
    let shop = shop().await;
    let three = Inbox::new(shop.store.clone()).back_off(BackOff::new(3, Duration::ZERO, Duration::ZERO));
    let intake = three.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let poison = intake.accept(&redpin("kills")).await.unwrap().id();
    let start = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "killed::the_process_that_dies_of_a_delivery"]);
        command.env(DATABASE, &shop.database.url).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    for attempt in 1..=3 {
        let status = tokio::task::spawn_blocking({
            let mut child = start();
            move || child.wait().unwrap()
        });
        assert!(!status.await.unwrap().success(), "it dies");
        assert_eq!(shop.store.get(poison).await.unwrap().unwrap().attempt, attempt);
    }
    let beside = shop.accepted("beside").await;
    let mut child = start();
    let dead = eventually(&shop.store, poison, |entry| entry.state.is_finished()).await;
    assert_eq!((dead.state, dead.attempt), (State::Discarded, 3));
    eventually(&shop.store, beside, |entry| entry.state == State::Completed).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(shop.rewards().await, [("beside".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_kills_lose_nothing_and_pay_nothing_twice() {
    let database = new_database().await;
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let (mut child, out) = start(&database.url, round);
        let mut lines = out.lines().map_while(Result::ok);
        // From 3 to 90 acknowledgements, so that the kill meets every moment.
        let until = 3 + round * 3;
        let is_key = |line: String| line.split_once("acknowledged ").map(|(_, key)| key.to_owned());
        acknowledged.extend(lines.by_ref().filter_map(is_key).take(until));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had written before it died was acknowledged too.
        acknowledged.extend(lines.filter_map(is_key));
    }
    let store = shop_at(&database.url).await;
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    // What was left twice waits for up to a lease, so it is short here too.
    let _working = working(inbox.worker().lease(LEASE).run_in_tx(&intake, paying));
    for _ in 0..600 {
        let Stats { available, running, retryable, .. } = store.stats().await.unwrap();
        if available + running + retryable == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut connection = connect(&database.url).await;
    let stored: BTreeSet<String> = sqlx::query_scalar("SELECT delivery_id FROM inbox_entry")
        .fetch_all(&mut connection)
        .await
        .unwrap()
        .into_iter()
        .collect();
    let completed: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM inbox_entry WHERE state = 'completed'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let paid: Vec<String> = sqlx::query_scalar("SELECT key FROM reward").fetch_all(&mut connection).await.unwrap();
    check(&mut connection).await;
    let lost = acknowledged.difference(&stored).count();
    let effects: BTreeSet<&String> = paid.iter().collect();
    let doubled = paid.len() - effects.len();
    println!(
        "rounds {ROUNDS}, acknowledged {}, stored {}, processed {completed}, effects {}, lost {lost}, doubled {doubled}",
        acknowledged.len(),
        stored.len(),
        paid.len(),
    );
    assert!(acknowledged.len() >= ROUNDS * 3, "the child did something");
    assert_eq!((lost, doubled), (0, 0));
    assert_eq!((completed as usize, paid.len()), (stored.len(), stored.len()));
}
