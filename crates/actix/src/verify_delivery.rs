//! Verification in front of a service that exists already.

use std::fmt;
use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage as _};
use futures_util::future::LocalBoxFuture;
use referral_webhooks::Endpoint;
use referral_webhooks::platform::Platform;

use crate::enforce_contract::ContractService;
use crate::receive::receive;

/// Verifies requests before an inner service sees them.
///
/// - A request that is not a delivery is answered here and never reaches the inner service. Methods are left to it: at a
///   platform that signs nothing, whoever follows the secret URL with a `GET` must find no handler there.
/// - A delivery reaches it with the very bytes that were verified, and the
///   [`Delivery<P>`](referral_webhooks::Delivery) in the request's extensions, where
///   [`Webhook`](crate::Webhook) and `web::ReqData` find it.
/// - The inner service's answer is kept within the platform's contract, as by [`EnforceContract`](crate::EnforceContract).
pub struct VerifyDelivery<P: Platform>(Endpoint<P>);

/// A service that sees deliveries only; made by [`VerifyDelivery`].
pub struct VerifyService<P, S> {
    endpoint: Endpoint<P>,
    inner: Rc<ContractService<P, S>>,
}

impl<P: Platform> VerifyDelivery<P> {
    /// Verifies as this endpoint does.
    #[must_use]
    pub const fn new(endpoint: Endpoint<P>) -> Self {
        Self(endpoint)
    }
}

impl<P, S, B> Transform<S, ServiceRequest> for VerifyDelivery<P>
where
    P: Platform,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = VerifyService<P, S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let inner = Rc::new(ContractService::new(inner));
        ready(Ok(VerifyService { endpoint: self.0.clone(), inner }))
    }
}

impl<P, S, B> Service<ServiceRequest> for VerifyService<P, S>
where
    P: Platform,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<ServiceResponse<B>, Error>>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (endpoint, inner) = (self.endpoint.clone(), Rc::clone(&self.inner));
        Box::pin(async move {
            let payload = request.take_payload();
            let delivery = receive(&endpoint, request.request(), payload).await?;
            request.set_payload(Payload::from(delivery.body().clone()));
            request.extensions_mut().insert(delivery);
            inner.call(request).await
        })
    }
}

// By hand, for a derived one would ask the same of the platform.
impl<P: Platform> Clone for VerifyDelivery<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform> fmt::Debug for VerifyDelivery<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verify").field(&self.0).finish()
    }
}

impl<P: Platform, S> fmt::Debug for VerifyService<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyService").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
