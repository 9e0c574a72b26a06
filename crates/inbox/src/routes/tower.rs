//! An endpoint as a tower service.

use futures_util::future::BoxFuture;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Reply};
use referral_webhooks_tower::WebhookService;

use crate::intake::Intake;
use crate::store::Store;

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
        let intake = self.clone();
        WebhookService::new(self.endpoint().clone(), move |delivery: Delivery<P>| -> BoxFuture<'static, Reply> {
            let intake = intake.clone();
            Box::pin(async move { intake.receive(&delivery).await })
        })
    }
}
