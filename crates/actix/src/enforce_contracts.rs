//! The middleware that keeps the answers of a whole application within the contracts of its platforms.

use std::future::{Ready, ready};

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use referral_webhooks_door::WebhookRoutes;

use crate::answer::{ContractFuture, answer, watch};

/// Middleware that keeps the answers of a whole application within the contracts of its platforms.
///
/// It is the outermost middleware, which is the last `wrap` of the application. Its table says which path belongs to which
/// platform, so that an answer that never reached the route is translated too: of a time-out, a limit, or a middleware that
/// failed. Paths outside of the table keep their answers, unless the request reached a route with
/// [`EnforceContract`](crate::EnforceContract).
///
/// - A 408, 429 or 5xx asks the platform to send the event again. A 413 stays, unless the contract forbids it.
/// - A panic of a middleware asks for another attempt. On a path of no platform the panic continues.
/// - A translation is logged with the platform, the template of the path and both statuses.
///
/// The routes keep their own contract ([`webhook`](crate::webhook()) includes it): with it a handler ends although a
/// time-out outside of the route has answered.
///
/// ```
/// use std::time::Duration;
///
/// use actix_web::dev::{ServiceRequest, ServiceResponse};
/// use actix_web::middleware::{Next, from_fn};
/// use actix_web::{App, Error, body::MessageBody, error, rt};
/// use referral_webhooks_actix::platform::{Platform, prefinery::Prefinery, redpin::Redpin};
/// use referral_webhooks_actix::{Endpoint, EnforceContracts, Reply, Webhook, WebhookRoutes, webhook};
///
/// async fn note<P: Platform>(Webhook(delivery): Webhook<P>) -> Reply {
///     println!("{}: {}", delivery.platform().facts().name, delivery.id());
///     Reply::Accepted
/// }
///
/// /// Answers 408, which is final at Prefinery, for all routes of the application.
/// async fn time_out<B: MessageBody>(
///     request: ServiceRequest,
///     next: Next<B>,
/// ) -> Result<ServiceResponse<B>, Error> {
///     let answered = rt::time::timeout(Duration::from_secs(5), next.call(request)).await;
///     answered.unwrap_or_else(|_| Err(error::ErrorRequestTimeout("")))
/// }
///
/// fn app(prefinery: Endpoint<Prefinery>, redpin: Endpoint<Redpin>) {
///     let routes = WebhookRoutes::new().route::<Prefinery>("/hooks/prefinery").route::<Redpin>("/hooks/redpin");
///     App::new()
///         .configure(webhook("/hooks/prefinery", prefinery, note::<Prefinery>))
///         .configure(webhook("/hooks/redpin", redpin, note::<Redpin>))
///         .wrap(from_fn(time_out))
///         // The last one is the outermost one.
///         .wrap(EnforceContracts::new(routes));
/// }
/// ```
#[derive(Debug, Clone)]
pub struct EnforceContracts(WebhookRoutes);

/// A service with answers within the contracts of several platforms, made by [`EnforceContracts`].
///
/// ```
/// use actix_web::{App, HttpResponse, rt, test, web};
/// use referral_webhooks_actix::platform::prefinery::Prefinery;
/// use referral_webhooks_actix::{EnforceContracts, WebhookRoutes};
///
/// # rt::System::new().block_on(async {
/// let routes = WebhookRoutes::new().route::<Prefinery>("/hooks/prefinery");
/// let too_slow = web::to(|| async { HttpResponse::RequestTimeout() });
/// let app = App::new().default_service(too_slow).wrap(EnforceContracts::new(routes));
/// let app = test::init_service(app).await;
/// let status = async |path| test::call_service(&app, test::TestRequest::post().uri(path).to_request()).await.status();
/// assert_eq!(status("/hooks/prefinery").await, 429);
/// assert_eq!(status("/shop").await, 408);
/// # });
/// ```
#[derive(Debug)]
pub struct ContractsService<S> {
    inner: S,
    routes: WebhookRoutes,
}

impl EnforceContracts {
    /// Returns the middleware of an application with these endpoints.
    ///
    /// ```
    /// use referral_webhooks_actix::platform::redpin::Redpin;
    /// use referral_webhooks_actix::{EnforceContracts, WebhookRoutes};
    ///
    /// let middleware = EnforceContracts::new(WebhookRoutes::new().route::<Redpin>("/hooks/redpin"));
    /// # let _ = middleware;
    /// ```
    #[must_use]
    pub const fn new(routes: WebhookRoutes) -> Self {
        Self(routes)
    }
}

impl<S, B> Transform<S, ServiceRequest> for EnforceContracts
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = ContractsService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(ContractsService { inner, routes: self.0.clone() }))
    }
}

impl<S, B> Service<ServiceRequest> for ContractsService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = ContractFuture<B>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let terms = self.routes.find(request.path()).cloned();
        let delivered = watch(&request);
        if let Some(terms) = &terms {
            delivered.claim(|| terms.clone());
        }
        answer(&self.inner, request, terms, delivered)
    }
}
