//! Svix's asymmetric keys.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::encoding::secret_bytes;
use crate::ConfigError;
use crate::proof::base64;
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

    pub(crate) fn public_bytes(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }

    pub(super) fn verifies(&self, message: &[u8], claimed: &[u8]) -> bool {
        let signature = base64::decode(claimed).map(|bytes| Signature::from_bytes(&bytes));
        signature.is_some_and(|signature| self.public.verify_strict(message, &signature).is_ok())
    }

    pub(super) fn sign(&self, signed: &[&[u8]]) -> Result<[u8; 64], SignError> {
        let key = self.signing.as_ref().ok_or(SignError::NoSigningKey)?;
        Ok(key.sign(&signed.concat()).to_bytes())
    }
}

impl std::fmt::Debug for Ed25519Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ed25519Key([redacted])")
    }
}
