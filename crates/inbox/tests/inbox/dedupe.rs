//! Business keys: one fact under two delivery ids is processed once.

use std::sync::Mutex;
use std::time::Duration;

use referral_webhooks::Endpoint;
use referral_webhooks::platform::genius_referrals::{self, GeniusReferrals};
use referral_webhooks::platform::redpin::{Event, Redpin};
use referral_webhooks::{Message, Reply, Variant};
use referral_webhooks_inbox::store::{Accepted, Filter, NewEntry, State, Store};
use referral_webhooks_inbox::{EntryId, Inbox, Intake, MemoryStore, Outcome};
use time::OffsetDateTime;
use tokio::time::sleep;

use crate::support::{REFERRAL, UNKNOWN, accepted, delivery, entry, finished, history, inbox, leaked, redpin, start};

/// Names the referral and its status.
fn by_referral(event: &Event) -> Option<String> {
    match event {
        Event::ReferralCreated(referral) => Some(format!("{} {:?}", referral.referral_id.as_ref()?, referral.status)),
        _ => None,
    }
}

/// Stores an entry as a version that cannot read its event.
async fn unreadable(store: &MemoryStore, id: &str) -> EntryId {
    let mut new = NewEntry::of("shop", &redpin(id), 3);
    (new.event, new.unreadable) = (None, Some("not readable by an older version".into()));
    store.accept(new).await.unwrap().id()
}

fn deduplicating() -> (Inbox<MemoryStore>, Intake<Redpin, MemoryStore>) {
    let (inbox, intake) = inbox();
    (inbox, intake.dedupe_by(by_referral))
}

#[tokio::test(start_paused = true)]
async fn one_referral_under_two_ids_is_paid_once() {
    for (is_keyed, want) in [(false, 4), (true, 2)] {
        let (inbox, mut intake) = inbox();
        if is_keyed {
            intake = intake.dedupe_by(by_referral);
        }
        let paid = leaked::<Mutex<Vec<String>>>();
        let _running = start(inbox.worker().run(&intake, move |_, attempt| async move {
            paid.lock().unwrap().push(attempt.id);
            Outcome::Done
        }));
        for (id, referral) in [("m1", "r1"), ("m2", "r1"), ("m3", "r2"), ("m2", "r1"), ("m4", "r1")] {
            let sent = delivery(&intake.endpoint(), id, &REFERRAL.replace("r1", referral));
            assert_eq!(intake.receive(&sent).await, Reply::Accepted);
            sleep(Duration::from_secs(60)).await;
        }
        assert_eq!(paid.lock().unwrap().len(), want, "{:?}", paid.lock().unwrap());
        assert_eq!(inbox.store().list(Filter::new().with_body()).await.unwrap().len(), 4, "every body is kept");
    }
}

