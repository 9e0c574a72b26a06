//! An entry that another profile has read waits for an operator.

use std::sync::atomic::{AtomicUsize, Ordering};

use referral_webhooks_inbox::store::{Filter, State, Store as _};
use referral_webhooks_inbox::{Inbox, MemoryStore, Outcome};

use crate::ledger::{Ledger, endpoint, ledger, sent, several};
use crate::support::{entry, leaked};

const REWARD: &str = r#"{"id":"r1","name":"reward","cents":500}"#;

#[tokio::test]
async fn a_changed_profile_holds_the_entries_of_the_old_one() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::Loaded);
    let id = intake.accept(&sent(Ledger::Loaded, REWARD)).await.unwrap().id();
    assert_eq!(entry(inbox.store(), id).await.profile, Some("01".repeat(32)));
    let calls: &AtomicUsize = leaked();
    let count = async |_, _| {
        calls.fetch_add(1, Ordering::SeqCst);
        Outcome::Done
    };
    let worker = inbox.worker().run(&intake, count).unknown_events(&intake, count);
    intake.replace(endpoint(Ledger::Edited)).unwrap();
    assert_eq!(worker.run_until_idle().await.unwrap(), 1, "the held entry is claimed once");
    let held = entry(inbox.store(), id).await;
    assert_eq!((held.state, held.last_attempt - held.attempt, calls.load(Ordering::SeqCst)), (State::Parked, 20, 0));
    let reason = held.reason.unwrap();
    assert!(reason.contains("010101010101 has read it") && reason.contains("has 020202020202"), "{reason}");
    assert_eq!(inbox.store().stats().await.unwrap().parked, 1);

    let redecoded = intake.redecode("dana").await.unwrap();
    assert_eq!((redecoded.other_profile, redecoded.processed), (1, 0), "no consent");
    assert_eq!(worker.run_until_idle().await.unwrap(), 0);
    let redecoded = intake.redecode_with_changed_profile(Filter::new(), "dana").await.unwrap();
    assert_eq!((redecoded.other_profile, redecoded.processed), (0, 1));
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    let done = entry(inbox.store(), id).await;
    assert_eq!((done.state, done.profile, calls.load(Ordering::SeqCst)), (State::Completed, Some("02".repeat(32)), 1));
}

#[tokio::test]
async fn a_restored_profile_reads_its_entries_again() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::Loaded);
    let id = intake.accept(&sent(Ledger::Loaded, REWARD)).await.unwrap().id();
    let worker = inbox.worker().run(&intake, async |_, _| Outcome::Done);
    // A built-in platform replaces the profile, and the other way round.
    intake.replace(endpoint(Ledger::BuiltIn)).unwrap();
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    assert_eq!(entry(inbox.store(), id).await.state, State::Parked);
    intake.replace(endpoint(Ledger::Loaded)).unwrap();
    assert_eq!(intake.redecode("dana").await.unwrap().processed, 1);
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    assert_eq!(entry(inbox.store(), id).await.state, State::Completed);
}

#[tokio::test]
async fn the_items_of_a_body_are_held_with_their_profile() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = ledger(&inbox, Ledger::Edited);
    let accepted = {
        let old = Inbox::new(inbox.store().clone());
        ledger(&old, Ledger::BuiltIn).accept_items(&several(&[("a", 1), ("b", 2)])).await.unwrap()
    };
    let worker = inbox.worker().run(&intake, async |_, _| Outcome::Done);
    assert_eq!(worker.run_until_idle().await.unwrap(), 2);
    for accepted in &accepted {
        assert_eq!(entry(inbox.store(), accepted.id()).await.state, State::Parked);
    }
    let first = Filter::new().only(accepted[0].id());
    assert_eq!(intake.redecode_with_changed_profile(first, "dana").await.unwrap().processed, 1);
    assert_eq!(entry(inbox.store(), accepted[1].id()).await.state, State::Parked, "the filter leaves it out");
    assert_eq!(intake.redecode_with_changed_profile(Filter::new(), "dana").await.unwrap().processed, 1);
    assert_eq!(worker.run_until_idle().await.unwrap(), 2);
}
