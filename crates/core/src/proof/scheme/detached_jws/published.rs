//! Key pairs that are published with this crate, because tests and tools need a sender without a platform.
//!
//! RSA keys cannot be made of 32 random bytes without a generator of primes, so [`private_key`] chooses one of these. Their
//! private halves are public: a delivery proven by one of them proves that its sender can read this file.

/// The private keys, one on each line. They have no `kid`.
const KEYS: &str = include_str!("published.jwks");

/// Returns one of the published private keys as a JWK.
pub(super) fn private_key(random: &[u8; 32]) -> String {
    let number = usize::from(random[0]) % KEYS.lines().count();
    KEYS.lines().nth(number).unwrap_or_default().to_owned()
}

/// Returns whether a modulus, encoded as in a JWK, is that of a published key.
pub(super) fn is_published(modulus: &str) -> bool {
    KEYS.contains(&format!("\"n\":\"{modulus}\""))
}
