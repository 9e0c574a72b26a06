//! The replacement of an intake's endpoint while servers and workers use it.

use referral_webhooks::Endpoint;
use referral_webhooks::platform::Platform;

use crate::intake::Intake;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::setup_error::SetupError;
use crate::store::Store;

impl<P: Platform, S: Store> Intake<P, S> {
    /// Returns the endpoint.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let redpin = inbox.intake("redpin-main", endpoint)?;
    /// println!("{:?}", redpin.endpoint().retention());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn endpoint(&self) -> Endpoint<P> {
        self.source().get()
    }

    /// Replaces the endpoint, with new secrets, say. The name stays, and so do the ids. Clones of the intake, ready-made
    /// routes and running workers use the new endpoint from their next delivery on.
    ///
    /// Stored deliveries are verified under the new endpoint, too, so it needs the secrets that they were received with.
    /// An extractor with an endpoint in the application's state is a separate copy.
    ///
    /// ```
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_inbox::{Inbox, MemoryStore};
    ///
    /// let (old, new) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    /// let redpin = Inbox::new(MemoryStore::new()).intake("redpin-main", Endpoint::<Redpin>::new(old)?)?;
    /// redpin.replace(Endpoint::new(new)?.or_previous(old)?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the new endpoint accepts repeats for longer than ids are kept.
    pub fn replace(&self, endpoint: Endpoint<P>) -> Result<(), SetupError> {
        match self.prune_rule().ids {
            Some(kept) if !Settings::outlives(Some(kept), endpoint.retention()) => {
                Err(SetupError::AcceptsForLonger { kept })
            }
            _ => {
                let endpoint = endpoint.named(self.name().to_owned());
                self.inbox().secrets.set(self.name(), Secrets::of(&endpoint, self.store()));
                self.source().set(endpoint);
                Ok(())
            }
        }
    }
}
