//! Reading again, erasing somebody, one subject at a time, and health.

use std::sync::Mutex;
use std::time::Duration;

use referral_webhooks::Endpoint;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::store::{ClaimRequest, Finish, NewEntry, State, Store};
use referral_webhooks_inbox::{BackOff, Inbox, Intake, MemoryStore, Outcome};
use tokio::time::{Instant, sleep};

use crate::support::{
    BROKEN, FaultyStore, HANGING, OTHER_SECRET, REFERRAL, SECRET, UNKNOWN, WELL, accepted, delivery, finished, inbox,
    leaked, redpin, working,
};

/// An entry as a version would have stored it that cannot read this event.
async fn unread(
    intake: &Intake<Redpin, MemoryStore>,
    store: &MemoryStore,
    key: &str,
) -> referral_webhooks_inbox::EntryId {
    let mut unread = NewEntry::of("shop", &delivery(intake.endpoint(), key, REFERRAL), 1);
    (unread.event, unread.unreadable) = (None, Some("not readable by an older version".into()));
    store.accept(unread).await.unwrap().id()
}

#[tokio::test(start_paused = true)]
async fn what_can_be_read_after_an_upgrade_is_processed() {
    let (inbox, intake) = inbox();
    let store = inbox.store();
    let dead = unread(&intake, store, "m1").await;
    let asked = ClaimRequest::new("old", &["shop".into()], 1, Duration::from_secs(9)).unknown(&["shop".into()]);
    let claims = store.claim(asked).await.unwrap();
    store.finish(&claims[0].lease, Finish::Discard("what is that?".into())).await.unwrap();
    let parked = unread(&intake, store, "m2").await;
    let still = intake.accept(&delivery(intake.endpoint(), "m3", UNKNOWN)).await.unwrap().id();
    assert_eq!(store.stats().await.unwrap().parked, 2);
    let redecoded = intake.redecode("ada").await.unwrap();
    assert_eq!((redecoded.readable, redecoded.processed, redecoded.unreadable, redecoded.unverified), (2, 2, 1, 0));
    let _working = working(inbox.worker().run(&intake, async |_, _| Outcome::Done));
    for (id, want) in [(dead, &["discarded", "redecoded", "completed"][..]), (parked, &["redecoded", "completed"])] {
        let read = finished(store, id).await;
        assert_eq!(
            (read.state, read.event.as_deref(), read.unreadable),
            (State::Completed, Some("REFERRAL_CREATED"), None)
        );
        let what: Vec<String> = store.history(id).await.unwrap().into_iter().map(|event| event.what).collect();
        assert_eq!(what, want);
    }
    let still = finished(store, still).await;
    assert_eq!((still.state, still.unreadable.is_some()), (State::Parked, true));
}

#[tokio::test]
async fn what_can_be_read_after_an_upgrade_waits_for_its_subject() {
    let (inbox, intake) = inbox();
    let intake = intake.one_at_a_time(|_| Some("ada".into()));
    let running = accepted(&intake, "m1").await;
    let asked = || ClaimRequest::new("worker", &["shop".into()], 9, Duration::from_secs(9));
    let claim = inbox.store().claim(asked()).await.unwrap().remove(0);
    let parked = unread(&intake, inbox.store(), "m2").await;
    assert_eq!(intake.redecode("ada").await.unwrap().processed, 1);
    assert!(inbox.store().claim(asked()).await.unwrap().is_empty());
    assert_eq!(inbox.store().get(parked).await.unwrap().unwrap().state, State::Waiting);
    assert_eq!(claim.lease.id, running);
    assert!(inbox.store().finish(&claim.lease, Finish::Complete(None)).await.unwrap());
    assert_eq!(inbox.store().claim(asked()).await.unwrap().remove(0).lease.id, parked);
}

