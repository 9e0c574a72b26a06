//! What this version cannot read waits until it can be read, a handler asks for it, or a person acts.

use std::time::Duration;

use super::{LONG, claimed, claimed_one, entry, history, sample, state, stored, with};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::PruneRule;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::{Accepted, Claim, Decoded, EntryId, NewEntry};
use referral_webhooks_inbox::store::{ClaimRequest, Store};

fn unreadable(key: &str) -> NewEntry {
    with(sample("shop", key, "{}", 3), |it| it.unreadable = Some("unknown event name".into()))
}

async fn parked<S: Store>(store: &S, key: &str) -> EntryId {
    store.accept(unreadable(key)).await.expect("it accepts").id()
}

async fn asked_for<S: Store>(store: &S) -> Vec<Claim> {
    let endpoints = ["shop".to_owned(), "other".to_owned()];
    let wanted = ClaimRequest::new("worker", &endpoints, 10, LONG).unknown(&endpoints[..1]);
    store.claim(wanted).await.expect("it claims")
}

/// It is stored, is not due, and a person sees it.
pub async fn an_unreadable_entry_is_parked_and_counted<S: Store>(store: S) {
    let id = parked(&store, "m1").await;
    let found = entry(&store, id).await;
    assert_eq!((found.state, found.next_at, found.has_body), (State::Parked, None, true));
    assert!(found.finished_at.is_some());
    let stats = store.stats().await.expect("it counts");
    assert_eq!((stats.parked, stats.available, stats.oldest_due), (1, 0, Duration::ZERO));
    assert!(claimed(&store, 10, LONG).await.is_empty(), "nobody asks for it");
    assert_eq!(store.accept(unreadable("m1")).await.ok(), Some(Accepted::Repeated(id)));
    assert_eq!(state(&store, id).await, State::Parked);
}

/// Attempts, retries and ends are those of other entries.
pub async fn a_parked_entry_is_claimed_by_those_who_ask<S: Store>(store: S) {
    let id = parked(&store, "m1").await;
    let elsewhere = with(unreadable("m1"), |it| it.endpoint = "other".into());
    store.accept(elsewhere).await.expect("it accepts");
    let due = stored(&store, "m2", 3).await;
    let claims = asked_for(&store).await;
    let ids: Vec<EntryId> = claims.iter().map(|claim| claim.lease.id).collect();
    assert_eq!(ids, [due, id], "after what is due, and of the endpoint that is asked for");
    let lease = &claims[1].lease;
    assert_eq!((lease.attempt, lease.last_attempt), (1, 3));
    assert!(claims[1].delivery.is_some());
    assert_eq!((state(&store, id).await, entry(&store, id).await.finished_at), (State::Running, None));
    assert!(asked_for(&store).await.is_empty());
    assert!(store.finish(lease, Finish::Retry(Duration::ZERO, "again".into())).await.expect("it ends"));
    assert_eq!(state(&store, id).await, State::Retryable);
    let again = claimed_one(&store, LONG).await.lease;
    assert!(store.finish(&again, Finish::Complete(None)).await.expect("it ends"));
    assert_eq!(history(&store, id).await, ["retry", "completed"]);
    // A body that is gone is nothing to process.
    let bare = parked(&store, "m3").await;
    let rule = PruneRule::new("shop", LONG, None, None, 9).parked(Some(Duration::ZERO));
    assert_eq!(store.prune(rule).await.expect("it prunes").bodies, 1);
    assert!(asked_for(&store).await.is_empty() && state(&store, bare).await == State::Parked);
}

/// Later entries of the subject are processed, and it is not claimed while they are.
pub async fn a_parked_entry_does_not_hold_up_its_subject<S: Store>(store: S) {
    let id = store.accept(unreadable("m1").about("ada")).await.expect("it accepts").id();
    let later = store.accept(sample("shop", "m2", "{}", 3).about("ada")).await.expect("it accepts").id();
    let claim = claimed_one(&store, LONG).await;
    assert_eq!(claim.lease.id, later);
    assert!(asked_for(&store).await.is_empty(), "its subject is at work");
    store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
    assert_eq!(asked_for(&store).await[0].lease.id, id);
}

/// Two of one subject never run at once.
pub async fn a_parked_subject_is_claimed_one_at_a_time<S: Store>(store: S) {
    for number in 0..3 {
        store.accept(unreadable(&format!("m{number}")).about("ada")).await.expect("it accepts");
    }
    for number in 0..3 {
        let claims = asked_for(&store).await;
        assert_eq!(claims.iter().map(|claim| claim.delivery_id.as_str()).collect::<Vec<_>>(), [format!("m{number}")]);
        assert!(asked_for(&store).await.is_empty());
        store.finish(&claims[0].lease, Finish::Complete(None)).await.expect("it ends");
    }
}

