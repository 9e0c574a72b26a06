//! The numbers of entries of each endpoint.

use std::time::Duration;

use referral_webhooks_inbox::store::{EndpointStats, Finish, Stats, Store};

use crate::checks::checks;
use crate::samples::{AN_HOUR, LONG, accept, claim, completed, finish, sample, sample_at, sleep, stored, unreadable};

/// Returns the numbers of these endpoints and of all others with counted entries.
async fn figures(store: &impl Store, endpoints: &[&str]) -> Vec<EndpointStats> {
    let endpoints: Vec<String> = endpoints.iter().map(|name| (*name).to_owned()).collect();
    store.endpoint_stats(&endpoints).await.unwrap()
}

checks!(
    mod figures {
        /// A dashboard shows which endpoint is behind, and an endpoint that no worker serves any more.
        async fn entries_are_counted_by_endpoint_and_state(store: impl Store) {
            completed(&store, "m0").await;
            for number in 1..4 {
                stored(&store, &format!("m{number}"), 3).await;
            }
            let claims = claim(&store, 2, LONG).await;
            finish(&store, &claims[0].lease, Finish::Retry(AN_HOUR, "later".into())).await;
            accept(&store, unreadable("m4")).await;
            accept(&store, sample("m3", "[2]")).await;
            accept(&store, sample_at("left", "m1", "{}")).await;
            sleep(50).await;
            let found = figures(&store, &["shop", "idle"]).await;
            let names: Vec<&str> = found.iter().map(|endpoint| endpoint.endpoint.as_str()).collect();
            assert_eq!(names, ["idle", "left", "shop"], "ordered by name");
            assert_eq!((found[0].stats, found[0].last_seen_at), (Stats::default(), None));
            let left = Stats { oldest_due: found[1].stats.oldest_due, available: 1, ..Stats::default() };
            assert_eq!(found[1].stats, left);
            assert!(left.oldest_due >= Duration::from_millis(30), "{left:?}");
            let shop = found[2].stats;
            assert_eq!((shop.available, shop.running, shop.retryable, shop.parked), (1, 1, 1, 1));
            assert_eq!((shop.discarded, shop.conflicts, shop.waiting), (1, 1, 0));
            assert!(shop.oldest_due >= left.oldest_due, "{shop:?}");
            let stats = store.stats().await.unwrap();
            assert_eq!((stats.available, stats.parked, stats.conflicts), (2, 1, 1), "the sums of all endpoints");
            assert!(stats.oldest_due >= shop.oldest_due);
        }

        /// After a restart, the time of the last genuine delivery comes from the store.
        async fn the_last_delivery_of_an_endpoint_is_known(store: impl Store) {
            let at = async || {
                let found = figures(&store, &["shop"]).await;
                found.into_iter().find(|endpoint| endpoint.endpoint == "shop").unwrap().last_seen_at
            };
            assert_eq!(at().await, None, "without deliveries");
            completed(&store, "m0").await;
            let first = at().await.unwrap();
            sleep(20).await;
            accept(&store, sample_at("other", "m1", "{}")).await;
            assert_eq!(at().await, Some(first), "another endpoint's delivery");
            accept(&store, sample("m0", "{}")).await;
            let repeated = at().await.unwrap();
            assert!(repeated > first, "a repeat is a delivery too");
            sleep(20).await;
            accept(&store, sample("m0", "[2]")).await;
            let conflict = at().await.unwrap();
            assert!(conflict > repeated, "so is a conflict");
            for number in 1..5 {
                accept(&store, sample(&format!("m{number}"), "{}")).await;
            }
            sleep(20).await;
            accept(&store, sample("m0", "{}")).await;
            assert!(at().await.unwrap() > conflict, "so is a repeat of an entry that is not the newest");
        }
    }
);
