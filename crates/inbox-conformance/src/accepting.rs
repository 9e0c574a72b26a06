//! One entry per endpoint and key, whatever comes and when.

use futures_util::future::join_all;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Delivery, Endpoint, Message, Strength};
use time::OffsetDateTime;

use super::{LONG, claimed, claimed_one, endpoint, entry, history, sample, state, stored, with};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::Store;
use referral_webhooks_inbox::store::{Accepted, EntryId, NewEntry};

/// The first is stored, every other is a repeat, and they are counted with their time.
pub async fn a_delivery_is_stored_once_and_repeats_are_counted<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    let first_seen = entry(&store, id).await.last_seen_at;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    for _ in 0..2 {
        assert_eq!(store.accept(sample("shop", "m1", "{}", 3)).await.ok(), Some(Accepted::Repeated(id)));
    }
    let entry = entry(&store, id).await;
    assert_eq!((entry.repeats, entry.conflicts, entry.state), (2, 0, State::Available));
    assert_eq!(
        (entry.endpoint.as_str(), entry.delivery_id.as_str(), entry.platform.as_str()),
        ("shop", "m1", "redpin")
    );
    assert!(entry.last_seen_at > first_seen, "the time of the repeat is kept");
}

/// The index decides, not a look before.
pub async fn concurrent_repeats_are_one_entry<S: Store>(store: S) {
    let all = join_all((0..200).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.accept(sample("shop", "m1", "{}", 3)).await.expect("it accepts") })
    }))
    .await;
    let accepted: Vec<Accepted> = all.into_iter().map(|task| task.expect("it did not panic")).collect();
    let new = accepted.iter().filter(|accepted| matches!(accepted, Accepted::Stored(_))).count();
    assert_eq!(new, 1, "one of them is new");
    assert!(accepted.iter().all(|one| one.id() == accepted[0].id()), "all are the same entry");
    assert_eq!(entry(&store, accepted[0].id()).await.repeats, 199);
}

/// Keys are unique within an endpoint, not beyond.
pub async fn the_same_key_at_another_endpoint_is_another_entry<S: Store>(store: S) {
    let id = stored(&store, "m1", 3).await;
    let other = store.accept(sample("other", "m1", "{}", 3)).await.expect("it accepts");
    assert!(matches!(other, Accepted::Stored(_)) && other.id() != id, "{other:?}");
}

/// Waiting, running, to be retried, completed, cancelled, erased: a repeat is a repeat.
pub async fn a_repeat_is_known_in_every_state<S: Store>(store: S) {
    let repeated = async |id: EntryId, when: &str| {
        let accepted = store.accept(sample("shop", "m1", "{}", 3)).await.expect("it accepts");
        assert_eq!(accepted, Accepted::Repeated(id), "{when}");
    };
    let id = stored(&store, "m1", 5).await;
    repeated(id, "waiting").await;
    let claim = claimed_one(&store, LONG).await;
    repeated(id, "running").await;
    store.finish(&claim.lease, Finish::Retry(std::time::Duration::ZERO, "again".into())).await.expect("it ends");
    repeated(id, "to be retried").await;
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
    repeated(id, "completed").await;
    assert_eq!(state(&store, id).await, State::Completed);
    store.redeliver(id, 1, "somebody").await.expect("it redelivers");
    store.cancel(id, "somebody").await.expect("it cancels");
    repeated(id, "cancelled").await;
    store.erase(id, "somebody").await.expect("it erases");
    repeated(id, "erased").await;
    assert!(claimed(&store, 10, LONG).await.is_empty(), "no repeat made it due");
}

/// Whoever sends it again wants it processed, and it never was.
pub async fn a_dead_letter_that_comes_again_is_processed_again<S: Store>(store: S) {
    let id = stored(&store, "m1", 1).await;
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Discard("broken".into())).await.expect("it ends");
    let accepted = store.accept(sample("shop", "m1", "{}", 2)).await.expect("it accepts");
    assert_eq!(accepted, Accepted::Revived(id));
    let claim = claimed_one(&store, LONG).await;
    assert_eq!((claim.lease.attempt, claim.lease.last_attempt), (2, 3), "the number goes on, the attempts are fresh");
    assert_eq!(history(&store, id).await, ["discarded", "revived"]);
}

