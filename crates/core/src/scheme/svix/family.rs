//! Three headers that belong together, and what stands in them.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::entries::Entries;
use crate::scheme::{Variant, timestamp};
use crate::{Error, ErrorKind};

/// The longest signature header that is looked at, all its lines together, in bytes.
const MAX_SIGNATURES: usize = 8 * 1024;

/// The most signatures that are looked at.
const MAX_ENTRIES: usize = 32;

/// The longest id, in bytes.
const MAX_ID: usize = 256;

/// The longest timestamp, in bytes.
const MAX_TIMESTAMP: usize = 19;

/// Three headers that belong together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    pub(super) variant: Variant,
    pub(super) id: &'static HeaderName,
    pub(super) timestamp: &'static HeaderName,
    pub(super) signature: &'static HeaderName,
}

static SVIX_ID: HeaderName = HeaderName::from_static("svix-id");
static SVIX_TIMESTAMP: HeaderName = HeaderName::from_static("svix-timestamp");
static SVIX_SIGNATURE: HeaderName = HeaderName::from_static("svix-signature");
static WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
static WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
static WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

pub(super) static SVIX_HEADERS: Family =
    Family { variant: Variant::SvixHeaders, id: &SVIX_ID, timestamp: &SVIX_TIMESTAMP, signature: &SVIX_SIGNATURE };

pub(super) static WEBHOOK_HEADERS: Family = Family {
    variant: Variant::WebhookHeaders,
    id: &WEBHOOK_ID,
    timestamp: &WEBHOOK_TIMESTAMP,
    signature: &WEBHOOK_SIGNATURE,
};

impl Family {
    /// Reads the headers through: they are few, and three look-ups would wait for three hashes of names.
    fn find<'r>(&'static self, headers: &'r HeaderMap) -> Found<'r> {
        let mut found = Found { family: self, headers, id: Lines::None, time: Lines::None, signatures: Lines::None };
        for (name, value) in headers {
            let lines = match name {
                name if name == self.id => &mut found.id,
                name if name == self.timestamp => &mut found.time,
                name if name == self.signature => &mut found.signatures,
                _ => continue,
            };
            *lines = if let Lines::None = lines { Lines::One(value) } else { Lines::Several };
        }
        found
    }
}

/// Attempts the family that is complete, or `svix-*` and then `webhook-*` where both are.
pub(super) fn in_families<'r, T>(
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
pub(super) struct Found<'r> {
    pub(super) family: &'static Family,
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
    fn only(self, name: &'static HeaderName, most: usize) -> Result<&'r [u8], Error> {
        match self {
            Self::None => Err(ErrorKind::MissingHeader(name.as_str()).into()),
            Self::Several => Err(ErrorKind::RepeatedHeader(name.as_str()).into()),
            Self::One(value) if value.len() > most => Err(ErrorKind::MalformedHeader(name.as_str()).into()),
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

    /// What the headers claim, in bounded length and number.
    pub(super) fn claim(&self) -> Result<Claim<'r>, Error> {
        let id = self.id.only(self.family.id, MAX_ID)?;
        if !is_id(id) {
            return Err(ErrorKind::MalformedHeader(self.family.id.as_str()).into());
        }
        let time_text = self.time.only(self.family.timestamp, MAX_TIMESTAMP)?;
        let signed_at = timestamp(time_text).ok_or(ErrorKind::MalformedHeader(self.family.timestamp.as_str()))?;
        self.check_length()?;
        Ok(Claim { id, time_text, signed_at })
    }

    /// The signature header must be there, and bounded, however many lines it came in.
    fn check_length(&self) -> Result<(), Error> {
        let length = match self.signatures {
            Lines::None => return Err(ErrorKind::MissingHeader(self.family.signature.as_str()).into()),
            Lines::One(line) => line.len(),
            Lines::Several => self.signature_lines().map(HeaderValue::len).sum(),
        };
        if length == 0 || length > MAX_SIGNATURES {
            return Err(ErrorKind::MalformedHeader(self.family.signature.as_str()).into());
        }
        Ok(())
    }

    fn signature_lines(&self) -> impl Iterator<Item = &'r HeaderValue> {
        self.headers.get_all(self.family.signature).into_iter()
    }

    /// Whether one of the `version,signature` entries of all lines, read as one list, is right.
    ///
    /// None is left out after the right one, so that a list that is too long is refused whatever it holds.
    pub(super) fn any_entry(&self, is_right: impl Fn(&[u8], &[u8]) -> bool) -> Result<bool, Error> {
        let (mut found, mut number) = (false, 0);
        let mut read = |line: &HeaderValue| {
            for (version, text) in Entries(line.as_bytes()) {
                number += 1;
                if number > MAX_ENTRIES {
                    return Err(ErrorKind::MalformedHeader(self.family.signature.as_str()));
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
}

/// Three well-formed headers: the id, the time as it stands, and as Unix seconds.
pub(super) struct Claim<'r> {
    pub(super) id: &'r [u8],
    pub(super) time_text: &'r [u8],
    pub(super) signed_at: i64,
}

/// Whether an id is non-empty printable ASCII without a full stop, which would move the boundary between id and
/// timestamp.
pub(super) fn is_id(id: &[u8]) -> bool {
    let is_legal = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'.';
    !id.is_empty() && id.len() <= MAX_ID && id.iter().fold(true, |legal, byte| legal & is_legal(byte))
}
