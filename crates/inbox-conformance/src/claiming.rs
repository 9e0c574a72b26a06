//! Claiming and ending.

use std::time::Duration;

use futures_util::future::join_all;

use super::{LONG, claimed, claimed_one, entry, history, sample, state, stored};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::{Accepted, EntryId};
use referral_webhooks_inbox::store::{ClaimRequest, Store};

/// Claims of many workers at once are disjoint, and together they are everything.
pub async fn two_workers_never_claim_the_same_entry<S: Store>(store: S) {
    for number in 0..60 {
        stored(&store, &format!("m{number}"), 3).await;
    }
    let workers = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut ids = Vec::new();
            loop {
                let claims = claimed(&store, 5, LONG).await;
                if claims.is_empty() {
                    return ids;
                }
                ids.extend(claims.iter().map(|claim| claim.lease.id));
            }
        })
    });
    let mut ids: Vec<EntryId> =
        join_all(workers).await.into_iter().flat_map(|worker| worker.expect("it did not panic")).collect();
    ids.sort();
    let claimed = ids.len();
    ids.dedup();
    assert_eq!((claimed, ids.len()), (60, 60));
}

/// By the time at which it became due.
pub async fn the_oldest_is_claimed_first<S: Store>(store: S) {
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(stored(&store, &format!("m{number}"), 3).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for id in ids {
        assert_eq!(claimed(&store, 1, LONG).await[0].lease.id, id);
    }
}

/// A claim serves every endpoint that has something before it serves one twice as much.
pub async fn a_flood_at_one_endpoint_does_not_starve_another<S: Store>(store: S) {
    for number in 0..50 {
        store.accept(sample("flooded", &format!("m{number}"), "{}", 3)).await.expect("it accepts");
    }
    store.accept(sample("quiet", "m", "{}", 3)).await.expect("it accepts");
    let wanted = ClaimRequest::new("worker", &["flooded".to_owned(), "quiet".to_owned()], 10, LONG);
    let claims = store.claim(wanted).await.expect("it claims");
    assert_eq!(claims.len(), 10, "what the quiet one leaves is not wasted");
    assert_eq!(claims.iter().filter(|claim| claim.endpoint == "quiet").count(), 1);
}

/// A worker has handlers for its own endpoints only.
pub async fn only_the_wanted_endpoints_are_claimed<S: Store>(store: S) {
    store.accept(sample("other", "m1", "{}", 3)).await.expect("it accepts");
    assert!(claimed(&store, 10, LONG).await.is_empty());
}

/// Done is done.
pub async fn what_is_completed_is_not_claimed_again<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    let claim = claimed_one(&store, LONG).await;
    assert_eq!(state(&store, id).await, State::Running);
    assert!(store.finish(&claim.lease, Finish::Complete(Some("nothing to do".into()))).await.expect("it ends"));
    let completed = entry(&store, id).await;
    assert_eq!((completed.state, completed.next_at), (State::Completed, None));
    assert!(completed.finished_at.is_some());
    assert_eq!(completed.reason.as_deref(), Some("nothing to do"));
    assert!(claimed(&store, 10, LONG).await.is_empty());
    assert!(!store.finish(&claim.lease, Finish::Discard("again".into())).await.expect("it answers"), "ended twice");
    assert_eq!(state(&store, id).await, State::Completed);
}

/// Not before, and then it is due.
pub async fn a_retry_waits_for_its_time<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    let claim = claimed_one(&store, LONG).await;
    let again = Finish::Retry(Duration::from_millis(200), "a passing fault".into());
    assert!(store.finish(&claim.lease, again).await.expect("it ends"));
    let waiting = entry(&store, id).await;
    assert_eq!((waiting.state, waiting.reason.as_deref()), (State::Retryable, Some("a passing fault")));
    assert!(claimed(&store, 10, LONG).await.is_empty(), "too early");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(claimed_one(&store, LONG).await.lease.attempt, 2);
}

/// After the last attempt, with the reason of the last.
pub async fn retries_end_as_dead_letters<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    for attempt in 1..=3 {
        let claim = claimed_one(&store, LONG).await;
        assert_eq!(claim.lease.attempt, attempt);
        let again = Finish::Retry(Duration::ZERO, format!("fault {attempt}").into());
        assert!(store.finish(&claim.lease, again).await.expect("it ends"));
    }
    let dead = entry(&store, id).await;
    assert_eq!((dead.state, dead.reason.as_deref()), (State::Discarded, Some("fault 3")));
    assert!(dead.has_body, "a dead letter keeps its body");
    assert!(claimed(&store, 10, LONG).await.is_empty());
    assert_eq!(history(&store, id).await, ["retry", "retry", "discarded"]);
}

/// Whatever attempts are left.
pub async fn a_discarded_entry_is_a_dead_letter_at_once<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    let claim = claimed_one(&store, LONG).await;
    assert!(store.finish(&claim.lease, Finish::Discard("never".into())).await.expect("it ends"));
    assert_eq!(state(&store, id).await, State::Discarded);
}

/// A shutdown costs nothing, and its claim cannot be mistaken for the next one.
pub async fn giving_back_burns_no_attempt_and_reuses_no_number<S: Store>(store: S) {
    stored(&store, "m1", 1).await;
    let first = claimed_one(&store, LONG).await.lease;
    assert!(store.finish(&first, Finish::Release).await.expect("it ends"));
    let second = claimed_one(&store, LONG).await.lease;
    assert_eq!((second.attempt, second.last_attempt), (2, 2), "one attempt is left, as before");
    assert!(!store.finish(&first, Finish::Complete(None)).await.expect("it answers"), "the old claim is void");
    assert!(store.finish(&second, Finish::Complete(None)).await.expect("it ends"));
}

/// As many as a number can say, whatever is added to them: given back, revived by its platform, and redelivered.
pub async fn attempts_may_be_without_end<S: Store>(store: S) {
    let id = stored(&store, "m1", u32::MAX).await;
    let released = claimed_one(&store, LONG).await.lease;
    assert!(store.finish(&released, Finish::Release).await.expect("it ends"));
    let discarded = claimed_one(&store, LONG).await.lease;
    assert!(store.finish(&discarded, Finish::Discard("no".into())).await.expect("it ends"));
    let repeat = store.accept(sample("shop", "m1", "{}", u32::MAX)).await.expect("it answers");
    assert_eq!(repeat, Accepted::Revived(id));
    let completed = claimed_one(&store, LONG).await.lease;
    assert!(store.finish(&completed, Finish::Complete(None)).await.expect("it ends"));
    assert!(store.redeliver(id, u32::MAX, "a person").await.expect("it answers"));
    let again = claimed_one(&store, LONG).await.lease;
    assert_eq!((again.attempt, again.last_attempt), (4, u32::MAX));
    assert_eq!(entry(&store, id).await.last_attempt, u32::MAX);
}

/// A worker sleeps until there is something, not until its next look.
pub async fn waiting_ends_when_something_arrives<S: Store>(store: S) {
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.wait(Duration::from_secs(20)).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    stored(&store, "m1", 3).await;
    tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("it was woken").expect("it did not panic");
}
