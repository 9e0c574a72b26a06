//! The middleware that verifies requests in front of an existing service.

use std::fmt;
use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage as _};
use futures_util::future::LocalBoxFuture;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Rejection, Trust};
use referral_webhooks_door::Endpoints;

use crate::enforce_contract::ContractService;
use crate::ping::{Pinged, check_ping};
use crate::receive::{receive, receive_for, tenant};

/// Middleware that verifies requests before an inner service sees them.
///
/// - A request that is not a delivery is answered by the middleware and does not reach the inner service. The middleware
///   accepts every method, so the inner service must handle `POST` only: a secret URL proves a `GET` as well. The exception
///   is an endpoint that is [answering pings](Endpoint::answering_pings): the middleware answers `GET` and `HEAD`.
/// - A delivery reaches the inner service with exactly the verified bytes, and with the
///   [`Delivery<P>`](referral_webhooks::Delivery) in the request's extensions. [`Webhook`](crate::Webhook) and
///   `web::ReqData` take it from there. A static secret in a header or in the body is masked, as it is in the delivery.
///   With actix-web's compression features, `web::Bytes` and `web::Json` decompress them.
/// - The answer of the inner service is kept within the platform's contract, as by
///   [`EnforceContract`](crate::EnforceContract).
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Delivery, Endpoint, VerifyDelivery};
///
/// // An existing handler, which reads the body.
/// async fn on_redpin(delivery: web::ReqData<Delivery<Redpin>>, body: web::Bytes) -> HttpResponse {
///     assert_eq!(delivery.body(), &body);
///     HttpResponse::Ok().finish()
/// }
///
/// fn app(endpoint: Endpoint<Redpin>) {
///     let on_redpin = web::resource("/hooks/redpin").route(web::post().to(on_redpin));
///     App::new().service(on_redpin.wrap(VerifyDelivery::new(endpoint)));
/// }
/// ```
pub struct VerifyDelivery<P: Platform>(Source<P>);

/// A service that receives deliveries only, made by [`VerifyDelivery`].
///
/// ```
/// use actix_web::dev::Service as _;
/// use actix_web::{App, HttpResponse, rt, test, web};
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Endpoint, VerifyDelivery};
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// # rt::System::new().block_on(async {
/// let route = web::post().to(|| async { HttpResponse::Ok() });
/// let resource = web::resource("/").route(route).wrap(VerifyDelivery::new(endpoint));
/// let app = test::init_service(App::new().service(resource)).await;
/// let unsigned = test::TestRequest::post().set_payload("{}").to_request();
/// let error = app.call(unsigned).await.err().unwrap();
/// assert_eq!(error.as_response_error().status_code(), 401);
/// # });
/// # Ok::<(), referral_webhooks_actix::EndpointError>(())
/// ```
pub struct VerifyService<P: Platform, S> {
    source: Source<P>,
    inner: Rc<ContractService<P, S>>,
}

/// The source of the endpoint of a request.
enum Source<P: Platform> {
    One(Endpoint<P>),
    Tenants(Endpoints<P>),
}

