//! Text about a person, which `Debug` hides.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Text about a person. It dereferences to `str`, and `Debug` does not print it.
///
/// It has no `Display`, so that a log line cannot contain it by accident.
///
/// ```
/// use referral_webhooks::value::Personal;
///
/// let email: Personal = serde_json::from_str(r#""avery@example.com""#)?;
/// assert!(email.ends_with("@example.com"));
/// assert_eq!(email.as_str(), "avery@example.com");
/// assert_eq!(format!("{email:?}"), "[personal]");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal(SmolStr);

impl Personal {
    /// Returns the text.
    ///
    /// ```
    /// use referral_webhooks::value::Personal;
    ///
    /// let name: Personal = serde_json::from_str(r#""Avery""#)?;
    /// assert_eq!(name.as_str(), "Avery");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Personal {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}
