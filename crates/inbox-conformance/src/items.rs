//! Several events in one body: one transaction, an entry of each item, one copy of the body.
//!
//! A store that takes such a body for one event drops the new half of a half-known body, or pays the known half again. A
//! store that keeps a copy of the body for each item is filled by one delivery.

use referral_webhooks_inbox::store::{
    Accepted, ClaimRequest, EntryId, Erasure, Filter, Finish, NewEntry, PruneRule, State, Store,
};

use crate::checks::checks;
use crate::samples::{
    AN_HOUR, LONG, OPERATOR, assert_none_due, body, claim, entry, everything_finished, finish, history, items, process,
    sample, state,
};

/// Stores items, and returns their results.
async fn accept(store: &impl Store, items: Vec<NewEntry>) -> Vec<Accepted> {
    let expected = items.len();
    let accepted = store.accept_items(items).await.unwrap();
    assert_eq!(accepted.len(), expected, "one result of each item");
    accepted
}

/// Stores new items, and returns their entries.
async fn stored(store: &impl Store, items: Vec<NewEntry>) -> Vec<EntryId> {
    let accepted = accept(store, items).await;
    assert!(accepted.iter().all(|accepted| matches!(accepted, Accepted::Stored(_))), "{accepted:?}");
    accepted.iter().map(Accepted::id).collect()
}

/// Claims the due entries, and ends the attempt of each.
async fn end_each(store: &impl Store, end: Finish) {
    for claim in claim(store, 100, LONG).await {
        finish(store, &claim.lease, end.clone()).await;
    }
}

const ABC: [(&str, &str); 3] = [("a", "{\"n\":1}"), ("b", "{\"n\":2}"), ("c", "{\"n\":3}")];

