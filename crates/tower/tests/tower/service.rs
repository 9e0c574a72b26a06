//! The service: its function and its methods.

use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::ALLOW;
use http::{Method, Request};
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::platform::prefinery::Prefinery;
use referral_webhooks_tower::platform::redpin::{self, Redpin};
use referral_webhooks_tower::platform::refir::Refir;
use referral_webhooks_tower::{Delivery, Endpoint, Reply, VerifyLayer, WebhookService, receive};
use tower::ServiceExt as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::support::{Door, REFERRAL, prefinery, read, redpin, signed, through, whole};

/// Returns the status for a genuine delivery from a service with this function.
async fn answered<P, H, F>(endpoint: Endpoint<P>, body: &str, handler: H) -> u16
where
    P: Platform + Default,
    H: Fn(Delivery<P>) -> F + Clone + Send + 'static,
    F: Future<Output = Reply> + Send,
{
    let request = signed(&endpoint, body);
    let response = WebhookService::new(endpoint, handler).oneshot(request).await.unwrap();
    read(response).await.status().as_u16()
}

#[tokio::test]
async fn the_service_sends_the_reply_of_its_function() {
    async fn later<P: Platform + Default>(delivery: Delivery<P>) -> Reply {
        Reply::retry_later(&delivery)
    }
    let accept = |delivery: Delivery<Redpin>| {
        assert!(matches!(delivery.event(), redpin::Event::ReferralCreated(_)));
        assert_eq!(delivery.body(), REFERRAL);
        future::ready(Reply::Accepted)
    };
    assert_eq!(answered(redpin(), REFERRAL, accept).await, 200);
    assert_eq!(answered(redpin(), REFERRAL, later).await, 503);
    assert_eq!(answered(prefinery(), "{}", later).await, 429);
}

fn panic_at_once<P: Platform + Default>(_: Delivery<P>) -> future::Ready<Reply> {
    panic!("the panic of the handler")
}

async fn panic_later<P: Platform + Default>(_: Delivery<P>) -> Reply {
    tokio::task::yield_now().await;
    panic!("the panic of the handler")
}

#[tokio::test]
async fn a_panic_is_a_transient_fault() {
    assert_eq!(answered(redpin(), REFERRAL, panic_at_once).await, 503);
    assert_eq!(answered(redpin(), REFERRAL, panic_later).await, 503);
    assert_eq!(answered(prefinery(), "{}", panic_at_once).await, 429);
    assert_eq!(answered(prefinery(), "{}", panic_later).await, 429);
}

#[tokio::test]
async fn only_a_post_delivers_to_a_secret_url() {
    let token = "5f8c1e0a9b7d4c3e2f1a0b9c8d7e6f5a";
    let endpoint = Endpoint::<Refir>::new(token).unwrap();
    for (method, want) in
        [(Method::POST, (200, 1)), (Method::GET, (405, 0)), (Method::HEAD, (405, 0)), (Method::PUT, (405, 0))]
    {
        let request = Request::builder().method(&method).uri(format!("/hooks/refir/{token}"));
        let (response, calls) = through(Door::Service, endpoint.clone(), request.body(whole("{}")).unwrap()).await;
        assert_eq!((response.status().as_u16(), calls), want, "{method}");
        let allowed = response.headers().get(ALLOW).map(|methods| methods.to_str().unwrap());
        assert_eq!(allowed, (want.0 == 405).then_some("POST"), "{method}");
    }
}

/// A subscriber that counts warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "referral_webhooks" && *metadata.level() == Level::WARN
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
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
async fn a_weak_secret_is_logged_once_an_endpoint() {
    async fn refuse(_: Delivery<Prefinery>) -> Reply {
        unreachable!("the request has no signature")
    }
    let warnings = Warnings::default();
    let _logging = tracing::subscriber::set_default(warnings.clone());
    // With a single subscriber, a thread without one would disable the events for all threads.
    let _second = tracing::Dispatch::new(warnings.clone());
    let logged = || warnings.0.swap(0, Ordering::Relaxed);
    let weak = || Endpoint::<Prefinery>::new("qv7Lk2xPqv7").unwrap();

    let endpoint = weak();
    let _service = WebhookService::new(endpoint.clone(), refuse);
    assert_eq!(logged(), 1, "at the service");
    let _layer = VerifyLayer::new(endpoint);
    assert_eq!(logged(), 0, "of the same endpoint");
    let _layer = VerifyLayer::new(weak());
    assert_eq!(logged(), 1, "at the layer");
    let endpoint = weak();
    for expected in [2, 1] {
        assert!(receive(&endpoint, Request::new(whole("{}"))).await.is_err());
        assert_eq!(logged(), expected, "at the first request, with its refusal");
    }
    let _service = WebhookService::new(prefinery(), refuse);
    assert_eq!(logged(), 0, "of a good secret");
}
