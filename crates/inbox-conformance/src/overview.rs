//! What a page shows of many entries: related ones, their numbers by state, endpoints, and a chart.

use std::time::Duration;

use referral_webhooks_inbox::store::{
    Activity, ActivityOf, Counts, EntryId, Filter, Finish, NewEntry, RefusedRequest, State, Store, StoredEndpoint,
};
use time::OffsetDateTime;

use crate::checks::checks;
use crate::samples::{
    AN_HOUR, LONG, OPERATOR, accept, claim, claim_one, completed, entry, finish, process, sample, sample_at, sleep,
    stored, unreadable,
};

/// Returns the entries that a filter selects, the oldest first.
async fn listed(store: &impl Store, filter: Filter) -> Vec<EntryId> {
    let mut ids: Vec<_> = store.list(filter.clone()).await.unwrap().into_iter().map(|entry| entry.id).collect();
    assert_eq!(store.count(filter).await.unwrap(), ids.len() as u64);
    ids.sort();
    ids
}

fn refused(endpoint: &str, platform: &str, kind: &str) -> RefusedRequest {
    RefusedRequest::new(endpoint, platform, kind, OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap())
}

/// Returns a chart of three hours around now.
fn around_now() -> ActivityOf {
    ActivityOf::new(OffsetDateTime::now_utc() - AN_HOUR * 5 / 2, AN_HOUR, 3)
}

