//! The two steps from a request to a delivery: reading its body and verifying it.

use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderMap, Request, Uri};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Rejection};
use time::OffsetDateTime;

use crate::body::read_body;
use crate::delivered::Delivered;
use crate::log::{log_other, log_rejection, warn_of_weak_secrets};

/// Checks the head of a request, then reads its body under the endpoint's limit and deadline, and the process's
/// [`body_budget`](crate::body_budget).
///
/// ```
/// # use bytes::Bytes;
/// # use futures_util::{FutureExt as _, stream};
/// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
/// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// # let request = endpoint.sign(&Message::new("{}", time::OffsetDateTime::now_utc()))?;
/// let pieces = stream::iter([Ok(Bytes::from("{")), Ok(Bytes::from("}"))]);
/// let body = referral_webhooks_door::read(&endpoint, request.uri(), request.headers(), 2, pieces);
/// assert_eq!(body.now_or_never().unwrap()?, "{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the head is invalid, if the `announced` length is over the limit, or if the body cannot be read. The refusal is
/// logged.
pub async fn read<P, S>(
    endpoint: &Endpoint<P>,
    uri: &Uri,
    headers: &HeaderMap,
    announced: u64,
    pieces: S,
) -> Result<Bytes, Rejection>
where
    P: Platform,
    S: Stream<Item = Result<Bytes, Error>>,
{
    warn_of_weak_secrets(endpoint);
    endpoint.check_head(uri, headers).map_err(|error| refuse(endpoint, error))?;
    let body = read_within_limits(endpoint, announced, pieces).await;
    body.map_err(|error| refuse(endpoint, error))
}

/// Reads a body under the endpoint's limit and deadline.
pub(crate) async fn read_within_limits<P, S>(endpoint: &Endpoint<P>, announced: u64, pieces: S) -> Result<Bytes, Error>
where
    P: Platform,
    S: Stream<Item = Result<Bytes, Error>>,
{
    let limit = endpoint.body_limit();
    match usize::try_from(announced) {
        Ok(length) if length <= limit => read_body(pieces, limit, endpoint.body_deadline()).await,
        _ => Err(ErrorKind::BodyTooLarge.into()),
    }
}

/// Verifies and decodes a request as of this machine's clock, and marks it as [`Delivered`].
///
/// ```
/// # use bytes::Bytes;
/// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
/// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let request = endpoint.sign(&Message::new("{}", time::OffsetDateTime::now_utc()).id("msg_1"))?;
/// let delivery = referral_webhooks_door::verify(&endpoint, request.map(Bytes::from), None)?;
/// assert_eq!(delivery.id().as_str(), "msg_1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the request is not a delivery. The refusal is logged.
pub fn verify<P: Platform>(
    endpoint: &Endpoint<P>,
    request: Request<Bytes>,
    delivered: Option<&Delivered>,
) -> Result<Delivery<P>, Rejection> {
    // The clock is read after the body, so that a slowly sent delivery ages.
    let received = endpoint.receive_owned(request, OffsetDateTime::now_utc());
    let delivery = received.map_err(|error| refuse(endpoint, error))?;
    if let Some(delivered) = delivered {
        delivered.set::<P>();
    }
    log_other(&delivery, None);
    Ok(delivery)
}

/// Returns the refusal for an error, and logs it.
///
/// ```
/// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
/// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let rejection = referral_webhooks_door::refuse(&endpoint, ErrorKind::BodyIncomplete.into());
/// assert_eq!(rejection.status(), 503);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
pub fn refuse<P: Platform>(endpoint: &Endpoint<P>, error: Error) -> Rejection {
    let rejection = endpoint.refuse(error);
    log_rejection(&rejection);
    rejection
}
