//! Refusals at both doors: the handler is not called, and the platform decides the status.

use std::future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_http::Request;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use actix_web::test::TestRequest;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use referral_webhooks_actix::Endpoint;
use referral_webhooks_actix::platform::Platform;
use referral_webhooks_actix::platform::genius_referrals::GeniusReferrals;
use referral_webhooks_actix::platform::refir::Refir;
use time::OffsetDateTime;

use crate::support::{DOORS, REFERRAL, counted, prefinery, redpin, signed, signed_at, streamed, through};

/// Spoils a genuine request.
type Spoil = fn(TestRequest) -> TestRequest;

/// Replaces the body of a request.
type Stream = fn(TestRequest) -> Request;

/// Returns the request with another body than the signed one.
fn altered(request: TestRequest) -> TestRequest {
    request.set_payload("{}")
}

/// Sends the requests of `request` through both doors, and expects a refusal.
async fn refused<P: Platform + Default>(
    label: &str,
    endpoint: &Endpoint<P>,
    request: impl Fn() -> Request,
    status: u16,
) {
    for door in DOORS {
        let (response, calls) = through(door, endpoint.clone(), request()).await;
        assert_eq!(response.status(), status, "{label}, {door:?}");
        assert_eq!(calls, 0, "{label}, {door:?}: calls");
        assert_eq!(*response.body(), response.status().canonical_reason().unwrap(), "{label}, {door:?}: body");
    }
}

#[actix_web::test]
async fn a_signed_delivery_is_accepted() {
    for door in DOORS {
        let (response, calls) = through(door, redpin(), signed(&redpin(), REFERRAL).to_request()).await;
        assert_eq!((response.status().as_u16(), calls), (200, 1), "{door:?}");
        let (response, calls) = through(door, prefinery(), signed(&prefinery(), "{}").to_request()).await;
        assert_eq!((response.status().as_u16(), calls), (200, 1), "{door:?} for Prefinery");
        let genius = Endpoint::<GeniusReferrals>::new("grr-test-secret").unwrap();
        let no_form = signed(&genius, "payload=%7B%7D&payload=%7B%7D")
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .to_request();
        let (response, calls) = through(door, genius, no_form).await;
        assert_eq!((response.status().as_u16(), calls), (200, 1), "{door:?} for Genius, signed as it came");
    }
}

#[actix_web::test]
async fn every_refusal_has_the_status_of_the_platform() {
    let hour_ago = OffsetDateTime::now_utc() - Duration::from_secs(3600);
    refused("altered body", &redpin(), || altered(signed(&redpin(), REFERRAL)).to_request(), 401).await;
    refused("no body", &redpin(), || signed(&redpin(), REFERRAL).set_payload("").to_request(), 401).await;
    refused("no proof", &redpin(), || TestRequest::post().set_payload(REFERRAL).to_request(), 401).await;
    refused("stale at Redpin", &redpin(), || signed_at(&redpin(), REFERRAL, hour_ago).to_request(), 401).await;
    refused("stale at Prefinery", &prefinery(), || signed_at(&prefinery(), "{}", hour_ago).to_request(), 429).await;

    let refir = Endpoint::<Refir>::new("5f8c1e0a9b7d4c3e2f1a0b9c8d7e6f5a").unwrap();
    refused("wrong URL at Refir", &refir, || TestRequest::post().uri("/hooks").set_payload("{}").to_request(), 404)
        .await;
}

#[actix_web::test]
async fn a_bad_head_is_refused_after_its_body_was_drained() {
    let rows: [(&str, Spoil); 5] = [
        ("no proof", |_| TestRequest::post()),
        ("a second signature time", |request| request.append_header(("svix-timestamp", "1"))),
        ("two ids", |request| request.append_header(("svix-id", "msg_2"))),
        ("no digits", |request| request.insert_header(("svix-timestamp", "soon"))),
        ("no list", |request| request.insert_header(("svix-signature", ""))),
    ];
    for (label, spoil) in rows {
        for door in DOORS {
            let (request, asked) = counted(spoil(signed(&redpin(), REFERRAL)), vec![Ok(REFERRAL.into())]);
            let (response, calls) = through(door, redpin(), request).await;
            let asked = asked.load(Ordering::Relaxed);
            assert_eq!((response.status().as_u16(), calls, asked), (401, 0, 1), "{label}, {door:?}");
        }
    }
}

