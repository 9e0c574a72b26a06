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
    /// let reply = referral_webhooks::Reply::RetryLater(Redpin.facts().contract);
    /// ```
    #[non_exhaustive]
    RetryLater(&'static Contract),
}

impl Reply {
    /// Returns the reply for a transient fault: the platform sends this delivery again later.
    ///
    /// [`Contract::retries`] says whether the platform does so. Refir publishes no retries, so do not answer this if the
    /// delivery can be stored.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, Reply, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert_eq!(Reply::retry_later(&delivery).status(), 503); // Redpin retries after it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn retry_later<P: Platform>(delivery: &Delivery<P>) -> Self {
        Self::RetryLater(delivery.platform().facts().contract)
    }

    /// Returns [`retry_later`](Self::retry_later) without a delivery. Web crates use it after a panic.
    ///
    /// ```
    /// use referral_webhooks::Reply;
    /// use referral_webhooks::platform::{Platform, prefinery::Prefinery};
    ///
    /// assert_eq!(Reply::retry_later_under(Prefinery.facts().contract).status(), 429);
    /// ```
    #[must_use]
    pub const fn retry_later_under(contract: &'static Contract) -> Self {
        Self::RetryLater(contract)
    }

    /// Returns the status that expresses the reply.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, prefinery::Prefinery, refir::Refir};
    /// # use referral_webhooks::Reply;
    /// assert_eq!(Reply::Accepted.status(), 200);
    /// assert_eq!(Reply::retry_later_under(Refir.facts().contract).status(), 503);
    /// assert_eq!(Reply::retry_later_under(Prefinery.facts().contract).status(), 429);
    /// ```
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            // The same for every platform; a test compares the contracts.
            Self::Accepted => StatusCode::OK,
            Self::RetryLater(contract) => contract.transient,
        }
    }

    /// Returns the value of the header `Retry-After`, if the platform reads it.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, prefinery::Prefinery, redpin::Redpin};
    /// # use referral_webhooks::Reply;
    /// let wait = Reply::retry_later_under(Redpin.facts().contract).retry_after();
    /// assert_eq!(wait.map(|wait| wait.as_secs()), Some(60));
    /// assert_eq!(Reply::retry_later_under(Prefinery.facts().contract).retry_after(), None);
    /// ```
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
