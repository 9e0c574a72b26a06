//! What people do, and what time does.

use std::time::Duration;

use super::{LONG, claimed, claimed_one, entry, history, sample, state, stored, with};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::{Accepted, Claim, Decoded, EntryId};
use referral_webhooks_inbox::store::{ClaimRequest, Filter, Store};
use referral_webhooks_inbox::store::{PruneRule, Pruned};

async fn completed<S: Store>(store: &S, key: &str) -> EntryId {
    let id = stored(store, key, 3).await;
    let claim = claimed_one(store, LONG).await;
    assert!(store.finish(&claim.lease, Finish::Complete(Some("why".into()))).await.expect("it ends"));
    id
}

/// The numbers go on, for they name claims.
pub async fn redelivery_gives_fresh_attempts<S: Store>(store: S) {
    let id = completed(&store, "m1").await;
    assert!(store.redeliver(id, 2, "somebody").await.expect("it redelivers"));
    assert_eq!(state(&store, id).await, State::Available);
    let lease = claimed_one(&store, LONG).await.lease;
    assert_eq!((lease.attempt, lease.last_attempt), (2, 3));
    let events = store.history(id).await.expect("it reads");
    assert_eq!((events[1].what.as_str(), events[1].by.as_str()), ("redelivered", "somebody"));
}

/// A second effect is wanted where there was a first one; where there was none, the first is still wanted.
pub async fn runs_count_what_was_wanted_again<S: Store>(store: S) {
    let id = completed(&store, "m1").await;
    store.redeliver(id, 2, "somebody").await.expect("it redelivers");
    let claim = claimed_one(&store, LONG).await;
    assert_eq!((claim.run, entry(&store, id).await.run), (2, 2));
    store.finish(&claim.lease, Finish::Discard("broken".into())).await.expect("it ends");
    store.redeliver(id, 2, "somebody").await.expect("it redelivers");
    assert_eq!(claimed_one(&store, LONG).await.run, 2);
}

/// Others get their name, and are not processed a second time.
pub async fn a_dead_letter_that_can_be_read_now_is_processed<S: Store>(store: S) {
    let unreadable = |key| with(sample("shop", key, "{}", 1), |it| it.unreadable = Some("why".into()));
    let claim = async || claimed_too(&store).await.remove(0);
    let dead = store.accept(unreadable("m1")).await.expect("it accepts").id();
    let lease = claim().await.lease;
    store.finish(&lease, Finish::Discard("unreadable".into())).await.expect("it ends");
    let done = store.accept(unreadable("m2")).await.expect("it accepts").id();
    let claim = claim().await;
    store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
    let readable = with(sample("shop", "m3", "{}", 3), |it| it.unreadable = None);
    store.accept(readable).await.expect("it accepts");
    let listed = store.list(Filter::new().endpoint("shop").unreadable()).await.expect("it lists");
    assert_eq!(listed.iter().map(|entry| entry.id).collect::<Vec<_>>(), [done, dead]);
    let still = with(Decoded::default(), |it| it.unreadable = Some("still".into()));
    assert!(!store.redecode(dead, still, 2, "somebody").await.expect("it answers"));
    let now = || with(Decoded::default(), |it| it.event = Some("NEW".into()));
    assert!(store.redecode(dead, now(), 2, "somebody").await.expect("it answers"));
    assert!(!store.redecode(done, now(), 2, "somebody").await.expect("it answers"));
    let (redecode, renamed) = (entry(&store, dead).await, entry(&store, done).await);
    assert_eq!((redecode.state, redecode.last_attempt, renamed.state), (State::Available, 3, State::Completed));
    assert_eq!((redecode.event.as_deref(), renamed.event.as_deref()), (Some("NEW"), Some("NEW")));
    assert!(redecode.unreadable.is_none() && renamed.unreadable.is_none());
    assert_eq!(history(&store, dead).await, ["discarded", "redecoded"]);
}

/// It is going to be processed anyway.
pub async fn what_is_unfinished_is_not_redelivered<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    assert!(!store.redeliver(id, 2, "somebody").await.expect("it answers"));
    claimed_one(&store, LONG).await;
    assert!(!store.redeliver(id, 2, "somebody").await.expect("it answers"));
    assert!(!store.redeliver(EntryId(id.0 + 1), 2, "somebody").await.expect("it answers"), "an unknown one");
}

