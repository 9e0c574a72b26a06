//! Handlers that share one writer: each has its turn, and none of them keeps it.

use std::time::{Duration, Instant};

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Reply};
use referral_webhooks_inbox::store::{State, Store, TransactionalStore, Work};
use referral_webhooks_inbox::{Attempt, BackOff, EntryId, Inbox, Outcome};
use sqlx::SqliteConnection;
use tokio::task::JoinSet;

use crate::engine::{ENDLESS_READ, ENDLESS_WRITE};
use crate::shared::support::{eventually, redpin, reward, shop, working};

async fn slowly(_: Delivery<Redpin>, attempt: Attempt, file: &mut SqliteConnection) -> Outcome {
    tokio::time::sleep(Duration::from_millis(100)).await;
    reward(file, &attempt.id).await.into()
}

#[tokio::test]
async fn handlers_that_wait_for_their_turn_keep_their_leases() {
    let shop = shop().await;
    for number in 0..16 {
        shop.accepted(&format!("m{number}")).await;
    }
    // The first worker claims all entries, and the last of them has its turn after 1.6 s. The second worker polls.
    let lease = Duration::from_millis(500);
    let worker = || shop.inbox.worker().lease(lease).poll(lease / 10).run_in_tx(&shop.intake, slowly);
    let _both = (working(worker()), working(worker()));
    for number in 1..=16 {
        let entry = eventually(&shop.store, EntryId(number), |entry| entry.state.is_finished()).await;
        assert_eq!((entry.state, entry.attempt), (State::Completed, 1), "{number}");
    }
}

async fn endlessly(_: Delivery<Redpin>, attempt: Attempt, file: &mut SqliteConnection) -> Outcome {
    if attempt.id.starts_with("endless") && attempt.number == 1 {
        return sqlx::query(ENDLESS_WRITE).execute(file).await.map(|_| ()).into();
    }
    reward(file, &attempt.id).await.into()
}

#[tokio::test]
async fn an_endless_statement_is_stopped_with_its_handler() {
    let shop = shop().await;
    let id = shop.accepted("endless").await;
    let quick = BackOff::new(3, Duration::ZERO, Duration::ZERO);
    let inbox = Inbox::new(shop.store.clone()).back_off(quick);
    let worker = inbox.worker().limit_in_tx(Duration::from_millis(300)).run_in_tx(&shop.intake, endlessly);
    let _working = working(worker);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(shop.intake.receive(&redpin("meanwhile")).await, Reply::Accepted);
    let entry = eventually(&shop.store, id, |entry| entry.state.is_finished()).await;
    assert_eq!((entry.state, entry.attempt), (State::Completed, 2));
    eventually(&shop.store, EntryId(id.0 + 1), |entry| entry.state == State::Completed).await;
    let paid: Vec<(String, i64)> = shop.rewards().await;
    assert_eq!(paid, [("endless".to_owned(), 1), ("meanwhile".to_owned(), 1)]);
}

/// Either SQLite or the handler's limit stops the statement first, by chance. Many repetitions cover both.
#[tokio::test]
async fn an_endless_statement_is_stopped_by_sqlite_or_the_limit() {
    let shop = shop().await;
    let inbox = Inbox::new(shop.store.clone()).back_off(BackOff::new(20, Duration::ZERO, Duration::ZERO));
    // So short that on a busy machine a harmless handler sometimes exceeds it.
    let worker = inbox.worker().limit_in_tx(Duration::from_millis(5)).run_in_tx(&shop.intake, endlessly);
    let _working = working(worker);
    for number in 0..100 {
        let id = shop.accepted(&format!("endless-{number}")).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert_eq!(shop.intake.receive(&redpin(&format!("meanwhile-{number}"))).await, Reply::Accepted);
        let entry = eventually(&shop.store, id, |entry| entry.state.is_finished()).await;
        assert!(entry.state == State::Completed && entry.attempt >= 2, "{entry:?}");
        eventually(&shop.store, EntryId(id.0 + 1), |entry| entry.state == State::Completed).await;
    }
    let paid: Vec<(String, i64)> = shop.rewards().await;
    assert_eq!((paid.len(), paid.iter().map(|(_, times)| times).sum::<i64>()), (200, 200));
}

/// A handler that cancels its own statement and ignores the result.
async fn impatient(_: Delivery<Redpin>, attempt: Attempt, file: &mut SqliteConnection) -> Outcome {
    if attempt.id.starts_with("impatient") {
        let _ = tokio::time::timeout(Duration::from_millis(10), sqlx::query(ENDLESS_READ).execute(file)).await;
        return Outcome::Done;
    }
    reward(file, &attempt.id).await.into()
}

#[tokio::test]
async fn a_forgotten_statement_costs_no_other_handler_an_attempt() {
    let shop = shop().await;
    let inbox = Inbox::new(shop.store.clone());
    for number in 0..10 {
        // The last of a transaction, and one before another handler.
        let mut ids = vec![shop.accepted(&format!("impatient{number}")).await];
        if number % 2 == 1 {
            ids.push(shop.accepted(&format!("calm{number}")).await);
        }
        let limit = Duration::from_millis(30 + number);
        let (shutdown, ended) = working(inbox.worker().limit_in_tx(limit).run_in_tx(&shop.intake, impatient));
        for id in ids {
            let entry = eventually(&shop.store, id, |entry| entry.state == State::Completed).await;
            assert_eq!(entry.attempt, 1, "{}", entry.delivery_id);
        }
        shutdown.cancel();
        ended.await.unwrap();
    }
}

/// A running statement is no await point for the handler, so SQLite itself must be interrupted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_stops_a_statement_that_is_running() {
    let shop = shop().await;
    let id = shop.accepted("m1").await;
    let lease = Duration::from_secs(2);
    let worker = shop.inbox.worker().lease(lease).limit_in_tx(lease * 4).grace(Duration::from_millis(300));
    let (shutdown, worked) =
        working(worker.run_in_tx(&shop.intake, async |_, attempt: Attempt, file: &mut SqliteConnection| {
            reward(file, &attempt.id).await.unwrap();
            sqlx::query(ENDLESS_READ).execute(file).await.map(|_| ())
        }));
    eventually(&shop.store, id, |entry| entry.state == State::Running).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    shutdown.cancel();
    worked.await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    let entry = shop.store.get(id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempt, entry.last_attempt), (State::Retryable, 1, 21));
    assert!(shop.rewards().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_that_never_cease_do_not_starve_a_handler() {
    let shop = shop().await;
    shop.accepted("first").await;
    // Claimed without a worker, which would claim and extend meanwhile.
    let lease = shop.claimed(Duration::from_secs(60)).await;
    let mut senders = JoinSet::new();
    for sender in 0..512 {
        let intake = shop.intake.clone();
        senders.spawn(async move {
            for number in 0.. {
                intake.receive(&redpin(&format!("m{sender}-{number}"))).await;
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let pays: Work<SqliteConnection> = Box::new(|file| Box::pin(async move { reward(file, "first").await.into() }));
    let processed = shop.store.process(&lease, Duration::from_secs(1), Duration::ZERO, pays);
    let processed = tokio::time::timeout(Duration::from_secs(5), processed).await;
    assert!(processed.expect("it waits for the last delivery").unwrap().is_some());
}
