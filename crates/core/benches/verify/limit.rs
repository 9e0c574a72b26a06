//! The limit: SHA-256 compressions only.

use sha2::block_api::compress256;

/// Blocks of an HMAC with its key absorbed: the inner hash with its padding, and one for the outer hash.
pub(crate) const fn blocks_of_hmac(message: usize) -> usize {
    // A one bit and the length in bits follow the message: 9 bytes.
    (message + 9).div_ceil(64) + 1
}

/// Compresses so many blocks.
pub(crate) fn compress(blocks: &[[u8; 64]]) -> [u32; 8] {
    let mut state = [0; 8];
    compress256(&mut state, std::hint::black_box(blocks));
    state
}
