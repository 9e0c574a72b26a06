//! The step from a request of any server to a delivery.

use std::error::Error as StdError;

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use http::Request;
use http::request::Parts;
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Rejection};
use referral_webhooks_door as door;

use crate::route::keep_route;

/// Any error of a body.
type BoxError = Box<dyn StdError + Send + Sync>;

/// Receives a request: checks its head, reads its body, verifies and decodes it as of this machine's clock.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use referral_webhooks_tower::platform::redpin::Redpin;
/// use referral_webhooks_tower::{Endpoint, Reply, receive};
///
/// async fn answer(endpoint: &Endpoint<Redpin>, request: Request<Full<Bytes>>) -> Response<String> {
///     match receive(endpoint, request).await {
///         Ok(delivery) => {
///             println!("{}", delivery.id());
///             Reply::Accepted.into()
///         }
///         Err(rejection) => rejection.into(),
///     }
/// }
/// # let _ = answer;
/// ```
///
/// # Errors
///
/// If the request is not a delivery. The reason is logged with advice for the operator, as a `warn` event of `tracing`
/// with the target `referral_webhooks`. A genuine delivery with the event `Other` is logged in the same way.
pub fn receive<P, B>(
    endpoint: &Endpoint<P>,
    request: Request<B>,
) -> impl Future<Output = Result<Delivery<P>, Rejection>> + use<P, B>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    // Outside of the `async` block, because the future would otherwise hold the request twice.
    let (mut head, body) = request.into_parts();
    let delivered = head.extensions.remove();
    keep_route(&mut head.extensions);
    // The future owns its endpoint, so that axum can return it as it is.
    let endpoint = endpoint.clone();
    async move {
        let body = read(&endpoint, &head, body).await?;
        door::verify(&endpoint, Request::from_parts(head, body), delivered.as_ref())
    }
}

/// Checks the head, then reads the body.
pub(crate) async fn read<P, B>(endpoint: &Endpoint<P>, head: &Parts, body: B) -> Result<Bytes, Rejection>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    let announced = body.size_hint().lower();
    let pieces = body.into_data_stream().map(|piece| match piece {
        Ok(mut piece) => Ok(piece.copy_to_bytes(piece.remaining())),
        Err(error) => Err(body_error(error.into().as_ref())),
    });
    let head =
        door::Head { method: &head.method, uri: &head.uri, headers: &head.headers, route: head.extensions.get() };
    door::read(endpoint, head, announced, pieces).await
}

/// Converts the error of a body. A chain with a [`LengthLimitError`] is a body over the limit; every other body ended early.
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
