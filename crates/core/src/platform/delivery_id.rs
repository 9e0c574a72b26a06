//! What a redelivery repeats.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::canonical::canonical;
use crate::proof::hex;

/// The longest text that is made of members, in bytes.
const MAX_TEXT: usize = 200;

/// What a redelivery of the same message repeats, taken from signed content only.
///
/// Unique within one endpoint: two endpoints may see the same id for different messages, so store the endpoint's
/// name beside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeliveryId {
    text: String,
    strength: Strength,
}

/// How well a [`DeliveryId`] tells two messages apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strength {
    /// The platform's own message id: the same on every attempt, different for every message.
    MessageId,
    /// Members of the event that a repeat keeps and another event changes. Another body under the same id is a
    /// conflict: it may be another event.
    BusinessFields,
    /// A digest of all content that matters. Another body under the same id is the same message, written differently.
    Digest,
}

impl DeliveryId {
    /// The platform's own message id.
    #[must_use]
    pub fn message_id(id: &str) -> Self {
        Self { text: id.to_owned(), strength: Strength::MessageId }
    }

    /// Members of the event, in order; a `|` or `\` inside one is escaped, so that no two lists are the same text.
    /// Members that are long, cannot be printed, or look like an e-mail address are digested together.
    #[must_use]
    pub fn business_fields(fields: &[&str]) -> Self {
        let mut text = String::new();
        for (position, field) in fields.iter().enumerate() {
            if position > 0 {
                text.push('|');
            }
            for character in field.chars() {
                if matches!(character, '|' | '\\') {
                    text.push('\\');
                }
                text.push(character);
            }
        }
        let is_fit_to_print = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
        if text.len() > MAX_TEXT || !is_fit_to_print {
            text = digest_of(text.as_bytes());
        }
        Self { text, strength: Strength::BusinessFields }
    }

    /// The SHA-256 of the payload.
    #[must_use]
    pub fn digest(payload: &[u8]) -> Self {
        Self { text: digest_of(payload), strength: Strength::Digest }
    }

    /// The SHA-256 of a JSON object's members and values, without the members of these names at its top: those that a
    /// repeat may change. Order, white space and escapes do not count; numbers count digit for digit.
    ///
    /// If the payload is no JSON object, the [digest](Self::digest) of its bytes.
    ///
    /// ```
    /// use referral_webhooks::DeliveryId;
    ///
    /// let first = DeliveryId::digest_without(br#"{"points":10,"sent":1}"#, &["sent"]);
    /// let repeat = DeliveryId::digest_without(br#"{"sent":2, "points":10}"#, &["sent"]);
    /// let other = DeliveryId::digest_without(br#"{"points":11,"sent":1}"#, &["sent"]);
    /// assert!(first == repeat && first != other);
    /// ```
    #[must_use]
    pub fn digest_without(payload: &[u8], members: &[&str]) -> Self {
        let canonical = simdutf8::basic::from_utf8(payload).ok().and_then(|text| canonical(text, members));
        Self::digest(canonical.as_deref().unwrap_or(payload))
    }

    /// The id as text: printable ASCII, at most 256 bytes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How well it tells two messages apart.
    #[must_use]
    pub const fn strength(&self) -> Strength {
        self.strength
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(&Sha256::digest(bytes)))
}
