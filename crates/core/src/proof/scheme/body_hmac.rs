//! HMAC-SHA256 of the body, in one header: the scheme that GitHub made common.

use hmac::Mac as _;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::evidence::{Evidence, Proof};
use super::header::only_value;
use super::hmac_key::{HmacKey, Tag};
use super::key::Key;
use super::likeness::likeness;
use super::naming;
use super::variant::Variant;
use crate::proof::form::{self, FormValue};
use crate::proof::message::{Draft, Message, SignError};
use crate::proof::{base64, hex};
use crate::{ConfigError, Error, ErrorKind, Secret};

/// The maximum length of a signature header, in bytes. The longest valid one has 128.
const MAX_HEADER: usize = 256;

/// The prefix of GitHub. A scheme without a prefix accepts it too.
const DEFAULT_PREFIX: &str = "sha256=";

/// The minimum length of a key decoded from hexadecimal, in bytes. A shorter secret is a text that happens to look like
/// hexadecimal.
const MIN_HEX_KEY: usize = 16;

/// HMAC-SHA256 of the body, in one header.
///
/// The signature is 64 hexadecimal digits of either case, or [strict base64](Self::base64) of 32 bytes, or
/// [one of both](Self::or_base64). The prefix `sha256=`, or [another](Self::with_prefix), may come before it.
///
/// The key is the secret's text, whatever its prefix: a secret that begins with `whsec_` is not decoded.
///
/// ```
/// use referral_webhooks::{BodyHmac, Message, Scheme, Verifier};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// const SCHEME: Scheme = Scheme::BodyHmac(BodyHmac::new("x-hub-signature-256").prefixed());
/// let verifier = Verifier::new(SCHEME, "correct horse battery staple")?;
/// let request = verifier.sign(&Message::new("{}", now))?;
/// assert!(request.headers()["x-hub-signature-256"].to_str()?.starts_with("sha256="));
/// assert!(verifier.verify(&request, now).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct BodyHmac {
    header: HeaderName,
    label: &'static str,
    prefix: &'static str,
    encoding: Encoding,
    form_field: Option<&'static str>,
    hex_key: bool,
    text_key: bool,
}

/// The encoding of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Hex,
    Base64,
    /// Hexadecimal when signing, and both when verifying.
    Either,
}

impl BodyHmac {
    /// Makes the scheme with its signature in this header.
    ///
    /// # Panics
    ///
    /// If `header` is not a lower-case header name. In a constant this is a compile error.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature"));
    /// let request = Verifier::new(scheme, "correct horse battery staple")?.sign(&Message::new("{}", now))?;
    /// assert_eq!(request.headers()["x-shop-signature"].len(), 64);
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
    /// # use referral_webhooks::{BodyHmac, ConfigError};
    /// assert!(BodyHmac::try_new(&String::from("X-Shop-Signature")).is_ok());
    /// assert_eq!(BodyHmac::try_new("X-Shop-Signature:").unwrap_err(), ConfigError::HeaderName);
    /// ```
    pub fn try_new(header: &str) -> Result<Self, ConfigError> {
        let (header, label) = naming::header(header)?;
        Ok(Self::with(header, label))
    }

    const fn with(header: HeaderName, label: &'static str) -> Self {
        Self { header, label, prefix: "", encoding: Encoding::Hex, form_field: None, hex_key: false, text_key: true }
    }

