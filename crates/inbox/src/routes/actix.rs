//! An endpoint as a route of actix-web.

use actix_web::web::ServiceConfig;
use referral_webhooks::platform::Platform;
use referral_webhooks_actix::{TenantWebhook, Webhook, tenant_webhook, webhook_with_current};

use crate::intake::Intake;
use crate::store::Store;
use crate::tenants::TenantIntake;

impl<P: Platform, S: Store> Intake<P, S> {
    /// Returns a ready-made route for `App::configure` and `Scope::configure` of actix-web. It verifies and stores a
    /// delivery, and answers 200 once the delivery is durable. It needs the feature `actix`.
    ///
    /// ```
    /// use actix_web::App;
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_inbox::Inbox;
    ///
    /// # let inbox = Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let redpin = inbox.intake("redpin-main", endpoint)?;
    /// let app = App::new().configure(redpin.configure("/hooks/redpin"));
    /// # let _ = app;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Each worker of the server configures its own clone, and all clones are one endpoint of the inbox.
    pub fn configure(&self, path: &str) -> impl FnOnce(&mut ServiceConfig) + use<P, S> {
        let (intake, current) = (self.clone(), self.clone());
        webhook_with_current(
            path,
            move || current.endpoint(),
            move |Webhook(delivery): Webhook<P>| {
                let intake = intake.clone();
                async move { intake.receive(&delivery).await }
            },
        )
    }
}

impl<P: Platform, S: Store> TenantIntake<P, S> {
    /// Returns a ready-made route of all tenants, for `App::configure` and `Scope::configure` of actix-web. The path has a
    /// segment `{tenant}`, unless the scope of the route has it. It needs the feature `actix`.
    ///
    /// ```
    /// use actix_web::App;
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_inbox::TenantIntake;
    /// use referral_webhooks_inbox::store::Store;
    ///
    /// fn app<S: Store>(redpin: &TenantIntake<Redpin, S>) {
    ///     App::new().configure(redpin.configure("/hooks/redpin/{tenant}"));
    /// }
    /// # let _ = app::<referral_webhooks_inbox::MemoryStore>;
    /// ```
    pub fn configure(&self, path: &str) -> impl FnOnce(&mut ServiceConfig) + use<P, S> {
        let intake = self.clone();
        tenant_webhook(path, self.endpoints().clone(), move |TenantWebhook(tenant, delivery): TenantWebhook<P>| {
            let intake = intake.clone();
            async move { intake.receive(&tenant, &delivery).await }
        })
    }
}
