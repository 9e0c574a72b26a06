//! The id of a delivery, which a redelivery repeats.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::canonical::canonical_without;
use crate::proof::hex;
use crate::value::Id;

/// The maximum length of a text that is made of members, in bytes.
const MAX_TEXT: usize = 200;

/// The maximum length of a message id, in bytes.
const MAX_MESSAGE_ID: usize = 256;

/// The id of a delivery, which a redelivery of the same message repeats. It is made of signed content only.
///
/// It is unique within one endpoint. Two endpoints may have the same id for different messages, so store the endpoint's
/// name together with it.
///
/// ```
/// use referral_webhooks::{DeliveryId, Strength};
///
/// let id = DeliveryId::message_id("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W");
/// assert_eq!((id.as_str(), id.strength()), ("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", Strength::MessageId));
/// assert_eq!(DeliveryId::business_fields(&["referral", "42"]).to_string(), "referral|42");
/// assert!(DeliveryId::digest(b"{}").as_str().starts_with("sha256:"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeliveryId {
    text: String,
    strength: Strength,
}

/// How well a [`DeliveryId`] distinguishes two messages.
///
/// ```
/// use referral_webhooks::{DeliveryId, Strength};
///
/// assert_eq!(DeliveryId::business_fields(&["lead", "u2"]).strength(), Strength::BusinessFields);
/// assert_eq!(DeliveryId::digest(b"{}").strength(), Strength::Digest);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strength {
    /// The platform's own message id: the same on every attempt, different for every message.
    MessageId,
    /// Members of the event that a repeat keeps and another event changes. Another body with the same id is a
    /// conflict, because it may be another event.
    BusinessFields,
    /// A digest of all relevant content. Another body with the same id is the same message in another notation.
    Digest,
}

impl DeliveryId {
    /// Makes an id of the platform's own message id. A text that is empty, long or unprintable is digested.
    ///
    /// ```
    /// use referral_webhooks::DeliveryId;
    ///
    /// let (first, retry) = (DeliveryId::message_id("msg_1"), DeliveryId::message_id("msg_1"));
    /// assert_eq!(first, retry);
    /// ```
    #[must_use]
    pub fn message_id(id: &str) -> Self {
        let is_fit_to_print = !id.is_empty() && id.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let is_short = id.len() <= MAX_MESSAGE_ID;
        let text = if is_short && is_fit_to_print { id.to_owned() } else { digest_of(id.as_bytes()) };
        Self { text, strength: Strength::MessageId }
    }

    /// Makes an id of the message id that a platform writes into the body. Without one, or if it is empty, this is the
    /// [digest](Self::digest) of the payload.
    pub(crate) fn message_id_in(id: Option<&Id>, payload: &[u8]) -> Self {
        match id.map(Id::as_str) {
            Some("") | None => Self::digest(payload),
            Some(id) => Self::message_id(id),
        }
    }

    /// Makes an id of members of the event, in order. A `|` or `\` inside one is escaped, so that different lists give
    /// different texts. A list that is long, unprintable, or contains `@` (an e-mail address) is digested.
    ///
    /// ```
    /// use referral_webhooks::DeliveryId;
    ///
    /// assert_eq!(DeliveryId::business_fields(&["lead", "a|b"]).as_str(), r"lead|a\|b");
    /// let person = DeliveryId::business_fields(&["lead", "avery@example.com"]);
    /// assert!(person.as_str().starts_with("sha256:"));
    /// ```
    #[must_use]
    pub fn business_fields(fields: &[&str]) -> Self {
        Self::of_fields(fields, Strength::BusinessFields)
    }

    /// Makes an id of members of the event, with this strength.
    pub(crate) fn of_fields(fields: &[&str], strength: Strength) -> Self {
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
        Self { text, strength }
    }

    /// Makes an id of the SHA-256 of the payload.
    ///
    /// ```
    /// use referral_webhooks::DeliveryId;
    ///
    /// // `printf '{}' | sha256sum` prints the same digits.
    /// let id = DeliveryId::digest(b"{}");
    /// assert_eq!(id.as_str(), "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    /// ```
    #[must_use]
    pub fn digest(payload: &[u8]) -> Self {
        Self { text: digest_of(payload), strength: Strength::Digest }
    }

    /// Makes an id of the SHA-256 of a JSON object, without some of its top members, which a repeat may change. Order,
    /// white space and escapes are ignored. Numbers are compared digit by digit.
    ///
    /// For a payload that is not a JSON object, this is the [digest](Self::digest) of its bytes.
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
        Self::digest(&canonical_without(payload, members))
    }

    /// Returns the id as text: printable ASCII, at most 256 bytes.
    ///
    /// ```
    /// use referral_webhooks::DeliveryId;
    ///
    /// assert_eq!(DeliveryId::message_id("msg_1").as_str(), "msg_1");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns how well it distinguishes two messages.
    ///
    /// ```
    /// use referral_webhooks::{DeliveryId, Strength};
    ///
    /// assert_eq!(DeliveryId::message_id("msg_1").strength(), Strength::MessageId);
    /// ```
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
