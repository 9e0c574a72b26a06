//! Strangers who try names: bounded memory, bounded lookups, and tenants that are served all the same.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{ErrorKind, Rejection};
use referral_webhooks_door::{Arrival, Endpoints};
use tokio::time::{Instant, advance};

use crate::support::{ACCEPTED, FIRST, SECOND, Table, UNAVAILABLE, UNKNOWN, outcome, signed, tenant};

#[tokio::test(start_paused = true)]
async fn random_names_evict_no_tenant_and_share_few_lookups() {
    let table = Table::of(&["acme"]);
    let endpoints: Endpoints<Redpin> = table.endpoints().capacity(2);
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
    *table.latency.lock().unwrap() = Duration::from_millis(10);
    let begun = Instant::now();
    let names: Vec<String> = (0..20_000).map(|number| format!("stranger-{number}")).collect();
    let outcomes = join_all(names.iter().map(|name| outcome(&endpoints, name, signed(SECOND)))).await;
    assert!(outcomes.iter().all(|outcome| [UNKNOWN, UNAVAILABLE].contains(outcome)), "{outcomes:?}");
    assert_eq!(table.lookups() - 1, 512, "the others did not wait");
    assert_eq!(table.most_running.load(Relaxed), 4, "half of the lookups at once");
    assert_eq!(begun.elapsed(), Duration::from_millis(1_280));
    assert_eq!(endpoints.kept(), 1);
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
    assert_eq!(table.lookups() - 1, 512, "the tenant is still kept");
}

#[tokio::test(start_paused = true)]
async fn a_repeated_unknown_name_costs_no_lookup() {
    let table = Table::of(&[]);
    let endpoints = table.endpoints::<Redpin>();
    for _ in 0..100 {
        for name in ["wp-login.php", ".env", "admin"] {
            assert_eq!(outcome(&endpoints, name, signed(FIRST)).await, UNKNOWN);
        }
    }
    assert_eq!(table.lookups(), 3);
}

#[tokio::test(start_paused = true)]
async fn known_tenants_do_not_queue_behind_strangers() {
    let table = Table::of(&["acme"]);
    let endpoints = table.endpoints::<Redpin>();
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
    // The cached time has passed, and strangers hold all of their lookups.
    advance(Duration::from_secs(30)).await;
    *table.latency.lock().unwrap() = Duration::from_secs(1);
    let names: Vec<String> = (0..200).map(|number| format!("stranger-{number}")).collect();
    let strangers = join_all(names.iter().map(|name| outcome(&endpoints, name, signed(SECOND))));
    let genuine = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let begun = Instant::now();
        (outcome(&endpoints, "acme", signed(FIRST)).await, begun.elapsed())
    };
    let (_, (genuine, took)) = tokio::join!(strangers, genuine);
    assert_eq!((genuine, took), (ACCEPTED, Duration::from_secs(1)), "one lookup, without a queue");
}

#[tokio::test(start_paused = true)]
async fn names_that_cannot_be_tenants_are_refused_without_a_lookup() {
    let table = Table::of(&["acme"]);
    let endpoints = table.endpoints::<Redpin>();
    let long = "a".repeat(101);
    for name in [None, Some(""), Some("a/b"), Some("%61cme"), Some("acme "), Some("größe"), Some("a\0b"), Some(&long)]
    {
        let rejection: Rejection = Arrival::new(&endpoints, name).unwrap_err();
        assert_eq!(
            (rejection.status().as_u16(), rejection.error().kind()),
            (401, ErrorKind::UnknownTenant),
            "{name:?}"
        );
    }
    assert_eq!(outcome(&endpoints, &long[1..], signed(FIRST)).await, UNKNOWN);
    assert_eq!(outcome(&endpoints, "Acme", signed(FIRST)).await, UNKNOWN, "letter case counts");
    assert_eq!(table.lookups(), 2);
    assert_eq!(endpoints.find(&tenant("acme")).await.unwrap().body_limit(), 1024 * 1024);
}
