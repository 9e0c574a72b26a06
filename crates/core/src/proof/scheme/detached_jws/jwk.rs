//! A JSON Web Key (RFC 7517, RFC 7518 section 6), as the key of a signature.

use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::base64url;
use super::key::{EcParts, JwsKey, RsaParts};
use super::published::is_published;
use crate::ConfigError;

/// The maximum length of a `kid`, in bytes.
const MAX_KID: usize = 256;

/// The members of a JWK. Others are ignored, among them certificates.
#[derive(Deserialize)]
pub(super) struct Jwk<'t> {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<&'t str>,
    e: Option<&'t str>,
    x: Option<&'t str>,
    y: Option<&'t str>,
    d: Option<&'t str>,
    p: Option<&'t str>,
    q: Option<&'t str>,
    dp: Option<&'t str>,
    dq: Option<&'t str>,
    qi: Option<&'t str>,
    oth: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

impl Jwk<'_> {
    /// Returns the accident of a key that a platform never publishes.
    pub(super) fn accident(&self) -> Option<ConfigError> {
        if self.kty == "oct" || self.k.is_some() {
            return Some(ConfigError::SymmetricJwk);
        }
        self.is_private().then_some(ConfigError::PrivateJwk)
    }

    const fn is_private(&self) -> bool {
        self.d.is_some()
            || self.p.is_some()
            || self.q.is_some()
            || self.dp.is_some()
            || self.dq.is_some()
            || self.qi.is_some()
            || self.oth.is_some()
    }

    /// Returns the algorithm for which the key is meant. `None` for a key of another purpose, which a set may hold.
    ///
    /// The type of the key decides. `alg`, `use` and `key_ops` can only exclude it.
    fn algorithm(&self) -> Option<Algorithm> {
        let algorithm = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => Algorithm::Rs256,
            ("EC", Some("P-256")) => Algorithm::Es256,
            _ => return None,
        };
        let is_private = self.is_private();
        let can_verify =
            |operations: &Vec<String>| operations.iter().any(|it| it == "verify" || it == "sign" && is_private);
        let is_meant = self.alg.as_ref().is_none_or(|name| name == algorithm.name())
            && self.usage.as_ref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(can_verify);
        is_meant.then_some(algorithm)
    }

    /// Returns the key of a signature. `Ok(None)` for a key of another purpose.
    pub(super) fn key(&self) -> Result<Option<JwsKey>, ConfigError> {
        if self.kty == "oct" || self.k.is_some() {
            return Err(ConfigError::SymmetricJwk);
        }
        let Some(algorithm) = self.algorithm() else { return Ok(None) };
        if self.kid.as_ref().is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID) {
            return Err(ConfigError::BadJwk);
        }
        let mut key = match algorithm {
            Algorithm::Rs256 => self.rsa()?,
            Algorithm::Es256 => self.ec()?,
        };
        key.kid.clone_from(&self.kid);
        Ok(Some(key))
    }

    fn rsa(&self) -> Result<JwsKey, ConfigError> {
        let mut parts = RsaParts { n: number(self.n)?, e: number(self.e)?, private: None };
        if self.is_private() {
            // A key of more than two primes has `oth`. Without the other members, signing would need a factorisation.
            let members =
                [self.d, self.p, self.q, self.dp, self.dq, self.qi].map(|member| number(member).map(Zeroizing::new));
            let [d, p, q, dp, dq, qi] = members;
            if self.oth.is_some() {
                return Err(ConfigError::BadJwk);
            }
            parts.private = Some([d?, p?, q?, dp?, dq?, qi?]);
        }
        let mut key = JwsKey::rsa(parts)?;
        key.is_published = self.n.is_some_and(is_published);
        Ok(key)
    }

    fn ec(&self) -> Result<JwsKey, ConfigError> {
        let d = self.d.map(|d| coordinate(Some(d)).map(Zeroizing::new)).transpose()?;
        JwsKey::ec(&EcParts { x: coordinate(self.x)?, y: coordinate(self.y)?, d })
    }
}

/// Decodes a positive number, without the zeros that some libraries write before it.
fn number(member: Option<&str>) -> Result<Vec<u8>, ConfigError> {
    let bytes = member.and_then(base64url::decode).ok_or(ConfigError::BadJwk)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    if zeros == bytes.len() { Err(ConfigError::BadJwk) } else { Ok(bytes[zeros..].to_vec()) }
}

/// Decodes a number of P-256, which has 32 bytes.
fn coordinate(member: Option<&str>) -> Result<[u8; 32], ConfigError> {
    member.and_then(base64url::decode).and_then(|bytes| bytes.try_into().ok()).ok_or(ConfigError::BadJwk)
}
