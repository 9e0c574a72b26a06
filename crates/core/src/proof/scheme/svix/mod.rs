//! Svix and Standard Webhooks: three headers, a list of signatures.
//!
//! Documented: <https://docs.svix.com/receiving/verifying-payloads/how-manual> and
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

#[cfg(feature = "ed25519")]
pub(super) mod ed25519;
mod encoding;
mod entries;
mod secret;

#[cfg(feature = "ed25519")]
use std::cell::OnceCell;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use self::entries::Entries;
use super::evidence::{Evidence, Proof};
use super::header::timestamp;
use super::key::Key;
use super::variant::Variant;
use crate::proof::base64;
use crate::proof::message::{Draft, Message, SignError};
use crate::proof::signed_time::{SignedTime, TimeUnit};
use crate::{ConfigError, Error, ErrorKind, Secret};

/// The maximum length of the signature header, all its lines together, in bytes.
const MAX_SIGNATURES: usize = 8 * 1024;

/// The maximum number of signatures.
const MAX_ENTRIES: usize = 32;

/// The maximum length of an id, in bytes.
const MAX_ID: usize = 256;

/// The maximum length of a timestamp, in bytes.
const MAX_TIMESTAMP: usize = 19;

const SVIX_ID: &str = "svix-id";
const SVIX_TIMESTAMP: &str = "svix-timestamp";
const SVIX_SIGNATURE: &str = "svix-signature";
const WEBHOOK_ID: &str = "webhook-id";
const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
const WEBHOOK_SIGNATURE: &str = "webhook-signature";

/// The names of three headers that belong together.
#[derive(Debug, Clone, Copy)]
struct Family {
    variant: Variant,
    id: &'static str,
    timestamp: &'static str,
    signature: &'static str,
}

static SVIX_HEADERS: Family =
    Family { variant: Variant::SvixHeaders, id: SVIX_ID, timestamp: SVIX_TIMESTAMP, signature: SVIX_SIGNATURE };

static WEBHOOK_HEADERS: Family = Family {
    variant: Variant::WebhookHeaders,
    id: WEBHOOK_ID,
    timestamp: WEBHOOK_TIMESTAMP,
    signature: WEBHOOK_SIGNATURE,
};

/// Svix and Standard Webhooks.
///
/// The signature covers id, timestamp and body, joined by full stops. The three headers are a family, `svix-*` or
/// `webhook-*`. If both families are complete, `svix-*` is tried first. Headers of two families are never mixed.
///
/// Secrets are `whsec_` and base64 (the prefix may be missing, and so may the padding). Fewer than 16 bytes are
/// refused. Fewer than 24 are a [`Weakness`](crate::Weakness), and accepted because Svix's own documentation shows a
/// secret of 18. With the feature `ed25519`, `whpk_` and `whsk_` keys verify `v1a` entries.
///
/// ```
/// use referral_webhooks::{Message, Scheme, Svix, Variant, Verifier};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let request = verifier.sign(&Message::new("{}", now).variant(Variant::WebhookHeaders))?;
/// assert!(request.headers()["webhook-signature"].to_str()?.starts_with("v1,"));
/// assert_eq!(verifier.verify(&request, now)?.variant(), Variant::WebhookHeaders);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Svix;

impl Svix {
    pub(super) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        in_families(evidence.policy.pinned, evidence.headers, |sent| sent.verify(keys, evidence))
    }

    /// Checks everything but the signatures, which cover the body.
    pub(super) fn check_head(&self, pinned: Option<Variant>, headers: &HeaderMap) -> Result<(), Error> {
        in_families(pinned, headers, |sent| sent.claim().and_then(|_| sent.any_entry(|_, _| false)).map(|_| ()))
    }
}

/// Attempts the family that is complete, or `svix-*` and then `webhook-*` if both are.
fn in_families<'r, T>(
    pinned: Option<Variant>,
    headers: &'r HeaderMap,
    attempt: impl Fn(&Sent<'r>) -> Result<T, Error>,
) -> Result<T, Error> {
    let [svix, webhook] = find(headers);
    match pinned {
        Some(Variant::WebhookHeaders) => attempt(&webhook),
        Some(_) => attempt(&svix),
        None if svix.is_complete() && webhook.is_complete() => {
            attempt(&svix).or_else(|error| attempt(&webhook).map_err(|_| error))
        }
        // If neither is complete, the error names the header that is missing in the one that was begun.
        None if webhook.is_complete() || !svix.is_begun() && webhook.is_begun() => attempt(&webhook),
        None => attempt(&svix),
    }
}

/// Collects the headers of both families in one pass. Requests have few headers, and six look-ups would hash six names.
fn find(headers: &HeaderMap) -> [Sent<'_>; 2] {
    let [mut svix, mut webhook] = [&SVIX_HEADERS, &WEBHOOK_HEADERS].map(|family| Sent::nothing(family, headers));
    for (name, value) in headers {
        let lines = match name.as_str() {
            SVIX_ID => &mut svix.id,
            SVIX_TIMESTAMP => &mut svix.time,
            SVIX_SIGNATURE => &mut svix.signatures,
            WEBHOOK_ID => &mut webhook.id,
            WEBHOOK_TIMESTAMP => &mut webhook.time,
            WEBHOOK_SIGNATURE => &mut webhook.signatures,
            _ => continue,
        };
        *lines = if let Lines::None = lines { Lines::One(value) } else { Lines::Several };
    }
    [svix, webhook]
}

