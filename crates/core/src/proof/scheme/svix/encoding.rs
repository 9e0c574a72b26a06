//! The base64 of Svix secrets, padded or not.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::ConfigError;

/// The length in bytes from which a secret may have unused bits in its last character. A shorter text is more likely
/// a word than a key.
const MIN_UNTIDY_KEY: usize = 16;

/// Secrets have padding or lack it.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

const TIDY: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);

/// The same, with unused bits in the last character.
const UNTIDY: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG.with_decode_allow_trailing_bits(true));

/// Decodes a secret without its prefix.
pub(super) fn secret_bytes(encoded: &str) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let tidy = TIDY.decode(encoded).map(Zeroizing::new);
    tidy.or_else(|_| {
        let untidy = UNTIDY.decode(encoded).map(Zeroizing::new).ok();
        untidy.filter(|bytes| bytes.len() >= MIN_UNTIDY_KEY).ok_or(ConfigError::NotBase64)
    })
}
