//! The secret that proved each stored body, and attempts that wait for one.

use std::time::Duration;

use referral_webhooks::Fingerprint;
use referral_webhooks_inbox::store::{Accepted, Filter, Finish, NewEntry, PruneRule, State, Store};

use crate::checks::checks;
use crate::samples::{
    LONG, OPERATOR, accept, assert_none_due, claim_one, completed, entry, everything_finished, finish, history,
    process, sample, sample_at, sleep, state, stored,
};

/// Returns a sample that the secret of this number proved.
fn proved_by(number: u8, id: &str) -> NewEntry {
    let mut new = sample(id, "{}");
    new.secret = Some(Fingerprint::new([number; 8]));
    new
}

/// Returns the numbers of entries that need the secrets of these numbers.
async fn needed<const N: usize>(store: &impl Store, endpoint: &str, numbers: [u8; N]) -> [u64; N] {
    let used = store.secrets(endpoint).await.unwrap();
    let entries = numbers.map(|number| {
        let kept = store.kept_fingerprint(Fingerprint::new([number; 8]));
        used.iter().find(|used| used.secret == kept).map_or(0, |used| used.entries)
    });
    assert_eq!(
        entries.iter().sum::<u64>(),
        used.iter().map(|used| used.entries).sum::<u64>(),
        "no other is needed: {used:?}"
    );
    entries
}

checks!(
    mod secrets {
        /// Completed entries need it too, because a person can redeliver or erase them.
        async fn a_secret_is_needed_as_long_as_a_body_that_it_proved(store: impl Store) {
            assert_eq!(store.secrets("shop").await.unwrap(), []);
            let first = accept(&store, proved_by(1, "m1")).await;
            assert_eq!(entry(&store, first).await.secret, Some(store.kept_fingerprint(Fingerprint::new([1; 8]))));
            let claimed = process(&store, Finish::Complete(None)).await;
            assert_eq!(claimed.secret, entry(&store, first).await.secret);
            for (number, id) in [(2, "m2"), (1, "m3"), (3, "m4"), (2, "m5")] {
                accept(&store, proved_by(number, id)).await;
            }
            accept(&store, sample_at("other", "m1", "{}")).await;
            assert_eq!(needed(&store, "shop", [1, 2, 3]).await, [2, 2, 1]);
            let second = store.kept_fingerprint(Fingerprint::new([2; 8]));
            let listed = store.list(Filter::new().endpoint("shop").secret(second)).await.unwrap();
            let ids: Vec<_> = listed.iter().map(|entry| entry.delivery_id.as_str()).collect();
            assert_eq!(ids, ["m5", "m2"], "the entries that need it");
            store.erase(first, OPERATOR).await.unwrap();
            assert_eq!(entry(&store, first).await.secret, None, "it goes with the body");
            assert_eq!(needed(&store, "shop", [1, 2, 3]).await, [1, 2, 1]);
            for _ in 0..4 {
                finish(&store, &claim_one_of(&store).await, Finish::Complete(None)).await;
            }
            store.prune(PruneRule::new("shop", Duration::ZERO, None, None, 100)).await.unwrap();
            assert_eq!(needed(&store, "shop", [1, 2, 3]).await, [0, 0, 0]);
            assert_eq!(store.secrets("other").await.unwrap().len(), 1);
        }

        /// The entry then needs the secret of the body that it has.
        async fn a_body_that_returns_brings_its_secret(store: impl Store) {
            let id = accept(&store, proved_by(1, "m1")).await;
            process(&store, Finish::Discard("broken".into())).await;
            assert_eq!(store.accept(proved_by(2, "m1")).await.unwrap(), Accepted::Revived(id));
            assert_eq!(needed(&store, "shop", [1, 2]).await, [0, 1]);
            process(&store, Finish::Park("unknown".into())).await;
            let mut rule = everything_finished();
            rule.ids = None;
            store.prune(rule).await.unwrap();
            assert_eq!(needed(&store, "shop", [1, 2]).await, [0, 0]);
            assert_eq!(store.accept(proved_by(3, "m1")).await.unwrap(), Accepted::Repeated(id));
            assert_eq!(needed(&store, "shop", [1, 2, 3]).await, [0, 0, 1]);
            assert_eq!(store.accept(proved_by(4, "m1")).await.unwrap(), Accepted::Repeated(id));
            assert_eq!(needed(&store, "shop", [3, 4]).await, [1, 0], "the body is the old one");
        }

        /// A conflict and a repeat by business key have bodies of their own.
        async fn every_body_has_its_secret(store: impl Store) {
            let mut other = proved_by(2, "m1");
            other.body_digest = [7; 32];
            std::sync::Arc::make_mut(&mut other.delivery).body = "[1]".into();
            for new in [proved_by(1, "m1"), other, proved_by(3, "m2").with_business_key("a")] {
                accept(&store, new).await;
            }
            accept(&store, proved_by(4, "m3").with_business_key("a")).await;
            assert_eq!(needed(&store, "shop", [1, 2, 3, 4]).await, [1, 1, 1, 1]);
            // Revived by another id, the first entry keeps its body.
            process_all(&store).await;
            let revived = store.accept(proved_by(5, "m4").with_business_key("a")).await.unwrap();
            assert!(matches!(revived, Accepted::Revived(_)), "{revived:?}");
            assert_eq!(needed(&store, "shop", [1, 2, 3, 4, 5]).await, [1, 1, 1, 1, 1]);
        }

        /// The secret may come back, so that an entry without it uses up no attempt and fills no history.
        async fn a_postponed_attempt_does_not_count(store: impl Store) {
            let id = stored(&store, "m1", 1).await;
            for _ in 0..3 {
                let lease = claim_one(&store, LONG).await.lease;
                assert_eq!(lease.attempt, lease.last_attempt, "one attempt remains");
                finish(&store, &lease, Finish::Postpone(Duration::from_millis(1), "no secret".into())).await;
                let waiting = entry(&store, id).await;
                assert_eq!((waiting.state, waiting.reason.as_deref()), (State::Retryable, Some("no secret")));
                assert!(!store.finish(&lease, Finish::Complete(None)).await.unwrap(), "the lease has ended");
                sleep(30).await;
            }
            assert_eq!(history(&store, id).await, Vec::<String>::new());
            let lease = claim_one(&store, LONG).await.lease;
            finish(&store, &lease, Finish::Postpone(LONG, "no secret".into())).await;
            assert_none_due(&store, "it waits").await;
            completed(&store, "m2").await;
            assert_eq!(state(&store, id).await, State::Retryable);
        }

        /// Events of a subject are processed in order, also after a secret has come back.
        async fn a_postponed_entry_keeps_its_turn(store: impl Store) {
            let first = accept(&store, sample("m1", "{}").about("ada")).await;
            accept(&store, sample("m2", "{}").about("ada")).await;
            let lease = claim_one(&store, LONG).await.lease;
            finish(&store, &lease, Finish::Postpone(Duration::from_millis(1), "no secret".into())).await;
            sleep(30).await;
            assert_eq!(process(&store, Finish::Complete(None)).await.lease.id, first);
            assert_ne!(claim_one(&store, LONG).await.lease.id, first);
        }
    }
);

/// Claims one of the entries that are due.
async fn claim_one_of(store: &impl Store) -> referral_webhooks_inbox::store::Lease {
    crate::samples::claim(store, 1, LONG).await.remove(0).lease
}

/// Makes dead letters of all due entries.
async fn process_all(store: &impl Store) {
    for claim in crate::samples::claim(store, 100, LONG).await {
        finish(store, &claim.lease, Finish::Discard("broken".into())).await;
    }
}