#[tokio::test]
async fn somebody_is_erased_wherever_they_stand_and_nobody_else() {
    let (inbox, intake) = inbox();
    let sent = |key: &str, body: &str| delivery(intake.endpoint(), key, body);
    let of_ada = &REFERRAL.replace("r1", "ada@example.org");
    let of_grace = &REFERRAL.replace("r1", "grace@example.org");
    let mut ids = Vec::new();
    // Two pages and more.
    for number in 0..250 {
        let body = if number % 50 == 0 { of_ada } else { of_grace };
        ids.push(intake.accept(&sent(&format!("m{number}"), body)).await.unwrap().id());
    }
    // Another body under one of Grace's keys is about Ada, and so is an event that cannot be read.
    let conflict = intake.accept(&sent("m1", of_ada)).await.unwrap().id();
    let unknown = intake.accept(&sent("m250", r#"{"email":"ada@example.org"}"#)).await.unwrap().id();
    let claims = ClaimRequest::new("worker", &["shop".to_owned()], 1, Duration::from_secs(9));
    assert_eq!(inbox.store().claim(claims).await.unwrap()[0].delivery_id, "m0");
    let is_ada =
        |delivery: &referral_webhooks::Delivery<Redpin>| delivery.body().windows(3).any(|bytes| bytes == b"ada");
    let erased = intake.erase_where(is_ada, "the data protection officer").await.unwrap();
    assert_eq!((erased.erased, erased.running, erased.unverified), (6, 1, 0));
    for id in [conflict, unknown] {
        let entry = inbox.store().get(id).await.unwrap().unwrap();
        assert_eq!((entry.has_body, entry.state), (false, State::Cancelled));
    }
    for (number, id) in ids.iter().enumerate() {
        let entry = inbox.store().get(*id).await.unwrap().unwrap();
        let is_erased = number % 50 == 0 && number > 0;
        assert_eq!(entry.has_body, !is_erased, "m{number}");
        assert_eq!(entry.delivery_id, format!("m{number}"), "keys stay");
    }
    // The secret was replaced: nobody can tell whom they are about.
    let other = Inbox::new(inbox.store().clone()).intake("shop", Endpoint::new(OTHER_SECRET).unwrap()).unwrap();
    let erased = other.erase_where(is_ada, "the data protection officer").await.unwrap();
    assert_eq!((erased.erased, erased.unverified), (0, 246));
}

#[tokio::test(start_paused = true)]
async fn one_subject_is_processed_in_the_order_of_its_signatures() {
    let (inbox, intake) = inbox();
    let intake = intake.one_at_a_time(|delivery| Some(delivery.id().as_str().chars().take(1).collect()));
    let seen = leaked::<Mutex<Vec<String>>>();
    let now = time::OffsetDateTime::now_utc();
    let signed = |key: &str, seconds: i64| {
        let (endpoint, at) = (intake.endpoint(), now + time::Duration::seconds(seconds));
        let message = referral_webhooks::Message::new(REFERRAL, at).id(key);
        endpoint.receive(&endpoint.sign(&message).unwrap(), now).unwrap()
    };
    let mut last = None;
    for (key, seconds) in [("a3", 3), ("b2", 2), ("a1", 1), ("b1", 1), ("a2", 2)] {
        last = Some(intake.accept(&signed(key, seconds)).await.unwrap().id());
    }
    let worker = inbox.worker().run(&intake, move |delivery, attempt| async move {
        sleep(Duration::from_secs(3)).await;
        seen.lock().unwrap().push(delivery.id().to_string());
        if attempt.id == "a1" && attempt.number == 1 { Outcome::Retry("once more".into()) } else { Outcome::Done }
    });
    let _working = working(worker);
    finished(inbox.store(), last.unwrap()).await;
    sleep(Duration::from_secs(60)).await;
    let order = |subject: char| -> Vec<String> {
        seen.lock().unwrap().iter().filter(|key| key.starts_with(subject)).cloned().collect()
    };
    assert_eq!(
        (order('a'), order('b')),
        (vec!["a1".into(), "a1".into(), "a2".into(), "a3".into()], vec!["b1".into(), "b2".into()])
    );
}

#[tokio::test(start_paused = true)]
async fn health_says_whether_deliveries_could_be_accepted() {
    let store = FaultyStore::new();
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    assert!(inbox.health().await.is_ready, "an idle inbox is probed");
    accepted(&intake, "m1").await;
    store.set(BROKEN);
    assert!(inbox.health().await.is_ready, "something was written a moment ago");
    sleep(Duration::from_secs(6)).await;
    let health = inbox.health().await;
    assert!(!health.is_ready);
    assert!(health.trouble.unwrap().contains("the disk is on fire"));
    assert_eq!(health.stats.unwrap().available, 1);
    store.set(HANGING);
    let begun = Instant::now();
    assert!(!inbox.health().await.is_ready);
    assert!(begun.elapsed() <= Duration::from_secs(3), "{:?}", begun.elapsed());
    // What hangs in the store waits in the queue.
    assert!(intake.accept(&redpin("m2")).await.is_err());
    assert_eq!(inbox.health().await.in_flight, 1);
    store.set(WELL);
    sleep(Duration::from_secs(6)).await;
    assert!(inbox.health().await.is_ready, "it recovers by itself");
}

#[tokio::test(start_paused = true)]
async fn an_effect_that_is_wanted_again_is_another_run() {
    let (inbox, intake) = inbox();
    let runs = leaked::<Mutex<Vec<u32>>>();
    let inbox = inbox.back_off(BackOff::new(2, Duration::ZERO, Duration::ZERO));
    let worker = inbox.worker().run(&intake, move |_, attempt| async move {
        runs.lock().unwrap().push(attempt.run);
        if attempt.number == 1 { Outcome::Retry("once more".into()) } else { Outcome::Done }
    });
    let _working = working(worker);
    let id = accepted(&intake, "m1").await;
    finished(inbox.store(), id).await;
    assert!(inbox.redeliver(id, "ada").await.unwrap());
    finished(inbox.store(), id).await;
    assert_eq!(*runs.lock().unwrap(), [1, 1, 2]);
}
