//! Refused requests, kept by an intake behind its ready-made route.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::store::{RefusedRequest, Store};
use referral_webhooks_inbox::{Inbox, Intake, KeepRefused, MemoryStore};
use time::OffsetDateTime;
use tokio::time::sleep;
use tower::ServiceExt as _;

const TOKEN: &str = "rT7kQ2mX9vB4nL6pW3sY8zD5";

async fn send<P: referral_webhooks::platform::Platform, S: Store>(
    intake: &Intake<P, S>,
    request: Request<Body>,
) -> StatusCode {
    intake.service().oneshot(request).await.unwrap().status()
}

async fn kept<P: referral_webhooks::platform::Platform, S: Store>(intake: &Intake<P, S>) -> Vec<RefusedRequest> {
    sleep(Duration::from_secs(5)).await;
    intake.refused().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_is_kept_with_its_body() {
    let inbox = Inbox::new(MemoryStore::new());
    let endpoint = Endpoint::<GeniusReferrals>::new("correct horse battery staple").unwrap();
    let genius = inbox.intake("genius", endpoint).unwrap().keep_refused(KeepRefused::new());

    // The sender signs, and the name of its header is another one.
    let signed = genius.endpoint().sign(&Message::new(r#"{"a":1}"#, OffsetDateTime::now_utc())).unwrap();
    let (name, signature) = signed.headers().iter().find(|(name, _)| *name != "content-type").unwrap();
    let request = Request::post("/hooks/genius?key=k-1")
        .header("x-unexpected-signature", signature)
        .header("authorization", "Basic dTpw")
        .body(Body::from(signed.body().clone()))
        .unwrap();
    assert_eq!(send(&genius, request).await, 401);

    let [refused] = &kept(&genius).await[..] else { panic!("one request is kept") };
    assert_eq!((refused.kind.as_str(), refused.status, refused.is_whole()), ("missing-header", 401, true));
    assert_eq!((refused.endpoint.as_str(), refused.platform.as_str()), ("genius", "genius-referrals"));
    assert_eq!((&refused.body, refused.path.as_str()), (signed.body(), "/hooks/genius?key=***"));
    assert_eq!(refused.headers["x-unexpected-signature"], signature);
    assert_eq!(refused.headers["authorization"], "***");
    assert!(!format!("{refused:?}").contains("dTpw") && !format!("{refused:?}").contains("\"a\""), "{refused:?}");

    // With the right name the kept bytes are genuine.
    let mut repaired = Request::post("/").body(refused.body.clone()).unwrap();
    repaired.headers_mut().insert(name.clone(), refused.headers["x-unexpected-signature"].clone());
    assert!(genius.endpoint().receive(&repaired, OffsetDateTime::now_utc()).is_ok());
}

#[tokio::test(start_paused = true)]
async fn bounds_masks_and_erasing_hold() {
    let inbox = Inbox::new(MemoryStore::new());
    let endpoint = Endpoint::<Refir>::new(TOKEN).unwrap();
    let refir = inbox.intake("refir", endpoint).unwrap().keep_refused(KeepRefused::new().most(10).body_bytes(8));
    for number in 0..3 {
        let body = format!("0123456789 {number} ada@example.org");
        let request = Request::post(format!("/hooks/{TOKEN}x?token={TOKEN}y")).header("referer", format!("/{TOKEN}"));
        assert_eq!(send(&refir, request.body(Body::from(body)).unwrap()).await, 404);
    }
    let refused = kept(&refir).await;
    assert_eq!(refused.len(), 3);
    for request in &refused {
        assert_eq!((&request.body[..], request.body_length), (&b"01234567"[..], Some(28)));
        let file = String::from_utf8(request.to_http()).unwrap();
        assert!(!file.contains(&TOKEN[..8]), "{file}");
        assert!(file.starts_with("POST /hooks/***?token=*** HTTP/1.1\r\n") && file.contains("content-length: 28"));
    }
    assert_eq!(refir.erase_refused_where(|request| request.body.starts_with(b"0123")).await.unwrap(), 3);
    assert_eq!(refir.refused().await.unwrap(), []);

    // A flood is written within its budget.
    for _ in 0..1_000 {
        let request = Request::post("/hooks/x").body(Body::from("{}")).unwrap();
        send(&refir, request).await;
    }
    assert_eq!(kept(&refir).await.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn an_intake_keeps_no_refused_request_unasked() {
    let inbox = Inbox::new(MemoryStore::new());
    let refir = inbox.intake("refir", Endpoint::<Refir>::new(TOKEN).unwrap()).unwrap();
    assert_eq!(send(&refir, Request::post("/hooks/x").body(Body::from("{}")).unwrap()).await, 404);
    assert_eq!(kept(&refir).await, []);
    assert_eq!(refir.endpoint().name(), Some("refir"));
}

#[cfg(feature = "encrypt")]
#[tokio::test(start_paused = true)]
async fn a_sealed_store_encrypts_refused_requests() {
    use referral_webhooks_inbox::{KeyRing, Sealed};

    let pepper = "8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=";
    let ring = KeyRing::new(pepper, 1, "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=").unwrap();
    let plain = MemoryStore::new();
    let inbox = Inbox::new(Sealed::open(plain.clone(), ring).await.unwrap());
    let refir = inbox.intake("refir", Endpoint::<Refir>::new(TOKEN).unwrap()).unwrap().keep_refused(KeepRefused::new());
    let request = Request::post("/hooks/x").header("x-name", "ada").body(Body::from("ada@example.org")).unwrap();
    assert_eq!(send(&refir, request).await, 404);
    let refused = kept(&refir).await;
    assert_eq!((&refused[0].body[..], refused[0].headers["x-name"].as_bytes()), (&b"ada@example.org"[..], &b"ada"[..]));

    let mut sealed = plain.refused("refir").await.unwrap();
    assert!(sealed[0].is_sealed && sealed[0].headers.is_empty());
    assert!(!sealed[0].body.windows(3).any(|part| part == b"ada"));
    // A request that is moved to another endpoint does not open.
    sealed[0].endpoint = "other".to_owned();
    plain.keep_refused(sealed, 10).await.unwrap();
    assert!(inbox.store().refused("other").await.unwrap()[0].is_sealed);
    // Without the keys it is left out, and a plain inbox writes none beside sealed entries.
    let other = Inbox::new(plain.clone()).intake("refir", Endpoint::<Refir>::new(TOKEN).unwrap()).unwrap();
    let other = other.keep_refused(KeepRefused::new());
    assert_eq!(send(&other, Request::post("/hooks/x").body(Body::from("plain")).unwrap()).await, 404);
    assert_eq!(kept(&other).await, []);
    assert_eq!(plain.refused("refir").await.unwrap().len(), 1);
}
