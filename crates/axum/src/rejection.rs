//! The answer to a request that is not a delivery.

use std::fmt;
use std::time::Duration;

use axum_core::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, Error};

/// The answer to a request that is not a delivery: the status that the platform's contract gives to the error.
///
/// The body is the status in words and never the reason, for the sender may be anyone. The reason, with advice on
/// what to look at, is logged when the rejection is made: one `warn` event of `tracing`, target
/// `referral_webhooks`.
#[derive(Debug, Clone)]
pub struct Rejection {
    platform: &'static str,
    error: Error,
    status: StatusCode,
    retry_after: Option<Duration>,
}

impl Rejection {
    pub(crate) fn new<P: Platform>(endpoint: &Endpoint<P>, error: Error) -> Self {
        let status = endpoint.status(error.kind());
        let contract = endpoint.contract();
        tracing::warn!(
            target: "referral_webhooks",
            platform = P::NAME,
            kind = error.kind().as_str(),
            status = status.as_u16(),
            advice = %error.advice(),
            "refused: {error}"
        );
        let retry_after = contract.retry_after.filter(|_| status == contract.transient);
        Self { platform: P::NAME, error, status, retry_after }
    }

    /// The platform's name.
    #[must_use]
    pub const fn platform(&self) -> &'static str {
        self.platform
    }

    /// Why the request is not a delivery.
    #[must_use]
    pub const fn error(&self) -> Error {
        self.error
    }

    /// The status that is sent.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The body that is sent.
    #[must_use]
    pub fn body_text(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or_default()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        with_retry_after((self.status, self.body_text()).into_response(), self.retry_after)
    }
}

/// Adds the header that says how long to wait, where the platform reads it.
pub(crate) fn with_retry_after(mut response: Response, wait: Option<Duration>) -> Response {
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    response
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused a request to the {} endpoint", self.platform)
    }
}

impl std::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
