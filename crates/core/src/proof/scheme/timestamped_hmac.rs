//! HMAC-SHA256 of a timestamp and the body, both in one header: `t=1612540400,v1=4c3c…`.

use http::header::{HeaderMap, HeaderName};

use super::evidence::{Evidence, Proof};
use super::header::{only_value, timestamp};
use super::hmac_key::HmacKey;
use super::key::Key;
use super::likeness::likeness;
use super::naming;
use super::variant::Variant;
use crate::proof::error::Hint;
use crate::proof::hex;
use crate::proof::message::{Draft, Message, SignError};
use crate::proof::signed_time::{SignedTime, TimeUnit};
use crate::{ConfigError, Error, ErrorKind, Secret};

/// The maximum length of the header, in bytes.
const MAX_HEADER: usize = 8 * 1024;

/// The maximum number of elements.
const MAX_ELEMENTS: usize = 32;

/// HMAC-SHA256 over the header's timestamp, a full stop and the body, as lower-case hexadecimal.
///
/// The header is a list of `key=value` with commas between them: exactly one `t`, and one or more `v1`. Other elements are
/// ignored. The key is the secret's text. The names of the two elements and the unit of the time are settings.
///
/// ```
/// use referral_webhooks::{Message, Scheme, TimestampedHmac, Verifier};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// const SCHEME: Scheme = Scheme::TimestampedHmac(TimestampedHmac::new("x-shop-signature"));
/// let verifier = Verifier::new(SCHEME, "correct horse battery staple")?;
/// let request = verifier.sign(&Message::new("{}", now))?;
/// assert!(request.headers()["x-shop-signature"].to_str()?.starts_with("t=0,v1="));
/// assert_eq!(verifier.verify(&request, now)?.signed_at(), Some(now));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TimestampedHmac {
    header: HeaderName,
    label: &'static str,
    time: &'static str,
    signature: &'static str,
    unit: TimeUnit,
}

