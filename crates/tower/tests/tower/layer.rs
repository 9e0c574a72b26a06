//! The layers: the request for the inner service, and the translated answer.

use std::convert::Infallible;
use std::future::{self, Ready};
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::{Extension, State};
use axum::response::IntoResponse as _;
use axum::routing::post;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::platform::prefinery::Prefinery;
use referral_webhooks_tower::platform::redpin::Redpin;
use referral_webhooks_tower::{Delivery, Endpoint, VerifyLayer};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

use crate::support::{REFERRAL, TestBody, counted, prefinery, read, redpin, signed};

#[tokio::test]
async fn an_inner_service_receives_the_verified_bytes_and_the_delivery() {
    let pieces = vec![Ok(REFERRAL[..1].into()), Ok(REFERRAL[1..20].into()), Ok(REFERRAL[20..].into())];
    let mut request = signed(&redpin(), REFERRAL);
    *request.body_mut() = counted(pieces).0;
    *request.uri_mut() = "/hooks/redpin?from=here".parse().unwrap();
    request.extensions_mut().insert("set by a layer outside");
    let headers = request.headers().clone();
    let inner = service_fn(move |request: Request<Full<Bytes>>| {
        let headers = headers.clone();
        async move {
            let delivery = request.extensions().get::<Delivery<Redpin>>().unwrap().clone();
            assert_eq!((request.headers(), delivery.headers()), (&headers, &headers));
            assert_eq!(
                (request.method().as_str(), request.uri().to_string().as_str()),
                ("POST", "/hooks/redpin?from=here")
            );
            assert_eq!(request.extensions().get(), Some(&"set by a layer outside"));
            assert_eq!(delivery.body(), REFERRAL);
            assert_eq!(request.into_body().collect().await.unwrap().to_bytes(), REFERRAL);
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("credited")))
        }
    });
    let response = read(VerifyLayer::new(redpin()).layer(inner).oneshot(request).await.unwrap()).await;
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"credited"[..]));
}

/// Returns the status and `Retry-After` from the layer, if the inner service answers `answered`.
async fn translated<P: Platform + Default>(endpoint: Endpoint<P>, answered: u16) -> (u16, Option<String>) {
    let inner = service_fn(move |_: Request<Full<Bytes>>| async move {
        let mut response = Response::new(Full::<Bytes>::default());
        *response.status_mut() = StatusCode::from_u16(answered).unwrap();
        Ok::<_, Infallible>(response)
    });
    let request = signed(&endpoint, REFERRAL);
    let response = read(VerifyLayer::new(endpoint).layer(inner).oneshot(request).await.unwrap()).await;
    let wait = response.headers().get(RETRY_AFTER).map(|wait| wait.to_str().unwrap().to_owned());
    (response.status().as_u16(), wait)
}

#[tokio::test]
async fn answers_are_translated_into_the_contract() {
    for (answered, at_redpin, at_prefinery) in [
        (200, 200, 200),
        (201, 200, 200),
        (204, 200, 200),
        (302, 503, 429),
        (400, 503, 429),
        (404, 503, 429),
        (408, 503, 429),
        (410, 503, 429),
        (429, 503, 429),
        (500, 503, 429),
        (503, 503, 429),
    ] {
        // The layer adds `Retry-After` to a status that it translates, and leaves a 503 of the service unchanged.
        let wait = (at_redpin == 503 && answered != 503).then(|| "60".to_owned());
        assert_eq!(translated(redpin(), answered).await, (at_redpin, wait), "{answered} at Redpin");
        assert_eq!(translated(prefinery(), answered).await, (at_prefinery, None), "{answered} at Prefinery");
    }
}

fn panic_of_the_inner_service() -> Result<Response<Full<Bytes>>, Infallible> {
    panic!("the panic of the inner service")
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_of_the_inner_service().unwrap();
    }
}

#[tokio::test]
async fn a_panic_of_the_inner_service_is_a_transient_fault() {
    async fn after_panic<P: Platform + Default>(endpoint: Endpoint<P>) -> [u16; 3] {
        let at_once = service_fn(|_: Request<Full<Bytes>>| -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
            future::ready(panic_of_the_inner_service())
        });
        let later = service_fn(|_: Request<Full<Bytes>>| async {
            tokio::task::yield_now().await;
            panic_of_the_inner_service()
        });
        let when_done = service_fn(|_: Request<Full<Bytes>>| {
            let bomb = Bomb;
            future::poll_fn(move |_| {
                let _held = &bomb;
                Poll::Ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
            })
        });
        let layer = VerifyLayer::new(endpoint.clone());
        let at_once = layer.layer(at_once).oneshot(signed(&endpoint, REFERRAL)).await.unwrap().status();
        let later = layer.layer(later).oneshot(signed(&endpoint, REFERRAL)).await.unwrap().status();
        let when_done = layer.layer(when_done).oneshot(signed(&endpoint, REFERRAL)).await.unwrap().status();
        [at_once.as_u16(), later.as_u16(), when_done.as_u16()]
    }
    assert_eq!(after_panic(redpin()).await, [503; 3]);
    assert_eq!(after_panic(prefinery()).await, [429; 3]);
}

/// A service that panics if it is called before it is polled ready. tower allows this.
struct Strict {
    is_ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { is_ready: false }
    }
}

impl Service<Request<Full<Bytes>>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without being ready");
        future::ready(Ok(Response::default()))
    }
}

#[tokio::test]
async fn the_layer_calls_the_service_that_was_polled_ready() {
    let mut service = VerifyLayer::new(redpin()).layer(Strict { is_ready: false });
    for round in 0..3 {
        future::poll_fn(|context| Service::<Request<TestBody>>::poll_ready(&mut service, context)).await.unwrap();
        let answered = service.call(signed(&redpin(), REFERRAL)).await.unwrap();
        assert_eq!(answered.status(), 200, "round {round}");
    }
}

#[tokio::test]
async fn one_axum_application_serves_two_platforms() {
    async fn name<P: Platform + Default>(
        State(prefix): State<&'static str>,
        Extension(delivery): Extension<Delivery<P>>,
        body: Bytes,
    ) -> axum::response::Response {
        assert_eq!(delivery.body(), &body);
        format!("{prefix}{}", P::default().facts().name).into_response()
    }
    let app = Router::new()
        .route("/hooks/redpin", post(name::<Redpin>).layer(VerifyLayer::new(redpin())))
        .route("/hooks/prefinery", post(name::<Prefinery>).layer(VerifyLayer::new(prefinery())))
        .with_state("from ");
    let send = |path: &str, mut request: Request<TestBody>| {
        *request.uri_mut() = path.parse().unwrap();
        let app = app.clone();
        async move { read(app.oneshot(request.map(axum::body::Body::new)).await.unwrap()).await }
    };
    assert_eq!(send("/hooks/redpin", signed(&redpin(), "{}")).await.body(), "from redpin");
    assert_eq!(send("/hooks/prefinery", signed(&prefinery(), "{}")).await.body(), "from prefinery");
    assert_eq!(send("/hooks/prefinery", signed(&redpin(), "{}")).await.status(), 401);
}
