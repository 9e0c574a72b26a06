//! Old secrets of an endpoint.

use super::endpoint::Endpoint;
use crate::platform::Platform;
use crate::{EndpointError, Fingerprint, SecretRole};

impl<P: Platform> Endpoint<P> {
    /// Reopens stored deliveries with another secret, which accepts no new delivery. Several calls add several secrets.
    ///
    /// A secret is removed from service in two steps: it moves from [`or_previous`](Self::or_previous) to this method
    /// when the platform has stopped signing with it, and is removed when no stored delivery needs it. An inbox names
    /// the secrets that its entries need in its health.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, ErrorKind, Message};
    /// # use time::OffsetDateTime;
    /// # let now = OffsetDateTime::UNIX_EPOCH;
    ///
    /// let (new, old) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    /// let before = Endpoint::<Redpin>::new(old)?;
    /// let request = before.sign(&Message::new("{}", now))?;
    /// let stored = before.receive(&request, now)?.stored();
    ///
    /// let rotated = Endpoint::<Redpin>::new(new)?.reopens_with(old)?;
    /// assert!(rotated.reopen(stored).is_ok());
    /// let error = rotated.receive(&request, now).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::SignatureMismatch);
    /// assert!(error.advice().to_string().contains("only reopens stored deliveries"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn reopens_with(self, secret: impl AsRef<str>) -> Result<Self, EndpointError> {
        let role = SecretRole::Reopening(self.settings.verifier.reopening_secrets() + 1);
        self.try_change(Some(role), |verifier| verifier.reopens_with(secret))
    }

    /// Returns the name of every secret with its role: the current one, previous ones, reopening ones. A set of keys has a
    /// name for each key, all with the role of the set. At a platform whose secrets are single keys, the position is that of
    /// [`Delivery::secret_index`](crate::Delivery::secret_index).
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let delivery = endpoint.receive(&endpoint.sign(&Message::new("{}", now))?, now)?;
    /// let (role, fingerprint) = endpoint.fingerprints().next().unwrap();
    /// println!("{role}: {fingerprint}");
    /// assert_eq!(delivery.fingerprint(), fingerprint);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fingerprints(&self) -> impl Iterator<Item = (SecretRole, Fingerprint)> {
        self.settings.verifier.fingerprints()
    }
}
