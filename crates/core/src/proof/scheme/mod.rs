//! How a platform proves that it is the sender, as values.
//!
//! One file a scheme, verifying and signing side by side. Every scheme keeps these rules:
//!
//! - the signature is judged before the age, so a stale delivery is known to be genuine;
//! - what is verified is the bytes that came, whatever they are;
//! - comparisons take the same time wherever the first difference is;
//! - hexadecimal and base64 are read strictly, header lengths and list lengths are bounded;
//! - a header that stands twice is never silently resolved;
//! - nothing is allocated, but for Ed25519, whose check needs id, time and body in one piece.

mod body_hmac;
mod svix;
mod timestamped_hmac;
mod url_token;

use std::sync::Arc;

use http::header::{GetAll, HeaderMap, HeaderName};
use http::{HeaderValue, Uri};
use time::OffsetDateTime;

pub use body_hmac::BodyHmac;
pub use svix::Svix;
pub use timestamped_hmac::TimestampedHmac;
pub use url_token::UrlToken;
#[cfg(feature = "json")]
pub(crate) use url_token::seal;

use crate::proof::form::FormValue;
use crate::proof::key::HmacKey;
use crate::proof::message::{Draft, Message, SignError};
use crate::proof::secret::byte_key;
use crate::proof::tolerance::AgeRule;
use crate::proof::weakness::Doubt;
use crate::{ConfigError, Error, ErrorKind, Secret, Tolerance, Trust};

/// How a platform proves that it is the sender.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Scheme {
    /// HMAC-SHA256 of the body, in one header.
    BodyHmac(BodyHmac),
    /// HMAC-SHA256 of a timestamp and the body, both in one header: `t=…,v1=…`.
    TimestampedHmac(TimestampedHmac),
    /// Svix and Standard Webhooks: id, timestamp and a list of signatures in three headers.
    Svix(Svix),
    /// No signature: a secret in the URL.
    UrlToken(UrlToken),
}

/// Which of the spellings that a scheme accepts was found.
///
/// Where a platform leaves its format open, the first genuine delivery answers the question; after that the
/// answer can be pinned with `Endpoint::pin` or [`Verifier::pin`](crate::Verifier::pin).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Variant {
    /// The signature covers the body as it came.
    RawBody,
    /// The signature covers the decoded `payload` field of the form body.
    FormPayload,
    /// The signature covers the body; the key is the secret's text.
    TextKey,
    /// The signature covers the body; the key is the secret decoded from hexadecimal.
    HexKey,
    /// The signature covers timestamp and body.
    Timestamped,
    /// The headers are `svix-id`, `svix-timestamp`, `svix-signature`.
    SvixHeaders,
    /// The headers are `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    WebhookHeaders,
    /// The token stands in the URL.
    UrlToken,
}

impl Variant {
    /// The variant in words, for logs and scripts: `svix-headers`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::RawBody => "raw-body",
            Self::FormPayload => "form-payload",
            Self::TextKey => "text-key",
            Self::HexKey => "hex-key",
            Self::Timestamped => "timestamped",
            Self::SvixHeaders => "svix-headers",
            Self::WebhookHeaders => "webhook-headers",
            Self::UrlToken => "url-token",
        }
    }
}

/// A secret, made ready for its scheme.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    /// One HMAC key.
    Hmac(HmacKey),
    /// The secret's text, and its bytes where it is hexadecimal.
    TextOrHex { text: HmacKey, hex: Option<HmacKey> },
    /// Svix's asymmetric keys.
    #[cfg(feature = "ed25519")]
    Ed25519(svix::Ed25519Key),
    /// A token in the URL, and the key that it gives for sealing what is stored.
    Token { text: Secret, seal: Arc<HmacKey> },
}

/// What a scheme looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'r> {
    pub(crate) url: Url<'r>,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) body: &'r [u8],
    pub(crate) now: OffsetDateTime,
    pub(crate) tolerance: Tolerance,
    pub(crate) age: AgeRule,
    pub(crate) pinned: Option<Variant>,
}

/// What is known of the URL.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Url<'r> {
    /// The one that the sender asked for.
    Requested(&'r Uri),
    /// It was not stored, for it may hold a secret; the seal is made with the token that stood in it.
    Sealed(Option<&'r [u8; 32]>),
}

/// What a scheme found out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proof<'r> {
    /// The position of the secret that matched.
    pub(crate) secret: usize,
    pub(crate) variant: Variant,
    pub(crate) trust: Trust,
    pub(crate) message_id: Option<&'r str>,
    /// Unix seconds.
    pub(crate) signed_at: Option<i64>,
    /// Older than the tolerance, and accepted because the endpoint says so.
    pub(crate) stale: bool,
    /// The form field that holds the payload, where it is not the body.
    pub(crate) form_payload: Option<FormValue<'r>>,
}

impl Proof<'_> {
    const fn signed(secret: usize, variant: Variant) -> Self {
        Self {
            secret,
            variant,
            trust: Trust::Signed,
            message_id: None,
            signed_at: None,
            stale: false,
            form_payload: None,
        }
    }
}

