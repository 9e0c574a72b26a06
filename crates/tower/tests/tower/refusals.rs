//! Refusals at both doors: the handler is not called, and the platform decides the status.

use std::future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::header::RETRY_AFTER;
use http::{HeaderValue, Request};
use referral_webhooks_tower::Endpoint;
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::platform::genius_referrals::GeniusReferrals;
use referral_webhooks_tower::platform::refir::Refir;
use time::OffsetDateTime;

use crate::support::{
    DOORS, REFERRAL, TestBody, counted, prefinery, redpin, signed, signed_at, streamed, through, whole,
};

/// Spoils a genuine request.
type Spoil = fn(&mut Request<TestBody>);

#[track_caller]
fn header(request: &mut Request<TestBody>, name: &'static str, value: &'static str) {
    request.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// Makes a body for each request.
type MakeBody = fn() -> TestBody;

/// Sends the requests of `request` through both doors, and expects a refusal.
async fn refused<P: Platform + Default>(
    label: &str,
    endpoint: &Endpoint<P>,
    request: impl Fn() -> Request<TestBody>,
    status: u16,
) {
    for door in DOORS {
        let (response, calls) = through(door, endpoint.clone(), request()).await;
        assert_eq!(response.status(), status, "{label}, {door:?}");
        assert_eq!(calls, 0, "{label}, {door:?}: calls");
        assert_eq!(*response.body(), response.status().canonical_reason().unwrap(), "{label}, {door:?}: body");
    }
}

#[tokio::test]
async fn a_signed_delivery_is_accepted() {
    for door in DOORS {
        let (response, calls) = through(door, redpin(), signed(&redpin(), REFERRAL)).await;
        assert_eq!((response.status().as_u16(), calls), (200, 1), "{door:?}");
        let (response, calls) = through(door, prefinery(), signed(&prefinery(), "{}")).await;
        assert_eq!((response.status().as_u16(), calls), (200, 1), "{door:?} for Prefinery");
        let genius = Endpoint::<GeniusReferrals>::new("grr-test-secret").unwrap();
        let mut no_form = signed(&genius, "payload=%7B%7D&payload=%7B%7D");
        header(&mut no_form, "content-type", "application/x-www-form-urlencoded");
        let (response, calls) = through(door, genius, no_form).await;
        assert_eq!((response.status().as_u16(), calls), (200, 1), "{door:?} for Genius, signed as it came");
    }
}

#[tokio::test]
async fn every_refusal_has_the_status_of_the_platform() {
    let hour_ago = OffsetDateTime::now_utc() - Duration::from_secs(3600);
    let rows: [(&str, Spoil, u16); 4] = [
        ("altered body", |request| *request.body_mut() = whole("{}"), 401),
        (
            "another secret",
            |request| header(request, "svix-signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            401,
        ),
        ("no signature", |request| drop(request.headers_mut().remove("svix-signature")), 401),
        ("no body", |request| *request.body_mut() = whole(""), 401),
    ];
    for (label, spoil, status) in rows {
        let request = || {
            let mut request = signed(&redpin(), REFERRAL);
            spoil(&mut request);
            request
        };
        refused(label, &redpin(), request, status).await;
    }
    refused("stale at Redpin", &redpin(), || signed_at(&redpin(), REFERRAL, hour_ago), 401).await;
    refused("stale at Prefinery", &prefinery(), || signed_at(&prefinery(), "{}", hour_ago), 429).await;

    let refir = Endpoint::<Refir>::new("5f8c1e0a9b7d4c3e2f1a0b9c8d7e6f5a").unwrap();
    refused("wrong URL at Refir", &refir, || Request::post("/hooks/refir").body(whole("{}")).unwrap(), 404).await;
}

#[tokio::test]
async fn a_bad_head_is_refused_after_its_body_was_drained() {
    let rows: [(&str, Spoil); 4] = [
        ("no signature", |request| drop(request.headers_mut().remove("svix-signature"))),
        ("two ids", |request| assert!(request.headers_mut().append("svix-id", HeaderValue::from_static("msg_2")))),
        ("no digits", |request| header(request, "svix-timestamp", "soon")),
        ("no list", |request| header(request, "svix-signature", "")),
    ];
    for (label, spoil) in rows {
        for door in DOORS {
            let (body, asked) = counted(vec![Ok(REFERRAL.into())]);
            let mut request = signed(&redpin(), REFERRAL);
            spoil(&mut request);
            *request.body_mut() = body;
            let (response, calls) = through(door, redpin(), request).await;
            let asked = asked.load(Ordering::Relaxed);
            assert_eq!((response.status().as_u16(), calls, asked), (401, 0, 1), "{label}, {door:?}");
        }
    }
}

#[tokio::test]
async fn the_limit_is_exact_with_and_without_an_announced_length() {
    let length = REFERRAL.len();
    let bodies: [(&str, MakeBody); 4] = [
        ("announced", || whole(REFERRAL)),
        ("in one piece", || counted(vec![Ok(REFERRAL.into())]).0),
        ("in two pieces", || counted(vec![Ok(REFERRAL[..9].into()), Ok(REFERRAL[9..].into())]).0),
        ("byte by byte", || counted(REFERRAL.bytes().map(|byte| Ok(Bytes::from(vec![byte]))).collect()).0),
    ];
    for (limit, want) in [(length + 1, (200, 1)), (length, (200, 1)), (length - 1, (413, 0)), (0, (413, 0))] {
        for (label, body) in bodies {
            for door in DOORS {
                let mut request = signed(&redpin(), REFERRAL);
                *request.body_mut() = body();
                let (response, calls) = through(door, redpin().with_body_limit(limit), request).await;
                assert_eq!((response.status().as_u16(), calls), want, "limit {limit}, {label}, {door:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_long_body_is_drained_up_to_twice_the_limit() {
    for door in DOORS {
        // An announced length is enough.
        let mut request = signed(&redpin(), REFERRAL);
        *request.body_mut() = whole(vec![b' '; 1024 * 1024 + 1]);
        assert_eq!(through(door, redpin(), request).await.0.status(), 413, "{door:?}");

        let (body, asked) = counted(vec![Ok(Bytes::from_static(&[b' '; 1024])); 10_000]);
        let mut request = signed(&redpin(), REFERRAL);
        *request.body_mut() = body;
        assert_eq!(through(door, redpin(), request).await.0.status(), 413, "{door:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 2049, "{door:?}: the limit is 1 MiB");

        let pieces = vec![Ok(" ".into()), Ok(" ".repeat(9).into()), Ok("".into())];
        let (body, asked) = counted(pieces);
        let mut request = signed(&redpin(), REFERRAL);
        *request.body_mut() = body;
        assert_eq!(through(door, redpin().with_body_limit(9), request).await.0.status(), 413, "{door:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 3, "{door:?}: a small body ends");
    }
}

#[tokio::test]
async fn a_broken_connection_is_a_transient_fault() {
    let broken = || counted(vec![Ok("{".into()), Err("connection reset")]).0;
    let with_broken_body = |mut request: Request<TestBody>| {
        *request.body_mut() = broken();
        request
    };
    refused("at Redpin", &redpin(), || with_broken_body(signed(&redpin(), REFERRAL)), 503).await;
    refused("at Prefinery", &prefinery(), || with_broken_body(signed(&prefinery(), "{}")), 429).await;
}

/// The paused clock advances only while every task waits, so the elapsed time is the deadline.
#[tokio::test(start_paused = true)]
async fn a_silent_sender_is_refused_at_the_deadline() {
    let silent = || streamed(stream::once(async { Ok("{".into()) }).chain(stream::once(future::pending())));
    // One byte a second does not extend the deadline.
    let slow = || {
        streamed(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok(Bytes::from_static(b" ")), ()))
        }))
    };
    let five = Duration::from_secs(5);
    for door in DOORS {
        for body in [silent as MakeBody, slow] {
            let mut request = signed(&redpin(), REFERRAL);
            *request.body_mut() = body();
            let began = tokio::time::Instant::now();
            let (response, calls) = through(door, redpin().with_body_deadline(five), request).await;
            assert_eq!((response.status().as_u16(), calls), (503, 0), "{door:?}");
            assert_eq!(began.elapsed().as_secs(), 5, "{door:?}");
        }
        let mut request = signed(&prefinery(), "{}");
        *request.body_mut() = silent();
        let began = tokio::time::Instant::now();
        let (response, _) = through(door, prefinery(), request).await;
        assert_eq!(response.status(), 429, "{door:?}");
        assert_eq!(began.elapsed().as_secs(), 15, "{door:?}: as long as Prefinery waits");
    }
}

#[tokio::test]
async fn retry_after_is_sent_to_platforms_that_read_it() {
    for door in DOORS {
        let mut request = signed(&redpin(), REFERRAL);
        *request.body_mut() = counted(vec![Err("connection reset")]).0;
        let (response, _) = through(door, redpin(), request).await;
        assert_eq!(response.headers()[RETRY_AFTER], "60", "{door:?}: a passing fault");

        let mut request = signed(&redpin(), REFERRAL);
        *request.body_mut() = whole("{}");
        let (response, _) = through(door, redpin(), request).await;
        assert_eq!(response.headers().get(RETRY_AFTER), None, "{door:?}: a forgery");
    }
}
