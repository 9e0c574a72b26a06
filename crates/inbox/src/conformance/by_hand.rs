//! What people do, and what time does.

use std::time::Duration;

use super::{LONG, claimed, claimed_one, entry, history, sample, state, stored};
use crate::entry::{Accepted, EntryId, NewEntry, Reading};
use crate::outcome::Finish;
use crate::state::State;
use crate::store::{Filter, PruneRule, Pruned, Store};

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
    let unreadable = |key| NewEntry { unreadable: Some("why".into()), ..sample("shop", key, "{}", 1) };
    let dead = store.accept(unreadable("m1")).await.expect("it accepts").id();
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Discard("unreadable".into())).await.expect("it ends");
    let done = store.accept(unreadable("m2")).await.expect("it accepts").id();
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
    let readable = NewEntry { unreadable: None, ..sample("shop", "m3", "{}", 3) };
    store.accept(readable).await.expect("it accepts");
    let listed = store.list(Filter::new().endpoint("shop").unreadable()).await.expect("it lists");
    assert_eq!(listed.iter().map(|entry| entry.id).collect::<Vec<_>>(), [done, dead]);
    let still = Reading { event: None, unreadable: Some("still".into()) };
    assert!(!store.reread(dead, still, 2, "somebody").await.expect("it answers"));
    let now = || Reading { event: Some("NEW".into()), unreadable: None };
    assert!(store.reread(dead, now(), 2, "somebody").await.expect("it answers"));
    assert!(!store.reread(done, now(), 2, "somebody").await.expect("it answers"));
    let (reread, renamed) = (entry(&store, dead).await, entry(&store, done).await);
    assert_eq!((reread.state, reread.last_attempt, renamed.state), (State::Available, 3, State::Completed));
    assert_eq!((reread.event.as_deref(), renamed.event.as_deref()), (Some("NEW"), Some("NEW")));
    assert!(reread.unreadable.is_none() && renamed.unreadable.is_none());
    assert_eq!(history(&store, dead).await, ["discarded", "reread"]);
}

/// It is going to be processed anyway.
pub async fn what_is_unfinished_is_not_redelivered<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    assert!(!store.redeliver(id, 2, "somebody").await.expect("it answers"));
    claimed_one(&store, LONG).await;
    assert!(!store.redeliver(id, 2, "somebody").await.expect("it answers"));
    assert!(!store.redeliver(EntryId(id.0 + 1), 2, "somebody").await.expect("it answers"), "an unknown one");
}

/// What runs cannot be called back.
pub async fn only_what_waits_is_cancelled<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    assert!(store.cancel(id, "somebody").await.expect("it cancels"));
    assert_eq!(state(&store, id).await, State::Cancelled);
    assert!(claimed(&store, 10, LONG).await.is_empty());
    assert!(!store.cancel(id, "somebody").await.expect("it answers"), "twice");
    let id = stored(&store, "m2", 3).await;
    claimed_one(&store, LONG).await;
    assert!(!store.cancel(id, "somebody").await.expect("it answers"), "it runs");
}

/// Nothing about people is left, and a repeat is still a repeat.
pub async fn erasing_keeps_the_key_and_the_history<S: Store>(store: S) {
    let id = completed(&store, "m1").await;
    assert!(store.erase(id, "somebody").await.expect("it erases").is_erased());
    let erased = entry(&store, id).await;
    assert_eq!((erased.has_body, erased.reason, erased.key.as_str()), (false, None, "m1"));
    let events = store.history(id).await.expect("it reads");
    assert!(events.iter().all(|event| event.reason.is_none()), "reasons are erased as well");
    assert_eq!(history(&store, id).await, ["completed", "erased"]);
    assert!(!store.redeliver(id, 1, "somebody").await.expect("it answers"), "there is nothing to deliver");
    assert_eq!(store.accept(sample("shop", "m1", "{}", 3)).await.ok(), Some(Accepted::Repeated(id)));

    let waiting = stored(&store, "m2", 3).await;
    assert!(store.erase(waiting, "somebody").await.expect("it erases").is_erased());
    assert_eq!(state(&store, waiting).await, State::Cancelled, "without its body it cannot be processed");
}

/// Neither by a repeat nor by another body under the same key.
pub async fn what_was_erased_or_forgotten_does_not_come_back<S: Store>(store: S) {
    let erased = stored(&store, "m1", 3).await;
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Discard("why".into())).await.expect("it ends");
    assert!(store.erase(erased, "somebody").await.expect("it erases").is_erased());
    let forgotten = completed(&store, "m2").await;
    store.prune(PruneRule::new("shop", Duration::ZERO, Duration::ZERO, None, 10)).await.expect("it prunes");
    for (id, key) in [(erased, "m1"), (forgotten, "m2")] {
        assert_eq!(store.accept(sample("shop", key, "{}", 3)).await.ok(), Some(Accepted::Repeated(id)), "{key}");
        assert_eq!(store.accept(sample("shop", key, "[1]", 3)).await.ok(), Some(Accepted::Conflict(id)), "{key}");
        assert!(store.bodies(id).await.expect("it reads").is_empty(), "{key}");
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

/// The first is the one that is processed; the others are for whoever settles which was meant.
pub async fn all_bodies_under_a_key_can_be_read<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    for body in ["[1]", "[2]", "[1]"] {
        store.accept(sample("shop", "m1", body, 3)).await.expect("it accepts");
    }
    let bodies = async || -> Vec<_> {
        store.bodies(id).await.expect("it reads").into_iter().map(|delivery| delivery.body).collect()
    };
    assert_eq!(bodies().await, ["{}", "[1]", "[2]"]);
    store.erase(id, "somebody").await.expect("it erases");
    assert!(bodies().await.is_empty());
    assert!(store.bodies(EntryId(id.0 + 1)).await.expect("it reads").is_empty(), "an unknown one");
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
