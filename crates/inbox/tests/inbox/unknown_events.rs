//! Events that this version cannot read: parked, passed to a handler of unknown events, or redecoded by a later
//! version.

use std::sync::Mutex;
use std::time::Duration;

use referral_webhooks::Reply;
use referral_webhooks::platform::Event as _;
use referral_webhooks_inbox::store::{ClaimRequest, Finish, NewEntry, State, Store};
use referral_webhooks_inbox::{Attempt, EntryId, MemoryStore, Outcome};
use tokio::time::sleep;

use crate::support::{UNKNOWN, accepted, claim, delivery, entry, finished, history, inbox, leaked, redpin, start};

#[tokio::test(start_paused = true)]
async fn an_unreadable_event_is_parked_and_reaches_no_handler() {
    for body in [UNKNOWN, "{}", "not JSON", r#"{"event_name":"REFERRAL_CREATED","data":7}"#] {
        let (inbox, intake) = inbox();
        let handed = leaked::<Mutex<Vec<String>>>();
        let worker = inbox.worker().run(&intake, move |_, attempt| async move {
            handed.lock().unwrap().push(attempt.id);
            Outcome::Ignored("no reward for it".into())
        });
        let _running = start(worker);
        let sent = delivery(&intake.endpoint(), "m1", body);
        assert_eq!(intake.receive(&sent).await, Reply::Accepted);
        let known = accepted(&intake, "m2").await;
        finished(inbox.store(), known).await;
        sleep(Duration::from_secs(3600)).await;
        let parked = entry(inbox.store(), EntryId(1)).await;
        assert_eq!((parked.state, parked.attempt, parked.has_body), (State::Parked, 0, true), "{body}");
        assert!(parked.unreadable.is_some(), "{body}");
        assert_eq!(*handed.lock().unwrap(), ["m2"], "{body}");
        assert_eq!(inbox.health().await.stats.unwrap().parked, 1, "{body}");
        // After a redelivery it is due, is parked again, and has all its attempts.
        assert!(inbox.redeliver(parked.id, "ada").await.unwrap().is_redelivered());
        sleep(Duration::from_secs(3600)).await;
        let parked = entry(inbox.store(), parked.id).await;
        assert_eq!((parked.state, parked.last_attempt - parked.attempt), (State::Parked, 20), "{body}");
        assert!(inbox.cancel(parked.id, "ada").await.unwrap());
        assert_eq!(inbox.health().await.stats.unwrap().parked, 0, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_of_unknown_events_receives_and_retries_them() {
    let (inbox, intake) = inbox();
    let handed = leaked::<Mutex<Vec<(&'static str, String, u32)>>>();
    let note = move |handler, attempt: Attempt| {
        handed.lock().unwrap().push((handler, attempt.id, attempt.number));
        if attempt.number == 1 { Outcome::Retry("once more".into()) } else { Outcome::Done }
    };
    let before = intake.accept(&delivery(&intake.endpoint(), "before", UNKNOWN)).await.unwrap().id();
    let worker = inbox.worker().run(&intake, move |_, attempt| async move { note("known", attempt) }).unknown_events(
        &intake,
        move |delivery, attempt| async move {
            assert!(delivery.event().why_other().is_some());
            note("unknown", attempt)
        },
    );
    let _running = start(worker);
    let after = intake.accept(&delivery(&intake.endpoint(), "after", "not JSON")).await.unwrap().id();
    let known = accepted(&intake, "known").await;
    for id in [before, after, known] {
        for _ in 0..100 {
            sleep(Duration::from_secs(30)).await;
        }
        let entry = entry(inbox.store(), id).await;
        assert_eq!((entry.state, entry.attempt), (State::Completed, 2), "{}", entry.delivery_id);
    }
    let mut handed = handed.lock().unwrap().clone();
    handed.sort();
    let want = [("known", "known"), ("unknown", "after"), ("unknown", "before")];
    let want = want.map(|(handler, id)| [1, 2].map(|number| (handler, id.to_owned(), number)));
    assert_eq!(handed, want.concat());
}

/// Stores an entry as a version that cannot read its event.
async fn unreadable(store: &MemoryStore, id: &str) -> EntryId {
    let mut new = NewEntry::of("shop", &redpin(id), 1);
    (new.event, new.unreadable) = (None, Some("not readable by an older version".into()));
    store.accept(new).await.unwrap().id()
}

#[tokio::test(start_paused = true)]
async fn a_redecoded_entry_is_processed() {
    let (inbox, intake) = inbox();
    let store = inbox.store();
    let dead = unreadable(store, "m1").await;
    let wanted = ClaimRequest::new("old", &["shop".into()], 1, Duration::from_secs(9)).unknown(&["shop".into()]);
    let claims = store.claim(wanted).await.unwrap();
    store.finish(&claims[0].lease, Finish::Discard("unknown".into())).await.unwrap();
    let parked = unreadable(store, "m2").await;
    let still = intake.accept(&delivery(&intake.endpoint(), "m3", UNKNOWN)).await.unwrap().id();
    assert_eq!(store.stats().await.unwrap().parked, 2);
    let redecoded = intake.redecode("ada").await.unwrap();
    assert_eq!((redecoded.readable, redecoded.processed, redecoded.unreadable, redecoded.unverified), (2, 2, 1, 0));
    let _running = start(inbox.worker().run(&intake, async |_, _| Outcome::Done));
    for (id, want) in [(dead, &["discarded", "redecoded", "completed"][..]), (parked, &["redecoded", "completed"])] {
        let read = finished(store, id).await;
        assert_eq!(
            (read.state, read.event.as_deref(), read.unreadable),
            (State::Completed, Some("REFERRAL_CREATED"), None)
        );
        assert_eq!(history(store, id).await, want);
    }
    let still = finished(store, still).await;
    assert_eq!((still.state, still.unreadable.is_some()), (State::Parked, true));
}

#[tokio::test]
async fn a_redecoded_entry_waits_for_its_subject() {
    let (inbox, intake) = inbox();
    let intake = intake.one_at_a_time(|_| Some("ada".into()));
    let running = accepted(&intake, "m1").await;
    let claim_all = async || claim(inbox.store(), 9, Duration::from_secs(9)).await;
    let lease = claim_all().await.remove(0).lease;
    let parked = unreadable(inbox.store(), "m2").await;
    assert_eq!(intake.redecode("ada").await.unwrap().processed, 1);
    assert!(claim_all().await.is_empty());
    assert_eq!(entry(inbox.store(), parked).await.state, State::Waiting);
    assert_eq!(lease.id, running);
    assert!(inbox.store().finish(&lease, Finish::Complete(None)).await.unwrap());
    assert_eq!(claim_all().await.remove(0).lease.id, parked);
}
