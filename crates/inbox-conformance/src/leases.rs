//! Workers that die, freeze and return.
//!
//! An entry whose lease expired is abandoned, and the next claim rescues it. After a second expired lease the entry is
//! isolated, because it may be the one that kills its worker: claimed together with others, it would use up their
//! attempts as well.

use std::time::Duration;

use referral_webhooks_inbox::store::{Finish, LEASE_OVER, Lease, State, Store};

use crate::checks::checks;
use crate::samples::{
    LONG, OPERATOR, SHORT, assert_none_due, claim, claim_one, entry, finish, history, let_short_lease_expire, process,
    sleep, state, stored,
};

checks!(
    mod leases {
        /// The next worker claims it, and the abandoned attempt counts.
        async fn an_abandoned_entry_is_rescued_and_counted(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            assert_eq!(claim_one(&store, SHORT).await.lease.attempt, 1);
            assert_none_due(&store, "its lease is held").await;
            let_short_lease_expire().await;
            let rescued = claim_one(&store, LONG).await.lease;
            assert_eq!((rescued.id, rescued.attempt, rescued.last_attempt), (id, 2, 3));
            assert_eq!(history(&store, id).await, ["abandoned"]);
        }

        /// One expired lease counts as an accident, also after a failed attempt.
        async fn an_entry_abandoned_once_is_rescued_at_once(store: impl Store) {
            let id = stored(&store, "m1", 9).await;
            process(&store, Finish::Retry(Duration::ZERO, "no".into())).await;
            assert_eq!(claim_one(&store, SHORT).await.lease.attempt, 2);
            let_short_lease_expire().await;
            let rescued = claim_one(&store, LONG).await;
            assert_eq!((rescued.lease.id, rescued.lease.attempt, rescued.isolated), (id, 3, false));
        }

        /// The frozen worker can neither extend nor finish, before and after the end of the rescuing attempt.
        async fn an_expired_lease_cannot_finish_a_rescued_entry(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            let frozen = claim_one(&store, SHORT).await.lease;
            let_short_lease_expire().await;
            let rescuer = claim_one(&store, LONG).await.lease;
            for end in [Finish::Complete(None), Finish::Discard("no".into()), Finish::Release] {
                assert!(!store.finish(&frozen, end).await.unwrap());
                assert_eq!(state(&store, id).await, State::Running);
            }
            assert!(!store.extend(&frozen).await.unwrap());
            finish(&store, &rescuer, Finish::Complete(None)).await;
            assert!(!store.finish(&frozen, Finish::Retry(Duration::ZERO, "no".into())).await.unwrap());
            assert_eq!(state(&store, id).await, State::Completed);
        }

        /// An attempt may take longer than its first lease.
        async fn an_extended_lease_does_not_expire(store: impl Store) {
            stored(&store, "m1", 3).await;
            let lease = claim_one(&store, SHORT).await.lease;
            for _ in 0..4 {
                tokio::time::sleep(SHORT / 2).await;
                assert!(store.extend(&lease).await.unwrap());
                assert_none_due(&store, "its lease is held").await;
            }
            finish(&store, &lease, Finish::Complete(None)).await;
        }

        /// A delivery that kills its process does so once per attempt, and no more.
        async fn an_abandoned_last_attempt_leaves_a_dead_letter(store: impl Store) {
            let id = stored(&store, "m1", 2).await;
            for attempt in 1..=2 {
                assert_eq!(claim_one(&store, SHORT).await.lease.attempt, attempt);
                let_short_lease_expire().await;
            }
            assert_none_due(&store, "it has no attempt left").await;
            let dead = entry(&store, id).await;
            assert_eq!(dead.state, State::Discarded);
            assert!(dead.reason.is_some_and(|reason| reason.contains("lease expired")));
            assert_eq!(history(&store, id).await, ["abandoned", "abandoned"]);
        }

        /// One of them may kill the worker, so each waits for its own random time.
        async fn entries_abandoned_together_twice_wait_separately(store: impl Store) {
            let mut entries = Vec::new();
            for number in 0..8 {
                entries.push(stored(&store, &format!("m{number}"), 20).await);
            }
            for attempt in 1..=2 {
                let claims = claim(&store, 10, SHORT).await;
                assert_eq!(claims.len(), 8, "one expired lease counts as an accident");
                assert!(claims.iter().all(|claim| claim.lease.attempt == attempt));
                let_short_lease_expire().await;
            }
            assert_none_due(&store, "two expired leases do not").await;
            let mut times = Vec::new();
            for id in entries {
                let waiting = entry(&store, id).await;
                assert_eq!((waiting.state, waiting.attempt), (State::Retryable, 2));
                assert_eq!(history(&store, id).await, ["abandoned", "abandoned"]);
                times.extend(waiting.next_at);
            }
            times.sort();
            let span = times[7] - times[0];
            // Eight random times within 30 s are this close together once in billions of runs.
            assert!(span > Duration::from_secs(1), "the times differ: {times:?}");
            assert!(span <= LONG);
        }

        /// An entry that kills its worker costs no other entry an attempt, and a harmless one is processed.
        async fn an_entry_abandoned_twice_is_claimed_isolated(store: impl Store) {
            const NOW: Duration = Duration::ZERO;
            let mut abandoned = Vec::new();
            for number in 0..3 {
                abandoned.push(stored(&store, &format!("abandoned{number}"), 20).await);
            }
            for claims in [3, 3, 0] {
                assert_eq!(claim(&store, 10, NOW).await.len(), claims, "after the second time each is isolated");
                sleep(5).await;
            }
            let fresh = stored(&store, "fresh", 20).await;
            let first = claim_one(&store, LONG).await;
            assert!(first.isolated && abandoned.contains(&first.lease.id), "{first:?}");
            sleep(5).await;
            finish(&store, &first.lease, Finish::Release).await;
            sleep(5).await;
            let others = [claim_one(&store, LONG).await, claim_one(&store, LONG).await];
            for claimed in &others {
                assert!(claimed.isolated && abandoned.contains(&claimed.lease.id), "{claimed:?}");
            }
            let claimed = claim_one(&store, LONG).await;
            assert_eq!((claimed.lease.id, claimed.isolated), (fresh, false), "due next, without an isolated entry");
            let released = claim_one(&store, LONG).await;
            assert_eq!((released.lease.id, released.isolated), (first.lease.id, true), "a release keeps it isolated");
            // Any other end proves that the attempt did not kill its worker.
            let lease = &others[0].lease;
            finish(&store, lease, Finish::Retry(NOW, "again".into())).await;
            sleep(5).await;
            let again = claim_one(&store, LONG).await;
            assert_eq!((again.lease.id, again.isolated), (lease.id, false));
        }

        /// Isolation is a column. A reason is text for people, and a handler may choose any text.
        async fn a_reason_text_never_isolates_an_entry(store: impl Store) {
            for id in ["m1", "m2"] {
                stored(&store, id, 9).await;
            }
            for claimed in claim(&store, 10, LONG).await {
                finish(&store, &claimed.lease, Finish::Retry(Duration::ZERO, LEASE_OVER.into())).await;
            }
            sleep(5).await;
            let claims = claim(&store, 10, LONG).await;
            assert_eq!(claims.len(), 2, "both at once");
            assert!(claims.iter().all(|claim| !claim.isolated));
        }

        /// After a redelivery the count of expired leases starts at zero.
        async fn a_redelivery_resets_expired_leases(store: impl Store) {
            let id = stored(&store, "m1", 2).await;
            for _ in 1..=2 {
                claim_one(&store, Duration::ZERO).await;
                sleep(5).await;
            }
            assert_none_due(&store, "it has no attempt left").await;
            assert_eq!(state(&store, id).await, State::Discarded);
            assert!(store.redeliver(id, 3, OPERATOR).await.unwrap());
            assert!(!claim_one(&store, Duration::ZERO).await.isolated);
            sleep(5).await;
            let rescued = claim_one(&store, LONG).await;
            assert_eq!((rescued.lease.attempt, rescued.isolated), (4, false), "the first expired lease since then");
        }

        /// A longer request is capped, because an entry of a dead worker would not be rescued until it expires.
        async fn a_lease_lasts_an_hour_at_most(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            let mut lease = claim_one(&store, Duration::MAX).await.lease;
            assert_eq!(lease.length, Lease::LONGEST);
            let ends_in = async || entry(&store, id).await.next_at.unwrap() - time::OffsetDateTime::now_utc();
            assert!(ends_in().await <= Lease::LONGEST + Duration::from_secs(60));
            lease.length = Duration::MAX;
            assert!(store.extend(&lease).await.unwrap());
            assert!(ends_in().await <= Lease::LONGEST + Duration::from_secs(60));
        }
    }
);