checks!(
    mod items {
        /// Each entry has its id and its position, and all of them have the body as it came.
        async fn every_item_of_a_body_is_an_entry(store: impl Store) {
            let new = items(&ABC);
            let sent = new[0].delivery.clone();
            let ids = stored(&store, new).await;
            for (position, (id, (delivery_id, _))) in ids.iter().zip(ABC).enumerate() {
                let found = entry(&store, *id).await;
                assert_eq!((found.delivery_id.as_str(), found.item), (delivery_id, Some(position as u32)));
                assert_eq!((found.state, found.has_body, found.repeats), (State::Available, true, 0));
                assert_eq!(body(&store, *id).await, *sent, "item {position}");
            }
            let stats = store.stats().await.unwrap();
            assert_eq!((stats.available, stats.conflicts), (3, 0));
            let with_body = store.list(Filter::new().with_body()).await.unwrap();
            assert_eq!(with_body.iter().rev().map(|entry| entry.id).collect::<Vec<_>>(), ids);
            let claims = claim(&store, 10, LONG).await;
            let claimed: Vec<_> = claims.iter().map(|claim| (claim.lease.id, claim.item)).collect();
            let wanted: Vec<_> = ids.iter().enumerate().map(|(position, id)| (*id, Some(position as u32))).collect();
            assert_eq!(claimed, wanted);
            for claim in claims {
                assert_eq!(claim.delivery.unwrap(), *sent);
            }
        }

        /// A repeat of the whole body is a repeat of each item, in every state of them.
        async fn a_repeated_body_repeats_every_item(store: impl Store) {
            let ids = stored(&store, items(&ABC)).await;
            let repeated: Vec<_> = ids.iter().map(|id| Accepted::Repeated(*id)).collect();
            assert_eq!(accept(&store, items(&ABC)).await, repeated, "available");
            let claims = claim(&store, 10, LONG).await;
            assert_eq!(accept(&store, items(&ABC)).await, repeated, "running");
            for claim in claims {
                finish(&store, &claim.lease, Finish::Complete(None)).await;
            }
            assert_eq!(accept(&store, items(&ABC)).await, repeated, "completed");
            for id in ids {
                assert_eq!(entry(&store, id).await.repeats, 3);
            }
            assert_none_due(&store, "all items are repeats").await;
        }

        /// The known half is counted, and the new half is stored, whatever the order.
        async fn a_half_known_body_stores_the_other_half(store: impl Store) {
            let first = stored(&store, items(&[ABC[1]])).await;
            end_each(&store, Finish::Complete(None)).await;
            let accepted = accept(&store, items(&[ABC[2], ABC[1], ABC[0]])).await;
            assert!(
                matches!(accepted[..], [Accepted::Stored(_), Accepted::Repeated(id), Accepted::Stored(_)] if id == first[0]),
                "{accepted:?}"
            );
            let due = claim(&store, 10, LONG).await;
            let due: Vec<_> = due.iter().map(|claim| (claim.delivery_id.as_str(), claim.item)).collect();
            assert_eq!(due.len(), 2);
            assert!(due.contains(&("c", Some(0))) && due.contains(&("a", Some(2))), "{due:?}");
        }

        /// An item is a repeat of a single delivery with its id, and the other way round.
        async fn an_item_and_a_single_delivery_share_their_ids(store: impl Store) {
            let single = store.accept(sample("b", ABC[1].1)).await.unwrap().id();
            let accepted = accept(&store, items(&ABC)).await;
            assert_eq!(accepted[1], Accepted::Repeated(single));
            assert_eq!(store.accept(sample("c", ABC[2].1)).await.unwrap(), Accepted::Repeated(accepted[2].id()));
        }

        /// The second item with an id is a repeat if it is equal, and a conflict otherwise.
        async fn items_with_one_id_are_repeats_or_conflicts(store: impl Store) {
            let accepted = accept(&store, items(&[ABC[0], ABC[0], ("a", "{\"n\":9}"), ABC[1]])).await;
            let [Accepted::Stored(first), Accepted::Repeated(again), Accepted::Conflict(other), Accepted::Stored(_)] =
                accepted[..]
            else {
                panic!("{accepted:?}")
            };
            assert_eq!(first, again);
            let other = entry(&store, other).await;
            assert_eq!((other.state, other.conflict_of, other.item), (State::Discarded, Some(first), Some(2)));
            assert!(other.has_body && body(&store, other.id).await.body.starts_with(b"["));
            // The conflict is found again under its derived id.
            assert_eq!(accept(&store, items(&[("a", "{\"n\":9}")])).await, [Accepted::Conflict(other.id)]);
        }

        /// Keys and subjects belong to items.
        async fn items_have_business_keys_and_subjects(store: impl Store) {
            let mut new = items(&ABC);
            new[0] = new[0].clone().with_business_key("reward 7").about("ada");
            new[1] = new[1].clone().with_business_key("reward 7").about("ada");
            new[2] = new[2].clone().with_business_key("reward 8").about("ada");
            let accepted = accept(&store, new).await;
            let [Accepted::Stored(first), Accepted::SameKey(same), Accepted::Stored(last)] = accepted[..] else {
                panic!("{accepted:?}")
            };
            assert_eq!(entry(&store, same).await.repeat_of, Some(first));
            assert_eq!([state(&store, first).await, state(&store, last).await], [State::Available, State::Waiting]);
            assert_eq!(process(&store, Finish::Complete(None)).await.lease.id, first);
            assert_eq!(process(&store, Finish::Complete(None)).await.lease.id, last);
        }

        /// An item that this version cannot read is parked, and the others are due.
        async fn an_unreadable_item_is_parked_alone(store: impl Store) {
            let mut new = items(&ABC);
            new[1].unreadable = Some("unknown event name".to_owned());
            let ids = stored(&store, new).await;
            let mut states = Vec::new();
            for id in ids {
                states.push(state(&store, id).await);
            }
            assert_eq!(states, [State::Available, State::Parked, State::Available]);
        }

        /// A repeat revives the dead letters among the items, with the new body and the new positions.
        async fn a_repeat_revives_the_dead_letters_of_a_body(store: impl Store) {
            let ids = stored(&store, items(&ABC)).await;
            end_each(&store, Finish::Discard("never".into())).await;
            let again = items(&[ABC[2], ("d", "{\"n\":4}"), ABC[0]]);
            let sent = again[0].delivery.clone();
            let accepted = accept(&store, again).await;
            let [Accepted::Revived(last), Accepted::Stored(new), Accepted::Revived(first)] = accepted[..] else {
                panic!("{accepted:?}")
            };
            assert_eq!([first, last], [ids[0], ids[2]]);
            for (id, position) in [(last, 0), (new, 1), (first, 2)] {
                assert_eq!((body(&store, id).await, entry(&store, id).await.item), ((*sent).clone(), Some(position)));
            }
            let old = body(&store, ids[1]).await;
            assert!(old.body.ends_with(b"{\"n\":3}]"), "the dead letter that did not come again has the first body");
            // The first body goes with its last entry, and the second one stays.
            assert!(store.cancel(ids[1], OPERATOR).await.unwrap());
            assert_eq!(store.prune(everything_finished()).await.unwrap().bodies, 1);
            assert_eq!(body(&store, first).await, *sent);
        }

        /// Dead letters whose bodies were pruned get one body again.
        async fn pruned_dead_letters_share_the_body_of_a_repeat(store: impl Store) {
            let ids = stored(&store, items(&ABC)).await;
            end_each(&store, Finish::Discard("never".into())).await;
            let zero = std::time::Duration::ZERO;
            let mut rule = PruneRule::new("shop", zero, zero, None, 100);
            assert_eq!(store.prune(rule.clone()).await.unwrap().bodies, 3);
            let mut again = items(&ABC);
            again.iter_mut().for_each(|new| new.revives = false);
            let sent = again[0].delivery.clone();
            let repeated: Vec<_> = ids.iter().map(|id| Accepted::Repeated(*id)).collect();
            assert_eq!(accept(&store, again).await, repeated);
            rule.dead_letters = None;
            for id in &ids {
                assert_eq!(body(&store, *id).await, *sent);
                assert!(store.cancel(*id, OPERATOR).await.unwrap());
            }
            assert_eq!(store.prune(rule).await.unwrap().bodies, 3);
            for id in ids {
                assert_eq!(store.body(id).await.unwrap(), None);
            }
        }

        /// A body is pruned with its last entry, and an entry that is not processed keeps it.
        async fn a_body_stays_for_the_items_that_are_not_processed(store: impl Store) {
            let ids = stored(&store, items(&ABC)).await;
            for claim in claim(&store, 2, LONG).await {
                finish(&store, &claim.lease, Finish::Complete(None)).await;
            }
            assert_eq!(store.prune(everything_finished()).await.unwrap().bodies, 2);
            assert!(store.body(ids[0]).await.unwrap().is_none() && entry(&store, ids[2]).await.reason.is_none());
            assert!(body(&store, ids[2]).await.body.starts_with(b"["));
            assert_eq!(process(&store, Finish::Complete(None)).await.delivery_id, "c");
            assert_eq!(store.prune(everything_finished()).await.unwrap().bodies, 1);
            assert_eq!(store.body(ids[2]).await.unwrap(), None);
        }

        /// The body counts once against the bound of a call, so that thousands of items need few calls.
        async fn pruning_counts_a_shared_body_once(store: impl Store) {
            let long = format!("{{\"n\":\"{}\"}}", "x".repeat(1_000));
            let ids = stored(&store, items(&[("a", &long), ("b", &long), ("c", &long)])).await;
            end_each(&store, Finish::Complete(None)).await;
            let mut rule = everything_finished();
            rule.most_bytes = 3_000;
            let pruned = store.prune(rule).await.unwrap();
            assert_eq!((pruned.bodies, pruned.is_more), (3, false));
            assert_eq!(store.get(ids[0]).await.unwrap(), None);
        }

        /// Erasing one item takes the body from the processed items too.
        async fn an_erasure_takes_the_body_from_processed_items(store: impl Store) {
            let ids = stored(&store, items(&ABC)).await;
            end_each(&store, Finish::Complete(None)).await;
            assert!(matches!(store.erase(ids[1], OPERATOR).await.unwrap(), Erasure::Erased | Erasure::LogPending));
            for id in &ids {
                assert_eq!((store.body(*id).await.unwrap(), entry(&store, *id).await.has_body), (None, false));
            }
            assert_eq!(history(&store, ids[1]).await, ["completed", "erased"]);
            assert_eq!(history(&store, ids[0]).await, ["completed"]);
            assert!(!store.redeliver(ids[0], 3, OPERATOR).await.unwrap(), "its body is gone");
            let repeated: Vec<_> = ids.iter().map(|id| Accepted::Repeated(*id)).collect();
            assert_eq!(accept(&store, items(&ABC)).await, repeated, "ids are kept");
        }

        /// An item that is not processed keeps the body of an erased one until it is processed.
        async fn an_erasure_loses_no_item_that_is_not_processed(store: impl Store) {
            let ids = stored(&store, items(&ABC)).await;
            let first = claim(&store, 1, LONG).await.remove(0);
            finish(&store, &first.lease, Finish::Complete(None)).await;
            assert_eq!(store.erase(ids[1], OPERATOR).await.unwrap(), Erasure::Shared);
            let erased = entry(&store, ids[1]).await;
            assert_eq!((erased.state, erased.has_body), (State::Cancelled, false));
            assert_eq!(store.body(ids[1]).await.unwrap(), None);
            assert_eq!(store.body(ids[0]).await.unwrap(), None, "it is processed");
            let keep = PruneRule::new("shop", AN_HOUR, AN_HOUR, None, 100);
            store.prune(keep.clone()).await.unwrap();
            assert!(body(&store, ids[2]).await.body.starts_with(b"["));
            process(&store, Finish::Retry(std::time::Duration::ZERO, "again".into())).await;
            store.prune(keep.clone()).await.unwrap();
            assert_eq!(process(&store, Finish::Complete(None)).await.delivery_id, "c");
            store.prune(keep).await.unwrap();
            assert_eq!(store.body(ids[2]).await.unwrap(), None, "the last item is processed");
            assert!(!entry(&store, ids[2]).await.has_body);
        }

        /// Many concurrent copies of overlapping bodies store each item once.
        async fn concurrent_bodies_store_each_item_once(store: impl Store) {
            let parts: Vec<(String, String)> = (0..40).map(|n| (format!("i{n}"), format!("{{\"n\":{n}}}"))).collect();
            let of = |from: usize| {
                let mut some: Vec<(&str, &str)> =
                    parts[from..from + 20].iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
                if from % 2 == 1 {
                    some.reverse();
                }
                items(&some)
            };
            let all = futures_util::future::join_all((0..20).map(|from| accept(&store, of(from)))).await;
            let all = all.iter().flatten();
            let new = all.clone().filter(|accepted| matches!(accepted, Accepted::Stored(_))).count();
            let repeats = all.filter(|accepted| matches!(accepted, Accepted::Repeated(_))).count();
            assert_eq!((new, repeats), (39, 400 - 39));
            let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 100, LONG);
            assert_eq!(store.claim(wanted).await.unwrap().len(), 39);
        }

        /// Thousands of items of a long body are stored at once, and are repeats afterwards.
        async fn thousands_of_items_are_stored_at_once(store: impl Store) {
            let text = format!("{{\"n\":\"{}\"}}", "x".repeat(100));
            let ids: Vec<String> = (0..2_000).map(|n| format!("i{n}")).collect();
            let parts: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), text.as_str())).collect();
            stored(&store, items(&parts)).await;
            assert_eq!(store.stats().await.unwrap().available, 2_000);
            let accepted = accept(&store, items(&parts)).await;
            assert!(accepted.iter().all(|accepted| matches!(accepted, Accepted::Repeated(_))));
        }

        /// No items, no entries.
        async fn no_items_are_no_entries(store: impl Store) {
            assert_eq!(accept(&store, Vec::new()).await, []);
            assert_eq!(store.stats().await.unwrap().available, 0);
        }
    }
);