/// Claims what is due, and what is parked.
async fn claimed_too<S: Store>(store: &S) -> Vec<Claim> {
    let shop = ["shop".to_owned()];
    let wanted = ClaimRequest::new("worker", &shop, 10, LONG).unknown(&shop);
    store.claim(wanted).await.expect("the store claims")
}

/// What runs cannot be called back, and what is done cannot be undone.
pub async fn what_waits_for_a_worker_or_a_person_is_cancelled<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    assert!(store.cancel(id, "somebody").await.expect("it cancels"));
    assert_eq!(state(&store, id).await, State::Cancelled);
    assert!(claimed(&store, 10, LONG).await.is_empty());
    assert!(!store.cancel(id, "somebody").await.expect("it answers"), "twice");
    let id = stored(&store, "m2", 3).await;
    let claim = claimed_one(&store, LONG).await;
    assert!(!store.cancel(id, "somebody").await.expect("it answers"), "it runs");
    store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
    assert!(!store.cancel(id, "somebody").await.expect("it answers"), "it is completed");
    for (key, end) in [("m3", Finish::Discard("why".into())), ("m4", Finish::Park("why".into()))] {
        let id = stored(&store, key, 3).await;
        let claim = claimed_one(&store, LONG).await;
        store.finish(&claim.lease, end).await.expect("it ends");
        let pruned = async || {
            let zero = Duration::ZERO;
            store.prune(PruneRule::new("shop", zero, None, Some(zero), 100)).await.expect("it prunes");
            store.get(id).await.expect("it reads")
        };
        assert!(pruned().await.is_some_and(|entry| entry.has_body), "{key} waits for a person");
        assert!(store.cancel(id, "somebody").await.expect("it cancels"), "{key}");
        assert_eq!(history(&store, id).await.last().map(String::as_str), Some("cancelled"));
        assert_eq!(store.accept(sample("shop", key, "{}", 3)).await.ok(), Some(Accepted::Repeated(id)));
        assert_eq!(state(&store, id).await, State::Cancelled, "its platform does not revive it");
        assert_eq!(pruned().await, None, "a person has acted, so it goes as what is completed does");
    }
    assert_eq!(store.stats().await.expect("it counts"), Default::default());
}

/// Its worker ends nothing any more, and no attempt is burnt.
pub async fn a_released_entry_is_due_and_its_old_lease_is_void<S: Store>(store: S) {
    let id = stored(&store, "m1", 1).await;
    assert!(!store.release(id, "somebody").await.expect("it answers"), "it does not run");
    let first = claimed_one(&store, LONG).await.lease;
    assert!(store.release(id, "somebody").await.expect("it releases"));
    assert_eq!(state(&store, id).await, State::Retryable);
    assert!(!store.release(id, "somebody").await.expect("it answers"), "twice");
    assert!(!store.extend(&first).await.expect("it answers"), "the lease is lost");
    assert!(!store.finish(&first, Finish::Complete(None)).await.expect("it answers"), "it ends nothing");
    let second = claimed_one(&store, LONG).await.lease;
    assert_eq!((second.attempt, second.last_attempt), (2, 2), "one attempt is left, as before");
    assert!(!store.finish(&first, Finish::Complete(None)).await.expect("it answers"), "nor the next claim");
    assert!(store.finish(&second, Finish::Complete(None)).await.expect("it ends"));
    let events = store.history(id).await.expect("it reads");
    assert_eq!((events[0].what.as_str(), events[0].by.as_str(), events[0].attempt), ("released", "somebody", 1));
    assert!(!store.release(EntryId(id.0 + 1), "somebody").await.expect("it answers"), "an unknown one");
}

/// Nothing about people is left, and a repeat is still a repeat.
pub async fn erasing_keeps_the_key_and_the_history<S: Store>(store: S) {
    let id = completed(&store, "m1").await;
    assert!(store.erase(id, "somebody").await.expect("it erases").is_erased());
    let erased = entry(&store, id).await;
    assert_eq!((erased.has_body, erased.reason, erased.delivery_id.as_str()), (false, None, "m1"));
    let events = store.history(id).await.expect("it reads");
    assert!(events.iter().all(|event| event.reason.is_none()), "reasons are erased as well");
    assert_eq!(history(&store, id).await, ["completed", "erased"]);
    assert!(!store.redeliver(id, 1, "somebody").await.expect("it answers"), "there is nothing to deliver");
    assert_eq!(store.accept(sample("shop", "m1", "{}", 3)).await.ok(), Some(Accepted::Repeated(id)));

    let waiting = stored(&store, "m2", 3).await;
    assert!(store.erase(waiting, "somebody").await.expect("it erases").is_erased());
    assert_eq!(state(&store, waiting).await, State::Cancelled, "without its body it cannot be processed");

    for (key, unreadable) in [("m3", None), ("m4", Some("unknown event name".to_owned()))] {
        let is_known = unreadable.is_none();
        let named = with(sample("shop", key, "{}", 3), |it| {
            it.event = Some("Ada".into());
            it.unreadable = unreadable;
        });
        let id = store.accept(named).await.expect("it accepts").id();
        assert!(store.erase(id, "somebody").await.expect("it erases").is_erased());
        let event = entry(&store, id).await.event;
        assert_eq!(event.is_some(), is_known, "the sender chose the name of an unknown event");
    }
}

