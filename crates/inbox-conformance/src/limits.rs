//! Extreme numbers and durations of a caller: none of them panics, overflows, or delays an entry by years.

use std::time::Duration;

use referral_webhooks_inbox::store::{ClaimRequest, EntryId, Filter, Finish, Lease, PruneRule, State, Store};
use time::OffsetDateTime;

use crate::checks::checks;
use crate::samples::{
    LONG, OPERATOR, accept, claim, claim_one, entry, everything_finished, finish, history, ids, process, sample, sleep,
    state, stored,
};

/// Returns durations that a configuration may contain.
fn durations() -> Vec<Duration> {
    let longest = [i64::MAX as u64, u64::MAX - 1, u64::MAX];
    let mut durations: Vec<Duration> = longest.into_iter().map(Duration::from_secs).collect();
    durations.extend(longest.map(Duration::from_millis));
    durations.extend([Duration::from_secs(3_650_000 * 24 * 60 * 60), Lease::LONGEST, Duration::MAX]);
    durations.extend([Duration::ZERO, Duration::from_nanos(1), Duration::new(1, 999_999_999)]);
    durations
}

/// Returns the time until an entry is due.
async fn due_in(store: &impl Store, id: EntryId) -> time::Duration {
    entry(store, id).await.next_at.expect("it has a time") - OffsetDateTime::now_utc()
}

