//! The key of cookies, tokens of forms and grants.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// The key of cookies, tokens of forms and grants.
#[derive(Clone)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// Creates a random key.
    pub(crate) fn random() -> Self {
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the operating system has random bytes");
        Self(key)
    }

    /// Derives a key from a secret text.
    pub(crate) fn of(secret: &[u8]) -> Self {
        Self(Sha256::new().chain_update(b"referral-webhooks-inspector\0").chain_update(secret).finalize().into())
    }

    /// Returns the proof of these parts. It is valid in one purpose.
    pub(crate) fn prove(&self, purpose: &str, parts: &[&str]) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(purpose, parts).finalize().into_bytes())
    }

    /// Returns whether a text is the proof of these parts, in constant time.
    pub(crate) fn proves(&self, proof: &str, purpose: &str, parts: &[&str]) -> bool {
        URL_SAFE_NO_PAD.decode(proof).is_ok_and(|proof| self.mac(purpose, parts).verify_slice(&proof).is_ok())
    }

    fn mac(&self, purpose: &str, parts: &[&str]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in [purpose].iter().chain(parts) {
            // The length keeps two lists of parts apart that have the same text.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([redacted])")
    }
}

/// Returns 16 random bytes as text.
pub(crate) fn nonce() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_for_its_parts_and_purpose_alone() {
        let key = Key::random();
        let proof = key.prove("form", &["ab", "c"]);
        assert!(key.proves(&proof, "form", &["ab", "c"]));
        let others: [(&str, &[&str]); 4] =
            [("form", &["a", "bc"]), ("form", &["ab"]), ("grant", &["ab", "c"]), ("form", &["ab", "c", ""])];
        for (purpose, parts) in others {
            assert!(!key.proves(&proof, purpose, parts), "{purpose} {parts:?}");
        }
        for text in ["", "!", &proof[..10], &format!("{proof}A")] {
            assert!(!key.proves(text, "form", &["ab", "c"]), "{text}");
        }
        assert!(!Key::random().proves(&proof, "form", &["ab", "c"]));
    }
}
