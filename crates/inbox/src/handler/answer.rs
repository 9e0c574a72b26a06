//! The answers that a handler may return.

use super::error::HandlerError;
use crate::outcome::Outcome;

/// An answer that a handler may return: an [`Outcome`], `Result<Outcome, E>` or `Result<(), E>`.
///
/// An error means [`Outcome::Retry`], and `Ok(())` means [`Outcome::Done`].
///
/// ```
/// use referral_webhooks_inbox::{IntoOutcome, Outcome};
///
/// let answer: Result<Outcome, std::io::Error> = Ok(Outcome::Ignored("no reward for it".into()));
/// assert_eq!(answer.into_outcome(b""), Outcome::Ignored("no reward for it".into()));
/// ```
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "the answer of this handler is `{Self}`",
    note = "a handler returns `Outcome`, `Result<Outcome, E>` or `Result<(), E>`"
)]
pub trait IntoOutcome {
    /// Returns the outcome. The values in `body`, that of the delivery, are replaced in the reason of an error.
    ///
    /// ```
    /// use referral_webhooks_inbox::{IntoOutcome, Outcome};
    ///
    /// let answer: Result<(), String> = Err("no account for Ada".to_owned());
    /// assert_eq!(answer.into_outcome(br#"{"name":"Ada"}"#), Outcome::Retry("no account for …".into()));
    /// ```
    fn into_outcome(self, body: &[u8]) -> Outcome;
}

impl IntoOutcome for Outcome {
    fn into_outcome(self, _: &[u8]) -> Outcome {
        self
    }
}

impl<E: HandlerError> IntoOutcome for Result<Outcome, E> {
    fn into_outcome(self, body: &[u8]) -> Outcome {
        self.unwrap_or_else(|error| Outcome::Retry(error.into_reason(body)))
    }
}

impl<E: HandlerError> IntoOutcome for Result<(), E> {
    fn into_outcome(self, body: &[u8]) -> Outcome {
        self.map(|()| Outcome::Done).into_outcome(body)
    }
}

/// `Ok` is [`Done`](Outcome::Done), and an error is [`Retry`](Outcome::Retry) with its
/// [reason](crate::Reason::of_error).
impl<E: HandlerError> From<Result<(), E>> for Outcome {
    fn from(result: Result<(), E>) -> Self {
        result.into_outcome(&[])
    }
}

/// An error is [`Retry`](Outcome::Retry) with its [reason](crate::Reason::of_error).
impl<E: HandlerError> From<Result<Self, E>> for Outcome {
    fn from(result: Result<Self, E>) -> Self {
        result.into_outcome(&[])
    }
}
