//! Svix and Standard Webhooks: three headers, a list of signatures.
//!
//! Documented: <https://docs.svix.com/receiving/verifying-payloads/how-manual> and
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

#[cfg(feature = "ed25519")]
use std::cell::OnceCell;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, general_purpose};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::body_hmac::base64_32;
#[cfg(feature = "ed25519")]
use super::ed25519::Ed25519Key;
use super::{Evidence, Key, Proof, Variant, timestamp};
use crate::key::HmacKey;
use crate::sign::{Draft, Message, SignError};
use crate::{ConfigError, Error, ErrorKind, Secret};

/// The longest signature header that is looked at, all its lines together, in bytes.
const MAX_SIGNATURES: usize = 8 * 1024;

/// The most signatures that are looked at.
const MAX_ENTRIES: usize = 32;

/// The longest id, in bytes.
const MAX_ID: usize = 256;

/// The longest timestamp, in bytes.
const MAX_TIMESTAMP: usize = 19;

/// A secret whose last character carries unused bits is taken only from this many bytes on: below it, the text
/// is more likely a word than a key.
const MIN_UNTIDY_KEY: usize = 16;

/// Secrets are read with or without padding.
const SECRET_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The same, with unused bits in the last character.
const UNTIDY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    general_purpose::GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Svix and Standard Webhooks.
///
/// The signature covers id, timestamp and body with full stops between them. The three headers are a family,
/// `svix-*` or `webhook-*`; where both are complete `svix-*` is tried first, and they are never mixed.
///
/// Secrets are `whsec_` and base64 (the prefix may be missing, so may the padding). Fewer than 24 bytes are
/// accepted, because Svix's own documentation shows a secret of 18; use no such key for money. With the feature
/// `ed25519`, `whpk_` and `whsk_` keys verify `v1a` entries.
#[derive(Debug, Clone, Copy, Default)]
pub struct Svix;

/// Three headers that belong together.
#[derive(Debug, Clone, Copy)]
struct Family {
    variant: Variant,
    id: &'static str,
    timestamp: &'static str,
    signature: &'static str,
    id_name: &'static HeaderName,
    timestamp_name: &'static HeaderName,
    signature_name: &'static HeaderName,
}

static SVIX_ID: HeaderName = HeaderName::from_static("svix-id");
static SVIX_TIMESTAMP: HeaderName = HeaderName::from_static("svix-timestamp");
static SVIX_SIGNATURE: HeaderName = HeaderName::from_static("svix-signature");
static WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
static WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
static WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

static SVIX_HEADERS: Family = Family {
    variant: Variant::SvixHeaders,
    id: "svix-id",
    timestamp: "svix-timestamp",
    signature: "svix-signature",
    id_name: &SVIX_ID,
    timestamp_name: &SVIX_TIMESTAMP,
    signature_name: &SVIX_SIGNATURE,
};

static WEBHOOK_HEADERS: Family = Family {
    variant: Variant::WebhookHeaders,
    id: "webhook-id",
    timestamp: "webhook-timestamp",
    signature: "webhook-signature",
    id_name: &WEBHOOK_ID,
    timestamp_name: &WEBHOOK_TIMESTAMP,
    signature_name: &WEBHOOK_SIGNATURE,
};

