//! The keys that seal bodies at rest.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::setup_error::SetupError;

/// The keys that seal bodies at rest: one that seals and opens, and older ones that open. It needs the feature
/// `encrypt`.
///
/// Each key has a number, which is stored with the sealed body. Create a key with `openssl rand -base64 32`. Removing a
/// key makes its bodies permanently unreadable, which is one way to erase them.
///
/// ```
/// use referral_webhooks_inbox::KeyRing;
///
/// let pepper = "8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=";
/// let ring = KeyRing::new(pepper, 2, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?
///     .or_previous(1, "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=")?;
/// # Ok::<(), referral_webhooks_inbox::SetupError>(())
/// ```
#[derive(Clone)]
pub struct KeyRing {
    pepper: Zeroizing<[u8; 32]>,
    /// The first key seals.
    keys: Vec<Key>,
}

/// A key with its number, and the mark that identifies it.
#[derive(Clone)]
struct Key {
    number: u32,
    cipher: XChaCha20Poly1305,
    mark: String,
}

/// The text whose HMAC is a mark.
const MARKED: &[u8] = b"referral-webhooks-inbox";

/// The version of the format of sealed bytes.
const VERSION: u8 = 1;
const NONCE: usize = 24;
/// The length of version and key number.
const HEAD: usize = 5;

impl KeyRing {
    /// Creates a ring of one key. Pepper and key are 32 bytes in base64. The pepper never changes: it turns derived
    /// delivery ids into HMACs, so that a reader of the database cannot test guesses.
    ///
    /// ```
    /// use referral_webhooks_inbox::KeyRing;
    ///
    /// let pepper = "8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=";
    /// let ring = KeyRing::new(pepper, 1, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
    /// # let _ = ring;
    /// # Ok::<(), referral_webhooks_inbox::SetupError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If one of them is not 32 bytes in base64 or repeats a short pattern, or if they are equal.
    pub fn new(pepper: &str, number: u32, key: &str) -> Result<Self, SetupError> {
        let pepper = decoded(pepper)?;
        let keys = vec![Key::new(number, key, &pepper)?];
        Ok(Self { pepper, keys })
    }

    /// Adds an older key, which opens bodies and seals none.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{KeyRing, SetupError};
    /// fn rotated(pepper: &str, new: &str, old: &str) -> Result<KeyRing, SetupError> {
    ///     KeyRing::new(pepper, 2, new)?.or_previous(1, old)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the key is not 32 bytes in base64, repeats a short pattern or equals the pepper, or if the ring has a key
    /// with this number.
    pub fn or_previous(mut self, number: u32, key: &str) -> Result<Self, SetupError> {
        if self.keys.iter().any(|taken| taken.number == number) {
            return Err(SetupError::KeyNumberTaken(number));
        }
        self.keys.push(Key::new(number, key, &self.pepper)?);
        Ok(self)
    }

    /// Seals a text, bound to a context without which it does not open.
    pub(crate) fn seal(&self, context: &[u8], text: &[u8]) -> Result<Vec<u8>, getrandom::Error> {
        let Key { number, cipher, .. } = &self.keys[0];
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&number.to_be_bytes());
        let aad = [&sealed[..], context].concat();
        sealed.extend_from_slice(&nonce);
        let payload = Payload { msg: text, aad: &aad };
        sealed.extend(cipher.encrypt(&XNonce::from(nonce), payload).expect("it is shorter than 256 GB"));
        Ok(sealed)
    }

    /// Opens a text that was sealed in this context.
    pub(crate) fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let (head, rest) = sealed.split_at_checked(HEAD).ok_or(Unopened::NotSealed)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or(Unopened::NotSealed)?;
        let Some((&[VERSION], number)) = head.split_first_chunk::<1>() else { return Err(Unopened::NotSealed) };
        let number = u32::from_be_bytes(number.try_into().map_err(|_| Unopened::NotSealed)?);
        let key = self.keys.iter().find(|known| known.number == number).ok_or(Unopened::UnknownKey(number))?;
        let aad = [head, context].concat();
        let opened = key.cipher.decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: &aad });
        opened.map(Zeroizing::new).map_err(|_| Unopened::Altered)
    }

    /// Returns the mark that identifies the pepper.
    pub(crate) fn pepper_mark(&self) -> String {
        hex(&self.digest("mark", MARKED))
    }

    /// Returns the numbers of all keys, with the marks that identify them.
    pub(crate) fn key_marks(&self) -> impl Iterator<Item = (u32, &str)> {
        self.keys.iter().map(|key| (key.number, key.mark.as_str()))
    }

    /// Returns an HMAC with the pepper.
    pub(crate) fn digest(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        hmac(&self.pepper, &[purpose.as_bytes(), &[0], text])
    }
}

impl Key {
    fn new(number: u32, key: &str, pepper: &[u8; 32]) -> Result<Self, SetupError> {
        let key = decoded(key)?;
        // Keys are rotated and the pepper is not, so one value cannot serve as both.
        if *key == *pepper {
            return Err(SetupError::PepperIsKey(number));
        }
        let cipher = XChaCha20Poly1305::new_from_slice(&*key).expect("the key has 32 bytes");
        Ok(Self { number, cipher, mark: hex(&hmac(&key, &[MARKED])) })
    }
}

fn hmac(key: &[u8; 32], texts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    texts.iter().for_each(|text| mac.update(text));
    mac.finalize().into_bytes().into()
}

pub(crate) fn hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Decodes the 32 bytes of a key or pepper, and refuses a visible pattern.
fn decoded(text: &str) -> Result<Zeroizing<[u8; 32]>, SetupError> {
    let mut bytes = STANDARD.decode(text).map_err(|_| SetupError::BadKey)?;
    let key = <[u8; 32]>::try_from(bytes.as_slice()).map(Zeroizing::new).map_err(|_| SetupError::BadKey);
    bytes.zeroize();
    let key = key?;
    if is_pattern(&key) { Err(SetupError::KeyRepeats) } else { Ok(key) }
}

/// Returns whether the bytes repeat a pattern of at most half their length: zeros, one byte, one word.
fn is_pattern(key: &[u8; 32]) -> bool {
    (1..=key.len() / 2).any(|period| key.iter().zip(&key[period..]).all(|(byte, later)| byte == later))
}

/// The error of opening sealed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unopened {
    NotSealed,
    UnknownKey(u32),
    Altered,
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSealed => f.write_str("it was stored before bodies were sealed"),
            Self::UnknownKey(number) => write!(f, "it was sealed with key {number}, which is not on the ring"),
            Self::Altered => f.write_str("it was altered, or moved from another entry"),
        }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<u32> = self.keys.iter().map(|key| key.number).collect();
        f.debug_struct("KeyRing").field("numbers", &numbers).finish_non_exhaustive()
    }
}
