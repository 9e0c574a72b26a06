//! The algorithms of a JWS.

use super::super::variant::Variant;

/// An algorithm with public keys. A symmetric one would make an HMAC key of a text that the platform publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA with P-256 and SHA-256.
    Es256,
}

impl Algorithm {
    /// Returns the algorithm of a registered name. `none`, `HS256` and all others are refused.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    pub(super) const fn variant(self) -> Variant {
        match self {
            Self::Rs256 => Variant::Rs256,
            Self::Es256 => Variant::Es256,
        }
    }

    /// Returns whether a signature can have this length, in bytes.
    pub(super) const fn has_length(self, length: usize) -> bool {
        match self {
            // The lengths of the moduli that a key may have.
            Self::Rs256 => length >= 256 && length <= 1024,
            Self::Es256 => length == 64,
        }
    }
}
