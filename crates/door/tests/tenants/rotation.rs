//! Secrets that change while requests come: none that is genuine is refused, none is accepted after its grace.

use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::ErrorKind;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks_door::Endpoints;
use time::OffsetDateTime;
use tokio::time::{Instant, advance, sleep};

use crate::support::{
    ACCEPTED, Database, FIRST, FORGED, SECOND, THIRD, Table, UNAVAILABLE, outcome, receive_slowly, signed, signed_by,
    tenant,
};

/// The time between two lookups that failed proofs cause.
const BETWEEN: Duration = Duration::from_millis(250);

#[tokio::test(start_paused = true)]
async fn a_new_secret_is_accepted_at_once_without_a_notice() {
    let table = Table::of(&["acme"]);
    let endpoints = table.endpoints::<Redpin>();
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
    table.set("acme", SECOND, None);
    // A burst, so that the proofs fail at the same time.
    let outcomes = join_all((0..100).map(|_| outcome(&endpoints, "acme", signed(SECOND)))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == ACCEPTED), "{outcomes:?}");
    assert_eq!(table.lookups(), 2);
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, FORGED, "under the fresh endpoint");
}

#[tokio::test(start_paused = true)]
async fn a_new_url_token_is_accepted_at_once_without_a_notice() {
    let tokens = ["rT7kQ2mX9vB4nL6pW3sY8zD5", "aB3dE5fG7hJ9kL1mN3pQ5rS7"];
    let table = Table::of(&[]);
    table.set("acme", tokens[0], None);
    let endpoints: Endpoints<Refir> = table.endpoints();
    assert_eq!(outcome(&endpoints, "acme", signed_by::<Refir>(tokens[0])).await, ACCEPTED);
    table.set("acme", tokens[1], None);
    assert_eq!(outcome(&endpoints, "acme", signed_by::<Refir>(tokens[1])).await, ACCEPTED);
    let old = outcome(&endpoints, "acme", signed_by::<Refir>(tokens[0])).await;
    assert_eq!(old, (404, Some(ErrorKind::TokenMismatch)));
}

#[tokio::test(start_paused = true)]
async fn an_old_secret_ends_with_its_cached_time_or_at_once() {
    for (forgets, wait, want) in [(false, 29_999, ACCEPTED), (false, 30_000, FORGED), (true, 0, FORGED)] {
        let table = Table::of(&["acme"]);
        let endpoints = table.endpoints::<Redpin>();
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
        table.set("acme", SECOND, None);
        if forgets {
            endpoints.forget(&tenant("acme"));
        }
        advance(Duration::from_millis(wait)).await;
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, want, "{forgets}, after {wait} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_grace_ends_to_the_second() {
    let table = Table::of(&["acme"]);
    let endpoints = table.endpoints::<Redpin>();
    let end = OffsetDateTime::now_utc() + Duration::from_secs(10);
    table.set("acme", SECOND, Some((FIRST, end)));
    for (wait, old, lookups) in [(0, ACCEPTED, 1), (9_000, ACCEPTED, 1)] {
        advance(Duration::from_millis(wait)).await;
        assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, old, "after {wait} ms more");
        assert_eq!(outcome(&endpoints, "acme", signed(SECOND)).await, ACCEPTED);
        assert_eq!(table.lookups(), lookups);
    }
    // The table reads the real clock, which does not pause: the application has ended the grace.
    table.set("acme", SECOND, None);
    advance(Duration::from_secs(1)).await;
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, FORGED);
    assert_eq!(outcome(&endpoints, "acme", signed(SECOND)).await, ACCEPTED);
    assert_eq!(table.lookups(), 2);
}

