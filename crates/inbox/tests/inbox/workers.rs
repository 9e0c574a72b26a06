//! What is stored reaches its handler, and ends as the handler says.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Trust};
use referral_webhooks_inbox::store::{State, Store};
use referral_webhooks_inbox::{Attempt, Inbox, MemoryStore, Outcome};
use tokio::time::{Instant, sleep};

use crate::support::{FaultyStore, OTHER_SECRET, SECRET, SLOW, accepted, delivery, finished, inbox, redpin, working};
use crate::support::{UNKNOWN, leaked};

#[tokio::test(start_paused = true)]
async fn a_delivery_reaches_its_handler_with_its_proof() {
    let (inbox, intake) = inbox();
    let seen = leaked::<Mutex<Option<(Delivery<Redpin>, Attempt)>>>();
    let worker = inbox.worker().run(&intake, move |delivery, attempt| async move {
        *seen.lock().unwrap() = Some((delivery, attempt));
        Outcome::Done
    });
    let (shutdown, ended) = working(worker);
    let id = accepted(&intake, "m1").await;
    assert_eq!(finished(inbox.store(), id).await.state, State::Completed);
    shutdown.cancel();
    ended.await.unwrap();
    let (delivery, attempt) = seen.lock().unwrap().take().unwrap();
    let sent = redpin("m1");
    assert_eq!((delivery.id(), delivery.body(), delivery.trust()), (sent.id(), sent.body(), Trust::Signed));
    assert!(delivery.signed_at().is_some() && delivery.secret_index() == 0);
    assert_eq!((attempt.entry, attempt.id.as_str(), attempt.number, attempt.last), (id, "m1", 1, 20));
}

