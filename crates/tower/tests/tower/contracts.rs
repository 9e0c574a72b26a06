//! The layer of a whole application, and the fallback.

use std::fmt::{Debug, Write as _};
use std::future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::Full;
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::platform::friendbuy::Friendbuy;
use referral_webhooks_tower::platform::prefinery::Prefinery;
use referral_webhooks_tower::platform::redpin::Redpin;
use referral_webhooks_tower::platform::refir::Refir;
use referral_webhooks_tower::{
    ContractLayer, ContractsLayer, Delivery, Endpoint, NearMisses, Reply, VerifyLayer, WebhookRoutes, WebhookService,
};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tower::{BoxError, Layer as _, Service, ServiceExt as _, service_fn};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{REFERRAL, prefinery, redpin, signed};

const TOKEN: &str = "kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA";

fn routes() -> WebhookRoutes {
    WebhookRoutes::new()
        .route::<Prefinery>("/hooks/prefinery")
        .route::<Redpin>("/{tenant}/redpin")
        .route::<Refir>("/hooks/refir/{token}")
}

fn paths() -> [(String, Option<[u16; 2]>); 4] {
    // The platform's statuses for "later" and for 413.
    [
        ("/hooks/prefinery".to_owned(), Some([429, 413])),
        ("/shop-7/redpin".to_owned(), Some([503, 413])),
        (format!("/hooks/refir/{TOKEN}"), Some([503, 413])),
        ("/shop".to_owned(), None),
    ]
}

