//! How senders prove themselves.
//!
//! One file a scheme, verifying and signing side by side. Every scheme keeps these rules:
//!
//! - The signature is judged before the age, so a stale delivery is known to be genuine.
//! - The bytes that came are verified as they are, before any parsing or encoding.
//! - Comparisons take constant time.
//! - Hexadecimal and base64 are read strictly. The lengths of headers and lists are bounded.
//! - A repeated header is an error. Only the signature lists of Svix are joined.
//! - Verifying does not allocate, with two exceptions: asymmetric signatures need the signed text in one piece, and a token
//!   in a body or in credentials is decoded.

pub(crate) mod body_hmac;
pub(crate) mod body_token;
#[cfg(feature = "jws")]
pub(crate) mod detached_jws;
pub(crate) mod evidence;
mod header;
pub(crate) mod header_token;
pub(crate) mod hmac_key;
pub(crate) mod key;
mod likeness;
mod naming;
pub(crate) mod policy;
pub(crate) mod seal;
pub(crate) mod svix;
pub(crate) mod timestamped_hmac;
mod token;
pub(crate) mod url_token;
pub(crate) mod variant;

use http::Uri;
use http::header::{HeaderMap, HeaderName};

use self::body_hmac::BodyHmac;
use self::body_token::BodyToken;
#[cfg(feature = "jws")]
use self::detached_jws::DetachedJws;
use self::evidence::{Evidence, Proof};
use self::header_token::HeaderToken;
use self::hmac_key::HmacKey;
use self::key::Key;
use self::svix::Svix;
use self::timestamped_hmac::TimestampedHmac;
use self::url_token::UrlToken;
use self::variant::Variant;
use super::hex;
use super::message::{Draft, Message, SignError};
use super::secret::byte_key;
use super::weakness::Doubt;
use crate::{ConfigError, Error, Secret, Trust};

/// How a platform proves that it is the sender.
///
/// ```
/// use referral_webhooks::{BodyHmac, Scheme, Svix, Trust};
///
/// let schemes = [Scheme::Svix(Svix), Scheme::BodyHmac(BodyHmac::new("x-shop-signature"))];
/// assert!(schemes.iter().all(|scheme| scheme.trust() == Trust::Signed));
/// assert_eq!(schemes.map(|scheme| scheme.signs_time()), [true, false]);
/// ```
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
    /// A detached JSON Web Signature, in one header.
    #[cfg(feature = "jws")]
    DetachedJws(DetachedJws),
    /// No signature: a static secret in a header.
    HeaderToken(HeaderToken),
    /// No signature: a static secret in a member of the body.
    BodyToken(BodyToken),
}

impl Scheme {
    /// Takes a secret as the platform shows it: text on one line, or the content of a file with keys.
    pub(crate) fn secret(&self, text: &str) -> Result<Secret, ConfigError> {
        match self {
            #[cfg(feature = "jws")]
            Self::DetachedJws(_) => Secret::document(text),
            _ => Secret::new(text),
        }
    }

