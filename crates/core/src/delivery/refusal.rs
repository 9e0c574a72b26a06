//! The answer to a request that is not a delivery.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::platform::Platform;
use crate::{Endpoint, Error};

/// The answer to a request that is not a delivery: the status that the platform's contract gives to the error.
///
/// The body is the status in words, without the reason, because the sender is unproven. Web crates send it, and log the
/// reason with [`Error::advice`].
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::{Endpoint, Message};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let error = endpoint.receive(&http::Request::new(""), now).unwrap_err();
/// let refusal = endpoint.refuse(error);
/// assert_eq!((refusal.status(), refusal.body_text()), (http::StatusCode::UNAUTHORIZED, "Unauthorized"));
/// assert_eq!((refusal.platform(), refusal.error().kind().as_str()), ("redpin", "missing-header"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    platform: &'static str,
    error: Error,
    status: StatusCode,
    retry_after: Option<Duration>,
}

impl<P: Platform> Endpoint<P> {
    /// Returns the answer to a request that failed with this error.
    #[must_use]
    pub fn refuse(&self, error: Error) -> Refusal {
        Refusal::new::<P>(error, self.status(error.kind()))
    }
}

impl Refusal {
    /// Returns the answer of the contract alone, without the choices of an endpoint.
    #[must_use]
    pub fn without_endpoint<P: Platform>(error: Error) -> Self {
        Self::new::<P>(error, P::CONTRACT.status(error.kind()))
    }

    fn new<P: Platform>(error: Error, status: StatusCode) -> Self {
        let retry_after = P::CONTRACT.retry_after.filter(|_| status == P::CONTRACT.transient);
        Self { platform: P::NAME, error, status, retry_after }
    }

    /// Returns the platform's name.
    #[must_use]
    pub const fn platform(&self) -> &'static str {
        self.platform
    }

    /// Returns the reason for which the request is not a delivery.
    #[must_use]
    pub const fn error(&self) -> Error {
        self.error
    }

    /// Returns the status to send.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the value of the header `Retry-After`, if it should be sent.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the body to send.
    #[must_use]
    pub fn body_text(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or_default()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused a request to the {} endpoint", self.platform)
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