async fn status<S>(service: S, method: Method, path: &str) -> u16
where
    S: Service<Request, Response = Response, Error = std::convert::Infallible>,
{
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    service.oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn answers_outside_of_the_routes_keep_the_contracts() {
    for answered in [408, 413, 429, 500, 502, 503, 504, 302, 410] {
        let outside =
            from_fn(move |_: Request, _: Next| async move { StatusCode::from_u16(answered).unwrap().into_response() });
        let app = Router::new().layer(outside).layer(ContractsLayer::new(routes()));
        for (path, statuses) in paths() {
            let want = statuses.map_or(answered, |[later, too_large]| if answered == 413 { too_large } else { later });
            assert_eq!(status(app.clone(), Method::POST, &path).await, want, "{answered} at {path}");
        }
    }
}

/// A service that never becomes ready.
#[derive(Clone)]
struct Closed;

impl Service<Request> for Closed {
    type Response = Response;
    type Error = BoxError;
    type Future = future::Ready<Result<Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Err("the service is closed".into()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        unreachable!("the service is not ready")
    }
}

#[tokio::test]
async fn failed_layers_and_panics_ask_for_another_attempt() {
    let failed = service_fn(async |_: Request| Err::<Response, BoxError>("service overloaded".into()));
    let panicked = service_fn(async |_: Request| -> Result<Response, BoxError> { panic!("the panic of a layer") });
    for (path, statuses) in paths() {
        let later = statuses.map_or(503, |[later, _]| later);
        let layer = ContractsLayer::new(routes());
        assert_eq!(status(layer.layer(failed), Method::POST, &path).await, later, "failed at {path}");
        assert_eq!(status(layer.layer(Closed), Method::POST, &path).await, later, "closed at {path}");
        if statuses.is_some() {
            assert_eq!(status(layer.layer(panicked), Method::POST, &path).await, later, "panicked at {path}");
        }
    }
}

/// Answers 408 after a while.
async fn time_out(request: Request, next: Next) -> Response {
    let answered = timeout(Duration::from_millis(50), next.run(request)).await;
    answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

#[tokio::test]
async fn a_handler_ends_after_a_time_out_outside_of_its_route() {
    let (table, no_table) = (WebhookRoutes::new().route::<Prefinery>("/"), WebhookRoutes::new());
    for (label, routes) in [("in the table", table), ("at a route that the table omits", no_table)] {
        let ended = Arc::new(Notify::new());
        let work = {
            let ended = Arc::clone(&ended);
            async move |_: Extension<Delivery<Prefinery>>| {
                sleep(Duration::from_millis(200)).await;
                ended.notify_one();
            }
        };
        let app = Router::new()
            .route("/", post(work).layer(VerifyLayer::new(prefinery())))
            .layer(from_fn(time_out))
            .layer(ContractsLayer::new(routes));
        let request = signed(&prefinery(), "{}").map(Body::new);
        assert_eq!(app.oneshot(request).await.unwrap().status(), 429, "{label}");
        timeout(Duration::from_secs(5), ended.notified()).await.expect("the handler was dropped");
    }
}

#[tokio::test]
async fn the_token_is_found_behind_a_router_that_shortens_the_path() {
    let endpoint = Endpoint::<Refir>::new(TOKEN).unwrap();
    let service = || WebhookService::new(endpoint.clone(), async |_: Delivery<Refir>| Reply::Accepted);
    let verified = || {
        let layer = VerifyLayer::new(endpoint.clone());
        Router::new().fallback(post(|_: Extension<Delivery<Refir>>| async {})).layer(layer)
    };
    let contract = ContractLayer::<Refir>::new();
    let path = format!("/hooks/{TOKEN}");
    for (label, app) in [
        ("nested service", Router::new().nest_service("/hooks/{token}", service())),
        ("nested router", Router::new().nest("/hooks/{token}", Router::new().route_service("/", service()))),
        ("nested layer", Router::new().nest("/hooks/{token}", verified().layer(contract))),
        ("nested twice", Router::new().nest("/hooks", Router::new().nest_service("/{token}", service()))),
    ] {
        assert_eq!(status(app.clone(), Method::POST, &path).await, 200, "{label}");
        let wrong = path.replace("kT9", "kT8");
        assert_eq!(status(app, Method::POST, &wrong).await, 404, "{label}, another token");
    }
    // Any other layer that shortens the path.
    let strip = tower::util::MapRequestLayer::new(|mut request: Request| {
        *request.uri_mut() = "/".parse().unwrap();
        request
    });
    let app = ContractsLayer::new(WebhookRoutes::new()).layer(strip.layer(Router::new().fallback_service(service())));
    assert_eq!(status(app, Method::POST, &path).await, 200, "behind the outermost layer");
}

#[tokio::test]
async fn a_near_miss_keeps_the_event() {
    let fallback = NearMisses::new(routes());
    for (method, path, want) in [
        (Method::POST, "/hooks/prefinery/".to_owned(), 429),
        (Method::POST, "/hooks//prefinery".to_owned(), 429),
        (Method::POST, "/Hooks/Prefinery".to_owned(), 429),
        (Method::POST, "/hooks/%70refinery".to_owned(), 429),
        (Method::POST, "/shop-7/redpin/".to_owned(), 503),
        (Method::POST, format!("/hooks/refir/{TOKEN}/"), 503),
        (Method::POST, "/hooks/refir".to_owned(), 503),
        (Method::GET, "/hooks/prefinery".to_owned(), 405),
        (Method::HEAD, "/hooks/prefinery".to_owned(), 405),
        (Method::OPTIONS, "/hooks/prefinery".to_owned(), 405),
        (Method::PUT, "/hooks/prefinery".to_owned(), 405),
        (Method::GET, "/hooks/prefinery/".to_owned(), 404),
        (Method::POST, "/favicon.ico".to_owned(), 404),
    ] {
        let app = Router::new().fallback_service(fallback.clone());
        assert_eq!(status(app, method.clone(), &path).await, want, "{method} {path}");
    }
}

#[tokio::test]
async fn pings_are_answered_without_the_handler() {
    fn doors<P: Platform + Default>(endpoint: Endpoint<P>) -> [Router; 2] {
        let service = WebhookService::new(endpoint.clone(), async |_: Delivery<P>| panic!("a ping is no delivery"));
        async fn inner() {
            panic!("a ping is no delivery")
        }
        let layered = Router::new().fallback(inner).layer(VerifyLayer::new(endpoint));
        [Router::new().fallback_service(service), layered]
    }
    let (right, wrong) = (format!("/hooks/{TOKEN}"), "/hooks/another-token-here".to_owned());
    let refir = Endpoint::<Refir>::new(TOKEN).unwrap();
    for app in doors(refir.clone().answering_pings()) {
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(status(app.clone(), method.clone(), &right).await, 200, "{method}");
            assert_eq!(status(app.clone(), method.clone(), &wrong).await, 404, "{method} with another token");
        }
    }
    for app in doors(redpin().answering_pings()) {
        assert_eq!(status(app.clone(), Method::GET, "/hooks/redpin").await, 200);
        assert_eq!(status(app.clone(), Method::POST, "/hooks/redpin").await, 401, "a delivery without a signature");
    }
    let [service, _] = doors(refir);
    assert_eq!(status(service, Method::GET, &right).await, 405, "without the setting");
}

/// A subscriber that keeps the events as text.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<String>>);

struct Line<'l>(&'l mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "referral_webhooks"
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn translations_and_near_misses_are_logged_without_the_token() {
    let lines = Lines::default();
    let _logging = tracing::subscriber::set_default(lines.clone());
    // With a single subscriber, a thread without one would disable the events for all threads.
    let _second = tracing::Dispatch::new(lines.clone());
    let logged = || std::mem::take(&mut *lines.0.lock().unwrap());

    // A delivery, so that the bounded rate for unproven requests does not matter.
    let handler = |_: Extension<Delivery<Prefinery>>| async { StatusCode::BAD_GATEWAY };
    let app = Router::new().route("/hooks/{tenant}", post(handler).layer(VerifyLayer::new(prefinery())));
    let mut request = signed(&prefinery(), REFERRAL).map(Body::new);
    *request.uri_mut() = "/hooks/shop-7".parse().unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status(), 429);
    let line = logged();
    for part in ["platform=\"prefinery\"", "path=\"/hooks/{tenant}\"", "from=502", "to=429"] {
        assert!(line.contains(part), "{part} in {line}");
    }

    let app = Router::new().fallback_service(NearMisses::new(routes()));
    status(app, Method::POST, &format!("/hooks/refir/{TOKEN}/")).await;
    let line = logged();
    for part in ["platform=\"refir\"", "path=\"/hooks/refir/{token}\"", "difference=trailing slash", "method=\"POST\""]
    {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!line.contains(TOKEN), "{line}");
}