impl Svix {
    pub(super) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        let text = secret.expose();
        if text.starts_with("v1,") || text.starts_with("v1a,") {
            return Err(ConfigError::VersionPrefix);
        }
        if text.starts_with("whpk_") || text.starts_with("whsk_") {
            return asymmetric_key(text);
        }
        let encoded = text.strip_prefix("whsec_").unwrap_or(text);
        if encoded.is_empty() {
            return Err(ConfigError::EmptySecret);
        }
        if encoded.starts_with("whpk_") || encoded.starts_with("whsk_") {
            return Err(ConfigError::AsymmetricKey);
        }
        if encoded.split_once('_').is_some_and(|(prefix, _)| {
            prefix.len() <= 6
                && prefix.starts_with(|first: char| first.is_ascii_lowercase())
                && prefix.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit())
        }) {
            return Err(ConfigError::UnknownPrefix);
        }
        if encoded.contains(['-', '_']) {
            return Err(ConfigError::UrlSafeAlphabet);
        }
        let key = secret_bytes(encoded)?;
        if key.is_empty() {
            return Err(ConfigError::EmptySecret);
        }
        Ok(Key::Hmac(HmacKey::new(&key)))
    }

    pub(super) fn secret_from(&self, random: &[u8; 32]) -> String {
        format!("whsec_{}", STANDARD.encode(random))
    }

    pub(super) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        in_families(evidence.pinned, evidence.headers, |found| found.verify(keys, evidence))
    }

    pub(super) fn check_head(&self, pinned: Option<Variant>, headers: &HeaderMap) -> Result<(), Error> {
        in_families(pinned, headers, |found| found.claim().and_then(|_| found.any_entry(|_, _| false)).map(|_| ()))
    }

    /// Whether the proof stands in this header, in either family.
    pub(super) fn reads(&self, header: &HeaderName) -> bool {
        [&SVIX_HEADERS, &WEBHOOK_HEADERS]
            .iter()
            .any(|family| [family.id_name, family.timestamp_name, family.signature_name].contains(&header))
    }

    /// Signs with every secret, the current one first, as Svix does while a rotation lasts.
    pub(super) fn sign(&self, keys: &[Key], message: &Message, draft: &mut Draft) -> Result<(), SignError> {
        let family = match message.variant {
            Some(Variant::WebhookHeaders) => &WEBHOOK_HEADERS,
            _ => &SVIX_HEADERS,
        };
        let id = message.message_id();
        if !is_id(id.as_bytes()) {
            return Err(SignError::BadId);
        }
        let time_text = message.timestamp()?;
        let signed = [id.as_bytes(), b".", time_text.as_bytes(), b".", &message.body];
        let mut signatures = Vec::with_capacity(keys.len());
        for key in keys {
            signatures.push(match key {
                Key::Hmac(key) => format!("v1,{}", STANDARD.encode(key.tag(&signed).as_bytes())),
                #[cfg(feature = "ed25519")]
                Key::Ed25519(key) => format!("v1a,{}", STANDARD.encode(key.sign(&signed)?)),
                _ => return Err(SignError::NoSigningKey),
            });
        }
        draft.header(family.id_name, &id);
        draft.header(family.timestamp_name, &time_text);
        draft.header(family.signature_name, &signatures.join(" "));
        Ok(())
    }
}

impl Family {
    /// Reads the headers through: they are few, and three look-ups would wait for three hashes of names.
    fn find<'r>(&'static self, headers: &'r HeaderMap) -> Found<'r> {
        let mut found = Found { family: self, headers, id: Lines::None, time: Lines::None, signatures: Lines::None };
        for (name, value) in headers {
            let lines = match name {
                name if name == self.id_name => &mut found.id,
                name if name == self.timestamp_name => &mut found.time,
                name if name == self.signature_name => &mut found.signatures,
                _ => continue,
            };
            *lines = if let Lines::None = lines { Lines::One(value) } else { Lines::Several };
        }
        found
    }
}

/// Attempts the family that is complete, or `svix-*` and then `webhook-*` where both are.
fn in_families<'r, T>(
    pinned: Option<Variant>,
    headers: &'r HeaderMap,
    attempt: impl Fn(&Found<'r>) -> Result<T, Error>,
) -> Result<T, Error> {
    if let Some(variant) = pinned {
        let family = if variant == Variant::WebhookHeaders { &WEBHOOK_HEADERS } else { &SVIX_HEADERS };
        return attempt(&family.find(headers));
    }
    let svix = SVIX_HEADERS.find(headers);
    if svix.is_complete() {
        return attempt(&svix).or_else(|error| {
            let webhook = WEBHOOK_HEADERS.find(headers);
            if webhook.is_complete() { attempt(&webhook).map_err(|_| error) } else { Err(error) }
        });
    }
    let webhook = WEBHOOK_HEADERS.find(headers);
    // If neither is complete, the error shall name what is missing in the one that was begun.
    let is_webhook = webhook.is_complete() || !svix.is_begun() && webhook.is_begun();
    attempt(if is_webhook { &webhook } else { &svix })
}

