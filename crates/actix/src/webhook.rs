//! A verified delivery as a handler's argument.

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
/// - every header of the proof is there, once, and readable (looked at before the body is read),
/// - the body came whole, within the endpoint's [`body_deadline`](referral_webhooks::Endpoint::with_body_deadline) and
///   its [`body_limit`](referral_webhooks::Endpoint::with_body_limit); actix's own limits for other extractors do not count,
/// - [`Endpoint::receive`](referral_webhooks::Endpoint::receive) accepts the request as of this machine's clock.
///
/// Everything else is answered by the [`Rejection`]. The endpoint comes from the application's data: mount the
/// handler with [`webhook`](crate::webhook()), or give the endpoint to `app_data`, as it is or in a `web::Data`.
/// Behind a [`VerifyDelivery`](crate::VerifyDelivery) nothing is done twice: the handler gets the middleware's delivery.
///
/// Do not take an `Option<Webhook<P>>`: actix makes it of every extractor, and a sender who leaves the signature out
/// would be let in. Under [`webhook`](crate::webhook()) it does not compile; a bare `web::post().to(…)` cannot be kept
/// from taking it. `Result<Webhook<P>, Rejection>` is the way to look at a refusal.
///
/// No other argument may take the body (`web::Json`, `web::Bytes`, …): if one does, every request is answered with the
/// platform's "send it again later", and the log says why.
pub struct Webhook<P: Platform>(pub Delivery<P>);

impl<P: Platform> FromRequest for Webhook<P> {
    type Error = Rejection;
    type Future = LocalBoxFuture<'static, Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // It stays there, for `web::ReqData` in other arguments and for what is outside.
        if let Some(delivery) = request.extensions().get::<Delivery<P>>().cloned() {
            return Box::pin(async { Ok(Self(delivery)) });
        }
        let (endpoint, request, payload) = (endpoint(request), request.clone(), payload.take());
        Box::pin(async move { Ok(Self(receive(&endpoint?, &request, payload).await?)) })
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
