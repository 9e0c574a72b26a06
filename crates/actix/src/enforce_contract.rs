//! The middleware that keeps every answer of a route within the platform's contract.

use std::fmt;
use std::future::{Ready, ready};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::Method;
use actix_web::{Error, HttpMessage as _};
use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use referral_webhooks_door::Terms;

use crate::answer::{ContractFuture, answer, watch};

/// Middleware that keeps every answer of a route within a platform's contract. [`webhook`](crate::webhook()) includes it.
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
/// The middleware belongs outermost. Middleware that answers in place of the handler goes inside, so that its answers are
/// translated too. In actix-web the middleware that is added last is the outermost one:
///
/// ```
/// use actix_web::dev::{ServiceRequest, ServiceResponse};
/// use actix_web::middleware::{Next, from_fn};
/// use actix_web::{App, Error, body::MessageBody, error, rt, web};
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Endpoint, EnforceContract, Reply, Webhook};
/// use std::time::Duration;
///
/// async fn on_redpin(Webhook(delivery): Webhook<Redpin>) -> Reply {
///     println!("{}", delivery.id());
///     Reply::Accepted
/// }
///
/// /// Answers 408, which the contract translates into 503 for Redpin.
/// async fn time_out<B: MessageBody>(
///     request: ServiceRequest,
///     next: Next<B>,
/// ) -> Result<ServiceResponse<B>, Error> {
///     let answered = rt::time::timeout(Duration::from_secs(5), next.call(request)).await;
///     answered.unwrap_or_else(|_| Err(error::ErrorRequestTimeout("")))
/// }
///
/// fn app(endpoint: Endpoint<Redpin>) {
///     let on_redpin = web::resource("/hooks/redpin")
///         .app_data(endpoint)
///         .route(web::post().to(on_redpin))
///         .wrap(from_fn(time_out))
///         .wrap(EnforceContract::<Redpin>::new());
///     App::new().service(on_redpin);
/// }
/// ```
///
/// A program that is built with `panic = "abort"` ends at a panic, because such a panic cannot be caught.
#[derive(Clone, Copy, Default)]
pub struct EnforceContract<P>(P);

/// A service with answers within a platform's contract, made by [`EnforceContract`].
///
/// ```
/// use actix_web::{App, HttpResponse, rt, test, web};
/// use referral_webhooks_actix::EnforceContract;
/// use referral_webhooks_actix::platform::prefinery::Prefinery;
///
/// # rt::System::new().block_on(async {
/// // The store is down.
/// let route = web::post().to(|| async { HttpResponse::BadGateway() });
/// let resource = web::resource("/").route(route).wrap(EnforceContract::<Prefinery>::new());
/// let app = test::init_service(App::new().service(resource)).await;
/// let response = test::call_service(&app, test::TestRequest::post().to_request()).await;
/// assert_eq!(response.status(), 429);
/// # });
/// ```
pub struct ContractService<P, S> {
    inner: S,
    platform: P,
}

impl<P: Platform> EnforceContract<P> {
    /// Returns the middleware.
    ///
    /// ```
    /// use referral_webhooks_actix::EnforceContract;
    /// use referral_webhooks_actix::platform::redpin::Redpin;
    ///
    /// let middleware = EnforceContract::<Redpin>::new();
    /// assert_eq!(format!("{middleware:?}"), r#"EnforceContract("redpin")"#);
    /// ```
    #[must_use]
    pub fn new() -> Self
    where
        P: Default,
    {
        Self::of(P::default())
    }

    /// Returns the middleware of a platform that is a value.
    ///
    /// ```
    /// use referral_webhooks_actix::EnforceContract;
    /// use referral_webhooks_actix::platform::redpin::Redpin;
    ///
    /// assert_eq!(format!("{:?}", EnforceContract::of(Redpin)), r#"EnforceContract("redpin")"#);
    /// ```
    #[must_use]
    pub const fn of(platform: P) -> Self {
        Self(platform)
    }
}

impl<P, S> ContractService<P, S> {
    pub(crate) const fn new(platform: P, inner: S) -> Self {
        Self { inner, platform }
    }
}

impl<P, S, B> Transform<S, ServiceRequest> for EnforceContract<P>
where
    P: Platform,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = ContractService<P, S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(ContractService::new(self.0.clone(), inner)))
    }
}

impl<P, S, B> Service<ServiceRequest> for ContractService<P, S>
where
    P: Platform,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = ContractFuture<B>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let terms = match request.match_pattern() {
            Some(path) => Terms::of(&self.platform).at(path),
            None => Terms::of(&self.platform),
        };
        let delivered = watch(&request);
        delivered.claim(|| terms.clone());
        // Middleware outside has verified the request already.
        if let Some(delivery) = request.extensions().get::<Delivery<P>>().filter(|_| request.method() == Method::POST) {
            delivered.set(delivery);
        }
        answer(&self.inner, request, Some(terms), delivered)
    }
}

impl<P: Platform> fmt::Debug for EnforceContract<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EnforceContract").field(&self.0.facts().name).finish()
    }
}

impl<P: Platform, S> fmt::Debug for ContractService<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractService").field("platform", &self.platform.facts().name).finish_non_exhaustive()
    }
}
