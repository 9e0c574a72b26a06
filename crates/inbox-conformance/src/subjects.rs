//! Entries about one subject, one at a time and in their order.

use std::time::Duration;

use futures_util::future::join_all;
use time::OffsetDateTime;

use super::{LONG, SHORT, claimed, claimed_one, entry, sample, state, stored, with};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::Store;
use referral_webhooks_inbox::store::{Accepted, EntryId, NewEntry};

/// A sample about a subject, at its place in the order.
fn about(subject: &str, key: &str, place: i64) -> NewEntry {
    let ordered_at = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000) + time::Duration::seconds(place);
    with(sample("shop", key, "{}", 3).about(subject), |it| it.ordered_at = ordered_at)
}

async fn accepted<S: Store>(store: &S, entry: NewEntry) -> EntryId {
    store.accept(entry).await.expect("it accepts").id()
}

/// By the time of their signature, not of their arrival; other subjects, and what has none, are not held up.
pub async fn a_subject_is_processed_one_at_a_time_in_its_order<S: Store>(store: S) {
    let second = accepted(&store, about("ada", "m2", 2)).await;
    let third = accepted(&store, about("ada", "m3", 3)).await;
    let first = accepted(&store, about("ada", "m1", 1)).await;
    let other = accepted(&store, about("grace", "m4", 9)).await;
    let without = stored(&store, "m5", 3).await;
    let claims = claimed(&store, 10, LONG).await;
    let mut ids: Vec<EntryId> = claims.iter().map(|claim| claim.lease.id).collect();
    ids.sort();
    assert_eq!(ids, [first, other, without]);
    for (id, next) in [(first, second), (second, third)] {
        assert!(claimed(&store, 10, LONG).await.is_empty(), "one of them runs");
        let lease = match claims.iter().find(|claim| claim.lease.id == id) {
            Some(claim) => claim.lease.clone(),
            None => {
                let running = store.get(id).await.expect("it reads").expect("it is kept");
                referral_webhooks_inbox::store::Lease::new(id, running.attempt, running.last_attempt, LONG)
            }
        };
        assert!(store.finish(&lease, Finish::Complete(None)).await.expect("it ends"));
        assert_eq!(claimed_one(&store, LONG).await.lease.id, next);
    }
}

/// What waits for another attempt still comes first; a dead letter waits for nothing.
pub async fn a_retry_keeps_its_place_and_a_dead_letter_gives_it_up<S: Store>(store: S) {
    let first = accepted(&store, about("ada", "m1", 1)).await;
    let second = accepted(&store, about("ada", "m2", 2)).await;
    let claim = claimed_one(&store, LONG).await;
    let later = Finish::Retry(Duration::from_millis(200), "later".into());
    assert!(store.finish(&claim.lease, later).await.expect("it ends"));
    assert!(claimed(&store, 10, LONG).await.is_empty(), "the second waits for the first");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let claim = claimed_one(&store, LONG).await;
    assert_eq!(claim.lease.id, first);
    assert!(store.finish(&claim.lease, Finish::Discard("never".into())).await.expect("it ends"));
    assert_eq!(claimed_one(&store, LONG).await.lease.id, second);
}

/// It is rescued, though an earlier one has come in the meantime, and that one waits.
pub async fn a_subject_whose_worker_died_goes_on<S: Store>(store: S) {
    let late = accepted(&store, about("ada", "m2", 2)).await;
    assert_eq!(claimed_one(&store, SHORT).await.lease.id, late);
    let early = accepted(&store, about("ada", "m1", 1)).await;
    assert!(claimed(&store, 10, LONG).await.is_empty(), "another one runs");
    tokio::time::sleep(SHORT + Duration::from_millis(150)).await;
    let rescued = claimed_one(&store, LONG).await;
    assert_eq!((rescued.lease.id, rescued.lease.attempt), (late, 2));
    assert!(store.finish(&rescued.lease, Finish::Complete(None)).await.expect("it ends"));
    assert_eq!(claimed_one(&store, LONG).await.lease.id, early);
}

