//! What a handler says of a delivery, and what a store makes of it.

use std::time::Duration;

use crate::store::Reason;

/// What a handler says of a delivery.
///
/// A panic, and a handler that takes longer than its time limit, are [`Retry`](Self::Retry).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Processed.
    Done,
    /// Nothing to do, for this reason; as good as done.
    Ignored(Reason),
    /// A fault that may pass: again after the back-off, or a dead letter if this was the last attempt.
    Retry(Reason),
    /// The same, with a wait of its own; of 30 days at most, for it may be what another service asked for.
    RetryAfter(Duration, Reason),
    /// It will never work, for this reason: a dead letter at once.
    Discard(Reason),
}

/// `Ok` is done, and an error may pass. Its words are stored: see [`Reason`].
impl<E: std::fmt::Display> From<Result<(), E>> for Outcome {
    fn from(result: Result<(), E>) -> Self {
        match result {
            Ok(()) => Self::Done,
            Err(error) => Self::Retry(error.to_string().into()),
        }
    }
}

/// The longest wait between two attempts, whether a handler asks for it or a back-off is set to it.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How an attempt ends, in the words of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// The entry is completed.
    Complete(Option<Reason>),
    /// Again after this time; a dead letter if this was the last attempt.
    Retry(Duration, Reason),
    /// A dead letter.
    Discard(Reason),
    /// Nothing was done: again at once, and the attempt does not count.
    Release,
    /// This version cannot read the delivery, for this reason: it is parked, and the attempt does not count.
    Park(Reason),
}

impl Finish {
    /// The longest wait that a store keeps: the longest one of a back-off, 30 days, and what chance may add to it.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(40 * 24 * 60 * 60);

    /// The end of an attempt with this outcome; `back_off` is the wait if the handler names none.
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
