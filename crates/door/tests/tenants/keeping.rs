//! How long and how often: one lookup for many requests.

use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_door::Endpoints;
use tokio::time::{advance, sleep};

use crate::support::{ACCEPTED, FIRST, Table, UNKNOWN, outcome, signed, tenant};

#[tokio::test(start_paused = true)]
async fn a_burst_of_one_tenant_is_one_lookup() {
    let table = Table::of(&["acme"]);
    *table.latency.lock().unwrap() = Duration::from_millis(100);
    let endpoints = table.endpoints::<Redpin>();
    let outcomes = join_all((0..1_000).map(|_| outcome(&endpoints, "acme", signed(FIRST)))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == ACCEPTED));
    assert_eq!(table.lookups(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_looked_up_again_after_its_time() {
    let table = Table::of(&["acme"]);
    let endpoints = table.endpoints::<Redpin>();
    for (wait, lookups) in [(0, 1), (29_999, 1), (1, 2), (29_999, 2), (1, 3)] {
        advance(Duration::from_millis(wait)).await;
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
        assert_eq!(table.lookups(), lookups, "after {wait} ms more");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_lookup_counts_as_kept_time() {
    let table = Table::of(&["acme"]);
    *table.latency.lock().unwrap() = Duration::from_secs(2);
    let endpoints: Endpoints<Redpin> = table.endpoints().resolve_within(Duration::from_secs(5));
    endpoints.find(&tenant("acme")).await.unwrap();
    for (wait, lookups) in [(27_999, 1), (1, 2)] {
        advance(Duration::from_millis(wait)).await;
        endpoints.find(&tenant("acme")).await.unwrap();
        assert_eq!(table.lookups(), lookups, "after {wait} ms more");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_cached_time_every_request_is_a_lookup() {
    let table = Table::of(&["acme"]);
    let endpoints: Endpoints<Redpin> = table.endpoints().cache_for(Duration::ZERO);
    for request in 1..=3 {
        endpoints.find(&tenant("acme")).await.unwrap();
        assert_eq!(table.lookups(), request);
    }
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
}

#[tokio::test(start_paused = true)]
async fn the_longest_unused_tenant_makes_room() {
    let names: Vec<String> = (0..20).map(|number| format!("shop-{number}")).collect();
    let table = Table::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let endpoints: Endpoints<Redpin> = table.endpoints().capacity(10);
    for name in &names {
        endpoints.find(&tenant("shop-0")).await.unwrap();
        endpoints.find(&tenant(name)).await.unwrap();
        assert!(endpoints.kept() <= 10);
    }
    assert_eq!(table.lookups(), 20);
    endpoints.find(&tenant("shop-0")).await.unwrap();
    assert_eq!(table.lookups(), 20, "a tenant in use stays");
    endpoints.find(&tenant("shop-1")).await.unwrap();
    assert_eq!(table.lookups(), 21, "the longest unused one went");
}

#[tokio::test(start_paused = true)]
async fn a_new_tenant_is_known_after_the_unknown_time_or_at_once() {
    for (forgets, wait, want) in [(false, 4_999, UNKNOWN), (false, 5_000, ACCEPTED), (true, 0, ACCEPTED)] {
        let table = Table::of(&[]);
        let endpoints = table.endpoints::<Redpin>();
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, UNKNOWN);
        table.set("acme", FIRST, None);
        if forgets {
            endpoints.forget(&tenant("acme"));
        }
        advance(Duration::from_millis(wait)).await;
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, want, "{forgets}, after {wait} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deleted_tenant_is_unknown_after_the_cached_time_or_at_once() {
    for (forgets, wait, want) in [(false, 29_999, ACCEPTED), (false, 30_000, UNKNOWN), (true, 0, UNKNOWN)] {
        let table = Table::of(&["acme"]);
        let endpoints = table.endpoints::<Redpin>();
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
        table.delete("acme");
        if forgets {
            endpoints.forget_all();
        }
        advance(Duration::from_millis(wait)).await;
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, want, "{forgets}, after {wait} ms");
        assert_eq!(endpoints.kept(), usize::from(want == ACCEPTED));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lookup_ends_although_its_request_was_dropped() {
    let table = Table::of(&["acme"]);
    *table.latency.lock().unwrap() = Duration::from_millis(100);
    let endpoints = table.endpoints::<Redpin>();
    for _ in 0..100 {
        let acme = tenant("acme");
        let request = tokio::time::timeout(Duration::from_millis(1), endpoints.find(&acme));
        assert!(request.await.is_err(), "the sender hangs up");
    }
    sleep(Duration::from_millis(100)).await;
    assert_eq!((table.lookups(), endpoints.kept()), (1, 1));
}
