//! Another delivery under a known key: stored as an entry of its own, seen, and left to a person.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::Strength;

use super::{LONG, claimed, claimed_one, entry, history, sample, state, stored, with};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::PruneRule;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::Store;
use referral_webhooks_inbox::store::{Accepted, Decoded, EntryId};

async fn accepted<S: Store>(store: &S, key: &str, body: &str) -> Accepted {
    store.accept(sample("shop", key, body, 3)).await.expect("it accepts")
}

/// Stores the other body, and says as which entry.
#[track_caller]
fn conflict(accepted: Accepted) -> EntryId {
    match accepted {
        Accepted::Conflict(id) => id,
        other => panic!("no conflict: {other:?}"),
    }
}

/// The first body is the one that is processed. The other one is counted, and waits for a person.
pub async fn another_body_under_a_key_is_a_dead_letter_of_its_own<S: Store>(store: S) {
    for strength in [Strength::MessageId, Strength::BusinessFields] {
        let key = format!("{strength:?}");
        let new = |body| with(sample("shop", &key, body, 3), |it| it.strength = strength);
        let before = store.stats().await.expect("it counts");
        let first = store.accept(new("{}")).await.expect("it accepts").id();
        let other = conflict(store.accept(new("[1]")).await.expect("it accepts"));
        assert_eq!(
            conflict(store.accept(new("[1]")).await.expect("it accepts")),
            other,
            "its repeat is the same entry"
        );
        assert_eq!(store.accept(new("{}")).await.ok(), Some(Accepted::Repeated(first)), "so is that of the first");
        let (first, other) = (entry(&store, first).await, entry(&store, other).await);
        assert_eq!((first.state, first.conflicts, first.repeats), (State::Available, 2, 1));
        assert_eq!((other.state, other.conflicts, other.repeats), (State::Discarded, 0, 1));
        assert_eq!((first.conflict_of, other.conflict_of), (None, Some(first.id)));
        assert!(
            other.has_body
                && other.delivery_id.starts_with(&first.delivery_id)
                && other.delivery_id != first.delivery_id,
            "{other:?}"
        );
        assert_eq!(other.reason, Some(format!("another body under the id of entry {}", first.id.0)));
        assert_eq!(history(&store, other.id).await, ["discarded"]);
        let stats = store.stats().await.expect("it counts");
        assert_eq!((stats.discarded, stats.conflicts), (before.discarded + 1, before.conflicts + 1));
        let claim = claimed_one(&store, LONG).await;
        assert_eq!((claim.lease.id, claim.delivery.expect("the body is kept").body.as_ref()), (first.id, &b"{}"[..]));
        store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
    }
}

/// Twelve rewards under one id are one entry and eleven dead letters.
pub async fn every_other_body_is_kept_without_a_limit<S: Store>(store: S) {
    let mut ids = BTreeSet::new();
    for number in 0..12 {
        let body = format!("[{number}]");
        let id = accepted(&store, "m1", &body).await.id();
        assert_eq!(store.body(id).await.expect("it reads").expect("it is kept").body, body);
        ids.insert(id);
    }
    assert_eq!(ids.len(), 12);
    let stats = store.stats().await.expect("it counts");
    assert_eq!((stats.available, stats.discarded, stats.conflicts), (1, 11, 11));
}

/// The index decides, not a look before.
pub async fn other_bodies_at_once_are_each_stored_once<S: Store>(store: S) {
    let all = join_all((0..80).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { (number % 8, accepted(&store, "m1", &format!("[{}]", number % 8)).await) })
    }))
    .await;
    let mut ids = BTreeSet::new();
    for task in all {
        let (number, accepted) = task.expect("it did not panic");
        let kept = store.body(accepted.id()).await.expect("it reads").expect("it is kept");
        assert_eq!(kept.body, format!("[{number}]"), "the answer names the entry of this body");
        ids.insert(accepted.id());
    }
    assert_eq!(ids.len(), 8);
    let stats = store.stats().await.expect("it counts");
    assert_eq!((stats.available, stats.discarded, stats.conflicts), (1, 7, 7));
}

/// Neither its repeat nor a version that reads it: which of two was meant is for a person.
pub async fn a_conflict_is_processed_only_after_a_person_redelivers_it<S: Store>(store: S) {
    stored(&store, "m1", 3).await;
    let first = claimed_one(&store, LONG).await;
    store.finish(&first.lease, Finish::Complete(None)).await.expect("it ends");
    let other = conflict(accepted(&store, "m1", "[1]").await);
    assert_eq!(conflict(accepted(&store, "m1", "[1]").await), other);
    let readable = with(Decoded::default(), |it| it.event = Some("NEW".into()));
    assert!(!store.redecode(other, readable, 3, "somebody").await.expect("it answers"));
    assert!(claimed(&store, 10, LONG).await.is_empty());
    assert!(store.redeliver(other, 3, "somebody").await.expect("it answers"));
    let claim = claimed_one(&store, LONG).await;
    assert_eq!((claim.lease.id, claim.run), (other, 1));
    assert_ne!(claim.delivery_id, first.delivery_id, "the key of its effect is its own");
    assert_eq!(claim.delivery.expect("the body is kept").body, "[1]");
    store.finish(&claim.lease, Finish::Discard("no".into())).await.expect("it ends");
    assert_eq!(conflict(accepted(&store, "m1", "[1]").await), other);
    assert_eq!(state(&store, other).await, State::Discarded, "its platform does not revive it");
}