/// The headers of one family that were sent.
struct Sent<'r> {
    family: &'static Family,
    headers: &'r HeaderMap,
    id: Lines<'r>,
    time: Lines<'r>,
    signatures: Lines<'r>,
}

/// Three well-formed headers: the id, the time as text, and as a Unix time.
struct Claim<'r> {
    id: &'r [u8],
    time_text: &'r [u8],
    signed_at: SignedTime,
}

impl<'r> Sent<'r> {
    const fn nothing(family: &'static Family, headers: &'r HeaderMap) -> Self {
        Self { family, headers, id: Lines::None, time: Lines::None, signatures: Lines::None }
    }

    const fn is_complete(&self) -> bool {
        !self.id.is_none() && !self.time.is_none() && !self.signatures.is_none()
    }

    const fn is_begun(&self) -> bool {
        !self.id.is_none() || !self.time.is_none() || !self.signatures.is_none()
    }

    /// Verifies the signatures of this family, then the age.
    fn verify(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let Claim { id, time_text, signed_at } = self.claim()?;
        let signed = [id, b".", time_text, b".", evidence.body];
        for (secret, key) in keys.iter().enumerate() {
            if self.any_matches(key, &signed)? {
                let stale = evidence.policy.check_age(signed_at, evidence.now)?;
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

    /// Reads id and time, and checks that the signature header is there and bounded.
    fn claim(&self) -> Result<Claim<'r>, Error> {
        let id = self.id.only(self.family.id, MAX_ID)?;
        if !is_id(id) {
            return Err(ErrorKind::MalformedHeader(self.family.id).into());
        }
        let time_text = self.time.only(self.family.timestamp, MAX_TIMESTAMP)?;
        let seconds = timestamp(time_text).ok_or(ErrorKind::MalformedHeader(self.family.timestamp))?;
        let signed_at = SignedTime::seconds(seconds);
        let length = match self.signatures {
            Lines::None => return Err(ErrorKind::MissingHeader(self.family.signature).into()),
            Lines::One(line) => line.len(),
            Lines::Several => self.signature_lines().map(HeaderValue::len).sum(),
        };
        if length == 0 || length > MAX_SIGNATURES {
            return Err(ErrorKind::MalformedHeader(self.family.signature).into());
        }
        Ok(Claim { id, time_text, signed_at })
    }

    /// Returns whether this key made one of the signatures.
    fn any_matches(&self, key: &Key, signed: &[&[u8]; 5]) -> Result<bool, Error> {
        match key {
            Key::Hmac(key) => {
                let tag = key.tag(signed);
                self.any_entry(|version, text| {
                    version == b"v1" && base64::decode(text).is_some_and(|claimed| tag.is(&claimed))
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

    /// Returns whether one of the `version,signature` entries is right. All lines are one list.
    ///
    /// The entries after the right one are counted too, so that a list that is too long is always refused.
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

    fn signature_lines(&self) -> impl Iterator<Item = &'r HeaderValue> {
        self.headers.get_all(self.family.signature).into_iter()
    }
}

/// The lines with one name.
#[derive(Clone, Copy)]
enum Lines<'r> {
    None,
    One(&'r HeaderValue),
    Several,
}

impl<'r> Lines<'r> {
    /// Returns the value of a header that must be sent exactly once and be no longer than `most` bytes.
    fn only(self, name: &'static str, most: usize) -> Result<&'r [u8], Error> {
        match self {
            Self::None => Err(ErrorKind::MissingHeader(name).into()),
            Self::Several => Err(ErrorKind::RepeatedHeader(name).into()),
            Self::One(value) if value.len() > most => Err(ErrorKind::MalformedHeader(name).into()),
            Self::One(value) => Ok(value.as_bytes()),
        }
    }

    const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Returns whether an id is non-empty printable ASCII without a full stop. A full stop would move the boundary between
/// id and timestamp.
fn is_id(id: &[u8]) -> bool {
    let is_legal = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'.';
    !id.is_empty() && id.len() <= MAX_ID && id.iter().fold(true, |legal, byte| legal & is_legal(byte))
}

/// Keys, signing and stored headers.
impl Svix {
    pub(super) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        secret::key(secret)
    }

    pub(super) fn is_short(&self, secret: &Secret) -> bool {
        secret::is_short(secret)
    }

    pub(super) fn secret_from(&self, random: &[u8; 32]) -> String {
        format!("whsec_{}", base64::encode(random))
    }

    /// Returns whether verifying looks at this header, in either family.
    pub(super) fn reads(&self, header: &HeaderName) -> bool {
        [&SVIX_HEADERS, &WEBHOOK_HEADERS]
            .iter()
            .any(|family| [family.id, family.timestamp, family.signature].contains(&header.as_str()))
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
        let time_text = message.timestamp(TimeUnit::Seconds)?;
        let signed = [id.as_bytes(), b".", time_text.as_bytes(), b".", &message.body];
        let mut signatures = Vec::with_capacity(keys.len());
        for key in keys {
            signatures.push(match key {
                Key::Hmac(key) => format!("v1,{}", base64::encode(key.tag(&signed).as_bytes())),
                #[cfg(feature = "ed25519")]
                Key::Ed25519(key) => format!("v1a,{}", base64::encode(&key.sign(&signed)?)),
                _ => return Err(SignError::NoSigningKey),
            });
        }
        draft.header(family.id, &id);
        draft.header(family.timestamp, &time_text);
        draft.header(family.signature, &signatures.join(" "));
        Ok(())
    }
}
