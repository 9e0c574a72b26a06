//! From a request of any server to a delivery.

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

/// An error of a body, whatever it is.
type BoxError = Box<dyn StdError + Send + Sync>;

/// Receives a request: looks at its head, reads its body, verifies and decodes it as of this machine's clock.
///
/// # Errors
///
/// If it is not a delivery. The reason is logged, with advice on what to look at: one `warn` event of `tracing`,
/// target `referral_webhooks`. So is the reason for which a genuine delivery is passed on as the event `Other`.
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
    door::read(endpoint, &head.uri, &head.headers, announced, pieces).await
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
