//! The extractor of a verified delivery.

use std::fmt;
use std::future::ready;

use axum_core::RequestExt as _;
use axum_core::extract::{FromRef, FromRequest, Request};
use futures_util::TryFutureExt as _;
use futures_util::future::Either;
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::{Delivery, Endpoint, Rejection, receive};

/// A verified delivery, as a handler's last argument.
///
/// The handler runs only if
///
/// - every header of the proof is present once and readable (checked before the body is read),
/// - the whole body arrives within the endpoint's [`body_deadline`](Endpoint::with_body_deadline), its
///   [`body_limit`](Endpoint::with_body_limit), and axum's own `DefaultBodyLimit` (2 MiB by default),
/// - [`Endpoint::receive`] accepts the request as of this machine's clock.
///
/// Any other request is answered with the [`Rejection`]. Behind a [`VerifyLayer`](crate::VerifyLayer) the handler gets the
/// delivery of the layer, without a second verification.
///
/// The endpoint comes from the router's state: the state is an `Endpoint<P>`, or a struct with an endpoint of each platform
/// and `#[derive(FromRef)]`.
///
/// ```
/// # use axum::{Router, routing::post};
/// # use referral_webhooks_axum::{Reply, Webhook, platform::redpin::Redpin, Endpoint};
/// async fn on_redpin(Webhook(delivery): Webhook<Redpin>) -> Reply {
///     println!("{}", delivery.id());
///     Reply::Accepted
/// }
/// fn app(endpoint: Endpoint<Redpin>) -> Router {
///     Router::new().route("/hooks/redpin", post(on_redpin)).with_state(endpoint)
/// }
/// ```
///
/// A `Result` shows the handler the [`Rejection`]:
///
/// ```
/// # use axum::response::{IntoResponse, Response};
/// # use referral_webhooks_axum::{Rejection, Reply, Webhook, platform::redpin::Redpin};
/// async fn on_redpin(received: Result<Webhook<Redpin>, Rejection>) -> Response {
///     match received {
///         Ok(_) => Reply::Accepted.into_response(),
///         Err(rejection) => {
///             println!("{}", rejection.error());
///             rejection.into_response()
///         }
///     }
/// }
/// # axum::Router::<referral_webhooks_axum::Endpoint<Redpin>>::new().route("/", axum::routing::post(on_redpin));
/// ```
///
/// A router without an endpoint of the platform in its state does not compile:
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
/// An optional delivery does not compile either, because it would accept a sender without a signature:
///
/// ```compile_fail,E0277
/// # use axum::{Router, routing::post};
/// # use referral_webhooks_axum::{Reply, Webhook, platform::redpin::Redpin, Endpoint};
/// async fn on_redpin(_: Option<Webhook<Redpin>>) -> Reply { Reply::Accepted }
/// fn app(endpoint: Endpoint<Redpin>) -> Router {
///     Router::new().route("/hooks/redpin", post(on_redpin)).with_state(endpoint)
/// }
/// ```
pub struct Webhook<P: Platform>(pub Delivery<P>);

impl<P, S> FromRequest<S> for Webhook<P>
where
    P: Platform,
    Endpoint<P>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    // Not an `async fn`, because its future would hold the request twice.
    fn from_request(mut request: Request, state: &S) -> impl Future<Output = Result<Self, Rejection>> + Send {
        let received = match request.extensions_mut().remove() {
            Some(delivery) => Either::Left(ready(Ok(delivery))),
            None => Either::Right(receive(&Endpoint::from_ref(state), request.with_limited_body())),
        };
        received.map_ok(Self)
    }
}

// Manual impl: `#[derive]` would require `P: Clone`.
impl<P: Platform> Clone for Webhook<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform> fmt::Debug for Webhook<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Webhook").field(&self.0).finish()
    }
}
