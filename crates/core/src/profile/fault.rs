//! Mistakes in a profile, each with its place.

use std::fmt;

/// The maximum length of a quoted text, in characters.
const MOST_QUOTED: usize = 60;

/// A mistake in a profile. `Display` names the place and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The path of keys, such as `scheme.header`. Empty for the whole profile.
    pub(super) place: String,
    pub(super) reason: String,
}

impl Fault {
    pub(super) fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.reason) } else { write!(f, "`{}`: {}", self.place, self.reason) }
    }
}

/// Returns a text of the profile for a message: shortened, and without control characters.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted: String = text.chars().take(MOST_QUOTED).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST_QUOTED).is_some() {
        quoted.push('…');
    }
    quoted
}
