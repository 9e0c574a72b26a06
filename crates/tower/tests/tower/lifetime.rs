//! A handler outlives its connection, and an unproven request does not.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::routing::post;
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use http::{Request, Response};
use http_body_util::Full;
use referral_webhooks_tower::platform::redpin::Redpin;
use referral_webhooks_tower::{ContractLayer, Delivery, Reply, VerifyLayer, WebhookService, handlers, receive};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::sockets::{half_closing, on_axum, on_hyper, wire};
use crate::support::{REFERRAL, TestBody, redpin, signed, streamed};

const SOON: Duration = Duration::from_secs(10);

/// A handler that waits in the middle of its work.
#[derive(Clone)]
struct Work {
    begun: Arc<Notify>,
    go_on: Arc<Semaphore>,
    ended: Arc<Notify>,
}

impl Work {
    fn new() -> Self {
        Self { begun: Arc::default(), go_on: Arc::new(Semaphore::new(0)), ended: Arc::default() }
    }

    async fn run(self) -> Reply {
        self.begun.notify_one();
        self.go_on.acquire().await.unwrap().forget();
        self.ended.notify_one();
        Reply::Accepted
    }
}

async fn hang_up_during_the_work(label: &str, address: SocketAddr, work: &Work) {
    let mut sender = TcpStream::connect(address).await.unwrap();
    let framing = format!("content-length: {}", REFERRAL.len());
    sender.write_all(&wire(&framing, REFERRAL.as_bytes())).await.unwrap();
    timeout(SOON, work.begun.notified()).await.unwrap_or_else(|_| panic!("{label}: the handler did not begin"));
    drop(sender);
    // The server sees the end of the connection.
    sleep(Duration::from_millis(100)).await;
    assert!(handlers::running() > 0, "{label}: the running handler is counted");
    work.go_on.add_permits(1);
    timeout(SOON, work.ended.notified()).await.unwrap_or_else(|_| panic!("{label}: the handler was dropped"));
}

#[tokio::test]
async fn a_handler_ends_after_its_sender_hung_up() {
    let work = Work::new();
    let service = {
        let work = work.clone();
        WebhookService::new(redpin(), move |_: Delivery<Redpin>| work.clone().run())
    };
    let inner = {
        let work = work.clone();
        service_fn(move |_: Request<Full<Bytes>>| {
            work.clone().run().map(|reply| Ok::<Response<Full<Bytes>>, Infallible>(reply.into()))
        })
    };
    let layered = VerifyLayer::new(redpin()).layer(inner);
    // A service with its own call of `receive`.
    let own = {
        let work = work.clone();
        ContractLayer::<Redpin>::new().layer(service_fn(move |request: Request<hyper::body::Incoming>| {
            let work = work.clone();
            async move {
                Ok::<Response<Full<Bytes>>, Infallible>(match receive(&redpin(), request).await {
                    Ok(_) => work.run().await.into(),
                    Err(rejection) => rejection.into(),
                })
            }
        }))
    };
    let handler = {
        let work = work.clone();
        post(move |_: Extension<Delivery<Redpin>>| work.run().map(Response::<axum::body::Body>::from))
    };
    let servers = [
        ("service on hyper", on_hyper(service.clone(), false).await),
        ("service on a half-closing hyper", on_hyper(service.clone(), true).await),
        ("layer on hyper", on_hyper(layered, false).await),
        ("contract layer on hyper", on_hyper(own, false).await),
        ("service on axum", on_axum(Router::new().route_service("/", service)).await),
        ("layer on axum", on_axum(Router::new().route("/", handler.layer(VerifyLayer::new(redpin())))).await),
    ];
    for (label, address) in servers {
        hang_up_during_the_work(label, address, &work).await;
    }
    timeout(SOON, handlers::ended()).await.expect("no handler is left");
}

#[tokio::test]
async fn an_incomplete_body_is_dropped_with_its_connection() {
    let held = Arc::new(());
    let guard = Arc::clone(&held);
    let first = stream::iter([Ok(Bytes::from("{"))]);
    let body = first.chain(stream::pending().inspect(move |_| drop(Arc::clone(&guard))));
    let request = signed(&redpin(), REFERRAL).map(|_| streamed(body));
    let service = WebhookService::new(redpin(), async |_: Delivery<Redpin>| Reply::Accepted);
    let mut answering = Box::pin(service.oneshot(request));
    assert!((&mut answering).now_or_never().is_none(), "the body is incomplete");
    assert_eq!(Arc::strong_count(&held), 2);
    drop(answering);
    tokio::task::yield_now().await;
    assert_eq!(Arc::strong_count(&held), 1, "the body is freed");
}

#[tokio::test]
async fn every_half_closing_sender_gets_its_answer() {
    let service = WebhookService::new(redpin(), async |_: Delivery<Redpin>| {
        sleep(Duration::from_millis(20)).await;
        Reply::Accepted
    });
    let address = on_hyper(service, true).await;
    let framing = format!("content-length: {}", REFERRAL.len());
    for number in 0..20 {
        assert_eq!(half_closing(address, &wire(&framing, REFERRAL.as_bytes())).await, Some(200), "sender {number}");
    }
}

/// A subscriber that counts the events of the handler.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Subscriber for Counting {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "a handler"
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
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
async fn a_handler_in_a_task_keeps_the_subscriber() {
    let counting = Counting::default();
    // With a single subscriber, a thread without one would disable the events for all threads.
    let _second = tracing::Dispatch::new(counting.clone());
    let service = WebhookService::new(redpin(), async |_: Delivery<Redpin>| {
        sleep(Duration::from_millis(1)).await;
        tracing::info!(target: "a handler", "in the task");
        Reply::Accepted
    });
    let request: Request<TestBody> = signed(&redpin(), REFERRAL);
    let answering = {
        let _logging = tracing::subscriber::set_default(counting.clone());
        let mut answering = Box::pin(service.oneshot(request));
        assert!((&mut answering).now_or_never().is_none());
        answering
    };
    // The subscriber is not the thread's any more.
    assert_eq!(answering.await.unwrap().status(), 200);
    assert_eq!(counting.0.load(Ordering::SeqCst), 1);
}
