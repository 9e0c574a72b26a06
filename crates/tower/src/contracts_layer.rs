//! The layer that keeps the answers of a whole application within the contracts of its platforms.

use std::convert::Infallible;
use std::task::{Context, Poll};

use http::{Request, Response};
use referral_webhooks_door::WebhookRoutes;
use tower_layer::Layer;
use tower_service::Service;

use crate::answer::{BoxError, ContractFuture, watch};
use crate::original_uri::OriginalUri;
use crate::ready::Ready;

/// A layer that keeps the answers of a whole application within the contracts of its platforms.
///
/// It is the outermost layer. Its table says which path belongs to which platform, so that an answer that never reached the
/// route is translated too: of a time-out, a concurrency or rate limit, a body limit, or a layer that failed. Paths outside
/// of the table keep their answers, unless the request reached a route with a [`ContractLayer`](crate::ContractLayer).
///
/// - A 408, 429 or 5xx asks the platform to send the event again. A 413 stays, unless the contract forbids it.
/// - An error of a layer (`tower::timeout`, `tower::load_shed`) becomes such an answer, so that the stack needs no
///   `HandleErrorLayer`. On a path of no platform it becomes a 503. A `HandleErrorLayer` for other routes goes inside.
/// - A panic of a layer asks for another attempt. On a path of no platform the panic continues.
/// - A translation is logged with the platform, the template of the path and both statuses.
///
/// The routes keep their own [`ContractLayer`](crate::ContractLayer) or [`VerifyLayer`](crate::VerifyLayer): with it a
/// handler ends although a time-out outside of the route has answered.
///
/// ```
/// use std::time::Duration;
///
/// use axum::extract::{Extension, Request};
/// use axum::middleware::{Next, from_fn};
/// use axum::response::{IntoResponse, Response};
/// use axum::{Router, http::StatusCode, routing::post};
/// use referral_webhooks_tower::platform::{Platform, prefinery::Prefinery, redpin::Redpin};
/// use referral_webhooks_tower::{ContractsLayer, Delivery, Endpoint, VerifyLayer, WebhookRoutes};
///
/// async fn note<P: Platform>(Extension(delivery): Extension<Delivery<P>>) {
///     println!("{}: {}", delivery.platform().facts().name, delivery.id());
/// }
///
/// /// Answers 408, which is final at Prefinery, for all routes of the application.
/// async fn time_out(request: Request, next: Next) -> Response {
///     let answered = tokio::time::timeout(Duration::from_secs(5), next.run(request)).await;
///     answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
/// }
///
/// fn app(prefinery: Endpoint<Prefinery>, redpin: Endpoint<Redpin>) -> Router {
///     let routes =
///         WebhookRoutes::new().route::<Prefinery>("/hooks/prefinery").route::<Redpin>("/hooks/redpin");
///     Router::new()
///         .route("/hooks/prefinery", post(note::<Prefinery>).layer(VerifyLayer::new(prefinery)))
///         .route("/hooks/redpin", post(note::<Redpin>).layer(VerifyLayer::new(redpin)))
///         .layer(from_fn(time_out))
///         // The last layer is the outermost one.
///         .layer(ContractsLayer::new(routes))
/// }
/// # let _ = app;
/// ```
#[derive(Debug, Clone)]
pub struct ContractsLayer(WebhookRoutes);

/// A service with answers within the contracts of several platforms, made by [`ContractsLayer`].
///
/// ```
/// use std::convert::Infallible;
/// use http::{Request, Response, StatusCode};
/// use referral_webhooks_tower::platform::prefinery::Prefinery;
/// use referral_webhooks_tower::{ContractsLayer, WebhookRoutes};
/// use tower::{Layer as _, ServiceExt as _, service_fn};
///
/// let too_slow = service_fn(async |_: Request<()>| {
///     let mut response = Response::new(());
///     *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
///     Ok::<_, Infallible>(response)
/// });
/// let routes = WebhookRoutes::new().route::<Prefinery>("/hooks/prefinery");
/// let service = ContractsLayer::new(routes).layer(too_slow);
/// # futures_util::FutureExt::now_or_never(async {
/// let status = async |path| service.clone().oneshot(Request::post(path).body(()).unwrap()).await.unwrap().status();
/// assert_eq!(status("/hooks/prefinery").await, 429);
/// assert_eq!(status("/shop").await, 408);
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct ContractsService<S> {
    inner: Ready<S>,
    routes: WebhookRoutes,
}

impl ContractsLayer {
    /// Returns the layer of an application with these endpoints.
    ///
    /// ```
    /// use referral_webhooks_tower::platform::redpin::Redpin;
    /// use referral_webhooks_tower::{ContractsLayer, WebhookRoutes};
    ///
    /// let layer = ContractsLayer::new(WebhookRoutes::new().route::<Redpin>("/hooks/redpin"));
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub const fn new(routes: WebhookRoutes) -> Self {
        Self(routes)
    }
}

impl<S> Layer<S> for ContractsLayer {
    type Service = ContractsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ContractsService { inner: Ready::new(inner), routes: self.0.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for ContractsService<S>
where
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
        let original = OriginalUri::of(&request);
        let terms = self.routes.find(original.uri().path()).cloned();
        // Routers inside shorten the path, and the token may be in the part that they remove.
        request.extensions_mut().insert(original);
        let delivered = watch(&mut request);
        if let Some(terms) = &terms {
            delivered.claim(|| terms.clone());
        }
        ContractFuture::new(self.inner.call(request), terms, delivered)
    }
}