checks!(
    mod limits {
        /// A lease lasts an hour at most, and a back-off [`Finish::LONGEST_WAIT`] at most.
        async fn an_extreme_duration_is_capped(store: impl Store) {
            for (number, duration) in durations().into_iter().enumerate() {
                let id = stored(&store, &format!("m{number}"), u32::MAX).await;
                let mut lease = claim_one(&store, duration).await.lease;
                let runs_for = due_in(&store, id).await;
                assert!(runs_for <= Lease::LONGEST, "{duration:?}: it runs for {runs_for}");
                lease.length = duration;
                store.extend(&lease).await.unwrap();
                let runs_for = due_in(&store, id).await;
                assert!(runs_for <= Lease::LONGEST, "{duration:?}: it runs for {runs_for}");
                store.finish(&lease, Finish::Retry(duration, "later".into())).await.unwrap();
                let waits_for = due_in(&store, id).await;
                assert!(waits_for <= Finish::LONGEST_WAIT, "{duration:?}: it waits for {waits_for}");
                store.cancel(id, OPERATOR).await.unwrap();
                assert_eq!(state(&store, id).await, State::Cancelled, "{duration:?}");
            }
            store.wait(Duration::ZERO).await;
            store.wait(Duration::from_nanos(1)).await;
        }

        /// Every call makes progress, so a loop over calls terminates.
        async fn pruning_with_extreme_bounds_terminates(store: impl Store) {
            for (number, age) in durations().into_iter().enumerate() {
                for most in [0, 1, u32::MAX] {
                    for most_bytes in [0, 1, u64::MAX] {
                        let id = stored(&store, &format!("m{number}-{most}-{most_bytes}"), 3).await;
                        process(&store, Finish::Complete(None)).await;
                        let mut rule = PruneRule::new("shop", age, age, Some(age), most).parked(Some(age));
                        rule.most_bytes = most_bytes;
                        let mut calls = 0;
                        while store.prune(rule.clone()).await.unwrap().is_more {
                            calls += 1;
                            assert!(calls < 10, "{rule:?} does not terminate");
                        }
                        let is_kept = store.get(id).await.unwrap().is_some();
                        assert_eq!(is_kept, age > Duration::from_secs(1), "{rule:?}");
                        store.erase(id, OPERATOR).await.unwrap();
                    }
                }
                // The entries that a long age has kept are pruned before the next age.
                while store.prune(everything_finished()).await.unwrap().is_more {}
            }
        }

        /// Attempts, pages, claims and ids accept the smallest and the largest number.
        async fn extreme_numbers_are_accepted(store: impl Store) {
            for (number, attempts) in [0, 1, u32::MAX].into_iter().enumerate() {
                let id = stored(&store, &format!("m{number}"), attempts).await;
                for again in [0, 1, u32::MAX] {
                    process(&store, Finish::Complete(None)).await;
                    assert!(store.redeliver(id, again, OPERATOR).await.unwrap(), "{again} attempts");
                }
                process(&store, Finish::Complete(None)).await;
            }
            for (most, want) in [(0, 0), (1, 1), (u32::MAX, 3)] {
                assert_eq!(store.list(Filter::new().most(most)).await.unwrap().len(), want);
            }
            for id in [i64::MIN, -1, 0, i64::MAX].map(EntryId) {
                store.list(Filter::new().before(id)).await.unwrap();
                assert!(store.get(id).await.unwrap().is_none() && store.body(id).await.unwrap().is_none());
                assert!(store.history(id).await.unwrap().is_empty());
                assert!(!store.redeliver(id, 1, OPERATOR).await.unwrap());
                assert!(!store.cancel(id, OPERATOR).await.unwrap());
                assert!(!store.release(id, OPERATOR).await.unwrap());
                assert!(!store.erase(id, OPERATOR).await.unwrap().is_erased());
                let lease = Lease::new(id, u32::MAX, u32::MAX, Duration::MAX);
                assert!(!store.extend(&lease).await.unwrap());
                assert!(!store.finish(&lease, Finish::Release).await.unwrap());
            }
            stored(&store, "last", 3).await;
            let shop = ["shop".to_owned()];
            let no_entry = ClaimRequest::new("worker", &shop, 0, LONG).unknown(&shop);
            assert!(store.claim(no_entry).await.unwrap().is_empty());
            assert!(store.claim(ClaimRequest::new("worker", &[], 9, LONG)).await.unwrap().is_empty());
            assert_eq!(claim(&store, usize::MAX, LONG).await.len(), 1);
        }

        /// A worker holds the bodies of its claims in memory.
        async fn a_claim_is_bounded_by_bytes(store: impl Store) {
            let body = format!("[\"{}\"]", "x".repeat(1_000));
            let claim_bytes = async |most_bytes| {
                let shop = ["shop".to_owned()];
                let mut wanted = ClaimRequest::new("worker", &shop, 100, LONG).unknown(&shop);
                wanted.most_bytes = most_bytes;
                store.claim(wanted).await.unwrap()
            };
            for number in 0..9 {
                let mut new = sample(&format!("m{number}"), &body);
                new.unreadable = (number >= 5).then(|| "unknown event name".to_owned());
                accept(&store, new).await;
            }
            let two = 2 * body.len() as u64;
            let mut claimed = Vec::new();
            for most_bytes in [two, two, two, two, 1, 0] {
                let claims = claim_bytes(most_bytes).await;
                claimed.push(claims.iter().map(|claim| claim.delivery_id.clone()).collect::<Vec<_>>().join(" "));
                for claim in claims {
                    let lines = store.history(claim.lease.id).await.unwrap();
                    assert!(lines.is_empty(), "an entry beyond the bound is unchanged: {lines:?}");
                    finish(&store, &claim.lease, Finish::Complete(None)).await;
                }
            }
            assert_eq!(claimed, ["m0 m1", "m2 m3", "m4 m5", "m6 m7", "m8", ""]);
            // A body that is longer than the bound is the only one of its claim. A bound of 0 claims one entry.
            for id in ["m10", "m11"] {
                accept(&store, sample(id, &body)).await;
                assert_eq!(claim_bytes(0).await.len(), 1);
            }
            // Abandoned entries are bounded as well, and each expired lease is one line.
            for number in 20..24 {
                accept(&store, sample(&format!("m{number}"), &body)).await;
            }
            let abandoned = ids(&claim(&store, 100, Duration::ZERO).await);
            assert_eq!(abandoned.len(), 4);
            sleep(20).await;
            for _ in 0..2 {
                assert_eq!(claim_bytes(two).await.len(), 2);
            }
            for id in abandoned {
                assert_eq!(history(&store, id).await, ["abandoned"]);
            }
        }
    }
);
