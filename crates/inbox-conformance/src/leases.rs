//! Workers that die, freeze and come back.

use std::time::Duration;

use super::{LONG, SHORT, claimed, claimed_one, entry, history, state, stored, with};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::LEASE_OVER;
use referral_webhooks_inbox::store::Lease;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::Store;

async fn the_lease_runs_out() {
    tokio::time::sleep(SHORT + Duration::from_millis(150)).await;
}

/// What a dead worker held is claimed by the next, and the attempt was one.
pub async fn a_lease_that_ran_out_is_rescued_and_counted<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    assert_eq!(claimed_one(&store, SHORT).await.lease.attempt, 1);
    assert!(claimed(&store, 10, LONG).await.is_empty(), "it is held");
    the_lease_runs_out().await;
    let rescued = claimed_one(&store, LONG).await.lease;
    assert_eq!((rescued.id, rescued.attempt, rescued.last_attempt), (id, 2, 3));
    assert_eq!(history(&store, id).await, ["abandoned"]);
}

/// Once is taken for an accident, whatever came before.
pub async fn what_failed_and_was_then_left_once_is_rescued_at_once<S: Store>(store: S) {
    let id = stored(&store, "m1", 9).await;
    let failed = claimed_one(&store, LONG).await.lease;
    assert!(store.finish(&failed, Finish::Retry(Duration::ZERO, "no".into())).await.expect("it ends"));
    assert_eq!(claimed_one(&store, SHORT).await.lease.attempt, 2);
    the_lease_runs_out().await;
    let rescued = claimed_one(&store, LONG).await;
    assert_eq!((rescued.lease.id, rescued.lease.attempt, rescued.isolated), (id, 3, false));
}

/// Neither before the rescue's end nor after it.
pub async fn a_lost_lease_ends_nothing<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    let frozen = claimed_one(&store, SHORT).await.lease;
    the_lease_runs_out().await;
    let rescuer = claimed_one(&store, LONG).await.lease;
    for finish in [Finish::Complete(None), Finish::Discard("no".into()), Finish::Release] {
        assert!(!store.finish(&frozen, finish).await.expect("it answers"));
        assert_eq!(state(&store, id).await, State::Running);
    }
    assert!(!store.extend(&frozen).await.expect("it answers"));
    assert!(store.finish(&rescuer, Finish::Complete(None)).await.expect("it ends"));
    assert!(!store.finish(&frozen, Finish::Retry(Duration::ZERO, "no".into())).await.expect("it answers"));
    assert_eq!(state(&store, id).await, State::Completed);
}

/// As long as its worker says so.
pub async fn an_extended_lease_is_kept<S: Store>(store: S) {
    stored(&store, "m1", 3).await;
    let lease = claimed_one(&store, SHORT).await.lease;
    for _ in 0..4 {
        tokio::time::sleep(SHORT / 2).await;
        assert!(store.extend(&lease).await.expect("it extends"));
        assert!(claimed(&store, 10, LONG).await.is_empty(), "it is held");
    }
    assert!(store.finish(&lease, Finish::Complete(None)).await.expect("it ends"));
}

/// A delivery that kills its process does so as often as it has attempts.
pub async fn dying_on_the_last_attempt_leaves_a_dead_letter<S: Store>(store: S) {
    let id = stored(&store, "m1", 2).await;
    for attempt in 1..=2 {
        assert_eq!(claimed_one(&store, SHORT).await.lease.attempt, attempt);
        the_lease_runs_out().await;
    }
    assert!(claimed(&store, 10, LONG).await.is_empty(), "it had its attempts");
    let dead = entry(&store, id).await;
    assert_eq!(dead.state, State::Discarded);
    assert!(dead.reason.is_some_and(|reason| reason.contains("lease expired")));
    assert_eq!(history(&store, id).await, ["abandoned", "abandoned"]);
}

/// One of them may be what kills the worker, and the others shall not die with it.
pub async fn what_was_lost_together_twice_is_not_taken_up_together_again<S: Store>(store: S) {
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(stored(&store, &format!("m{number}"), 20).await);
    }
    for attempt in 1..=2 {
        let claims = claimed(&store, 10, SHORT).await;
        assert_eq!(claims.len(), 8, "once is taken for an accident");
        assert!(claims.iter().all(|claim| claim.lease.attempt == attempt));
        the_lease_runs_out().await;
    }
    assert!(claimed(&store, 10, LONG).await.is_empty(), "twice is not");
    let mut times = Vec::new();
    for id in ids {
        let waiting = entry(&store, id).await;
        assert_eq!((waiting.state, waiting.attempt), (State::Retryable, 2));
        assert_eq!(history(&store, id).await, ["abandoned", "abandoned"]);
        times.extend(waiting.next_at);
    }
    let (first, last) = (times.iter().min().expect("they wait"), times.iter().max().expect("they wait"));
    // Eight times within 30 s: by chance they are this close together once in billions of runs.
    assert!(*last - *first > Duration::from_secs(1), "each at a time of its own: {times:?}");
    assert!(*last - *first <= LONG);
}

