//! The name of an endpoint, and the reports to its observers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Uri};
use time::OffsetDateTime;

use super::endpoint::Endpoint;
use super::mask::Role;
use super::observer::{Observer, Received, Refused};
use super::{mask, mask_body, rejection::Rejection};
use crate::platform::Platform;
use crate::{Delivery, Trust};

/// Naming and observing.
impl<P: Platform> Endpoint<P> {
    /// Sets the endpoint's name, for logs, metrics and observers. The intake of an inbox sets it to its own name.
    ///
    /// ```
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::redpin::Redpin;
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.name(), None);
    /// assert_eq!(endpoint.named("redpin-main").name(), Some("redpin-main"));
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        self.change(|settings| settings.watch.name = Some(name.into()))
    }

    /// Returns the endpoint's name.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?.named("redpin-main");
    /// println!("{}", endpoint.name().unwrap_or("(unnamed)"));
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.settings.watch.name.as_deref()
    }

    /// Adds an observer of received and refused requests. Several calls add several.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use referral_webhooks::{Endpoint, Observer, Refused, platform::redpin::Redpin};
    /// struct Printer;
    ///
    /// impl Observer for Printer {
    ///     fn refused(&self, refused: &Refused<'_>) {
    ///         println!("{:?}: {}", refused.endpoint, refused.error);
    ///     }
    /// }
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?.observed_by(Arc::new(Printer));
    /// # let _ = endpoint;
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        self.change(|settings| settings.watch.observers.push(observer))
    }

    /// Returns the path of a URL for a log, without its query: at most 200 bytes. If the endpoint demands a token, the last
    /// segment and long segments are `***`.
    ///
    /// ```
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::refir::Refir;
    ///
    /// let endpoint = Endpoint::<Refir>::new("rT7kQ2mX9vB4nL6pW3sY8zD5")?;
    /// let url = "/hooks/refir/rT7kQ2mX9vB4nL6pW3sY8zD5?a=b".parse()?;
    /// assert_eq!(endpoint.masked_path(&url), "/hooks/refir/***");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn masked_path(&self, uri: &Uri) -> String {
        const MOST: usize = 200;
        let mut path = mask::path(uri, self.settings.verifier.has_url_token());
        path.truncate(path.find('?').unwrap_or(path.len()));
        let end = (0..=MOST.min(path.len())).rev().find(|end| path.is_char_boundary(*end));
        path.truncate(end.unwrap_or_default());
        path
    }

    /// Returns whether the endpoint has an observer.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert!(!endpoint.is_observed());
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn is_observed(&self) -> bool {
        !self.settings.watch.observers.is_empty()
    }

    /// Returns the number of bytes of a refused body that the observers read.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.observed_bytes(), 0); // without observers
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn observed_bytes(&self) -> usize {
        self.settings.watch.observers.iter().map(|observer| observer.body_bytes()).max().unwrap_or_default()
    }

    /// Reports a delivery to the observers. Web crates call it before the handler.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// endpoint.report_received(&delivery);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn report_received(&self, delivery: &Delivery<P>) {
        if !self.is_observed() {
            return;
        }
        let received = Received {
            platform: self.facts().name,
            endpoint: self.name(),
            secret_index: delivery.secret_index(),
            received_at: delivery.received_at(),
        };
        self.report(|observer| observer.received(&received));
    }

    /// Reports a refused request to the observers: its head, the kept bytes of its body, and the length of the whole body
    /// if it is known. Web crates call it after they have logged the refusal.
    ///
    /// ```
    /// # use bytes::Bytes;
    /// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let request = http::Request::post("/hooks/redpin").body(Bytes::from("{}"))?;
    /// let rejection = endpoint.refuse(ErrorKind::MissingHeader("svix-id").into());
    /// endpoint.report_refused(&rejection, now, &request, Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn report_refused(
        &self,
        rejection: &Rejection,
        at: OffsetDateTime,
        request: &Request<Bytes>,
        body_length: Option<u64>,
    ) {
        let error = rejection.error();
        let wants = |observer: &&Arc<dyn Observer>| {
            catch_unwind(AssertUnwindSafe(|| observer.wants(&error))).unwrap_or_default()
        };
        let observers: Vec<_> = self.settings.watch.observers.iter().filter(wants).collect();
        if observers.is_empty() {
            return;
        }
        let tokens = self.settings.verifier.tokens();
        let scheme = &self.facts().scheme;
        let has_token = self.settings.verifier.has_url_token();
        let role = |name: &_| match (scheme.hides(name), scheme.reads(name)) {
            (true, _) => Role::Token,
            (false, true) => Role::Proof,
            (false, false) => Role::Other,
        };
        let came = request.body().slice(..request.body().len().min(self.observed_bytes()));
        let body = match scheme.trust() {
            Trust::SharedSecret => mask_body::body(&came, scheme.token_member(), &tokens),
            Trust::SecretUrl | Trust::Signed => came.clone(),
        };
        // The mask has another length, and the number of missing bytes stays the same.
        let missing = body_length.map(|length| length.saturating_sub(came.len() as u64));
        let refused = Refused {
            platform: self.facts().name,
            endpoint: self.name(),
            error,
            status: rejection.status(),
            at,
            method: request.method(),
            path: mask::path(request.uri(), has_token).into(),
            headers: mask::headers(request.headers(), role, request.uri(), has_token, &tokens),
            body_length: missing.map(|missing| missing + body.len() as u64),
            body,
        };
        for observer in observers {
            let _ = catch_unwind(AssertUnwindSafe(|| observer.refused(&refused)));
        }
    }

    fn report(&self, report: impl Fn(&dyn Observer)) {
        for observer in &self.settings.watch.observers {
            // The panic hook has printed the message. An observer must not cost a delivery.
            let _ = catch_unwind(AssertUnwindSafe(|| report(&**observer)));
        }
    }
}
