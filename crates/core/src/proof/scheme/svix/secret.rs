//! The formats of Svix secrets.

#[cfg(feature = "ed25519")]
use super::ed25519::Ed25519Key;
use super::encoding::secret_bytes;
use crate::proof::scheme::hmac_key::HmacKey;
use crate::proof::scheme::key::Key;
use crate::proof::secret::long_enough;
use crate::{ConfigError, Secret};

/// The minimum length of a key, in bytes. Svix's documentation shows a key of 18 bytes, and its libraries are tested with
/// 23. Its server makes keys of 24 bytes and refuses shorter ones.
const MIN_KEY: usize = 16;

/// The length below which a key is weak, in bytes. Standard Webhooks asks for 24 to 64.
const MIN_STRONG_KEY: usize = 24;

/// Returns the key of a secret.
pub(super) fn key(secret: &Secret) -> Result<Key, ConfigError> {
    let text = secret.expose();
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
    Ok(Key::Hmac(HmacKey::new(long_enough(&key, MIN_KEY)?)))
}

/// Returns whether a valid secret has fewer bytes than Standard Webhooks asks for.
pub(super) fn is_short(secret: &Secret) -> bool {
    let encoded = secret.expose().strip_prefix("whsec_").unwrap_or(secret.expose());
    secret_bytes(encoded).is_ok_and(|key| key.len() < MIN_STRONG_KEY)
}

#[cfg(not(feature = "ed25519"))]
fn asymmetric_key(_: &str) -> Result<Key, ConfigError> {
    Err(ConfigError::AsymmetricKey)
}

#[cfg(feature = "ed25519")]
fn asymmetric_key(text: &str) -> Result<Key, ConfigError> {
    Ed25519Key::new(text).map(Key::Ed25519)
}
