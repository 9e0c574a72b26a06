//! The service under plain hyper, and the layer before a handler of axum.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Extension};
use axum::routing::post;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::{Delivery, Endpoint, Reply, VerifyLayer, WebhookService};
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use tower::util::MapResponseLayer;

use super::{Door, Outcome, Outcomes, Server, Task};

pub(crate) struct Service;

pub(crate) struct Layer;

/// The place of a delivery between its handler and the response.
struct Slot<P: Platform + Default>(Arc<Mutex<Option<Delivery<P>>>>);

impl<P: Platform + Default> Clone for Slot<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Platform + Default> Slot<P> {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn put(&self, delivery: Delivery<P>) {
        *self.0.lock().unwrap() = Some(delivery);
    }

    fn answered(&self, status: StatusCode, outcomes: &Outcomes<P>) {
        let received = self.0.lock().unwrap().take().map(Ok);
        outcomes.send(Outcome { received, status }).ok().unwrap();
    }
}

impl Door for Service {
    async fn serve<P: Platform + Default>(&self, endpoint: Endpoint<P>, outcomes: Outcomes<P>) -> Server {
        let slot = Slot::new();
        let taken = slot.clone();
        let handler = move |delivery: Delivery<P>| {
            taken.put(delivery);
            async { Reply::Accepted }
        };
        let service = WebhookService::new(endpoint, handler);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let answer = service_fn(|request: Request<Incoming>| async {
                let response = service.clone().oneshot(request).await?;
                slot.answered(response.status(), &outcomes);
                Ok::<Response<Full<Bytes>>, Infallible>(response)
            });
            // If the sender hangs up, the connection ends with an error.
            let _ = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), answer).await;
        });
        Server { address, _guard: Box::new(Task(serving)) }
    }
}

impl Door for Layer {
    async fn serve<P: Platform + Default>(&self, endpoint: Endpoint<P>, outcomes: Outcomes<P>) -> Server {
        let slot = Slot::new();
        let taken = slot.clone();
        let handler = |Extension(delivery): Extension<Delivery<P>>, body: Bytes| async move {
            assert_eq!(delivery.body(), &body, "the bytes that are passed on");
            taken.put(delivery);
        };
        let observe = move |response: Response<Body>| {
            slot.answered(response.status(), &outcomes);
            response
        };
        let app = Router::new().fallback(post(handler)).layer(DefaultBodyLimit::disable());
        super::axum::serve(app.layer(VerifyLayer::new(endpoint)).layer(MapResponseLayer::new(observe))).await
    }
}
