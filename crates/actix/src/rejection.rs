//! The answer to a request that is not a delivery.

use std::error::Error as StdError;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Refusal, Reply};

use crate::reply::response;

/// The answer to a request that is not a delivery, as actix sends it. The sender learns a status and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The request is not a delivery.
    Refused(Refusal),
    /// The application's data hold no endpoint for this platform: a mistake in the application. The platform is told to
    /// send the event again, so that nothing is lost until it is put right.
    NoEndpoint {
        /// The platform's name.
        platform: &'static str,
        /// What the platform is told.
        reply: Reply,
    },
}

impl Rejection {
    /// Logs the reason for whoever runs the receiver.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        let error = refusal.error();
        tracing::warn!(
            target: "referral_webhooks",
            platform = refusal.platform(),
            kind = error.kind().as_str(),
            status = refusal.status().as_u16(),
            advice = %error.advice(),
            "refused: {error}"
        );
        Self::Refused(refusal)
    }

    pub(crate) fn without_endpoint<P: Platform>() -> Self {
        let rejection = Self::NoEndpoint { platform: P::NAME, reply: Reply::RetryLater(P::CONTRACT) };
        tracing::error!(target: "referral_webhooks", platform = P::NAME, "{rejection}");
        rejection
    }
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Refused(refusal) => {
                let mut builder = HttpResponse::build(crate::reply::status(refusal.status()));
                if let Some(wait) = refusal.retry_after() {
                    builder.insert_header((RETRY_AFTER, wait.as_secs()));
                }
                builder.content_type(ContentType::plaintext()).body(refusal.body_text())
            }
            Self::NoEndpoint { reply, .. } => response(*reply),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NoEndpoint { platform, .. } => write!(
                f,
                "no endpoint for {platform} in the application's data: mount the handler with `webhook`, or give                  the endpoint to `app_data`"
            ),
        }
    }
}

impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Refused(refusal) => refusal.source(),
            Self::NoEndpoint { .. } => None,
        }
    }
}
