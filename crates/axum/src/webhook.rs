//! A verified delivery as a handler's argument.

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
/// - every header of the proof is there, once, and readable (looked at before the body is read),
/// - the body came whole, within the endpoint's [`body_deadline`](Endpoint::with_body_deadline), its
///   [`body_limit`](Endpoint::with_body_limit), and axum's own `DefaultBodyLimit` (2 MiB if the application sets none),
/// - [`Endpoint::receive`] accepts the request as of this machine's clock.
///
/// Behind a [`VerifyLayer`](crate::VerifyLayer) nothing is done twice: the handler gets the layer's delivery.
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
pub struct Webhook<P: Platform>(pub Delivery<P>);

impl<P, S> FromRequest<S> for Webhook<P>
where
    P: Platform,
    Endpoint<P>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    // No `async fn`: its future would have a second place for the request, and be moved with it.
    fn from_request(mut request: Request, state: &S) -> impl Future<Output = Result<Self, Rejection>> + Send {
        let received = match request.extensions_mut().remove() {
            Some(delivery) => Either::Left(ready(Ok(delivery))),
            None => Either::Right(receive(&Endpoint::from_ref(state), request.with_limited_body())),
        };
        received.map_ok(Self)
    }
}

// By hand, for a derived one would ask the same of the platform.
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
