//! Refused requests: bounded slots, every kind, erasing, pruning.

use std::time::Duration;

use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue};
use referral_webhooks_inbox::store::{Erasure, PruneRule, RefusedRequest, Store};
use time::OffsetDateTime;

use crate::checks::checks;
use crate::samples::AN_HOUR;

/// Returns a request that the endpoint refused at this second.
fn request(endpoint: &str, kind: &str, second: i64) -> RefusedRequest {
    let at = OffsetDateTime::from_unix_timestamp(1_700_000_000 + second).unwrap();
    let mut request = RefusedRequest::new(endpoint, "redpin", kind, at + Duration::from_micros(7));
    request.reason = "missing header `svix-id`".to_owned();
    request.status = 401;
    (request.method, request.path) = ("POST".to_owned(), "/hooks/***?a=***".to_owned());
    request.headers = HeaderMap::new();
    request.headers.append("x-twice", HeaderValue::from_static("1"));
    request.headers.append("x-twice", HeaderValue::from_bytes(b"\xff 2").unwrap());
    request.body = vec![0, 255, b'{', u8::try_from(second % 256).unwrap()].into();
    request.body_length = Some(100_000);
    request
}

fn prune(endpoint: &str, age: Duration) -> PruneRule {
    let mut rule = PruneRule::new(endpoint, AN_HOUR, None, None, 100);
    rule.refused = age;
    rule
}

checks!(
    mod refused {
        /// All columns come back, the newest request first, and endpoints are apart.
        async fn refused_requests_come_back_as_they_were(store: impl Store) {
            let mut requests: Vec<_> = (0..5).map(|second| request("shop", "too-old", second)).collect();
            requests[1].body_length = None;
            requests[2].body = vec![b'x'; 64 * 1024].into();
            store.keep_refused(requests.clone(), 100).await.unwrap();
            store.keep_refused(vec![request("other", "too-old", 9)], 100).await.unwrap();
            requests.reverse();
            assert_eq!(store.refused("shop").await.unwrap(), requests);
            assert_eq!(store.refused("other").await.unwrap().len(), 1);
            assert_eq!(store.refused("none").await.unwrap(), []);
        }

        /// A flood of one kind neither exceeds the slots nor removes the only request of another kind.
        async fn a_flood_of_refused_requests_stays_within_its_slots(store: impl Store) {
            store.keep_refused(vec![request("shop", "missing-header", 0)], 5).await.unwrap();
            for second in 0..10 {
                let flood = (0..7).map(|number| request("shop", "signature-mismatch", 10 * second + number + 1));
                store.keep_refused(flood.collect(), 5).await.unwrap();
            }
            let kept = store.refused("shop").await.unwrap();
            let kinds: Vec<_> = kept.iter().map(|request| request.kind.as_str()).collect();
            assert_eq!(kinds, [&["signature-mismatch"; 4][..], &["missing-header"]].concat());
            assert_eq!(kept[0].at, request("shop", "signature-mismatch", 97).at, "the newest is kept");

            let writing = (0..10).map(|number| {
                let store = store.clone();
                let requests = (0..5).map(|second| request("shop", "too-old", 200 + 5 * number + second)).collect();
                tokio::spawn(async move { store.keep_refused(requests, 5).await.unwrap() })
            });
            join_all(writing).await.into_iter().for_each(Result::unwrap);
            assert_eq!(store.refused("shop").await.unwrap().len(), 5, "concurrent writers share the slots");
        }

        /// Erasing removes the requests of one endpoint and time.
        async fn refused_requests_are_erased_one_by_one(store: impl Store) {
            let requests = (0..3).map(|second| request("shop", "too-old", second)).collect();
            store.keep_refused(requests, 100).await.unwrap();
            store.keep_refused(vec![request("other", "too-old", 1)], 100).await.unwrap();
            let at = request("shop", "too-old", 1).at;
            assert!(store.erase_refused("shop", at).await.unwrap().is_erased());
            assert_eq!(store.erase_refused("shop", at).await.unwrap(), Erasure::NotErased);
            assert_eq!(store.refused("shop").await.unwrap().len(), 2);
            assert_eq!(store.refused("other").await.unwrap().len(), 1);
            store.keep_refused(vec![request("shop", "too-new", 7)], 100).await.unwrap();
            assert_eq!(store.refused("shop").await.unwrap().len(), 3, "its slot is free again");
        }

        /// Pruning removes the old requests of one endpoint.
        async fn old_refused_requests_are_pruned(store: impl Store) {
            for endpoint in ["shop", "other"] {
                store.keep_refused(vec![request(endpoint, "too-old", 0)], 100).await.unwrap();
            }
            store.prune(prune("shop", AN_HOUR)).await.unwrap();
            assert_eq!(store.refused("shop").await.unwrap().len(), 1);
            store.prune(prune("shop", Duration::ZERO)).await.unwrap();
            assert_eq!(store.refused("shop").await.unwrap(), []);
            assert_eq!(store.refused("other").await.unwrap().len(), 1);
        }
    }
);
