//! A resolver that fails, hangs, panics or answers nonsense: no delivery is accepted, and none is refused for good.

use std::time::Duration;

use referral_webhooks::ErrorKind;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::{self, Platform, Visit};
use referral_webhooks_door::{Arrival, Endpoints, Head};
use time::OffsetDateTime;
use tokio::time::{Instant, advance, sleep};

use crate::support::{ACCEPTED, Database, FIRST, SECOND, Table, UNAVAILABLE, outcome, signed, tenant};

#[tokio::test(start_paused = true)]
async fn an_outage_is_survived_for_the_cached_time_only() {
    for state in [Database::Down, Database::Panicking] {
        let table = Table::of(&["acme"]);
        let endpoints = table.endpoints::<Redpin>();
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
        *table.state.lock().unwrap() = state;
        assert_eq!(outcome(&endpoints, "other", signed(FIRST)).await, UNAVAILABLE);
        advance(Duration::from_millis(29_999)).await;
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
        advance(Duration::from_millis(1)).await;
        assert_eq!(
            outcome(&endpoints, "acme", signed(FIRST)).await,
            UNAVAILABLE,
            "an expired endpoint accepts nothing"
        );
        *table.state.lock().unwrap() = Database::Up;
        advance(Duration::from_millis(500)).await;
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_lookup_is_not_repeated_at_once() {
    let table = Table::of(&["acme"]);
    *table.state.lock().unwrap() = Database::Down;
    let endpoints = table.endpoints::<Redpin>();
    for _ in 0..4 {
        // Few, because the machine's clock does not pause.
        for _ in 0..50 {
            assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, UNAVAILABLE);
        }
        advance(Duration::from_millis(500)).await;
    }
    assert_eq!(table.lookups(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_slow_resolver_costs_a_part_of_the_platforms_time() {
    let table = Table::of(&["acme"]);
    *table.latency.lock().unwrap() = Duration::from_secs(3_600);
    let (redpin, genius): (Endpoints<Redpin>, Endpoints<GeniusReferrals>) = (table.endpoints(), table.endpoints());
    // Genius Referrals waits for 2 seconds.
    let begun = Instant::now();
    assert_eq!(genius.find(&tenant("acme")).await.unwrap_err().kind(), ErrorKind::EndpointUnavailable);
    assert_eq!(begun.elapsed(), Duration::from_millis(500));
    let begun = Instant::now();
    assert_eq!(redpin.find(&tenant("acme")).await.unwrap_err().kind(), ErrorKind::EndpointUnavailable);
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    assert_eq!(outcome(&redpin, "acme", signed(FIRST)).await, UNAVAILABLE);
    *table.latency.lock().unwrap() = Duration::ZERO;
    advance(Duration::from_millis(500)).await;
    assert_eq!(outcome(&redpin, "acme", signed(FIRST)).await, ACCEPTED);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_whose_validity_has_ended_accepts_nothing() {
    let resolver = async |_| {
        let endpoint = referral_webhooks::Endpoint::new(FIRST).unwrap();
        let ended = OffsetDateTime::now_utc() - Duration::from_secs(1);
        Ok::<_, std::io::Error>(Some(referral_webhooks_door::Resolved::until(endpoint, ended)))
    };
    assert_eq!(outcome(&Endpoints::<Redpin>::new(resolver), "acme", signed(FIRST)).await, UNAVAILABLE);
}

#[test]
fn a_lookup_does_not_hang_after_its_runtime_ended() {
    let table = Table::of(&["acme"]);
    *table.latency.lock().unwrap() = Duration::from_millis(300);
    let endpoints = table.endpoints::<Redpin>();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    first.block_on(async {
        let acme = tenant("acme");
        let lookup = tokio::time::timeout(Duration::from_millis(50), endpoints.find(&acme));
        assert!(lookup.await.is_err());
    });
    let shutting_down = {
        let endpoints = endpoints.clone();
        std::thread::spawn(move || runtime().block_on(async { endpoints.find(&tenant("acme")).await.map(|_| ()) }))
    };
    std::thread::sleep(Duration::from_millis(50));
    drop(first);
    shutting_down.join().unwrap().unwrap();
    assert_eq!(table.lookups(), 2);
}

#[tokio::test(start_paused = true)]
async fn forgetting_in_a_loop_ends_with_a_transient_answer() {
    let table = Table::of(&["acme"]);
    *table.latency.lock().unwrap() = Duration::from_millis(10);
    let endpoints = table.endpoints::<Redpin>();
    let forgetting = async {
        loop {
            endpoints.forget(&tenant("acme"));
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        outcome = outcome(&endpoints, "acme", signed(FIRST)) => assert_eq!(outcome, UNAVAILABLE),
        () = forgetting => unreachable!(),
    }
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
    assert_eq!(outcome(&endpoints, "acme", signed(SECOND)).await.0, 401);
}

/// The statuses for an unknown tenant and for a resolver that fails.
struct Statuses(Vec<(&'static str, u16, u16)>);

impl Visit for Statuses {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (table, mut statuses) = (Table::of(&[]), Vec::new());
            for state in [Database::Up, Database::Down] {
                *table.state.lock().unwrap() = state;
                let arrival = Arrival::new(&table.endpoints::<P>(), Some("acme")).unwrap();
                let pieces = futures_util::stream::empty();
                let rejection = arrival
                    .read(
                        Head {
                            method: &http::Method::POST,
                            uri: &http::Uri::default(),
                            headers: &http::HeaderMap::new(),
                            route: None,
                        },
                        0,
                        pieces,
                    )
                    .await
                    .unwrap_err();
                assert!(P::default().facts().contract.forbids(rejection.status()).is_none());
                statuses.push(rejection.status().as_u16());
            }
            self.0.push((P::default().facts().name, statuses[0], statuses[1]));
        });
    }
}

#[test]
fn unknown_and_unavailable_endpoints_lose_no_event_at_any_platform() {
    let mut statuses = Statuses(Vec::new());
    platform::visit_all(&mut statuses);
    statuses.0.sort_unstable();
    let want = [
        ("dub", 401, 503),
        ("firstpromoter", 401, 503),
        ("friendbuy", 401, 503),
        ("genius-referrals", 401, 503),
        ("growsurf", 401, 503),
        ("loyaltylion", 401, 503),
        ("prefinery", 429, 429),
        ("redpin", 401, 503),
        ("referral-rocket", 401, 503),
        ("refersion", 503, 503),
        ("refir", 503, 503),
        ("rewardful", 401, 503),
        ("saasquatch", 503, 503),
        ("talkable", 401, 503),
        ("tolt", 401, 503),
    ];
    assert_eq!(statuses.0, want);
}