impl Scheme {
    /// Reads a secret in this scheme's format.
    pub(crate) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        match self {
            Self::BodyHmac(scheme) => scheme.key(secret),
            Self::TimestampedHmac(scheme) => scheme.key(secret),
            Self::Svix(scheme) => scheme.key(secret),
            Self::UrlToken(scheme) => scheme.key(secret),
        }
    }

    /// Takes bytes as they are for the key. A token is text and nothing else.
    pub(crate) fn key_of_bytes(&self, bytes: &[u8]) -> Result<Key, ConfigError> {
        match self {
            _ if bytes.is_empty() => Err(ConfigError::EmptySecret),
            Self::BodyHmac(_) | Self::TimestampedHmac(_) | Self::Svix(_) => {
                Ok(Key::Hmac(HmacKey::new(byte_key(bytes)?)))
            }
            Self::UrlToken(scheme) => {
                let text = std::str::from_utf8(bytes).map_err(|_| ConfigError::TokenCharacter)?;
                scheme.key(&Secret::new(text)?)
            }
        }
    }

    /// What is questionable about a secret that is accepted.
    pub(crate) fn doubt(&self, secret: &Secret) -> Option<Doubt> {
        let text = secret.expose();
        match self {
            Self::Svix(scheme) => scheme.is_short(secret).then_some(Doubt::ShortSvixKey),
            Self::BodyHmac(_) | Self::TimestampedHmac(_) if text.starts_with("whsec_") => Some(Doubt::SvixSecret),
            Self::BodyHmac(_) | Self::TimestampedHmac(_) => (text.len() < 16).then_some(Doubt::ShortText),
            // Tokens have a shortest length of their own.
            Self::UrlToken(_) => None,
        }
    }

    pub(crate) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        match self {
            Self::BodyHmac(scheme) => scheme.verify(keys, evidence),
            Self::TimestampedHmac(scheme) => scheme.verify(keys, evidence),
            Self::Svix(scheme) => scheme.verify(keys, evidence),
            Self::UrlToken(scheme) => scheme.verify(keys, evidence),
        }
    }

    /// What can be checked before the body is there.
    pub(crate) fn check_head(
        &self,
        keys: &[Key],
        pinned: Option<Variant>,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), Error> {
        match self {
            Self::BodyHmac(scheme) => scheme.claim(headers).map(|_| ()),
            Self::TimestampedHmac(scheme) => scheme.claim(headers).map(|_| ()),
            Self::Svix(scheme) => scheme.check_head(pinned, headers),
            Self::UrlToken(scheme) => scheme.check_head(keys, uri).map(|_| ()),
        }
    }

    pub(crate) fn sign(&self, keys: &[Key], message: &Message, draft: &mut Draft) -> Result<(), SignError> {
        match self {
            Self::BodyHmac(scheme) => scheme.sign(keys, message, draft),
            Self::TimestampedHmac(scheme) => scheme.sign(keys, message, draft),
            Self::Svix(scheme) => scheme.sign(keys, message, draft),
            Self::UrlToken(scheme) => scheme.sign(keys, message, draft),
        }
    }

    /// Whether verifying looks at this header: what a stored delivery has to keep.
    #[must_use]
    pub fn reads(&self, header: &HeaderName) -> bool {
        match self {
            Self::BodyHmac(scheme) => scheme.reads(header),
            Self::TimestampedHmac(scheme) => scheme.reads(header),
            Self::Svix(scheme) => scheme.reads(header),
            Self::UrlToken(_) => false,
        }
    }

    /// Returns whether the proof covers a time of its own, which is new in every attempt.
    #[must_use]
    pub const fn signs_time(&self) -> bool {
        match self {
            Self::TimestampedHmac(_) | Self::Svix(_) => true,
            Self::BodyHmac(_) | Self::UrlToken(_) => false,
        }
    }

    /// The variants that can be pinned.
    #[must_use]
    pub const fn variants(&self) -> &'static [Variant] {
        match self {
            Self::BodyHmac(scheme) => scheme.variants(),
            Self::TimestampedHmac(_) => &[Variant::Timestamped],
            Self::Svix(_) => &[Variant::SvixHeaders, Variant::WebhookHeaders],
            Self::UrlToken(_) => &[Variant::UrlToken],
        }
    }

    /// Writes 32 random bytes as a secret in this scheme's format; for tests and tools.
    #[must_use]
    pub fn secret_from(&self, random: &[u8; 32]) -> String {
        match self {
            Self::Svix(scheme) => scheme.secret_from(random),
            Self::BodyHmac(_) | Self::TimestampedHmac(_) | Self::UrlToken(_) => crate::proof::hex::encode(random),
        }
    }

    /// How much this scheme proves.
    #[must_use]
    pub const fn trust(&self) -> Trust {
        match self {
            Self::UrlToken(_) => Trust::SecretUrl,
            _ => Trust::Signed,
        }
    }
}

/// Whether a spelling may be tried: all may, until one is pinned.
fn offered(pinned: Option<Variant>, variant: Variant) -> bool {
    pinned.is_none_or(|pinned| pinned == variant)
}

/// The value of a header that must stand exactly once and be no longer than `most` bytes.
fn only_value<'r>(values: &GetAll<'r, HeaderValue>, label: &'static str, most: usize) -> Result<&'r [u8], Error> {
    let mut values = values.iter();
    let value = values.next().ok_or(ErrorKind::MissingHeader(label))?;
    if values.next().is_some() {
        return Err(ErrorKind::RepeatedHeader(label).into());
    }
    if value.len() > most {
        return Err(ErrorKind::MalformedHeader(label).into());
    }
    Ok(HeaderValue::as_bytes(value))
}

/// Unix seconds written as `[0-9]{1,19}`.
fn timestamp(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let mut seconds: u64 = 0;
    for character in text {
        if !character.is_ascii_digit() {
            return None;
        }
        // 19 digits fit, so nothing wraps.
        seconds = seconds.wrapping_mul(10).wrapping_add(u64::from(character - b'0'));
    }
    Some(i64::try_from(seconds).unwrap_or(i64::MAX))
}
