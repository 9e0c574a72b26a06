//! An endpoint as a tower service.

use futures_util::future::BoxFuture;
use http::request::Parts;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Reply, Tenant};
use referral_webhooks_tower::{TenantService, WebhookService};

use crate::intake::Intake;
use crate::store::Store;
use crate::tenants::TenantIntake;

impl<P: Platform, S: Store> Intake<P, S> {
    /// Returns a ready-made route for axum, hyper, poem, salvo and AWS Lambda. It verifies and stores a delivery, and
    /// answers 200 once the delivery is durable. It needs the feature `tower`.
    ///
    /// ```
    /// use axum::Router;
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_inbox::Inbox;
    /// use referral_webhooks_inbox::store::Store;
    ///
    /// fn app<S: Store>(inbox: &Inbox<S>) -> Result<Router, Box<dyn std::error::Error>> {
    ///     let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    ///     let redpin = inbox.intake("redpin-main", endpoint)?;
    ///     Ok(Router::new().route_service("/hooks/redpin", redpin.service()))
    /// }
    /// # app(&Inbox::new(referral_webhooks_inbox::MemoryStore::new())).unwrap();
    /// ```
    #[must_use]
    pub fn service(&self) -> WebhookService<P, impl Fn(Delivery<P>) -> BoxFuture<'static, Reply> + Clone + use<P, S>> {
        let (intake, current) = (self.clone(), self.clone());
        let receive = move |delivery: Delivery<P>| -> BoxFuture<'static, Reply> {
            let intake = intake.clone();
            Box::pin(async move { intake.receive(&delivery).await })
        };
        WebhookService::with_current(move || current.endpoint(), receive)
    }
}

impl<P: Platform, S: Store> TenantIntake<P, S> {
    /// Returns a ready-made route of all tenants, for axum, hyper, poem, salvo and AWS Lambda. A function finds the tenant
    /// in the head of a request, in its path as a rule. It needs the feature `tower`.
    ///
    /// ```
    /// use axum::Router;
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_inbox::TenantIntake;
    /// use referral_webhooks_inbox::store::Store;
    ///
    /// fn app<S: Store>(redpin: &TenantIntake<Redpin, S>) -> Router {
    ///     let service = redpin.service(|head| head.uri.path().strip_prefix("/hooks/redpin/"));
    ///     Router::new().route_service("/hooks/redpin/{tenant}", service)
    /// }
    /// # let _ = app::<referral_webhooks_inbox::MemoryStore>;
    /// ```
    #[must_use]
    pub fn service<T>(
        &self,
        tenant: T,
    ) -> TenantService<P, impl Fn(Tenant, Delivery<P>) -> BoxFuture<'static, Reply> + Clone + use<P, S, T>>
    where
        T: Fn(&Parts) -> Option<&str> + Send + Sync + 'static,
    {
        let intake = self.clone();
        let receive = move |tenant: Tenant, delivery: Delivery<P>| -> BoxFuture<'static, Reply> {
            let intake = intake.clone();
            Box::pin(async move { intake.receive(&tenant, &delivery).await })
        };
        TenantService::new(self.endpoints().clone(), tenant, receive)
    }
}
