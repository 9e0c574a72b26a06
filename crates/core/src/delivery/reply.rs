//! A handler's answer to the platform.

use std::time::Duration;

use http::StatusCode;

use crate::platform::Platform;
use crate::{Contract, Delivery};

/// A handler's answer to the platform. The contract gives the status that has this meaning there.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::{Delivery, Reply};
///
/// fn on_redpin(delivery: &Delivery<Redpin>) -> Reply {
///     match credit(delivery) {
///         Ok(()) => Reply::Accepted,
///         Err(_) => Reply::retry_later(delivery),
///     }
/// }
/// # fn credit(_: &Delivery<Redpin>) -> Result<(), ()> { Ok(()) }
/// # use referral_webhooks::platform::Platform;
///
/// assert_eq!(Reply::Accepted.status(), 200);
/// assert_eq!(Reply::retry_later_under(Redpin::CONTRACT).status(), 503);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// The delivery is safe here: do not send it again. Also the answer to repeats and unknown events.
    Accepted,
    /// The receiver has a passing fault: send it again later. Made by [`retry_later`](Self::retry_later), because the
    /// contract must be the delivery's.
    #[non_exhaustive]
    RetryLater(&'static Contract),
}

impl Reply {
    /// Asks for this delivery again later, because of a passing fault here.
    ///
    /// Whether the platform retries is in its [`Contract::retries`]. Refir publishes no retries, so do not answer this to
    /// Refir if the delivery can be stored.
    #[must_use]
    pub const fn retry_later<P: Platform>(_: &Delivery<P>) -> Self {
        Self::RetryLater(P::CONTRACT)
    }

    /// Asks for a delivery again later without having one. For web crates.
    #[must_use]
    pub const fn retry_later_under(contract: &'static Contract) -> Self {
        Self::RetryLater(contract)
    }

    /// Returns the status to send.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            // The same for every platform. A test compares all contracts with it.
            Self::Accepted => StatusCode::OK,
            Self::RetryLater(contract) => contract.transient,
        }
    }

    /// Returns the value of the header `Retry-After`, if it should be sent.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Accepted => None,
            Self::RetryLater(contract) => contract.retry_after,
        }
    }
}
