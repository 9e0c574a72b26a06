//! The received bytes of an incomplete body.

use bytes::{Bytes, BytesMut};

/// The received bytes of an incomplete body, in blocks of one size.
///
/// Their number grows with the bytes received, never with an announced length, and no block is moved. So a body occupies
/// at most one block more than its bytes.
#[derive(Debug, Default)]
pub(crate) struct Blocks(Vec<Vec<u8>>);

/// Bytes of a block.
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

    /// Bytes received.
    pub(crate) fn len(&self) -> usize {
        self.occupied() - self.room()
    }

    /// Bytes that are occupied.
    pub(crate) fn occupied(&self) -> usize {
        self.0.len() * BLOCK
    }

    /// Bytes that are occupied after `more` of them have come.
    pub(crate) fn occupied_with(&self, more: usize) -> usize {
        self.occupied() + more.saturating_sub(self.room()).div_ceil(BLOCK) * BLOCK
    }

    /// The whole body, in a buffer of its length. Each block is freed as soon as it is copied.
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
