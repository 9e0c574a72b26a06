//! A verified delivery as a handler's argument.

use std::error::Error as StdError;

use axum_core::RequestExt as _;
use axum_core::extract::{FromRef, FromRequest, Request};
use bytes::Bytes;
use http::request::Parts;
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind};
use time::OffsetDateTime;

use crate::Rejection;

/// A verified delivery, as a handler's last argument.
///
/// The handler runs only if
///
/// - every header of the proof is there, once, and readable (looked at before the body is read),
/// - the body came whole, and is within both the endpoint's [`body_limit`](Endpoint::body_limit) and axum's own
///   `DefaultBodyLimit` (2 MiB if the application sets none),
/// - [`Endpoint::receive`] accepts the request as of this machine's clock.
///
/// Everything else is answered by the [`Rejection`]. The endpoint comes from the router's state: the state is an
/// `Endpoint<P>` itself, or a struct with one for each platform and `#[derive(FromRef)]`.
///
/// A router whose state has no endpoint for the platform does not compile:
///
/// ```compile_fail,E0277
/// # use axum::{Router, routing::post};
/// # use referral_webhooks_axum::{Reply, Webhook, platform::{redpin::Redpin, prefinery::Prefinery}, Endpoint};
/// async fn on_redpin(_: Webhook<Redpin>) -> Reply { Reply::Accepted }
/// fn app(endpoint: Endpoint<Prefinery>) -> Router {
///     Router::new().route("/hooks/redpin", post(on_redpin)).with_state(endpoint)
/// }
/// ```
///
/// and neither does an optional delivery, for a sender who leaves the signature out would otherwise be let in:
///
/// ```compile_fail,E0277
/// # use axum::{Router, routing::post};
/// # use referral_webhooks_axum::{Reply, Webhook, platform::redpin::Redpin, Endpoint};
/// async fn on_redpin(_: Option<Webhook<Redpin>>) -> Reply { Reply::Accepted }
/// fn app(endpoint: Endpoint<Redpin>) -> Router {
///     Router::new().route("/hooks/redpin", post(on_redpin)).with_state(endpoint)
/// }
/// ```
///
/// The same without the mistake:
///
/// ```
/// # use axum::{Router, routing::post};
/// # use referral_webhooks_axum::{Reply, Webhook, platform::redpin::Redpin, Endpoint};
/// async fn on_redpin(_: Webhook<Redpin>) -> Reply { Reply::Accepted }
/// fn app(endpoint: Endpoint<Redpin>) -> Router {
///     Router::new().route("/hooks/redpin", post(on_redpin)).with_state(endpoint)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Webhook<P: Platform>(pub Delivery<P>);

impl<P, S> FromRequest<S> for Webhook<P>
where
    P: Platform,
    Endpoint<P>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let endpoint = Endpoint::<P>::from_ref(state);
        let received = receive(&endpoint, request).await;
        received.map(Self).map_err(|error| Rejection::new(&endpoint, error))
    }
}

async fn receive<P: Platform>(endpoint: &Endpoint<P>, request: Request) -> Result<Delivery<P>, Error> {
    endpoint.check_head(request.uri(), request.headers())?;
    let (parts, body) = read(request, endpoint.max_body()).await?;
    // The clock is read when the body is there: a slow sender ages.
    endpoint.receive_owned(Request::from_parts(parts, body), OffsetDateTime::now_utc())
}

/// Reads the body under the endpoint's limit and the application's.
async fn read(request: Request, limit: usize) -> Result<(Parts, Bytes), Error> {
    // A length that is announced is refused before anything is sent for it.
    if usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX) > limit {
        return Err(ErrorKind::BodyTooLarge.into());
    }
    let (parts, body) = request.with_limited_body().into_parts();
    let read = Limited::new(body, limit).collect().await.map_err(|error| body_error(error.as_ref()))?;
    Ok((parts, read.to_bytes()))
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
