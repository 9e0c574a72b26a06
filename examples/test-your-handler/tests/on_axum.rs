//! The route on axum: signed requests through the router, without a port.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::sync::Arc;

use axum::body::Body;
use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::{Endpoint, Message};
use test_your_handler::{Ledger, on_axum};
use time::OffsetDateTime;
use tower::ServiceExt as _;

const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;

/// Returns the status of a delivery that was signed with the body `REFERRAL` and arrives with this one.
async fn answer(ledger: &Arc<Ledger>, body: &'static str) -> u16 {
    let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    // The framework reads the real clock, so the request is signed with the current time.
    let message = Message::new(REFERRAL, OffsetDateTime::now_utc()).uri("/hooks/redpin".parse().unwrap()).id("msg_1");
    let request = endpoint.sign(&message).unwrap().map(|_| Body::from(body));
    on_axum::app(endpoint, Arc::clone(ledger)).oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_referral_is_credited_and_a_repeat_accepted() {
    let ledger = Arc::default();
    assert_eq!(answer(&ledger, REFERRAL).await, 200);
    assert_eq!(answer(&ledger, REFERRAL).await, 200);
    assert_eq!(ledger.credited(), 1);
}

#[tokio::test]
async fn an_altered_referral_is_refused_and_not_credited() {
    let ledger = Arc::default();
    assert_eq!(answer(&ledger, "{}").await, 401);
    assert_eq!(ledger.credited(), 0);
}

#[tokio::test]
async fn a_closed_ledger_asks_for_a_retry() {
    assert_eq!(answer(&Arc::new(Ledger::closed()), REFERRAL).await, 503);
}
