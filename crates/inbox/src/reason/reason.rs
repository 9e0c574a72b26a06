//! A reason in words.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use super::error_text::error_text;
use super::truncated::{MAX_REASON, truncated};

/// A reason in words, to be read by people in the history. It is truncated to 2,000 bytes.
///
/// A reason is stored and displayed, so it must not contain names or addresses. The [reason of an error](Self::of_error)
/// is free of most of them.
///
/// ```
/// use referral_webhooks_inbox::{Outcome, Reason};
///
/// let outcome = Outcome::Ignored("the referral is a test".into());
/// let reason = Reason::from(format!("the shop answered {}", 503));
/// # assert_eq!(reason.as_str(), "the shop answered 503");
/// # let _ = outcome;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Returns the texts of an error and of its causes, without the values that they quote.
    ///
    /// `…` replaces what may be personal:
    ///
    /// - text in quotation marks, except the name of a constraint, column, table or the like;
    /// - values after `=`, and the values of a row in parentheses;
    /// - addresses of mail, and the path and query of a URL;
    /// - numbers of seven digits or more, with the separators of telephone numbers and dates.
    ///
    /// An error that a handler returns loses the values of the delivery's body too. A name that an error has from
    /// another place, and writes without quotation marks, is not recognized.
    ///
    /// ```
    /// use referral_webhooks_inbox::Reason;
    ///
    /// let reason = Reason::of_error("Duplicate entry 'ada@example.org' for key 'customer.email'");
    /// assert_eq!(reason.as_str(), "Duplicate entry … for key 'customer.email'");
    /// ```
    #[must_use]
    pub fn of_error(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::of_error_about(error.into().as_ref(), &[])
    }

    /// Returns the reason of an error of a handler. `body` is that of its delivery.
    pub(crate) fn of_error_about(error: &(dyn Error + 'static), body: &[u8]) -> Self {
        Self(truncated(&error_text(error, body), MAX_REASON))
    }

    /// Returns the text.
    ///
    /// ```
    /// assert_eq!(referral_webhooks_inbox::Reason::from("unpaid").as_str(), "unpaid");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Reason {
    fn from(text: T) -> Self {
        Self(truncated(&text.into(), MAX_REASON))
    }
}
