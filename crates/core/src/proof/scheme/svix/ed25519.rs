//! Svix's asymmetric keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};

use super::secret::secret_bytes;
use crate::ConfigError;
use crate::proof::message::SignError;

/// A `whpk_` key, or a `whsk_` key, which can also sign.
#[derive(Clone)]
pub(crate) struct Ed25519Key {
    public: VerifyingKey,
    signing: Option<SigningKey>,
}

impl Ed25519Key {
    pub(super) fn new(text: &str) -> Result<Self, ConfigError> {
        let (prefix, encoded) = text.split_at(5);
        if encoded.is_empty() {
            return Err(ConfigError::EmptySecret);
        }
        let bytes = secret_bytes(encoded)?;
        if prefix == "whpk_" {
            let point = bytes.as_slice().try_into().map_err(|_| ConfigError::BadAsymmetricKey)?;
            let public = VerifyingKey::from_bytes(point).map_err(|_| ConfigError::BadAsymmetricKey)?;
            if public.is_weak() {
                return Err(ConfigError::BadAsymmetricKey);
            }
            return Ok(Self { public, signing: None });
        }
        let (seed, public_half) = bytes.split_at_checked(32).ok_or(ConfigError::BadAsymmetricKey)?;
        let signing = SigningKey::from_bytes(seed.try_into().map_err(|_| ConfigError::BadAsymmetricKey)?);
        let public = signing.verifying_key();
        match public_half.len() {
            0 => {}
            32 if public_half == public.as_bytes() => {}
            32 => return Err(ConfigError::KeyHalvesDiffer),
            _ => return Err(ConfigError::BadAsymmetricKey),
        }
        Ok(Self { public, signing: Some(signing) })
    }

    pub(super) fn verifies(&self, message: &[u8], claimed: &[u8]) -> bool {
        let mut bytes = [0; 66];
        if claimed.len() != 88 || STANDARD.decode_slice(claimed, &mut bytes) != Ok(64) {
            return false;
        }
        let Some(bytes) = bytes.first_chunk::<64>() else { return false };
        self.public.verify_strict(message, &Signature::from_bytes(bytes)).is_ok()
    }

    pub(super) fn sign(&self, signed: &[&[u8]]) -> Result<[u8; 64], SignError> {
        use ed25519_dalek::Signer as _;
        let key = self.signing.as_ref().ok_or(SignError::NoSigningKey)?;
        Ok(key.sign(&signed.concat()).to_bytes())
    }
}

impl std::fmt::Debug for Ed25519Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ed25519Key([redacted])")
    }
}
