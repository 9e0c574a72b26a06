//! What to tell the platform.

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::{self as tower, Contract, Delivery, answer};

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

impl From<Reply> for tower::Reply {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Accepted => Self::Accepted,
            Reply::RetryLater(contract) => Self::retry_later_under(contract),
        }
    }
}

/// What the inbox says of a delivery, for a handler that hands it there.
impl From<tower::Reply> for Reply {
    fn from(reply: tower::Reply) -> Self {
        match reply {
            tower::Reply::Accepted => Self::Accepted,
            tower::Reply::RetryLater { 0: contract, .. } => Self::RetryLater(contract),
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        // An answer has no text, and axum's own empty body no box.
        answer(self).map(|_| Body::empty())
    }
}
