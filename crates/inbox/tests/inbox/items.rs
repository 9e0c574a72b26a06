//! Several events in one body: each is an entry, and the handler gets one event.

use std::sync::Mutex;

use referral_webhooks::Reply;
use referral_webhooks_inbox::store::{Accepted, Erasure, Filter, State, Store as _};
use referral_webhooks_inbox::{Inbox, MemoryStore, NotStored, Outcome};

use crate::ledger::{Ledger, LedgerEvent, body_of, ledger, sent, several};
use crate::support::{entry, leaked};

#[tokio::test]
async fn a_handler_gets_one_event_of_a_body_with_several() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let seen: &Mutex<Vec<(String, String, i64)>> = leaked();
    let worker = inbox.worker().run(&intake, async |delivery, attempt| {
        let event: &LedgerEvent = delivery.event();
        assert!(event.items.is_empty() && delivery.id().as_str() == attempt.id);
        seen.lock().unwrap().push((attempt.id, event.id.clone(), event.cents));
        Outcome::Done
    });
    assert_eq!(intake.receive(&several(&[("a", 1), ("b", 2)])).await, Reply::Accepted);
    assert_eq!(worker.run_until_idle().await.unwrap(), 2);
    // Half of the second body is known.
    let accepted = intake.accept_items(&several(&[("b", 2), ("c", 3)])).await.unwrap();
    assert!(matches!(accepted[..], [Accepted::Repeated(_), Accepted::Stored(_)]), "{accepted:?}");
    assert_eq!(intake.receive(&several(&[("a", 1), ("b", 2), ("c", 3)])).await, Reply::Accepted);
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    let wanted = [("a", 1), ("b", 2), ("c", 3)].map(|(id, cents)| (id.to_owned(), id.to_owned(), cents));
    assert_eq!(seen, wanted);
}

#[tokio::test]
async fn an_empty_list_is_one_entry() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let accepted = intake.accept(&several(&[])).await.unwrap();
    let found = entry(inbox.store(), accepted.id()).await;
    assert_eq!((found.item, found.is_derived, found.state), (None, true, State::Available));
    assert_eq!(intake.accept(&several(&[])).await.unwrap(), Accepted::Repeated(accepted.id()));
}

#[tokio::test]
async fn the_gravest_result_of_several_events_is_reported() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let [Accepted::Stored(first)] = intake.accept_items(&several(&[("a", 1)])).await.unwrap()[..] else { panic!() };
    // The amount of a known reward has changed.
    let accepted = intake.accept(&several(&[("b", 2), ("a", 9)])).await.unwrap();
    assert!(matches!(accepted, Accepted::Conflict(_)), "{accepted:?}");
    assert_eq!(entry(inbox.store(), accepted.id()).await.conflict_of, Some(first));
    assert!(matches!(intake.accept(&several(&[("a", 1), ("c", 3)])).await.unwrap(), Accepted::Stored(_)));
}