#[tokio::test]
async fn a_grace_ends_on_the_real_clock() {
    let table = Table::of(&["acme"]);
    let endpoints = table.endpoints::<Redpin>();
    let end = OffsetDateTime::now_utc() + Duration::from_millis(300);
    table.set("acme", SECOND, Some((FIRST, end)));
    let mut accepted = 0;
    loop {
        let begun = OffsetDateTime::now_utc();
        let old = outcome(&endpoints, "acme", signed(FIRST)).await;
        assert_eq!(outcome(&endpoints, "acme", signed(SECOND)).await, ACCEPTED, "at all times");
        if begun >= end {
            assert_eq!(old, FORGED, "{} after the grace", begun - end);
            break;
        }
        accepted += usize::from(old == ACCEPTED);
        sleep(Duration::from_millis(5)).await;
    }
    assert!(accepted > 5, "{accepted} were accepted within the grace");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_outlasts_the_grace_is_judged_after_it() {
    let table = Table::of(&["acme"]);
    let endpoints = table.endpoints::<Redpin>();
    table.set("acme", SECOND, Some((FIRST, OffsetDateTime::now_utc() + Duration::from_secs(10))));
    let (begun, slow) = (Instant::now(), Duration::from_secs(12));
    let sending = receive_slowly(&endpoints, "acme", signed(FIRST), slow);
    let ending = async {
        sleep(Duration::from_secs(10)).await;
        table.set("acme", SECOND, None);
    };
    let (received, ()) = tokio::join!(sending, ending);
    assert_eq!(received.unwrap_err().error().kind(), ErrorKind::SignatureMismatch);
    assert_eq!(begun.elapsed(), slow);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_outlasts_the_cached_time_is_judged_by_a_second_lookup() {
    let table = Table::of(&["acme"]);
    for cached in [Duration::ZERO, Duration::from_secs(5)] {
        table.set("acme", FIRST, None);
        let endpoints: Endpoints<Redpin> = table.endpoints().cache_for(cached);
        let sending = receive_slowly(&endpoints, "acme", signed(FIRST), Duration::from_secs(6));
        let rotating = async {
            sleep(Duration::from_secs(1)).await;
            table.set("acme", SECOND, None);
        };
        let (received, ()) = tokio::join!(sending, rotating);
        assert_eq!(received.unwrap_err().error().kind(), ErrorKind::SignatureMismatch, "{cached:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lookup_from_before_a_notice_is_dropped() {
    let table = Table::of(&["acme"]);
    *table.latency.lock().unwrap() = Duration::from_secs(1);
    let endpoints = table.endpoints::<Redpin>();
    let rotating = async {
        // The lookup has read the old row, and has not answered.
        sleep(Duration::from_millis(500)).await;
        table.set("acme", SECOND, None);
        endpoints.forget(&tenant("acme"));
    };
    let (old, ()) = tokio::join!(outcome(&endpoints, "acme", signed(FIRST)), rotating);
    assert_eq!(old, FORGED, "it waited for the second lookup");
    assert_eq!(table.lookups(), 2);
    assert_eq!(outcome(&endpoints, "acme", signed(SECOND)).await, ACCEPTED);
}

#[tokio::test(start_paused = true)]
async fn forgeries_cause_four_lookups_a_second() {
    let table = Table::of(&["acme"]);
    let endpoints = table.endpoints::<Redpin>();
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
    for _ in 0..10 {
        let forgeries = join_all((0..1_000).map(|_| outcome(&endpoints, "acme", signed(SECOND))));
        let genuine = join_all((0..1_000).map(|_| outcome(&endpoints, "acme", signed(FIRST))));
        let (forgeries, genuine) = tokio::join!(forgeries, genuine);
        assert!(forgeries.iter().all(|outcome| *outcome == FORGED));
        assert!(genuine.iter().all(|outcome| *outcome == ACCEPTED));
        advance(BETWEEN).await;
    }
    assert!((10..=21).contains(&table.lookups()), "{} lookups", table.lookups());
    let begun = Instant::now();
    for _ in 0..8 {
        assert_eq!(outcome(&endpoints, "acme", signed(SECOND)).await, FORGED);
    }
    assert!(begun.elapsed() >= BETWEEN * 7, "each waits for its turn: {:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_failed_proof_is_final_under_a_fresh_endpoint_only() {
    let (old, new, forged) = ("prefinery-example-secret-1", "prefinery-example-secret-2", "prefinery-example-secret-3");
    let table = Table::of(&[]);
    table.set("acme", old, None);
    let endpoints = table.endpoints::<Prefinery>();
    assert_eq!(outcome(&endpoints, "acme", signed_by::<Prefinery>(forged)).await.0, 401, "its own lookup");
    assert_eq!(outcome(&endpoints, "acme", signed_by::<Prefinery>(forged)).await.0, 401, "a second one");
    // Forgeries hold all places, and the next lookup has its time.
    let forgeries = join_all((0..200).map(|_| outcome(&endpoints, "acme", signed_by::<Prefinery>(forged))));
    let genuine = async {
        table.set("acme", new, None);
        tokio::task::yield_now().await;
        outcome(&endpoints, "acme", signed_by::<Prefinery>(new)).await
    };
    let (forgeries, genuine) = tokio::join!(forgeries, genuine);
    let with = |status| forgeries.iter().filter(|outcome| outcome.0 == status).count();
    assert_eq!((with(401), with(429)), (64, 136), "the others may be out of date");
    // Prefinery sends the event again after 429.
    assert_eq!(genuine, (429, Some(ErrorKind::SignatureMismatch)));
    assert_eq!(outcome(&endpoints, "acme", signed_by::<Prefinery>(new)).await, ACCEPTED);
}

#[tokio::test(start_paused = true)]
async fn a_failed_proof_is_undecided_while_the_resolver_fails() {
    let table = Table::of(&["acme"]);
    let endpoints = table.endpoints::<Redpin>();
    assert_eq!(outcome(&endpoints, "acme", signed(FIRST)).await, ACCEPTED);
    table.set("acme", SECOND, None);
    *table.state.lock().unwrap() = Database::Down;
    assert_eq!(outcome(&endpoints, "acme", signed(SECOND)).await, UNAVAILABLE);
    *table.state.lock().unwrap() = Database::Up;
    // A failed lookup is not repeated for half a second.
    advance(BETWEEN * 2).await;
    assert_eq!(outcome(&endpoints, "acme", signed(SECOND)).await, ACCEPTED);
}

/// Twenty of 200 tenants rotate while 12 requests of each are under way, with a grace, with a notice or with both,
/// while forgeries come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_flow_while_secrets_rotate() {
    let names: Vec<String> = (0..200).map(|number| format!("shop-{number}")).collect();
    let table = Table::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    *table.latency.lock().unwrap() = Duration::from_millis(1);
    let endpoints: Endpoints<Redpin> = table.endpoints().resolve_within(Duration::from_secs(20));
    let shops = names.into_iter().enumerate().map(|(number, name)| {
        let (table, endpoints) = (std::sync::Arc::clone(&table), endpoints.clone());
        tokio::spawn(async move {
            let is_rotating = number % 10 == 0;
            let (mut secret, mut end) = (FIRST, None);
            for request in 0..12 {
                if is_rotating && request == 6 {
                    end = (number % 20 == 0).then(|| OffsetDateTime::now_utc() + Duration::from_millis(20));
                    table.set(&name, SECOND, end.map(|end| (FIRST, end)));
                    if number % 40 < 20 || end.is_none() {
                        endpoints.forget(&tenant(&name));
                    }
                    secret = SECOND;
                }
                let genuine = outcome(&endpoints, &name, signed(secret)).await;
                assert_eq!(genuine, ACCEPTED, "{name}, request {request}");
                let is_over = end.map_or(secret == SECOND, |end| OffsetDateTime::now_utc() >= end);
                if is_over {
                    let old = outcome(&endpoints, &name, signed(FIRST)).await;
                    assert_eq!(old, FORGED, "{name}, request {request}");
                }
                if request % 8 == 1 {
                    assert_eq!(
                        outcome(&endpoints, &name, signed(THIRD)).await.1,
                        FORGED.1,
                        "{name}, request {request}"
                    );
                }
                sleep(Duration::from_millis(5)).await;
            }
        })
    });
    for shop in join_all(shops).await {
        shop.unwrap();
    }
}
