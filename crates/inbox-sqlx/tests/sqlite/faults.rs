//! Full disks and locked files: refused in time, and well again without a restart.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Reply};
use referral_webhooks_inbox::{
    Attempt, BackOff, EntryId, Inbox, NewEntry, Outcome, SqlStore as _, State, Store, TransactionalStore, Work,
};
use sqlx::{Connection as _, SqliteConnection};
use tokio::task::JoinSet;

use crate::engine::{check, open};
use crate::support::{SECRET, eventually, redpin, reward, shop, working};

#[tokio::test]
async fn a_full_disk_is_refused_and_forgotten() {
    let shop = shop().await;
    shop.accepted("m0").await;
    let lease = shop.claimed(Duration::from_secs(30)).await;
    // SQLite says "full" when a file may not grow. The limit belongs to the connection: one that is kept after the error
    // keeps it, and a new one does not.
    let fill: Work<SqliteConnection> = Box::new(|connection| {
        Box::pin(async move {
            sqlx::query("PRAGMA max_page_count = 1").execute(connection).await.unwrap();
            Outcome::Done
        })
    });
    shop.store.process(&lease, Duration::from_secs(1), Duration::ZERO, fill).await.unwrap();
    let mut refused = 0;
    for number in 1..2_000 {
        let reply = shop.intake.receive(&redpin(&format!("m{number}"))).await;
        if reply != Reply::Accepted {
            assert_eq!(reply.status(), 503);
            refused += 1;
            // The very same delivery, sent again.
            assert_eq!(shop.intake.receive(&redpin(&format!("m{number}"))).await, Reply::Accepted);
            break;
        }
    }
    assert_eq!(refused, 1, "the disk was full once");
    check(&mut shop.connection().await).await;
}

#[tokio::test]
async fn a_file_that_another_process_has_locked_is_refused_in_time() {
    let shop = shop().await;
    let mut other = shop.connection().await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let begun = Instant::now();
    assert_eq!(shop.intake.receive(&redpin("m1")).await.status(), 503);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    lock.rollback().await.unwrap();
    assert_eq!(shop.intake.receive(&redpin("m2")).await, Reply::Accepted);
    // What waited for the lock was stored when it was free.
    assert_eq!(shop.store.list(referral_webhooks_inbox::Filter::new()).await.unwrap().len(), 2);
}

fn slowly<'t>(_: Delivery<Redpin>, attempt: Attempt, file: &'t mut SqliteConnection) -> BoxFuture<'t, Outcome> {
    Box::pin(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        reward(file, &attempt.key).await.into()
    })
}

#[tokio::test]
async fn handlers_that_wait_for_one_another_keep_their_leases() {
    let shop = shop().await;
    for number in 0..16 {
        shop.accepted(&format!("m{number}")).await;
    }
    // The first claims all at once, and the last of them has its turn after 1.6 s; the second is on the look-out.
    let lease = Duration::from_millis(500);
    let worker = || shop.inbox.worker().lease(lease).poll(lease / 10).run_in_tx(&shop.intake, slowly);
    let _both = (working(worker()), working(worker()));
    for number in 1..=16 {
        let entry = eventually(&shop.store, EntryId(number), |entry| entry.state.is_finished()).await;
        assert_eq!((entry.state, entry.attempt), (State::Completed, 1), "{number}");
    }
}

fn endlessly<'t>(_: Delivery<Redpin>, attempt: Attempt, file: &'t mut SqliteConnection) -> BoxFuture<'t, Outcome> {
    const COUNT: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) \
                         INSERT INTO reward (key) SELECT CAST(MAX(i) AS TEXT) FROM n";
    Box::pin(async move {
        if attempt.key.starts_with("endless") && attempt.number == 1 {
            return sqlx::query(COUNT).execute(file).await.map(|_| ()).into();
        }
        reward(file, &attempt.key).await.into()
    })
}

#[tokio::test]
async fn a_statement_without_an_end_is_stopped_with_its_handler() {
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

/// Whether SQLite or the handler's limit is the first to stop it is left to chance, so it is tried often.
#[tokio::test]
async fn a_statement_without_an_end_is_stopped_whoever_stops_it_first() {
    let shop = shop().await;
    let inbox = Inbox::new(shop.store.clone()).back_off(BackOff::new(20, Duration::ZERO, Duration::ZERO));
    // So short that on a busy machine what is harmless takes longer now and then.
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

/// Gives its own statement up, and does without the answer.
fn impatient<'t>(_: Delivery<Redpin>, attempt: Attempt, file: &'t mut SqliteConnection) -> BoxFuture<'t, Outcome> {
    const COUNT: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) \
                         SELECT MAX(i) FROM n";
    Box::pin(async move {
        if attempt.key.starts_with("impatient") {
            let _ = tokio::time::timeout(Duration::from_millis(10), sqlx::query(COUNT).execute(file)).await;
            return Outcome::Done;
        }
        reward(file, &attempt.key).await.into()
    })
}

