//! Rules that all tokens share, wherever they are in the request.

use std::sync::Arc;

use super::hmac_key::HmacKey;
use super::key::Key;
use crate::{ConfigError, Error, ErrorKind, Secret};

/// The minimum length of a token, in bytes.
const MIN_TOKEN: usize = 16;

/// Makes the key of a token, and of what seals stored deliveries in its place. `guessed` is the part that an attacker must
/// guess.
pub(super) fn key(secret: &Secret, guessed: &str) -> Result<Key, ConfigError> {
    if guessed.len() < MIN_TOKEN {
        return Err(ConfigError::TokenTooShort);
    }
    secret.text_key()?;
    Ok(Key::Token { text: secret.clone(), seal: Arc::new(HmacKey::new(secret.expose().as_bytes())) })
}

/// Returns the position of the token that was claimed, compared in constant time.
pub(super) fn position(keys: &[Key], claimed: &[u8]) -> Result<usize, Error> {
    keys.iter().position(|key| key.is_token(claimed)).ok_or_else(|| ErrorKind::TokenMismatch.into())
}
