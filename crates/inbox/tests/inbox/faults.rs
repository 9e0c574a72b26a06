//! Handlers that panic or hang, stores that fail under a running worker, and shutdowns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use referral_webhooks_inbox::Outcome;
use referral_webhooks_inbox::store::State;
use tokio::time::{Instant, sleep};

use crate::support::{Mode, accepted, claim, entry, faulty_inbox, finished, inbox, leaked, start};

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
    let _running = start(worker);
    for (id, reason) in [("panics", "the handler panicked"), ("hangs", "the handler took longer than 2000 ms")] {
        let poison = accepted(&intake, id).await;
        let other = accepted(&intake, &format!("other-{id}")).await;
        assert_eq!(finished(inbox.store(), other).await.state, State::Completed, "other entries are not delayed");
        let dead = finished(inbox.store(), poison).await;
        assert_eq!((dead.state, dead.attempt, dead.reason.as_deref()), (State::Discarded, 20, Some(reason)), "{id}");
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
    let _first = start(inbox.worker().run(&intake, handler));
    let _second = start(inbox.worker().run(&intake, handler));
    let entry = finished(inbox.store(), accepted(&intake, "m1").await).await;
    assert_eq!((entry.state, entry.attempt, runs.load(Ordering::SeqCst)), (State::Completed, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_handler_whose_lease_expired_is_stopped() {
    let (store, inbox, intake) = faulty_inbox();
    let ended = leaked::<AtomicUsize>();
    let worker = inbox.worker().run(&intake, move |_, _| async move {
        sleep(Duration::from_secs(100)).await;
        ended.fetch_add(1, Ordering::SeqCst);
        Outcome::Done
    });
    let _running = start(worker);
    let id = accepted(&intake, "m1").await;
    sleep(Duration::from_secs(1)).await;
    // The worker does not reach the store for longer than its lease, and another worker rescues the entry.
    store.set(Mode::Hanging);
    sleep(Duration::from_secs(35)).await;
    assert_eq!(claim(&store.inner, 1, Duration::from_secs(1_000)).await[0].lease.attempt, 2);
    store.set(Mode::Working);
    sleep(Duration::from_secs(200)).await;
    assert_eq!(ended.load(Ordering::SeqCst), 0, "it was stopped when its lease expired");
    let entry = entry(&store, id).await;
    assert_eq!((entry.state, entry.attempt), (State::Running, 2), "the other worker holds the lease");
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_store_loses_no_entry() {
    let (store, inbox, intake) = faulty_inbox();
    let worker = inbox.worker().run(&intake, async |_, _| {
        sleep(Duration::from_secs(3)).await;
        Outcome::Done
    });
    let _running = start(worker);
    let id = accepted(&intake, "m1").await;
    sleep(Duration::from_secs(1)).await;
    store.set(Mode::Broken);
    sleep(Duration::from_secs(60)).await;
    store.set(Mode::Working);
    let entry = finished(&store, id).await;
    assert_eq!(entry.state, State::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_running_handlers() {
    let (inbox, intake) = inbox();
    let worker = inbox.worker().run(&intake, async |_, _| {
        sleep(Duration::from_secs(10)).await;
        Outcome::Done
    });
    let running = start(worker);
    let id = accepted(&intake, "m1").await;
    sleep(Duration::from_secs(1)).await;
    running.shut_down();
    let late = accepted(&intake, "m2").await;
    running.stop().await;
    assert_eq!(entry(inbox.store(), id).await.state, State::Completed);
    let late = entry(inbox.store(), late).await;
    assert_eq!((late.state, late.attempt), (State::Available, 0), "no attempt begins after the shutdown");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_releases_a_handler_that_hangs() {
    let (inbox, intake) = inbox();
    let worker = inbox.worker().run(&intake, async |_, _| std::future::pending::<Outcome>().await);
    let running = start(worker);
    let id = accepted(&intake, "m1").await;
    sleep(Duration::from_secs(1)).await;
    let asked = Instant::now();
    running.stop().await;
    assert_eq!(asked.elapsed().as_secs(), 25);
    let entry = entry(inbox.store(), id).await;
    assert_eq!((entry.state, entry.attempt, entry.last_attempt), (State::Retryable, 1, 21), "no attempt is burnt");
    assert_eq!(claim(inbox.store(), 1, Duration::from_secs(30)).await.len(), 1, "it is due at once");
}
