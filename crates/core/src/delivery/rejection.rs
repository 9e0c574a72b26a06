//! The answer to a request that is not a delivery.

use std::fmt;
use std::time::Duration;

use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};

use super::reply::response;
use crate::platform::{Facts, Platform};
use crate::{Endpoint, Error};

/// The answer to a request that is not a delivery: the status that the platform's contract gives to the error.
///
/// Its body is the status in words, without the reason, because the sender may be a stranger. Web crates send it, and log
/// the reason with [`Error::advice`].
///
/// ```
/// use http::Response;
/// use referral_webhooks::platform::prefinery::Prefinery;
/// use referral_webhooks::{Endpoint, ErrorKind};
///
/// let endpoint = Endpoint::<Prefinery>::new("prefinery-example-secret")?;
/// let rejection = endpoint.refuse(ErrorKind::BodyIncomplete.into());
/// let response: Response<String> = rejection.into();
/// assert_eq!((response.status().as_u16(), response.body().as_str()), (429, "Too Many Requests"));
/// # Ok::<(), referral_webhooks::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    platform: &'static str,
    error: Error,
    status: StatusCode,
    retry_after: Option<Duration>,
    closes: bool,
}

impl<P: Platform> Endpoint<P> {
    /// Returns the answer to a request that failed with this error.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let mut request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// *request.body_mut() = "forged".into();
    /// let error = endpoint.receive(&request, now).unwrap_err();
    /// assert_eq!(endpoint.refuse(error).status(), 401);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn refuse(&self, error: Error) -> Rejection {
        Rejection::new(self.facts(), error, self.status(error.kind()))
    }
}

impl Rejection {
    /// Returns the answer of the contract alone, for an application without an endpoint.
    ///
    /// ```
    /// use referral_webhooks::platform::prefinery::Prefinery;
    /// use referral_webhooks::{ErrorKind, Rejection};
    ///
    /// let error = ErrorKind::Misconfigured("no endpoint for Prefinery").into();
    /// assert_eq!(Rejection::without_endpoint(&Prefinery, error).status(), 429); // Prefinery sends the event again
    /// ```
    #[must_use]
    pub fn without_endpoint(platform: &impl Platform, error: Error) -> Self {
        let facts = platform.facts();
        Self::new(facts, error, facts.contract.status(error.kind()))
    }

    /// Returns the answer to a request that may be proven later: the contract's status
    /// [`undecided`](crate::Contract::undecided). It asks for another attempt where a refusal would be final.
    ///
    /// ```
    /// use referral_webhooks::platform::{prefinery::Prefinery, redpin::Redpin};
    /// use referral_webhooks::{ErrorKind, Rejection};
    ///
    /// // The secrets that did not match may be out of date.
    /// let error = ErrorKind::SignatureMismatch.into();
    /// assert_eq!(Rejection::undecided(&Prefinery, error).status(), 429); // a 401 would be final
    /// assert_eq!(Rejection::undecided(&Redpin, error).status(), 401); // a 401 is retried
    /// ```
    #[must_use]
    pub fn undecided(platform: &impl Platform, error: Error) -> Self {
        let facts = platform.facts();
        Self::new(facts, error, facts.contract.undecided)
    }

    /// Returns the answer of an application whose set-up has a mistake, so that not even the platform is known: 429. No
    /// platform takes that status for a success or for the end of its attempts.
    ///
    /// ```
    /// use referral_webhooks::{ErrorKind, Rejection};
    ///
    /// let rejection = Rejection::without_platform(ErrorKind::Misconfigured("no endpoint in the application's data").into());
    /// assert_eq!((rejection.platform(), rejection.status().as_u16()), ("unknown", 429));
    /// ```
    #[must_use]
    pub const fn without_platform(error: Error) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self { platform: "unknown", error, status, retry_after: None, closes: false }
    }

    fn new(facts: &Facts, error: Error, status: StatusCode) -> Self {
        let retry_after = facts.contract.retry_after.filter(|_| status == facts.contract.transient);
        Self { platform: facts.name, error, status, retry_after, closes: false }
    }

    /// Returns the platform's name.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let rejection = endpoint.refuse(ErrorKind::SignatureMismatch.into());
    /// assert_eq!(rejection.platform(), "redpin");
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn platform(&self) -> &'static str {
        self.platform
    }

    /// Returns the reason.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let rejection = endpoint.refuse(ErrorKind::SignatureMismatch.into());
    /// assert_eq!(rejection.error().to_string(), "signature does not match"); // for the log
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn error(&self) -> Error {
        self.error
    }

    /// Returns the status to send.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.refuse(ErrorKind::SignatureMismatch.into()).status(), 401);
    /// assert_eq!(endpoint.refuse(ErrorKind::BodyIncomplete.into()).status(), 503);
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the value of the header `Retry-After`, if the platform reads it.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let rejection = endpoint.refuse(ErrorKind::BodyIncomplete.into());
    /// assert_eq!(rejection.retry_after().map(|wait| wait.as_secs()), Some(60));
    /// assert_eq!(endpoint.refuse(ErrorKind::SignatureMismatch.into()).retry_after(), None);
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Asks the server to close the connection after the answer. A web crate does so after a long body, because the
    /// connection's buffer has grown with it.
    ///
    /// ```
    /// # use http::Response;
    /// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let rejection = endpoint.refuse(ErrorKind::BodyTooLarge.into()).closing();
    /// let response: Response<String> = rejection.into();
    /// assert_eq!(response.headers()["connection"], "close");
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    /// Returns whether the server is asked to close the connection after the answer.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert!(!endpoint.refuse(ErrorKind::SignatureMismatch.into()).closes());
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn closes(&self) -> bool {
        self.closes
    }

    /// Returns the body to send.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let rejection = endpoint.refuse(ErrorKind::SignatureMismatch.into());
    /// assert_eq!(rejection.body_text(), "Unauthorized"); // without the reason
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn body_text(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or_default()
    }
}

impl<B: From<&'static str>> From<Rejection> for Response<B> {
    /// Returns the response to the refused request.
    fn from(rejection: Rejection) -> Self {
        let mut response = response(rejection.body_text().into(), rejection.status, rejection.retry_after);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if rejection.closes {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return crate::chain(self).fmt(f);
        }
        write!(f, "refused a request to the {} endpoint", self.platform)
    }
}

impl std::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