/// A worker that cannot read what a newer version stored, or a person redelivered, has tried nothing.
pub async fn parking_burns_no_attempt<S: Store>(store: S) {
    let id = stored(&store, "m1", 1).await;
    for attempt in 1..4 {
        let lease = claimed_one(&store, LONG).await.lease;
        assert_eq!((lease.attempt, lease.last_attempt), (attempt, attempt));
        assert!(store.finish(&lease, Finish::Park("unknown event name".into())).await.expect("it ends"));
        let found = entry(&store, id).await;
        assert_eq!((found.state, found.reason.as_deref()), (State::Parked, Some("unknown event name")));
        assert_eq!(found.unreadable.as_deref(), Some("unknown event name"), "it is found for redecoding");
        assert!(!store.finish(&lease, Finish::Complete(None)).await.expect("it answers"));
        assert!(claimed(&store, 10, LONG).await.is_empty());
        assert!(store.redeliver(id, 1, "somebody").await.expect("it redelivers"));
    }
}

/// By itself, and not before.
pub async fn a_parked_entry_that_can_be_read_now_is_due<S: Store>(store: S) {
    let id = parked(&store, "m1").await;
    let reading =
        |unreadable: Option<&str>| with(Decoded::default(), |it| it.unreadable = unreadable.map(str::to_owned));
    assert!(!store.redecode(id, reading(Some("still")), 2, "somebody").await.expect("it answers"));
    assert_eq!(state(&store, id).await, State::Parked);
    assert!(store.redecode(id, reading(None), 2, "somebody").await.expect("it answers"));
    let claim = claimed_one(&store, LONG).await;
    assert_eq!((claim.lease.id, claim.lease.attempt, claim.lease.last_attempt), (id, 1, 2));
    assert_eq!(history(&store, id).await, ["redecoded"]);
}

/// The subject is known only after redecoding, and another entry of it is running.
pub async fn a_parked_entry_that_can_be_read_now_takes_its_turn<S: Store>(store: S) {
    let id = parked(&store, "m1").await;
    let dead = parked(&store, "m2").await;
    let claims = asked_for(&store).await;
    store.finish(&claims[1].lease, Finish::Discard("what is that?".into())).await.expect("it ends");
    store.finish(&claims[0].lease, Finish::Park("unknown".into())).await.expect("it ends");
    let other = store.accept(sample("shop", "m3", "{}", 3).about("ada")).await.expect("it accepts").id();
    let running = claimed_one(&store, LONG).await;
    assert_eq!(running.lease.id, other);
    let reading = || Decoded::default().about("ada");
    for id in [id, dead] {
        assert!(store.redecode(id, reading(), 3, "somebody").await.expect("it answers"));
        assert_eq!(state(&store, id).await, State::Waiting);
    }
    assert!(claimed(&store, 10, LONG).await.is_empty(), "two of one subject never run at once");
    // What runs keeps its turn, and no subject is changed under it.
    store.redecode(other, reading(), 3, "somebody").await.expect("it answers");
    assert!(store.finish(&running.lease, Finish::Complete(None)).await.expect("it ends"));
    for id in [id, dead] {
        let claim = claimed_one(&store, LONG).await;
        assert_eq!(claim.lease.id, id, "in the order in which they were signed");
        assert!(store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends"));
    }
}

/// Where a period was set and is over, the platform's next delivery is as good as the first.
pub async fn a_repeat_restores_a_body_that_a_person_needs<S: Store>(store: S) {
    let parked = parked(&store, "m1").await;
    let dead = stored(&store, "m2", 3).await;
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Discard("no".into())).await.expect("it ends");
    let conflict = store.accept(sample("shop", "m2", "[1]", 3)).await.expect("it accepts").id();
    let zero = Duration::ZERO;
    store.prune(PruneRule::new("shop", zero, zero, None, 9).parked(Some(zero))).await.expect("it prunes");
    let stays = with(sample("shop", "m2", "{}", 3), |it| it.revives = false);
    for (id, again) in [(parked, unreadable("m1")), (dead, stays), (conflict, sample("shop", "m2", "[1]", 3))] {
        assert!(!entry(&store, id).await.has_body);
        let body = again.delivery.body.clone();
        let before = state(&store, id).await;
        assert_eq!(store.accept(again).await.expect("it accepts").id(), id);
        let kept = store.body(id).await.expect("it reads").expect("it is kept");
        assert_eq!((kept.body, state(&store, id).await), (body, before));
        assert!(store.redeliver(id, 1, "somebody").await.expect("it redelivers"));
    }
}
