//! The layer that keeps every answer of a service within the platform's contract.

use std::convert::Infallible;
use std::fmt;
use std::task::{Context, Poll};

use http::{Method, Request, Response};
use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use referral_webhooks_door::Terms;
use tower_layer::Layer;
use tower_service::Service;

use crate::answer::{BoxError, ContractFuture, watch};
use crate::original_uri::matched_path;
use crate::ready::Ready;

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
#[derive(Clone, Copy, Default)]
pub struct ContractLayer<P>(P);

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
    inner: Ready<S>,
    platform: P,
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
    pub fn new() -> Self
    where
        P: Default,
    {
        Self::of(P::default())
    }

    /// Returns the layer of a platform that is a value.
    ///
    /// ```
    /// use referral_webhooks_tower::ContractLayer;
    /// use referral_webhooks_tower::platform::redpin::Redpin;
    ///
    /// assert_eq!(format!("{:?}", ContractLayer::of(Redpin)), r#"ContractLayer("redpin")"#);
    /// ```
    #[must_use]
    pub const fn of(platform: P) -> Self {
        Self(platform)
    }
}

impl<P: Platform, S> Layer<S> for ContractLayer<P> {
    type Service = ContractService<P, S>;

    fn layer(&self, inner: S) -> Self::Service {
        ContractService { inner: Ready::new(inner), platform: self.0.clone() }
    }
}

impl<P, S, B, R> Service<Request<B>> for ContractService<P, S>
where
    P: Platform,
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Into<BoxError> + Send + 'static,
    R: Default + Send + 'static,
{
    type Response = Response<R>;
    type Error = Infallible;
    type Future = ContractFuture<R>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let terms = terms(&self.platform, &request);
        let delivered = watch(&mut request);
        delivered.claim(|| terms.clone());
        // A layer outside has verified the request already.
        if let Some(delivery) = request.extensions().get::<Delivery<P>>().filter(|_| request.method() == Method::POST) {
            delivered.set(delivery);
        }
        ContractFuture::new(self.inner.call(request), Some(terms), delivered)
    }
}

/// Returns the platform's terms, with the template of the path if axum's router has matched one.
fn terms<B>(platform: &impl Platform, request: &Request<B>) -> Terms {
    match matched_path(request.extensions()) {
        Some(path) => Terms::of(platform).at(path),
        None => Terms::of(platform),
    }
}

impl<P: Platform> fmt::Debug for ContractLayer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ContractLayer").field(&self.0.facts().name).finish()
    }
}

impl<P: Clone, S: Clone> Clone for ContractService<P, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), platform: self.platform.clone() }
    }
}

impl<P: Platform, S> fmt::Debug for ContractService<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractService").field("platform", &self.platform.facts().name).finish_non_exhaustive()
    }
}
