//! Endpoints, requests and both doors.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_http::Request;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Payload, Service, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, web};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use referral_webhooks_actix::platform::Platform;
use referral_webhooks_actix::platform::prefinery::Prefinery;
use referral_webhooks_actix::platform::redpin::Redpin;
use referral_webhooks_actix::{Endpoint, Message, Reply, VerifyDelivery, Webhook, webhook};
use time::OffsetDateTime;

pub(crate) const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;

pub(crate) fn redpin() -> Endpoint<Redpin> {
    Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

pub(crate) fn prefinery() -> Endpoint<Prefinery> {
    Endpoint::new("prefinery-example-secret").unwrap()
}

/// Returns a request that the platform would send now.
pub(crate) fn signed<P: Platform + Default>(endpoint: &Endpoint<P>, body: impl AsRef<[u8]>) -> TestRequest {
    signed_at(endpoint, body, OffsetDateTime::now_utc())
}

pub(crate) fn signed_at<P: Platform + Default>(
    endpoint: &Endpoint<P>,
    body: impl AsRef<[u8]>,
    at: OffsetDateTime,
) -> TestRequest {
    let request = endpoint.sign(&Message::new(body, at)).unwrap();
    let mut copy = TestRequest::post().uri(&request.uri().to_string());
    for (name, value) in request.headers() {
        copy = copy.append_header((name.as_str(), value.as_bytes()));
    }
    copy.set_payload(request.into_body())
}

/// Returns the request with a body of these pieces, without an announced length.
pub(crate) fn streamed(
    request: TestRequest,
    pieces: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> Request {
    let mut request = request.to_request();
    // Actix's helper announces the length of the replaced body.
    request.headers_mut().remove(CONTENT_LENGTH);
    request.replace_payload(Payload::Stream { payload: pieces.boxed_local() }).0
}

/// Returns the same request, with a counter of the pieces that were read.
pub(crate) fn counted(request: TestRequest, pieces: Vec<Result<Bytes, PayloadError>>) -> (Request, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let pieces = futures_util::stream::iter(pieces).inspect(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    (streamed(request, pieces), asked)
}

/// Returns the response that the sender sees. An error of the application becomes a response, as in the server.
pub(crate) async fn call<S, B>(app: &S, request: Request) -> HttpResponse<Bytes>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
    B::Error: std::fmt::Debug,
{
    match app.call(request).await {
        Ok(response) => {
            let (head, body) = response.into_parts().1.into_parts();
            head.set_body(to_bytes(body).await.unwrap())
        }
        Err(error) => {
            let (head, body) = error.error_response().into_parts();
            head.set_body(to_bytes(body).await.unwrap())
        }
    }
}

/// The two doors.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Door {
    Extractor,
    Middleware,
}

pub(crate) const DOORS: [Door; 2] = [Door::Extractor, Door::Middleware];

/// Sends a request through a door. Returns the response and the number of calls of the handler.
pub(crate) async fn through<P: Platform + Default>(
    door: Door,
    endpoint: Endpoint<P>,
    request: Request,
) -> (HttpResponse<Bytes>, usize) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let response = match door {
        Door::Extractor => {
            let handler = move |_: Webhook<P>| {
                counter.fetch_add(1, Ordering::Relaxed);
                async { Reply::Accepted }
            };
            let app = App::new().configure(webhook("/{path:.*}", endpoint, handler));
            call(&init_service(app).await, request).await
        }
        Door::Middleware => {
            let handler = move || {
                counter.fetch_add(1, Ordering::Relaxed);
                async { HttpResponse::Ok().finish() }
            };
            let app = App::new().wrap(VerifyDelivery::new(endpoint)).default_service(web::to(handler));
            call(&init_service(app).await, request).await
        }
    };
    (response, calls.load(Ordering::Relaxed))
}
