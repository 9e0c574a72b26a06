//! A key of a set: its algorithm, its name, and the signatures that it verifies and makes.

use std::fmt;
use std::sync::Arc;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents, UnparsedPublicKey,
};
use ring::{agreement, rsa};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::base64url;
use crate::ConfigError;
use crate::proof::message::SignError;

/// The sizes of a modulus, in bits: NIST SP 800-131A refuses shorter keys, and longer ones take too long to verify.
const MODULUS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A public key, and the private one if the key is a sender's.
pub(super) struct JwsKey {
    pub(super) kid: Option<String>,
    /// The SHA-256 thumbprint of the public key (RFC 7638).
    pub(super) thumbprint: [u8; 32],
    /// Whether the private key is published with this crate.
    pub(super) is_published: bool,
    public: Public,
    signing: Option<Signing>,
}

enum Public {
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    /// The uncompressed point.
    P256(UnparsedPublicKey<[u8; 65]>),
}

#[derive(Clone)]
enum Signing {
    Rsa(Arc<RsaKeyPair>),
    P256(Arc<EcdsaKeyPair>),
}

/// The numbers of an RSA key, big-endian and without leading zeros. The private ones are d, p, q, dp, dq and qi.
pub(super) struct RsaParts {
    pub(super) n: Vec<u8>,
    pub(super) e: Vec<u8>,
    pub(super) private: Option<[Zeroizing<Vec<u8>>; 6]>,
}

/// The numbers of a key on P-256.
pub(super) struct EcParts {
    pub(super) x: [u8; 32],
    pub(super) y: [u8; 32],
    pub(super) d: Option<Zeroizing<[u8; 32]>>,
}

impl JwsKey {
    pub(super) fn rsa(parts: RsaParts) -> Result<Self, ConfigError> {
        let RsaParts { n, e, private } = parts;
        let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
        if !MODULUS.contains(&bits) {
            return Err(ConfigError::RsaKeySize);
        }
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
        if !is_odd(&n) {
            return Err(ConfigError::BadJwk);
        }
        // FIPS 186-5 asks for more than 65,536. With 1, every text is its own signature.
        let exponent = e.iter().try_fold(0_u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)));
        if !exponent.is_some_and(|exponent| (65_537..1 << 32).contains(&exponent)) || !is_odd(&e) {
            return Err(ConfigError::RsaExponent);
        }
        let json = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url::encode(&e), base64url::encode(&n));
        let signing = private.map(|private| rsa_pair(&n, &e, &private)).transpose()?.map(Signing::Rsa);
        let public = Public::Rsa(RsaPublicKeyComponents { n, e });
        Ok(Self { kid: None, thumbprint: Sha256::digest(json).into(), is_published: false, public, signing })
    }

    pub(super) fn ec(parts: &EcParts) -> Result<Self, ConfigError> {
        let EcParts { x, y, d } = parts;
        let mut point = [4; 65];
        point[1..33].copy_from_slice(x);
        point[33..].copy_from_slice(y);
        if !is_on_curve(&point) {
            return Err(ConfigError::BadJwk);
        }
        let (x, y) = (base64url::encode(x), base64url::encode(y));
        let json = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let pair = |d: &Zeroizing<[u8; 32]>| {
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &**d, &point, &SystemRandom::new());
            pair.map(|pair| Signing::P256(Arc::new(pair))).map_err(|_| ConfigError::KeyHalvesDiffer)
        };
        let signing = d.as_ref().map(pair).transpose()?;
        let public = Public::P256(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point));
        Ok(Self { kid: None, thumbprint: Sha256::digest(json).into(), is_published: false, public, signing })
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        match self.public {
            Public::Rsa(_) => Algorithm::Rs256,
            Public::P256(_) => Algorithm::Es256,
        }
    }

    pub(super) const fn is_private(&self) -> bool {
        self.signing.is_some()
    }

    /// Returns whether this key made the signature. The algorithm is the key's own.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.public {
            Public::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok(),
            Public::P256(key) => key.verify(message, signature).is_ok(),
        }
    }

    /// Signs with the private key. ECDSA draws a random number from the operating system.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        match self.signing.as_ref().ok_or(SignError::NoSigningKey)? {
            Signing::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| SignError::NoSigningKey)?;
                Ok(signature)
            }
            Signing::P256(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| SignError::NoSigningKey)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

fn rsa_pair(n: &[u8], e: &[u8], private: &[Zeroizing<Vec<u8>>; 6]) -> Result<Arc<RsaKeyPair>, ConfigError> {
    let [d, p, q, dp, dq, qi] = private.each_ref().map(|number| number.as_slice());
    let public_key = rsa::PublicKeyComponents { n, e };
    let components = rsa::KeyPairComponents { public_key, d, p, q, dP: dp, dQ: dq, qInv: qi };
    RsaKeyPair::from_components(&components).map(Arc::new).map_err(|_| ConfigError::KeyHalvesDiffer)
}

/// Returns whether a point is on P-256. A key agreement is the one operation that checks it without a signature.
fn is_on_curve(point: &[u8; 65]) -> bool {
    let Ok(own) = agreement::EphemeralPrivateKey::generate(&agreement::ECDH_P256, &SystemRandom::new()) else {
        // Without random numbers the point remains unchecked. A wrong one verifies no signature.
        return true;
    };
    agreement::agree_ephemeral(own, &agreement::UnparsedPublicKey::new(&agreement::ECDH_P256, point), |_| ()).is_ok()
}

/// Prints the algorithm only, because the key may be private.
impl fmt::Debug for JwsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JwsKey({}, [redacted])", self.algorithm().name())
    }
}
