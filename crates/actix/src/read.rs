//! From a request of actix-web to a delivery.

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind};
use time::OffsetDateTime;

use crate::Rejection;

/// The endpoint that the application's data hold for this route.
pub(crate) fn endpoint<P: Platform>(request: &HttpRequest) -> Result<Endpoint<P>, Rejection> {
    let in_data = || request.app_data::<web::Data<Endpoint<P>>>().map(|data| data.get_ref());
    match request.app_data::<Endpoint<P>>().or_else(in_data) {
        Some(endpoint) => Ok(endpoint.clone()),
        None => Err(Rejection::without_endpoint::<P>()),
    }
}

/// Receives a request: looks at its head, reads its body, verifies and decodes it as of this machine's clock.
pub(crate) async fn receive<P: Platform>(
    endpoint: &Endpoint<P>,
    request: &HttpRequest,
    payload: Payload,
) -> Result<Delivery<P>, Rejection> {
    let received = match read(endpoint, request, payload).await {
        // The clock is read when the body is there: a slow sender ages.
        Ok(request) => endpoint.receive_owned(request, OffsetDateTime::now_utc()),
        Err(error) => Err(error),
    };
    received.map_err(|error| Rejection::refused(endpoint.refuse(error)))
}

/// Looks at the head, then reads the body under the endpoint's limit and deadline.
async fn read<P: Platform>(
    endpoint: &Endpoint<P>,
    request: &HttpRequest,
    payload: Payload,
) -> Result<Request<Bytes>, Error> {
    let head = head(request)?;
    endpoint.check_head(head.uri(), head.headers())?;
    // A length that is announced is refused before anything is read of it.
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > endpoint.max_body()) {
        return Err(ErrorKind::BodyTooLarge.into());
    }
    let body = collect(payload, endpoint.max_body());
    match actix_web::rt::time::timeout(endpoint.max_body_time(), body).await {
        Ok(body) => body.map(|body| head.map(|()| body)),
        Err(_) => Err(ErrorKind::BodyIncomplete.into()),
    }
}

async fn collect(mut payload: Payload, limit: usize) -> Result<Bytes, Error> {
    let mut body = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_| ErrorKind::BodyIncomplete)?;
        if piece.len() > limit - body.len() {
            return Err(ErrorKind::BodyTooLarge.into());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

/// What the core needs of a request, from `http` 0.2 to `http` 1: URL and headers, in order and with repeats.
fn head(request: &HttpRequest) -> Result<Request<()>, Error> {
    let unreadable = || Error::from(ErrorKind::MalformedHeader("(any)"));
    let mut headers = HeaderMap::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).map_err(|_| unreadable())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unreadable())?;
        headers.try_append(name, value).map_err(|_| unreadable())?;
    }
    let mut head = Request::new(());
    *head.uri_mut() = request.uri().to_string().parse::<Uri>().map_err(|_| ErrorKind::MissingToken)?;
    *head.headers_mut() = headers;
    Ok(head)
}
