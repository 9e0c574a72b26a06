//! Handlers that fail in every way, stores that fail under workers, and shutdowns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use referral_webhooks::Endpoint;
use referral_webhooks_inbox::store::{ClaimRequest, State, Store};
use referral_webhooks_inbox::{BackOff, Inbox, Outcome};
use tokio::time::{Instant, sleep};

use crate::support::leaked;
use crate::support::{BROKEN, FaultyStore, HANGING, SECRET, WELL, accepted, finished, inbox, working};

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_or_hangs_ends_as_a_dead_letter() {
    let (inbox, intake) = inbox();
    let worker = inbox.worker().limit(Duration::from_secs(2)).run(&intake, async move |delivery, _| {
        match delivery.id().as_str() {
            "panics" => panic!("about ada@example.org"),
            "hangs" => std::future::pending().await,
            _ => Outcome::Done,
        }
    });
    let _working = working(worker);
    for (key, reason) in [("panics", "the handler panicked"), ("hangs", "the handler took longer than 2000 ms")] {
        let poison = accepted(&intake, key).await;
        let beside = accepted(&intake, &format!("beside {key}").replace(' ', "-")).await;
        assert_eq!(finished(inbox.store(), beside).await.state, State::Completed, "others are not held up");
        let dead = finished(inbox.store(), poison).await;
        assert_eq!((dead.state, dead.attempt, dead.reason.as_deref()), (State::Discarded, 20, Some(reason)), "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_handler_keeps_its_lease() {
    let (inbox, intake) = inbox();
    let runs = leaked::<AtomicUsize>();
    let handler = move |_, _| async move {
        runs.fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_secs(200)).await;
        Outcome::Done
    };
    let _first = working(inbox.worker().run(&intake, handler));
    let _second = working(inbox.worker().run(&intake, handler));
    let entry = finished(inbox.store(), accepted(&intake, "m1").await).await;
    assert_eq!((entry.state, entry.attempt, runs.load(Ordering::SeqCst)), (State::Completed, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_handler_whose_lease_is_lost_is_stopped_and_ends_nothing() {
    let store = FaultyStore::new();
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let ended = leaked::<AtomicUsize>();
    let worker = inbox.worker().run(&intake, move |_, _| async move {
        sleep(Duration::from_secs(100)).await;
        ended.fetch_add(1, Ordering::SeqCst);
        Outcome::Done
    });
    let _working = working(worker);
    let id = accepted(&intake, "m1").await;
    sleep(Duration::from_secs(1)).await;
    // The worker is cut off from the store for longer than its lease; another takes over.
    store.set(HANGING);
    sleep(Duration::from_secs(35)).await;
    let wanted = ClaimRequest::new("another", &["shop".to_owned()], 1, Duration::from_secs(1_000));
    assert_eq!(store.inner.claim(wanted).await.unwrap()[0].lease.attempt, 2);
    store.set(WELL);
    sleep(Duration::from_secs(200)).await;
    assert_eq!(ended.load(Ordering::SeqCst), 0, "it was stopped when its lease was over");
    let entry = store.get(id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempt), (State::Running, 2), "the other one still holds it");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_for_a_minute_costs_no_entry() {
    let store = FaultyStore::new();
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let worker = inbox.worker().run(&intake, async |_, _| {
        sleep(Duration::from_secs(3)).await;
        Outcome::Done
    });
    let _working = working(worker);
    let id = accepted(&intake, "m1").await;
    sleep(Duration::from_secs(1)).await;
    store.set(BROKEN);
    sleep(Duration::from_secs(60)).await;
    store.set(WELL);
    let entry = finished(&store, id).await;
    assert_eq!(entry.state, State::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_handlers_that_end() {
    let (inbox, intake) = inbox();
    let worker = inbox.worker().run(&intake, async |_, _| {
        sleep(Duration::from_secs(10)).await;
        Outcome::Done
    });
    let (shutdown, ended) = working(worker);
    let id = accepted(&intake, "m1").await;
    sleep(Duration::from_secs(1)).await;
    shutdown.cancel();
    let late = accepted(&intake, "m2").await;
    ended.await.unwrap();
    assert_eq!(inbox.store().get(id).await.unwrap().unwrap().state, State::Completed);
    let late = inbox.store().get(late).await.unwrap().unwrap();
    assert_eq!((late.state, late.attempt), (State::Available, 0), "nothing is begun any more");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_releases_what_does_not_end() {
    let (inbox, intake) = inbox();
    let inbox = inbox.back_off(BackOff::default());
    let worker = inbox.worker().run(&intake, async |_, _| std::future::pending::<Outcome>().await);
    let (shutdown, ended) = working(worker);
    let id = accepted(&intake, "m1").await;
    sleep(Duration::from_secs(1)).await;
    let asked = Instant::now();
    shutdown.cancel();
    ended.await.unwrap();
    assert_eq!(asked.elapsed().as_secs(), 25);
    let entry = inbox.store().get(id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempt, entry.last_attempt), (State::Retryable, 1, 21), "no attempt is burnt");
    let wanted = ClaimRequest::new("another", &["shop".to_owned()], 1, Duration::from_secs(30));
    assert_eq!(inbox.store().claim(wanted).await.unwrap().len(), 1, "it is due at once");
}