impl<P: Platform> VerifyDelivery<P> {
    /// Returns the middleware of an endpoint.
    ///
    /// ```
    /// use referral_webhooks_actix::platform::redpin::Redpin;
    /// use referral_webhooks_actix::{Endpoint, VerifyDelivery};
    ///
    /// let middleware = VerifyDelivery::new(Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?);
    /// # let _ = middleware;
    /// # Ok::<(), referral_webhooks_actix::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn new(endpoint: Endpoint<P>) -> Self {
        Self(Source::One(endpoint))
    }

    /// Returns the middleware of many tenants. The tenant is the segment `{tenant}` of the resource's path. A delivery
    /// reaches the inner service with its [`Tenant`](referral_webhooks::Tenant) in the request's extensions, too.
    ///
    /// ```
    /// use actix_web::{App, HttpResponse, web};
    /// use referral_webhooks_actix::platform::redpin::Redpin;
    /// use referral_webhooks_actix::{Delivery, Endpoints, Tenant, VerifyDelivery};
    ///
    /// async fn on_redpin(tenant: web::ReqData<Tenant>, delivery: web::ReqData<Delivery<Redpin>>) -> HttpResponse {
    ///     println!("{}: {}", *tenant, delivery.id());
    ///     HttpResponse::Ok().finish()
    /// }
    ///
    /// fn app(endpoints: Endpoints<Redpin>) {
    ///     let on_redpin = web::resource("/hooks/redpin/{tenant}").route(web::post().to(on_redpin));
    ///     App::new().service(on_redpin.wrap(VerifyDelivery::for_tenants(endpoints)));
    /// }
    /// # let _ = app;
    /// ```
    #[must_use]
    pub const fn for_tenants(endpoints: Endpoints<P>) -> Self {
        Self(Source::Tenants(endpoints))
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
        let inner = Rc::new(ContractService::new(self.0.platform().clone(), inner));
        ready(Ok(VerifyService { source: self.0.clone(), inner }))
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
        let (source, inner) = (self.source.clone(), Rc::clone(&self.inner));
        Box::pin(async move {
            if let Source::One(endpoint) = &source
                && is_ping(endpoint, &request)
            {
                return Err(Pinged(check_ping(endpoint, request.request())?).into());
            }
            verify(&source, &mut request).await?;
            inner.call(request).await
        })
    }
}

fn is_ping<P: Platform>(endpoint: &Endpoint<P>, request: &ServiceRequest) -> bool {
    // Both versions of `http` have the same names of methods.
    let method = http::Method::from_bytes(request.method().as_str().as_bytes());
    method.is_ok_and(|method| endpoint.answers_ping(&method))
}

/// Verifies a request. Its delivery, and its tenant if it has one, go into the extensions.
async fn verify<P: Platform>(source: &Source<P>, request: &mut ServiceRequest) -> Result<(), Rejection> {
    let payload = request.take_payload();
    let delivery = match source {
        Source::One(endpoint) => receive(endpoint, request.request(), payload).await?,
        Source::Tenants(endpoints) => {
            let tenant = tenant(request.request(), endpoints.platform())?;
            let (tenant, delivery) = receive_for(endpoints, tenant, request.request(), payload).await?;
            request.extensions_mut().insert(tenant);
            delivery
        }
    };
    request.set_payload(Payload::from(delivery.body().clone()));
    hide_token(request, &delivery);
    request.extensions_mut().insert(delivery);
    Ok(())
}

impl<P: Platform> Source<P> {
    const fn platform(&self) -> &P {
        match self {
            Self::One(endpoint) => endpoint.platform(),
            Self::Tenants(endpoints) => endpoints.platform(),
        }
    }
}

/// Masks a static secret in the headers of a verified request. Its body is that of the delivery.
fn hide_token<P: Platform>(request: &mut ServiceRequest, delivery: &Delivery<P>) {
    if delivery.trust() != Trust::SharedSecret {
        return;
    }
    let masked = request.headers_mut();
    masked.clear();
    for (name, value) in delivery.headers() {
        let pair = (HeaderName::try_from(name.as_str()), HeaderValue::from_bytes(value.as_bytes()));
        if let (Ok(name), Ok(value)) = pair {
            masked.append(name, value);
        }
    }
    if masked.contains_key(CONTENT_LENGTH) {
        masked.insert(CONTENT_LENGTH, delivery.body().len().into());
    }
}

impl<P: Platform> Clone for Source<P> {
    fn clone(&self) -> Self {
        match self {
            Self::One(endpoint) => Self::One(endpoint.clone()),
            Self::Tenants(endpoints) => Self::Tenants(endpoints.clone()),
        }
    }
}

impl<P: Platform> fmt::Debug for Source<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(endpoint) => endpoint.fmt(f),
            Self::Tenants(endpoints) => endpoints.fmt(f),
        }
    }
}

// Manual impl: `#[derive]` would require `P: Clone`.
impl<P: Platform> Clone for VerifyDelivery<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform> fmt::Debug for VerifyDelivery<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyDelivery").field(&self.0).finish()
    }
}

impl<P: Platform, S> fmt::Debug for VerifyService<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyService").field("source", &self.source).finish_non_exhaustive()
    }
}