#[tokio::test]
async fn keys_and_subjects_are_those_of_the_items() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn)
        .dedupe_by(|event| Some(format!("{} cents", event.cents)))
        .one_at_a_time(|delivery| Some(delivery.id().to_string()));
    let accepted = intake.accept_items(&several(&[("a", 1), ("b", 1), ("c", 2)])).await.unwrap();
    assert!(matches!(accepted[..], [Accepted::Stored(_), Accepted::SameKey(_), Accepted::Stored(_)]), "{accepted:?}");
    assert_eq!(inbox.store().count(Filter::new().about("a")).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_body_with_too_many_events_is_not_stored() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let body = |count: usize| {
        let items: Vec<String> = (0..count).map(|n| format!(r#"{{"id":"{n}","name":"reward"}}"#)).collect();
        sent(Ledger::BuiltIn, &format!(r#"{{"name":"rewards","items":[{}]}}"#, items.join(",")))
    };
    let most = 10_000;
    let error = intake.accept(&body(most + 1)).await.unwrap_err();
    assert!(matches!(error, NotStored::TooManyItems(10_001)), "{error:?}");
    assert_eq!(intake.receive(&body(most + 1)).await.status().as_u16(), 503);
    assert_eq!(inbox.store().stats().await.unwrap().available, 0);
    assert_eq!(intake.receive(&body(most)).await, Reply::Accepted);
    assert_eq!(inbox.store().stats().await.unwrap().available, most as u64);
}

#[tokio::test]
async fn an_item_that_moved_in_the_body_reaches_no_handler() {
    use referral_webhooks_inbox::store::NewEntry;
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let delivery = several(&[("a", 1), ("b", 2)]);
    let mut entries = NewEntry::of_items("ledger", &delivery, &delivery.items(), 3);
    // Another version had found the items in the reverse order.
    (entries[0].item, entries[1].item) = (Some(1), Some(0));
    let accepted = inbox.store().accept_items(entries).await.unwrap();
    let worker = inbox.worker().run(&intake, async |_, _| -> Outcome { panic!("another event") });
    assert_eq!(worker.run_until_idle().await.unwrap(), 2);
    for accepted in accepted {
        let found = entry(inbox.store(), accepted.id()).await;
        assert_eq!((found.state, found.attempt < found.last_attempt), (State::Parked, true));
        assert!(found.reason.unwrap().contains("another event at its position"));
    }
}

#[tokio::test]
async fn a_body_that_was_stored_as_one_event_is_taken_apart() {
    use referral_webhooks_inbox::store::NewEntry;
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let delivery = several(&[("a", 1), ("b", 2)]);
    let whole = inbox.store().accept(NewEntry::of("ledger", &delivery, 3)).await.unwrap().id();
    let paid: &Mutex<Vec<i64>> = leaked();
    let worker = inbox.worker().run(&intake, async |delivery, _| {
        paid.lock().unwrap().push(delivery.event().cents);
        Outcome::Done
    });
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    assert_eq!(entry(inbox.store(), whole).await.state, State::Parked);
    let redecoded = intake.redecode("dana").await.unwrap();
    assert_eq!((redecoded.readable, redecoded.processed), (1, 2));
    assert_eq!(entry(inbox.store(), whole).await.state, State::Cancelled);
    worker.run_until_idle().await.unwrap();
    let mut paid = paid.lock().unwrap().clone();
    paid.sort_unstable();
    assert_eq!(paid, [1, 2]);
    assert!(intake.accept_items(&delivery).await.unwrap().iter().all(|it| matches!(it, Accepted::Repeated(_))));
}

#[tokio::test]
async fn a_bulk_erasure_cancels_no_item_that_is_not_processed() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let accepted = intake.accept_items(&several(&[("robin", 1), ("avery", 2)])).await.unwrap();
    let erased = inbox.erase_where(|stored| stored.mentions("robin"), "dana").await.unwrap();
    assert_eq!((erased.erased, erased.unprocessed_items), (0, 2));
    let erased = intake.erase_where(|delivery| delivery.event().id == "robin", "dana").await.unwrap();
    assert_eq!((erased.erased, erased.unprocessed_items), (0, 1));
    // An operator erases the one entry, and the other one is processed.
    assert_eq!(inbox.store().erase(accepted[0].id(), "dana".into()).await.unwrap(), Erasure::Shared);
    let worker = inbox.worker().run(&intake, async |delivery, _| {
        assert_eq!(delivery.event().id, "avery");
        Outcome::Done
    });
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    let erased = inbox.erase_where(|stored| stored.mentions("robin"), "dana").await.unwrap();
    assert_eq!((erased.erased, erased.unprocessed_items), (1, 0));
    assert_eq!(inbox.store().count(Filter::new().with_body()).await.unwrap(), 0);
}

#[cfg(feature = "encrypt")]
#[tokio::test]
async fn items_of_a_sealed_store_reach_their_handlers() {
    use referral_webhooks_inbox::{KeyRing, Sealed};
    let (pepper, key) =
        ("8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    let ring = KeyRing::new(pepper, 1, key).unwrap();
    let inbox = Inbox::new(Sealed::open(MemoryStore::new(), ring).await.unwrap());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let paid: &Mutex<Vec<i64>> = leaked();
    let worker = inbox.worker().run(&intake, async |delivery, _| {
        paid.lock().unwrap().push(delivery.event().cents);
        Outcome::Done
    });
    let accepted = intake.accept_items(&several(&[("a", 1), ("b", 2)])).await.unwrap();
    let sealed = inbox.store().inner().body(accepted[0].id()).await.unwrap().unwrap();
    assert!(!sealed.body.windows(4).any(|part| part == b"name"));
    assert_eq!(worker.run_until_idle().await.unwrap(), 2);
    paid.lock().unwrap().sort_unstable();
    assert_eq!(*paid.lock().unwrap(), [1, 2]);
    let _ = body_of(&[]);
}
