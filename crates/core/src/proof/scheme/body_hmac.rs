//! HMAC-SHA256 of the body, in one header: the scheme that GitHub made common.

use hmac::Mac as _;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::evidence::{Evidence, Proof};
use super::header::only_value;
use super::hmac_key::{HmacKey, Tag};
use super::key::Key;
use super::variant::Variant;
use crate::proof::form::{self, FormValue};
use crate::proof::message::{Draft, Message, SignError};
use crate::proof::{base64, hex};
use crate::{ConfigError, Error, ErrorKind, Secret};

/// The maximum length of a signature header, in bytes. The longest valid one has 71.
const MAX_HEADER: usize = 256;

/// The minimum length of a key decoded from hexadecimal, in bytes. A shorter secret is a text that happens to look like
/// hexadecimal.
const MIN_HEX_KEY: usize = 16;

/// HMAC-SHA256 of the body, in one header.
///
/// The signature is `sha256=` and 64 hexadecimal digits of either case, or the digits alone, or (if
/// [offered](Self::or_base64)) strict base64 of 32 bytes.
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
    base64: bool,
    form_field: Option<&'static str>,
    hex_key: bool,
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
        Self {
            header: HeaderName::from_static(header),
            label: header,
            prefix: "",
            base64: false,
            form_field: None,
            hex_key: false,
        }
    }

    /// Signs with `sha256=` before the digits. Verifying accepts both forms.
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
    pub const fn prefixed(mut self) -> Self {
        self.prefix = "sha256=";
        self
    }

    /// Also accepts the signature as base64.
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
        self.base64 = true;
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
        self.hex_key = true;
        self
    }

    pub(super) const fn variants(&self) -> &'static [Variant] {
        match (self.hex_key, self.form_field.is_some()) {
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
        Ok(Key::TextOrHex { text, hex })
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
        draft.header(&self.header, &format!("{}{}", self.prefix, hex::encode(key.tag(&[signed]).as_bytes())));
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
        self.signature(header).ok_or_else(|| ErrorKind::MalformedHeader(self.label).into())
    }

    fn signature(&self, header: &[u8]) -> Option<[u8; 32]> {
        let text = header.trim_ascii();
        let digits = match text.split_at_checked(7) {
            Some((prefix, digits)) if prefix.eq_ignore_ascii_case(b"sha256=") => digits,
            _ => text,
        };
        match digits.len() {
            64 => hex::decode(digits),
            44 if self.base64 => base64::decode(digits),
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