/// What stands under the three names of a family.
struct Found<'r> {
    family: &'static Family,
    headers: &'r HeaderMap,
    id: Lines<'r>,
    time: Lines<'r>,
    signatures: Lines<'r>,
}

/// What stands under one name.
#[derive(Clone, Copy)]
enum Lines<'r> {
    None,
    One(&'r HeaderValue),
    Several,
}

impl<'r> Lines<'r> {
    /// The value of a header that must stand exactly once and be no longer than `most` bytes.
    fn only(self, label: &'static str, most: usize) -> Result<&'r [u8], Error> {
        match self {
            Self::None => Err(ErrorKind::MissingHeader(label).into()),
            Self::Several => Err(ErrorKind::RepeatedHeader(label).into()),
            Self::One(value) if value.len() > most => Err(ErrorKind::MalformedHeader(label).into()),
            Self::One(value) => Ok(value.as_bytes()),
        }
    }

    const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl<'r> Found<'r> {
    const fn is_complete(&self) -> bool {
        !self.id.is_none() && !self.time.is_none() && !self.signatures.is_none()
    }

    const fn is_begun(&self) -> bool {
        !self.id.is_none() || !self.time.is_none() || !self.signatures.is_none()
    }

    fn verify(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let Claim { id, time_text, signed_at } = self.claim()?;
        let signed = [id, b".", time_text, b".", evidence.body];
        for (secret, key) in keys.iter().enumerate() {
            if self.any_matches(key, &signed)? {
                let stale = evidence.check_age(signed_at)?;
                return Ok(Proof {
                    message_id: std::str::from_utf8(id).ok(),
                    signed_at: Some(signed_at),
                    stale,
                    ..Proof::signed(secret, self.family.variant)
                });
            }
        }
        Err(ErrorKind::SignatureMismatch.into())
    }

    /// What the headers claim, in bounded length and number.
    fn claim(&self) -> Result<Claim<'r>, Error> {
        let id = self.id.only(self.family.id, MAX_ID)?;
        if !is_id(id) {
            return Err(ErrorKind::MalformedHeader(self.family.id).into());
        }
        let time_text = self.time.only(self.family.timestamp, MAX_TIMESTAMP)?;
        let signed_at = timestamp(time_text).ok_or(ErrorKind::MalformedHeader(self.family.timestamp))?;
        self.check_length()?;
        Ok(Claim { id, time_text, signed_at })
    }

    /// The signature header must be there, and bounded, however many lines it came in.
    fn check_length(&self) -> Result<(), Error> {
        let length = match self.signatures {
            Lines::None => return Err(ErrorKind::MissingHeader(self.family.signature).into()),
            Lines::One(line) => line.len(),
            Lines::Several => self.signature_lines().map(HeaderValue::len).sum(),
        };
        if length == 0 || length > MAX_SIGNATURES {
            return Err(ErrorKind::MalformedHeader(self.family.signature).into());
        }
        Ok(())
    }

    fn signature_lines(&self) -> impl Iterator<Item = &'r HeaderValue> {
        self.headers.get_all(self.family.signature_name).into_iter()
    }

    /// Whether one of the `version,signature` entries of all lines, read as one list, is right.
    ///
    /// None is left out after the right one, so that a list that is too long is refused whatever it holds.
    fn any_entry(&self, is_right: impl Fn(&[u8], &[u8]) -> bool) -> Result<bool, Error> {
        let (mut found, mut number) = (false, 0);
        let mut read = |line: &HeaderValue| {
            for (version, text) in Entries(line.as_bytes()) {
                number += 1;
                if number > MAX_ENTRIES {
                    return Err(ErrorKind::MalformedHeader(self.family.signature));
                }
                found = found || is_right(version, text);
            }
            Ok(())
        };
        match self.signatures {
            Lines::One(line) => read(line)?,
            _ => self.signature_lines().try_for_each(read)?,
        }
        Ok(found)
    }

