//! The calls of an operator: redeliver, redecode, cancel, release, erase, list, probe and count.

use std::time::Duration;

use referral_webhooks_inbox::store::{
    Accepted, Decoded, EntryId, Filter, Finish, NewEntry, PruneRule, State, Stats, Store,
};

use time::OffsetDateTime;

use crate::checks::checks;
use crate::samples::{
    AN_HOUR, LONG, OPERATOR, accept, assert_none_due, body, claim, claim_one, claim_with_parked, completed, discarded,
    entry, finish, history, process, sample, sample_at, sleep, state, stored, unreadable,
};

checks!(
    mod admin {
        /// Attempts are numbered on, because a number identifies a claim.
        async fn a_redelivery_grants_new_attempts(store: impl Store) {
            let id = completed(&store, "m1").await;
            assert!(store.redeliver(id, 2, OPERATOR).await.unwrap());
            assert_eq!(state(&store, id).await, State::Available);
            let lease = claim_one(&store, LONG).await.lease;
            assert_eq!((lease.attempt, lease.last_attempt), (2, 3));
            let line = store.history(id).await.unwrap().remove(1);
            assert_eq!((line.what.as_str(), line.actor.as_str()), ("redelivered", OPERATOR.by));
        }

        /// A second effect is wanted after the first one. After a dead letter the first one is still wanted.
        async fn a_redelivery_counts_a_run_only_after_a_completion(store: impl Store) {
            let id = completed(&store, "m1").await;
            store.redeliver(id, 2, OPERATOR).await.unwrap();
            assert_eq!(entry(&store, id).await.run, 2);
            assert_eq!(process(&store, Finish::Discard("broken".into())).await.run, 2);
            store.redeliver(id, 2, OPERATOR).await.unwrap();
            assert_eq!(claim_one(&store, LONG).await.run, 2);
        }

        /// A completed entry receives its event's name, and is not processed a second time.
        async fn a_redecoded_dead_letter_is_due(store: impl Store) {
            let with_one_attempt = |id| {
                let mut new = unreadable(id);
                new.attempts = 1;
                new
            };
            let claim_parked = async || claim_with_parked(&store).await.remove(0).lease;
            let dead = accept(&store, with_one_attempt("m1")).await;
            finish(&store, &claim_parked().await, Finish::Discard("unreadable".into())).await;
            let done = accept(&store, with_one_attempt("m2")).await;
            finish(&store, &claim_parked().await, Finish::Complete(None)).await;
            stored(&store, "m3", 3).await;
            let listed = store.list(Filter::new().endpoint("shop").unreadable()).await.unwrap();
            assert_eq!(listed.iter().map(|entry| entry.id).collect::<Vec<_>>(), [done, dead]);
            let redecode = async |id, event: Option<&str>, unreadable: Option<&str>| {
                let mut decoded = Decoded::default();
                (decoded.event, decoded.unreadable) = (event.map(str::to_owned), unreadable.map(str::to_owned));
                store.redecode(id, decoded, 2, OPERATOR).await.unwrap()
            };
            assert!(!redecode(dead, None, Some("still")).await);
            assert!(redecode(dead, Some("NEW"), None).await);
            assert!(!redecode(done, Some("NEW"), None).await);
            let (revived, named) = (entry(&store, dead).await, entry(&store, done).await);
            assert_eq!((revived.state, revived.last_attempt, named.state), (State::Available, 3, State::Completed));
            assert_eq!((revived.event.as_deref(), named.event.as_deref()), (Some("NEW"), Some("NEW")));
            assert!(revived.unreadable.is_none() && named.unreadable.is_none());
            assert_eq!(history(&store, dead).await, ["discarded", "redecoded"]);
        }

        /// An unfinished entry is processed without a redelivery.
        async fn an_unfinished_entry_is_not_redelivered(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            assert!(!store.redeliver(id, 2, OPERATOR).await.unwrap());
            claim_one(&store, LONG).await;
            assert!(!store.redeliver(id, 2, OPERATOR).await.unwrap());
            assert!(!store.redeliver(EntryId(id.0 + 1), 2, OPERATOR).await.unwrap(), "an unknown id");
        }

        /// A running entry cannot be recalled, and a completed one cannot be undone.
        async fn an_entry_is_cancelled_unless_running_or_completed(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            assert!(store.cancel(id, OPERATOR).await.unwrap());
            assert_eq!(state(&store, id).await, State::Cancelled);
            assert_none_due(&store, "it is cancelled").await;
            assert!(!store.cancel(id, OPERATOR).await.unwrap(), "twice");
            let id = stored(&store, "m2", 3).await;
            let lease = claim_one(&store, LONG).await.lease;
            assert!(!store.cancel(id, OPERATOR).await.unwrap(), "it is running");
            finish(&store, &lease, Finish::Complete(None)).await;
            assert!(!store.cancel(id, OPERATOR).await.unwrap(), "it is completed");
            for (name, end) in [("m3", Finish::Discard("why".into())), ("m4", Finish::Park("why".into()))] {
                let id = stored(&store, name, 3).await;
                process(&store, end).await;
                let pruned = async || {
                    let zero = Duration::ZERO;
                    store.prune(PruneRule::new("shop", zero, None, Some(zero), 100)).await.unwrap();
                    store.get(id).await.unwrap()
                };
                assert!(pruned().await.is_some_and(|entry| entry.has_body), "{name} is kept until a person acts");
                assert!(store.cancel(id, OPERATOR).await.unwrap(), "{name}");
                assert_eq!(history(&store, id).await.last().map(String::as_str), Some("cancelled"));
                assert_eq!(store.accept(sample(name, "{}")).await.unwrap(), Accepted::Repeated(id));
                assert_eq!(state(&store, id).await, State::Cancelled, "a repeat does not revive it");
                assert_eq!(pruned().await, None, "a person has acted, so it is pruned like a completed one");
            }
            assert_eq!(store.stats().await.unwrap(), Stats::default());
        }

        /// Its worker can no longer finish it, and the attempt does not count.
        async fn a_released_entry_is_due_and_its_old_lease_is_void(store: impl Store) {
            let id = stored(&store, "m1", 1).await;
            assert!(!store.release(id, OPERATOR).await.unwrap(), "it is not running");
            let first = claim_one(&store, LONG).await.lease;
            assert!(store.release(id, OPERATOR).await.unwrap());
            assert_eq!(state(&store, id).await, State::Retryable);
            assert!(!store.release(id, OPERATOR).await.unwrap(), "twice");
            assert!(!store.extend(&first).await.unwrap(), "the lease is void");
            assert!(!store.finish(&first, Finish::Complete(None)).await.unwrap(), "before the next claim");
            let second = claim_one(&store, LONG).await.lease;
            assert_eq!((second.attempt, second.last_attempt), (2, 2), "one attempt remains, as before");
            assert!(!store.finish(&first, Finish::Complete(None)).await.unwrap(), "after the next claim");
            finish(&store, &second, Finish::Complete(None)).await;
            let line = store.history(id).await.unwrap().remove(0);
            assert_eq!((line.what.as_str(), line.actor.as_str(), line.attempt), ("released", OPERATOR.by, 1));
            assert!(!store.release(EntryId(id.0 + 1), OPERATOR).await.unwrap(), "an unknown id");
        }

        /// The remaining columns contain no personal data, and a repeat is still recognised.
        async fn an_erasure_keeps_the_delivery_id_and_the_history(store: impl Store) {
            let erase = async |id| assert!(store.erase(id, OPERATOR).await.unwrap().is_erased());
            let id = completed(&store, "m1").await;
            erase(id).await;
            let erased = entry(&store, id).await;
            assert_eq!((erased.has_body, erased.reason, erased.delivery_id.as_str()), (false, None, "m1"));
            let lines = store.history(id).await.unwrap();
            assert!(lines.iter().all(|line| line.reason.is_none()), "reasons are erased as well");
            assert_eq!(history(&store, id).await, ["completed", "erased"]);
            assert!(!store.redeliver(id, 1, OPERATOR).await.unwrap(), "its body is erased");
            assert_eq!(store.accept(sample("m1", "{}")).await.unwrap(), Accepted::Repeated(id));

            let available = stored(&store, "m2", 3).await;
            erase(available).await;
            assert_eq!(state(&store, available).await, State::Cancelled, "it cannot be processed without its body");

            let erased_event = async |mut new: NewEntry| {
                new.event = Some("Ada".into());
                let id = accept(&store, new).await;
                erase(id).await;
                entry(&store, id).await.event
            };
            assert!(erased_event(sample("m3", "{}")).await.is_some());
            assert_eq!(erased_event(unreadable("m4")).await, None, "the sender chose the name of an unknown event");
        }

        /// A repeat does not restore the body. Another body under the same id is a separate entry.
        async fn an_erased_or_pruned_body_does_not_return(store: impl Store) {
            let erased = discarded(&store, "m1").await;
            assert!(store.erase(erased, OPERATOR).await.unwrap().is_erased());
            let pruned = completed(&store, "m2").await;
            store.prune(PruneRule::new("shop", Duration::ZERO, Duration::ZERO, None, 10)).await.unwrap();
            for (id, name) in [(erased, "m1"), (pruned, "m2")] {
                assert_eq!(store.accept(sample(name, "{}")).await.unwrap(), Accepted::Repeated(id), "{name}");
                let other = store.accept(sample(name, "[1]")).await.unwrap();
                assert!(matches!(other, Accepted::Conflict(other) if other != id), "{name}: {other:?}");
                assert_eq!(body(&store, other.id()).await.body, "[1]", "{name}");
                assert_eq!(store.body(id).await.unwrap(), None, "{name}");
                assert_eq!(entry(&store, id).await.conflicts, 1, "the conflict is counted");
            }
            assert_none_due(&store, "no body returned").await;
        }

        /// Its handler already has the body.
        async fn a_running_entry_is_not_erased(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            claim_one(&store, LONG).await;
            assert!(!store.erase(id, OPERATOR).await.unwrap().is_erased());
            assert!(entry(&store, id).await.has_body);
        }

        /// The newest entry comes first, and each page continues after the previous one.
        async fn lists_are_filtered_and_paged(store: impl Store) {
            let done = completed(&store, "m0").await;
            let mut stored_ids = vec![done];
            for number in 1..5 {
                stored_ids.push(stored(&store, &format!("m{number}"), 3).await);
            }
            let [m0, m1, m2, m3, m4] = stored_ids[..] else { unreachable!("five are stored") };
            accept(&store, sample_at("other", "m", "{}")).await;
            let list = async |filter| -> Vec<EntryId> {
                store.list(filter).await.unwrap().into_iter().map(|entry| entry.id).collect()
            };
            assert_eq!(list(Filter::new()).await.len(), 6);
            let shop = || Filter::new().endpoint("shop");
            assert_eq!(list(shop().state(State::Completed)).await, [done]);
            assert_eq!(list(shop().most(2)).await, [m4, m3]);
            assert_eq!(list(shop().most(2).before(m3)).await, [m2, m1]);
            assert_eq!(list(shop().before(m1)).await, [m0]);
            store.erase(m3, OPERATOR).await.unwrap();
            assert_eq!(list(shop().with_body()).await, [m4, m2, m1, m0]);
            assert_eq!(list(shop().with_body().most(1).before(m4)).await, [m2]);
            assert_eq!(list(shop().with_body().state(State::Completed)).await, [done]);
        }

        /// A filter finds an entry by what a support case, a dashboard or a time of an outage names.
        async fn filters_select_by_every_column(store: impl Store) {
            let second = time::Duration::SECOND;
            let base = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
            let new = |id: &str, body: &str, event: Option<&str>, at: i32| {
                let mut new = sample(id, body);
                new.event = event.map(str::to_owned);
                std::sync::Arc::make_mut(&mut new.delivery).received_at = base + second * at;
                new
            };
            let first = accept(&store, new("m1", "{}", Some("CREATED"), 0)).await;
            let subject = accept(&store, new("m2", "{}", Some("CREATED"), 1).about("r1")).await;
            let conflict = accept(&store, new("m1", "[1]", Some("APPROVED"), 2)).await;
            let parked = accept(&store, unreadable("m3")).await;
            let elsewhere = accept(&store, sample_at("other", "m1", "{}")).await;
            let at = |seconds: i32| base + second * seconds;
            let rows = [
                ("everything", Filter::new(), vec![first, subject, conflict, parked, elsewhere]),
                ("id", Filter::new().delivery_id("m1"), vec![first, elsewhere]),
                ("id and endpoint", Filter::new().delivery_id("m1").endpoint("shop"), vec![first]),
                ("unknown id", Filter::new().delivery_id("m"), vec![]),
                ("event", Filter::new().event("CREATED").endpoint("shop"), vec![first, subject]),
                ("other case", Filter::new().event("created"), vec![]),
                ("from", Filter::new().received_from(at(1)).received_before(at(9)), vec![subject, conflict]),
                ("before", Filter::new().received_from(at(0)).received_before(at(1)), vec![first]),
                ("empty time", Filter::new().received_from(at(1)).received_before(at(1)), vec![]),
                ("conflicts", Filter::new().conflicts(), vec![conflict]),
                ("conflicts of a state", Filter::new().conflicts().state(State::Discarded), vec![conflict]),
                ("parked", Filter::new().state(State::Parked), vec![parked]),
                ("subject", Filter::new().about("r1"), vec![subject]),
                ("unknown subject", Filter::new().about("r2"), vec![]),
                ("quoted", Filter::new().event("' OR 1 = 1 --"), vec![]),
                ("after", Filter::new().endpoint("shop").delivery_id("m2").event("CREATED").about("r1"), vec![subject]),
            ];
            for (row, filter, want) in rows {
                let list = async |filter| -> Vec<EntryId> {
                    store.list(filter).await.unwrap().into_iter().map(|entry| entry.id).collect()
                };
                assert_eq!(list(filter.clone().oldest_first()).await, want, "{row}");
                let newest_first: Vec<EntryId> = want.iter().rev().copied().collect();
                assert_eq!(list(filter.clone()).await, newest_first, "{row}");
                assert_eq!(store.count(filter.clone().most(1)).await.unwrap(), want.len() as u64, "{row}");
                for is_oldest_first in [false, true] {
                    let mut filter = filter.clone().most(2);
                    filter.is_oldest_first = is_oldest_first;
                    let (mut pages, mut next) = (Vec::new(), Some(filter));
                    while let Some(filter) = next {
                        let page = store.list(filter.clone()).await.unwrap();
                        next = filter.next_page(&page);
                        pages.extend(page.into_iter().map(|entry| entry.id));
                    }
                    pages.sort();
                    assert_eq!(pages, want, "{row}, paged");
                }
            }
        }

        /// It is visible as a dead letter, and the next entry of its subject has its turn.
        async fn an_entry_is_discarded_unless_running_or_finished(store: impl Store) {
            let first = accept(&store, sample("m1", "{}").about("r1")).await;
            let second = accept(&store, sample("m2", "{}").about("r1")).await;
            let parked = accept(&store, unreadable("m3")).await;
            let discard = async |id| store.discard(id, "fraud".into(), OPERATOR).await.unwrap();
            assert!(discard(first).await && discard(parked).await);
            assert_eq!(state(&store, second).await, State::Available, "its turn came");
            for id in [first, parked] {
                let entry = entry(&store, id).await;
                let found = (entry.state, entry.reason.as_deref(), entry.has_body, entry.finished_at.is_some());
                assert_eq!(found, (State::Discarded, Some("fraud"), true, true));
                let line = store.history(id).await.unwrap().pop().unwrap();
                let line = (line.what, line.actor, line.reason);
                assert_eq!(line, ("discarded".to_owned(), OPERATOR.by.to_owned(), Some("fraud".to_owned())));
                assert!(!discard(id).await, "twice");
            }
            let lease = claim_one(&store, LONG).await.lease;
            assert!(!discard(second).await, "it is running");
            finish(&store, &lease, Finish::Complete(None)).await;
            assert!(!discard(second).await, "it is completed");
            assert!(!discard(EntryId(parked.0 + 100)).await, "an unknown id");
            assert_eq!(store.stats().await.unwrap().discarded, 2);
            assert!(store.redeliver(first, 1, OPERATOR).await.unwrap(), "a person can change their mind");
        }

        /// Every entry under an id has its own body, and an erasure removes one of them.
        async fn the_body_of_every_entry_can_be_read(store: impl Store) {
            let mut stored_ids = Vec::new();
            for sent in ["{}", "[1]", "[2]"] {
                let id = accept(&store, sample("m1", sent)).await;
                stored_ids.push((id, sent));
            }
            for (id, sent) in &stored_ids {
                assert_eq!(body(&store, *id).await.body, sent);
            }
            let [first, erased, last] = [0, 1, 2].map(|index| stored_ids[index].0);
            store.erase(erased, OPERATOR).await.unwrap();
            let is_kept = async |id| store.body(id).await.unwrap().is_some();
            assert!(is_kept(first).await && !is_kept(erased).await && is_kept(last).await);
            assert!(!is_kept(EntryId(last.0 + 1)).await, "an unknown id");
        }

        /// A probe leaves no entry.
        async fn a_probe_of_a_working_store_succeeds(store: impl Store) {
            for _ in 0..2 {
                store.probe().await.unwrap();
            }
            assert!(store.list(Filter::new()).await.unwrap().is_empty());
        }

        /// The alert of a dashboard is the age of the oldest due entry.
        async fn stats_count_entries_by_state(store: impl Store) {
            completed(&store, "m0").await;
            for number in 1..4 {
                stored(&store, &format!("m{number}"), 3).await;
            }
            let claims = claim(&store, 2, LONG).await;
            finish(&store, &claims[0].lease, Finish::Retry(AN_HOUR, "later".into())).await;
            sleep(50).await;
            let stats = store.stats().await.unwrap();
            assert_eq!((stats.available, stats.running, stats.retryable, stats.discarded), (1, 1, 1, 0));
            assert!(stats.oldest_due >= Duration::from_millis(30), "{:?}", stats.oldest_due);
        }
    }
);
