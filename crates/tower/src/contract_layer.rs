//! The layer that keeps every answer of a service within the platform's contract.

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

/// A layer that keeps every answer of a service within a platform's contract.
///
/// Without it a panic in the handler closes the connection, a 500 loses the event at Prefinery, and a 204 makes other
/// platforms send the event again. With it
///
/// - a panic is a transient fault, and the platform is asked to send the event again,
/// - a handler that had a delivery and answers without a success has not stored the delivery, so the platform is
///   [asked](referral_webhooks::Contract::translate_for_delivery) to send it again, whichever the status,
/// - other answers are [translated](referral_webhooks::Contract::translate): 2xx becomes 200; 5xx, redirects and the
///   statuses that the platform punishes (410) ask for another attempt; other 4xx stay.
///
/// # Order of layers
///
/// The layer belongs outermost. Layers that answer in place of the handler (time-outs, limits, panic handlers) go inside,
/// so that their answers are translated too. In axum the layer that is added last is the outermost one:
///
/// ```
/// use std::time::Duration;
///
/// use axum::Router;
/// use axum::extract::{Extension, Request};
/// use axum::middleware::{Next, from_fn};
/// use axum::response::{IntoResponse, Response};
/// use axum::routing::post;
/// use http::StatusCode;
/// use referral_webhooks_tower::platform::redpin::Redpin;
/// use referral_webhooks_tower::{ContractLayer, Delivery, Endpoint, VerifyLayer};
///
/// async fn on_redpin(Extension(delivery): Extension<Delivery<Redpin>>) {
///     println!("{}", delivery.id());
/// }
///
/// /// Answers 408, which the contract layer translates into 503 for Redpin.
/// async fn time_out(request: Request, next: Next) -> Response {
///     let answered = tokio::time::timeout(Duration::from_secs(5), next.run(request)).await;
///     answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
/// }
///
/// /// Returns the routes of Redpin. The application merges them into its router.
/// fn redpin(endpoint: Endpoint<Redpin>) -> Router {
///     Router::new()
///         .route("/hooks/redpin", post(on_redpin).layer(VerifyLayer::new(endpoint)))
///         .layer(from_fn(time_out))
///         .layer(ContractLayer::<Redpin>::new())
/// }
/// # redpin(Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
/// ```
///
/// # Bodies
///
/// The layer passes bodies on unchanged. The answer after a panic has the default body of the type, which is empty. A type
/// without a default, such as `hyper::body::Incoming`, can be boxed into `http_body_util::combinators::BoxBody`.
///
/// A program that is built with `panic = "abort"` ends at a panic, because such a panic cannot be caught.
pub struct ContractLayer<P>(PhantomData<fn() -> P>);

/// A service with answers within a platform's contract, made by [`ContractLayer`].
///
/// ```
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use referral_webhooks_tower::ContractLayer;
/// use referral_webhooks_tower::platform::prefinery::Prefinery;
/// use tower::{Layer as _, ServiceExt as _, service_fn};
///
/// // The store is down.
/// let inner = service_fn(async |_: Request<()>| {
///     let mut response = Response::new(());
///     *response.status_mut() = http::StatusCode::BAD_GATEWAY;
///     Ok::<_, Infallible>(response)
/// });
/// let service = ContractLayer::<Prefinery>::new().layer(inner);
/// # futures_util::FutureExt::now_or_never(async {
/// assert_eq!(service.oneshot(Request::new(())).await?.status(), 429);
/// # Ok::<(), Infallible>(())
/// # }).unwrap()?;
/// # Ok::<(), Infallible>(())
/// ```
pub struct ContractService<P, S> {
    inner: S,
    platform: PhantomData<fn() -> P>,
}

impl<P: Platform> ContractLayer<P> {
    /// Returns the layer.
    ///
    /// ```
    /// use referral_webhooks_tower::ContractLayer;
    /// use referral_webhooks_tower::platform::redpin::Redpin;
    ///
    /// let layer = ContractLayer::<Redpin>::new();
    /// assert_eq!(format!("{layer:?}"), r#"ContractLayer("redpin")"#);
    /// ```
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
    /// The future of an answer, made by [`ContractService`].
    ///
    /// ```
    /// use referral_webhooks_tower::{ContractFuture, platform::redpin::Redpin};
    ///
    /// async fn status<F, E>(answer: ContractFuture<Redpin, F>) -> Result<u16, E>
    /// where
    ///     F: Future<Output = Result<http::Response<String>, E>>,
    /// {
    ///     Ok(answer.await?.status().as_u16())
    /// }
    /// ```
    pub struct ContractFuture<P, F> {
        // `None` after the answer or after a panic.
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
                // Dropped here, because a destructor in it can panic.
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
/// another method is not a delivery, so its 4xx can stay.
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
