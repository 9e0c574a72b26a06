//! From a request of any server to a delivery.

use std::error::Error as StdError;

use bytes::Bytes;
use http::Request;
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Refusal};
use time::OffsetDateTime;

/// An error of a body, whatever it is.
type BoxError = Box<dyn StdError + Send + Sync>;

/// Receives a request: looks at its head, reads its body, verifies and decodes it as of this machine's clock.
///
/// # Errors
///
/// If it is not a delivery. The reason is logged, with advice on what to look at: one `warn` event of `tracing`,
/// target `referral_webhooks`.
pub async fn receive<P, B>(endpoint: &Endpoint<P>, request: Request<B>) -> Result<Delivery<P>, Refusal>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    match read(endpoint, request).await {
        Ok(request) => verify(endpoint, request),
        Err(error) => Err(refuse(endpoint, error)),
    }
}

/// Verifies and decodes a request that was read.
pub(crate) fn verify<P: Platform>(endpoint: &Endpoint<P>, request: Request<Bytes>) -> Result<Delivery<P>, Refusal> {
    // The clock is read when the body is there: a slow sender ages.
    endpoint.receive_owned(request, OffsetDateTime::now_utc()).map_err(|error| refuse(endpoint, error))
}

/// Looks at the head, then reads the body under the endpoint's limit and deadline.
pub(crate) async fn read<P, B>(endpoint: &Endpoint<P>, request: Request<B>) -> Result<Request<Bytes>, Error>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    endpoint.check_head(request.uri(), request.headers())?;
    // A length that is announced is refused before anything is read of it.
    if usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX) > endpoint.max_body() {
        return Err(ErrorKind::BodyTooLarge.into());
    }
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, endpoint.max_body()).collect();
    match tokio::time::timeout(endpoint.max_body_time(), body).await {
        Ok(Ok(body)) => Ok(Request::from_parts(parts, body.to_bytes())),
        Ok(Err(error)) => Err(body_error(error.as_ref())),
        Err(_) => Err(ErrorKind::BodyIncomplete.into()),
    }
}

/// A body that is too long says so somewhere in its error's chain; every other one ended early.
fn body_error(error: &(dyn StdError + 'static)) -> Error {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return ErrorKind::BodyTooLarge.into();
        }
        cause = error.source();
    }
    ErrorKind::BodyIncomplete.into()
}

/// The refusal for an error, logged for whoever runs the receiver.
pub(crate) fn refuse<P: Platform>(endpoint: &Endpoint<P>, error: Error) -> Refusal {
    let refusal = endpoint.refuse(error);
    tracing::warn!(
        target: "referral_webhooks",
        platform = refusal.platform(),
        kind = error.kind().as_str(),
        status = refusal.status().as_u16(),
        advice = %error.advice(),
        "refused: {error}"
    );
    refusal
}
