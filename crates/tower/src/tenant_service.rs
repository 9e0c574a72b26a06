//! The endpoints of many tenants as one service.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use http_body::Body;
use http_body_util::Full;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Rejection, Reply, Tenant};
use referral_webhooks_door::{Arrival, Endpoints, Terms};
use tower_service::Service;

use crate::answer::{ContractFuture, watch};
use crate::receive::receive_arrival;
use crate::webhook_service::only_post;

/// A service for the endpoints of many tenants: it finds the tenant and its endpoint, receives, calls an async function with
/// the tenant and the delivery, and answers. In all else it is a [`WebhookService`](crate::WebhookService).
///
/// A function finds the tenant in the head of a request, in its path as a rule:
///
/// ```
/// use referral_webhooks_tower::platform::redpin::Redpin;
/// use referral_webhooks_tower::{Delivery, Endpoints, Reply, Tenant, TenantService};
///
/// async fn on_redpin(tenant: Tenant, delivery: Delivery<Redpin>) -> Reply {
///     println!("{tenant}: {}", delivery.id());
///     Reply::Accepted
/// }
///
/// fn app(endpoints: Endpoints<Redpin>) -> axum::Router {
///     let service = TenantService::new(endpoints, |head| head.uri.path().strip_prefix("/hooks/redpin/"), on_redpin);
///     axum::Router::new().route_service("/hooks/redpin/{tenant}", service)
/// }
/// # let _ = app;
/// ```
///
/// The path of a platform that proves itself by a secret URL has the token as well. The token is the last segment apart from
/// the tenant, or the query parameter `token`:
///
/// ```
/// # use referral_webhooks_tower::platform::refir::Refir;
/// # use referral_webhooks_tower::{Delivery, Endpoints, Reply, Tenant, TenantService};
/// # async fn on_refir(_: Tenant, _: Delivery<Refir>) -> Reply { Reply::Accepted }
/// fn app(endpoints: Endpoints<Refir>) -> axum::Router {
///     // `/hooks/acme/rT7kQ2mX9vB4nL6pW3sY8zD5`
///     let service = TenantService::new(endpoints, |head| head.uri.path().split('/').nth(2), on_refir);
///     axum::Router::new().route_service("/hooks/{tenant}/{token}", service)
/// }
/// # let _ = app;
/// ```
pub struct TenantService<P: Platform, H> {
    endpoints: Endpoints<P>,
    tenant: TenantOf,
    handler: H,
}

/// The function that finds the tenant in the head of a request.
pub(crate) type TenantOf = Arc<dyn Fn(&Parts) -> Option<&str> + Send + Sync>;

impl<P: Platform, H> TenantService<P, H> {
    /// Returns a service that finds the tenant with `tenant` and calls `handler`.
    ///
    /// ```
    /// use referral_webhooks_tower::platform::redpin::Redpin;
    /// use referral_webhooks_tower::{Delivery, Endpoints, Reply, Tenant, TenantService};
    ///
    /// fn service(endpoints: Endpoints<Redpin>) {
    ///     let on_redpin = async |_: Tenant, _: Delivery<Redpin>| Reply::Accepted;
    ///     let _ = TenantService::new(endpoints, |head| head.uri.path().rsplit('/').next(), on_redpin);
    /// }
    /// # let _ = service;
    /// ```
    #[must_use]
    pub fn new<F>(
        endpoints: Endpoints<P>,
        tenant: impl Fn(&Parts) -> Option<&str> + Send + Sync + 'static,
        handler: H,
    ) -> Self
    where
        H: Fn(Tenant, Delivery<P>) -> F,
        F: Future<Output = Reply>,
    {
        Self { endpoints, tenant: Arc::new(tenant), handler }
    }
}

impl<P, H, F, B> Service<Request<B>> for TenantService<P, H>
where
    P: Platform,
    H: Fn(Tenant, Delivery<P>) -> F + Clone + Send + 'static,
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
        let Self { endpoints, tenant, handler } = self.clone();
        let (terms, delivered) = (Terms::of(endpoints.platform()), watch(&mut request));
        let answered = async move {
            if request.method() != Method::POST {
                return Ok(only_post());
            }
            Ok::<_, Infallible>(match received(&endpoints, &tenant, request).await {
                Ok((tenant, delivery)) => handler(tenant, delivery).await.into(),
                Err(rejection) => rejection.into(),
            })
        };
        ContractFuture::new(Ok(Ok(answered)), Some(terms), delivered)
    }
}

async fn received<P, B>(
    endpoints: &Endpoints<P>,
    tenant: &TenantOf,
    request: Request<B>,
) -> Result<(Tenant, Delivery<P>), Rejection>
where
    P: Platform,
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    let arrival = Arrival::new(endpoints, tenant(&head))?;
    let delivery = receive_arrival(&arrival, head, body).await?;
    Ok((arrival.tenant().clone(), delivery))
}

impl<P: Platform, H: Clone> Clone for TenantService<P, H> {
    fn clone(&self) -> Self {
        Self { endpoints: self.endpoints.clone(), tenant: Arc::clone(&self.tenant), handler: self.handler.clone() }
    }
}

impl<P: Platform, H> fmt::Debug for TenantService<P, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantService").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}