    /// Signs with `sha256=` before the signature. Verifying accepts both forms.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature").prefixed());
    /// let request = Verifier::new(scheme, "correct horse battery staple")?.sign(&Message::new("{}", now))?;
    /// assert!(request.headers()["x-shop-signature"].to_str()?.starts_with("sha256="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn prefixed(self) -> Self {
        self.with_prefix(DEFAULT_PREFIX)
    }

    /// Signs with this text before the signature. Verifying accepts the signature with the text in any letter case, and
    /// without it.
    ///
    /// # Panics
    ///
    /// If `prefix` has more than 64 bytes, begins with a blank, or has a character that is not printable ASCII. In a
    /// constant this is a compile error.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature").with_prefix("v1="));
    /// let request = Verifier::new(scheme, "correct horse battery staple")?.sign(&Message::new("{}", now))?;
    /// assert!(request.headers()["x-shop-signature"].to_str()?.starts_with("v1="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_prefix(mut self, prefix: &'static str) -> Self {
        assert!(naming::is_prefix(prefix), "a prefix has at most 64 printable ASCII characters, and no blank first");
        self.prefix = prefix;
        self
    }

    /// Sets a prefix that is known at run time, as [`with_prefix`](Self::with_prefix).
    ///
    /// # Errors
    ///
    /// [`ConfigError::HeaderPrefix`] or [`ConfigError::TooManyNames`].
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, ConfigError};
    /// assert!(BodyHmac::new("x-shop-signature").try_with_prefix("v1=").is_ok());
    /// let error = BodyHmac::new("x-shop-signature").try_with_prefix("v1=\n").unwrap_err();
    /// assert_eq!(error, ConfigError::HeaderPrefix);
    /// ```
    pub fn try_with_prefix(mut self, prefix: &str) -> Result<Self, ConfigError> {
        self.prefix = naming::prefix(prefix)?;
        Ok(self)
    }

    /// Signs and verifies the signature as base64 only.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature").base64());
    /// let verifier = Verifier::new(scheme, "correct horse battery staple")?;
    /// let request = verifier.sign(&Message::new("{}", now))?;
    /// assert_eq!(request.headers()["x-shop-signature"], "6gpwKeSQRbfzXrSc/XQr4Vu8fLdnII7P4fqya9pc2+g=");
    /// assert!(verifier.verify(&request, now).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn base64(mut self) -> Self {
        self.encoding = Encoding::Base64;
        self
    }

    /// Also accepts the signature as base64, for a platform whose encoding is undecided. Signing writes hexadecimal.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature").or_base64());
    /// let request = http::Request::post("/")
    ///     .header("x-shop-signature", "6gpwKeSQRbfzXrSc/XQr4Vu8fLdnII7P4fqya9pc2+g=")
    ///     .body("{}")?;
    /// assert!(Verifier::new(scheme, "correct horse battery staple")?.verify(&request, now).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn or_base64(mut self) -> Self {
        self.encoding = Encoding::Either;
        self
    }

    /// Also accepts a form that holds the JSON in this one field. The signature covers the raw body or the decoded field.
    ///
    /// A body is such a form if it is well-formed, has the field once, and the decoded field is JSON. Every other
    /// body is its own payload. The media type is ignored, because it is not signed.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature").or_form("payload"));
    /// let verifier = Verifier::new(scheme, "correct horse battery staple")?;
    /// let request = verifier.sign(&Message::new("{}", now).as_form())?;
    /// assert_eq!(&*verifier.verify(&request, now)?.payload(), b"{}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn or_form(mut self, field: &'static str) -> Self {
        self.form_field = Some(field);
        self
    }

    /// Sets a form field that is known at run time, as [`or_form`](Self::or_form).
    ///
    /// # Errors
    ///
    /// [`ConfigError::MemberName`] or [`ConfigError::TooManyNames`].
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, ConfigError};
    /// assert!(BodyHmac::new("x-shop-signature").try_or_form("payload").is_ok());
    /// let error = BodyHmac::new("x-shop-signature").try_or_form("").unwrap_err();
    /// assert_eq!(error, ConfigError::MemberName);
    /// ```
    pub fn try_or_form(mut self, field: &str) -> Result<Self, ConfigError> {
        self.form_field = Some(naming::member(field)?);
        Ok(self)
    }

    /// Also tries the secret decoded from hexadecimal, if that gives at least 16 bytes.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Message, Scheme, Variant, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature").or_hex_key());
    /// let verifier = Verifier::new(scheme, "5d41402abc4b2a76b9719d911017c592")?;
    /// let request = verifier.sign(&Message::new("{}", now).variant(Variant::HexKey))?;
    /// assert_eq!(verifier.verify(&request, now)?.variant(), Variant::HexKey);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn or_hex_key(mut self) -> Self {
        (self.hex_key, self.text_key) = (true, true);
        self
    }

    /// Makes the key of the secret decoded from hexadecimal, and of its text never. The secret needs at least 32 digits.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, ConfigError, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature").hex_key());
    /// let verifier = Verifier::new(scheme.clone(), "5d41402abc4b2a76b9719d911017c592")?;
    /// assert!(verifier.verify(&verifier.sign(&Message::new("{}", now))?, now).is_ok());
    /// assert_eq!(Verifier::new(scheme, "correct horse battery staple").unwrap_err(), ConfigError::NotHexadecimal);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn hex_key(mut self) -> Self {
        (self.hex_key, self.text_key) = (true, false);
        self
    }

    pub(super) const fn variants(&self) -> &'static [Variant] {
        match (self.hex_key && self.text_key, self.form_field.is_some()) {
            (true, _) => &[Variant::TextKey, Variant::HexKey],
            (false, true) => &[Variant::RawBody, Variant::FormPayload],
            (false, false) => &[Variant::RawBody],
        }
    }

    pub(super) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        let text = HmacKey::new(secret.text_key()?);
        if !self.hex_key {
            return Ok(Key::Hmac(text));
        }
        let decoded = hex::decode_all(secret.expose().as_bytes()).map(zeroize::Zeroizing::new);
        let hex = decoded.filter(|bytes| bytes.len() >= MIN_HEX_KEY).map(|bytes| HmacKey::new(&bytes));
        if self.text_key {
            Ok(Key::TextOrHex { text, hex })
        } else {
            hex.map(Key::Hmac).ok_or(ConfigError::NotHexadecimal)
        }
    }

    pub(super) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let claimed = self.claim(evidence.headers)?;
        let form = self.form_field.and_then(|field| form::only_field(evidence.body, field));
        let policy = &evidence.policy;
        for (secret, key) in keys.iter().enumerate() {
            let found = match key {
                Key::Hmac(key) => match_form_or_body(key, form, evidence, &claimed),
                Key::TextOrHex { text, hex } => {
                    let by_text = policy.offers(Variant::TextKey) && matches_body(text, evidence.body, &claimed);
                    let by_hex = policy.offers(Variant::HexKey)
                        && hex.as_ref().is_some_and(|key| matches_body(key, evidence.body, &claimed));
                    let variant = if by_text { Some(Variant::TextKey) } else { by_hex.then_some(Variant::HexKey) };
                    variant.map(|variant| (variant, None))
                }
                _ => None,
            };
            if let Some((variant, form_payload)) = found {
                return Ok(Proof { form_payload, ..Proof::signed(secret, variant) });
            }
        }
        Err(ErrorKind::SignatureMismatch.into())
    }

    /// Signs with the first secret; [`Message::variant`] chooses the variant.
    pub(super) fn sign(&self, keys: &[Key], message: &Message, draft: &mut Draft) -> Result<(), SignError> {
        let form_body = self.form_field.filter(|_| message.as_form).map(|field| form::encode(field, &message.body));
        let signed = match &form_body {
            Some(form) if message.variant != Some(Variant::FormPayload) => form.as_slice(),
            _ => &message.body,
        };
        let key = match keys.first() {
            Some(Key::Hmac(key)) => key,
            Some(Key::TextOrHex { hex: Some(key), .. }) if message.variant == Some(Variant::HexKey) => key,
            Some(Key::TextOrHex { text, .. }) => text,
            _ => return Err(SignError::NoSigningKey),
        };
        let tag = key.tag(&[signed]);
        let signature = match self.encoding {
            Encoding::Base64 => base64::encode(tag.as_bytes()),
            Encoding::Hex | Encoding::Either => hex::encode(tag.as_bytes()),
        };
        draft.header(&self.header, &format!("{}{signature}", self.prefix));
        if let Some(form) = form_body {
            draft.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            draft.body = form.into();
        }
        Ok(())
    }

    /// Returns whether this header carries the proof.
    pub(super) fn reads(&self, header: &HeaderName) -> bool {
        *header == self.header
    }

    /// Returns the signature that the header claims.
    pub(super) fn claim(&self, headers: &HeaderMap) -> Result<[u8; 32], Error> {
        let header = only_value(&headers.get_all(&self.header), self.label, MAX_HEADER)?;
        self.signature(header).ok_or_else(|| Error::from(ErrorKind::MalformedHeader(self.label)).with(likeness(header)))
    }

    fn signature(&self, header: &[u8]) -> Option<[u8; 32]> {
        let text = header.trim_ascii();
        let prefix = if self.prefix.is_empty() { DEFAULT_PREFIX } else { self.prefix };
        match text.split_at_checked(prefix.len()) {
            Some((found, rest)) if found.eq_ignore_ascii_case(prefix.as_bytes()) => {
                // The digits of a bare signature can look like the prefix.
                self.decode(rest).or_else(|| self.decode(text))
            }
            _ => self.decode(text),
        }
    }

    fn decode(&self, text: &[u8]) -> Option<[u8; 32]> {
        match (text.len(), self.encoding) {
            (64, Encoding::Hex | Encoding::Either) => hex::decode(text),
            (44, Encoding::Base64 | Encoding::Either) => base64::decode(text),
            _ => None,
        }
    }
}

