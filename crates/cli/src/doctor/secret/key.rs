//! A possible key of a sender.

use std::hash::{Hash as _, Hasher};

use referral_webhooks::{ConfigError, Scheme, Verifier};
use zeroize::Zeroizing;

use crate::doctor::undo::{Changeable, Originals};
use crate::secret::without_line_end;

/// The advice about a text around the secret.
pub(super) const SECRET: &str = "give the secret without it to the program that receives";

/// The length from which a text may be a secret, in bytes.
pub(super) const LEAST: usize = 8;

/// A key, as text in the scheme's format or as bytes.
#[derive(Clone)]
pub(in crate::doctor) enum Key {
    Text(Zeroizing<String>),
    Bytes(Zeroizing<Vec<u8>>),
}

impl Key {
    pub(super) fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Bytes(Zeroizing::new(bytes.into()))
    }

    /// Returns the text. A key of bytes has none.
    pub(in crate::doctor) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }

    /// Returns a verifier with this key. Fails if the key is invalid for the scheme.
    pub(in crate::doctor) fn verifier(&self, scheme: Scheme) -> Result<Verifier, ConfigError> {
        match self {
            Self::Text(text) => Verifier::new(scheme, text.as_str()),
            Self::Bytes(bytes) => Verifier::from_key(scheme, bytes.as_slice()),
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(Zeroizing::new(text.to_owned()))
    }
}

impl Changeable for Key {
    fn identity(&self, state: &mut impl Hasher) {
        match self {
            Self::Text(text) => (0, text.as_str()).hash(state),
            Self::Bytes(bytes) => (1, bytes.as_slice()).hash(state),
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

/// The origin of the keys: a secret as it was read, and the scheme that uses it.
pub(in crate::doctor) struct Origin {
    pub(super) raw: Zeroizing<Vec<u8>>,
    pub(super) scheme: Scheme,
}

impl Origin {
    pub(in crate::doctor) fn new(raw: &[u8], scheme: &Scheme) -> Self {
        Self { raw: Zeroizing::new(raw.to_vec()), scheme: scheme.clone() }
    }

    /// Returns the secret as the receiver reads it.
    pub(super) fn as_it_is(&self) -> Key {
        Key::from(&*String::from_utf8_lossy(without_line_end(&self.raw)))
    }
}

impl Originals<Key> {
    /// Adds a text, unless it is too short for a secret.
    pub(super) fn text(&mut self, what: impl Into<std::borrow::Cow<'static, str>>, text: &str) {
        if text.len() >= LEAST {
            self.add(what, Key::from(text));
        }
    }
}