checks!(
    mod overview {
        /// Several states, a platform and repeats.
        async fn lists_select_states_platforms_and_repeats(store: impl Store) {
            let done = completed(&store, "m1").await;
            let parked = accept(&store, unreadable("m2")).await;
            let due = stored(&store, "m3", 3).await;
            let mut new = sample("m4", "{}");
            new.platform = "other";
            let elsewhere = accept(&store, new).await;
            accept(&store, sample("m1", "{}")).await;
            accept(&store, unreadable("m2")).await;
            let all = Filter::new;
            let rows = [
                ("two states", all().states([State::Completed, State::Parked]), vec![done, parked]),
                ("one state", all().states([State::Parked]), vec![parked]),
                ("no state", all().states([]), vec![done, parked, due, elsewhere]),
                ("the last call", all().state(State::Parked).state(State::Completed), vec![done]),
                ("platform", all().platform("other"), vec![elsewhere]),
                ("another case", all().platform("OTHER"), vec![]),
                ("repeated", all().repeated(), vec![done, parked]),
                ("repeated and parked", all().repeated().state(State::Parked), vec![parked]),
                ("repeated of another endpoint", all().repeated().endpoint("other"), vec![]),
                ("one", all().only(due), vec![due]),
            ];
            for (row, filter, want) in rows {
                assert_eq!(listed(&store, filter).await, want, "{row}");
            }
        }

        /// A subject is one within its endpoint and its tenant, and an erased entry has none.
        async fn lists_select_the_subject_of_an_entry(store: impl Store) {
            let about = |new: NewEntry, subject: &str| new.about(subject);
            let of_acme = |mut new: NewEntry| {
                new.tenant = Some("acme".to_owned());
                new
            };
            let first = accept(&store, about(sample("m1", "{}"), "r1")).await;
            let second = accept(&store, about(sample("m2", "{}"), "r1")).await;
            let other = accept(&store, about(sample("m3", "{}"), "r2")).await;
            let none = accept(&store, sample("m4", "{}")).await;
            let elsewhere = accept(&store, about(sample_at("other", "m1", "{}"), "r1")).await;
            let tenants = accept(&store, of_acme(about(sample("m5", "{}"), "r1"))).await;
            let rows = [
                (first, vec![first, second]),
                (second, vec![first, second]),
                (other, vec![other]),
                (none, vec![]),
                (elsewhere, vec![elsewhere]),
                (tenants, vec![tenants]),
                (EntryId(tenants.0 + 1), vec![]),
            ];
            for (id, want) in rows {
                assert_eq!(listed(&store, Filter::new().same_subject_as(id)).await, want, "{id}");
            }
            for claimed in claim(&store, 10, LONG).await {
                finish(&store, &claimed.lease, Finish::Complete(None)).await;
            }
            assert_eq!(listed(&store, Filter::new().same_subject_as(second)).await, [first, second], "in every state");
            assert!(store.erase(second, OPERATOR).await.unwrap().is_erased());
            assert_eq!(listed(&store, Filter::new().same_subject_as(second)).await, []);
            assert_eq!(listed(&store, Filter::new().same_subject_as(first)).await, [first]);
        }

        /// Copies are other bodies under an id, and other ids with a key.
        async fn lists_select_the_copies_of_an_entry(store: impl Store) {
            let keyed = |id: &str, body: &str| sample(id, body).with_business_key("reward 7");
            let first = accept(&store, keyed("m1", "{}")).await;
            let repeat = accept(&store, keyed("m2", "{}")).await;
            let conflict = accept(&store, sample("m1", "[1]")).await;
            let late = accept(&store, keyed("m3", "[3]")).await;
            let alone = accept(&store, sample("m4", "{}")).await;
            assert_eq!(entry(&store, repeat).await.repeat_of, Some(first));
            assert_eq!(entry(&store, conflict).await.conflict_of, Some(first));
            let rows = [
                ("copies of the first", Filter::new().copies_of(first), vec![repeat, conflict, late]),
                ("copies of a copy", Filter::new().copies_of(repeat), vec![]),
                ("copies of another", Filter::new().copies_of(alone), vec![]),
                ("conflicts among them", Filter::new().copies_of(first).conflicts(), vec![conflict]),
                ("the key of the first", Filter::new().same_key_as(first), vec![first, repeat, late]),
                ("the key of a repeat", Filter::new().same_key_as(late), vec![first, repeat, late]),
                ("the key of one without", Filter::new().same_key_as(alone), vec![alone]),
                ("the key of no entry", Filter::new().same_key_as(EntryId(alone.0 + 1)), vec![]),
                ("a state", Filter::new().same_key_as(late).state(State::Cancelled), vec![repeat, late]),
            ];
            for (row, filter, want) in rows {
                assert_eq!(listed(&store, filter).await, want, "{row}");
            }
        }

        /// A person types the beginning of an id, or an event.
        async fn lists_find_the_beginning_of_an_id_or_an_event(store: impl Store) {
            let new = |id: &str, event: &str| {
                let mut new = sample(id, "{}");
                new.event = Some(event.to_owned());
                new
            };
            let first = accept(&store, new("msg_1a", "CREATED")).await;
            let second = accept(&store, new("msg_1b", "APPROVED")).await;
            let mut odd = new("odd", "CREATED");
            odd.delivery_id = "msg%2ä".to_owned();
            let odd = accept(&store, odd).await;
            let elsewhere = accept(&store, {
                let mut new = sample_at("other", "msg_1a", "{}");
                new.event = None;
                new
            })
            .await;
            let rows = [
                ("msg_1", vec![first, second, elsewhere]),
                ("msg_1b", vec![second]),
                ("MSG_1", vec![]),
                ("msg%", vec![odd]),
                ("msg_", vec![first, second, elsewhere]),
                ("msg%2ä", vec![odd]),
                ("sg_1", vec![]),
                ("CREATED", vec![first, odd]),
                ("CREATE", vec![]),
                ("created", vec![]),
                ("msg_1bc", vec![]),
                ("' OR '' = '", vec![]),
                ("", vec![first, second, odd, elsewhere]),
            ];
            for (text, want) in rows {
                assert_eq!(listed(&store, Filter::new().find(text)).await, want, "{text}");
            }
            assert_eq!(listed(&store, Filter::new().find("msg_1").endpoint("shop")).await, [first, second]);
            assert_eq!(
                listed(&store, Filter::new().find("msg_1").event("APPROVED")).await,
                [second],
                "conditions add up"
            );
            let conflict = accept(&store, sample("msg_1b", "[1]")).await;
            assert_eq!(
                listed(&store, Filter::new().find("msg_1b")).await,
                [second, conflict],
                "its id is derived from it"
            );
        }

        /// The counters of a page are by the filter, and not by its state.
        async fn entries_are_counted_in_all_states(store: impl Store) {
            assert_eq!(store.counts(Filter::new()).await.unwrap(), Counts::default());
            completed(&store, "m0").await;
            let cancelled = stored(&store, "m1", 3).await;
            store.cancel(cancelled, OPERATOR).await.unwrap();
            accept(&store, unreadable("m2")).await;
            accept(&store, sample("m0", "[1]")).await;
            accept(&store, sample("m0", "{}")).await;
            for number in 3..6 {
                stored(&store, &format!("m{number}"), 3).await;
            }
            let claims = claim(&store, 2, LONG).await;
            finish(&store, &claims[0].lease, Finish::Retry(AN_HOUR, "later".into())).await;
            let mut waiting = sample_at("other", "m1", "{}").about("r1");
            waiting.event = Some("WAITS".to_owned());
            accept(&store, sample_at("other", "m2", "{}").about("r1")).await;
            accept(&store, waiting).await;
            let counts = store.counts(Filter::new().endpoint("shop").state(State::Parked).most(1)).await.unwrap();
            let of = |counts: &Counts| State::ALL.map(|state| counts.of(state));
            assert_eq!(of(&counts), [1, 0, 1, 1, 1, 1, 1, 1]);
            assert_eq!((counts.repeated, counts.conflicts, counts.all()), (1, 1, 7));
            let all = store.counts(Filter::new()).await.unwrap();
            assert_eq!((of(&all), all.repeated), ([2, 1, 1, 1, 1, 1, 1, 1], 1));
            let rows = [
                ("event", Filter::new().event("WAITS"), 1),
                ("tenant", Filter::new().tenant(""), 9),
                ("find", Filter::new().find("m0"), 2),
                ("repeated", Filter::new().repeated(), 1),
                ("platform", Filter::new().platform("none"), 0),
                ("conflicts", Filter::new().conflicts(), 1),
                ("endpoint and event", Filter::new().endpoint("shop").event("WAITS"), 0),
                ("page", Filter::new().before(EntryId(1)), 9),
            ];
            for (row, filter, want) in rows {
                assert_eq!(store.counts(filter).await.unwrap().all(), want, "{row}");
            }
        }

        /// A count ends at its bound.
        async fn counts_end_at_their_bound(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            for number in 0..3 {
                assert_eq!(store.count(Filter::new().most(1)).await.unwrap(), 1, "{number}");
            }
            assert!(!Counts::is_bound(store.counts(Filter::new().only(id)).await.unwrap().available));
        }

        /// An endpoint without an intake, or with refused requests only, is an endpoint too.
        async fn endpoints_are_known_by_their_entries_and_refused_requests(store: impl Store) {
            assert_eq!(store.endpoints().await.unwrap(), []);
            for name in ["shop", "b-shop", "Shop"] {
                for id in ["m1", "m2", "m3"] {
                    accept(&store, sample_at(name, id, "{}")).await;
                }
            }
            let mut moved = sample_at("shop", "m4", "{}");
            moved.platform = "other";
            accept(&store, moved).await;
            let requests =
                vec![refused("only-refused", "zapier", "too-old"), refused("only-refused", "redpin", "late")];
            store.keep_refused(requests, 10).await.unwrap();
            store.keep_refused(vec![refused("shop", "redpin", "too-old")], 10).await.unwrap();
            let found = store.endpoints().await.unwrap();
            let row = |it: &StoredEndpoint| (it.endpoint.clone(), it.platform.clone(), it.has_entries, it.refused);
            let want = [
                ("Shop", "redpin", true, 0),
                ("b-shop", "redpin", true, 0),
                ("only-refused", "redpin", false, 2),
                ("shop", "other", true, 1),
            ];
            let want = want.map(|(name, platform, has, refused)| (name.to_owned(), platform.to_owned(), has, refused));
            assert_eq!(found.iter().map(row).collect::<Vec<_>>(), want);
            assert!(found.iter().all(|it| it.last_seen_at.is_some() == it.has_entries), "{found:?}");
        }

        /// A chart shows what came and what became of it.
        async fn activity_is_counted_by_buckets(store: impl Store) {
            let chart = async |of: ActivityOf| store.activity(of).await.unwrap();
            let empty = chart(around_now()).await;
            assert_eq!(empty.len(), 3);
            assert!(empty.windows(2).all(|two| two[1].at - two[0].at == AN_HOUR));
            assert!(empty.iter().all(|bucket| *bucket == Activity::at(bucket.at)));
            let done = stored(&store, "m1", 3).await;
            sleep(50).await;
            process(&store, Finish::Complete(None)).await;
            stored(&store, "m2", 3).await;
            process(&store, Finish::Retry(Duration::ZERO, "why".into())).await;
            process(&store, Finish::Discard("why".into())).await;
            accept(&store, sample("m1", "[1]")).await;
            let by_hand = stored(&store, "m3", 3).await;
            store.discard(by_hand, "why".into(), OPERATOR).await.unwrap();
            let mut old = sample("m4", "{}");
            std::sync::Arc::make_mut(&mut old.delivery).received_at = OffsetDateTime::now_utc() - 2 * AN_HOUR;
            let old = accept(&store, old).await;
            store.cancel(old, OPERATOR).await.unwrap();
            accept(&store, sample_at("other", "m1", "{}")).await;
            let row = |it: &Activity| (it.received, it.completed, it.failed, it.discarded);
            let all = chart(around_now()).await;
            assert_eq!(all.iter().map(row).collect::<Vec<_>>(), [(1, 0, 0, 0), (0, 0, 0, 0), (5, 1, 2, 3)]);
            let (mean, max) = (all[2].mean_latency, all[2].max_latency);
            assert!(mean == max && (45..20_000).contains(&mean.as_millis()), "{mean:?} {max:?}");
            let shop = chart(around_now().endpoint("shop")).await;
            assert_eq!(row(&shop[2]), (4, 1, 2, 3));
            assert_eq!(row(&chart(around_now().endpoint("other")).await[2]), (1, 0, 0, 0));
            assert_eq!(row(&chart(around_now().endpoint("none")).await[2]), (0, 0, 0, 0));
            assert!(store.redeliver(done, 1, OPERATOR).await.unwrap());
            sleep(100).await;
            process(&store, Finish::Complete(None)).await;
            let again = &chart(around_now()).await[2];
            assert_eq!(again.completed, 2);
            assert!(again.max_latency > again.mean_latency && again.mean_latency > mean, "{again:?}");
        }

        /// A time far away, and one without buckets.
        async fn activity_of_extreme_times_is_empty(store: impl Store) {
            stored(&store, "m1", 3).await;
            claim_one(&store, LONG).await;
            // The years 1970, 9999 and -9999.
            let times = [0, 253_402_300_740, -377_705_116_800];
            for from in times.map(|second| OffsetDateTime::from_unix_timestamp(second).unwrap()) {
                for (step, buckets) in [(Duration::ZERO, 3), (Duration::MAX, 3), (AN_HOUR, 0), (AN_HOUR, u32::MAX)] {
                    let found = store.activity(ActivityOf::new(from, step, buckets)).await.unwrap();
                    assert_eq!(found.len(), buckets.min(ActivityOf::MOST) as usize, "{from} {step:?}");
                    assert!(found.iter().all(|bucket| bucket.received == 0), "{from} {step:?}");
                }
            }
        }
    }
);
