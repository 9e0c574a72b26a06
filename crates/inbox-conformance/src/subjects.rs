//! Entries of one subject run one at a time, in the order of their signatures.
//!
//! Of the unfinished entries of a subject at most one is available, running or retryable; all others wait. A store that
//! promotes the next entry in a separate transaction can run two at once, or strand a subject after a crash.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks_inbox::store::{Accepted, EntryId, Finish, NewEntry, State, Store};
use time::OffsetDateTime;

use crate::checks::checks;
use crate::samples::{
    LONG, OPERATOR, SHORT, accept, assert_none_due, claim, claim_one, entry, finish, ids, let_short_lease_expire,
    process, sample, sleep, state, stored,
};

/// Returns a sample of a subject that was signed this many seconds after the first.
fn about(subject: &str, id: &str, place: i64) -> NewEntry {
    let mut new = sample(id, "{}").about(subject);
    new.ordered_at = OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_750_000_000 + place);
    new
}

/// Stores the entries `m1` to `m3` of a subject in their order.
async fn three_of_a_subject(store: &impl Store) -> [EntryId; 3] {
    [
        accept(store, about("ada", "m1", 1)).await,
        accept(store, about("ada", "m2", 2)).await,
        accept(store, about("ada", "m3", 3)).await,
    ]
}

