//! The extractor, the rejection and the layer in a router, without a port.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use futures_util::stream;
use referral_webhooks_axum::platform::prefinery::Prefinery;
use referral_webhooks_axum::platform::redpin::{self, Redpin};
use referral_webhooks_axum::platform::refir::Refir;
use referral_webhooks_axum::platform::{Platform, Visit, visit_all};
use referral_webhooks_axum::{
    ContractLayer, Delivery, Endpoint, Endpoints, ErrorKind, Message, Rejection, Reply, Tenant, TenantWebhook,
    VerifyLayer, Webhook, WebhookRoutes, answer_ping, handlers, near_misses,
};
use time::OffsetDateTime;
use tower::ServiceExt as _;

const SVIX_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;

fn redpin() -> Endpoint<Redpin> {
    Endpoint::new(SVIX_SECRET).unwrap()
}

fn signed<P: Platform + Default>(endpoint: &Endpoint<P>, body: &str) -> Request<Body> {
    endpoint.sign(&Message::new(body, OffsetDateTime::now_utc())).unwrap().map(Body::from)
}

/// Returns a body of these pieces, with a counter of the pieces that were read.
fn counted(pieces: Vec<Result<Bytes, &'static str>>) -> (Body, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let pieces = stream::unfold(pieces.into_iter(), move |mut pieces| {
        counter.fetch_add(1, Ordering::Relaxed);
        async move { pieces.next().map(|piece| (piece, pieces)) }
    });
    (Body::from_stream(pieces), asked)
}

/// Spoils a genuine request.
type Spoil = fn(&mut Request<Body>);

async fn accept(Webhook(delivery): Webhook<Redpin>) -> Reply {
    assert!(matches!(delivery.event(), redpin::Event::ReferralCreated(_)));
    Reply::Accepted
}