/// A repeat does not bring it back. Another body under the same key is an entry of its own.
pub async fn what_was_erased_or_forgotten_does_not_come_back<S: Store>(store: S) {
    let erased = stored(&store, "m1", 3).await;
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Discard("why".into())).await.expect("it ends");
    assert!(store.erase(erased, "somebody").await.expect("it erases").is_erased());
    let forgotten = completed(&store, "m2").await;
    store.prune(PruneRule::new("shop", Duration::ZERO, Duration::ZERO, None, 10)).await.expect("it prunes");
    for (id, key) in [(erased, "m1"), (forgotten, "m2")] {
        assert_eq!(store.accept(sample("shop", key, "{}", 3)).await.ok(), Some(Accepted::Repeated(id)), "{key}");
        let other = store.accept(sample("shop", key, "[1]", 3)).await.expect("it accepts");
        assert!(matches!(other, Accepted::Conflict(other) if other != id), "{key}: {other:?}");
        assert_eq!(store.body(other.id()).await.expect("it reads").expect("it is kept").body, "[1]", "{key}");
        assert_eq!(store.body(id).await.expect("it reads"), None, "{key}");
        assert_eq!(entry(&store, id).await.conflicts, 1, "it is flagged all the same");
    }
    assert!(claimed(&store, 10, LONG).await.is_empty());
}

/// Its handler has the body already.
pub async fn what_is_being_processed_is_not_erased<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    claimed_one(&store, LONG).await;
    assert!(!store.erase(id, "somebody").await.expect("it answers").is_erased());
    assert!(entry(&store, id).await.has_body);
}

const AN_HOUR: Duration = Duration::from_secs(60 * 60);

/// Each has its own age, and both count from the end.
pub async fn pruning_forgets_bodies_first_and_unfinished_entries_never<S: Store>(store: S) {
    let done = completed(&store, "m1").await;
    let dead = stored(&store, "m2", 3).await;
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Discard("why".into())).await.expect("it ends");
    let waiting = stored(&store, "m3", 3).await;
    let pruned = async |bodies, dead_letters, keys| {
        store.prune(PruneRule::new("shop", bodies, dead_letters, keys, 100)).await.expect("it prunes")
    };
    let none = Pruned::default();
    let parked = with(sample("shop", "m4", "{}", 3), |it| it.unreadable = Some("why".into()));
    let parked = store.accept(parked).await.expect("it accepts").id();
    assert_eq!(pruned(AN_HOUR, AN_HOUR, Some(AN_HOUR)).await, none, "too young");
    assert_eq!(pruned(Duration::ZERO, AN_HOUR, Some(AN_HOUR)).await, Pruned { bodies: 1, ..none });
    assert!(!entry(&store, done).await.has_body && entry(&store, dead).await.has_body);
    assert_eq!(store.accept(sample("shop", "m1", "{}", 3)).await.ok(), Some(Accepted::Repeated(done)));
    assert!(entry(&store, dead).await.reason.is_some());
    assert_eq!(pruned(Duration::ZERO, Duration::ZERO, None).await, Pruned { bodies: 1, ..none });
    assert_eq!(entry(&store, dead).await.reason, None, "a reason may be about people");
    let history = store.history(dead).await.expect("it reads");
    assert!(!history.is_empty() && history.iter().all(|event| event.reason.is_none()), "{history:?}");
    assert_eq!(pruned(Duration::ZERO, Duration::ZERO, Some(Duration::ZERO)).await, Pruned { entries: 2, ..none });
    assert_eq!(store.get(done).await.expect("it reads"), None);
    assert!(store.history(done).await.expect("it reads").is_empty());
    assert!(entry(&store, waiting).await.has_body, "what waits is never forgotten");
    assert!(matches!(store.accept(sample("shop", "m1", "{}", 3)).await, Ok(Accepted::Stored(_))), "it is new again");
    assert!(entry(&store, parked).await.has_body, "a parked one waits for a person, whatever its age");
    let zero = Duration::ZERO;
    let rule = PruneRule::new("shop", zero, zero, Some(zero), 100).parked(Some(zero));
    assert_eq!(store.prune(rule).await.expect("it prunes"), Pruned { bodies: 1, entries: 1, ..none });
}

