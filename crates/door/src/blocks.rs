//! The received bytes of an incomplete body.

use bytes::{Bytes, BytesMut};

/// The received bytes of an incomplete body, in blocks of one size.
///
/// Blocks are allocated for received bytes, not for an announced length, and are never reallocated. A body therefore
/// occupies at most one block more than its bytes.
#[derive(Debug, Default)]
pub(crate) struct Blocks(Vec<Vec<u8>>);

/// The size of a block, in bytes.
pub(crate) const BLOCK: usize = 8 * 1024;

impl Blocks {
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.room();
            if room == 0 {
                self.0.push(Vec::with_capacity(BLOCK));
                continue;
            }
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.0.last_mut().expect("there is room in it").extend_from_slice(now);
            bytes = later;
        }
    }

    /// Returns the number of received bytes.
    pub(crate) fn len(&self) -> usize {
        self.occupied() - self.room()
    }

    /// Returns the number of occupied bytes.
    pub(crate) fn occupied(&self) -> usize {
        self.0.len() * BLOCK
    }

    /// Returns the number of bytes that are occupied after `more` bytes are received.
    pub(crate) fn occupied_with(&self, more: usize) -> usize {
        self.occupied() + more.saturating_sub(self.room()).div_ceil(BLOCK) * BLOCK
    }

    /// Returns the whole body in a buffer of its length. Each block is freed as soon as it is copied.
    pub(crate) fn join(self) -> Bytes {
        let mut whole = BytesMut::with_capacity(self.len());
        for block in self.0 {
            whole.extend_from_slice(&block);
        }
        whole.freeze()
    }

    fn room(&self) -> usize {
        self.0.last().map_or(0, |block| BLOCK - block.len())
    }
}