#[tokio::test]
async fn a_signed_delivery_reaches_the_handler() {
    let app = Router::new().fallback(accept).with_state(redpin());
    let response = app.oneshot(signed(&redpin(), REFERRAL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_extractor_reuses_the_delivery_of_the_layer() {
    // This endpoint alone would refuse the request.
    let other = Endpoint::<Redpin>::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
    let verified = Router::new().route("/", post(accept).layer(VerifyLayer::new(redpin()))).with_state(other.clone());
    assert_eq!(verified.oneshot(signed(&redpin(), REFERRAL)).await.unwrap().status(), StatusCode::OK);
    let unverified = Router::new().route("/", post(accept)).with_state(other);
    assert_eq!(unverified.oneshot(signed(&redpin(), REFERRAL)).await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_silent_sender_is_refused_at_the_deadline() {
    let mut request = signed(&redpin(), REFERRAL);
    *request.body_mut() = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let app = Router::new().fallback(accept).with_state(redpin().with_body_deadline(Duration::from_secs(5)));
    let began = tokio::time::Instant::now();
    assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_bad_head_is_refused_after_its_body_was_drained() {
    let refusals: [(&str, Spoil); 4] = [
        ("no signature", |request| drop(request.headers_mut().remove("svix-signature"))),
        ("two ids", |request| assert!(request.headers_mut().append("svix-id", "msg_2".parse().unwrap()))),
        ("no digits", |request| drop(request.headers_mut().insert("svix-timestamp", "soon".parse().unwrap()))),
        ("no list", |request| drop(request.headers_mut().insert("svix-signature", "".parse().unwrap()))),
    ];
    for (label, spoil) in refusals {
        let (body, asked) = counted(vec![Ok(Bytes::from_static(REFERRAL.as_bytes()))]);
        let mut request = signed(&redpin(), REFERRAL);
        spoil(&mut request);
        *request.body_mut() = body;
        let app = Router::new().fallback(accept).with_state(redpin());
        assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::UNAUTHORIZED, "{label}");
        assert_eq!(asked.load(Ordering::Relaxed), 2, "{label}: the piece and the end");
    }
}

#[tokio::test]
async fn the_lower_limit_refuses_a_long_body() {
    let length = REFERRAL.len();
    let unlimited = usize::MAX;
    for (endpoint_limit, app_limit, want) in [
        (length, length, StatusCode::OK),
        (length - 1, unlimited, StatusCode::PAYLOAD_TOO_LARGE),
        (unlimited, length - 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        for announced in [true, false] {
            let endpoint = redpin().with_body_limit(endpoint_limit);
            let mut request = signed(&redpin(), REFERRAL);
            if !announced {
                *request.body_mut() = counted(vec![Ok(Bytes::from_static(REFERRAL.as_bytes()))]).0;
            }
            let app = Router::new().fallback(accept).layer(DefaultBodyLimit::max(app_limit)).with_state(endpoint);
            let status = app.oneshot(request).await.unwrap().status();
            assert_eq!(status, want, "endpoint {endpoint_limit}, app {app_limit}, announced {announced}");
        }
    }
}

#[tokio::test]
async fn an_endless_body_is_drained_up_to_twice_the_limit() {
    let (body, asked) = counted(vec![Ok(Bytes::from_static(&[b' '; 1024])); 10_000]);
    let mut request = signed(&redpin(), REFERRAL);
    *request.body_mut() = body;
    let app = Router::new().fallback(accept).with_state(redpin());
    assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(asked.load(Ordering::Relaxed), 2049);
}

#[tokio::test]
async fn a_broken_connection_is_a_transient_fault() {
    let prefinery = Endpoint::<Prefinery>::new("prefinery-example-secret").unwrap();
    let at_prefinery = signed(&prefinery, "{}");
    let apps = [
        (Router::new().fallback(accept).with_state(redpin()), signed(&redpin(), REFERRAL), 503),
        (Router::new().fallback(|_: Webhook<Prefinery>| async {}).with_state(prefinery), at_prefinery, 429),
    ];
    for (app, mut request, want) in apps {
        *request.body_mut() = counted(vec![Ok(Bytes::from_static(b"{")), Err("connection reset")]).0;
        assert_eq!(app.oneshot(request).await.unwrap().status(), want);
    }
}

#[tokio::test]
async fn a_rejection_has_a_reason_that_the_sender_does_not_see() {
    async fn look(delivery: Result<Webhook<Redpin>, Rejection>) -> Response {
        let rejection = delivery.unwrap_err();
        assert_eq!(rejection.platform(), "redpin");
        assert_eq!(rejection.error().kind(), ErrorKind::SignatureMismatch);
        assert_eq!(rejection.status(), StatusCode::UNAUTHORIZED);
        rejection.into_response()
    }
    let mut request = signed(&redpin(), REFERRAL);
    *request.body_mut() = Body::from("{}");
    let response = Router::new().fallback(look).with_state(redpin()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(axum::body::to_bytes(response.into_body(), 100).await.unwrap(), "Unauthorized");
}

#[tokio::test]
async fn a_wrong_secret_url_is_not_found() {
    let token = "5f8c1e0a9b7d4c3e2f1a0b9c8d7e6f5a";
    let endpoint = Endpoint::<Refir>::new(token).unwrap();
    for (uri, want) in [
        (format!("/hooks/refir/{token}"), StatusCode::OK),
        (format!("/hooks/refir?token={token}"), StatusCode::OK),
        ("/hooks/refir/5f8c1e0a9b7d4c3e2f1a0b9c8d7e6f5b".to_owned(), StatusCode::NOT_FOUND),
        ("/hooks/refir/".to_owned(), StatusCode::NOT_FOUND),
    ] {
        let app = Router::new().fallback(|_: Webhook<Refir>| async {}).with_state(endpoint.clone());
        let request = Request::post(&uri).body(Body::from("{}")).unwrap();
        assert_eq!(app.oneshot(request).await.unwrap().status(), want, "{uri}");
    }
}

/// Returns the status from a route under the layer. Its handler has a delivery and answers `answered`.
async fn with_delivery<P: Platform + Default>(answered: u16) -> u16 {
    let endpoint = Endpoint::<P>::new(P::default().facts().scheme.secret_from(&[7; 32])).unwrap();
    let request = signed(&endpoint, "{}");
    let handler = move |_: Webhook<P>| async move { StatusCode::from_u16(answered).unwrap() };
    let app = Router::new().fallback(handler).layer(ContractLayer::<P>::new()).with_state(endpoint);
    app.oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn any_failure_after_a_delivery_is_a_transient_fault() {
    for (answered, at_redpin, at_prefinery) in [
        (200, 200, 200),
        (204, 200, 200),
        (302, 503, 429),
        (400, 503, 429),
        (404, 503, 429),
        (409, 503, 429),
        (500, 503, 429),
    ] {
        assert_eq!(with_delivery::<Redpin>(answered).await, at_redpin, "{answered} at Redpin");
        assert_eq!(with_delivery::<Prefinery>(answered).await, at_prefinery, "{answered} at Prefinery");
    }
}

#[tokio::test]
async fn the_contract_layer_keeps_refusals() {
    let endpoint = Endpoint::<Prefinery>::new("prefinery-example-secret").unwrap();
    let request = Request::post("/").body(Body::from("{}")).unwrap();
    let route = post(|_: Webhook<Prefinery>| async {}).layer(ContractLayer::<Prefinery>::new());
    let app = Router::new().route("/", route).with_state(endpoint);
    assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

/// Returns the status from a route under the layer. Its handler has no delivery and answers `answered`, or panics.
async fn under_contract<P: Platform + Default>(answered: Option<u16>) -> u16 {
    let handler = move || async move { StatusCode::from_u16(answered.expect("the panic of the handler")).unwrap() };
    let route = post(handler).layer(ContractLayer::<P>::new());
    let request = Request::post("/").body(Body::empty()).unwrap();
    Router::new().route("/", route).oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_contract_layer_translates_answers_and_catches_panics() {
    for (answered, at_redpin, at_prefinery) in [
        (Some(200), 200, 200),
        (Some(201), 200, 200),
        (Some(202), 200, 200),
        (Some(204), 200, 200),
        (Some(302), 503, 429),
        (Some(400), 400, 400),
        (Some(401), 401, 401),
        (Some(404), 404, 404),
        (Some(408), 503, 429),
        (Some(410), 503, 429),
        (Some(413), 413, 413),
        (Some(429), 503, 429),
        (Some(500), 503, 429),
        (Some(503), 503, 429),
        (None, 503, 429),
    ] {
        assert_eq!(under_contract::<Redpin>(answered).await, at_redpin, "{answered:?} at Redpin");
        assert_eq!(under_contract::<Prefinery>(answered).await, at_prefinery, "{answered:?} at Prefinery");
    }
}

#[tokio::test]
async fn a_panic_before_the_first_await_is_caught() {
    let broken = tower::service_fn(|_: Request<Body>| -> std::future::Ready<Result<Response, Infallible>> {
        panic!("the panic of the handler")
    });
    let service = tower::Layer::layer(&ContractLayer::<Redpin>::new(), broken);
    let request = Request::post("/").body(Body::empty()).unwrap();
    assert_eq!(service.oneshot(request).await.unwrap().status(), 503);
}

/// Returns a delivery of any platform.
fn delivery<P: Platform + Default>() -> Delivery<P> {
    let endpoint = Endpoint::<P>::new(P::default().facts().scheme.secret_from(&[7; 32])).unwrap();
    let now = OffsetDateTime::now_utc();
    endpoint.receive(&endpoint.sign(&Message::new("{}", now)).unwrap(), now).unwrap()
}

/// Compares the replies with the contract of each platform.
struct Replies(Vec<(&'static str, u16, u16)>);

impl Visit for Replies {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        let accepted = Reply::Accepted.into_response().status();
        assert_eq!(accepted, P::default().facts().contract.success, "{}", P::default().facts().name);
        let later = Reply::retry_later(&delivery::<P>()).into_response().status();
        self.0.push((P::default().facts().name, accepted.as_u16(), later.as_u16()));
    }
}

#[test]
fn a_reply_has_the_status_of_the_platform() {
    let mut replies = Replies(Vec::new());
    visit_all(&mut replies);
    let want = [
        ("dub", 200, 503),
        ("firstpromoter", 200, 503),
        ("friendbuy", 200, 503),
        ("genius-referrals", 200, 503),
        ("growsurf", 200, 503),
        ("loyaltylion", 200, 503),
        ("prefinery", 200, 429),
        ("redpin", 200, 503),
        ("referral-rocket", 200, 503),
        ("refersion", 200, 503),
        ("refir", 200, 503),
        ("rewardful", 200, 503),
        ("saasquatch", 200, 503),
        ("talkable", 200, 503),
        ("tolt", 200, 503),
    ];
    for reply in want {
        assert!(replies.0.contains(&reply), "{reply:?} in {:?}", replies.0);
    }
}

#[tokio::test]
async fn a_handler_can_answer_retry_later() {
    async fn later(Webhook(delivery): Webhook<Prefinery>) -> Reply {
        Reply::retry_later(&delivery)
    }
    let endpoint = Endpoint::<Prefinery>::new("prefinery-example-secret").unwrap();
    let request = signed(&endpoint, "{}");
    let app = Router::new().fallback(later).with_state(endpoint);
    assert_eq!(app.oneshot(request).await.unwrap().status(), 429);
}

fn endpoints() -> Endpoints<Redpin> {
    Endpoints::new(async |tenant: Tenant| Ok::<_, Infallible>((tenant.as_str() == "acme").then(redpin)))
}

#[tokio::test]
async fn a_route_without_a_tenant_is_misconfigured() {
    async fn look(received: Result<TenantWebhook<Redpin>, Rejection>) -> Rejection {
        let rejection = received.unwrap_err();
        assert!(matches!(rejection.error().kind(), ErrorKind::Misconfigured(_)), "{:?}", rejection.error());
        rejection
    }
    for (route, path) in [("/", "/"), ("/hooks/{shop}", "/hooks/acme"), ("/hooks/{*tenants}", "/hooks/acme")] {
        let app = Router::new().route(route, post(look)).with_state(endpoints());
        let mut request = signed(&redpin(), REFERRAL);
        *request.uri_mut() = path.parse().unwrap();
        assert_eq!(app.oneshot(request).await.unwrap().status(), 503, "{route}");
    }
}

#[tokio::test]
async fn a_limit_of_axum_applies_to_tenants() {
    async fn accept(TenantWebhook(tenant, _): TenantWebhook<Redpin>) -> Reply {
        assert_eq!(tenant.as_str(), "acme");
        Reply::Accepted
    }
    for (limit, want) in [(REFERRAL.len(), 200), (REFERRAL.len() - 1, 413)] {
        let app = Router::new().route("/{tenant}", post(accept)).layer(DefaultBodyLimit::max(limit));
        let mut request = signed(&redpin(), REFERRAL);
        *request.uri_mut() = "/acme".parse().unwrap();
        assert_eq!(app.with_state(endpoints()).oneshot(request).await.unwrap().status(), want);
    }
}

#[tokio::test]
async fn the_extractor_finds_the_token_in_a_nested_router() {
    let token = "5f8c1e0a9b7d4c3e2f1a0b9c8d7e6f5a";
    let endpoint = Endpoint::<Refir>::new(token).unwrap();
    let route = || post(|_: Webhook<Refir>| async {}).layer(ContractLayer::<Refir>::new());
    let inner = || Router::new().route("/", route()).with_state(endpoint.clone());
    for (label, app) in [
        ("nest", Router::new().nest("/hooks/{token}", inner())),
        ("nest_service", Router::new().nest_service("/hooks/{token}", inner())),
        ("nested twice", Router::new().nest("/hooks", Router::new().nest("/{token}", inner()))),
    ] {
        for (token, want) in [(token, 200), ("5f8c1e0a9b7d4c3e2f1a0b9c8d7e6f5b", 404)] {
            let request = Request::post(format!("/hooks/{token}")).body(Body::from("{}")).unwrap();
            assert_eq!(app.clone().oneshot(request).await.unwrap().status(), want, "{label}");
        }
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_near_misses() {
    let missed = near_misses(WebhookRoutes::new().route::<Prefinery>("/hooks/prefinery"));
    let app = Router::new()
        .route("/hooks/prefinery", post(|_: Webhook<Prefinery>| async {}))
        .fallback(missed.clone())
        .method_not_allowed_fallback(missed)
        .with_state(Endpoint::<Prefinery>::new("prefinery-example-secret").unwrap());
    for (method, path, want) in [
        ("POST", "/hooks/prefinery/", 429),
        ("POST", "/hooks/Prefinery", 429),
        ("POST", "/hooks/prefinery", 401),
        ("GET", "/hooks/prefinery", 405),
        ("HEAD", "/hooks/prefinery", 405),
        ("OPTIONS", "/hooks/prefinery", 405),
        ("PUT", "/hooks/prefinery", 405),
        ("GET", "/", 404),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), want, "{method} {path}");
        assert_eq!(response.headers().contains_key("allow"), want == 405, "{method} {path}");
    }
}

#[tokio::test]
async fn pings_are_answered_without_the_handler() {
    async fn on_refir(_: Webhook<Refir>) {
        panic!("a ping is no delivery")
    }
    let token = "5f8c1e0a9b7d4c3e2f1a0b9c8d7e6f5a";
    let route = post(on_refir).get(answer_ping::<Refir>).layer(ContractLayer::<Refir>::new());
    let app = Router::new().route("/hooks/{token}", route).with_state(Endpoint::<Refir>::new(token).unwrap());
    for (method, token, want) in
        [("GET", token, 200), ("HEAD", token, 200), ("PUT", token, 405), ("GET", "another-token-here", 404)]
    {
        let request = Request::builder().method(method).uri(format!("/hooks/{token}")).body(Body::empty()).unwrap();
        assert_eq!(app.clone().oneshot(request).await.unwrap().status(), want, "{method} {token}");
    }
}

#[tokio::test]
async fn a_handler_ends_after_its_connection_was_dropped() {
    let ended = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&ended);
    let work = async move |_: Webhook<Redpin>| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        counter.fetch_add(1, Ordering::SeqCst);
        Reply::Accepted
    };
    let route = post(work).layer(ContractLayer::<Redpin>::new());
    let app = Router::new().route("/", route).with_state(redpin());
    let answering = app.oneshot(signed(&redpin(), REFERRAL));
    // A server drops the answer with the connection.
    assert!(tokio::time::timeout(Duration::from_millis(5), answering).await.is_err());
    assert_eq!(handlers::running(), 1);
    handlers::ended().await;
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}
