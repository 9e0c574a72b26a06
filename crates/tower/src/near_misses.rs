//! The fallback that reports requests that just miss an endpoint.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use referral_webhooks_door::{NearMiss, Translation, WebhookRoutes, discard};
use tower_service::Service;

use crate::original_uri::OriginalUri;

/// The fallback of an application: logs each request that just misses an endpoint, and answers it.
///
/// - Near misses are a trailing or doubled slash, another letter case, percent-encoding, a misspelt or missing segment, and
///   a method other than `POST`. The log has the platform, the template of the nearest endpoint, the difference, and the
///   received path without unknown segments, which may be secrets. At most 20 events are logged in 10 seconds.
/// - A `POST` near an endpoint gets the platform's transient status, so that the platform keeps the event until the URL is
///   corrected. See [`NearMiss::status`].
/// - Any other request gets 404.
///
/// axum calls it for unknown paths. `referral_webhooks_axum::near_misses` is a handler that axum also calls for other methods.
///
/// ```
/// use axum::Router;
/// use referral_webhooks_tower::platform::redpin::Redpin;
/// use referral_webhooks_tower::{Delivery, Endpoint, NearMisses, Reply, WebhookRoutes, WebhookService};
///
/// fn app(endpoint: Endpoint<Redpin>) -> Router {
///     let service = WebhookService::new(endpoint, async |_: Delivery<Redpin>| Reply::Accepted);
///     Router::new()
///         .route_service("/hooks/redpin", service)
///         .fallback_service(NearMisses::new(WebhookRoutes::new().route::<Redpin>("/hooks/redpin")))
/// }
/// # app(Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
/// ```
#[derive(Debug, Clone)]
pub struct NearMisses(WebhookRoutes);

impl NearMisses {
    /// Returns the fallback of an application with these endpoints.
    ///
    /// ```
    /// use referral_webhooks_tower::platform::redpin::Redpin;
    /// use referral_webhooks_tower::{NearMisses, WebhookRoutes};
    ///
    /// let fallback = NearMisses::new(WebhookRoutes::new().route::<Redpin>("/hooks/redpin"));
    /// # let _ = fallback;
    /// ```
    #[must_use]
    pub const fn new(routes: WebhookRoutes) -> Self {
        Self(routes)
    }
}

impl<B> Service<Request<B>> for NearMisses
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let original = OriginalUri::of(&request);
        let miss = NearMiss::of(&self.0, request.method(), original.uri().path());
        Box::pin(async move {
            let Some(miss) = miss else { return Ok(answer(StatusCode::NOT_FOUND)) };
            miss.log();
            let mut response = answer(miss.status());
            if miss.status() == miss.terms().contract().transient {
                // The sender reads the answer after it has sent the whole body.
                let pieces = request.into_body().into_data_stream();
                // An error ends the reading, because its length is over every limit.
                let lengths = pieces.map(|piece| piece.map_or(usize::MAX, |data| data.remaining()));
                discard(lengths).await;
                if let Some(wait) = Translation::transient(miss.terms()).retry_after {
                    response.headers_mut().insert(RETRY_AFTER, wait.as_secs().into());
                }
            }
            Ok(response)
        })
    }
}

fn answer(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(status.canonical_reason().unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}