/// Two messages with the same bytes are one under such a key, so it is said.
pub async fn digests_are_flagged_as_derived_keys<S: Store>(store: S) {
    let now = OffsetDateTime::now_utc();
    let endpoint = Endpoint::<Prefinery>::new("a secret of Prefinery").expect("it is a secret");
    let request = endpoint.sign(&Message::new("not JSON", now)).expect("it signs");
    let delivery = endpoint.receive(&request, now).expect("it was signed");
    assert_eq!(delivery.id().strength(), Strength::Digest);
    let accepted = store.accept(NewEntry::of("shop", &delivery, 3)).await.expect("it accepts");
    let derived = entry(&store, accepted.id()).await;
    assert!(derived.is_derived && derived.unreadable.is_some(), "{derived:?}");
    let id = stored(&store, "m1", 3).await;
    assert!(!entry(&store, id).await.is_derived);
}

/// Byte for byte, with its proof.
pub async fn what_was_stored_opens_as_the_delivery_that_it_was<S: Store>(store: S) {
    let body = "{\"event_name\":\"REFERRAL_CREATED\", \"é\":\"\\u0000\"}\r\n";
    let new = sample("shop", "m1", body, 3);
    let stored = new.delivery.clone();
    store.accept(new).await.expect("it accepts");
    let claim = claimed_one(&store, LONG).await;
    assert_eq!((claim.endpoint.as_str(), claim.delivery_id.as_str()), ("shop", "m1"));
    let kept = claim.delivery.expect("the body is kept");
    assert_eq!(kept, stored);
    let delivery = endpoint().reopen(kept).expect("what was stored still verifies");
    assert_eq!((delivery.id().as_str(), delivery.body().as_ref()), ("m1", body.as_bytes()));
}

/// As many entries as keys, all of them due.
pub async fn many_senders_at_once_lose_nothing<S: Store>(store: S) {
    let senders = (0..32).map(|sender| {
        let store = store.clone();
        tokio::spawn(async move {
            for message in 0..10 {
                stored(&store, &format!("m{sender}-{message}"), 3).await;
            }
        })
    });
    join_all(senders).await.into_iter().for_each(|sender| sender.expect("it did not panic"));
    let mut ids: Vec<EntryId> = claimed(&store, 1_000, LONG).await.iter().map(|claim| claim.lease.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 320);
}

/// Where only a person may redeliver it.
pub async fn a_dead_letter_may_stay_one<S: Store>(store: S) {
    let id = stored(&store, "m1", 1).await;
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Discard("broken".into())).await.expect("it ends");
    let again = with(sample("shop", "m1", "{}", 2), |it| it.revives = false);
    assert_eq!(store.accept(again).await.ok(), Some(Accepted::Repeated(id)));
    assert_eq!((state(&store, id).await, entry(&store, id).await.repeats), (State::Discarded, 1));
}

/// What revives a dead letter brings its own proof and its own time, and both are kept together.
pub async fn a_revived_delivery_opens<S: Store>(store: S) {
    let endpoint = Endpoint::<Refir>::new("refir-token-0123456789-0123456789").expect("it is a token");
    let sent = || {
        let now = OffsetDateTime::now_utc();
        let request = endpoint.sign(&Message::new(r#"{"id":"lead-1"}"#, now)).expect("it signs");
        endpoint.receive(&request, now).expect("it was signed")
    };
    let new = |sent: &Delivery<Refir>| with(NewEntry::of("shop", sent, 1), |it| it.unreadable = None);
    let id = store.accept(new(&sent())).await.expect("it accepts").id();
    let claim = claimed_one(&store, LONG).await;
    store.finish(&claim.lease, Finish::Discard("broken".into())).await.expect("it ends");
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let again = sent();
    let accepted = store.accept(new(&again)).await.expect("it accepts");
    assert_eq!(accepted, Accepted::Revived(id));
    let kept = claimed_one(&store, LONG).await.delivery.expect("the body is kept");
    assert_eq!(kept, again.stored());
    assert!(endpoint.reopen(kept).is_ok());
}
