//! What to tell the platform.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Response, StatusCode};

use crate::platform::Platform;
use crate::{Contract, Delivery};

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

    /// The same where no delivery is at hand: for web crates.
    #[must_use]
    pub const fn retry_later_under(contract: &'static Contract) -> Self {
        Self::RetryLater(contract)
    }

    /// The status that says it.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            // The same for every platform, as a test over the contracts says.
            Self::Accepted => StatusCode::OK,
            Self::RetryLater(contract) => contract.transient,
        }
    }

    /// The header `Retry-After` that goes with it, if any.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Accepted => None,
            Self::RetryLater(contract) => contract.retry_after,
        }
    }
}

impl<B: Default> From<Reply> for Response<B> {
    /// Returns the response that a reply asks for. Its body is empty.
    fn from(reply: Reply) -> Self {
        response(B::default(), reply.status(), reply.retry_after())
    }
}

pub(crate) fn response<B>(body: B, status: StatusCode, retry_after: Option<Duration>) -> Response<B> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if let Some(wait) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, wait.as_secs().into());
    }
    response
}
