//! Seals of stored deliveries whose proof is a token.
//!
//! - Guarantees: a stored delivery opens only with the token that proved it, and with the bytes that were stored.
//! - Assumes: the token has 128 random bits, because a reader of the store can try guesses against the seal.
//! - Without it: the store would have to keep the token, or a writer of the store could make deliveries.

use time::OffsetDateTime;

use super::evidence::Evidence;
use super::hmac_key::{HmacKey, Tag};
use super::key::Key;
use crate::{Error, ErrorKind};

/// The prefix of everything that is sealed, so that an HMAC made for another purpose is never a seal.
const SEALED: &[u8] = b"referral-webhooks stored delivery 1\n";

/// Seals a stored delivery: the HMAC of the time of arrival and the body. The store keeps it in place of the token.
pub(crate) fn seal(key: &HmacKey, received_at: OffsetDateTime, body: &[u8]) -> Tag {
    key.tag(&[SEALED, &received_at.unix_timestamp_nanos().to_be_bytes(), body])
}

/// Returns the position of the token with which a stored delivery was sealed.
pub(super) fn check_seal(keys: &[Key], evidence: &Evidence<'_>) -> Result<usize, Error> {
    let claimed = evidence.seal.ok_or(ErrorKind::MissingToken)?;
    let is_sealed_with = |key: &Key| key.sealer().is_some_and(|key| seal(key, evidence.now, evidence.body).is(claimed));
    keys.iter().position(is_sealed_with).ok_or_else(|| ErrorKind::TokenMismatch.into())
}
