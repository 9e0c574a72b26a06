//! A reason in words.

use std::borrow::Cow;
use std::fmt;

/// The longest reason that is stored, in bytes.
pub(crate) const MAX_REASON: usize = 2_000;

/// A reason in words, to be read by people in the history. It is truncated to 2,000 bytes.
///
/// A reason is stored and displayed, so it must not contain names or addresses.
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

/// Returns the longest prefix of at most `most` bytes that ends at a character boundary.
pub(crate) fn truncated(text: &str, most: usize) -> String {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or_default()].to_owned()
}