/// Where a platform's own id is what a conflict would be stored under, it is stored under the next one.
pub async fn a_key_that_looks_like_a_conflict_loses_no_body<S: Store>(store: S) {
    stored(&store, "m1", 3).await;
    let taken = entry(&store, accepted(&store, "m1", "[1]").await.id()).await.delivery_id;
    let twin = stored(&store, "m2", 3).await;
    let suffix = taken.rsplit_once('~').expect("a conflict's key has a mark").1;
    let natural = accepted(&store, &format!("m2~{suffix}"), "[2]").await;
    assert!(matches!(natural, Accepted::Stored(_)), "{natural:?}");
    let other = conflict(accepted(&store, "m2", "[1]").await);
    assert!(other != natural.id() && other != twin, "{other:?}");
    assert_eq!(store.body(other).await.expect("it reads").expect("it is kept").body, "[1]");
    assert_eq!(conflict(accepted(&store, "m2", "[1]").await), other);
}

/// A digest of what a message means is one id for its spellings: a form, and the same as JSON.
pub async fn another_spelling_of_a_digest_is_a_repeat<S: Store>(store: S) {
    let new = |body| with(sample("shop", "d1", body, 3), |it| it.strength = Strength::Digest);
    let id = store.accept(new("{}")).await.expect("it accepts").id();
    assert_eq!(store.accept(new("{ }")).await.ok(), Some(Accepted::Repeated(id)));
    assert_eq!((entry(&store, id).await.repeats, entry(&store, id).await.conflicts), (1, 0));
    // A strong id that has the same text is no digest: its body is kept by itself.
    let strong = with(new("[1]"), |it| it.strength = Strength::MessageId);
    let kept = store.accept(strong).await.expect("it accepts").id();
    assert_ne!(kept, id);
    assert_eq!(store.body(kept).await.expect("it reads").expect("it is kept").body, "[1]");
}

/// Two events with the same bytes have one digest. What comes when no repeat can come any more is the second one.
pub async fn a_late_repeat_of_a_digest_is_a_dead_letter_of_its_own<S: Store>(store: S) {
    let after = |late_after: Duration, strength| {
        let key = format!("{strength:?}");
        with(sample("shop", &key, "{}", 3), |it| {
            it.strength = strength;
            it.late_after = Some(late_after);
        })
    };
    let soon = Duration::from_millis(30);
    for strength in [Strength::MessageId, Strength::BusinessFields] {
        let id = store.accept(after(soon, strength)).await.expect("it accepts").id();
        tokio::time::sleep(soon * 3).await;
        let again = store.accept(after(soon, strength)).await.ok();
        assert_eq!(again, Some(Accepted::Repeated(id)), "a strong id is the same event at any time");
    }
    let first = store.accept(after(soon, Strength::Digest)).await.expect("it accepts").id();
    tokio::time::sleep(soon * 3).await;
    assert_eq!(
        store.accept(after(LONG, Strength::Digest)).await.ok(),
        Some(Accepted::Repeated(first)),
        "not late, and counted from the last time on"
    );
    tokio::time::sleep(soon * 3).await;
    let late = conflict(store.accept(after(soon, Strength::Digest)).await.expect("it accepts"));
    let (first, late) = (entry(&store, first).await, entry(&store, late).await);
    assert_eq!((first.state, first.repeats, first.conflicts), (State::Available, 1, 1));
    assert_eq!((late.state, late.conflict_of, late.has_body), (State::Discarded, Some(first.id), true));
    assert!(late.reason.as_ref().is_some_and(|reason| reason.contains("too late")), "{late:?}");
    let again = store.accept(after(LONG, Strength::Digest)).await.ok();
    assert_eq!(again, Some(Accepted::Repeated(first.id)), "its own retry is one again");
    let never = with(after(soon, Strength::Digest), |it| it.late_after = None);
    tokio::time::sleep(soon * 3).await;
    assert_eq!(store.accept(never).await.ok(), Some(Accepted::Repeated(first.id)), "where a repeat can always come");
    // It outlives the pruning of what is done, and its id is kept with it.
    let zero = Duration::ZERO;
    store.prune(PruneRule::new("shop", zero, LONG, Some(zero), 100)).await.expect("it prunes");
    assert!(entry(&store, late.id).await.has_body);
}