/// Neither row nor reason goes, whatever the age of the ids is.
pub async fn what_waits_for_a_person_is_kept_with_its_id<S: Store>(store: S) {
    let dead = stored(&store, "m1", 3).await;
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Discard("why".into())).await.expect("it ends");
    let parked = with(sample("shop", "m2", "{}", 3), |it| it.unreadable = Some("why".into()));
    let parked = store.accept(parked).await.expect("it accepts").id();
    let zero = Duration::ZERO;
    let rule = PruneRule::new("shop", zero, None, Some(zero), 100);
    assert_eq!(store.prune(rule).await.expect("it prunes"), Pruned::default());
    assert!(entry(&store, dead).await.reason.is_some() && entry(&store, parked).await.has_body);
}

/// Where no signed time limits when a repeat is accepted, an id outlives every age.
pub async fn an_id_without_a_signed_time_is_never_pruned<S: Store>(store: S) {
    let new = || with(sample("shop", "m1", "{}", 3), |it| it.keeps_id = true);
    let id = store.accept(new()).await.expect("it accepts").id();
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
    let other = completed(&store, "m2").await;
    let conflict = store.accept(with(new(), |it| it.body_digest = [7; 32])).await.expect("it accepts").id();
    assert!(store.cancel(conflict, "somebody").await.expect("it cancels"));
    let zero = Duration::ZERO;
    let rule = PruneRule::new("shop", zero, zero, Some(zero), 100).parked(Some(zero));
    let pruned = store.prune(rule).await.expect("it prunes");
    assert_eq!((pruned.bodies, pruned.entries), (3, 1), "the bodies go");
    assert_eq!(store.get(other).await.expect("it reads"), None);
    assert!(store.get(conflict).await.expect("it reads").is_some());
    assert_eq!(store.accept(new()).await.ok(), Some(Accepted::Repeated(id)), "it is still known");
}

/// A repeat or another body without a signed time can come at any time, so its id is kept for good from then on.
pub async fn a_repeat_without_a_signed_time_keeps_the_id_of_its_entry<S: Store>(store: S) {
    let zero = Duration::ZERO;
    let rule = PruneRule::new("shop", zero, zero, Some(zero), 100).parked(Some(zero));
    for (key, body) in [("m1", "{}"), ("m2", "[1]")] {
        let id = completed(&store, key).await;
        let again = || with(sample("shop", key, body, 3), |it| it.keeps_id = true);
        let first = store.accept(again()).await.expect("it accepts");
        assert!(store.cancel(first.id(), "somebody").await.expect("it answers") || first.id() == id);
        store.prune(rule.clone()).await.expect("it prunes");
        assert!(store.get(id).await.expect("it reads").is_some(), "{key}: the id is known");
        let later = store.accept(again()).await.expect("it accepts");
        assert_eq!(later, first, "{key}: it is not new");
        assert!(claimed(&store, 10, LONG).await.is_empty(), "{key}");
    }
}

/// So that whoever waits for the disk does not wait for long.
pub async fn pruning_is_bounded_by_bytes<S: Store>(store: S) {
    let body = format!("[\"{}\"]", "x".repeat(1_000));
    for number in 0..5 {
        store.accept(sample("shop", &format!("m{number}"), &body, 3)).await.expect("it accepts");
        let claim = claimed_one(&store, LONG).await;
        store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
    }
    let mut rule = PruneRule::new("shop", Duration::ZERO, None, None, 100);
    rule.most_bytes = 2 * body.len() as u64;
    let mut pruned = Vec::new();
    for _ in 0..4 {
        let call = store.prune(rule.clone()).await.expect("it prunes");
        pruned.push((call.bodies, call.is_more));
    }
    assert_eq!(pruned, [(2, true), (2, true), (1, false), (0, false)]);
    // A body that is longer than the bound goes by itself.
    rule.most_bytes = 1;
    completed(&store, "m5").await;
    completed(&store, "m6").await;
    assert_eq!(store.prune(rule).await.expect("it prunes").bodies, 1);
}

