//! Pruning removes bodies, and later entries, that are old enough, and never an entry that is unfinished.
//!
//! An id that is pruned while a repeat can still arrive makes that repeat a new delivery: the merchant pays twice.

use std::time::Duration;

use referral_webhooks_inbox::store::{Accepted, Finish, NewEntry, PruneRule, Pruned, Store};

use crate::checks::checks;
use crate::samples::{
    AN_HOUR, OPERATOR, accept, assert_none_due, completed, discarded, entry, everything_finished, process, sample,
    stored, unreadable,
};

const ZERO: Duration = Duration::ZERO;

/// Returns a sample whose signature covers no time.
fn sample_without_time(id: &str, body: &str) -> NewEntry {
    let mut new = sample(id, body);
    new.keeps_id = true;
    new
}

checks!(
    mod pruning {
        /// Bodies, dead letters and ids have their own ages, which count from the end of the entry.
        async fn pruning_removes_bodies_first_and_unfinished_entries_never(store: impl Store) {
            let done = completed(&store, "m1").await;
            let dead = discarded(&store, "m2").await;
            let available = stored(&store, "m3", 3).await;
            let parked = accept(&store, unreadable("m4")).await;
            let prune = async |bodies, dead_letters, ids| {
                store.prune(PruneRule::new("shop", bodies, dead_letters, ids, 100)).await.unwrap()
            };
            let none = Pruned::default();
            assert_eq!(prune(AN_HOUR, AN_HOUR, Some(AN_HOUR)).await, none, "too young");
            assert_eq!(prune(ZERO, AN_HOUR, Some(AN_HOUR)).await, Pruned { bodies: 1, ..none });
            assert!(!entry(&store, done).await.has_body && entry(&store, dead).await.has_body);
            assert_eq!(store.accept(sample("m1", "{}")).await.unwrap(), Accepted::Repeated(done));
            assert!(entry(&store, dead).await.reason.is_some());
            assert_eq!(prune(ZERO, ZERO, None).await, Pruned { bodies: 1, ..none });
            assert_eq!(entry(&store, dead).await.reason, None, "a reason may contain personal data");
            let history = store.history(dead).await.unwrap();
            assert!(!history.is_empty() && history.iter().all(|line| line.reason.is_none()), "{history:?}");
            assert_eq!(prune(ZERO, ZERO, Some(ZERO)).await, Pruned { entries: 2, ..none });
            assert_eq!(store.get(done).await.unwrap(), None);
            assert!(store.history(done).await.unwrap().is_empty());
            assert!(entry(&store, available).await.has_body, "an unfinished entry is never pruned");
            stored(&store, "m1", 3).await;
            assert!(entry(&store, parked).await.has_body, "a parked entry is kept until a person acts");
            assert_eq!(store.prune(everything_finished()).await.unwrap(), Pruned { bodies: 1, entries: 1, ..none });
        }

        /// Neither the entry nor its reason is pruned, at any age of ids.
        async fn an_entry_that_needs_a_person_is_kept_with_its_id(store: impl Store) {
            let dead = discarded(&store, "m1").await;
            let parked = accept(&store, unreadable("m2")).await;
            let rule = PruneRule::new("shop", ZERO, None, Some(ZERO), 100);
            assert_eq!(store.prune(rule).await.unwrap(), Pruned::default());
            assert!(entry(&store, dead).await.reason.is_some() && entry(&store, parked).await.has_body);
        }

        /// Without a signed time a repeat can arrive at any time, so the id outlives every age.
        async fn an_id_without_a_signed_time_is_never_pruned(store: impl Store) {
            let id = accept(&store, sample_without_time("m1", "{}")).await;
            process(&store, Finish::Complete(None)).await;
            let other = completed(&store, "m2").await;
            let mut conflict = sample_without_time("m1", "{}");
            conflict.body_digest = [7; 32];
            let conflict = accept(&store, conflict).await;
            assert!(store.cancel(conflict, OPERATOR).await.unwrap());
            let pruned = store.prune(everything_finished()).await.unwrap();
            assert_eq!((pruned.bodies, pruned.entries), (3, 1), "the bodies are pruned");
            assert_eq!(store.get(other).await.unwrap(), None);
            assert!(store.get(conflict).await.unwrap().is_some());
            let again = store.accept(sample_without_time("m1", "{}")).await.unwrap();
            assert_eq!(again, Accepted::Repeated(id), "its repeat is recognised");
        }

        /// A repeat or a conflict without a signed time can arrive again, so its id is kept from then on.
        async fn a_repeat_without_a_signed_time_keeps_the_id_of_its_entry(store: impl Store) {
            for (name, body) in [("m1", "{}"), ("m2", "[1]")] {
                let id = completed(&store, name).await;
                let first = store.accept(sample_without_time(name, body)).await.unwrap();
                assert!(store.cancel(first.id(), OPERATOR).await.unwrap() || first.id() == id);
                store.prune(everything_finished()).await.unwrap();
                assert!(store.get(id).await.unwrap().is_some(), "{name}: the id is kept");
                let later = store.accept(sample_without_time(name, body)).await.unwrap();
                assert_eq!(later, first, "{name}: it is not new");
                assert_none_due(&store, name).await;
            }
        }

        /// A writer that waits for the disk waits for one call only.
        async fn pruning_is_bounded_by_bytes(store: impl Store) {
            let body = format!("[\"{}\"]", "x".repeat(1_000));
            for number in 0..5 {
                accept(&store, sample(&format!("m{number}"), &body)).await;
                process(&store, Finish::Complete(None)).await;
            }
            let mut rule = PruneRule::new("shop", ZERO, None, None, 100);
            rule.most_bytes = 2 * body.len() as u64;
            let mut pruned = Vec::new();
            for _ in 0..4 {
                let call = store.prune(rule.clone()).await.unwrap();
                pruned.push((call.bodies, call.is_more));
            }
            assert_eq!(pruned, [(2, true), (2, true), (1, false), (0, false)]);
            // A body that is longer than the bound is pruned in a call with no other.
            rule.most_bytes = 1;
            completed(&store, "m5").await;
            completed(&store, "m6").await;
            assert_eq!(store.prune(rule).await.unwrap().bodies, 1);
        }

        /// A bounded call can run under load.
        async fn pruning_is_bounded_by_number(store: impl Store) {
            for number in 0..5 {
                completed(&store, &format!("m{number}")).await;
            }
            let rule = PruneRule::new("shop", ZERO, ZERO, Some(AN_HOUR), 2);
            let mut counts = Vec::new();
            for _ in 0..4 {
                counts.push(store.prune(rule.clone()).await.unwrap().bodies);
            }
            assert_eq!(counts, [2, 2, 1, 0]);
        }

        /// Every endpoint has its own rule.
        async fn pruning_affects_one_endpoint_only(store: impl Store) {
            let id = completed(&store, "m1").await;
            let rule = PruneRule::new("other", ZERO, ZERO, Some(ZERO), 100);
            assert_eq!(store.prune(rule).await.unwrap(), Pruned::default());
            assert!(entry(&store, id).await.has_body);
        }
    }
);
