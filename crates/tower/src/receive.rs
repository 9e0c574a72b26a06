//! From a request of any server to a delivery.

use std::error::Error as StdError;

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use http::Request;
use http::request::Parts;
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Refusal};
use referral_webhooks_door::{log_other, log_refusal, read_body};
use time::OffsetDateTime;

use crate::contract_layer::Delivered;

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
) -> impl Future<Output = Result<Delivery<P>, Refusal>> + use<P, B>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    // Out here, for the future of an `async fn` would have a second place for the request, and be moved with it.
    let (head, body) = request.into_parts();
    // The future's own: one that borrows nothing can be handed on as it is.
    let endpoint = endpoint.clone();
    warn_of_weak_secrets(&endpoint);
    async move {
        match read(&endpoint, &head, body).await {
            Ok(body) => verify(&endpoint, Request::from_parts(head, body)),
            Err(error) => Err(refuse(&endpoint, error)),
        }
    }
}

/// Verifies and decodes a request that was read.
pub(crate) fn verify<P: Platform>(endpoint: &Endpoint<P>, mut request: Request<Bytes>) -> Result<Delivery<P>, Refusal> {
    let delivered = request.extensions_mut().remove::<Delivered>();
    // The clock is read when the body is there: a slow sender ages.
    let received = endpoint.receive_owned(request, OffsetDateTime::now_utc());
    let delivery = received.map_err(|error| refuse(endpoint, error))?;
    if let Some(delivered) = delivered {
        delivered.set();
    }
    log_other(&delivery);
    Ok(delivery)
}

/// Looks at the head, then reads the body under the endpoint's limit and deadline, and the process's budget.
pub(crate) async fn read<P, B>(endpoint: &Endpoint<P>, head: &Parts, body: B) -> Result<Bytes, Error>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    endpoint.check_head(&head.uri, &head.headers)?;
    // A length that is announced is refused before anything is read of it.
    if usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) > endpoint.body_limit() {
        return Err(ErrorKind::BodyTooLarge.into());
    }
    let pieces = body.into_data_stream().map(|piece| match piece {
        Ok(mut piece) => Ok(piece.copy_to_bytes(piece.remaining())),
        Err(error) => Err(body_error(error.into().as_ref())),
    });
    read_body(pieces, endpoint.body_limit(), endpoint.body_deadline()).await
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

/// Logs, once an endpoint, that a secret should be replaced: where the endpoint is mounted, or at its first request.
pub(crate) fn warn_of_weak_secrets<P: Platform>(endpoint: &Endpoint<P>) {
    for weakness in endpoint.unreported_weaknesses() {
        tracing::warn!(target: "referral_webhooks", platform = P::NAME, "weak secret: {weakness}");
    }
}

/// The refusal for an error, logged for whoever runs the receiver.
pub(crate) fn refuse<P: Platform>(endpoint: &Endpoint<P>, error: Error) -> Refusal {
    let refusal = endpoint.refuse(error);
    log_refusal(&refusal);
    refusal
}
