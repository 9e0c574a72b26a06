//! The answer of a handler to the platform.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Response, StatusCode};

use crate::platform::Platform;
use crate::{Contract, Delivery};

/// The answer of a handler to the platform. The platform's [`Contract`] decides which status expresses it.
///
/// It is one type for every framework and for the inbox, so a handler can return the reply of an inbox as it is.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::{Delivery, Reply};
///
/// async fn on_redpin(delivery: Delivery<Redpin>) -> Reply {
///     match store(&delivery).await {
///         Ok(()) => Reply::Accepted,
///         Err(_) => Reply::retry_later(&delivery),
///     }
/// }
/// # async fn store(_: &Delivery<Redpin>) -> std::io::Result<()> { Ok(()) }
/// ```
///
/// axum and actix-web send it as a response. Other servers convert it:
///
/// ```
/// use http::Response;
/// use referral_webhooks::Reply;
///
/// let response: Response<String> = Reply::Accepted.into();
/// assert_eq!(response.status(), 200);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// The application has stored the parts of the event that it needs. The platform does not send it again. This is
    /// also the answer to repeats and to unknown events.
    Accepted,
    /// A transient fault of the application. The platform sends the event again later.
    ///
    /// Only [`retry_later`](Self::retry_later) makes one, because the contract must be the contract of the delivery:
    ///
    /// ```compile_fail,E0603
    /// use referral_webhooks::platform::{Platform, redpin::Redpin};
    /// let reply = referral_webhooks::Reply::RetryLater(Redpin::CONTRACT);
    /// ```
    #[non_exhaustive]
    RetryLater(&'static Contract),
}

impl Reply {
    /// Returns the reply for a transient fault: the platform sends this delivery again later.
    ///
    /// [`Contract::retries`] says whether the platform does so. Refir publishes no retries, so do not answer this if the
    /// delivery can be stored.
    #[must_use]
    pub const fn retry_later<P: Platform>(_: &Delivery<P>) -> Self {
        Self::RetryLater(P::CONTRACT)
    }

    /// Returns [`retry_later`](Self::retry_later) without a delivery. Web crates use it after a panic.
    #[must_use]
    pub const fn retry_later_under(contract: &'static Contract) -> Self {
        Self::RetryLater(contract)
    }

    /// Returns the status that expresses the reply.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            // The same for every platform; a test compares the contracts.
            Self::Accepted => StatusCode::OK,
            Self::RetryLater(contract) => contract.transient,
        }
    }

    /// Returns the value of the header `Retry-After`, if the platform reads it.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Accepted => None,
            Self::RetryLater(contract) => contract.retry_after,
        }
    }
}

impl<B: Default> From<Reply> for Response<B> {
    /// Returns the response that expresses a reply. Its body is empty.
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