/// So that it can run beside the load.
pub async fn pruning_is_bounded<S: Store>(store: S) {
    for number in 0..5 {
        completed(&store, &format!("m{number}")).await;
    }
    let rule = || PruneRule::new("shop", Duration::ZERO, Duration::ZERO, Some(AN_HOUR), 2);
    let mut counts = Vec::new();
    for _ in 0..4 {
        counts.push(store.prune(rule()).await.expect("it prunes").bodies);
    }
    assert_eq!(counts, [2, 2, 1, 0]);
}

/// Every endpoint has rules of its own.
pub async fn pruning_leaves_other_endpoints_alone<S: Store>(store: S) {
    let id = completed(&store, "m1").await;
    let zero = Duration::ZERO;
    let pruned = store.prune(PruneRule::new("other", zero, zero, Some(zero), 100)).await.expect("it prunes");
    assert_eq!(pruned, Pruned::default());
    assert!(entry(&store, id).await.has_body);
}

/// The newest first, and each page goes on where the last one ended.
pub async fn lists_are_filtered_and_paged<S: Store>(store: S) {
    let done = completed(&store, "m0").await;
    let mut ids = vec![done];
    for number in 1..5 {
        ids.push(stored(&store, &format!("m{number}"), 3).await);
    }
    store.accept(sample("other", "m", "{}", 3)).await.expect("it accepts");
    let listed = async |filter| -> Vec<EntryId> {
        store.list(filter).await.expect("it lists").into_iter().map(|entry| entry.id).collect()
    };
    assert_eq!(listed(Filter::new()).await.len(), 6);
    let shop = || Filter::new().endpoint("shop");
    assert_eq!(listed(shop().state(State::Completed)).await, [done]);
    assert_eq!(listed(shop().most(2)).await, [ids[4], ids[3]]);
    assert_eq!(listed(shop().most(2).before(ids[3])).await, [ids[2], ids[1]]);
    assert_eq!(listed(shop().before(ids[1])).await, [ids[0]]);
    store.erase(ids[3], "somebody").await.expect("it erases");
    assert_eq!(listed(shop().with_body()).await, [ids[4], ids[2], ids[1], ids[0]]);
    assert_eq!(listed(shop().with_body().most(1).before(ids[4])).await, [ids[2]]);
    assert_eq!(listed(shop().with_body().state(State::Completed)).await, [done]);
}

/// Each entry has one, and erasing one leaves the others.
pub async fn the_body_of_every_entry_can_be_read<S: Store>(store: S) {
    let mut ids = Vec::new();
    for body in ["{}", "[1]", "[2]"] {
        ids.push(store.accept(sample("shop", "m1", body, 3)).await.expect("it accepts").id());
    }
    let body = async |id| store.body(id).await.expect("it reads").map(|delivery| delivery.body);
    for (id, want) in ids.iter().zip(["{}", "[1]", "[2]"]) {
        assert_eq!(body(*id).await.expect("it is kept"), want);
    }
    store.erase(ids[1], "somebody").await.expect("it erases");
    assert!(body(ids[0]).await.is_some() && body(ids[1]).await.is_none() && body(ids[2]).await.is_some());
    assert_eq!(body(EntryId(ids[2].0 + 1)).await, None, "an unknown one");
}

/// Nothing is left of it.
pub async fn a_store_that_works_can_be_probed<S: Store>(store: S) {
    for _ in 0..2 {
        store.probe().await.expect("it works");
    }
    assert!(store.list(Filter::new()).await.expect("it lists").is_empty());
}

/// The alarm is the age of the oldest that is due.
pub async fn the_numbers_say_what_waits<S: Store>(store: S) {
    completed(&store, "m0").await;
    for number in 1..4 {
        stored(&store, &format!("m{number}"), 3).await;
    }
    let claims = claimed(&store, 2, LONG).await;
    let again = Finish::Retry(AN_HOUR, "later".into());
    store.finish(&claims[0].lease, again).await.expect("it ends");
    tokio::time::sleep(Duration::from_millis(50)).await;
    let stats = store.stats().await.expect("it counts");
    assert_eq!((stats.available, stats.running, stats.retryable, stats.discarded), (1, 1, 1, 0));
    assert!(stats.oldest_due >= Duration::from_millis(30), "{:?}", stats.oldest_due);
}