    fn any_matches(&self, key: &Key, signed: &[&[u8]; 5]) -> Result<bool, Error> {
        match key {
            Key::Hmac(key) => {
                let tag = key.tag(signed);
                self.any_entry(|version, text| {
                    version == b"v1" && base64_32(text).is_some_and(|claimed| tag.is(&claimed))
                })
            }
            #[cfg(feature = "ed25519")]
            Key::Ed25519(key) => {
                // The check needs the message in one piece: one copy, however many signatures are claimed.
                let message = OnceCell::new();
                self.any_entry(|version, text| {
                    version == b"v1a" && key.verifies(message.get_or_init(|| signed.concat()), text)
                })
            }
            _ => Ok(false),
        }
    }
}

/// Three well-formed headers: the id, the time as it stands, and as Unix seconds.
struct Claim<'r> {
    id: &'r [u8],
    time_text: &'r [u8],
    signed_at: i64,
}

/// The entries of one line, with blanks between them, or commas where a proxy folded lines.
struct Entries<'h>(&'h [u8]);

impl<'h> Iterator for Entries<'h> {
    type Item = (&'h [u8], &'h [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.0 = self.0.trim_ascii_start();
        if self.0.is_empty() {
            return None;
        }
        let first = self.cut();
        if !is_version(first) {
            // Not of the form `version,signature`: counted, and skipped by its empty version.
            self.0 = self.0.strip_prefix(b",").unwrap_or(self.0);
            return Some((b"", first));
        }
        let Some(rest) = self.0.strip_prefix(b",") else { return Some((first, b"")) };
        self.0 = rest;
        let second = self.cut();
        self.0 = self.0.strip_prefix(b",").unwrap_or(self.0);
        Some((first, second))
    }
}

impl<'h> Entries<'h> {
    /// Takes everything up to the next comma or blank, which stays.
    fn cut(&mut self) -> &'h [u8] {
        let is_end = |byte: &u8| matches!(byte, b',' | b' ' | b'\t');
        let (taken, rest) = self.0.split_at(self.0.iter().position(is_end).unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// `v`, digits, at most one letter.
fn is_version(text: &[u8]) -> bool {
    text.len() <= 4 && matches!(text, [b'v', digit, ..] if digit.is_ascii_digit())
}

/// Whether an id is non-empty printable ASCII without a full stop, which would move the boundary between id and
/// timestamp.
fn is_id(id: &[u8]) -> bool {
    let is_legal = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'.';
    !id.is_empty() && id.len() <= MAX_ID && id.iter().fold(true, |legal, byte| legal & is_legal(byte))
}

/// The bytes of a base64 secret, padded or not.
pub(super) fn secret_bytes(encoded: &str) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let tidy = SECRET_BASE64.decode(encoded).map(Zeroizing::new);
    tidy.or_else(|_| {
        let untidy = UNTIDY_BASE64.decode(encoded).map(Zeroizing::new).ok();
        untidy.filter(|bytes| bytes.len() >= MIN_UNTIDY_KEY).ok_or(ConfigError::NotBase64)
    })
}

#[cfg(not(feature = "ed25519"))]
fn asymmetric_key(_: &str) -> Result<Key, ConfigError> {
    Err(ConfigError::AsymmetricKey)
}

#[cfg(feature = "ed25519")]
fn asymmetric_key(text: &str) -> Result<Key, ConfigError> {
    Ed25519Key::new(text).map(Key::Ed25519)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_with_blanks_and_with_commas() {
        let rows: [(&str, &[(&str, &str)]); 10] = [
            ("v1,abc", &[("v1", "abc")]),
            ("v1,abc v1a,def", &[("v1", "abc"), ("v1a", "def")]),
            ("v1,abc,v1,def", &[("v1", "abc"), ("v1", "def")]),
            ("v1,abc, v1,def", &[("v1", "abc"), ("v1", "def")]),
            (" \tv1,abc  ", &[("v1", "abc")]),
            ("v1 abc", &[("v1", ""), ("", "abc")]),
            ("v1, abc", &[("v1", ""), ("", "abc")]),
            ("abc,v1,def", &[("", "abc"), ("v1", "def")]),
            (",v1,,", &[("", ""), ("v1", "")]),
            (" ", &[]),
        ];
        for (line, want) in rows {
            let want: Vec<_> = want.iter().map(|(version, text)| (version.as_bytes(), text.as_bytes())).collect();
            assert_eq!(Entries(line.as_bytes()).collect::<Vec<_>>(), want, "{line:?}");
        }
    }
}
