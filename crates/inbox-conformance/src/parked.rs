//! Entries that this version cannot read are parked until a redecode, a handler of unknown events, or a person.

use std::time::Duration;

use referral_webhooks_inbox::store::{
    Accepted, Claim, ClaimRequest, Decoded, EntryId, Finish, PruneRule, State, Store,
};

use crate::checks::checks;
use crate::samples::{
    LONG, OPERATOR, accept, assert_none_due, body, claim_one, discarded, entry, finish, history, ids, process, sample,
    state, stored, unreadable,
};

/// Claims entries of two endpoints, and the parked ones of `shop`.
async fn claim_parked_of_shop(store: &impl Store) -> Vec<Claim> {
    let endpoints = ["shop".to_owned(), "other".to_owned()];
    store.claim(ClaimRequest::new("worker", &endpoints, 10, LONG).unknown(&endpoints[..1])).await.unwrap()
}

async fn redecode(store: &impl Store, id: EntryId, decoded: Decoded) -> bool {
    store.redecode(id, decoded, 2, OPERATOR).await.unwrap()
}

checks!(
    mod parked {
        /// It is stored, is not due, and is counted for a person.
        async fn an_unreadable_entry_is_parked_and_counted(store: impl Store) {
            let id = accept(&store, unreadable("m1")).await;
            let found = entry(&store, id).await;
            assert_eq!((found.state, found.next_at, found.has_body), (State::Parked, None, true));
            assert!(found.finished_at.is_some());
            let stats = store.stats().await.unwrap();
            assert_eq!((stats.parked, stats.available, stats.oldest_due), (1, 0, Duration::ZERO));
            assert_none_due(&store, "parked entries were not requested").await;
            assert_eq!(store.accept(unreadable("m1")).await.unwrap(), Accepted::Repeated(id));
            assert_eq!(state(&store, id).await, State::Parked);
        }

        /// Its attempts, retries and ends are those of other entries.
        async fn a_parked_entry_is_claimed_only_on_request(store: impl Store) {
            let id = accept(&store, unreadable("m1")).await;
            let mut elsewhere = unreadable("m1");
            elsewhere.endpoint = "other".into();
            accept(&store, elsewhere).await;
            let due = stored(&store, "m2", 3).await;
            let claims = claim_parked_of_shop(&store).await;
            assert_eq!(ids(&claims), [due, id], "after the due entry, and of the requested endpoint only");
            let lease = &claims[1].lease;
            assert_eq!((lease.attempt, lease.last_attempt), (1, 3));
            assert!(claims[1].delivery.is_some());
            assert_eq!((state(&store, id).await, entry(&store, id).await.finished_at), (State::Running, None));
            assert!(claim_parked_of_shop(&store).await.is_empty());
            finish(&store, lease, Finish::Retry(Duration::ZERO, "again".into())).await;
            assert_eq!(state(&store, id).await, State::Retryable);
            process(&store, Finish::Complete(None)).await;
            assert_eq!(history(&store, id).await, ["retry", "completed"]);
            // Without its body an entry cannot be processed.
            let pruned = accept(&store, unreadable("m3")).await;
            let rule = PruneRule::new("shop", LONG, None, None, 9).parked(Some(Duration::ZERO));
            assert_eq!(store.prune(rule).await.unwrap().bodies, 1);
            assert!(claim_parked_of_shop(&store).await.is_empty() && state(&store, pruned).await == State::Parked);
        }

        /// Later entries of the subject are processed. The parked one is not claimed while one of them runs.
        async fn a_parked_entry_does_not_block_its_subject(store: impl Store) {
            let id = accept(&store, unreadable("m1").about("ada")).await;
            let later = accept(&store, sample("m2", "{}").about("ada")).await;
            let lease = claim_one(&store, LONG).await.lease;
            assert_eq!(lease.id, later);
            assert!(claim_parked_of_shop(&store).await.is_empty(), "its subject is running");
            finish(&store, &lease, Finish::Complete(None)).await;
            assert_eq!(ids(&claim_parked_of_shop(&store).await), [id]);
        }

        /// Two entries of one subject never run at once.
        async fn parked_entries_of_a_subject_are_claimed_one_by_one(store: impl Store) {
            for number in 0..3 {
                accept(&store, unreadable(&format!("m{number}")).about("ada")).await;
            }
            for number in 0..3 {
                let claims = claim_parked_of_shop(&store).await;
                assert_eq!(claims.len(), 1);
                assert_eq!(claims[0].delivery_id, format!("m{number}"));
                assert!(claim_parked_of_shop(&store).await.is_empty());
                finish(&store, &claims[0].lease, Finish::Complete(None)).await;
            }
        }

        /// A worker that cannot read an entry of a newer version has not tried to process it.
        async fn parking_burns_no_attempt(store: impl Store) {
            let id = stored(&store, "m1", 1).await;
            for attempt in 1..4 {
                let lease = process(&store, Finish::Park("unknown event name".into())).await.lease;
                assert_eq!((lease.attempt, lease.last_attempt), (attempt, attempt));
                let found = entry(&store, id).await;
                assert_eq!((found.state, found.reason.as_deref()), (State::Parked, Some("unknown event name")));
                assert_eq!(found.unreadable.as_deref(), Some("unknown event name"), "a redecode finds it");
                assert!(!store.finish(&lease, Finish::Complete(None)).await.unwrap());
                assert_none_due(&store, "it is parked").await;
                assert!(store.redeliver(id, 1, OPERATOR).await.unwrap());
            }
        }

        /// A redecode that still cannot read the event changes no state.
        async fn a_redecoded_parked_entry_is_due(store: impl Store) {
            let id = accept(&store, unreadable("m1")).await;
            let mut still = Decoded::default();
            still.unreadable = Some("still".to_owned());
            assert!(!redecode(&store, id, still).await);
            assert_eq!(state(&store, id).await, State::Parked);
            assert!(redecode(&store, id, Decoded::default()).await);
            let lease = claim_one(&store, LONG).await.lease;
            assert_eq!((lease.id, lease.attempt, lease.last_attempt), (id, 1, 2));
            assert_eq!(history(&store, id).await, ["redecoded"]);
        }

        /// The subject is known only after the redecode, while another entry of it is running.
        async fn a_redecoded_entry_waits_for_its_subject(store: impl Store) {
            let parked = accept(&store, unreadable("m1")).await;
            let dead = accept(&store, unreadable("m2")).await;
            let claims = claim_parked_of_shop(&store).await;
            finish(&store, &claims[1].lease, Finish::Discard("unknown".into())).await;
            finish(&store, &claims[0].lease, Finish::Park("unknown".into())).await;
            let other = accept(&store, sample("m3", "{}").about("ada")).await;
            let running = claim_one(&store, LONG).await.lease;
            assert_eq!(running.id, other);
            for id in [parked, dead] {
                assert!(redecode(&store, id, Decoded::default().about("ada")).await);
                assert_eq!(state(&store, id).await, State::Waiting);
            }
            assert_none_due(&store, "two entries of one subject never run at once").await;
            // The running entry keeps its turn, and its subject does not change.
            redecode(&store, other, Decoded::default().about("ada")).await;
            finish(&store, &running, Finish::Complete(None)).await;
            for id in [parked, dead] {
                let claimed = process(&store, Finish::Complete(None)).await;
                assert_eq!(claimed.lease.id, id, "in the order of their signatures");
            }
        }

        /// A period was set and has passed. The body of the platform's next repeat replaces the pruned one.
        async fn a_repeat_restores_a_pruned_body(store: impl Store) {
            let parked = accept(&store, unreadable("m1")).await;
            let dead = discarded(&store, "m2").await;
            let conflict = accept(&store, sample("m2", "[1]")).await;
            let zero = Duration::ZERO;
            store.prune(PruneRule::new("shop", zero, zero, None, 9).parked(Some(zero))).await.unwrap();
            let mut without_revival = sample("m2", "{}");
            without_revival.revives = false;
            let repeats = [(parked, unreadable("m1")), (dead, without_revival), (conflict, sample("m2", "[1]"))];
            for (id, repeat) in repeats {
                assert!(!entry(&store, id).await.has_body);
                let (sent, before) = (repeat.delivery.body.clone(), state(&store, id).await);
                assert_eq!(accept(&store, repeat).await, id);
                assert_eq!((body(&store, id).await.body, state(&store, id).await), (sent, before));
                assert!(store.redeliver(id, 1, OPERATOR).await.unwrap());
            }
        }
    }
);