impl TimestampedHmac {
    /// Makes the scheme with timestamp and signatures in this header.
    ///
    /// # Panics
    ///
    /// If `header` is not a lower-case header name. In a constant this is a compile error.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, TimestampedHmac, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::TimestampedHmac(TimestampedHmac::new("x-shop-signature"));
    /// let request = Verifier::new(scheme, "correct horse battery staple")?.sign(&Message::new("{}", now))?;
    /// assert!(request.headers().contains_key("x-shop-signature"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(header: &'static str) -> Self {
        Self::with(HeaderName::from_static(header), header)
    }

    /// Makes the scheme with a header name that is known at run time, in any letter case. Each different name is kept
    /// until the process ends, so make each scheme once.
    ///
    /// # Errors
    ///
    /// [`ConfigError::HeaderName`], [`ConfigError::ReservedHeader`] or [`ConfigError::TooManyNames`].
    ///
    /// ```
    /// # use referral_webhooks::{ConfigError, TimestampedHmac};
    /// assert!(TimestampedHmac::try_new(&String::from("X-Shop-Signature")).is_ok());
    /// assert_eq!(TimestampedHmac::try_new("X-Shop-Signature:").unwrap_err(), ConfigError::HeaderName);
    /// ```
    pub fn try_new(header: &str) -> Result<Self, ConfigError> {
        let (header, label) = naming::header(header)?;
        Ok(Self::with(header, label))
    }

    const fn with(header: HeaderName, label: &'static str) -> Self {
        Self { header, label, time: "t", signature: "v1", unit: TimeUnit::Seconds }
    }

    /// Sets the names of the elements that hold the time and the signature. The default is `t` and `v1`.
    ///
    /// # Panics
    ///
    /// If a name is empty, longer than 32 bytes, or has a comma, an equals sign or a blank, or if both are equal. In a
    /// constant this is a compile error.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, TimestampedHmac, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::TimestampedHmac(TimestampedHmac::new("x-shop-signature").with_elements("ts", "v"));
    /// let request = Verifier::new(scheme, "correct horse battery staple")?.sign(&Message::new("{}", now))?;
    /// assert!(request.headers()["x-shop-signature"].to_str()?.starts_with("ts=0,v="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_elements(mut self, time: &'static str, signature: &'static str) -> Self {
        assert!(
            naming::are_elements(time, signature),
            "the elements need two different names without `,`, `=` and blank"
        );
        (self.time, self.signature) = (time, signature);
        self
    }

    /// Sets element names that are known at run time, as [`with_elements`](Self::with_elements).
    ///
    /// # Errors
    ///
    /// [`ConfigError::ElementName`] or [`ConfigError::TooManyNames`].
    ///
    /// ```
    /// # use referral_webhooks::{ConfigError, TimestampedHmac};
    /// assert!(TimestampedHmac::new("x-shop-signature").try_with_elements("ts", "v").is_ok());
    /// let error = TimestampedHmac::new("x-shop-signature").try_with_elements("t", "t").unwrap_err();
    /// assert_eq!(error, ConfigError::ElementName);
    /// ```
    pub fn try_with_elements(mut self, time: &str, signature: &str) -> Result<Self, ConfigError> {
        (self.time, self.signature) = naming::elements(time, signature)?;
        Ok(self)
    }

    /// Reads the time as Unix milliseconds. The default is Unix seconds.
    ///
    /// The age is compared with the tolerance to the millisecond. The error of a time in the other unit names both units.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, TimestampedHmac, Verifier};
    /// # let now = time::OffsetDateTime::from_unix_timestamp_nanos(1_768_473_001_007_000_000)?;
    /// let scheme = Scheme::TimestampedHmac(TimestampedHmac::new("x-shop-signature").in_milliseconds());
    /// let verifier = Verifier::new(scheme, "correct horse battery staple")?;
    /// let request = verifier.sign(&Message::new("{}", now))?;
    /// assert!(request.headers()["x-shop-signature"].to_str()?.starts_with("t=1768473001007,v1="));
    /// assert_eq!(verifier.verify(&request, now)?.signed_at(), Some(now));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn in_milliseconds(mut self) -> Self {
        self.unit = TimeUnit::Milliseconds;
        self
    }

    pub(super) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        Ok(Key::Hmac(HmacKey::new(secret.text_key()?)))
    }

    pub(super) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let Claim { header, time_text, signed_at } = self.claim(evidence.headers)?;
        let name = self.signature.as_bytes();
        for (secret, key) in keys.iter().enumerate() {
            let Key::Hmac(key) = key else { continue };
            let tag = key.tag(&[time_text, b".", evidence.body]);
            let mut claimed =
                elements(header).filter(|(key, _)| *key == name).filter_map(|(_, value)| hex::decode(value));
            if claimed.any(|claimed| tag.is(&claimed)) {
                let stale = evidence.policy.check_age(signed_at, evidence.now)?;
                return Ok(Proof { signed_at: Some(signed_at), stale, ..Proof::signed(secret, Variant::Timestamped) });
            }
        }
        // If no signature can be read, the error says what the first one looks like.
        let mut claimed = elements(header).filter(|(key, _)| *key == name).map(|(_, value)| value);
        let is_readable = claimed.clone().any(|value| hex::decode::<32>(value).is_some());
        let hint = claimed.next().filter(|_| !is_readable).map_or(Hint::None, likeness);
        Err(Error::from(ErrorKind::SignatureMismatch).with(hint))
    }

    /// Returns whether this header carries the proof.
    pub(super) fn reads(&self, header: &HeaderName) -> bool {
        *header == self.header
    }

    /// Parses the header, whose length and number of elements are bounded.
    pub(super) fn claim<'r>(&self, headers: &'r HeaderMap) -> Result<Claim<'r>, Error> {
        let header = only_value(&headers.get_all(&self.header), self.label, MAX_HEADER)?;
        let malformed = ErrorKind::MalformedHeader(self.label);
        let (mut time_text, mut is_signed) = (None, false);
        for (position, (key, value)) in elements(header).enumerate() {
            let is_second_time = key == self.time.as_bytes() && time_text.replace(value).is_some();
            if is_second_time || position == MAX_ELEMENTS {
                return Err(malformed.into());
            }
            is_signed |= key == self.signature.as_bytes();
        }
        let time_text = time_text.filter(|_| is_signed).ok_or(malformed)?;
        let signed_at = SignedTime { number: timestamp(time_text).ok_or(malformed)?, unit: self.unit };
        Ok(Claim { header, time_text, signed_at })
    }

    /// Signs with every secret, the current one first, as a platform does while a rotation lasts.
    pub(super) fn sign(&self, keys: &[Key], message: &Message, draft: &mut Draft) -> Result<(), SignError> {
        let time_text = message.timestamp(self.unit)?;
        let mut header = format!("{}={time_text}", self.time);
        for key in keys {
            let Key::Hmac(key) = key else { return Err(SignError::NoSigningKey) };
            let tag = key.tag(&[time_text.as_bytes(), b".", &message.body]);
            header.extend([",", self.signature, "=", &hex::encode(tag.as_bytes())]);
        }
        draft.header(&self.header, &header);
        Ok(())
    }
}

/// A well-formed header: its text, and its time as text and as a Unix time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'r> {
    header: &'r [u8],
    time_text: &'r [u8],
    signed_at: SignedTime,
}

/// Splits the header into elements, and each element at its first `=`.
fn elements(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
    header.split(|byte| *byte == b',').filter_map(|element| {
        let element = element.trim_ascii();
        let at = element.iter().position(|byte| *byte == b'=')?;
        Some((&element[..at], &element[at + 1..]))
    })
}