    /// Parses a secret in this scheme's format.
    pub(crate) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        match self {
            Self::BodyHmac(scheme) => scheme.key(secret),
            Self::TimestampedHmac(scheme) => scheme.key(secret),
            Self::Svix(scheme) => scheme.key(secret),
            Self::UrlToken(scheme) => scheme.key(secret),
            #[cfg(feature = "jws")]
            Self::DetachedJws(scheme) => scheme.key(secret),
            Self::HeaderToken(scheme) => scheme.key(secret),
            Self::BodyToken(scheme) => scheme.key(secret),
        }
    }

    /// Makes a key of bytes without decoding them. A token must be text.
    pub(crate) fn key_of_bytes(&self, bytes: &[u8]) -> Result<Key, ConfigError> {
        match self {
            _ if bytes.is_empty() => Err(ConfigError::EmptySecret),
            Self::BodyHmac(_) | Self::TimestampedHmac(_) | Self::Svix(_) => {
                Ok(Key::Hmac(HmacKey::new(byte_key(bytes)?)))
            }
            Self::UrlToken(_) | Self::HeaderToken(_) | Self::BodyToken(_) => {
                let text = std::str::from_utf8(bytes).map_err(|_| ConfigError::TokenCharacter)?;
                self.key(&Secret::new(text)?)
            }
            #[cfg(feature = "jws")]
            Self::DetachedJws(scheme) => {
                let text = std::str::from_utf8(bytes).map_err(|_| ConfigError::NotAJwkSet)?;
                scheme.key(&Secret::document(text)?)
            }
        }
    }

    /// Returns the doubt about a secret that is accepted.
    pub(crate) fn doubt(&self, secret: &Secret) -> Option<Doubt> {
        let text = secret.expose();
        match self {
            Self::Svix(scheme) => scheme.is_short(secret).then_some(Doubt::ShortSvixKey),
            Self::BodyHmac(_) | Self::TimestampedHmac(_) if may_be_of_svix(text) => Some(Doubt::SvixSecret),
            Self::BodyHmac(_) | Self::TimestampedHmac(_) => (text.len() < 16).then_some(Doubt::ShortText),
            // A token that is too short is refused.
            Self::UrlToken(_) | Self::HeaderToken(_) | Self::BodyToken(_) => None,
            #[cfg(feature = "jws")]
            Self::DetachedJws(scheme) => scheme.doubt(secret),
        }
    }

    pub(crate) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        match self {
            Self::BodyHmac(scheme) => scheme.verify(keys, evidence),
            Self::TimestampedHmac(scheme) => scheme.verify(keys, evidence),
            Self::Svix(scheme) => scheme.verify(keys, evidence),
            Self::UrlToken(scheme) => scheme.verify(keys, evidence),
            #[cfg(feature = "jws")]
            Self::DetachedJws(scheme) => scheme.verify(keys, evidence),
            Self::HeaderToken(scheme) => scheme.verify(keys, evidence),
            Self::BodyToken(scheme) => scheme.verify(keys, evidence),
        }
    }

    /// Checks headers and URL before the body is read.
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
            #[cfg(feature = "jws")]
            Self::DetachedJws(scheme) => scheme.check_head(keys, pinned, headers),
            Self::HeaderToken(scheme) => scheme.check_head(keys, headers).map(|_| ()),
            Self::BodyToken(_) => Ok(()),
        }
    }

    pub(crate) fn sign(&self, keys: &[Key], message: &Message, draft: &mut Draft) -> Result<(), SignError> {
        match self {
            Self::BodyHmac(scheme) => scheme.sign(keys, message, draft),
            Self::TimestampedHmac(scheme) => scheme.sign(keys, message, draft),
            Self::Svix(scheme) => scheme.sign(keys, message, draft),
            Self::UrlToken(scheme) => scheme.sign(keys, message, draft),
            #[cfg(feature = "jws")]
            Self::DetachedJws(scheme) => scheme.sign(keys, message, draft),
            Self::HeaderToken(scheme) => scheme.sign(keys, draft),
            Self::BodyToken(scheme) => scheme.sign(keys, message, draft),
        }
    }

    /// Returns whether verifying looks at this header. A stored delivery keeps these headers, except those that
    /// [hold a secret](Self::hides).
    ///
    /// ```
    /// # use referral_webhooks::{Scheme, Svix};
    /// assert!(Scheme::Svix(Svix).reads(&http::HeaderName::from_static("webhook-id")));
    /// assert!(!Scheme::Svix(Svix).reads(&http::header::COOKIE));
    /// ```
    #[must_use]
    pub fn reads(&self, header: &HeaderName) -> bool {
        match self {
            Self::BodyHmac(scheme) => scheme.reads(header),
            Self::TimestampedHmac(scheme) => scheme.reads(header),
            Self::Svix(scheme) => scheme.reads(header),
            Self::HeaderToken(scheme) => scheme.reads(header),
            Self::UrlToken(_) | Self::BodyToken(_) => false,
            #[cfg(feature = "jws")]
            Self::DetachedJws(scheme) => scheme.reads(header),
        }
    }

    /// Returns whether this header holds the secret itself, so that no store and no log may have it.
    ///
    /// ```
    /// # use referral_webhooks::{HeaderToken, Scheme, Svix};
    /// let header = http::HeaderName::from_static("x-shop-token");
    /// assert!(Scheme::HeaderToken(HeaderToken::new("x-shop-token")).hides(&header));
    /// assert!(!Scheme::Svix(Svix).hides(&http::HeaderName::from_static("svix-signature")));
    /// ```
    #[must_use]
    pub fn hides(&self, header: &HeaderName) -> bool {
        matches!(self, Self::HeaderToken(scheme) if scheme.reads(header))
    }

    /// Returns the member of the body that holds the token.
    #[cfg(feature = "json")]
    pub(crate) const fn token_member(&self) -> Option<&'static str> {
        match self {
            Self::BodyToken(scheme) => Some(scheme.member()),
            _ => None,
        }
    }

    /// Returns whether the proof covers a time, which is new in every attempt.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Scheme, TimestampedHmac};
    /// assert!(Scheme::TimestampedHmac(TimestampedHmac::new("x-shop-signature")).signs_time());
    /// assert!(!Scheme::BodyHmac(BodyHmac::new("x-shop-signature")).signs_time());
    /// ```
    #[must_use]
    pub const fn signs_time(&self) -> bool {
        match self {
            Self::TimestampedHmac(_) | Self::Svix(_) => true,
            Self::BodyHmac(_) | Self::UrlToken(_) | Self::HeaderToken(_) | Self::BodyToken(_) => false,
            #[cfg(feature = "jws")]
            Self::DetachedJws(_) => false,
        }
    }

    /// Returns the variants that can be pinned.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Scheme, Variant};
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature").or_form("payload"));
    /// assert_eq!(scheme.variants(), [Variant::RawBody, Variant::FormPayload]);
    /// ```
    #[must_use]
    pub const fn variants(&self) -> &'static [Variant] {
        match self {
            Self::BodyHmac(scheme) => scheme.variants(),
            Self::TimestampedHmac(_) => &[Variant::Timestamped],
            Self::Svix(_) => &[Variant::SvixHeaders, Variant::WebhookHeaders],
            Self::UrlToken(_) => &[Variant::UrlToken],
            #[cfg(feature = "jws")]
            Self::DetachedJws(scheme) => scheme.variants(),
            Self::HeaderToken(_) => &[Variant::HeaderToken],
            Self::BodyToken(_) => &[Variant::BodyToken],
        }
    }

    /// Encodes 32 random bytes as a secret in this scheme's format. For tests and tools.
    ///
    /// `DetachedJws` needs a pair of RSA keys, which random bytes do not make. Its secret is one of eight private JWKs that
    /// are published with this crate, so every reader of the crate can sign with it, and an endpoint with it has a
    /// [`Weakness`](crate::Weakness). The lowest three bits of the first byte choose the key.
    ///
    /// ```
    /// # use referral_webhooks::{Scheme, Svix, Verifier};
    /// # let random = std::array::from_fn(|position| (position as u8).wrapping_mul(37));
    /// let secret = Scheme::Svix(Svix).secret_from(&random);
    /// assert!(secret.starts_with("whsec_"));
    /// assert!(Verifier::new(Scheme::Svix(Svix), secret)?.weaknesses().is_empty());
    /// # Ok::<(), referral_webhooks::ConfigError>(())
    /// ```
    #[must_use]
    pub fn secret_from(&self, random: &[u8; 32]) -> String {
        match self {
            Self::Svix(scheme) => scheme.secret_from(random),
            Self::BodyHmac(_)
            | Self::TimestampedHmac(_)
            | Self::UrlToken(_)
            | Self::HeaderToken(_)
            | Self::BodyToken(_) => hex::encode(random),
            #[cfg(feature = "jws")]
            Self::DetachedJws(_) => DetachedJws::secret_from(random),
        }
    }

    /// Returns how much this scheme proves.
    ///
    /// ```
    /// # use referral_webhooks::{Scheme, Svix, Trust, UrlToken};
    /// assert_eq!(Scheme::Svix(Svix).trust(), Trust::Signed);
    /// assert_eq!(Scheme::UrlToken(UrlToken).trust(), Trust::SecretUrl);
    /// ```
    #[must_use]
    pub const fn trust(&self) -> Trust {
        match self {
            Self::UrlToken(_) => Trust::SecretUrl,
            Self::HeaderToken(_) | Self::BodyToken(_) => Trust::SharedSecret,
            Self::BodyHmac(_) | Self::TimestampedHmac(_) | Self::Svix(_) => Trust::Signed,
            #[cfg(feature = "jws")]
            Self::DetachedJws(_) => Trust::Signed,
        }
    }
}

/// Returns whether a text may be a secret of Svix. Base64 of random bytes has other characters than hexadecimal digits.
fn may_be_of_svix(text: &str) -> bool {
    let is_hexadecimal = |rest: &str| rest.len() >= 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.strip_prefix("whsec_").is_some_and(|rest| !is_hexadecimal(rest))
}
