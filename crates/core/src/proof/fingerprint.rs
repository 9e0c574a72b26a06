//! Names for secrets.

use std::fmt;
use std::str::FromStr;

use super::hex;

/// The length of a fingerprint, in bytes.
const LENGTH: usize = 8;

/// A name for a secret, which a store keeps to say which secret proved an entry.
///
/// It is the first 8 bytes of the HMAC-SHA256 of a fixed text under the secret's key (the public key of Ed25519, the
/// thumbprint of each key in a JWK set). The same secret has the same fingerprint in each of its notations. A fingerprint confirms a guess of the secret, as a
/// signature does. Delete it together with the signed body.
///
/// ```
/// use referral_webhooks::{Scheme, SecretRole, Svix, Verifier};
///
/// let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let (role, fingerprint) = verifier.fingerprints().next().unwrap();
/// assert_eq!((role, fingerprint.to_string().parse()), (SecretRole::Current, Ok(fingerprint)));
/// # Ok::<(), referral_webhooks::ConfigError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; LENGTH]);

impl Fingerprint {
    /// Makes a fingerprint of its bytes.
    ///
    /// ```
    /// assert_eq!(referral_webhooks::Fingerprint::new([0xab; 8]).to_string(), "abababababababab");
    /// ```
    #[must_use]
    pub const fn new(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// Makes the fingerprint of a key from its tag of the fixed text.
    pub(crate) fn of_tag(tag: &[u8; 32]) -> Self {
        let mut bytes = [0; LENGTH];
        bytes.copy_from_slice(&tag[..LENGTH]);
        Self(bytes)
    }

    /// Returns the bytes.
    ///
    /// ```
    /// assert_eq!(referral_webhooks::Fingerprint::new([7; 8]).as_bytes(), &[7; 8]);
    /// ```
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

/// Writes 16 hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The error of a text that is not 16 hexadecimal digits.
///
/// ```
/// use referral_webhooks::{Fingerprint, NotAFingerprint};
///
/// assert_eq!("whsec_".parse::<Fingerprint>(), Err(NotAFingerprint));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAFingerprint;

impl fmt::Display for NotAFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint has 16 hexadecimal digits")
    }
}

impl std::error::Error for NotAFingerprint {}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let bytes = hex::decode_all(text.as_bytes()).ok_or(NotAFingerprint)?;
        bytes.try_into().map(Self).map_err(|_| NotAFingerprint)
    }
}

#[cfg(feature = "json")]
impl serde::Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
