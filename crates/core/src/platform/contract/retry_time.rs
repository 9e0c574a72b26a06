//! The signed time of a retry.

/// The signed time of a retry. It decides whether a receiver's tolerance refuses late retries.
///
/// ```
/// use referral_webhooks::RetryTime;
/// use referral_webhooks::platform::{Platform, prefinery::Prefinery, redpin::Redpin};
///
/// assert_eq!(Redpin.facts().contract.retry_time, RetryTime::Renewed);
/// assert_eq!(Prefinery.facts().contract.retry_time, RetryTime::Unknown);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryTime {
    /// The time of the retry: each attempt is signed again.
    Renewed,
    /// The time of the first attempt, or of the event.
    Kept,
    /// Not published, or no time is signed.
    Unknown,
}
