//! Keeps every answer of a route within the platform's contract.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};

use axum_core::extract::Request;
use axum_core::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::StatusCode;
use referral_webhooks::platform::Platform;
use tower_layer::Layer;
use tower_service::Service;

use crate::rejection::with_retry_after;

/// Keeps every answer of a route within a platform's contract.
///
/// Without it a handler that panics closes the connection, a handler that answers 500 loses the event at Prefinery
/// for good, and one that answers 204 makes others send it again. With it
///
/// - a panic is a passing fault, and the platform is told to send the event again,
/// - every other status is [translated](referral_webhooks::Contract::translate): 2xx is 200, 5xx and redirects ask
///   for another try, and so does what the platform would punish (410).
///
/// Put it on the route, so that it is inside of layers that answer by themselves:
///
/// ```
/// # use axum::{Router, routing::post};
/// # use referral_webhooks_axum::{ContractLayer, Endpoint, Reply, Webhook, platform::prefinery::Prefinery};
/// # async fn on_prefinery(_: Webhook<Prefinery>) -> Reply { Reply::Accepted }
/// # fn app(endpoint: Endpoint<Prefinery>) -> Router {
/// Router::new()
///     .route("/hooks/prefinery", post(on_prefinery).layer(ContractLayer::<Prefinery>::new()))
///     .with_state(endpoint)
/// # }
/// ```
///
/// A program that is built with `panic = "abort"` dies instead: there is nothing to catch.
pub struct ContractLayer<P>(PhantomData<fn() -> P>);

/// A service whose answers are kept within a platform's contract; made by [`ContractLayer`].
pub struct ContractService<P, S> {
    inner: S,
    platform: PhantomData<fn() -> P>,
}

impl<P: Platform> ContractLayer<P> {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P: Platform, S> Layer<S> for ContractLayer<P> {
    type Service = ContractService<P, S>;

    fn layer(&self, inner: S) -> Self::Service {
        ContractService { inner, platform: PhantomData }
    }
}

impl<P, S> Service<Request> for ContractService<P, S>
where
    P: Platform,
    S: Service<Request, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The service that was polled ready is the one that must be called.
        let next = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, next);
        // Calling is inside the future, so that a panic there is caught as well.
        let answer = AssertUnwindSafe(async move { ready.call(request).await.into_response() }).catch_unwind();
        Box::pin(async move { Ok(answer.await.map_or_else(|_| after_panic::<P>(), within_contract::<P>)) })
    }
}

fn within_contract<P: Platform>(mut response: Response) -> Response {
    let status = P::CONTRACT.translate(response.status());
    if status == response.status() {
        return response;
    }
    tracing::debug!(
        target: "referral_webhooks",
        platform = P::NAME,
        answered = response.status().as_u16(),
        status = status.as_u16(),
        "answer translated into the platform's contract"
    );
    *response.status_mut() = status;
    if status == P::CONTRACT.transient { with_retry_after(response, P::CONTRACT.retry_after) } else { response }
}

/// The panic's message stays where the panic hook put it: it may quote anything.
fn after_panic<P: Platform>() -> Response {
    let status: StatusCode = P::CONTRACT.transient;
    tracing::error!(
        target: "referral_webhooks",
        platform = P::NAME,
        status = status.as_u16(),
        "the handler panicked, and the platform was asked to send the event again"
    );
    with_retry_after(status.into_response(), P::CONTRACT.retry_after)
}

impl<P> Clone for ContractLayer<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for ContractLayer<P> {}

impl<P: Platform> Default for ContractLayer<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Platform> fmt::Debug for ContractLayer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ContractLayer").field(&P::NAME).finish()
    }
}

impl<P, S: Clone> Clone for ContractService<P, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), platform: PhantomData }
    }
}

impl<P: Platform, S> fmt::Debug for ContractService<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractService").field("platform", &P::NAME).finish_non_exhaustive()
    }
}