/// Whoever asks at the same time, and whatever arrives meanwhile.
pub async fn many_workers_never_run_a_subject_twice<S: Store>(store: S) {
    const SUBJECTS: i64 = 4;
    const EACH: i64 = 10;
    let senders = (0..SUBJECTS).map(|subject| {
        let store = store.clone();
        tokio::spawn(async move {
            for place in (0..EACH).rev() {
                accepted(&store, about(&format!("s{subject}"), &format!("{subject}-{place}"), place)).await;
            }
        })
    });
    let running = std::sync::Arc::new(std::sync::Mutex::new(std::collections::HashSet::new()));
    let workers = (0..6).map(|_| {
        let (store, running) = (store.clone(), std::sync::Arc::clone(&running));
        tokio::spawn(async move {
            let (mut ended, mut idle) = (0, 0);
            while idle < 25 {
                let claims = claimed(&store, 3, LONG).await;
                if claims.is_empty() {
                    idle += 1;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                for claim in &claims {
                    let subject = claim.delivery_id.split('-').next().unwrap_or_default().to_owned();
                    let is_alone = running.lock().expect("nobody panicked").insert(subject);
                    assert!(is_alone, "two of one subject run: {}", claim.delivery_id);
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
                for claim in claims {
                    let subject = claim.delivery_id.split('-').next().unwrap_or_default().to_owned();
                    running.lock().expect("nobody panicked").remove(&subject);
                    assert!(store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends"));
                    (ended, idle) = (ended + 1, 0);
                }
            }
            ended
        })
    });
    let (sent, worked) = (join_all(senders.collect::<Vec<_>>()), join_all(workers.collect::<Vec<_>>()));
    let (sent, worked) = futures_util::future::join(sent, worked).await;
    sent.into_iter().for_each(|sender| sender.expect("it did not panic"));
    let ended: i64 = worked.into_iter().map(|worker| worker.expect("it did not panic")).sum();
    assert_eq!(ended, SUBJECTS * EACH, "all of them had their turn");
}

/// A digest of somebody's address is still about somebody.
pub async fn what_was_erased_holds_nobody_up<S: Store>(store: S) {
    let first = accepted(&store, about("ada", "m1", 1)).await;
    let second = accepted(&store, about("ada", "m2", 2)).await;
    assert!(store.erase(first, "somebody").await.expect("it erases").is_erased());
    assert_eq!(state(&store, first).await, State::Cancelled);
    assert_eq!(claimed_one(&store, LONG).await.lease.id, second);
}

/// What cannot run is not due, and is counted apart.
pub async fn an_entry_behind_another_of_its_subject_is_waiting<S: Store>(store: S) {
    let second = accepted(&store, about("ada", "m2", 2)).await;
    let third = accepted(&store, about("ada", "m3", 3)).await;
    let other = accepted(&store, about("grace", "m4", 1)).await;
    let first = accepted(&store, about("ada", "m1", 1)).await;
    let rows =
        [(first, State::Available), (second, State::Waiting), (third, State::Waiting), (other, State::Available)];
    for (id, want) in rows {
        let entry = entry(&store, id).await;
        assert_eq!((entry.state, entry.next_at.is_some()), (want, want == State::Available), "{id:?}");
    }
    let stats = store.stats().await.expect("it counts");
    assert_eq!((stats.available, stats.waiting), (2, 2));
    assert!(store.cancel(second, "somebody").await.expect("it cancels"), "an entry that waits is cancelled");
    assert!(store.cancel(first, "somebody").await.expect("it cancels"));
    assert_eq!(state(&store, third).await, State::Available, "its turn has come");
}

/// The same where its own endpoint is another one.
pub async fn a_subject_at_another_endpoint_is_another_subject<S: Store>(store: S) {
    let here = accepted(&store, about("ada", "m1", 1)).await;
    let there = accepted(&store, with(about("ada", "m1", 2), |it| it.endpoint = "other".to_owned())).await;
    for id in [here, there] {
        assert_eq!(state(&store, id).await, State::Available);
    }
}

/// Whatever ends it: its last lease is over, or it is cancelled while it waits for another attempt.
pub async fn every_end_of_an_entry_promotes_the_next<S: Store>(store: S) {
    let ends = ["completed", "discarded", "last attempt", "last lease", "cancelled", "erased"];
    for (number, end) in ends.into_iter().enumerate() {
        let entries = [1, 2].map(|place| with(about(end, &format!("{number}-{place}"), place), |it| it.attempts = 1));
        let [first, next] = entries;
        let (first, next) = (accepted(&store, first).await, accepted(&store, next).await);
        let ends = async |finish| {
            let lease = claimed_one(&store, LONG).await.lease;
            assert!(store.finish(&lease, finish).await.expect("it ends"));
        };
        match end {
            "completed" => ends(Finish::Complete(None)).await,
            "discarded" => ends(Finish::Discard("never".into())).await,
            "last attempt" => ends(Finish::Retry(LONG, "again".into())).await,
            "last lease" => {
                claimed_one(&store, Duration::ZERO).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
                assert!(claimed(&store, 10, LONG).await.is_empty(), "it is a dead letter");
            }
            "cancelled" => {
                ends(Finish::Release).await;
                assert!(store.cancel(first, "somebody").await.expect("it cancels"));
            }
            _ => assert!(store.erase(first, "somebody").await.expect("it erases").is_erased()),
        }
        assert!(state(&store, first).await.is_finished(), "{end}");
        assert_eq!(state(&store, next).await, State::Available, "{end}");
        assert!(store.cancel(next, "somebody").await.expect("it cancels"));
    }
}

/// Redelivered or revived, it waits for what is under way, and comes before what comes after it.
pub async fn an_entry_that_is_due_again_takes_its_turn<S: Store>(store: S) {
    let first = accepted(&store, about("ada", "m1", 1)).await;
    let second = accepted(&store, about("ada", "m2", 2)).await;
    let third = accepted(&store, about("ada", "m3", 3)).await;
    let lease = claimed_one(&store, LONG).await.lease;
    assert!(store.finish(&lease, Finish::Discard("never".into())).await.expect("it ends"));
    let running = claimed_one(&store, LONG).await.lease;
    assert_eq!(running.id, second);
    assert!(store.redeliver(first, 3, "somebody").await.expect("it answers"));
    assert_eq!(state(&store, first).await, State::Waiting, "another one runs");
    assert!(store.finish(&running, Finish::Complete(None)).await.expect("it ends"));
    let lease = claimed_one(&store, LONG).await.lease;
    assert_eq!(lease.id, first);
    assert!(store.finish(&lease, Finish::Discard("never".into())).await.expect("it ends"));
    assert_eq!(state(&store, third).await, State::Available);
    let revived = store.accept(about("ada", "m1", 1)).await.expect("it accepts");
    assert_eq!(revived, Accepted::Revived(first));
    assert_eq!((state(&store, first).await, state(&store, third).await), (State::Available, State::Waiting));
}
