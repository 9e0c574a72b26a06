//! The answer to a platform that checks a URL.

use std::fmt;

use axum_core::extract::{FromRef, FromRequestParts};
use http::StatusCode;
use http::request::Parts;
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::{Endpoint, Rejection, check_ping};

/// A request by which a platform checks that a URL exists. Its extraction checks the token in the URL, if the endpoint has
/// one, and reads no body. It is no delivery.
///
/// ```
/// use axum::{Router, routing::get};
/// use referral_webhooks_axum::platform::redpin::Redpin;
/// use referral_webhooks_axum::{Endpoint, Ping};
///
/// async fn note(_: Ping<Redpin>) {
///     println!("Redpin checks the URL");
/// }
///
/// fn app(endpoint: Endpoint<Redpin>) -> Router {
///     Router::new().route("/hooks/redpin", get(note)).with_state(endpoint)
/// }
/// # app(Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
/// ```
pub struct Ping<P>(P);

/// Answers 200 to a platform that checks a URL. As the `GET` handler of a route it answers `GET` and `HEAD`:
///
/// ```
/// use axum::{Router, routing::post};
/// use referral_webhooks_axum::platform::redpin::Redpin;
/// use referral_webhooks_axum::{Endpoint, Reply, Webhook, answer_ping};
///
/// async fn on_redpin(_: Webhook<Redpin>) -> Reply {
///     Reply::Accepted
/// }
///
/// fn app(endpoint: Endpoint<Redpin>) -> Router {
///     Router::new().route("/hooks/redpin", post(on_redpin).get(answer_ping::<Redpin>)).with_state(endpoint)
/// }
/// # app(Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
/// ```
pub async fn answer_ping<P: Platform>(ping: Ping<P>) -> StatusCode {
    ping.0.facts().contract.success
}

impl<P, S> FromRequestParts<S> for Ping<P>
where
    P: Platform,
    Endpoint<P>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let endpoint = Endpoint::from_ref(state);
        check_ping(&endpoint, parts).map(|()| Self(endpoint.platform().clone()))
    }
}

impl<P: Platform> fmt::Debug for Ping<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ping").field(&self.0.facts().name).finish()
    }
}
