//! The layer that verifies requests in front of an existing service.

use std::convert::Infallible;
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{Either, Full};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Rejection, Reply, Trust};
use referral_webhooks_door as door;
use referral_webhooks_door::{Arrival, Endpoints, warn_of_weak_secrets};
use tower_layer::Layer;
use tower_service::Service;

use crate::answer::BoxError;
use crate::contract_layer::{ContractLayer, ContractService};
use crate::original_uri::original_uri;
use crate::receive::{check_ping, read, receive_arrival};
use crate::route::keep_route;
use crate::tenant_service::TenantOf;

/// The body of a response: of a refusal, or of the inner service.
///
/// ```
/// use http_body_util::{Either, Empty};
/// use referral_webhooks_tower::AnswerBody;
///
/// type Inner = Empty<bytes::Bytes>;
///
/// fn is_refusal(body: &AnswerBody<Inner>) -> bool {
///     matches!(body, Either::Left(_))
/// }
/// assert!(!is_refusal(&Either::Right(Inner::new())));
/// ```
pub type AnswerBody<B> = Either<Full<Bytes>, B>;

/// A layer that verifies requests before an inner service sees them.
///
/// - A request that is not a delivery is answered by the layer and does not reach the inner service. The layer accepts
///   every method, so the inner service must handle `POST` only: a secret URL proves a `GET` as well. The exception is an
///   endpoint that is [answering pings](Endpoint::answering_pings): the layer answers `GET` and `HEAD`.
/// - A delivery reaches the inner service with exactly the verified bytes, and with the
///   [`Delivery<P>`](referral_webhooks::Delivery) in the request's extensions. A static secret in a header or in the body
///   is masked, as it is in the delivery.
/// - The answer of the inner service is kept within the platform's contract, as by [`ContractLayer`].
///
/// The inner service receives the body as `Full<Bytes>`. An inner service for a server's own body type needs a layer that
/// maps the body (`tower_http::map_request_body`); axum's routes accept any type.
///
/// An axum handler takes `Webhook<P>`, which reuses the layer's delivery, or `Extension<Delivery<P>>`. Other services read
/// the extensions:
///
/// ```
/// use axum::extract::Extension;
/// use axum::{Router, body::Bytes, routing::post};
/// use referral_webhooks_tower::platform::redpin::Redpin;
/// use referral_webhooks_tower::{Delivery, Endpoint, VerifyLayer};
///
/// // An existing handler, which reads the body.
/// async fn on_redpin(Extension(delivery): Extension<Delivery<Redpin>>, body: Bytes) {
///     assert_eq!(delivery.body(), &body);
/// }
///
/// fn app(endpoint: Endpoint<Redpin>) -> Router {
///     Router::new().route("/hooks/redpin", post(on_redpin).layer(VerifyLayer::new(endpoint)))
/// }
/// # app(Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
/// ```
pub struct VerifyLayer<P: Platform>(Source<P>);

/// A service that receives deliveries only, made by [`VerifyLayer`].
///
/// ```
/// use std::convert::Infallible;
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use referral_webhooks_tower::platform::redpin::Redpin;
/// use referral_webhooks_tower::{Endpoint, VerifyLayer};
/// use tower::{Layer as _, ServiceExt as _, service_fn};
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let inner = service_fn(async |_: Request<Full<Bytes>>| Ok::<_, Infallible>(Response::new(())));
/// let service = VerifyLayer::new(endpoint).layer(inner);
///
/// let unsigned = Request::new(Full::<Bytes>::from("{}"));
/// # futures_util::FutureExt::now_or_never(async {
/// assert_eq!(service.oneshot(unsigned).await?.status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct VerifyService<P: Platform, S> {
    source: Source<P>,
    inner: ContractService<P, S>,
}

/// The source of the endpoint of a request.
enum Source<P: Platform> {
    One(Endpoint<P>),
    Tenants(Endpoints<P>, TenantOf),
}

impl<P: Platform> VerifyLayer<P> {
    /// Returns the layer of an endpoint.
    ///
    /// ```
    /// use referral_webhooks_tower::platform::redpin::Redpin;
    /// use referral_webhooks_tower::{Endpoint, VerifyLayer};
    ///
    /// let layer = VerifyLayer::new(Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?);
    /// # let _ = layer;
    /// # Ok::<(), referral_webhooks_tower::EndpointError>(())
    /// ```
    #[must_use]
    pub fn new(endpoint: Endpoint<P>) -> Self {
        warn_of_weak_secrets(&endpoint);
        Self(Source::One(endpoint))
    }

