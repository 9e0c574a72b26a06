//! What a redelivery repeats.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::hex;

/// What a redelivery of the same message repeats, taken from signed content only.
///
/// Unique within one endpoint: two endpoints may see the same id for different messages.
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
    /// Members of the event that a repeat keeps and another event changes.
    BusinessFields,
    /// A digest of the payload: two messages with the same bytes are one.
    Digest,
}

impl DeliveryId {
    /// The platform's own message id.
    #[must_use]
    pub fn message_id(id: &str) -> Self {
        Self { text: id.to_owned(), strength: Strength::MessageId }
    }

    /// Members of the event, in order; a `|` or `\` inside one is escaped, so that no two lists are the same text.
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
        Self { text, strength: Strength::BusinessFields }
    }

    /// The SHA-256 of the payload.
    #[must_use]
    pub fn digest(payload: &[u8]) -> Self {
        Self { text: format!("sha256:{}", hex::encode(&Sha256::digest(payload))), strength: Strength::Digest }
    }

    /// The id as text: printable where the platform's members are, at most a few hundred bytes.
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
