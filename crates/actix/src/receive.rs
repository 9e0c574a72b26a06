//! The step from a request of actix-web to a delivery.

use std::cell::Cell;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::{HttpMessage as _, HttpRequest, rt, web};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Rejection, Tenant};
use referral_webhooks_door as door;
use referral_webhooks_door::{Arrival, Endpoints, linger, log_rejection};

/// The error of an application without an endpoint.
const NO_ENDPOINT: ErrorKind = ErrorKind::Misconfigured(
    "the application's data hold no endpoint for this platform: mount the handler with `webhook`, or give the endpoint \
     to `app_data`",
);

/// The error of an application without the endpoints of its tenants.
const NO_ENDPOINTS: ErrorKind = ErrorKind::Misconfigured(
    "the application's data hold no endpoints of this platform's tenants: mount the handler with `tenant_webhook`, or \
     give the endpoints to `app_data`",
);

/// The error of a route without the segment.
const NO_SEGMENT: ErrorKind =
    ErrorKind::Misconfigured("the path of the route has no segment `{tenant}`, such as `/hooks/redpin/{tenant}`");

/// The error of an application with another consumer of the body.
const BODY_TAKEN: ErrorKind = ErrorKind::Misconfigured(
    "an extractor or a middleware took the body before the webhook could: only one of a handler's arguments can have it",
);

/// An endpoint that may be replaced, in the application's data for one route.
pub(crate) struct CurrentEndpoint<P>(Arc<dyn Fn() -> Endpoint<P> + Send + Sync>);

impl<P> CurrentEndpoint<P> {
    pub(crate) fn new(current: impl Fn() -> Endpoint<P> + Send + Sync + 'static) -> Self {
        Self(Arc::new(current))
    }
}

// Manual impl: `#[derive]` would require `P: Clone`.
impl<P> Clone for CurrentEndpoint<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Returns the endpoint from the application's data for this route.
pub(crate) fn endpoint<P: Platform>(request: &HttpRequest) -> Result<Endpoint<P>, Rejection> {
    let current = || in_data::<CurrentEndpoint<P>>(request).map(|current| (current.0)());
    in_data(request).or_else(current).ok_or_else(|| refuse(request, NO_ENDPOINT))
}

/// Returns the endpoints of the tenants from the application's data for this route.
pub(crate) fn endpoints<P: Platform>(request: &HttpRequest) -> Result<Endpoints<P>, Rejection> {
    in_data(request).ok_or_else(|| refuse(request, NO_ENDPOINTS))
}

fn in_data<T: Clone + 'static>(request: &HttpRequest) -> Option<T> {
    let shared = || request.app_data::<web::Data<T>>().map(|data| data.get_ref());
    request.app_data::<T>().or_else(shared).cloned()
}

/// Returns the tenant that the request names: the segment `{tenant}` of the route, as the path has it. A segment with
/// percent-encoding is empty.
pub(crate) fn tenant<'r>(request: &'r HttpRequest, platform: &impl Platform) -> Result<&'r str, Rejection> {
    let no_segment = || logged(request, Rejection::without_endpoint(platform, NO_SEGMENT.into()));
    let tenant = request.match_info().get("tenant").ok_or_else(no_segment)?;
    let is_verbatim = request.uri().path().split('/').any(|segment| segment == tenant);
    Ok(if is_verbatim { tenant } else { "" })
}

/// Returns the refusal of an application that cannot receive the request, and logs it.
fn refuse(request: &HttpRequest, kind: ErrorKind) -> Rejection {
    logged(request, Rejection::without_platform(kind.into()))
}

fn logged(request: &HttpRequest, rejection: Rejection) -> Rejection {
    log_rejection(&rejection, None, request.match_pattern().as_deref());
    rejection
}

/// Receives a request: checks its head, reads its body, verifies and decodes it as of this machine's clock.
///
/// Extractors and middleware call it. A handler takes a [`Webhook`](crate::Webhook) instead.
///
/// ```
/// use actix_web::web::{Data, Payload};
/// use actix_web::{HttpRequest, HttpResponse};
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Endpoint, Rejection, Reply, receive};
///
/// async fn on_redpin(
///     endpoint: Data<Endpoint<Redpin>>,
///     request: HttpRequest,
///     payload: Payload,
/// ) -> Result<Reply, Rejection> {
///     let delivery = receive(&endpoint, &request, payload.into_inner()).await?;
///     println!("{}", delivery.id());
///     Ok(Reply::Accepted)
/// }
/// # actix_web::App::new().route("/", actix_web::web::post().to(on_redpin));
/// ```
///
/// # Errors
///
/// If the request is not a delivery. The reason is logged with advice for the operator, as a `warn` event of `tracing`
/// with the target `referral_webhooks`. A genuine delivery with the event `Other` is logged in the same way.
pub async fn receive<P: Platform>(
    endpoint: &Endpoint<P>,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<Delivery<P>, Rejection> {
    let delivered = request.extensions().get().cloned();
    let has_ended = Cell::new(false);
    let read = async {
        let head = head(request).map_err(|error| door::refuse(endpoint, error, &Request::default, None))?;
        let (announced, pieces) = pieces(request, &mut payload, &has_ended);
        let body = door::read(endpoint, seen(&head), announced, pieces).await?;
        Ok(head.map(|()| body))
    };
    let received = read.await;
    if !has_ended.get() {
        keep_until_answered(payload);
    }
    door::verify(endpoint, received?, delivered.as_ref())
}

/// Receives a request of a tenant, as [`receive`] does under the tenant's endpoint.
///
/// ```
/// use actix_web::web::{Data, Path, Payload};
/// use actix_web::{HttpRequest, HttpResponse};
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Endpoints, Rejection, Reply, receive_for};
///
/// async fn on_redpin(
///     endpoints: Data<Endpoints<Redpin>>,
///     shop: Path<String>,
///     request: HttpRequest,
///     payload: Payload,
/// ) -> Result<Reply, Rejection> {
///     let (tenant, delivery) = receive_for(&endpoints, &shop, &request, payload.into_inner()).await?;
///     println!("{tenant}: {}", delivery.id());
///     Ok(Reply::Accepted)
/// }
/// # actix_web::App::new().route("/{shop}", actix_web::web::post().to(on_redpin));
/// ```
///
/// # Errors
///
/// As [`receive`]; [`ErrorKind::UnknownTenant`] if the application has no endpoint of the tenant, or if the text cannot be
/// the name of a tenant; [`ErrorKind::EndpointUnavailable`] if the endpoint could not be looked up.
pub async fn receive_for<P: Platform>(
    endpoints: &Endpoints<P>,
    tenant: &str,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<(Tenant, Delivery<P>), Rejection> {
    let delivered = request.extensions().get().cloned();
    let has_ended = Cell::new(false);
    let read = async {
        let arrival = Arrival::new(endpoints, Some(tenant))?;
        let head = head(request).map_err(|error| refuse(request, error.kind()))?;
        let (announced, pieces) = pieces(request, &mut payload, &has_ended);
        let body = arrival.read(seen(&head), announced, pieces).await?;
        Ok((arrival, head.map(|()| body)))
    };
    let received = read.await;
    if !has_ended.get() {
        keep_until_answered(payload);
    }
    let (arrival, received) = received?;
    let delivery = arrival.verify(received, delivered.as_ref()).await?;
    Ok((arrival.tenant().clone(), delivery))
}

fn seen(head: &Request<()>) -> door::Head<'_> {
    door::Head { method: head.method(), uri: head.uri(), headers: head.headers(), route: head.extensions().get() }
}

