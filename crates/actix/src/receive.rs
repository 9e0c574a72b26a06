//! The step from a request of actix-web to a delivery.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::{HttpMessage as _, HttpRequest, rt, web};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Rejection};
use referral_webhooks_door as door;
use referral_webhooks_door::{linger, log_rejection};

/// The error of an application without an endpoint.
const NO_ENDPOINT: ErrorKind = ErrorKind::Misconfigured(
    "the application's data hold no endpoint for this platform: mount the handler with `webhook`, or give the endpoint \
     to `app_data`",
);

/// The error of an application with another consumer of the body.
const BODY_TAKEN: ErrorKind = ErrorKind::Misconfigured(
    "an extractor or a middleware took the body before the webhook could: only one of a handler's arguments can have it",
);

/// Returns the endpoint from the application's data for this route.
pub(crate) fn endpoint<P: Platform>(request: &HttpRequest) -> Result<Endpoint<P>, Rejection> {
    let in_data = || request.app_data::<web::Data<Endpoint<P>>>().map(|data| data.get_ref());
    request.app_data::<Endpoint<P>>().or_else(in_data).cloned().ok_or_else(|| {
        let rejection = Rejection::without_endpoint::<P>(NO_ENDPOINT.into());
        log_rejection(&rejection, None, request.match_pattern().as_deref());
        rejection
    })
}

/// Receives a request: checks its head, reads its body, verifies and decodes it as of this machine's clock.
pub(crate) async fn receive<P: Platform>(
    endpoint: &Endpoint<P>,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<Delivery<P>, Rejection> {
    match read(endpoint, request, &mut payload).await {
        Ok(received) => door::verify(endpoint, received, request.extensions().get()),
        Err(rejection) => {
            keep_until_answered(payload);
            Err(rejection)
        }
    }
}

/// Checks the head, then reads the body.
async fn read<P: Platform>(
    endpoint: &Endpoint<P>,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Request<Bytes>, Rejection> {
    let head = head(request).map_err(|error| door::refuse(endpoint, error, &Request::default, None))?;
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let announced: u64 = length.unwrap_or(0);
    let is_announced = announced > 0 || request.headers().contains_key(TRANSFER_ENCODING);
    let is_taken = is_announced && matches!(payload, Payload::None);
    let pieces = payload.map(|piece| piece.map_err(|_| ErrorKind::BodyIncomplete.into()));
    let pieces = stream::iter(is_taken.then(|| Err(BODY_TAKEN.into()))).chain(pieces);
    let seen =
        door::Head { method: head.method(), uri: head.uri(), headers: head.headers(), route: head.extensions().get() };
    let body = door::read(endpoint, seen, announced, pieces).await?;
    Ok(head.map(|()| body))
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
fn head(request: &HttpRequest) -> Result<Request<()>, Error> {
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
