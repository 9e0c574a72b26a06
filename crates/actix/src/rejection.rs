//! The answer to a request that is not a delivery.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use referral_webhooks::Refusal;
use referral_webhooks_door::log_refusal;

use crate::reply::status;

/// The answer to a request that is not a delivery, as actix sends it: a [`Refusal`], which tells the sender a status
/// and nothing else.
///
/// A mistake in the application, such as a forgotten endpoint, is the kind
/// [`Misconfigured`](referral_webhooks::ErrorKind::Misconfigured): the platform is told to send the event again, so
/// that nothing is lost until it is put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection(pub Refusal);

impl Rejection {
    /// Logs the reason for whoever runs the receiver.
    pub(crate) fn logged(refusal: Refusal) -> Self {
        log_refusal(&refusal);
        Self(refusal)
    }
}

impl Deref for Rejection {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        status(self.0.status())
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(wait) = self.0.retry_after() {
            response.insert_header((RETRY_AFTER, wait.as_secs()));
        }
        response.content_type(ContentType::plaintext()).body(self.0.body_text())
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