/// What kills its worker then dies by itself, and what does no harm is processed.
pub async fn what_was_lost_twice_is_claimed_alone<S: Store>(store: S) {
    const NOW: Duration = Duration::ZERO;
    let apart = async || tokio::time::sleep(Duration::from_millis(5)).await;
    let mut left = Vec::new();
    for number in 0..3 {
        left.push(stored(&store, &format!("left{number}"), 20).await);
    }
    for claims in [3, 3, 0] {
        assert_eq!(claimed(&store, 10, NOW).await.len(), claims, "after the second time each is set apart");
        apart().await;
    }
    let fresh = stored(&store, "fresh", 20).await;
    let first = claimed_one(&store, LONG).await;
    assert!(first.isolated && left.contains(&first.lease.id), "{first:?}");
    apart().await;
    assert!(store.finish(&first.lease, Finish::Release).await.expect("it is given back"));
    apart().await;
    let mut others = vec![claimed_one(&store, LONG).await, claimed_one(&store, LONG).await];
    assert!(others.iter().all(|claim| claim.isolated && left.contains(&claim.lease.id)), "{others:?}");
    let claim = claimed_one(&store, LONG).await;
    assert_eq!((claim.lease.id, claim.isolated), (fresh, false), "the others of its turn, and none of those set apart");
    others.push(claimed_one(&store, LONG).await);
    assert_eq!(
        (others[2].lease.id, others[2].isolated),
        (first.lease.id, true),
        "what was given back is set apart still"
    );
    // Whatever an attempt comes to, it did not kill its worker.
    let lease = others.remove(0).lease;
    assert!(store.finish(&lease, Finish::Retry(NOW, "again".into())).await.expect("it ends"));
    apart().await;
    let again = claimed_one(&store, LONG).await;
    assert_eq!((again.lease.id, again.isolated), (lease.id, false));
}

/// State is in columns, and a reason is text for people.
pub async fn a_reason_in_the_words_of_an_expired_lease_isolates_nothing<S: Store>(store: S) {
    let ids = [stored(&store, "m1", 9).await, stored(&store, "m2", 9).await];
    for claim in claimed(&store, 10, LONG).await {
        let end = Finish::Retry(Duration::ZERO, LEASE_OVER.into());
        assert!(store.finish(&claim.lease, end).await.expect("it ends"));
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    let claims = claimed(&store, 10, LONG).await;
    assert_eq!(claims.len(), ids.len(), "both at once");
    assert!(claims.iter().all(|claim| !claim.isolated));
}

/// Of leases that expired before a person had it processed again, the next one knows nothing.
pub async fn fresh_attempts_forget_expired_leases<S: Store>(store: S) {
    let id = stored(&store, "m1", 2).await;
    for _ in 1..=2 {
        claimed_one(&store, Duration::ZERO).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(claimed(&store, 10, LONG).await.is_empty());
    assert_eq!(state(&store, id).await, State::Discarded);
    assert!(store.redeliver(id, 3, "somebody").await.expect("it answers"));
    assert!(!claimed_one(&store, Duration::ZERO).await.isolated);
    tokio::time::sleep(Duration::from_millis(5)).await;
    let rescued = claimed_one(&store, LONG).await;
    assert_eq!((rescued.lease.attempt, rescued.isolated), (4, false), "the first lease that expired since");
}

/// Whatever is asked for, or else what a dead worker has left would never be claimed again.
pub async fn a_lease_lasts_an_hour_at_most<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    let lease = claimed_one(&store, Duration::MAX).await.lease;
    assert_eq!(lease.length, Lease::LONGEST);
    let ends_in = async || entry(&store, id).await.next_at.expect("it runs") - time::OffsetDateTime::now_utc();
    assert!(ends_in().await <= Lease::LONGEST + Duration::from_secs(60));
    assert!(store.extend(&with(lease, |it| it.length = Duration::MAX)).await.expect("it extends"));
    assert!(ends_in().await <= Lease::LONGEST + Duration::from_secs(60));
}
