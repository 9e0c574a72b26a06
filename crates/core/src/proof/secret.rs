//! A shared key.

use std::fmt;

use zeroize::Zeroizing;

use super::placeholder;
use crate::ConfigError;

/// The minimum length of a secret whose text is the key, in bytes.
///
/// No platform publishes the length of its secrets, and one lets the merchant choose. With one captured delivery, a
/// single machine can try all shorter secrets of letters and digits.
const MIN_TEXT_KEY: usize = 8;

/// A shared key as text: never visibly a placeholder or another accident, never printed, wiped on drop.
///
/// The [`Scheme`](crate::Scheme) decides the format of the text (base64 after `whsec_`, plain bytes, a URL token) and its
/// minimum length.
///
/// ```
/// use referral_webhooks::{ConfigError, Secret};
///
/// let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// assert_eq!(format!("{secret:?}"), "Secret([redacted])");
/// assert_eq!(Secret::new("${REDPIN_SECRET}").unwrap_err(), ConfigError::Reference);
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret as the platform shows it.
    ///
    /// # Errors
    ///
    /// If the text visibly is not a secret. [`ConfigError::EmptySecret`] for an empty text, [`ConfigError::WhiteSpaceAround`]
    /// for a blank or line break before or after it, [`ConfigError::QuotesAround`] for quotation marks around it,
    /// [`ConfigError::Reference`] for `${NAME}` and other templates, [`ConfigError::Placeholder`] for `changeme` and
    /// other words in place of a secret, and so on. Each error names its accident and the next step.
    ///
    /// ```
    /// use referral_webhooks::{ConfigError, Secret};
    ///
    /// assert!(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_ok());
    /// assert_eq!(Secret::new("").unwrap_err(), ConfigError::EmptySecret);
    /// assert_eq!(Secret::new("REDPIN_SECRET=whsec_MfKQ9r8GKYqrTwjU").unwrap_err(), ConfigError::WholeLine);
    /// ```
    pub fn new(text: impl AsRef<str>) -> Result<Self, ConfigError> {
        let text = text.as_ref();
        match accident(text) {
            Some(accident) => Err(accident),
            None => Ok(Self(Zeroizing::new(text.to_owned()))),
        }
    }

    /// Takes the content of a file with keys as JSON, whose line breaks and blanks belong to it.
    ///
    /// The scheme parses an object. Every other text is compared with the known accidents.
    #[cfg(feature = "jws")]
    pub(crate) fn document(text: &str) -> Result<Self, ConfigError> {
        let object = text.trim();
        let is_object = object.starts_with('{') && object.ends_with('}');
        match accident(if is_object { object } else { text }) {
            Some(
                template @ (ConfigError::Reference
                | ConfigError::Placeholder
                | ConfigError::Masked
                | ConfigError::QuotesAround),
            ) => Err(template),
            _ if is_object => Ok(Self(Zeroizing::new(object.to_owned()))),
            None if placeholder::is_asymmetric(text) => Err(ConfigError::OtherCredential),
            None | Some(ConfigError::Json) => Err(ConfigError::NotAJwkSet),
            Some(accident) => Err(accident),
        }
    }

    /// Returns the text. The only way to it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the text as a key, for schemes that do not decode it.
    pub(crate) fn text_key(&self) -> Result<&[u8], ConfigError> {
        if placeholder::is_asymmetric(&self.0) {
            return Err(ConfigError::OtherCredential);
        }
        long_enough(self.0.as_bytes(), MIN_TEXT_KEY)
    }
}

/// Returns the key, if it has at least so many bytes.
pub(crate) fn long_enough(key: &[u8], least: usize) -> Result<&[u8], ConfigError> {
    if key.len() < least { Err(ConfigError::KeyTooShort) } else { Ok(key) }
}

/// Returns a key given as bytes, which is not decoded and may be short.
pub(crate) fn byte_key(key: &[u8]) -> Result<&[u8], ConfigError> {
    match placeholder::accident_of_bytes(key) {
        _ if key.is_empty() => Err(ConfigError::EmptySecret),
        Some(accident) => Err(accident),
        None => Ok(key),
    }
}

/// Returns the accident that happened to a secret on its way into the configuration.
fn accident(text: &str) -> Option<ConfigError> {
    let trimmed = text.trim();
    let is_key_left = !placeholder::without_key_prefix(trimmed).is_empty();
    Some(match text {
        _ if trimmed.chars().all(is_invisible) || !is_key_left => ConfigError::EmptySecret,
        _ if trimmed.len() != text.len() => ConfigError::WhiteSpaceAround,
        _ if text.contains("-----BEGIN") => ConfigError::OtherCredential,
        _ if text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) => ConfigError::LineBreakInside,
        _ if text.contains(is_invisible) => ConfigError::InvisibleCharacter,
        _ if is_quoted(text) => ConfigError::QuotesAround,
        _ if text.starts_with("v1,") || text.starts_with("v1a,") => ConfigError::VersionPrefix,
        _ => return placeholder::accident(text),
    })
}

/// Returns whether a text is in quotation marks, or has a typographic one at one of its ends.
fn is_quoted(text: &str) -> bool {
    const TYPOGRAPHIC: [char; 16] = ['“', '”', '„', '‟', '‘', '’', '‚', '‛', '«', '»', '‹', '›', '´', '″', '＂', '「'];
    let is_around = |mark| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
    ['"', '\'', '`'].into_iter().any(is_around) || text.starts_with(TYPOGRAPHIC) || text.ends_with(TYPOGRAPHIC)
}

/// Returns whether a character is invisible on a screen, or replaces bytes that could not be decoded.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(character,
            // Soft hyphen, joiners and fillers.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}'
            // Mongolian separators, blanks without width, direction marks.
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // The empty Braille pattern, variation selectors, byte order mark, annotations, replacement character.
            | '\u{2800}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}'
            // Tags, supplementary variation selectors, private use.
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}
