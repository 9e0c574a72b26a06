//! An endpoint that is right, but for one fault.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::get;
use bytes::Bytes;
use http::header::LOCATION;
use http::{Method, Request, Response, StatusCode};
use referral_webhooks_axum::platform::{Event as _, Platform};
use referral_webhooks_axum::{Endpoint, ErrorKind, Message};
use time::OffsetDateTime;

use super::server::serve;

/// The limit of the endpoint on bodies.
const LIMIT: usize = 1_048_576;

/// The fault of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// Answers deliveries with this status.
    Success(u16),
    /// Refuses with this status.
    Refusal(u16),
    /// Answers what it cannot read with this status.
    Unreadable(u16),
    /// Answers repeats with this status.
    Repeated(u16),
    /// Answers every other method than POST with this status.
    Method(u16),
    /// Processes repeats again.
    NoMemory,
    /// Never looks at the signature.
    NoProof,
    /// Verifies the body as it would write it.
    Reserialised,
    /// Looks at no age.
    NoAge,
    /// Answers after this many seconds.
    Slow(u64),
    /// Redirects everything.
    Redirects,
    /// Redirects to the URL without a slash at its end.
    RedirectsSlash,
    /// Refuses with the secret in the answer.
    TellsSecret,
    /// Refuses with the expected signature in the answer.
    TellsSignature,
    /// Processes before it verifies.
    EffectFirst,
    /// Takes every method for a delivery.
    AnyMethod,
    /// Has no limit on bodies.
    NoLimit,
    /// Takes half a body for a whole one.
    HalfBody,
    /// Panics at what it refuses.
    Panics,
    /// Drops senders that close their side.
    NoHalfClose,
    /// Takes the first of two headers.
    FirstHeader,
}

/// A running endpoint.
pub(super) struct Wrong {
    pub(super) url: String,
    /// The URL that answers with the number of effects.
    pub(super) effects: String,
}

struct Shop<P> {
    endpoint: Endpoint<P>,
    secret: String,
    fault: Fault,
    effects: AtomicU64,
    seen: Mutex<HashSet<String>>,
}

/// Starts an endpoint with a fault.
pub(super) fn start<P: Platform + Default>(secret: &str, fault: Fault) -> Wrong {
    let endpoint = Endpoint::<P>::new(secret).unwrap().with_body_limit(usize::MAX);
    let endpoint = if fault == Fault::NoAge { endpoint.dangerously_accept_stale() } else { endpoint };
    let secret = secret.to_owned();
    let shop = Arc::new(Shop { endpoint, secret, fault, effects: AtomicU64::new(0), seen: Mutex::default() });
    let count = async |State(shop): State<Arc<Shop<P>>>| shop.effects.load(Ordering::SeqCst).to_string();
    let router = Router::new().route("/effects", get(count)).fallback(answer::<P>).with_state(shop);
    let base = format!("http://{}", serve(router, fault != Fault::NoHalfClose));
    Wrong { url: format!("{base}/hooks"), effects: format!("{base}/effects") }
}

async fn answer<P: Platform + Default>(State(shop): State<Arc<Shop<P>>>, request: Request<Body>) -> Response<Body> {
    let fault = shop.fault;
    let status = |number: u16| StatusCode::from_u16(number).unwrap();
    let path = request.uri().path().to_owned();
    if fault == Fault::Redirects || (fault == Fault::RedirectsSlash && path.ends_with('/')) {
        let to = Response::builder().status(308).header(LOCATION, "https://shop.example/new?token=planted");
        return to.body(Body::empty()).unwrap();
    }
    if request.method() != Method::POST && fault != Fault::AnyMethod {
        return plain(if let Fault::Method(number) = fault { status(number) } else { StatusCode::METHOD_NOT_ALLOWED });
    }
    let (parts, body) = request.into_parts();
    let limit = if fault == Fault::NoLimit { usize::MAX } else { LIMIT };
    let body = match collected(body, limit).await {
        Ok(body) => body,
        Err(_) if fault == Fault::HalfBody => return plain(StatusCode::OK),
        Err(error) => return plain(error),
    };
    let mut request = Request::from_parts(parts, body);
    if fault == Fault::FirstHeader {
        for name in request.headers().keys().cloned().collect::<Vec<_>>() {
            let first = request.headers()[&name].clone();
            request.headers_mut().insert(name, first);
        }
    }
    let verified = shop.verify(&request);
    if fault == Fault::EffectFirst {
        shop.effects.fetch_add(1, Ordering::SeqCst);
    }
    if let Fault::Slow(seconds) = fault {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    match verified {
        Err(kind) => match fault {
            Fault::Refusal(number) => plain(status(number)),
            Fault::Panics => panic!("this endpoint panics at what it refuses"),
            Fault::TellsSecret => told(format!("the secret is {}", shop.secret)),
            Fault::TellsSignature => told(shop.expected(&request)),
            _ => plain(shop.endpoint.status(kind)),
        },
        Ok((_, false)) if matches!(fault, Fault::Unreadable(_)) => {
            let Fault::Unreadable(number) = fault else { unreachable!("it was matched") };
            plain(status(number))
        }
        Ok((id, _)) => {
            let is_new = shop.seen.lock().unwrap().insert(id);
            if (is_new || fault == Fault::NoMemory) && fault != Fault::EffectFirst {
                shop.effects.fetch_add(1, Ordering::SeqCst);
            }
            match fault {
                Fault::Success(number) => plain(status(number)),
                Fault::Repeated(number) if !is_new => plain(status(number)),
                _ => plain(StatusCode::OK),
            }
        }
    }
}

impl<P: Platform + Default> Shop<P> {
    /// Returns the id of a delivery, and whether it can be read.
    fn verify(&self, request: &Request<Bytes>) -> Result<(String, bool), ErrorKind> {
        let mut request = request.clone();
        if self.fault == Fault::Reserialised
            && let Ok(value) = serde_json::from_slice::<&serde_json::value::RawValue>(request.body())
        {
            let text = Bytes::copy_from_slice(value.get().as_bytes());
            *request.body_mut() = text;
        }
        let now = OffsetDateTime::now_utc();
        match self.endpoint.receive(&request, now) {
            Ok(delivery) => Ok((delivery.id().to_string(), delivery.event().other().is_none())),
            Err(_) if self.fault == Fault::NoProof => Ok((format!("{:?}", request.body()), true)),
            Err(error) => Err(error.kind()),
        }
    }

    /// Returns the headers that the request should have had.
    fn expected(&self, request: &Request<Bytes>) -> String {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("0");
        let at = OffsetDateTime::from_unix_timestamp(header("svix-timestamp").parse().unwrap_or(0)).unwrap();
        let id = Some(header("svix-id")).filter(|id| !id.is_empty()).unwrap_or("0");
        let signed = self.endpoint.sign(&Message::new(request.body(), at).id(id));
        signed.map(|signed| format!("expected {:?}", signed.headers())).unwrap_or_default()
    }
}

/// Reads a body, as far as a second limit if it is too long.
async fn collected(body: Body, limit: usize) -> Result<Bytes, StatusCode> {
    use http_body_util::BodyExt as _;
    let (mut body, mut bytes, mut is_long) = (body, Vec::new(), false);
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?.into_data().unwrap_or_default();
        bytes.extend_from_slice(&data);
        is_long |= bytes.len() > limit;
    }
    if is_long { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { Ok(bytes.into()) }
}

fn plain(status: StatusCode) -> Response<Body> {
    Response::builder().status(status).body(Body::empty()).unwrap()
}

fn told(text: String) -> Response<Body> {
    Response::builder().status(401).body(Body::from(text)).unwrap()
}
