//! Extreme durations of a caller: none of them panics, or delays an entry by years.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use referral_webhooks_inbox::store::{Lease, State, Store as _};
use referral_webhooks_inbox::{BackOff, Inbox, MemoryStore, Outcome, Worker};
use time::OffsetDateTime;
use tokio::time::sleep;

use crate::support::{accepted, endpoint, entry, leaked, redpin, shop, start};

type Set = (&'static str, fn(Worker<MemoryStore>, Duration) -> Worker<MemoryStore>);
type SetInbox = (&'static str, fn(Inbox<MemoryStore>, Duration) -> Inbox<MemoryStore>);

/// Returns durations that a configuration may contain.
fn durations() -> Vec<Duration> {
    let longest = [i64::MAX as u64, u64::MAX - 1, u64::MAX];
    let mut durations: Vec<Duration> = longest.into_iter().map(Duration::from_secs).collect();
    durations.extend(longest.map(Duration::from_millis));
    durations.extend(longest.map(Duration::from_nanos));
    let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
    durations.extend([days(1), days(3_650), days(365_000), days(10_000_000), Lease::LONGEST]);
    durations.extend([Duration::MAX, Duration::ZERO, Duration::from_nanos(1), Duration::new(1, 999_999_999)]);
    durations
}

/// Runs a worker with a setting. The first attempt fails, and the second one succeeds.
async fn run_with(name: &str, duration: Duration, inbox: Inbox<MemoryStore>, set: Option<Set>) {
    // A retention of ids that is too short is refused at start-up.
    let Ok(intake) = inbox.intake("shop", endpoint()) else { return };
    let attempts = leaked::<AtomicU32>();
    let worker = inbox.worker().run(&intake, move |_, attempt| async move {
        attempts.fetch_max(attempt.number, Ordering::SeqCst);
        if attempt.number == 1 { Outcome::Retry("once more".into()) } else { Outcome::Done }
    });
    let worker = match set {
        Some((_, set)) => set(worker, duration),
        None => worker,
    };
    let running = start(worker);
    let id = match intake.accept(&redpin("m1")).await {
        Ok(accepted) => accepted.id(),
        // A budget of zero expires before the store answers.
        Err(_) => {
            sleep(Duration::from_secs(1)).await;
            inbox.store().list(Default::default()).await.unwrap()[0].id
        }
    };
    let mut found = entry(inbox.store(), id).await;
    for _ in 0..200 {
        if found.state.is_finished() || attempts.load(Ordering::SeqCst) > 1 {
            break;
        }
        sleep(Duration::from_secs(1)).await;
        found = entry(inbox.store(), id).await;
    }
    assert!(found.attempt > 0 || duration.is_zero(), "{name}({duration:?}): it was attempted: {found:?}");
    let now = OffsetDateTime::now_utc();
    let latest = found.next_at.map_or(time::Duration::ZERO, |at| at - now);
    assert!(latest < Duration::from_secs(40 * 24 * 60 * 60), "{name}({duration:?}): it waits for {latest}");
    running.shut_down();
    running.ended.await.unwrap_or_else(|error| panic!("{name}({duration:?}): the worker ends: {error}"));
    inbox.health().await;
}

#[tokio::test(start_paused = true)]
async fn every_setter_of_a_worker_accepts_any_duration() {
    let setters: [Set; 6] = [
        ("lease", |worker, duration| worker.lease(duration)),
        ("limit", |worker, duration| worker.limit(duration)),
        ("limit_in_tx", |worker, duration| worker.limit_in_tx(duration)),
        ("poll", |worker, duration| worker.poll(duration)),
        ("grace", |worker, duration| worker.grace(duration)),
        ("all", |worker, duration| {
            worker
                .lease(duration)
                .limit(duration)
                .limit_in_tx(duration)
                .poll(duration)
                .grace(duration)
                .concurrency(usize::MAX)
        }),
    ];
    for set in setters {
        for duration in durations() {
            run_with(set.0, duration, Inbox::new(MemoryStore::new()), Some(set)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_setter_of_an_inbox_accepts_any_duration() {
    let setters: [SetInbox; 6] = [
        ("accept_within", |inbox, duration| inbox.accept_within(duration)),
        ("back_off, first", |inbox, duration| inbox.back_off(BackOff::new(3, duration, Duration::from_secs(1)))),
        ("back_off, longest", |inbox, duration| inbox.back_off(BackOff::new(u32::MAX, duration, duration))),
        ("keep_ids", |inbox, duration| inbox.keep_ids(duration)),
        ("keep_bodies", |inbox, duration| inbox.keep_bodies(duration)),
        ("keep_dead_letters", |inbox, duration| inbox.keep_dead_letters(duration)),
    ];
    for (name, set) in setters {
        for duration in durations() {
            run_with(name, duration, set(Inbox::new(MemoryStore::new()), duration), None).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_request_any_back_off() {
    for wait in durations() {
        let inbox = Inbox::new(MemoryStore::new());
        let intake = shop(&inbox);
        let worker = inbox.worker().run(&intake, move |_, attempt| async move {
            if attempt.number == 1 { Outcome::RetryAfter(wait, "later".into()) } else { Outcome::Done }
        });
        let running = start(worker);
        let id = accepted(&intake, "m1").await;
        sleep(Duration::from_secs(2)).await;
        let entry = entry(inbox.store(), id).await;
        assert!(matches!(entry.state, State::Retryable | State::Completed), "{wait:?}: {entry:?}");
        running.stop().await;
    }
}
