//! The end of an attempt.

use std::time::Duration;

use crate::backoff::LONGEST_WAIT;
use crate::outcome::Outcome;
use crate::reason::Reason;

/// The end of an attempt, as a store records it.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::Outcome;
/// use referral_webhooks_inbox::store::Finish;
///
/// let back_off = Duration::from_secs(5);
/// let finish = Finish::of(Outcome::Retry("the shop is down".into()), back_off);
/// assert_eq!(finish, Finish::Retry(back_off, "the shop is down".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// Completes the entry.
    Complete(Option<Reason>),
    /// Retries after this wait; a dead letter if this was the last attempt.
    Retry(Duration, Reason),
    /// Makes the entry a dead letter.
    Discard(Reason),
    /// Releases the entry: it is due immediately, and the attempt does not count.
    Release,
    /// Retries after this wait. The attempt does not count, and the history has no line of it. For a secret that is
    /// missing from the endpoint.
    Postpone(Duration, Reason),
    /// Parks the entry, because this version cannot read it. The attempt does not count.
    Park(Reason),
    /// Parks the entry for an operator, because its profile was changed. The attempt does not count, and no handler of
    /// unknown events gets the entry.
    Hold(Reason),
}

impl Finish {
    /// The longest wait that a store keeps: the longest back-off of 30 days, and its jitter.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Finish;
    ///
    /// assert_eq!(Finish::LONGEST_WAIT.as_secs(), 40 * 86_400);
    /// ```
    pub const LONGEST_WAIT: Duration = Duration::from_secs(40 * 24 * 60 * 60);

    /// Returns the end of an attempt with this outcome. `back_off` is the wait if the handler names none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::{Outcome, store::Finish};
    ///
    /// let (back_off, wait) = (Duration::from_secs(5), Duration::from_secs(60));
    /// let finish = Finish::of(Outcome::RetryAfter(wait, "the quota is used up".into()), back_off);
    /// assert_eq!(finish, Finish::Retry(wait, "the quota is used up".into()));
    /// ```
    #[must_use]
    pub fn of(outcome: Outcome, back_off: Duration) -> Self {
        match outcome {
            Outcome::Done => Self::Complete(None),
            Outcome::Ignored(reason) => Self::Complete(Some(reason)),
            Outcome::Retry(reason) => Self::Retry(back_off, reason),
            Outcome::RetryAfter(wait, reason) => Self::Retry(wait.min(LONGEST_WAIT), reason),
            Outcome::Discard(reason) => Self::Discard(reason),
        }
    }
}