/// Returns the announced length of a body, and its pieces. The pieces set `has_ended` when the body has ended.
fn pieces<'p>(
    request: &HttpRequest,
    payload: &'p mut Payload,
    has_ended: &'p Cell<bool>,
) -> (u64, impl Stream<Item = Result<Bytes, Error>> + use<'p>) {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let announced: u64 = length.unwrap_or(0);
    let is_announced = announced > 0 || request.headers().contains_key(TRANSFER_ENCODING);
    let is_taken = is_announced && matches!(payload, Payload::None);
    let pieces = stream::poll_fn(move |context| {
        let polled = payload.poll_next_unpin(context);
        if let Poll::Ready(None) = polled {
            has_ended.set(true);
        }
        polled.map_err(|error| {
            let is_open = payload.poll_next_unpin(context).is_pending();
            body_error(&error, is_open).into()
        })
    });
    let pieces = stream::iter(is_taken.then(|| Err(BODY_TAKEN.into()))).chain(pieces);
    (announced, pieces)
}

/// Converts the error of a body. Only a layer of the application causes an I/O error. actix-web reports a lost connection
/// and an invalid chunk as incomplete without one, and ends the payload only after a lost connection.
const fn body_error(error: &PayloadError, is_open: bool) -> ErrorKind {
    match error {
        PayloadError::EncodingCorrupted => ErrorKind::BodyMalformed,
        PayloadError::Incomplete(None) if is_open => ErrorKind::BodyMalformed,
        PayloadError::Overflow => ErrorKind::BodyTooLarge,
        PayloadError::Io(_) | PayloadError::Incomplete(Some(_)) => ErrorKind::BodyLayerFailed,
        _ => ErrorKind::BodyIncomplete,
    }
}

/// Keeps the rest of a body until the answer is written, so that actix-web closes the connection after the answer. If the
/// rest of a chunked body were dropped, actix-web would wait for its end without a deadline. actix-web reads for one more
/// second before it closes, so that the sender sees the answer. The connection's buffer is charged for that time.
fn keep_until_answered(payload: Payload) {
    // Other payloads have no connection.
    if matches!(payload, Payload::H1 { .. }) {
        let lingering = linger();
        rt::spawn(async move {
            rt::time::sleep(Duration::from_secs(1)).await;
            drop((payload, lingering));
        });
    }
}

/// Copies a head from `http` 0.2 to `http` 1: the URL and the headers, in order and with repeats.
pub(crate) fn head(request: &HttpRequest) -> Result<Request<()>, Error> {
    let unreadable = || Error::from(ErrorKind::MalformedHeader("(any)"));
    let mut headers = HeaderMap::try_with_capacity(request.headers().len()).map_err(|_| unreadable())?;
    // All values share one buffer, because they are many and short.
    let mut values = BytesMut::with_capacity(request.headers().iter().map(|(_, value)| value.len()).sum());
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).map_err(|_| unreadable())?;
        values.extend_from_slice(value.as_bytes());
        let value = HeaderValue::from_maybe_shared(values.split().freeze()).map_err(|_| unreadable())?;
        headers.try_append(name, value).map_err(|_| unreadable())?;
    }
    let mut head = Request::new(());
    if let Some(template) = request.match_pattern() {
        head.extensions_mut().insert(door::Route::new(template));
    }
    *head.method_mut() = request.method().as_str().parse().unwrap_or_default();
    let uri = request.uri();
    let same: Result<Uri, _> = match uri.path_and_query() {
        // The usual form, which exists as text.
        Some(path) if uri.scheme().is_none() && uri.authority().is_none() => path.as_str().parse(),
        _ => uri.to_string().parse(),
    };
    // A URL that only one version of `http` accepts is not the URL of a platform.
    *head.uri_mut() = same.map_err(|_| ErrorKind::MissingToken)?;
    *head.headers_mut() = headers;
    Ok(head)
}
