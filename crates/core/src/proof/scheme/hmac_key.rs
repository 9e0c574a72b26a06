//! HMAC keys, prepared once per secret.

use std::fmt;

use ctutils::CtEq as _;
use hmac::digest::FixedOutput as _;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA256 with its key already absorbed; cloned for every message.
#[derive(Clone)]
pub(crate) struct HmacKey(Hmac<Sha256>);

impl HmacKey {
    /// Makes a key of any length but zero. The caller refuses empty keys.
    pub(crate) fn new(key: &[u8]) -> Self {
        debug_assert!(!key.is_empty(), "an empty key is refused before it comes here");
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// Starts a computation over the pieces of a message, in order.
    pub(crate) fn over(&self, pieces: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for piece in pieces {
            mac.update(piece);
        }
        mac
    }

    /// Returns the tag of a message given in pieces.
    pub(crate) fn tag(&self, pieces: &[&[u8]]) -> Tag {
        Tag::of(self.over(pieces))
    }
}

/// The tag of a message: computed once, compared with every claim in a header.
pub(crate) struct Tag([u8; 32]);

impl Tag {
    pub(crate) fn of(mac: Hmac<Sha256>) -> Self {
        Self(mac.finalize_fixed().into())
    }

    /// Returns whether a claimed tag is this one, in constant time. `Mac::verify_slice` compares in the same way, but would
    /// compute the tag again for every claim.
    pub(crate) fn is(&self, claimed: &[u8; 32]) -> bool {
        self.0.ct_eq(claimed).to_bool()
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey([redacted])")
    }
}
