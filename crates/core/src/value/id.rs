//! An identifier that a platform writes as text or number.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::text::text_or_number;

/// An identifier, kept as text. The platform may send a string or a number.
///
/// ```
/// use referral_webhooks::value::Id;
///
/// let number: Id = serde_json::from_str("4829104756102938")?;
/// let text: Id = serde_json::from_str(r#""4829104756102938""#)?;
/// assert_eq!(number, text);
/// assert_eq!(number.as_str(), "4829104756102938");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(#[serde(deserialize_with = "text_or_number")] SmolStr);

impl Id {
    /// Returns the text that the platform sent.
    ///
    /// ```
    /// use referral_webhooks::value::Id;
    ///
    /// let id: Id = serde_json::from_str("42")?;
    /// assert_eq!(id.as_str(), "42");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