    /// Returns the layer of many tenants. The function finds the tenant in the head of a request, in its path as a rule. It
    /// returns `None` if the request names none. A delivery reaches the inner service with its
    /// [`Tenant`](referral_webhooks::Tenant) in the request's extensions, too.
    ///
    /// ```
    /// use axum::extract::Extension;
    /// use axum::{Router, routing::post};
    /// use referral_webhooks_tower::platform::redpin::Redpin;
    /// use referral_webhooks_tower::{Delivery, Endpoints, Tenant, VerifyLayer};
    ///
    /// async fn on_redpin(Extension(tenant): Extension<Tenant>, Extension(delivery): Extension<Delivery<Redpin>>) {
    ///     println!("{tenant}: {}", delivery.id());
    /// }
    ///
    /// fn app(endpoints: Endpoints<Redpin>) -> Router {
    ///     let layer = VerifyLayer::for_tenants(endpoints, |head| head.uri.path().strip_prefix("/hooks/redpin/"));
    ///     Router::new().route("/hooks/redpin/{tenant}", post(on_redpin).layer(layer))
    /// }
    /// # let _ = app;
    /// ```
    #[must_use]
    pub fn for_tenants(
        endpoints: Endpoints<P>,
        tenant: impl Fn(&Parts) -> Option<&str> + Send + Sync + 'static,
    ) -> Self {
        Self(Source::Tenants(endpoints, Arc::new(tenant)))
    }
}

impl<P: Platform, S> Layer<S> for VerifyLayer<P> {
    type Service = VerifyService<P, S>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService { source: self.0.clone(), inner: ContractLayer::of(self.0.platform().clone()).layer(inner) }
    }
}

impl<P, S, B, R> Service<Request<B>> for VerifyService<P, S>
where
    P: Platform,
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
    R: Default + Send + 'static,
{
    type Response = Response<AnswerBody<R>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let source = self.source.clone();
        let mut inner = take_ready(&mut self.inner);
        Box::pin(async move {
            if let Source::One(endpoint) = &source
                && endpoint.answers_ping(request.method())
            {
                let checked = check_ping(endpoint, &request.into_parts().0);
                return Ok(checked.map_or_else(Response::from, |()| Reply::Accepted.into()).map(Either::Left));
            }
            match verified(&source, request).await {
                Ok(request) => inner.call(request).await.map(|response| response.map(Either::Right)),
                Err(rejection) => Ok(Response::from(rejection).map(Either::Left)),
            }
        })
    }
}

/// Takes the service that was polled ready, because only that one may be called. A clone replaces it.
fn take_ready<S: Clone>(inner: &mut S) -> S {
    let next = inner.clone();
    mem::replace(inner, next)
}

/// Returns the verified request with its delivery in the extensions. It is unchanged, except that a token is masked.
async fn verified<P, B>(source: &Source<P>, request: Request<B>) -> Result<Request<Full<Bytes>>, Rejection>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    let (mut head, body) = request.into_parts();
    keep_route(&mut head.extensions);
    let request = match source {
        Source::One(endpoint) => {
            // The mark stays, because the contract layer inside shares it.
            let delivered = head.extensions.get().cloned();
            let body = read(endpoint, &head, body).await?;
            let mut request = Request::from_parts(head, body);
            // The headers are copied, because the delivery keeps them. The body is shared.
            let mut proven = request.clone();
            *proven.uri_mut() = original_uri(request.extensions(), request.uri()).clone();
            let delivery = door::verify(endpoint, proven, delivered.as_ref())?;
            hide_token(&mut request, &delivery);
            request.extensions_mut().insert(delivery);
            request
        }
        Source::Tenants(endpoints, tenant) => {
            let arrival = Arrival::new(endpoints, tenant(&head))?;
            let delivery = receive_arrival(&arrival, head.clone(), body).await?;
            let mut request = Request::from_parts(head, delivery.body().clone());
            hide_token(&mut request, &delivery);
            request.extensions_mut().insert(delivery);
            request.extensions_mut().insert(arrival.tenant().clone());
            request
        }
    };
    Ok(request.map(Full::new))
}

/// Masks a static secret in the headers and the body of a verified request.
fn hide_token<P: Platform>(request: &mut Request<Bytes>, delivery: &Delivery<P>) {
    if delivery.trust() != Trust::SharedSecret {
        return;
    }
    *request.headers_mut() = delivery.headers().clone();
    *request.body_mut() = delivery.body().clone();
    let length = request.body().len();
    if let Some(announced) = request.headers_mut().get_mut(CONTENT_LENGTH) {
        *announced = length.into();
    }
}

// Manual impl: `#[derive]` would require `P: Clone`.
impl<P: Platform> Clone for VerifyLayer<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform> fmt::Debug for VerifyLayer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyLayer").field(&self.0).finish()
    }
}

impl<P: Platform> Source<P> {
    const fn platform(&self) -> &P {
        match self {
            Self::One(endpoint) => endpoint.platform(),
            Self::Tenants(endpoints, _) => endpoints.platform(),
        }
    }
}

impl<P: Platform> Clone for Source<P> {
    fn clone(&self) -> Self {
        match self {
            Self::One(endpoint) => Self::One(endpoint.clone()),
            Self::Tenants(endpoints, tenant) => Self::Tenants(endpoints.clone(), Arc::clone(tenant)),
        }
    }
}

impl<P: Platform> fmt::Debug for Source<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(endpoint) => endpoint.fmt(f),
            Self::Tenants(endpoints, _) => endpoints.fmt(f),
        }
    }
}

impl<P: Platform, S: Clone> Clone for VerifyService<P, S> {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), inner: self.inner.clone() }
    }
}

impl<P: Platform, S> fmt::Debug for VerifyService<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyService").field("source", &self.source).finish_non_exhaustive()
    }
}