#[tokio::test]
async fn a_statement_that_a_handler_has_left_running_is_stopped_and_costs_no_other_an_attempt() {
    let shop = shop().await;
    let inbox = Inbox::new(shop.store.clone());
    for number in 0..10 {
        // At the end of a transaction, and before another one.
        let mut ids = vec![shop.accepted(&format!("impatient{number}")).await];
        if number % 2 == 1 {
            ids.push(shop.accepted(&format!("calm{number}")).await);
        }
        let limit = Duration::from_millis(30 + number);
        let (shutdown, ended) = working(inbox.worker().limit_in_tx(limit).run_in_tx(&shop.intake, impatient));
        for id in ids {
            let entry = eventually(&shop.store, id, |entry| entry.state == State::Completed).await;
            assert_eq!(entry.attempt, 1, "{}", entry.key);
        }
        shutdown.cancel();
        ended.await.unwrap();
    }
}

/// With one thread, on which four others work for 1 ms at a time.
#[tokio::test]
async fn nobody_waits_for_a_batch_to_fill_where_the_thread_is_busy() {
    let shop = shop().await;
    let mut others = JoinSet::new();
    for _ in 0..4 {
        others.spawn(async {
            loop {
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_millis(1) {
                    std::hint::spin_loop();
                }
                tokio::task::yield_now().await;
            }
        });
    }
    let mut sent = JoinSet::new();
    for number in 0..200 {
        let (intake, delivery) = (shop.intake.clone(), redpin(&format!("m{number}")));
        sent.spawn(async move {
            let begun = Instant::now();
            assert_eq!(intake.receive(&delivery).await, Reply::Accepted);
            begun.elapsed()
        });
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut waits = sent.join_all().await;
    waits.sort_unstable();
    assert!(waits[100] < Duration::from_millis(150), "half of them waited for longer than {:?}", waits[100]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_has_its_turn_while_deliveries_never_cease() {
    let shop = shop().await;
    shop.accepted("first").await;
    // Not a worker's, which would claim and extend meanwhile.
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_with_slow_handlers_keeps_no_other_process_from_receiving() {
    let shop = shop().await;
    for number in 0..200 {
        shop.accepted(&format!("m{number}")).await;
    }
    let _working = working(shop.inbox.worker().run_in_tx(&shop.intake, |_, attempt, file| {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            reward(file, &attempt.key).await.into()
        })
    }));
    // What is another process's writer knows nothing of the worker's.
    let other = open(&shop.database.url).await;
    let begun = Instant::now();
    let mut waits = Vec::new();
    while begun.elapsed() < Duration::from_secs(3) {
        let asked = Instant::now();
        other.accept(NewEntry::of("shop", &redpin(&format!("n{}", waits.len())), 3)).await.unwrap();
        waits.push(asked.elapsed());
    }
    waits.sort_unstable();
    let paid = shop.rewards().await.len();
    assert!(paid > 20 && paid < 200, "handlers go on, and are at it to the end: {paid}");
    assert!(waits[waits.len() - 1] < Duration::from_millis(750), "{} deliveries, {:?}", waits.len(), waits.last());
}

/// A statement is not a point at which a handler can be stopped: SQLite must be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_stops_a_statement_that_is_running() {
    let shop = shop().await;
    let id = shop.accepted("m1").await;
    let lease = Duration::from_secs(2);
    let worker = shop.inbox.worker().lease(lease).limit_in_tx(lease * 4).grace(Duration::from_millis(300));
    let (shutdown, worked) = working(worker.run_in_tx(&shop.intake, |_, attempt, file| {
        Box::pin(async move {
            reward(file, &attempt.key).await.unwrap();
            let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n";
            sqlx::query(endless).execute(file).await.map(|_| ()).into()
        })
    }));
    eventually(&shop.store, id, |entry| entry.state == State::Running).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let asked = Instant::now();
    shutdown.cancel();
    worked.await.unwrap();
    assert!(asked.elapsed() < Duration::from_millis(1_500), "{:?}", asked.elapsed());
    let entry = shop.store.get(id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempt, entry.last_attempt), (State::Retryable, 1, 21));
    assert!(shop.rewards().await.is_empty());
}

/// A rolling restart: who opens the file asks as often as who writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_with_slow_handlers_keep_nobody_from_opening() {
    let shop = shop().await;
    for number in 0..1_000 {
        shop.accepted(&format!("m{number}")).await;
    }
    let mut workers = Vec::new();
    for _ in 0..3 {
        let inbox = Inbox::new(open(&shop.database.url).await);
        let intake = inbox.intake("shop", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
        workers.push(working(inbox.worker().run_in_tx(&intake, |_, attempt, file| {
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                reward(file, &attempt.key).await.into()
            })
        })));
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    for _ in 0..5 {
        let asked = Instant::now();
        open(&shop.database.url).await;
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    }
}

/// What a handler attaches may be somebody else's for a moment.
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
    let _working = working(shop.inbox.worker().run_in_tx(&shop.intake, move |_, attempt, file| {
        let attach = sqlx::query("ATTACH $1 AS other").bind(other.clone());
        Box::pin(async move {
            // An earlier attempt may have attached it.
            let _ = attach.execute(&mut *file).await;
            if let Err(error) = sqlx::query("UPDATE other.price SET amount = 2").execute(&mut *file).await {
                return Err::<(), _>(error).into();
            }
            reward(file, &attempt.key).await.into()
        })
    }));
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
