//! A body, read under a limit, a deadline and a budget.

use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream};
use referral_webhooks::{Error, ErrorKind};

use crate::blocks::Blocks;
use crate::body_budget::BUDGET;
use crate::budget::{Budget, Displaced, Place};

/// Reads a whole body: at most `limit` bytes, within `deadline`, and within the process's
/// [`body_budget`](crate::body_budget).
///
/// # Errors
///
/// - The error of `pieces`, if there is one.
/// - [`ErrorKind::BodyTooLarge`] as soon as more bytes than the limit are received.
/// - [`ErrorKind::BodyIncomplete`] if the deadline passes.
/// - [`ErrorKind::BodyBudgetSpent`] if the body is displaced.
pub(crate) async fn read_body<S>(pieces: S, limit: usize, deadline: Duration) -> Result<Bytes, Error>
where
    S: Stream<Item = Result<Bytes, Error>>,
{
    read_within(&BUDGET, pieces, limit, deadline).await
}

/// Charges the budget for a connection that the server keeps open after it refused the body. Dropping the value ends the
/// charge. Such connections take at most half of the budget.
///
/// ```
/// use referral_webhooks_door::{body_budget, linger};
///
/// let connection = linger();
/// assert!(body_budget::held() > 0);
/// drop(connection);
/// assert_eq!(body_budget::held(), 0);
/// ```
pub fn linger() -> impl Send {
    BUDGET.linger()
}

async fn read_within<S>(budget: &Budget, pieces: S, limit: usize, deadline: Duration) -> Result<Bytes, Error>
where
    S: Stream<Item = Result<Bytes, Error>>,
{
    let pieces = pin!(pieces);
    let mut collecting = pin!(collect(budget, pieces, limit));
    // Most bodies arrive with their heads and need no timer.
    if let Some(collected) = collecting.as_mut().now_or_never() {
        return collected;
    }
    let collected = tokio::time::timeout(deadline, collecting).await;
    collected.unwrap_or(Err(ErrorKind::BodyIncomplete.into()))
}

async fn collect<S>(budget: &Budget, mut pieces: Pin<&mut S>, limit: usize) -> Result<Bytes, Error>
where
    S: Stream<Item = Result<Bytes, Error>>,
{
    let (mut came, mut length) = (Came::default(), 0);
    loop {
        let next = poll_fn(|context| match pieces.as_mut().poll_next(context) {
            Poll::Ready(next) => Poll::Ready(Ok(next)),
            Poll::Pending => match came.wait(budget, context.waker()) {
                Ok(()) => Poll::Pending,
                Err(displaced) => Poll::Ready(Err(displaced)),
            },
        });
        let Some(piece) = next.await? else { return Ok(came.take()?) };
        let piece = piece?;
        if piece.len() > limit - length {
            return Err(ErrorKind::BodyTooLarge.into());
        }
        length += piece.len();
        came.push(piece)?;
    }
}

/// The received part of a body.
enum Came<'b> {
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
    fn push(&mut self, piece: Bytes) -> Result<(), Displaced> {
        match self {
            Self::OnePiece(first) if first.is_empty() => *first = piece,
            Self::OnePiece(first) => {
                let mut blocks = Blocks::default();
                blocks.push(first);
                blocks.push(&piece);
                *self = Self::Several(blocks);
            }
            Self::Several(blocks) => blocks.push(&piece),
            Self::Waiting(place) => place.grow(&piece)?,
        }
        Ok(())
    }

    /// Takes a place in the budget and waits for the next piece.
    fn wait(&mut self, budget: &'b Budget, waker: &Waker) -> Result<(), Displaced> {
        let blocks = match self {
            Self::Waiting(place) => return place.wait(waker),
            Self::Several(blocks) => mem::take(blocks),
            Self::OnePiece(first) => {
                let mut blocks = Blocks::default();
                blocks.push(first);
                blocks
            }
        };
        *self = Self::Waiting(budget.enter(blocks, waker.clone())?);
        Ok(())
    }

    fn take(self) -> Result<Bytes, Displaced> {
        match self {
            Self::OnePiece(body) => Ok(body),
            Self::Several(blocks) => Ok(blocks.join()),
            Self::Waiting(place) => place.take(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests;
