//! Other users of the same file: processes with inboxes, and programs with another SQLite.

use std::time::{Duration, Instant};

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint};
use referral_webhooks_inbox::store::SqlStore as _;
use referral_webhooks_inbox::store::{NewEntry, State, Store};
use referral_webhooks_inbox::{Attempt, Inbox, Outcome, WithState as _};
use sqlx::SqliteConnection;

use crate::engine::open;
use crate::shared::support::{SECRET, eventually, redpin, reward, shop, working};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_handlers_do_not_stop_other_processes_from_receiving() {
    let shop = shop().await;
    for number in 0..200 {
        shop.accepted(&format!("m{number}")).await;
    }
    let _working = working(shop.inbox.worker().run_in_tx(
        &shop.intake,
        async |_, attempt: Attempt, file: &mut SqliteConnection| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            reward(file, &attempt.id).await
        },
    ));
    // The writer of another process is independent of the worker's.
    let other = open(&shop.database.url).await;
    let begun = Instant::now();
    let mut waits = Vec::new();
    while begun.elapsed() < Duration::from_secs(3) {
        let sent = Instant::now();
        other.accept(NewEntry::of("shop", &redpin(&format!("n{}", waits.len())), 3)).await.unwrap();
        waits.push(sent.elapsed());
    }
    waits.sort_unstable();
    let paid = shop.rewards().await.len();
    assert!(paid > 20 && paid < 200, "handlers go on, and are at it to the end: {paid}");
    assert!(waits[waits.len() - 1] < Duration::from_millis(750), "{} deliveries, {:?}", waits.len(), waits.last());
}

/// A rolling restart: opening a file competes for the lock as writers do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_handlers_do_not_stop_other_processes_from_opening() {
    let shop = shop().await;
    for number in 0..1_000 {
        shop.accepted(&format!("m{number}")).await;
    }
    let mut workers = Vec::new();
    for _ in 0..3 {
        let inbox = Inbox::new(open(&shop.database.url).await);
        let intake = inbox.intake("shop", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
        workers.push(working(inbox.worker().run_in_tx(
            &intake,
            async |_, attempt: Attempt, file: &mut SqliteConnection| {
                tokio::time::sleep(Duration::from_millis(20)).await;
                reward(file, &attempt.id).await
            },
        )));
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    for _ in 0..5 {
        let sent = Instant::now();
        open(&shop.database.url).await;
        assert!(sent.elapsed() < Duration::from_secs(2), "{:?}", sent.elapsed());
    }
}

async fn attaching(
    _: Delivery<Redpin>,
    attempt: Attempt,
    file: &mut SqliteConnection,
    other: String,
) -> Result<Outcome, sqlx::Error> {
    // An earlier attempt may have attached it.
    let _ = sqlx::query("ATTACH $1 AS other").bind(other).execute(&mut *file).await;
    sqlx::query("UPDATE other.price SET amount = 2").execute(&mut *file).await?;
    reward(file, &attempt.id).await?;
    Ok(Outcome::Done)
}

/// Another program may hold a file that a handler attaches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_and_its_commit_wait_for_a_file_that_is_attached() {
    let shop = shop().await;
    let other = shop.database.folder.path().join("other.db").to_str().unwrap().to_owned();
    let theirs = rusqlite::Connection::open(&other).unwrap();
    theirs.execute_batch("CREATE TABLE price (amount INTEGER); INSERT INTO price VALUES (1)").unwrap();
    let reading = tokio::task::spawn_blocking(move || {
        for _ in 0..10 {
            theirs.execute_batch("BEGIN; SELECT * FROM price").unwrap();
            std::thread::sleep(Duration::from_millis(60));
            theirs.execute_batch("COMMIT").unwrap();
            std::thread::sleep(Duration::from_millis(15));
        }
    });
    let id = shop.accepted("m1").await;
    let _working = working(shop.inbox.worker().run_in_tx(&shop.intake, attaching.with_state(other)));
    let entry = eventually(&shop.store, id, |entry| entry.state != State::Running && entry.attempt > 0).await;
    assert_eq!((entry.state, entry.attempt), (State::Completed, 1), "{:?}", entry.reason);
    reading.await.unwrap();
}

/// `unixepoch('subsec')` is NULL before 3.42, and an entry would be completed without an end.
#[tokio::test]
async fn an_older_sqlite_can_complete() {
    let shop = shop().await;
    shop.accepted("m1").await;
    let completion = shop.store.completion(&shop.claimed(Duration::from_secs(30)).await);
    assert!(!completion.statement.contains("subsec"), "{}", completion.statement);
}
