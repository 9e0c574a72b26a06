//! Claims are disjoint and fair, and an attempt ends as its handler decided.

use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks_inbox::store::{Accepted, ClaimRequest, Finish, State, Store};

use crate::checks::checks;
use crate::samples::{
    LONG, OPERATOR, accept, assert_none_due, claim, claim_one, entry, finish, history, ids, process, sample, sample_at,
    sleep, state, stored,
};

checks!(
    mod claiming {
        /// Claims of eight concurrent workers are disjoint, and together they contain every entry.
        async fn two_workers_never_claim_the_same_entry(store: impl Store) {
            for number in 0..60 {
                stored(&store, &format!("m{number}"), 3).await;
            }
            let workers = (0..8).map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut claimed = Vec::new();
                    loop {
                        let claims = claim(&store, 5, LONG).await;
                        if claims.is_empty() {
                            return claimed;
                        }
                        claimed.extend(ids(&claims));
                    }
                })
            });
            let mut claimed: Vec<_> = join_all(workers).await.into_iter().flat_map(Result::unwrap).collect();
            assert_eq!(claimed.len(), 60);
            claimed.sort();
            claimed.dedup();
            assert_eq!(claimed.len(), 60, "no entry was claimed twice");
        }

        /// Entries are claimed in the order in which they became due.
        async fn the_oldest_entry_is_claimed_first(store: impl Store) {
            let mut stored_ids = Vec::new();
            for number in 0..5 {
                stored_ids.push(stored(&store, &format!("m{number}"), 3).await);
                sleep(5).await;
            }
            for id in stored_ids {
                assert_eq!(ids(&claim(&store, 1, LONG).await), [id]);
            }
        }

        /// A claim takes an entry of each endpoint before it takes a larger share of one of them.
        async fn a_flood_at_one_endpoint_does_not_starve_another(store: impl Store) {
            for number in 0..50 {
                accept(&store, sample_at("flooded", &format!("m{number}"), "{}")).await;
            }
            accept(&store, sample_at("quiet", "m", "{}")).await;
            let wanted = ClaimRequest::new("worker", &["flooded".to_owned(), "quiet".to_owned()], 10, LONG);
            let claims = store.claim(wanted).await.unwrap();
            assert_eq!(claims.len(), 10, "the unused share of the quiet endpoint is used");
            assert_eq!(claims.iter().filter(|claim| claim.endpoint == "quiet").count(), 1);
        }

        /// A worker has handlers for its own endpoints only.
        async fn only_the_requested_endpoints_are_claimed(store: impl Store) {
            accept(&store, sample_at("other", "m1", "{}")).await;
            assert_none_due(&store, "it is another endpoint's").await;
        }

        /// A completed entry keeps its reason, and a second end of the same attempt changes no column.
        async fn a_completed_entry_is_not_claimed_again(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            let lease = claim_one(&store, LONG).await.lease;
            assert_eq!(state(&store, id).await, State::Running);
            finish(&store, &lease, Finish::Complete(Some("no reward".into()))).await;
            let completed = entry(&store, id).await;
            assert_eq!((completed.state, completed.next_at), (State::Completed, None));
            assert!(completed.finished_at.is_some());
            assert_eq!(completed.reason.as_deref(), Some("no reward"));
            assert_none_due(&store, "it is completed").await;
            assert!(!store.finish(&lease, Finish::Discard("again".into())).await.unwrap(), "finished twice");
            assert_eq!(state(&store, id).await, State::Completed);
        }

        /// A retry is due after its back-off, and no earlier.
        async fn a_retry_waits_for_its_back_off(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            process(&store, Finish::Retry(Duration::from_millis(200), "a passing fault".into())).await;
            let waiting = entry(&store, id).await;
            assert_eq!((waiting.state, waiting.reason.as_deref()), (State::Retryable, Some("a passing fault")));
            assert_none_due(&store, "too early").await;
            sleep(300).await;
            assert_eq!(claim_one(&store, LONG).await.lease.attempt, 2);
        }

        /// The dead letter has the reason of the last attempt, and keeps its body.
        async fn the_last_failed_attempt_leaves_a_dead_letter(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            for attempt in 1..=3 {
                let again = Finish::Retry(Duration::ZERO, format!("fault {attempt}").into());
                assert_eq!(process(&store, again).await.lease.attempt, attempt);
            }
            let dead = entry(&store, id).await;
            assert_eq!((dead.state, dead.reason.as_deref()), (State::Discarded, Some("fault 3")));
            assert!(dead.has_body, "a dead letter keeps its body");
            assert_none_due(&store, "it is a dead letter").await;
            assert_eq!(history(&store, id).await, ["retry", "retry", "discarded"]);
        }

        /// The remaining attempts are not used.
        async fn a_discarded_entry_is_a_dead_letter_at_once(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            process(&store, Finish::Discard("never".into())).await;
            assert_eq!(state(&store, id).await, State::Discarded);
        }

        /// A shutdown costs no attempt, and the released claim cannot be mistaken for the next one.
        async fn a_release_burns_no_attempt_and_reuses_no_number(store: impl Store) {
            stored(&store, "m1", 1).await;
            let first = process(&store, Finish::Release).await.lease;
            let second = claim_one(&store, LONG).await.lease;
            assert_eq!((second.attempt, second.last_attempt), (2, 2), "one attempt remains, as before");
            assert!(!store.finish(&first, Finish::Complete(None)).await.unwrap(), "the first claim is void");
            finish(&store, &second, Finish::Complete(None)).await;
        }

        /// A release, a revival and a redelivery add attempts to the largest number without an overflow.
        async fn attempts_saturate_at_the_largest_number(store: impl Store) {
            let id = stored(&store, "m1", u32::MAX).await;
            process(&store, Finish::Release).await;
            process(&store, Finish::Discard("no".into())).await;
            let mut repeat = sample("m1", "{}");
            repeat.attempts = u32::MAX;
            assert_eq!(store.accept(repeat).await.unwrap(), Accepted::Revived(id));
            process(&store, Finish::Complete(None)).await;
            assert!(store.redeliver(id, u32::MAX, OPERATOR).await.unwrap());
            let again = claim_one(&store, LONG).await.lease;
            assert_eq!((again.attempt, again.last_attempt), (4, u32::MAX));
            assert_eq!(entry(&store, id).await.last_attempt, u32::MAX);
        }

        /// A waiting worker is notified, and does not sleep until its next poll.
        async fn a_new_entry_wakes_a_waiting_worker(store: impl Store) {
            let waiting = tokio::spawn({
                let store = store.clone();
                async move { store.wait(Duration::from_secs(20)).await }
            });
            sleep(50).await;
            stored(&store, "m1", 3).await;
            tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("it was notified").unwrap();
        }
    }
);
