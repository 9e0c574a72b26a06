//! Endpoints, bodies and both doors.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::platform::prefinery::Prefinery;
use referral_webhooks_tower::platform::redpin::Redpin;
use referral_webhooks_tower::{Delivery, Endpoint, Message, Reply, VerifyLayer, WebhookService};
use time::OffsetDateTime;
use tower::{Layer as _, ServiceExt as _, service_fn};

pub(crate) const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;

pub(crate) fn redpin() -> Endpoint<Redpin> {
    Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

pub(crate) fn prefinery() -> Endpoint<Prefinery> {
    Endpoint::new("prefinery-example-secret").unwrap()
}

/// A boxed body that can fail.
pub(crate) type TestBody = UnsyncBoxBody<Bytes, &'static str>;

pub(crate) fn whole(body: impl Into<Bytes>) -> TestBody {
    Full::new(body.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Returns a body of these pieces, without an announced length.
pub(crate) fn streamed(pieces: impl Stream<Item = Result<Bytes, &'static str>> + Send + 'static) -> TestBody {
    StreamBody::new(pieces.map(|piece| piece.map(Frame::data))).boxed_unsync()
}

/// Returns a body of these pieces, with a counter of the pieces that were read.
pub(crate) fn counted(pieces: Vec<Result<Bytes, &'static str>>) -> (TestBody, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let pieces = futures_util::stream::iter(pieces).inspect(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    (streamed(pieces), asked)
}

/// Returns a request that the platform would send now.
pub(crate) fn signed<P: Platform + Default>(endpoint: &Endpoint<P>, body: &str) -> Request<TestBody> {
    signed_at(endpoint, body, OffsetDateTime::now_utc())
}

pub(crate) fn signed_at<P: Platform + Default>(
    endpoint: &Endpoint<P>,
    body: &str,
    at: OffsetDateTime,
) -> Request<TestBody> {
    endpoint.sign(&Message::new(body, at)).unwrap().map(whole)
}

/// The two doors that answer requests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Door {
    Service,
    Layer,
}

pub(crate) const DOORS: [Door; 2] = [Door::Service, Door::Layer];

/// Sends a request through a door. Returns the response and the number of calls of the inner service.
pub(crate) async fn through<P: Platform + Default>(
    door: Door,
    endpoint: Endpoint<P>,
    request: Request<TestBody>,
) -> (Response<Bytes>, usize) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let response = match door {
        Door::Service => {
            let handler = move |_: Delivery<P>| {
                counter.fetch_add(1, Ordering::Relaxed);
                async { Reply::Accepted }
            };
            read(WebhookService::new(endpoint, handler).oneshot(request).await.unwrap()).await
        }
        Door::Layer => {
            let inner = service_fn(move |_: Request<Full<Bytes>>| {
                counter.fetch_add(1, Ordering::Relaxed);
                async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) }
            });
            read(VerifyLayer::new(endpoint).layer(inner).oneshot(request).await.unwrap()).await
        }
    };
    (response, calls.load(Ordering::Relaxed))
}

/// Reads the body of a response.
pub(crate) async fn read<B>(response: Response<B>) -> Response<Bytes>
where
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}
