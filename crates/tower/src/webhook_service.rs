//! A whole endpoint as a service.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response};
use http_body::Body;
use http_body_util::Full;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Reply};
use tower_service::Service;

use crate::answer::{answer, only_post, refuse};
use crate::contract_layer::after_panic;
use crate::receive::{receive, warn_of_weak_secrets};

/// A whole endpoint as a service: receives, calls an async function with the delivery, and answers.
///
/// - A request that is not a delivery is [refused](crate::refuse), and one that is no `POST` is answered 405.
/// - A panic in the function is a passing fault: the platform is told to send the event again.
/// - The path is not looked at, except for a token in it: mount the service at the one that the platform knows.
///
/// ```
/// use referral_webhooks_tower::platform::redpin::{Event, Redpin};
/// use referral_webhooks_tower::{Delivery, Endpoint, Reply, WebhookService};
///
/// async fn on_redpin(delivery: Delivery<Redpin>) -> Reply {
///     if let Event::ReferralCreated(referral) = delivery.event() {
///         println!("{}: {:?}", delivery.id(), referral.status);
///     }
///     Reply::Accepted
/// }
///
/// let endpoint = Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let service = WebhookService::new(endpoint, on_redpin);
/// # let _ = service;
/// # Ok::<(), referral_webhooks_tower::ConfigError>(())
/// ```
pub struct WebhookService<P, H> {
    endpoint: Endpoint<P>,
    handler: H,
}

impl<P: Platform, H> WebhookService<P, H> {
    /// Receives at this endpoint and calls this function.
    #[must_use]
    pub fn new<F>(endpoint: Endpoint<P>, handler: H) -> Self
    where
        H: Fn(Delivery<P>) -> F,
        F: Future,
        F::Output: Into<Reply>,
    {
        warn_of_weak_secrets(&endpoint);
        Self { endpoint, handler }
    }
}

impl<P, H, F, B> Service<Request<B>> for WebhookService<P, H>
where
    P: Platform,
    H: Fn(Delivery<P>) -> F + Clone + Send + 'static,
    F: Future + Send,
    F::Output: Into<Reply>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self { endpoint, handler } = self.clone();
        let answered = async move {
            // At a platform that signs nothing, whoever follows the secret URL would otherwise deliver something.
            if request.method() != Method::POST {
                return only_post();
            }
            match receive(&endpoint, request).await {
                Ok(delivery) => answer(handler(delivery).await),
                Err(refusal) => refuse(&refusal),
            }
        };
        Box::pin(
            AssertUnwindSafe(answered)
                .catch_unwind()
                .map(|answered| Ok(answered.unwrap_or_else(|_| answer(after_panic::<P>())))),
        )
    }
}

impl<P, H: Clone> Clone for WebhookService<P, H> {
    fn clone(&self) -> Self {
        Self { endpoint: self.endpoint.clone(), handler: self.handler.clone() }
    }
}

impl<P: Platform, H> fmt::Debug for WebhookService<P, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
