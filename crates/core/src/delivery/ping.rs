//! Requests by which a platform checks that a URL exists.

use std::sync::Arc;

use http::{Method, Uri};

use crate::platform::Platform;
use crate::{Endpoint, Error};

/// Pings.
impl<P: Platform> Endpoint<P> {
    /// Answers 200 to `GET` and `HEAD`, by which some platforms check a URL when it is saved. Such a request is no delivery:
    /// it reaches no handler and no inbox. If the endpoint has a token, the URL must carry it.
    ///
    /// `WebhookService` and `VerifyLayer` of tower, `webhook` and `VerifyDelivery` of actix-web, and the routes of the inbox
    /// follow the setting. A route of axum adds `.get(answer_ping::<P>)` instead.
    ///
    /// ```
    /// use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?.answering_pings();
    /// assert!(endpoint.answers_ping(&http::Method::HEAD));
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn answering_pings(mut self) -> Self {
        Arc::make_mut(&mut self.settings).answers_pings = true;
        self
    }

    /// Returns whether a request by this method is answered as a ping.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert!(!endpoint.answers_ping(&http::Method::GET));
    /// assert!(!endpoint.answering_pings().answers_ping(&http::Method::POST));
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn answers_ping(&self, method: &Method) -> bool {
        self.settings.answers_pings && [Method::GET, Method::HEAD].contains(method)
    }

    /// Checks the token in the URL, if the endpoint has one. The rest of the proof is not checked.
    ///
    /// ```
    /// use referral_webhooks::{Endpoint, ErrorKind, platform::refir::Refir};
    ///
    /// let endpoint = Endpoint::<Refir>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
    /// assert!(endpoint.check_url(&"/hooks/kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA".parse()?).is_ok());
    /// let error = endpoint.check_url(&"/hooks/another-token-here".parse()?).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TokenMismatch);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the token is missing or wrong.
    pub fn check_url(&self, uri: &Uri) -> Result<(), Error> {
        self.settings.verifier.check_url(uri)
    }
}
