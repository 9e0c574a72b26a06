//! Another body under a known delivery id: a separate dead letter, counted, until a person acts.
//!
//! A store that treats it as a repeat loses a delivery that was acknowledged. A store that processes it may pay twice.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::Strength;
use referral_webhooks_inbox::store::{Accepted, Decoded, EntryId, Finish, NewEntry, PruneRule, State, Store};

use crate::checks::checks;
use crate::samples::{
    LONG, OPERATOR, accept, assert_none_due, body, claim_one, entry, finish, history, process, sample, sleep, state,
    stored,
};

/// Returns a sample whose delivery id has this strength.
fn sample_of(strength: Strength, id: &str, body: &str) -> NewEntry {
    let mut new = sample(id, body);
    new.strength = strength;
    new
}

/// Stores a delivery that conflicts with another entry.
async fn conflict(store: &impl Store, new: NewEntry) -> EntryId {
    match store.accept(new).await.unwrap() {
        Accepted::Conflict(id) => id,
        other => panic!("no conflict: {other:?}"),
    }
}

checks!(
    mod conflicts {
        /// The first body is processed. The other one is counted and waits for a person.
        async fn another_body_under_an_id_is_a_separate_dead_letter(store: impl Store) {
            for strength in [Strength::MessageId, Strength::BusinessFields] {
                let new = |body| sample_of(strength, &format!("{strength:?}"), body);
                let before = store.stats().await.unwrap();
                let first = accept(&store, new("{}")).await;
                let other = conflict(&store, new("[1]")).await;
                assert_eq!(conflict(&store, new("[1]")).await, other, "its repeat is the same entry");
                assert_eq!(store.accept(new("{}")).await.unwrap(), Accepted::Repeated(first));
                let (first, other) = (entry(&store, first).await, entry(&store, other).await);
                assert_eq!((first.state, first.conflicts, first.repeats), (State::Available, 2, 1));
                assert_eq!((other.state, other.conflicts, other.repeats), (State::Discarded, 0, 1));
                assert_eq!((first.conflict_of, other.conflict_of), (None, Some(first.id)));
                let suffix = other.delivery_id.strip_prefix(&first.delivery_id);
                assert!(other.has_body && suffix.is_some_and(|suffix| !suffix.is_empty()), "{other:?}");
                assert_eq!(other.reason, Some(format!("another body under the id of entry {}", first.id.0)));
                assert_eq!(history(&store, other.id).await, ["discarded"]);
                let stats = store.stats().await.unwrap();
                assert_eq!((stats.discarded, stats.conflicts), (before.discarded + 1, before.conflicts + 1));
                let claimed = process(&store, Finish::Complete(None)).await;
                let body = claimed.delivery.expect("the body is kept").body;
                assert_eq!((claimed.lease.id, body.as_ref()), (first.id, &b"{}"[..]));
            }
        }

        /// Twelve bodies under one id are one entry and eleven dead letters.
        async fn every_conflicting_body_is_kept(store: impl Store) {
            let mut ids = BTreeSet::new();
            for number in 0..12 {
                let sent = format!("[{number}]");
                let id = accept(&store, sample("m1", &sent)).await;
                assert_eq!(body(&store, id).await.body, sent);
                ids.insert(id);
            }
            assert_eq!(ids.len(), 12);
            let stats = store.stats().await.unwrap();
            assert_eq!((stats.available, stats.discarded, stats.conflicts), (1, 11, 11));
        }

        /// A unique index decides. A store that looks first and inserts later fails here.
        async fn simultaneous_conflicts_are_each_stored_once(store: impl Store) {
            let senders = (0..80).map(|number| {
                let (store, sent) = (store.clone(), format!("[{}]", number % 8));
                tokio::spawn(async move { (accept(&store, sample("m1", &sent)).await, sent) })
            });
            let mut ids = BTreeSet::new();
            for task in join_all(senders).await {
                let (id, sent) = task.unwrap();
                assert_eq!(body(&store, id).await.body, sent, "the answer names the entry of this body");
                ids.insert(id);
            }
            assert_eq!(ids.len(), 8);
            let stats = store.stats().await.unwrap();
            assert_eq!((stats.available, stats.discarded, stats.conflicts), (1, 7, 7));
        }

        /// Neither a repeat nor a redecode makes it due, because a person decides which of the two bodies is right.
        async fn a_conflict_is_processed_only_after_a_redelivery(store: impl Store) {
            stored(&store, "m1", 3).await;
            let first = process(&store, Finish::Complete(None)).await;
            let other = conflict(&store, sample("m1", "[1]")).await;
            assert_eq!(conflict(&store, sample("m1", "[1]")).await, other);
            let mut readable = Decoded::default();
            readable.event = Some("NEW".into());
            assert!(!store.redecode(other, readable, 3, OPERATOR).await.unwrap());
            assert_none_due(&store, "a conflict is not due").await;
            assert!(store.redeliver(other, 3, OPERATOR).await.unwrap());
            let claimed = claim_one(&store, LONG).await;
            assert_eq!((claimed.lease.id, claimed.run), (other, 1));
            assert_ne!(claimed.delivery_id, first.delivery_id, "its effect has an idempotency key of its own");
            finish(&store, &claimed.lease, Finish::Discard("no".into())).await;
            assert_eq!(claimed.delivery.expect("the body is kept").body, "[1]");
            assert_eq!(conflict(&store, sample("m1", "[1]")).await, other);
            assert_eq!(state(&store, other).await, State::Discarded, "a repeat does not revive it");
        }

        /// If a platform's own id equals the id of a conflict, the conflict is stored under the next free id.
        async fn an_id_in_the_form_of_a_conflict_loses_no_body(store: impl Store) {
            stored(&store, "m1", 3).await;
            let taken = conflict(&store, sample("m1", "[1]")).await;
            let taken = entry(&store, taken).await.delivery_id;
            let twin = stored(&store, "m2", 3).await;
            let suffix = taken.rsplit_once('~').expect("the id of a conflict has a mark").1;
            let natural = store.accept(sample(&format!("m2~{suffix}"), "[2]")).await.unwrap();
            assert!(matches!(natural, Accepted::Stored(_)), "{natural:?}");
            let other = conflict(&store, sample("m2", "[1]")).await;
            assert!(other != natural.id() && other != twin, "{other:?}");
            assert_eq!(body(&store, other).await.body, "[1]");
            assert_eq!(conflict(&store, sample("m2", "[1]")).await, other);
        }

        /// A digest covers the meaning of a message, so a form and the same message as JSON share it.
        async fn another_body_under_a_digest_is_a_repeat(store: impl Store) {
            let id = accept(&store, sample_of(Strength::Digest, "d1", "{}")).await;
            let again = store.accept(sample_of(Strength::Digest, "d1", "{ }")).await.unwrap();
            assert_eq!(again, Accepted::Repeated(id));
            let first = entry(&store, id).await;
            assert_eq!((first.repeats, first.conflicts), (1, 0));
            // A message id with the same text is not a digest: its body is kept separately.
            let strong = accept(&store, sample_of(Strength::MessageId, "d1", "[1]")).await;
            assert_ne!(strong, id);
            assert_eq!(body(&store, strong).await.body, "[1]");
        }

        /// Two events with the same bytes share a digest. After the last possible repeat of the first event, the same
        /// digest is the second event.
        async fn a_late_repeat_of_a_digest_is_a_separate_dead_letter(store: impl Store) {
            let after = |late_after: Option<Duration>, strength| {
                let mut new = sample_of(strength, &format!("{strength:?}"), "{}");
                new.late_after = late_after;
                new
            };
            const MILLIS: u64 = 30;
            let soon = Some(Duration::from_millis(MILLIS));
            for strength in [Strength::MessageId, Strength::BusinessFields] {
                let id = accept(&store, after(soon, strength)).await;
                sleep(3 * MILLIS).await;
                let again = store.accept(after(soon, strength)).await.unwrap();
                assert_eq!(again, Accepted::Repeated(id), "a strong id is the same event at any time");
            }
            let digest = |late_after| after(late_after, Strength::Digest);
            let first = accept(&store, digest(soon)).await;
            sleep(3 * MILLIS).await;
            let again = store.accept(digest(Some(LONG))).await.unwrap();
            assert_eq!(again, Accepted::Repeated(first), "in time, and the age counts from this repeat on");
            sleep(3 * MILLIS).await;
            let late = conflict(&store, digest(soon)).await;
            let (first, late) = (entry(&store, first).await, entry(&store, late).await);
            assert_eq!((first.state, first.repeats, first.conflicts), (State::Available, 1, 1));
            assert_eq!((late.state, late.conflict_of, late.has_body), (State::Discarded, Some(first.id), true));
            assert!(late.reason.as_ref().is_some_and(|reason| reason.contains("too late")), "{late:?}");
            let again = store.accept(digest(Some(LONG))).await.unwrap();
            assert_eq!(again, Accepted::Repeated(first.id), "the retry of the late event is a repeat");
            sleep(3 * MILLIS).await;
            let again = store.accept(digest(None)).await.unwrap();
            assert_eq!(again, Accepted::Repeated(first.id), "without a limit no repeat is late");
            // Pruning of completed entries keeps the dead letter and its id.
            let zero = Duration::ZERO;
            store.prune(PruneRule::new("shop", zero, LONG, Some(zero), 100)).await.unwrap();
            assert!(entry(&store, late.id).await.has_body);
        }
    }
);