checks!(
    mod subjects {
        /// The order is that of signatures, not of arrivals. Other subjects, and entries without one, do not wait.
        async fn a_subject_is_processed_one_at_a_time_in_its_order(store: impl Store) {
            let second = accept(&store, about("ada", "m2", 2)).await;
            let third = accept(&store, about("ada", "m3", 3)).await;
            let first = accept(&store, about("ada", "m1", 1)).await;
            let other = accept(&store, about("grace", "m4", 9)).await;
            let without = stored(&store, "m5", 3).await;
            let mut claims = claim(&store, 10, LONG).await;
            claims.sort_by_key(|claim| claim.lease.id);
            assert_eq!(ids(&claims), [first, other, without]);
            let mut lease = claims.remove(0).lease;
            for next in [second, third] {
                assert_none_due(&store, "an entry of the subject is running").await;
                finish(&store, &lease, Finish::Complete(None)).await;
                lease = claim_one(&store, LONG).await.lease;
                assert_eq!(lease.id, next);
            }
        }

        /// A retryable entry still comes first. A dead letter blocks no later entry.
        async fn a_retry_keeps_its_place_and_a_dead_letter_does_not(store: impl Store) {
            let [first, second, _] = three_of_a_subject(&store).await;
            process(&store, Finish::Retry(Duration::from_millis(200), "later".into())).await;
            assert_none_due(&store, "the second waits for the first").await;
            sleep(300).await;
            assert_eq!(process(&store, Finish::Discard("never".into())).await.lease.id, first);
            assert_eq!(claim_one(&store, LONG).await.lease.id, second);
        }

        /// The abandoned entry is rescued before an earlier one that arrived in the meantime.
        async fn a_subject_continues_after_its_worker_died(store: impl Store) {
            let late = accept(&store, about("ada", "m2", 2)).await;
            assert_eq!(claim_one(&store, SHORT).await.lease.id, late);
            let early = accept(&store, about("ada", "m1", 1)).await;
            assert_none_due(&store, "another entry is running").await;
            let_short_lease_expire().await;
            let rescued = process(&store, Finish::Complete(None)).await.lease;
            assert_eq!((rescued.id, rescued.attempt), (late, 2));
            assert_eq!(claim_one(&store, LONG).await.lease.id, early);
        }

        /// Six workers claim while four subjects receive their entries, the last one first.
        async fn many_workers_never_run_a_subject_twice(store: impl Store) {
            const SUBJECTS: i64 = 4;
            const EACH: i64 = 10;
            let senders = (0..SUBJECTS).map(|subject| {
                let store = store.clone();
                tokio::spawn(async move {
                    for place in (0..EACH).rev() {
                        accept(&store, about(&format!("s{subject}"), &format!("{subject}-{place}"), place)).await;
                    }
                })
            });
            let running = Arc::new(Mutex::new(HashSet::new()));
            let workers = (0..6).map(|_| {
                let (store, running) = (store.clone(), Arc::clone(&running));
                let subject = |id: &str| id.split('-').next().unwrap().to_owned();
                tokio::spawn(async move {
                    let (mut ended, mut idle) = (0, 0);
                    while idle < 25 {
                        let claims = claim(&store, 3, LONG).await;
                        if claims.is_empty() {
                            idle += 1;
                            sleep(10).await;
                        }
                        for claim in &claims {
                            let is_only = running.lock().unwrap().insert(subject(&claim.delivery_id));
                            assert!(is_only, "two entries of one subject run: {}", claim.delivery_id);
                        }
                        sleep(2).await;
                        for claim in claims {
                            running.lock().unwrap().remove(&subject(&claim.delivery_id));
                            finish(&store, &claim.lease, Finish::Complete(None)).await;
                            (ended, idle) = (ended + 1, 0);
                        }
                    }
                    ended
                })
            });
            let (sent, worked) = (join_all(senders.collect::<Vec<_>>()), join_all(workers.collect::<Vec<_>>()));
            let (sent, worked) = futures_util::future::join(sent, worked).await;
            sent.into_iter().for_each(Result::unwrap);
            let ended: i64 = worked.into_iter().map(Result::unwrap).sum();
            assert_eq!(ended, SUBJECTS * EACH, "every entry was processed");
        }

        /// The subject's digest is personal data, so an erasure removes it from the entry.
        async fn an_erased_entry_does_not_block_its_subject(store: impl Store) {
            let [first, second, _] = three_of_a_subject(&store).await;
            assert!(store.erase(first, OPERATOR).await.unwrap().is_erased());
            assert_eq!(state(&store, first).await, State::Cancelled);
            assert_eq!(claim_one(&store, LONG).await.lease.id, second);
        }

        /// A waiting entry is not due, and is counted separately.
        async fn an_entry_behind_another_of_its_subject_is_waiting(store: impl Store) {
            let second = accept(&store, about("ada", "m2", 2)).await;
            let third = accept(&store, about("ada", "m3", 3)).await;
            let other = accept(&store, about("grace", "m4", 1)).await;
            let first = accept(&store, about("ada", "m1", 1)).await;
            let rows = [
                (first, State::Available),
                (second, State::Waiting),
                (third, State::Waiting),
                (other, State::Available),
            ];
            for (id, want) in rows {
                let entry = entry(&store, id).await;
                assert_eq!((entry.state, entry.next_at.is_some()), (want, want == State::Available), "{id:?}");
            }
            let stats = store.stats().await.unwrap();
            assert_eq!((stats.available, stats.waiting), (2, 2));
            assert!(store.cancel(second, OPERATOR).await.unwrap(), "a waiting entry can be cancelled");
            assert!(store.cancel(first, OPERATOR).await.unwrap());
            assert_eq!(state(&store, third).await, State::Available, "it is promoted");
        }

        /// Subjects are compared within an endpoint.
        async fn a_subject_at_another_endpoint_is_another_subject(store: impl Store) {
            let here = accept(&store, about("ada", "m1", 1)).await;
            let mut elsewhere = about("ada", "m1", 2);
            elsewhere.endpoint = "other".to_owned();
            let there = accept(&store, elsewhere).await;
            for id in [here, there] {
                assert_eq!(state(&store, id).await, State::Available);
            }
        }

        /// Each of six ends promotes the next entry, an expired last lease and a cancelled retry among them.
        async fn every_end_of_an_entry_promotes_the_next(store: impl Store) {
            let ends = ["completed", "discarded", "last attempt", "last lease", "cancelled", "erased"];
            for (number, end) in ends.into_iter().enumerate() {
                let mut entries = Vec::new();
                for place in [1, 2] {
                    let mut new = about(end, &format!("{number}-{place}"), place);
                    new.attempts = 1;
                    entries.push(accept(&store, new).await);
                }
                let (first, next) = (entries[0], entries[1]);
                match end {
                    "completed" => drop(process(&store, Finish::Complete(None)).await),
                    "discarded" => drop(process(&store, Finish::Discard("never".into())).await),
                    "last attempt" => drop(process(&store, Finish::Retry(LONG, "again".into())).await),
                    "last lease" => {
                        claim_one(&store, Duration::ZERO).await;
                        sleep(5).await;
                        assert_none_due(&store, "it is a dead letter").await;
                    }
                    "cancelled" => {
                        process(&store, Finish::Release).await;
                        assert!(store.cancel(first, OPERATOR).await.unwrap());
                    }
                    _ => assert!(store.erase(first, OPERATOR).await.unwrap().is_erased()),
                }
                assert!(state(&store, first).await.is_finished(), "{end}");
                assert_eq!(state(&store, next).await, State::Available, "{end}");
                assert!(store.cancel(next, OPERATOR).await.unwrap());
            }
        }

        /// It waits for the running entry, and comes before every later one.
        async fn a_redelivered_or_revived_entry_waits_for_its_subject(store: impl Store) {
            let [first, second, third] = three_of_a_subject(&store).await;
            process(&store, Finish::Discard("never".into())).await;
            let running = claim_one(&store, LONG).await.lease;
            assert_eq!(running.id, second);
            assert!(store.redeliver(first, 3, OPERATOR).await.unwrap());
            assert_eq!(state(&store, first).await, State::Waiting, "another entry is running");
            finish(&store, &running, Finish::Complete(None)).await;
            assert_eq!(process(&store, Finish::Discard("never".into())).await.lease.id, first);
            assert_eq!(state(&store, third).await, State::Available);
            let revived = store.accept(about("ada", "m1", 1)).await.unwrap();
            assert_eq!(revived, Accepted::Revived(first));
            assert_eq!((state(&store, first).await, state(&store, third).await), (State::Available, State::Waiting));
        }
    }
);
