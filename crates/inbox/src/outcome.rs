//! The answer of a handler.

use std::time::Duration;

use crate::reason::Reason;

/// The answer of a handler.
///
/// A panic, an [error](crate::HandlerError), and a handler that exceeds its time limit count as [`Retry`](Self::Retry).
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::Outcome;
///
/// fn outcome(status: u16) -> Outcome {
///     match status {
///         200 => Outcome::Done,
///         409 => Outcome::Ignored("credited before".into()),
///         429 => Outcome::RetryAfter(Duration::from_secs(60), "the quota is used up".into()),
///         400..500 => Outcome::Discard("the shop refuses the reward".into()),
///         _ => Outcome::Retry("the shop is down".into()),
///     }
/// }
/// # assert_eq!(outcome(200), Outcome::Done);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Completes the entry.
    Done,
    /// Completes the entry without an effect, for this reason.
    Ignored(Reason),
    /// Retries after the back-off, because the fault is transient. The entry is a dead letter if this was the last
    /// attempt.
    Retry(Reason),
    /// Retries after this wait, of 30 days at most, because another service may have named it.
    RetryAfter(Duration, Reason),
    /// Makes the entry a dead letter, because no retry can succeed.
    Discard(Reason),
}
