//! What to tell the platform.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, Responder};
use referral_webhooks::platform::Platform;
use referral_webhooks::{self as core, Contract, Delivery};

/// What a handler tells the platform; the contract says which status means it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// We have it, and what we need of it is stored: never send it again. For repeats and unknown events too.
    Accepted,
    /// A passing fault of ours: send it again later. Made by [`retry_later`](Self::retry_later), for the contract must be
    /// the delivery's.
    #[non_exhaustive]
    RetryLater(&'static Contract),
}

impl Reply {
    /// A passing fault of ours: send this delivery again later.
    ///
    /// Whether the platform does is in its [`Contract::retries`]: at Refir nothing is published, so do not answer
    /// this where the delivery can be kept.
    #[must_use]
    pub const fn retry_later<P: Platform>(_: &Delivery<P>) -> Self {
        Self::RetryLater(P::CONTRACT)
    }
}

impl From<Reply> for core::Reply {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Accepted => Self::Accepted,
            Reply::RetryLater(contract) => Self::retry_later_under(contract),
        }
    }
}

/// What the inbox says of a delivery, for a handler that hands it there.
impl From<core::Reply> for Reply {
    fn from(reply: core::Reply) -> Self {
        match reply {
            core::Reply::Accepted => Self::Accepted,
            core::Reply::RetryLater { 0: contract, .. } => Self::RetryLater(contract),
        }
    }
}

impl Responder for Reply {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        response(self.into())
    }
}

/// The response that a reply asks for.
pub(crate) fn response(reply: core::Reply) -> HttpResponse {
    let mut response = HttpResponse::build(status(reply.status()));
    if let Some(wait) = reply.retry_after() {
        response.insert_header((RETRY_AFTER, wait.as_secs()));
    }
    response.finish()
}

/// A status of `http` 1 as one of `http` 0.2.
pub(crate) fn status(status: http::StatusCode) -> StatusCode {
    StatusCode::from_u16(status.as_u16()).expect("both generations of http have the same statuses")
}
