//! An endpoint as a route of actix-web.

use actix_web::web::ServiceConfig;
use referral_webhooks::platform::Platform;
use referral_webhooks_actix::{Webhook, webhook};

use crate::intake::Intake;
use crate::store::Store;

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
        let intake = self.clone();
        webhook(path, self.endpoint().clone(), move |Webhook(delivery): Webhook<P>| {
            let intake = intake.clone();
            async move { intake.receive(&delivery).await }
        })
    }
}
