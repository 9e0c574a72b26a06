//! One entry per endpoint and delivery id, under any number of concurrent senders.

use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Delivery, Endpoint, Message, Strength};
use referral_webhooks_inbox::store::{Accepted, Finish, NewEntry, State, Store};
use time::OffsetDateTime;

use crate::checks::checks;
use crate::samples::{
    LONG, OPERATOR, accept, assert_none_due, claim, claim_one, discarded, endpoint, entry, history, ids, process,
    sample, sample_at, sleep, state, stored,
};

checks!(
    mod accepting {
        /// The first delivery is stored. Every repeat is counted, with its time.
        async fn a_delivery_is_stored_once_and_repeats_are_counted(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            let first_seen = entry(&store, id).await.last_seen_at;
            sleep(20).await;
            for _ in 0..2 {
                assert_eq!(store.accept(sample("m1", "{}")).await.unwrap(), Accepted::Repeated(id));
            }
            let entry = entry(&store, id).await;
            assert_eq!((entry.repeats, entry.conflicts, entry.state), (2, 0, State::Available));
            let names = (entry.endpoint.as_str(), entry.delivery_id.as_str(), entry.platform.as_str());
            assert_eq!(names, ("shop", "m1", "redpin"));
            assert!(entry.last_seen_at > first_seen, "the time of the repeat is kept");
        }

        /// A unique index decides. A store that looks first and inserts later fails here.
        async fn concurrent_repeats_are_one_entry(store: impl Store) {
            let senders = (0..200).map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.accept(sample("m1", "{}")).await.unwrap() })
            });
            let accepted: Vec<Accepted> = join_all(senders).await.into_iter().map(Result::unwrap).collect();
            let new = accepted.iter().filter(|accepted| matches!(accepted, Accepted::Stored(_))).count();
            assert_eq!(new, 1, "one of them is new");
            assert!(accepted.iter().all(|one| one.id() == accepted[0].id()), "all are the same entry");
            assert_eq!(entry(&store, accepted[0].id()).await.repeats, 199);
        }

        /// Delivery ids are unique within an endpoint.
        async fn the_same_id_at_another_endpoint_is_another_entry(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            let other = store.accept(sample_at("other", "m1", "{}")).await.unwrap();
            assert!(matches!(other, Accepted::Stored(_)) && other.id() != id, "{other:?}");
        }

        /// A repeat in any state is counted, and makes no entry due.
        async fn a_repeat_is_recognised_in_every_state(store: impl Store) {
            let id = stored(&store, "m1", 5).await;
            let assert_repeated = async |when: &str| {
                assert_eq!(store.accept(sample("m1", "{}")).await.unwrap(), Accepted::Repeated(id), "{when}");
            };
            assert_repeated("available").await;
            let lease = claim_one(&store, LONG).await.lease;
            assert_repeated("running").await;
            store.finish(&lease, Finish::Retry(Duration::ZERO, "again".into())).await.unwrap();
            assert_repeated("retryable").await;
            process(&store, Finish::Complete(None)).await;
            assert_repeated("completed").await;
            assert_eq!(state(&store, id).await, State::Completed);
            store.redeliver(id, 1, OPERATOR).await.unwrap();
            store.cancel(id, OPERATOR).await.unwrap();
            assert_repeated("cancelled").await;
            store.erase(id, OPERATOR).await.unwrap();
            assert_repeated("erased").await;
            assert_none_due(&store, "a repeat makes no entry due").await;
        }

        /// The sender asks for it to be processed, and no attempt has succeeded.
        async fn a_repeat_revives_a_dead_letter(store: impl Store) {
            let id = discarded(&store, "m1").await;
            let mut again = sample("m1", "{}");
            again.attempts = 2;
            assert_eq!(store.accept(again).await.unwrap(), Accepted::Revived(id));
            let lease = claim_one(&store, LONG).await.lease;
            assert_eq!((lease.attempt, lease.last_attempt), (2, 3), "attempts are numbered on, two are granted");
            assert_eq!(history(&store, id).await, ["discarded", "revived"]);
        }

        /// Two messages with the same bytes share a digest, so the entry says that its id is derived.
        async fn a_digest_is_flagged_as_derived(store: impl Store) {
            let now = OffsetDateTime::now_utc();
            let endpoint = Endpoint::<Prefinery>::new("a secret of Prefinery").unwrap();
            let request = endpoint.sign(&Message::new("not JSON", now)).unwrap();
            let delivery = endpoint.receive(&request, now).unwrap();
            assert_eq!(delivery.id().strength(), Strength::Digest);
            let id = accept(&store, NewEntry::of("shop", &delivery, 3)).await;
            let derived = entry(&store, id).await;
            assert!(derived.is_derived && derived.unreadable.is_some(), "{derived:?}");
            let id = stored(&store, "m1", 3).await;
            assert!(!entry(&store, id).await.is_derived);
        }

        /// The body and the headers are equal byte for byte, so the signature verifies again.
        async fn a_claimed_delivery_equals_the_stored_one(store: impl Store) {
            let body = "{\"event_name\":\"REFERRAL_CREATED\", \"é\":\"\\u0000\"}\r\n";
            let new = sample("m1", body);
            let stored = new.delivery.clone();
            accept(&store, new).await;
            let claimed = claim_one(&store, LONG).await;
            assert_eq!((claimed.endpoint.as_str(), claimed.delivery_id.as_str()), ("shop", "m1"));
            let kept = claimed.delivery.expect("the body is kept");
            assert_eq!(kept, *stored);
            let delivery = endpoint().reopen(kept).expect("the stored delivery verifies");
            assert_eq!((delivery.id().as_str(), delivery.body().as_ref()), ("m1", body.as_bytes()));
        }

        /// Each of 320 deliveries becomes an entry, and all of them are due.
        async fn many_senders_at_once_lose_no_delivery(store: impl Store) {
            let senders = (0..32).map(|sender| {
                let store = store.clone();
                tokio::spawn(async move {
                    for message in 0..10 {
                        stored(&store, &format!("m{sender}-{message}"), 3).await;
                    }
                })
            });
            join_all(senders).await.into_iter().for_each(Result::unwrap);
            let mut due = ids(&claim(&store, 1_000, LONG).await);
            due.sort();
            due.dedup();
            assert_eq!(due.len(), 320);
        }

        /// The platform's retries do not revive it if the endpoint is configured that way.
        async fn a_repeat_without_revival_leaves_a_dead_letter(store: impl Store) {
            let id = discarded(&store, "m1").await;
            let mut again = sample("m1", "{}");
            again.revives = false;
            assert_eq!(store.accept(again).await.unwrap(), Accepted::Repeated(id));
            assert_eq!((state(&store, id).await, entry(&store, id).await.repeats), (State::Discarded, 1));
        }

        /// The delivery that revives a dead letter replaces its proof and its time together.
        async fn a_revived_delivery_verifies(store: impl Store) {
            let endpoint = Endpoint::<Refir>::new("refir-token-0123456789-0123456789").unwrap();
            let send = || {
                let now = OffsetDateTime::now_utc();
                let request = endpoint.sign(&Message::new(r#"{"id":"lead-1"}"#, now)).unwrap();
                endpoint.receive(&request, now).unwrap()
            };
            let new = |sent: &Delivery<Refir>| {
                let mut new = NewEntry::of("shop", sent, 1);
                new.unreadable = None;
                new
            };
            let id = accept(&store, new(&send())).await;
            process(&store, Finish::Discard("broken".into())).await;
            sleep(5).await;
            let again = send();
            assert_eq!(store.accept(new(&again)).await.unwrap(), Accepted::Revived(id));
            let kept = claim_one(&store, LONG).await.delivery.expect("the body is kept");
            assert_eq!(kept, again.stored());
            assert!(endpoint.reopen(kept).is_ok());
        }
    }
);