/// Friendbuy takes 200 for "pay", 400 for "do not pay", and asks again after every other status.
#[tokio::test]
async fn a_decision_is_passed_on_and_every_other_answer_decides_nothing() {
    let endpoint = Endpoint::<Friendbuy>::new("an-example-of-32-letters-for-keys").unwrap();
    let question = r#"{"recipientType":"advocate","eventType":"purchase","campaignId":"c"}"#;
    let reward =
        r#"{"id":"1","type":"advocateReward","createdOn":"2026-01-15T10:30:08.509Z","data":[{"rewardId":"r"}]}"#;
    for (body, answered, want) in [
        (question, 200, 200),
        (question, 400, 400),
        (question, 201, 503),
        (question, 204, 503),
        (question, 401, 503),
        (question, 404, 503),
        (question, 500, 503),
        // No question: every success is one, and every refusal asks for the event again.
        (reward, 201, 200),
        (reward, 400, 503),
    ] {
        let answer = move |_: http::Request<Full<Bytes>>| async move {
            Ok::<_, BoxError>(StatusCode::from_u16(answered).unwrap().into_response())
        };
        let verified = VerifyLayer::new(endpoint.clone()).layer(service_fn(answer));
        let request = || signed(&endpoint, body).map(Body::new);
        let status = verified.clone().oneshot(request()).await.unwrap().status().as_u16();
        assert_eq!(status, want, "the layer that verifies: {body} answered with {answered}");
        let app = Router::new().route_service("/", verified);
        let layered = ContractsLayer::new(WebhookRoutes::new().route::<Friendbuy>("/")).layer(app);
        let status = layered.oneshot(request()).await.unwrap().status().as_u16();
        assert_eq!(status, want, "the layer of the application: {body} answered with {answered}");
    }
}
