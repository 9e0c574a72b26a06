//! The settings of an endpoint that are in force, and the answers that follow from them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::StatusCode;

use super::endpoint::{Endpoint, platforms_tolerance};
use crate::platform::{Facts, Platform};
use crate::{Contract, ErrorKind, Retention, Tolerance, Weakness};

impl<P: Platform> Endpoint<P> {
    /// Returns the platform.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::{Platform, redpin::Redpin}};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.platform().facts().title, "Redpin");
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn platform(&self) -> &P {
        &self.platform
    }

    /// Returns the platform's facts.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.facts().name, "redpin");
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.platform.facts()
    }

    /// Returns the platform's contract.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.contract().transient, 503); // Redpin retries after it
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn contract(&self) -> &'static Contract {
        self.facts().contract
    }

    /// Returns the status for a refused request: the contract's, with this endpoint's choices.
    ///
    /// ```
    /// use referral_webhooks::platform::prefinery::Prefinery;
    /// use referral_webhooks::{Endpoint, ErrorKind};
    ///
    /// let endpoint = Endpoint::<Prefinery>::new("correct horse battery staple")?;
    /// assert_eq!(endpoint.status(ErrorKind::SignatureMismatch), endpoint.contract().unproven);
    /// let endpoint = endpoint.retry_bad_signatures();
    /// assert_eq!(endpoint.status(ErrorKind::SignatureMismatch), endpoint.contract().transient);
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn status(&self, kind: ErrorKind) -> StatusCode {
        match kind {
            ErrorKind::SignatureMismatch if self.settings.retry_bad_signatures => self.contract().transient,
            kind => self.contract().status(kind),
        }
    }

    /// Returns the time for which delivery ids must be kept to drop every repeat that this endpoint would accept: the
    /// repeats that the platform sends, and replays by others who have seen a delivery.
    ///
    /// The answer is [`Retention::ForGood`] if no time is signed, even if the platform's type declares a tolerance, and
    /// if stale deliveries are accepted. A single delivery without a [`signed_at`](crate::Delivery::signed_at) has no age
    /// either: keep its id without a limit.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, Retention};
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.dangerously_accept_stale().retention(), Retention::ForGood);
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn retention(&self) -> Retention {
        // Without a limit on the age, repeats can come at any time.
        if self.settings.verifier.accepts_stale() {
            return Retention::ForGood;
        }
        retention_within(self.facts(), self.settings.verifier.tolerance())
    }

    /// Returns the [`retention`](Self::retention) of an endpoint with the platform's tolerance.
    ///
    /// ```
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::redpin::Redpin;
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.retention(), Endpoint::usual_retention(&Redpin));
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn usual_retention(platform: &P) -> Retention {
        let facts = platform.facts();
        retention_within(facts, platforms_tolerance(facts))
    }

    /// Returns the limit on bodies, in bytes.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.with_body_limit(64 * 1024).body_limit(), 64 * 1024);
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn body_limit(&self) -> usize {
        self.settings.body_limit
    }

    /// Returns the time that a web crate waits for the whole body.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(Some(endpoint.body_deadline()), endpoint.contract().deadline); // the default
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn body_deadline(&self) -> Duration {
        self.settings.body_deadline
    }

    /// Returns the doubts about secrets that are accepted nevertheless.
    ///
    /// ```
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::prefinery::Prefinery;
    ///
    /// let endpoint = Endpoint::<Prefinery>::new("k3v9x2m7q1")?;
    /// let warning = endpoint.weaknesses()[0].to_string();
    /// assert!(warning.starts_with("the current secret has fewer than 16 characters"));
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn weaknesses(&self) -> &[Weakness] {
        self.settings.verifier.weaknesses()
    }

    /// Returns the weaknesses to the first caller among all clones of this endpoint, and none to later callers. Web
    /// crates log them once.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::prefinery::Prefinery};
    /// let endpoint = Endpoint::<Prefinery>::new("k3v9x2m7q1")?;
    /// assert_eq!(endpoint.unreported_weaknesses().len(), 1);
    /// assert!(endpoint.clone().unreported_weaknesses().is_empty());
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn unreported_weaknesses(&self) -> &[Weakness] {
        let weaknesses = self.weaknesses();
        let is_reported = weaknesses.is_empty() || self.settings.reported.swap(true, Ordering::Relaxed);
        if is_reported { &[] } else { weaknesses }
    }
}

/// Returns the time for which delivery ids must be kept under this tolerance.
fn retention_within(facts: &Facts, tolerance: Tolerance) -> Retention {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let is_renewed = facts.scheme.signs_time();
    let is_dated = is_renewed || facts.has_body_time;
    // Without a signed time, repeats can come at any time.
    if !is_dated {
        return Retention::ForGood;
    }
    let replayable = tolerance.past().saturating_add(tolerance.future()).saturating_add(DAY);
    match facts.contract.retention() {
        Retention::AtLeast(contract) => Retention::AtLeast(contract.max(replayable)),
        Retention::ForGood if is_renewed => Retention::ForGood,
        // A repeat has the same time in its body, and is refused once that is too old.
        Retention::ForGood => {
            let retries = facts.contract.retries.horizon().unwrap_or_default().saturating_add(DAY);
            Retention::AtLeast(retries.max(replayable))
        }
    }
}