#[tokio::test]
async fn a_retry_with_a_new_stamp_is_a_repeat() {
    let inbox = Inbox::new(MemoryStore::new());
    let endpoint = Endpoint::<GeniusReferrals>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA").unwrap();
    let intake = inbox.intake("genius", endpoint).unwrap().dedupe_by(|event| match event {
        genius_referrals::Event::Bonus(change) => Some(format!("bonus {}", change.record.id.as_ref()?)),
        _ => None,
    });
    let bonus = |stamp: u32| format!(r#"{{"event":"bonus_created","data":{{"id":7}},"sent":{stamp}}}"#);
    let send = async |stamp| intake.accept(&delivery(&intake.endpoint(), "", &bonus(stamp))).await.unwrap();
    let Accepted::Stored(first) = send(1).await else { panic!("it is new") };
    let Accepted::SameKey(second) = send(2).await else { panic!("its key is known") };
    assert_eq!(send(2).await, Accepted::SameKey(second));
    assert_eq!(send(1).await, Accepted::Repeated(first));
    assert_eq!((entry(inbox.store(), first).await.repeats, entry(inbox.store(), first).await.conflicts), (3, 0));
}

#[tokio::test]
async fn one_message_as_json_and_as_form_is_one_entry() {
    let inbox = Inbox::new(MemoryStore::new());
    let endpoint = Endpoint::<GeniusReferrals>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA").unwrap();
    let intake = inbox.intake("genius", endpoint.clone()).unwrap();
    let now = OffsetDateTime::now_utc();
    let json = Message::new(r#"{"event":"bonus_created","data":{"id":7}}"#, now);
    let mut form = endpoint.sign(&json.clone().as_form().variant(Variant::FormPayload)).unwrap();
    let mut requests =
        vec![endpoint.sign(&json).unwrap(), endpoint.sign(&json.clone().as_form()).unwrap(), form.clone()];
    let lower = String::from_utf8(form.body().to_vec()).unwrap().to_lowercase();
    *form.body_mut() = lower.into();
    requests.push(form);
    let mut digests = Vec::new();
    for (number, request) in requests.into_iter().enumerate() {
        let sent = endpoint.receive(&request, now).unwrap();
        digests.push(NewEntry::of("genius", &sent, 3).body_digest);
        let accepted = intake.accept(&sent).await.unwrap();
        let want = if number == 0 { Accepted::Stored(EntryId(1)) } else { Accepted::Repeated(EntryId(1)) };
        assert_eq!(accepted, want, "request {number}");
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "the digest is that of the signed text");
}

#[tokio::test]
async fn an_unknown_event_and_an_empty_text_are_no_business_key() {
    for (body, key) in [(UNKNOWN, "all the same"), (REFERRAL, "")] {
        let (_inbox, intake) = inbox();
        let intake = intake.dedupe_by(|_| Some(key.into()));
        for id in ["m1", "m2"] {
            let accepted = intake.accept(&delivery(&intake.endpoint(), id, body)).await.unwrap();
            assert!(matches!(accepted, Accepted::Stored(_)), "{key:?}: {accepted:?}");
        }
    }
}

#[tokio::test]
async fn a_redecoded_repeat_is_cancelled() {
    let (inbox, intake) = deduplicating();
    let store = inbox.store();
    let first = accepted(&intake, "m1").await;
    let second = unreadable(store, "m2").await;
    let redecoded = intake.redecode("ada").await.unwrap();
    assert_eq!((redecoded.readable, redecoded.processed, redecoded.repeats), (1, 0, 1));
    let found = entry(store, second).await;
    assert_eq!((found.state, found.repeat_of, found.unreadable), (State::Cancelled, Some(first), None));
    assert_eq!(history(store, second).await, ["cancelled"]);
    assert_eq!(intake.redecode("ada").await.unwrap().readable, 0, "it is readable now");
}

#[tokio::test]
async fn a_redecoded_entry_gets_its_key() {
    let (inbox, intake) = deduplicating();
    let (first, second) = (unreadable(inbox.store(), "m1").await, unreadable(inbox.store(), "m2").await);
    let redecoded = intake.redecode("ada").await.unwrap();
    assert_eq!((redecoded.readable, redecoded.processed, redecoded.repeats), (2, 1, 1));
    let states = [entry(inbox.store(), first).await.state, entry(inbox.store(), second).await.state];
    assert_eq!(states.iter().filter(|state| **state == State::Available).count(), 1, "{states:?}");
    let third = intake.accept(&redpin("m3")).await.unwrap();
    assert!(matches!(third, Accepted::SameKey(_)), "{third:?}");
}

/// A worker of a later version claims parked entries, too. Their keys were never compared.
#[tokio::test(start_paused = true)]
async fn a_worker_gives_an_entry_its_key_before_the_handler() {
    let (inbox, intake) = deduplicating();
    let parked = [unreadable(inbox.store(), "m1").await, unreadable(inbox.store(), "m2").await];
    let paid = leaked::<Mutex<Vec<String>>>();
    let worker = inbox.worker().run(&intake, move |_, attempt| async move {
        paid.lock().unwrap().push(attempt.id);
        Outcome::Done
    });
    let _running = start(worker.unknown_events(&intake, async |_, _| Outcome::Discard("unknown".into())));
    sleep(Duration::from_secs(60)).await;
    let third = intake.accept(&redpin("m3")).await.unwrap();
    assert!(matches!(third, Accepted::SameKey(_)), "{third:?}");
    sleep(Duration::from_secs(60)).await;
    assert_eq!(paid.lock().unwrap().len(), 1, "{:?}", paid.lock().unwrap());
    for id in parked {
        let entry = finished(inbox.store(), id).await;
        assert_eq!(entry.state, State::Completed);
        assert_eq!(entry.reason.is_some(), entry.repeat_of.is_some(), "{entry:?}");
    }
}

/// Entries that were stored before the merchant named a key are compared, too.
#[tokio::test(start_paused = true)]
async fn a_backlog_without_keys_is_paid_once() {
    let (inbox, intake) = inbox();
    let ids = [accepted(&intake, "m1").await, accepted(&intake, "m2").await];
    let intake = intake.dedupe_by(by_referral);
    let paid = leaked::<Mutex<Vec<String>>>();
    let _running = start(inbox.worker().run(&intake, move |_, attempt| async move {
        paid.lock().unwrap().push(attempt.id);
        Outcome::Done
    }));
    for id in ids {
        assert_eq!(finished(inbox.store(), id).await.state, State::Completed);
    }
    assert_eq!(paid.lock().unwrap().len(), 1);
}
