//! Helpers of the tests over generated messages.

use proptest::prelude::*;

/// Returns a configuration without a file of old failures, because a failure prints its input.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 1_000, ..ProptestConfig::default() }
}

/// Returns the bytes with one bit changed, or one byte if there are none.
pub(crate) fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    if bytes.is_empty() {
        return vec![0];
    }
    let mut flipped = bytes.to_vec();
    flipped[bit / 8 % bytes.len()] ^= 1 << (bit % 8);
    flipped
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Encodes standard base64 with padding. The code is independent of the tested implementation.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut number = 0;
        for position in 0..3 {
            number = number << 8 | usize::from(group.get(position).copied().unwrap_or(0));
        }
        for position in 0..4 {
            let digit = number >> (18 - 6 * position) & 63;
            text.push(if position <= group.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    text
}
