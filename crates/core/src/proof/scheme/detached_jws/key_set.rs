//! The keys of one secret: a JWK set, or a single JWK.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::algorithm::Algorithm;
use super::jwk::Jwk;
use super::key::JwsKey;
use crate::ConfigError;
use crate::proof::weakness::Doubt;

/// The maximum length of a set, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// The maximum number of keys in a set, those of other purposes among them.
const MAX_KEYS: usize = 32;

/// The keys of one secret.
///
/// A set is what a platform publishes, so a private key in it is an accident. A single JWK may be private: it is the secret of
/// a sender, which also verifies.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<JwsKey>);

#[derive(Deserialize)]
struct Outline {
    keys: Option<IgnoredAny>,
    kty: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Set<'t> {
    #[serde(borrow)]
    keys: Vec<Jwk<'t>>,
}

impl KeySet {
    /// Parses the text of a set or of a key.
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        if text.len() > MAX_TEXT {
            return Err(ConfigError::TooManyJwks);
        }
        // Without this check, serde would read a list as the members of an object in their order.
        if !text.trim_start().starts_with('{') {
            return Err(ConfigError::NotAJwkSet);
        }
        let outline: Outline = serde_json::from_str(text).map_err(|_| ConfigError::NotAJwkSet)?;
        match (outline.keys, outline.kty) {
            (Some(_), None) => Self::of_set(text),
            (None, Some(_)) => Self::of_key(text),
            _ => Err(ConfigError::NotAJwkSet),
        }
    }

    fn of_set(text: &str) -> Result<Self, ConfigError> {
        let Set { keys: jwks } = serde_json::from_str(text).map_err(|_| ConfigError::BadJwk)?;
        if jwks.len() > MAX_KEYS {
            return Err(ConfigError::TooManyJwks);
        }
        if let Some(accident) = jwks.iter().find_map(Jwk::accident) {
            return Err(accident);
        }
        let mut keys: Vec<JwsKey> = Vec::new();
        for jwk in &jwks {
            let Some(key) = jwk.key()? else { continue };
            let is_twin = |other: &JwsKey| other.kid == key.kid && other.algorithm() == key.algorithm();
            if key.kid.is_some() && keys.iter().any(is_twin) {
                return Err(ConfigError::RepeatedKid);
            }
            keys.push(key);
        }
        Self::of_keys(keys)
    }

    fn of_key(text: &str) -> Result<Self, ConfigError> {
        let jwk: Jwk<'_> = serde_json::from_str(text).map_err(|_| ConfigError::BadJwk)?;
        Self::of_keys(jwk.key()?.into_iter().collect())
    }

    fn of_keys(keys: Vec<JwsKey>) -> Result<Self, ConfigError> {
        if keys.is_empty() { Err(ConfigError::NoJwkForSignatures) } else { Ok(Self(keys)) }
    }

    /// Keeps the keys of one algorithm only.
    pub(super) fn only(mut self, algorithm: Algorithm) -> Result<Self, ConfigError> {
        self.0.retain(|key| key.algorithm() == algorithm);
        Self::of_keys(self.0)
    }

    /// Returns the doubt about the keys.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        if self.0.iter().any(|key| key.is_published) {
            return Some(Doubt::PublishedKey);
        }
        self.0.iter().any(JwsKey::is_private).then_some(Doubt::PrivateKey)
    }

    pub(super) fn keys(&self) -> &[JwsKey] {
        &self.0
    }

    /// Returns the thumbprint of every key, in the order of the set.
    pub(crate) fn thumbprints(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.0.iter().map(|key| &key.thumbprint)
    }

    /// Returns the key that a header names.
    pub(super) fn choose(&self, algorithm: Algorithm, kid: Option<&str>) -> Choice<'_> {
        let of_algorithm = |(_, key): &(usize, &JwsKey)| key.algorithm() == algorithm;
        let Some(kid) = kid else {
            let mut keys = self.0.iter().enumerate().filter(of_algorithm);
            return match (keys.next(), keys.next()) {
                (Some((position, key)), None) => Choice::Key(position, key),
                (Some(_), Some(_)) => Choice::Ambiguous,
                (None, _) => Choice::OtherAlgorithm,
            };
        };
        let is_named = |(_, key): &(usize, &JwsKey)| key.kid.as_deref() == Some(kid);
        let mut named = self.0.iter().enumerate().filter(is_named).peekable();
        match (named.peek().is_some(), named.find(of_algorithm)) {
            (_, Some((position, key))) => Choice::Key(position, key),
            (true, None) => Choice::OtherAlgorithm,
            (false, None) => Choice::Unknown,
        }
    }
}

/// The result of looking for a key.
#[derive(Debug)]
pub(super) enum Choice<'k> {
    /// The key, with its position in the set.
    Key(usize, &'k JwsKey),
    /// The set has no key of this `kid`.
    Unknown,
    /// The key of this `kid` has another algorithm, or the set has no key of the algorithm.
    OtherAlgorithm,
    /// The header has no `kid`, and the set has several keys of the algorithm.
    Ambiguous,
}
