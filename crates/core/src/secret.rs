//! A shared key.

use std::fmt;

use zeroize::Zeroizing;

use crate::ConfigError;

/// A shared key as text: never empty, never surrounded by white space or quotation marks, never printed, wiped on
/// drop.
///
/// What the text means (base64 after `whsec_`, plain bytes, a URL token) is decided by the
/// [`Scheme`](crate::Scheme) that it is given to.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret as the platform shows it.
    ///
    /// # Errors
    ///
    /// [`ConfigError::EmptySecret`] for no text, [`ConfigError::WhiteSpaceAround`] for a blank or line
    /// break before or after it, [`ConfigError::QuotesAround`] for quotation marks around it.
    pub fn new(text: impl AsRef<str>) -> Result<Self, ConfigError> {
        let text = text.as_ref();
        if text.trim().is_empty() {
            return Err(ConfigError::EmptySecret);
        }
        if text.trim().len() != text.len() {
            return Err(ConfigError::WhiteSpaceAround);
        }
        if let [b'"', .., b'"'] | [b'\'', .., b'\''] = text.as_bytes() {
            return Err(ConfigError::QuotesAround);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The one way to the text.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}
