//! The extractor of a verified delivery.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::future::LocalBoxFuture;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Rejection};

use crate::receive::{endpoint, receive};

/// A verified delivery, as a handler's argument.
///
/// The handler runs only if
///
/// - every header of the proof is present once and readable (checked before the body is read),
/// - the whole body arrives within the endpoint's [`body_deadline`](referral_webhooks::Endpoint::with_body_deadline) and
///   its [`body_limit`](referral_webhooks::Endpoint::with_body_limit); actix's limits for other extractors do not apply,
/// - [`Endpoint::receive`](referral_webhooks::Endpoint::receive) accepts the request as of this machine's clock.
///
/// Any other request is answered with the [`Rejection`]. Behind a [`VerifyDelivery`](crate::VerifyDelivery) the handler
/// gets the delivery of the middleware, without a second verification.
///
/// The endpoint comes from the application's data: mount the handler with [`webhook`](crate::webhook()), or pass the
/// endpoint to `app_data`, directly or in a `web::Data`. A `Result` shows the handler the [`Rejection`]:
///
/// ```
/// use actix_web::{App, HttpResponse, ResponseError as _, web};
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Endpoint, Rejection, Reply, Webhook};
///
/// async fn on_redpin(received: Result<Webhook<Redpin>, Rejection>) -> HttpResponse {
///     match received {
///         Ok(_) => Reply::Accepted.into(),
///         Err(rejection) => {
///             println!("{}", rejection.error());
///             rejection.error_response()
///         }
///     }
/// }
///
/// fn app(endpoint: Endpoint<Redpin>) {
///     App::new().app_data(endpoint).route("/hooks/redpin", web::post().to(on_redpin));
/// }
/// ```
///
/// Do not take an `Option<Webhook<P>>`, because it accepts a sender without a signature. actix-web makes an optional
/// extractor from every other one. [`webhook`](crate::webhook()) refuses it at compile time; `web::post().to(…)` cannot.
///
/// No other argument may consume the body (`web::Json`, `web::Bytes`, …). Otherwise every request is answered with the
/// platform's transient status, and the log has the reason.
pub struct Webhook<P: Platform>(pub Delivery<P>);

impl<P: Platform> FromRequest for Webhook<P> {
    type Error = Rejection;
    type Future = LocalBoxFuture<'static, Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // Cloned, because `web::ReqData` in other arguments and outer middleware also read it.
        if let Some(delivery) = request.extensions().get::<Delivery<P>>().cloned() {
            return Box::pin(async { Ok(Self(delivery)) });
        }
        let (endpoint, request, payload) = (endpoint(request), request.clone(), payload.take());
        Box::pin(async move { Ok(Self(receive(&endpoint?, &request, payload).await?)) })
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
