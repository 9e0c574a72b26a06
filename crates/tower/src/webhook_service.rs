//! A whole endpoint as a service.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Reply};
use referral_webhooks_door::{Terms, warn_of_weak_secrets};
use tower_service::Service;

use crate::answer::{ContractFuture, watch};
use crate::receive::{check_ping, receive};

/// A service for a whole endpoint: it receives, calls an async function with the delivery, and answers.
///
/// - A request that is not a delivery is answered with its [`Rejection`](referral_webhooks::Rejection). Methods other than
///   `POST` are answered 405. An endpoint that is [answering pings](Endpoint::answering_pings) answers `GET` and `HEAD` 200.
/// - A panic in the function is a transient fault: the platform is asked to send the event again.
/// - The service ignores the path, except for a token in it. Mount the service at the path that the platform knows.
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
    endpoint: CurrentEndpoint<P>,
    handler: H,
}

/// The function that returns the endpoint of a request.
type CurrentEndpoint<P> = Arc<dyn Fn() -> Endpoint<P> + Send + Sync>;

impl<P: Platform, H> WebhookService<P, H> {
    /// Returns a service that receives at this endpoint and calls this function.
    ///
    /// ```
    /// use referral_webhooks_tower::platform::redpin::Redpin;
    /// use referral_webhooks_tower::{Delivery, Endpoint, Reply, WebhookService};
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let service = WebhookService::new(endpoint, async |_: Delivery<Redpin>| Reply::Accepted);
    /// # let _ = service;
    /// # Ok::<(), referral_webhooks_tower::EndpointError>(())
    /// ```
    #[must_use]
    pub fn new<F>(endpoint: Endpoint<P>, handler: H) -> Self
    where
        H: Fn(Delivery<P>) -> F,
        F: Future<Output = Reply>,
    {
        Self::with_current(move || endpoint.clone(), handler)
    }

    /// Returns a service whose endpoint may be replaced: `current` returns it for each request.
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    ///
    /// use referral_webhooks_tower::platform::redpin::Redpin;
    /// use referral_webhooks_tower::{Delivery, Endpoint, Reply, WebhookService};
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let shared = Arc::new(RwLock::new(endpoint));
    /// let current = move || shared.read().unwrap().clone();
    /// let service = WebhookService::with_current(current, async |_: Delivery<Redpin>| Reply::Accepted);
    /// # let _ = service;
    /// # Ok::<(), referral_webhooks_tower::EndpointError>(())
    /// ```
    #[must_use]
    pub fn with_current<F>(current: impl Fn() -> Endpoint<P> + Send + Sync + 'static, handler: H) -> Self
    where
        H: Fn(Delivery<P>) -> F,
        F: Future<Output = Reply>,
    {
        warn_of_weak_secrets(&current());
        Self { endpoint: Arc::new(current), handler }
    }
}

impl<P, H, F, B> Service<Request<B>> for WebhookService<P, H>
where
    P: Platform,
    H: Fn(Delivery<P>) -> F + Clone + Send + 'static,
    F: Future<Output = Reply> + Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = ContractFuture<Full<Bytes>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let Self { endpoint, handler } = self.clone();
        let endpoint = endpoint();
        let (terms, delivered) = (Terms::of(endpoint.platform()), watch(&mut request));
        let answered = async move {
            // A platform without signatures proves its requests by a secret URL, so a `GET` of that URL would deliver.
            if request.method() != Method::POST {
                return Ok(answer_other_method(&endpoint, &request.into_parts().0));
            }
            Ok::<_, Infallible>(match receive(&endpoint, request).await {
                Ok(delivery) => handler(delivery).await.into(),
                Err(rejection) => rejection.into(),
            })
        };
        ContractFuture::new(Ok(Ok(answered)), Some(terms), delivered)
    }
}

/// Answers a request that is no delivery: a ping, if the endpoint answers pings, or a mistake.
fn answer_other_method<P: Platform>(endpoint: &Endpoint<P>, head: &Parts) -> Response<Full<Bytes>> {
    if !endpoint.answers_ping(&head.method) {
        return only_post();
    }
    check_ping(endpoint, head).map_or_else(Response::from, |()| Reply::Accepted.into())
}

/// Returns the response to a method by which no platform delivers.
pub(crate) fn only_post() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from("Method Not Allowed"));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

impl<P, H: Clone> Clone for WebhookService<P, H> {
    fn clone(&self) -> Self {
        Self { endpoint: self.endpoint.clone(), handler: self.handler.clone() }
    }
}

impl<P: Platform, H> fmt::Debug for WebhookService<P, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService").field("endpoint", &(self.endpoint)()).finish_non_exhaustive()
    }
}
