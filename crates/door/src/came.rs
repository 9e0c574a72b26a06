//! The received part of a body.

use std::mem;
use std::task::Waker;

use bytes::Bytes;

use crate::blocks::Blocks;
use crate::budget::{Budget, Displaced, Place, Share};

/// The received part of a body.
pub(crate) enum Came<'b> {
    /// A body in one piece, as nearly all are. It is not copied.
    OnePiece(Bytes),
    /// A body in several pieces. They are copied, because a small piece would keep the server's whole buffer.
    Several(Blocks),
    /// An incomplete body that waits for its next piece.
    Waiting(Place<'b>),
}

impl Default for Came<'_> {
    fn default() -> Self {
        Self::OnePiece(Bytes::new())
    }
}

impl<'b> Came<'b> {
    /// Keeps a piece.
    pub(crate) fn push(&mut self, piece: Bytes) -> Result<(), Displaced> {
        match self {
            Self::OnePiece(first) if first.is_empty() => *first = piece,
            Self::OnePiece(first) => {
                let mut blocks = Blocks::default();
                blocks.push(first);
                blocks.push(&piece);
                *self = Self::Several(blocks);
            }
            Self::Several(blocks) => blocks.push(&piece),
            Self::Waiting(place) => place.grow(&piece, 0)?,
        }
        Ok(())
    }

    /// Drops a piece. It is charged for the buffer of its connection.
    pub(crate) fn skip(&self, piece: usize) -> Result<(), Displaced> {
        match self {
            Self::Waiting(place) => place.grow(&[], piece),
            Self::OnePiece(_) | Self::Several(_) => Ok(()),
        }
    }

    /// Takes a place in a share of the budget and waits for the next piece.
    pub(crate) fn wait(&mut self, budget: &'b Budget, share: Share, waker: &Waker) -> Result<(), Displaced> {
        let blocks = match self {
            Self::Waiting(place) => return place.wait(waker),
            Self::Several(blocks) => mem::take(blocks),
            Self::OnePiece(first) => {
                let mut blocks = Blocks::default();
                blocks.push(first);
                blocks
            }
        };
        *self = Self::Waiting(budget.enter(share, blocks, waker.clone())?);
        Ok(())
    }

    /// Returns all received bytes.
    pub(crate) fn take(self) -> Result<Bytes, Displaced> {
        match self {
            Self::OnePiece(body) => Ok(body),
            Self::Several(blocks) => Ok(blocks.join()),
            Self::Waiting(place) => place.take(),
        }
    }

    /// Returns a copy of the first received bytes, and frees the others and the place.
    pub(crate) fn cut(self, most: usize) -> Bytes {
        match self.take() {
            Ok(body) if body.len() > most => Bytes::copy_from_slice(&body[..most]),
            Ok(body) => body,
            Err(Displaced) => Bytes::new(),
        }
    }
}
