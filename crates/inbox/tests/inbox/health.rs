//! The health of an inbox: whether its store would accept a delivery now.

use std::time::Duration;

use bytes::Bytes;
use referral_webhooks::platform::redpin::{self, Redpin};
use referral_webhooks::platform::{Facts, Platform, Signed};
use referral_webhooks::{Contract, DeliveryId, Disabling, Endpoint, ErrorKind, Scheme, Svix};
use referral_webhooks_inbox::store::Store;
use referral_webhooks_inbox::{Inbox, Intake};
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use crate::support::{Mode, SECRET, accepted, delivery, faulty_inbox, prefinery, redpin, shop};

#[tokio::test(start_paused = true)]
async fn health_is_ready_while_the_store_accepts() {
    let (store, inbox, intake) = faulty_inbox();
    assert!(inbox.health().await.is_ready, "an idle inbox is probed");
    accepted(&intake, "m1").await;
    store.set(Mode::Broken);
    assert!(inbox.health().await.is_ready, "a recent write proves that the store works");
    sleep(Duration::from_secs(6)).await;
    let health = inbox.health().await;
    assert!(!health.is_ready);
    assert!(health.trouble.unwrap().contains("the disk is on fire"));
    assert_eq!(health.stats.unwrap().available, 1);
    store.set(Mode::Hanging);
    let begun = Instant::now();
    assert!(!inbox.health().await.is_ready);
    assert!(begun.elapsed() <= Duration::from_secs(3), "{:?}", begun.elapsed());
    // A delivery that hangs in the store occupies the admission.
    assert!(intake.accept(&redpin("m2")).await.is_err());
    assert_eq!(inbox.health().await.in_flight, 1);
    store.set(Mode::Working);
    sleep(Duration::from_secs(6)).await;
    assert!(inbox.health().await.is_ready, "it recovers");
}

/// Refuses a request with this error at the intake's endpoint, as a web crate does.
fn refuse<P: Platform, S: Store>(intake: &Intake<P, S>, kind: ErrorKind, at: OffsetDateTime) {
    let (endpoint, request) = (intake.endpoint(), http::Request::new(Bytes::new()));
    endpoint.report_refused(&endpoint.refuse(kind.into()), at, &request, None);
}

/// A platform that disables an endpoint after 20 failures in a row.
#[derive(Clone, Default)]
struct Counting;

static CONTRACT: Contract = Contract::builder().disabling(Disabling::after_failures(20)).build();
static FACTS: Facts = Facts::new("counting", "Counting", Scheme::Svix(Svix), &CONTRACT);

impl Platform for Counting {
    type Event = redpin::Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Self::Event {
        Redpin.decode(payload)
    }

    fn delivery_id(&self, event: &Self::Event, signed: Signed<'_>) -> DeliveryId {
        Redpin.delivery_id(event, signed)
    }
}

#[tokio::test]
async fn health_counts_failures_in_a_row() {
    let (store, inbox, _) = faulty_inbox();
    let intake = inbox.intake("counting", Endpoint::<Counting>::new(SECRET).unwrap()).unwrap();
    let health = async || {
        let counted =
            inbox.health().await.endpoints.into_iter().find(|endpoint| endpoint.endpoint == "counting").unwrap();
        (counted.failures, counted.disabling_share)
    };
    assert_eq!(health().await, (0, Some(0.0)));
    // Four refused requests, and a genuine delivery that is not stored.
    let now = OffsetDateTime::now_utc();
    for _ in 0..4 {
        refuse(&intake, ErrorKind::BodyTooLarge, now);
    }
    assert_eq!(health().await, (4, Some(0.2)));
    store.set(Mode::Broken);
    assert!(intake.accept(&delivery(&intake.endpoint(), "m1", "{}")).await.is_err());
    assert_eq!(health().await, (5, Some(0.25)));
    store.set(Mode::Working);
    intake.accept(&delivery(&intake.endpoint(), "m1", "{}")).await.unwrap();
    assert_eq!(health().await, (0, Some(0.0)), "one success begins a new count");
}

#[tokio::test(start_paused = true)]
async fn health_shows_for_each_endpoint_how_its_platform_is_answered() {
    let (store, inbox, intake) = faulty_inbox();
    let _other = inbox.intake("another", prefinery()).unwrap();
    let health = async || {
        let endpoints = inbox.health().await.endpoints;
        assert_eq!(endpoints[0].endpoint, "another");
        assert_eq!((endpoints[0].failing_since, endpoints[0].disabling_share), (None, None), "{endpoints:?}");
        endpoints[1].clone()
    };
    let idle = health().await;
    assert_eq!((idle.endpoint.as_str(), idle.platform.as_str()), ("shop", "redpin"));
    assert_eq!((idle.last_genuine_at, idle.failing_since, idle.disabling_share), (None, None, Some(0.0)));
    // One of five days of failures. The first failure counts, and a refusal before the signature is a failure too.
    let now = OffsetDateTime::now_utc();
    let (a_day_ago, since) = (now - time::Duration::DAY, now - time::Duration::HOUR);
    refuse(&intake, ErrorKind::BodyTooLarge, a_day_ago);
    refuse(&intake, ErrorKind::SignatureMismatch, since);
    refuse(&intake, ErrorKind::SignatureMismatch, now);
    let failing = health().await;
    assert_eq!((failing.failing_since, failing.signatures_fail_since), (Some(a_day_ago), Some(since)));
    assert!((failing.disabling_share.unwrap() - 0.2).abs() < 0.001, "{failing:?}");
    // A genuine delivery that is not stored ends the run of wrong signatures, and not the run of failures.
    store.set(Mode::Broken);
    assert!(intake.accept(&redpin("m1")).await.is_err());
    store.set(Mode::Working);
    let failing = health().await;
    assert_eq!((failing.failing_since, failing.signatures_fail_since), (Some(a_day_ago), None));
    assert!(failing.last_genuine_at.is_some());
    accepted(&intake, "m2").await;
    let works = health().await;
    assert_eq!((works.failing_since, works.disabling_share), (None, Some(0.0)));
    assert_eq!(works.stats.unwrap().available, 1);
    // After a restart, the time comes from the store.
    let again = Inbox::new(store.clone());
    let _shop = shop(&again);
    let restarted = again.health().await.endpoints.remove(0);
    assert!(restarted.last_genuine_at.is_some(), "{restarted:?}");
}
