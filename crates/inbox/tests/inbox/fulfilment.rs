//! Answers that mean more than a receipt: fulfilments wait for the handler, and decisions are not taken in.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use referral_webhooks::Reply;
use referral_webhooks_inbox::store::{Accepted, Filter, State, Store as _};
use referral_webhooks_inbox::{Inbox, MemoryStore, NotStored, Outcome, Unfulfilled};
use tokio::time::Instant;

use crate::ledger::{Ledger, ledger, sent};
use crate::support::{entry, leaked, start};

fn payout(id: &str) -> referral_webhooks::Delivery<Ledger> {
    sent(Ledger::BuiltIn, &format!(r#"{{"id":"{id}","name":"payout","cents":500}}"#))
}

fn unfulfilled(result: Result<Accepted, NotStored>) -> Unfulfilled {
    match result {
        Err(NotStored::Unfulfilled(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_fulfilment_is_acknowledged_after_its_handler() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let paid: &AtomicUsize = leaked();
    let worker = start(inbox.worker().run(&intake, async |_, _| {
        tokio::time::sleep(Duration::from_secs(3)).await;
        paid.fetch_add(1, Ordering::SeqCst);
        Outcome::Done
    }));
    let (begun, first) = (Instant::now(), payout("p1"));
    // The repeat comes while the handler runs, and waits for the same entry.
    let (reply, repeat) = tokio::join!(intake.receive(&first), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        intake.receive(&first).await
    });
    assert_eq!((reply, repeat), (Reply::Accepted, Reply::Accepted));
    assert!(begun.elapsed() >= Duration::from_secs(3));
    assert_eq!(paid.load(Ordering::SeqCst), 1);
    let begun = Instant::now();
    assert_eq!(intake.receive(&first).await, Reply::Accepted, "a repeat after the end");
    assert!(begun.elapsed() < Duration::from_millis(1));
    assert_eq!(paid.load(Ordering::SeqCst), 1);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_fulfilment_without_a_worker_is_answered_at_the_deadline() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let begun = Instant::now();
    let error = unfulfilled(intake.accept(&payout("p1")).await);
    // Three quarters of the platform's 8 seconds.
    assert_eq!(error, Unfulfilled::Late(Duration::from_secs(6)));
    assert!((6_000..6_100).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    assert_eq!(intake.receive(&payout("p1")).await.status().as_u16(), 503);
    assert_eq!(inbox.store().stats().await.unwrap().available, 1, "it is stored");
    // Another process completes it, and the wait finds out by asking the store.
    let other = Inbox::new(inbox.store().clone());
    let worker = other.worker().run(&ledger(&other, Ledger::BuiltIn), async |_, _| Outcome::Done);
    let (reply, _) = tokio::join!(async { intake.receive(&payout("p1")).await }, async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        worker.run_until_idle().await.unwrap()
    },);
    assert_eq!(reply, Reply::Accepted);
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_never_fulfilled() {
    let inbox = Inbox::new(MemoryStore::new()).leave_dead_letters();
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let worker = start(inbox.worker().run(&intake, async |_, _| Outcome::Discard("the bank refused it".into())));
    for _ in 0..3 {
        assert_eq!(unfulfilled(intake.accept(&payout("p1")).await), Unfulfilled::Ended(State::Discarded));
    }
    worker.stop().await;
    let id = inbox.store().list(Filter::new()).await.unwrap()[0].id;
    assert!(inbox.cancel(id, "dana").await.unwrap());
    assert_eq!(unfulfilled(intake.accept(&payout("p1")).await), Unfulfilled::Ended(State::Cancelled));
    // The payout was made by hand.
    assert!(inbox.mark_done(id, "dana").await.unwrap());
    assert_eq!(intake.receive(&payout("p1")).await, Reply::Accepted);
    // Another body under its id is a dead letter.
    let other = sent(Ledger::BuiltIn, r#"{"id":"p1","name":"payout","cents":900}"#);
    assert_eq!(unfulfilled(intake.accept(&other).await), Unfulfilled::Ended(State::Discarded));
}

#[tokio::test(start_paused = true)]
async fn a_repeat_revives_and_then_fulfils_a_dead_letter() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let calls: &AtomicUsize = leaked();
    let _worker = start(inbox.worker().run(&intake, async |_, _| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => Outcome::Discard("the bank refused it".into()),
        _ => Outcome::Done,
    }));
    assert_eq!(unfulfilled(intake.accept(&payout("p1")).await), Unfulfilled::Ended(State::Discarded));
    assert_eq!(intake.receive(&payout("p1")).await, Reply::Accepted);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_by_business_key_waits_for_the_first_entry() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn).dedupe_by(|event| Some(event.cents.to_string()));
    let worker = inbox.worker().run(&intake, async |_, _| Outcome::Done);
    unfulfilled(intake.accept(&payout("p1")).await);
    assert!(matches!(unfulfilled(intake.accept(&payout("p2")).await), Unfulfilled::Late(_)));
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    assert_eq!(intake.receive(&payout("p2")).await, Reply::Accepted);
}

#[tokio::test(start_paused = true)]
async fn a_body_with_a_fulfilment_waits_for_all_its_events() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let calls: &AtomicUsize = leaked();
    let worker = inbox.worker().concurrency(1).run(&intake, async |_, _| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        calls.fetch_add(1, Ordering::SeqCst);
        Outcome::Done
    });
    let _worker = start(worker);
    let body =
        r#"{"name":"list","items":[{"id":"a","name":"reward"},{"id":"b","name":"payout"},{"id":"c","name":"reward"}]}"#;
    assert_eq!(intake.receive(&sent(Ledger::BuiltIn, body)).await, Reply::Accepted);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn an_answer_waits_no_longer_than_the_last_worker() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let worker = inbox.worker().grace(Duration::from_millis(100)).run(&intake, async |_, _| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Outcome::Done
    });
    let (begun, worker) = (Instant::now(), start(worker));
    let first = payout("p1");
    let (error, ()) = tokio::join!(intake.accept(&first), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        worker.stop().await;
    });
    assert_eq!(unfulfilled(error), Unfulfilled::ShuttingDown);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    inbox.stop_waiting();
    assert_eq!(unfulfilled(intake.accept(&payout("p2")).await), Unfulfilled::ShuttingDown);
    assert_eq!(inbox.store().stats().await.unwrap().available, 1, "it is stored nevertheless");
}

