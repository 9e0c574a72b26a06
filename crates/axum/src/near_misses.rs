//! The fallback of a router.

use axum_core::body::Body;
use axum_core::extract::Request;
use axum_core::response::Response;
use futures_util::future::BoxFuture;
use referral_webhooks_tower::{NearMisses, WebhookRoutes};
use tower_service::Service as _;

/// Returns a handler that logs and answers requests that just miss an endpoint, as [`NearMisses`].
///
/// `Router::fallback` calls it for unknown paths, and `Router::method_not_allowed_fallback` for other methods:
///
/// ```
/// use axum::{Router, routing::post};
/// use referral_webhooks_axum::platform::redpin::Redpin;
/// use referral_webhooks_axum::{Endpoint, Reply, Webhook, WebhookRoutes, near_misses};
///
/// async fn on_redpin(_: Webhook<Redpin>) -> Reply {
///     Reply::Accepted
/// }
///
/// fn app(endpoint: Endpoint<Redpin>) -> Router {
///     let missed = near_misses(WebhookRoutes::new().route::<Redpin>("/hooks/redpin"));
///     Router::new()
///         .route("/hooks/redpin", post(on_redpin))
///         .fallback(missed.clone())
///         .method_not_allowed_fallback(missed)
///         .with_state(endpoint)
/// }
/// # app(Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
/// ```
pub fn near_misses(
    routes: WebhookRoutes,
) -> impl Fn(Request) -> BoxFuture<'static, Response> + Clone + Send + Sync + 'static {
    let near_misses = NearMisses::new(routes);
    move |request| {
        let answering = near_misses.clone().call(request);
        Box::pin(async {
            match answering.await {
                Ok(response) => response.map(Body::new),
                Err(never) => match never {},
            }
        })
    }
}
