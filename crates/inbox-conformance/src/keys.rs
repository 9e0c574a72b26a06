//! Another id with a known business key: one entry is processed, and every delivery is kept.
//!
//! A store that processes both pays one reward twice. A store that drops the second one loses the retry of a delivery
//! that has failed, and every delivery under a key that was chosen too coarsely.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks_inbox::store::{Accepted, EntryId, Finish, NewEntry, PruneRule, State, Store};

use crate::checks::checks;
use crate::samples::{
    AN_HOUR, LONG, OPERATOR, accept, assert_none_due, body, claim, claim_one, entry, everything_finished, finish,
    history, process, sample, sample_at, state, unreadable,
};

/// Returns a sample about a fact. Its body has a stamp, so that no two bodies are equal.
fn fact(id: &str, key: &str) -> NewEntry {
    sample(id, &format!("[\"{id}\"]")).with_business_key(key)
}

/// Stores a delivery that repeats the fact of an entry under another id.
async fn same_key(store: &impl Store, new: NewEntry) -> EntryId {
    match store.accept(new).await.unwrap() {
        Accepted::SameKey(id) => id,
        other => panic!("no repeat by business key: {other:?}"),
    }
}

checks!(
    mod keys {
        /// The first entry counts the repeat and is processed once. The other body is kept and waits for no one.
        async fn another_id_with_a_known_key_is_kept_and_not_processed(store: impl Store) {
            let first = accept(&store, fact("m1", "reward 7")).await;
            let other = same_key(&store, fact("m2", "reward 7")).await;
            assert_eq!(same_key(&store, fact("m2", "reward 7")).await, other, "its repeat is the same entry");
            assert_eq!(store.accept(fact("m1", "reward 7")).await.unwrap(), Accepted::Repeated(first));
            let (first, other) = (entry(&store, first).await, entry(&store, other).await);
            assert_eq!((first.state, first.repeats, first.conflicts), (State::Available, 3, 0));
            assert_eq!((other.state, other.repeats, other.conflicts), (State::Cancelled, 1, 0));
            assert_eq!((first.repeat_of, other.repeat_of, other.conflict_of), (None, Some(first.id), None));
            assert_eq!((other.delivery_id.as_str(), other.has_body), ("m2", true));
            assert_eq!(other.reason, Some(format!("entry {} has the same business key", first.id.0)));
            assert_eq!(history(&store, other.id).await, ["repeated"]);
            assert_eq!(body(&store, other.id).await.body, "[\"m2\"]");
            let stats = store.stats().await.unwrap();
            assert_eq!((stats.available, stats.discarded, stats.conflicts), (1, 0, 0));
            assert_eq!(process(&store, Finish::Complete(None)).await.lease.id, first.id);
            assert_none_due(&store, "the fact was processed").await;
        }

        /// No key, another key and another endpoint are other facts.
        async fn a_key_is_unique_within_its_endpoint(store: impl Store) {
            accept(&store, fact("m1", "reward 7")).await;
            let others = [
                fact("m2", "reward 8"),
                sample("m3", "{}"),
                sample("m4", "{}"),
                sample_at("other", "m1", "{}").with_business_key("reward 7"),
            ];
            for new in others {
                let accepted = store.accept(new).await.unwrap();
                assert!(matches!(accepted, Accepted::Stored(_)), "{accepted:?}");
            }
        }

        /// A repeat changes no state but that of a dead letter.
        async fn a_known_key_is_recognised_in_every_state(store: impl Store) {
            let id = accept(&store, fact("m1", "reward 7")).await;
            let mut number = 1;
            let mut assert_known = async |when: &str| {
                number += 1;
                let before = state(&store, id).await;
                let other = same_key(&store, fact(&format!("m{number}"), "reward 7")).await;
                let found = entry(&store, other).await;
                assert_eq!((found.state, found.repeat_of), (State::Cancelled, Some(id)), "{when}");
                assert_eq!(state(&store, id).await, before, "{when}");
            };
            assert_known("available").await;
            let lease = claim_one(&store, LONG).await.lease;
            assert_known("running").await;
            finish(&store, &lease, Finish::Retry(Duration::ZERO, "again".into())).await;
            assert_known("retryable").await;
            process(&store, Finish::Park("unknown".into())).await;
            assert_known("parked").await;
            store.redeliver(id, 3, OPERATOR).await.unwrap();
            process(&store, Finish::Complete(None)).await;
            assert_known("completed").await;
            store.prune(PruneRule::new("shop", Duration::ZERO, None, None, 100)).await.unwrap();
            assert_known("completed and pruned").await;
            store.erase(id, OPERATOR).await.unwrap();
            assert_known("erased").await;
            assert_none_due(&store, "one fact was processed once").await;
        }

        /// The indexes decide. A store that looks first and inserts later fails here.
        async fn simultaneous_ids_of_one_fact_are_processed_once(store: impl Store) {
            let senders = (0..120).map(|number| {
                let store = store.clone();
                let (id, key) = (format!("m{}", number % 40), format!("reward {}", number % 40 % 5));
                tokio::spawn(async move { store.accept(fact(&id, &key)).await.unwrap() })
            });
            let accepted: Vec<Accepted> = join_all(senders).await.into_iter().map(Result::unwrap).collect();
            let count = |is_one: fn(&Accepted) -> bool| accepted.iter().filter(|one| is_one(one)).count();
            assert_eq!(count(|one| matches!(one, Accepted::Stored(_))), 5, "{accepted:?}");
            assert_eq!(count(|one| matches!(one, Accepted::Repeated(_))), 10, "{accepted:?}");
            assert_eq!(count(|one| matches!(one, Accepted::SameKey(_))), 105, "{accepted:?}");
            let entries: BTreeSet<EntryId> = accepted.iter().map(Accepted::id).collect();
            assert_eq!((entries.len(), claim(&store, 100, LONG).await.len()), (40, 5));
        }

        /// The first entry keeps its body and its id, which is the idempotency key of its effect.
        async fn another_id_revives_the_dead_letter_of_its_fact(store: impl Store) {
            let id = accept(&store, fact("m1", "reward 7")).await;
            process(&store, Finish::Discard("broken".into())).await;
            for number in [2, 2, 3] {
                let again = fact(&format!("m{number}"), "reward 7");
                let mut left = again.clone();
                left.revives = false;
                same_key(&store, left).await;
                assert_eq!(state(&store, id).await, State::Discarded, "without revival");
                assert_eq!(store.accept(again).await.unwrap(), Accepted::Revived(id), "m{number}");
                let claimed = process(&store, Finish::Discard("broken".into())).await;
                assert_eq!((claimed.lease.id, claimed.delivery_id.as_str()), (id, "m1"));
                assert_eq!(claimed.delivery.expect("the body is kept").body, "[\"m1\"]");
            }
            let lines = history(&store, id).await;
            assert_eq!(lines.iter().filter(|line| *line == "revived").count(), 3, "{lines:?}");
        }

        /// A person decides, because the delivery has the only body of the fact.
        async fn another_id_is_a_dead_letter_if_the_first_body_was_deleted(store: impl Store) {
            for (id, other, end) in
                [("m1", "m2", Finish::Discard("broken".into())), ("m3", "m4", Finish::Park("unknown".into()))]
            {
                let first = accept(&store, fact(id, id)).await;
                process(&store, end).await;
                let mut rule = everything_finished();
                rule.ids = None;
                store.prune(rule).await.unwrap();
                let before = store.stats().await.unwrap();
                let kept = store.accept(fact(other, id)).await.unwrap();
                assert!(matches!(kept, Accepted::Conflict(_)), "{kept:?}");
                let (found, first) = (entry(&store, kept.id()).await, entry(&store, first).await);
                assert_eq!((found.state, found.conflict_of, found.has_body), (State::Discarded, Some(first.id), true));
                assert_eq!((first.conflicts, first.has_body), (1, false));
                let stats = store.stats().await.unwrap();
                assert_eq!((stats.discarded, stats.conflicts), (before.discarded + 1, before.conflicts + 1));
                store.accept(fact(other, id)).await.unwrap();
                assert_none_due(&store, "a person decides").await;
                assert!(store.redeliver(found.id, 3, OPERATOR).await.unwrap());
                assert_eq!(process(&store, Finish::Complete(None)).await.delivery_id, other);
            }
        }

        /// The key was too coarse, and a person wants the second event too.
        async fn a_repeat_by_key_can_be_redelivered(store: impl Store) {
            accept(&store, fact("m1", "reward 7")).await;
            process(&store, Finish::Complete(None)).await;
            let other = same_key(&store, fact("m2", "reward 7")).await;
            assert!(store.redeliver(other, 3, OPERATOR).await.unwrap());
            let claimed = process(&store, Finish::Complete(None)).await;
            assert_eq!(
                (claimed.lease.id, claimed.delivery_id.as_str(), claimed.has_business_key),
                (other, "m2", false)
            );
            assert_eq!(store.accept(fact("m2", "reward 7")).await.unwrap(), Accepted::Repeated(other));
        }

        /// The delivery id is looked up first.
        async fn a_known_id_with_another_body_is_a_conflict_whatever_its_key(store: impl Store) {
            let first = accept(&store, fact("m1", "reward 7")).await;
            let other = |key| sample("m1", &format!("{{\"{key}\":1}}")).with_business_key(key);
            for key in ["reward 7", "reward 8"] {
                let conflict = store.accept(other(key)).await.unwrap();
                assert!(matches!(conflict, Accepted::Conflict(_)), "{conflict:?}");
                assert_eq!(entry(&store, conflict.id()).await.conflict_of, Some(first));
                assert_eq!(store.accept(other(key)).await.unwrap(), conflict);
            }
            // The conflict has its key, so that a redelivery and another id do not pay twice.
            let conflict = store.accept(other("reward 8")).await.unwrap().id();
            let repeat = same_key(&store, fact("m2", "reward 8")).await;
            assert_eq!(entry(&store, repeat).await.repeat_of, Some(conflict));
            assert_eq!(state(&store, conflict).await, State::Discarded, "a person decides about a conflict");
            let repeat = same_key(&store, fact("m3", "reward 7")).await;
            assert_eq!(entry(&store, repeat).await.repeat_of, Some(first));
        }

        /// The digest of the key goes with the id: it outlives the body and the erasure, and is pruned with the row.
        async fn a_key_is_kept_as_long_as_its_id(store: impl Store) {
            let dated = |id| {
                let mut new = fact(id, "reward 7");
                new.keeps_id = false;
                new
            };
            let id = accept(&store, dated("m1")).await;
            process(&store, Finish::Complete(None)).await;
            store.erase(id, OPERATOR).await.unwrap();
            let other = same_key(&store, dated("m2")).await;
            store.prune(PruneRule::new("shop", Duration::ZERO, AN_HOUR, None, 100)).await.unwrap();
            assert_eq!(same_key(&store, dated("m2")).await, other);
            store.prune(everything_finished()).await.unwrap();
            let accepted = store.accept(dated("m3")).await.unwrap();
            assert!(matches!(accepted, Accepted::Stored(_)), "{accepted:?}");
            // Without a signed time a repeat can come at any time.
            let mut endless = dated("m4");
            endless.keeps_id = true;
            same_key(&store, endless).await;
            process(&store, Finish::Complete(None)).await;
            store.prune(everything_finished()).await.unwrap();
            same_key(&store, dated("m5")).await;
        }

        /// A subject's next entry follows the revived one.
        async fn a_revived_fact_waits_for_its_subject(store: impl Store) {
            let first = accept(&store, fact("m1", "reward 7").about("ada")).await;
            process(&store, Finish::Discard("broken".into())).await;
            let running = accept(&store, fact("m2", "reward 8").about("ada")).await;
            let lease = claim_one(&store, LONG).await.lease;
            assert_eq!(lease.id, running);
            assert_eq!(store.accept(fact("m3", "reward 7").about("ada")).await.unwrap(), Accepted::Revived(first));
            assert_none_due(&store, "another entry of the subject runs").await;
            finish(&store, &lease, Finish::Complete(None)).await;
            assert_eq!(claim_one(&store, LONG).await.lease.id, first);
        }

        /// An entry that was unreadable gets its key later, if no other entry has it.
        async fn a_key_is_held_by_one_entry(store: impl Store) {
            let key = fact("m0", "reward 7").business_key.expect("it was set");
            let free = fact("m0", "reward 8").business_key.expect("it was set");
            let first = accept(&store, fact("m1", "reward 7")).await;
            assert_eq!(store.hold_key(first, &free).await.unwrap(), first, "it keeps its key");
            let parked = accept(&store, unreadable("m2")).await;
            assert_eq!(store.hold_key(parked, &key).await.unwrap(), first);
            assert_eq!(entry(&store, parked).await.repeat_of, Some(first));
            assert_eq!(state(&store, parked).await, State::Parked);
            let other = accept(&store, unreadable("m3")).await;
            for _ in 0..2 {
                assert_eq!(store.hold_key(other, &free).await.unwrap(), other);
            }
            let repeat = same_key(&store, fact("m4", "reward 8")).await;
            assert_eq!(entry(&store, repeat).await.repeat_of, Some(other));
            assert_eq!(entry(&store, other).await.repeat_of, None);
            let claims = claim(&store, 10, LONG).await;
            assert!(claims.iter().all(|claim| claim.has_business_key), "{claims:?}");
        }
    }
);