#[tokio::test]
async fn storing_is_enough_for_the_named_events() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn).dangerously_storing_is_enough(["payout"]);
    assert_eq!(intake.receive(&payout("p1")).await, Reply::Accepted);
}

#[tokio::test]
async fn a_decision_is_not_taken_in() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn).dangerously_storing_is_enough(["question"]);
    // An event without a name may be a question, and so may an item.
    for body in [
        r#"{"id":"q1","name":"question"}"#,
        r#"{"id":"q1"}"#,
        r#"{"name":"list","items":[{"id":"a","name":"reward"},{"id":"q","name":"question"}]}"#,
    ] {
        let delivery = sent(Ledger::BuiltIn, body);
        let error = intake.accept(&delivery).await.unwrap_err();
        assert!(matches!(error, NotStored::Decision), "{body}: {error:?}");
        assert_eq!(intake.receive(&delivery).await.status().as_u16(), 503, "{body}");
    }
    assert_eq!(inbox.store().list(Filter::new()).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_receipt_is_acknowledged_when_it_is_stored() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::BuiltIn);
    let stored = intake.accept(&sent(Ledger::BuiltIn, r#"{"id":"r1","name":"reward"}"#)).await.unwrap();
    assert_eq!(entry(inbox.store(), stored.id()).await.state, State::Available);
}
