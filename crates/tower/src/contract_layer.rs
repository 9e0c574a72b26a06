//! Keeps every answer of a service within the platform's contract.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::RETRY_AFTER;
use http::{Method, Request, Response};
use pin_project_lite::pin_project;
use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use referral_webhooks_door::{Delivered, Translation, after_panic};
use tower_layer::Layer;
use tower_service::Service;

/// Keeps every answer of a service within a platform's contract.
///
/// Without it a handler that panics closes the connection, one that answers 500 loses the event at Prefinery for
/// good, and one that answers 204 makes others send it again. With it
///
/// - a panic is a passing fault, and the platform is told to send the event again,
/// - a handler that had a delivery and does not answer with a success has not stored it: whatever the status, the
///   platform is [asked](referral_webhooks::Contract::translate_for_delivery) for another try,
/// - other answers are [translated](referral_webhooks::Contract::translate): 2xx is 200, 5xx and redirects ask for
///   another try, and so does what the platform would punish (410); refusals stay what they are.
///
/// Bodies are passed on as they are. The answer after a panic has the default of their type, which is an empty one; a type
/// that has none, such as `hyper::body::Incoming`, can be boxed into one that has, `http_body_util::combinators::BoxBody`.
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

impl<P, S, B, R> Service<Request<B>> for ContractService<P, S>
where
    P: Platform,
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ContractFuture<P, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let delivered = watch::<P, B>(&mut request);
        let answering = catch_unwind(AssertUnwindSafe(|| self.inner.call(request)));
        ContractFuture { answering: answering.ok(), delivered, platform: PhantomData }
    }
}

pin_project! {
    /// An answer on its way; made by [`ContractService`].
    pub struct ContractFuture<P, F> {
        // None when it is there, or will not come because of a panic.
        #[pin]
        answering: Option<F>,
        delivered: Delivered,
        platform: PhantomData<fn() -> P>,
    }
}

impl<P, F, R, E> Future for ContractFuture<P, F>
where
    P: Platform,
    F: Future<Output = Result<Response<R>, E>>,
    R: Default,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let polled = this.answering.as_mut().as_pin_mut()?.poll(context);
            if polled.is_ready() {
                // Here, for what it holds may panic while it is dropped.
                this.answering.set(None);
            }
            Some(polled)
        }));
        match polled.ok().flatten() {
            Some(polled) => polled.map_ok(|response| within_contract::<P, R>(response, this.delivered)),
            None => Poll::Ready(Ok(after_panic::<P>().into())),
        }
    }
}

/// Marks a request, so that [`receive`](crate::receive()) can report a delivery. Platforms send a `POST`: a request by
/// another method is no delivery, and its 4xx can stay.
fn watch<P: Platform, B>(request: &mut Request<B>) -> Delivered {
    let is_posted = request.method() == Method::POST;
    let delivered = Delivered::new(is_posted && request.extensions().get::<Delivery<P>>().is_some());
    if is_posted {
        request.extensions_mut().insert(delivered.clone());
    }
    delivered
}

fn within_contract<P: Platform, R>(mut response: Response<R>, delivered: &Delivered) -> Response<R> {
    if let Some(translation) = Translation::of::<P>(response.status().as_u16(), delivered) {
        *response.status_mut() = translation.status;
        if let Some(wait) = translation.retry_after {
            response.headers_mut().insert(RETRY_AFTER, wait.as_secs().into());
        }
    }
    response
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

impl<P: Platform, F> fmt::Debug for ContractFuture<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractFuture").field("platform", &P::NAME).finish_non_exhaustive()
    }
}