#[actix_web::test]
async fn the_limit_is_exact_with_and_without_an_announced_length() {
    let length = REFERRAL.len();
    let bodies: [(&str, Stream); 4] = [
        ("announced", |request| request.insert_header(("content-length", REFERRAL.len())).to_request()),
        ("in one piece", |request| counted(request, vec![Ok(REFERRAL.into())]).0),
        ("in two pieces", |request| counted(request, vec![Ok(REFERRAL[..9].into()), Ok(REFERRAL[9..].into())]).0),
        ("byte by byte", |request| {
            counted(request, REFERRAL.bytes().map(|byte| Ok(Bytes::from(vec![byte]))).collect()).0
        }),
    ];
    for (limit, want) in [(length + 1, (200, 1)), (length, (200, 1)), (length - 1, (413, 0)), (0, (413, 0))] {
        for (label, with_body) in bodies {
            for door in DOORS {
                let request = with_body(signed(&redpin(), REFERRAL));
                let (response, calls) = through(door, redpin().with_body_limit(limit), request).await;
                assert_eq!((response.status().as_u16(), calls), want, "limit {limit}, {label}, {door:?}");
            }
        }
    }
}

#[actix_web::test]
async fn a_long_body_is_drained_up_to_twice_the_limit() {
    for door in DOORS {
        let (mut request, asked) = counted(signed(&redpin(), REFERRAL), vec![Ok(Bytes::from_static(b"{"))]);
        request.headers_mut().insert(CONTENT_LENGTH, (2 * 1024 * 1024 + 1).into());
        assert_eq!(through(door, redpin(), request).await.0.status(), 413, "{door:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 0, "{door:?}: a body beyond the reach stays unread");

        let pieces = (0..10_000).map(|_| Ok(Bytes::from_static(&[b' '; 1024]))).collect();
        let (request, asked) = counted(signed(&redpin(), REFERRAL), pieces);
        assert_eq!(through(door, redpin(), request).await.0.status(), 413, "{door:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 2049, "{door:?}: the limit is 1 MiB");

        let pieces = vec![Ok(Bytes::from_static(b" ")), Ok(" ".repeat(9).into()), Ok("".into())];
        let (request, asked) = counted(signed(&redpin(), REFERRAL), pieces);
        assert_eq!(through(door, redpin().with_body_limit(9), request).await.0.status(), 413, "{door:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 3, "{door:?}: a small body ends");
    }
}

#[actix_web::test]
async fn a_broken_connection_is_a_transient_fault() {
    fn broken(request: TestRequest) -> Request {
        counted(request, vec![Ok("{".into()), Err(PayloadError::Incomplete(None))]).0
    }
    refused("at Redpin", &redpin(), || broken(signed(&redpin(), REFERRAL)), 503).await;
    refused("at Prefinery", &prefinery(), || broken(signed(&prefinery(), "{}")), 429).await;
}

/// The paused clock advances only while every task waits, so the elapsed time is the deadline.
#[actix_web::test]
async fn a_silent_sender_is_refused_at_the_deadline() {
    fn silent(request: TestRequest) -> Request {
        streamed(request, stream::once(async { Ok("{".into()) }).chain(stream::once(future::pending())))
    }
    // One byte a second does not extend the deadline.
    fn slow(request: TestRequest) -> Request {
        streamed(
            request,
            stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Some((Ok(Bytes::from_static(b" ")), ()))
            }),
        )
    }
    tokio::time::pause();
    for door in DOORS {
        for with_body in [silent, slow] {
            let request = with_body(signed(&redpin(), REFERRAL));
            let began = tokio::time::Instant::now();
            let endpoint = redpin().with_body_deadline(Duration::from_secs(5));
            let (response, calls) = through(door, endpoint, request).await;
            assert_eq!((response.status().as_u16(), calls), (503, 0), "{door:?}");
            assert_eq!(began.elapsed().as_secs(), 5, "{door:?}");
        }
        let began = tokio::time::Instant::now();
        let (response, _) = through(door, prefinery(), silent(signed(&prefinery(), "{}"))).await;
        assert_eq!(response.status(), 429, "{door:?}");
        assert_eq!(began.elapsed().as_secs(), 15, "{door:?}: as long as Prefinery waits");
    }
}

#[actix_web::test]
async fn a_consumed_body_is_misconfigured_not_forged() {
    for (framing, want) in [(("content-length", "2"), 429), (("transfer-encoding", "chunked"), 429), (("te", ""), 401)]
    {
        for door in DOORS {
            let mut request = signed(&prefinery(), "{}").to_request();
            request.headers_mut().remove("content-length");
            request.headers_mut().insert(framing.0.parse().unwrap(), framing.1.parse().unwrap());
            let request = request.replace_payload(Payload::None).0;
            assert_eq!(through(door, prefinery(), request).await.0.status(), want, "{framing:?}, {door:?}");
        }
    }
}

#[actix_web::test]
async fn retry_after_is_sent_to_platforms_that_read_it() {
    for door in DOORS {
        let (request, _) = counted(signed(&redpin(), REFERRAL), vec![Err(PayloadError::Incomplete(None))]);
        let (response, _) = through(door, redpin(), request).await;
        assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "60", "{door:?}: a passing fault");

        let (response, _) = through(door, redpin(), altered(signed(&redpin(), REFERRAL)).to_request()).await;
        assert_eq!(response.headers().get(RETRY_AFTER), None, "{door:?}: a forgery");
    }
}
