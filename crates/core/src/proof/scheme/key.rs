//! A secret, prepared for its scheme.

use std::sync::Arc;

#[cfg(feature = "jws")]
use super::detached_jws::KeySet;
use subtle::ConstantTimeEq as _;

use super::hmac_key::HmacKey;
#[cfg(feature = "ed25519")]
use super::svix::ed25519::Ed25519Key;
use crate::{Fingerprint, Secret};

/// The text under a fingerprint. It is no signed content of any scheme, and no seal begins with it.
const NAMED: &[u8] = b"referral-webhooks secret fingerprint 1\n";

/// A secret, prepared for its scheme.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    /// One HMAC key.
    Hmac(HmacKey),
    /// The secret's text, and its bytes if it is hexadecimal.
    TextOrHex { text: HmacKey, hex: Option<HmacKey> },
    /// Svix's asymmetric keys.
    #[cfg(feature = "ed25519")]
    Ed25519(Ed25519Key),
    /// A token in the URL, a header or the body, and the key derived from it that seals stored deliveries.
    Token { text: Secret, seal: Arc<HmacKey> },
    /// The public keys of a platform.
    #[cfg(feature = "jws")]
    Jws(Arc<KeySet>),
}

impl Key {
    /// Returns the names of the secret: the same for each of its notations. A set of keys has one for each key, so that a
    /// delivery keeps its name while keys join and leave the set.
    pub(crate) fn fingerprints(&self) -> Vec<Fingerprint> {
        let tag = match self {
            Self::Hmac(key) | Self::TextOrHex { text: key, .. } => key.tag(&[NAMED]),
            #[cfg(feature = "ed25519")]
            Self::Ed25519(key) => HmacKey::new(key.public_bytes()).tag(&[NAMED]),
            Self::Token { seal, .. } => seal.tag(&[NAMED]),
            #[cfg(feature = "jws")]
            Self::Jws(set) => {
                let names = set.thumbprints().map(|key| HmacKey::new(key).tag(&[NAMED]));
                return names.map(|tag| Fingerprint::of_tag(tag.as_bytes())).collect();
            }
        };
        vec![Fingerprint::of_tag(tag.as_bytes())]
    }

    /// Returns whether this is the claimed token, in constant time. The length of a token is not secret.
    pub(crate) fn is_token(&self, claimed: &[u8]) -> bool {
        match self {
            Self::Token { text, .. } => text.expose().as_bytes().ct_eq(claimed).into(),
            _ => false,
        }
    }

    /// Returns the token.
    #[cfg(feature = "json")]
    pub(crate) fn token(&self) -> Option<&str> {
        match self {
            Self::Token { text, .. } => Some(text.expose()),
            _ => None,
        }
    }

    /// Returns the key that seals deliveries for the store, if the proof is a token, which must not be stored.
    pub(crate) const fn sealer(&self) -> Option<&Arc<HmacKey>> {
        match self {
            Self::Token { seal, .. } => Some(seal),
            _ => None,
        }
    }
}