/// Returns the variant that the signature matches, and the payload if that is the field of a form.
///
/// Each signature has one reading, because a form is not JSON, and therefore never the payload of another form. An
/// attacker who wraps signed bytes in a form changes no meaning. The payload is checked for JSON after its signature.
fn match_form_or_body<'r>(
    key: &HmacKey,
    form: Option<FormValue<'r>>,
    evidence: &Evidence<'r>,
    claimed: &[u8; 32],
) -> Option<(Variant, Option<FormValue<'r>>)> {
    if matches_body(key, evidence.body, claimed) {
        let payload = form.filter(FormValue::is_json);
        // A pinned variant concerns forms only. A body that is its own payload passes.
        let is_offered = payload.is_none() || evidence.policy.offers(Variant::RawBody);
        return is_offered.then_some((Variant::RawBody, payload));
    }
    let payload = form.filter(|_| evidence.policy.offers(Variant::FormPayload))?;
    let is_signed = matches_payload(key, payload, claimed) && payload.is_json();
    is_signed.then_some((Variant::FormPayload, Some(payload)))
}

fn matches_body(key: &HmacKey, body: &[u8], claimed: &[u8; 32]) -> bool {
    key.tag(&[body]).is(claimed)
}

fn matches_payload(key: &HmacKey, payload: FormValue<'_>, claimed: &[u8; 32]) -> bool {
    let mut mac = key.over(&[]);
    payload.in_blocks(|block| mac.update(block));
    Tag::of(mac).is(claimed)
}
