//! Three headers that belong together, and what stands in them.

use http::header::{HeaderMap, HeaderValue};

use super::entries::Entries;
use crate::proof::scheme::{Variant, timestamp};
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
    pub(super) id: &'static str,
    pub(super) timestamp: &'static str,
    pub(super) signature: &'static str,
}

const SVIX_ID: &str = "svix-id";
const SVIX_TIMESTAMP: &str = "svix-timestamp";
const SVIX_SIGNATURE: &str = "svix-signature";
const WEBHOOK_ID: &str = "webhook-id";
const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
const WEBHOOK_SIGNATURE: &str = "webhook-signature";

pub(super) static SVIX_HEADERS: Family =
    Family { variant: Variant::SvixHeaders, id: SVIX_ID, timestamp: SVIX_TIMESTAMP, signature: SVIX_SIGNATURE };

pub(super) static WEBHOOK_HEADERS: Family = Family {
    variant: Variant::WebhookHeaders,
    id: WEBHOOK_ID,
    timestamp: WEBHOOK_TIMESTAMP,
    signature: WEBHOOK_SIGNATURE,
};

/// Attempts the family that is complete, or `svix-*` and then `webhook-*` where both are.
pub(super) fn in_families<'r, T>(
    pinned: Option<Variant>,
    headers: &'r HeaderMap,
    attempt: impl Fn(&Found<'r>) -> Result<T, Error>,
) -> Result<T, Error> {
    let [svix, webhook] = find(headers);
    match pinned {
        Some(Variant::WebhookHeaders) => attempt(&webhook),
        Some(_) => attempt(&svix),
        None if svix.is_complete() && webhook.is_complete() => {
            attempt(&svix).or_else(|error| attempt(&webhook).map_err(|_| error))
        }
        // If neither is complete, the error shall name what is missing in the one that was begun.
        None if webhook.is_complete() || !svix.is_begun() && webhook.is_begun() => attempt(&webhook),
        None => attempt(&svix),
    }
}

/// Reads the headers through: they are few, and look-ups would wait for the hashes of names.
fn find(headers: &HeaderMap) -> [Found<'_>; 2] {
    let [mut svix, mut webhook] = [&SVIX_HEADERS, &WEBHOOK_HEADERS].map(|family| Found::nothing(family, headers));
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

impl<'r> Found<'r> {
    const fn nothing(family: &'static Family, headers: &'r HeaderMap) -> Self {
        Self { family, headers, id: Lines::None, time: Lines::None, signatures: Lines::None }
    }

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
