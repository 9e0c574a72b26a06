//! The route on actix-web: signed requests through the application, without a port.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::sync::Arc;

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service};
use referral_webhooks_actix::platform::redpin::Redpin;
use referral_webhooks_actix::{Endpoint, Message};
use test_your_handler::{Ledger, on_actix};
use time::OffsetDateTime;

const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;

/// Returns the status of a delivery that was signed with the body `REFERRAL` and arrives with this one.
async fn answer(ledger: &Arc<Ledger>, body: &'static str) -> u16 {
    let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    // The framework reads the real clock, so the request is signed with the current time.
    let signed = endpoint.sign(&Message::new(REFERRAL, OffsetDateTime::now_utc()).id("msg_1")).unwrap();
    // actix-web uses another version of `http`, so the signed headers are copied.
    let mut request = TestRequest::post().uri("/hooks/redpin").set_payload(body);
    for (name, value) in signed.headers() {
        request = request.append_header((name.as_str(), value.as_bytes()));
    }
    let app = init_service(App::new().configure(on_actix::app(endpoint, Arc::clone(ledger)))).await;
    call_service(&app, request.to_request()).await.status().as_u16()
}

#[actix_web::test]
async fn a_referral_is_credited_and_a_repeat_accepted() {
    let ledger = Arc::default();
    assert_eq!(answer(&ledger, REFERRAL).await, 200);
    assert_eq!(answer(&ledger, REFERRAL).await, 200);
    assert_eq!(ledger.credited(), 1);
}

#[actix_web::test]
async fn an_altered_referral_is_refused_and_not_credited() {
    let ledger = Arc::default();
    assert_eq!(answer(&ledger, "{}").await, 401);
    assert_eq!(ledger.credited(), 0);
}

#[actix_web::test]
async fn a_closed_ledger_asks_for_a_retry() {
    assert_eq!(answer(&Arc::new(Ledger::closed()), REFERRAL).await, 503);
}
