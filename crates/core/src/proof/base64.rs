//! Strict standard base64 of byte strings whose length is known.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Decodes exactly `N` bytes, at most 64. Anything else, even one blank, is `None`.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != N.div_ceil(3) * 4 {
        return None;
    }
    // The decoder writes whole groups, so it needs room for the padding's bytes as well.
    let mut bytes = [0; 66];
    match STANDARD.decode_slice(text, &mut bytes) {
        Ok(length) if length == N => bytes.first_chunk().copied(),
        _ => None,
    }
}

/// Encodes bytes with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
