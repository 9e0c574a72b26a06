//! A stored delivery reaches its handler, and its entry ends with the handler's outcome.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Trust};
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::{Attempt, Inbox, MemoryStore, Outcome};
use tokio::time::{Instant, sleep};

use crate::support::{
    Mode, OTHER_SECRET, REFERRAL, SECRET, accepted, entry, faulty_inbox, finished, inbox, leaked, redpin, shop, start,
};

#[tokio::test(start_paused = true)]
async fn a_handler_receives_the_verified_delivery() {
    let (inbox, intake) = inbox();
    let seen = leaked::<Mutex<Option<(Delivery<Redpin>, Attempt)>>>();
    let worker = inbox.worker().run(&intake, move |delivery, attempt| async move {
        *seen.lock().unwrap() = Some((delivery, attempt));
        Outcome::Done
    });
    let running = start(worker);
    let id = accepted(&intake, "m1").await;
    assert_eq!(finished(inbox.store(), id).await.state, State::Completed);
    running.stop().await;
    let (delivery, attempt) = seen.lock().unwrap().take().unwrap();
    let sent = redpin("m1");
    assert_eq!((delivery.id(), delivery.body(), delivery.trust()), (sent.id(), sent.body(), Trust::Signed));
    assert!(delivery.signed_at().is_some() && delivery.secret_index() == 0);
    assert_eq!((attempt.entry, attempt.id.as_str(), attempt.number, attempt.last), (id, "m1", 1, 20));
}

#[tokio::test(start_paused = true)]
async fn the_outcome_decides_the_state() {
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
    let _running = start(worker);
    for (id, _, state, reason) in outcomes() {
        let entry = finished(inbox.store(), accepted(&intake, id).await).await;
        assert_eq!((entry.state, entry.reason.as_deref()), (state, reason), "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn retries_follow_the_back_off_and_end_as_dead_letters() {
    let (inbox, intake) = inbox();
    let times = leaked::<Mutex<Vec<Instant>>>();
    let worker = inbox.worker().run(&intake, move |_, _| async move {
        times.lock().unwrap().push(Instant::now());
        Err::<(), _>("the database is unavailable")
    });
    let _running = start(worker);
    let dead = finished(inbox.store(), accepted(&intake, "m1").await).await;
    assert_eq!((dead.state, dead.attempt), (State::Discarded, 20));
    assert_eq!(dead.reason.as_deref(), Some("the database is unavailable"));
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
async fn a_back_off_of_the_handler_is_kept() {
    let (inbox, intake) = inbox();
    let begun = Instant::now();
    let worker = inbox.worker().run(&intake, async move |_, attempt| match attempt.number {
        1 => Outcome::RetryAfter(Duration::from_secs(1_000), "busy".into()),
        _ => Outcome::Done,
    });
    let _running = start(worker);
    finished(inbox.store(), accepted(&intake, "m1").await).await;
    assert!((1_000..1_005).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn running_handlers_are_bounded_by_the_concurrency() {
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
    let _running = start(worker);
    finished(inbox.store(), last).await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn an_entry_waits_for_its_removed_secret() {
    let store = MemoryStore::new();
    let intake = shop(&Inbox::new(store.clone()));
    let id = accepted(&intake, "m1").await;
    let work = |endpoint: Endpoint<Redpin>| {
        let inbox = Inbox::new(store.clone());
        let intake = inbox.intake("shop", endpoint).unwrap();
        start(inbox.worker().run(&intake, async |_, _| Outcome::Done))
    };
    let running = work(Endpoint::new(OTHER_SECRET).unwrap());
    sleep(Duration::from_secs(60)).await;
    let waiting = entry(&store, id).await;
    assert_eq!(waiting.state, State::Retryable);
    assert!(waiting.reason.unwrap().contains("does not have the secret"));
    running.stop().await;
    let _running = work(Endpoint::new(OTHER_SECRET).unwrap().or_previous(SECRET).unwrap());
    assert_eq!(finished(&store, id).await.state, State::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_back_off_is_capped_at_thirty_days() {
    let (inbox, intake) = inbox();
    let forever = async move |_, attempt: Attempt| match attempt.number {
        1 => Outcome::RetryAfter(Duration::MAX, "as another service requested".into()),
        _ => Outcome::Done,
    };
    let hour = Duration::from_secs(60 * 60);
    let _running = start(inbox.worker().poll(hour).run(&intake, forever));
    let id = accepted(&intake, "m1").await;
    let state = async || entry(inbox.store(), id).await.state;
    sleep(30 * 24 * hour - hour).await;
    assert_eq!(state().await, State::Retryable);
    sleep(3 * hour).await;
    assert_eq!(state().await, State::Completed);
}

/// While a claim takes long, more handlers end, so that the next claim serves several of them.
#[tokio::test(start_paused = true)]
async fn a_slow_claim_serves_several_handlers() {
    let (store, inbox, intake) = faulty_inbox();
    let mut ids = Vec::new();
    for number in 0..160 {
        ids.push(accepted(&intake, &format!("m{number}")).await);
    }
    store.set(Mode::Slow);
    let running = start(inbox.worker().concurrency(16).run(&intake, |_, attempt| async move {
        // A few take longer than the others.
        sleep(Duration::from_millis(if attempt.entry.0 % 4 == 0 { 50 } else { 10 })).await;
        Outcome::Done
    }));
    for id in ids {
        assert_eq!(finished(&store, id).await.state, State::Completed);
    }
    running.stop().await;
    let claims = store.claims.load(Ordering::SeqCst);
    assert!(claims <= 14, "160 entries in claims of at least 12: {claims}");
}

#[tokio::test(start_paused = true)]
async fn a_subject_is_processed_in_the_order_of_its_signatures() {
    let (inbox, intake) = inbox();
    let intake = intake.one_at_a_time(|delivery| Some(delivery.id().as_str().chars().take(1).collect()));
    let seen = leaked::<Mutex<Vec<String>>>();
    let now = time::OffsetDateTime::now_utc();
    let signed = |id: &str, seconds: i64| {
        let (endpoint, at) = (intake.endpoint(), now + time::Duration::seconds(seconds));
        let message = referral_webhooks::Message::new(REFERRAL, at).id(id);
        endpoint.receive(&endpoint.sign(&message).unwrap(), now).unwrap()
    };
    let mut last = None;
    for (id, seconds) in [("a3", 3), ("b2", 2), ("a1", 1), ("b1", 1), ("a2", 2)] {
        last = Some(intake.accept(&signed(id, seconds)).await.unwrap().id());
    }
    let worker = inbox.worker().run(&intake, move |delivery, attempt| async move {
        sleep(Duration::from_secs(3)).await;
        seen.lock().unwrap().push(delivery.id().to_string());
        if attempt.id == "a1" && attempt.number == 1 { Outcome::Retry("once more".into()) } else { Outcome::Done }
    });
    let _running = start(worker);
    finished(inbox.store(), last.unwrap()).await;
    sleep(Duration::from_secs(60)).await;
    let order = |subject: char| -> Vec<String> {
        seen.lock().unwrap().iter().filter(|id| id.starts_with(subject)).cloned().collect()
    };
    assert_eq!(
        (order('a'), order('b')),
        (vec!["a1".into(), "a1".into(), "a2".into(), "a3".into()], vec!["b1".into(), "b2".into()])
    );
}
