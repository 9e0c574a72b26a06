//! The reaction of a platform to the answers of an endpoint, in words.

use referral_webhooks::{Contract, Disabling, RetryEnd};
use std::time::Duration;

use crate::view::duration;

/// Returns a duration in words.
pub(super) fn words(time: Duration) -> String {
    duration(time.try_into().unwrap_or(time::Duration::MAX))
}

/// Returns when a platform disables an endpoint.
pub(super) fn disabling(contract: &Contract) -> String {
    match contract.disabling {
        Disabling::Never => "never".to_owned(),
        Disabling::AfterFailingFor(limit) => format!("after {} of failures", words(limit)),
        Disabling::AfterFailures(limit) => format!("after {limit} failures in a row"),
        _ => "not published".to_owned(),
    }
}

/// Returns how long a platform repeats a failed delivery.
pub(super) fn retries(contract: &Contract) -> String {
    match (contract.retries.horizon(), contract.retries.end) {
        (Some(horizon), _) if horizon.is_zero() => "none: a failed delivery is lost".to_owned(),
        (Some(horizon), _) => format!("for {}", words(horizon)),
        (None, RetryEnd::Unpublished) if contract.retries.schedule().next().is_none() => "not published".to_owned(),
        (None, _) => "without a published end".to_owned(),
    }
}

/// Returns how long a platform waits for an answer.
pub(super) fn deadline(contract: &Contract) -> String {
    contract.deadline.map_or_else(
        || ", within a time that is not published".to_owned(),
        |deadline| format!(" within {}", words(deadline)),
    )
}