#[tokio::test(start_paused = true)]
async fn outcomes_are_what_the_handler_says() {
    let (inbox, intake) = inbox();
    let outcomes = || {
        [
            ("done", Outcome::Done, State::Completed, None),
            ("ignored", Outcome::Ignored("not ours".into()), State::Completed, Some("not ours")),
            ("discard", Outcome::Discard("never".into()), State::Discarded, Some("never")),
            ("ok", Ok::<(), String>(()).into(), State::Completed, None),
        ]
    };
    let worker = inbox.worker().run(&intake, move |delivery, _| async move {
        outcomes().into_iter().find(|row| row.0 == delivery.id().as_str()).unwrap().1
    });
    let _working = working(worker);
    for (key, _, state, reason) in outcomes() {
        let entry = finished(inbox.store(), accepted(&intake, key).await).await;
        assert_eq!((entry.state, entry.reason.as_deref()), (state, reason), "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn retries_follow_the_schedule_and_end_as_dead_letters() {
    let (inbox, intake) = inbox();
    let times = leaked::<Mutex<Vec<Instant>>>();
    let worker = inbox.worker().run(&intake, move |_, _| async move {
        times.lock().unwrap().push(Instant::now());
        Err::<(), _>("the database is away")
    });
    let _working = working(worker);
    let dead = finished(inbox.store(), accepted(&intake, "m1").await).await;
    assert_eq!((dead.state, dead.attempt), (State::Discarded, 20));
    assert_eq!(dead.reason.as_deref(), Some("the database is away"));
    let times = times.lock().unwrap();
    let hours = (times[19] - times[0]).as_secs() / 3_600;
    assert!((35..=60).contains(&hours), "{hours} hours");
    for (failed, pair) in times.windows(2).enumerate() {
        let want = referral_webhooks_inbox::BackOff::default().wait(failed as u32 + 1);
        let gap = pair[1] - pair[0];
        assert!(gap >= want.mul_f64(0.74) && gap <= want.mul_f64(1.25) + Duration::from_secs(2), "{want:?}: {gap:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_its_own_is_kept() {
    let (inbox, intake) = inbox();
    let begun = Instant::now();
    let worker = inbox.worker().run(&intake, async move |_, attempt| match attempt.number {
        1 => Outcome::RetryAfter(Duration::from_secs(1_000), "busy".into()),
        _ => Outcome::Done,
    });
    let _working = working(worker);
    finished(inbox.store(), accepted(&intake, "m1").await).await;
    assert!((1_000..1_005).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn no_more_handlers_run_at_once_than_allowed() {
    let (inbox, intake) = inbox();
    let running = leaked::<AtomicUsize>();
    let most = leaked::<AtomicUsize>();
    let worker = inbox.worker().concurrency(3).run(&intake, move |_, _| async move {
        let now = running.fetch_add(1, Ordering::SeqCst) + 1;
        most.fetch_max(now, Ordering::SeqCst);
        sleep(Duration::from_secs(1)).await;
        running.fetch_sub(1, Ordering::SeqCst);
        Outcome::Done
    });
    for number in 0..10 {
        accepted(&intake, &format!("m{number}")).await;
    }
    let last = accepted(&intake, "last").await;
    let _working = working(worker);
    finished(inbox.store(), last).await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_was_taken_away_is_waited_for() {
    let store = MemoryStore::new();
    let intake = Inbox::new(store.clone()).intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let id = accepted(&intake, "m1").await;
    let work = |endpoint: Endpoint<Redpin>| {
        let inbox = Inbox::new(store.clone());
        let intake = inbox.intake("shop", endpoint).unwrap();
        working(inbox.worker().run(&intake, async |_, _| Outcome::Done))
    };
    let (shutdown, ended) = work(Endpoint::new(OTHER_SECRET).unwrap());
    sleep(Duration::from_secs(60)).await;
    let waiting = store.get(id).await.unwrap().unwrap();
    assert_eq!(waiting.state, State::Retryable);
    assert!(waiting.reason.unwrap().contains("does not verify"));
    shutdown.cancel();
    ended.await.unwrap();
    let _working = work(Endpoint::new(OTHER_SECRET).unwrap().or_previous(SECRET).unwrap());
    assert_eq!(finished(&store, id).await.state, State::Completed);
}

#[tokio::test(start_paused = true)]
async fn events_that_cannot_be_read_are_parked_and_reach_no_handler() {
    for body in [UNKNOWN, "{}", "not JSON", r#"{"event_name":"REFERRAL_CREATED","data":7}"#] {
        let (inbox, redpin) = inbox();
        let handed = leaked::<Mutex<Vec<String>>>();
        let worker = inbox.worker().run(&redpin, move |_, attempt| async move {
            handed.lock().unwrap().push(attempt.id);
            Outcome::Ignored("no reward for it".into())
        });
        let _working = working(worker);
        let sent = delivery(redpin.endpoint(), "m1", body);
        assert_eq!(redpin.receive(&sent).await, referral_webhooks::Reply::Accepted);
        let known = accepted(&redpin, "m2").await;
        finished(inbox.store(), known).await;
        sleep(Duration::from_secs(3600)).await;
        let parked = inbox.store().get(referral_webhooks_inbox::EntryId(1)).await.unwrap().unwrap();
        assert_eq!((parked.state, parked.attempt, parked.has_body), (State::Parked, 0, true), "{body}");
        assert!(parked.unreadable.is_some(), "{body}");
        assert_eq!(*handed.lock().unwrap(), ["m2"], "{body}");
        assert_eq!(inbox.health().await.stats.unwrap().parked, 1, "{body}");
        // By hand it is due, reaches no handler either, and has lost no attempt.
        assert!(inbox.redeliver(parked.id, "ada").await.unwrap());
        sleep(Duration::from_secs(3600)).await;
        let parked = inbox.store().get(parked.id).await.unwrap().unwrap();
        assert_eq!((parked.state, parked.last_attempt - parked.attempt), (State::Parked, 20), "{body}");
        assert!(inbox.cancel(parked.id, "ada").await.unwrap());
        assert_eq!(inbox.health().await.stats.unwrap().parked, 0, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_asks_receives_unknown_events_and_retries_them() {
    let (inbox, redpin) = inbox();
    let handed = leaked::<Mutex<Vec<(&'static str, String, u32)>>>();
    let note = move |handler, attempt: referral_webhooks_inbox::Attempt| {
        handed.lock().unwrap().push((handler, attempt.id, attempt.number));
        if attempt.number == 1 { Outcome::Retry("once more".into()) } else { Outcome::Done }
    };
    let before = redpin.accept(&delivery(redpin.endpoint(), "before", UNKNOWN)).await.unwrap().id();
    let worker = inbox.worker().run(&redpin, move |_, attempt| async move { note("known", attempt) }).unknown_events(
        &redpin,
        move |delivery, attempt| async move {
            assert!(referral_webhooks::platform::Event::why_other(delivery.event()).is_some());
            note("unknown", attempt)
        },
    );
    let _working = working(worker);
    let after = redpin.accept(&delivery(redpin.endpoint(), "after", "not JSON")).await.unwrap().id();
    let known = accepted(&redpin, "known").await;
    for id in [before, after, known] {
        for _ in 0..100 {
            sleep(Duration::from_secs(30)).await;
        }
        let entry = inbox.store().get(id).await.unwrap().unwrap();
        assert_eq!((entry.state, entry.attempt), (State::Completed, 2), "{}", entry.delivery_id);
    }
    let mut handed = handed.lock().unwrap().clone();
    handed.sort();
    let want = [("known", "known"), ("unknown", "after"), ("unknown", "before")];
    let want: Vec<_> =
        want.iter().flat_map(|(by, key)| [(*by, key.to_string(), 1), (*by, key.to_string(), 2)]).collect();
    assert_eq!(handed, want);
}

#[tokio::test(start_paused = true)]
async fn a_released_entry_leaves_its_hanging_handler_and_is_processed() {
    let (inbox, redpin) = inbox();
    let ended = leaked::<Mutex<Vec<u32>>>();
    let worker = inbox.worker().lease(Duration::from_secs(30)).limit(Duration::from_secs(86_400)).run(
        &redpin,
        move |_, attempt| {
            struct Stopped(u32, &'static Mutex<Vec<u32>>);
            impl Drop for Stopped {
                fn drop(&mut self) {
                    self.1.lock().unwrap().push(self.0);
                }
            }
            async move {
                let _stopped = Stopped(attempt.number, ended);
                if attempt.number == 1 {
                    std::future::pending::<()>().await;
                }
                Outcome::Done
            }
        },
    );
    let id = accepted(&redpin, "m1").await;
    let _working = working(worker);
    sleep(Duration::from_secs(600)).await;
    assert_eq!(inbox.store().get(id).await.unwrap().unwrap().state, State::Running, "it would run for ever");
    assert!(inbox.release(id, "ada").await.unwrap());
    sleep(Duration::from_secs(31)).await;
    let done = inbox.store().get(id).await.unwrap().unwrap();
    assert_eq!((done.state, done.attempt, done.last_attempt), (State::Completed, 2, 21));
    let mut ended = ended.lock().unwrap().clone();
    ended.sort_unstable();
    assert_eq!(ended, [1, 2], "the handler of the lost lease was stopped");
    let what: Vec<String> = inbox.store().history(id).await.unwrap().into_iter().map(|event| event.what).collect();
    assert_eq!(what, ["released", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_redelivered_entry_runs_again_with_all_attempts() {
    let (inbox, intake) = inbox();
    let runs = leaked::<AtomicUsize>();
    let worker = inbox.worker().run(&intake, move |_, attempt| async move {
        runs.fetch_add(1, Ordering::SeqCst);
        if attempt.number == 1 { Outcome::Discard("a bug".into()) } else { Outcome::Done }
    });
    let _working = working(worker);
    let id = accepted(&intake, "m1").await;
    assert_eq!(finished(inbox.store(), id).await.state, State::Discarded);
    assert!(inbox.redeliver(id, "ada").await.unwrap());
    let entry = finished(inbox.store(), id).await;
    assert_eq!((entry.state, entry.attempt, entry.last_attempt), (State::Completed, 2, 21));
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_wait_without_an_end_is_one_of_thirty_days() {
    let (inbox, intake) = inbox();
    let forever = async move |_, attempt: Attempt| match attempt.number {
        1 => Outcome::RetryAfter(Duration::MAX, "as another service asked for".into()),
        _ => Outcome::Done,
    };
    let hour = Duration::from_secs(60 * 60);
    let _working = working(inbox.worker().poll(hour).run(&intake, forever));
    let id = accepted(&intake, "m1").await;
    let state = async || inbox.store().get(id).await.unwrap().unwrap().state;
    sleep(30 * 24 * hour - hour).await;
    assert_eq!(state().await, State::Retryable);
    sleep(3 * hour).await;
    assert_eq!(state().await, State::Completed);
}

/// Where a claim takes long, those that would be begun by themselves wait for others, and all share it.
#[tokio::test(start_paused = true)]
async fn a_slow_claim_is_made_for_many() {
    let store = FaultyStore::new();
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let mut ids = Vec::new();
    for number in 0..160 {
        ids.push(accepted(&intake, &format!("m{number}")).await);
    }
    store.set(SLOW);
    let (shutdown, ended) = working(inbox.worker().concurrency(16).run(&intake, |_, attempt| async move {
        // A few take longer than the others.
        sleep(Duration::from_millis(if attempt.entry.0 % 4 == 0 { 50 } else { 10 })).await;
        Outcome::Done
    }));
    for id in ids {
        assert_eq!(finished(&store, id).await.state, State::Completed);
    }
    shutdown.cancel();
    ended.await.unwrap();
    let claims = store.claims.load(Ordering::SeqCst);
    assert!(claims <= 14, "160 in claims of 12 at least: {claims}");
}
