//! A body, read under a limit, a deadline and a budget.
//!
//! - Guarantees: a refused body is read to its end, if it ends within the [`reach`] and the deadline. Its sender then
//!   reads the answer, and the connection stays usable.
//! - Assumes: a server closes the connection after an answer to an unread body. A sender that is still writing then sees a
//!   broken connection and no status.
//! - Without it: a platform counts a 401 or a 413 as a network failure, and sends the delivery again.

use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream};
use referral_webhooks::{DEFAULT_BODY_LIMIT, Error, ErrorKind};

use crate::body_budget::BUDGET;
use crate::budget::{Budget, Share};
use crate::came::Came;

/// The bounds of one body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The limit on an accepted body, in bytes.
    pub(crate) limit: usize,
    /// The time for the whole body, from its first poll.
    pub(crate) deadline: Duration,
    /// The number of bytes to keep of a refused body.
    pub(crate) kept: usize,
}

/// The verdict on a head.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict {
    /// The body is collected.
    Collect,
    /// The request is refused, and its body is drained.
    Drain(Error),
    /// The request is refused, and its body stays unread.
    Refuse(Error),
}

/// A refused body.
#[derive(Debug)]
pub(crate) struct Unread {
    /// The reason.
    pub(crate) error: Error,
    /// The first received bytes.
    pub(crate) kept: Bytes,
    /// The length of the whole body, if its end was received.
    pub(crate) length: Option<u64>,
}

/// Returns the number of bytes that are read of a body with this limit before the connection is given up: another limit
/// after the first one, and another mebibyte at least.
pub(crate) fn reach(limit: usize) -> usize {
    limit.saturating_add(limit.max(DEFAULT_BODY_LIMIT))
}

/// Reads a whole body: at most `limit` bytes, within `deadline`, and within the process's
/// [`body_budget`](crate::body_budget). Drains a refused body.
///
/// # Errors
///
/// - The error of the verdict, or of `pieces`, if there is one.
/// - [`ErrorKind::BodyTooLarge`] if more bytes than the limit are received.
/// - [`ErrorKind::BodyIncomplete`] if the deadline passes.
/// - [`ErrorKind::BodyBudgetSpent`] if the body is displaced.
pub(crate) async fn read_body<S>(pieces: S, verdict: Verdict, bounds: Bounds) -> Result<Bytes, Unread>
where
    S: Stream<Item = Result<Bytes, Error>>,
{
    read_within(&BUDGET, pieces, verdict, bounds).await
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

async fn read_within<S>(budget: &Budget, pieces: S, verdict: Verdict, bounds: Bounds) -> Result<Bytes, Unread>
where
    S: Stream<Item = Result<Bytes, Error>>,
{
    let pieces = pin!(pieces);
    // Outside of the future, because the kept bytes outlive the deadline.
    let mut reading = Reading { budget, bounds, came: Came::default(), received: 0, is_whole: false, error: None };
    {
        let mut ending = pin!(reading.read(pieces, verdict));
        // Most bodies arrive with their heads and need no timer.
        if ending.as_mut().now_or_never().is_none() {
            // After the deadline the body is incomplete, and an earlier error stays.
            let _ = tokio::time::timeout(bounds.deadline, ending).await;
        }
    }
    reading.end()
}

struct Reading<'b> {
    budget: &'b Budget,
    bounds: Bounds,
    came: Came<'b>,
    /// The number of received bytes, kept or not.
    received: usize,
    is_whole: bool,
    error: Option<Error>,
}

impl<'b> Reading<'b> {
    async fn read<S>(&mut self, mut pieces: Pin<&mut S>, verdict: Verdict)
    where
        S: Stream<Item = Result<Bytes, Error>>,
    {
        let error = match verdict {
            Verdict::Collect => match self.collect(pieces.as_mut()).await {
                Ok(()) => return,
                Err(error) => error,
            },
            Verdict::Drain(error) | Verdict::Refuse(error) => error,
        };
        self.error = Some(error);
        let is_over_limit = error.kind() == ErrorKind::BodyTooLarge && matches!(verdict, Verdict::Collect);
        if is_over_limit || matches!(verdict, Verdict::Drain(_)) {
            self.came = Came::OnePiece(mem::take(&mut self.came).cut(self.bounds.kept));
            self.drain(pieces).await;
        }
    }

    /// Keeps every piece, up to the limit.
    async fn collect<S>(&mut self, mut pieces: Pin<&mut S>) -> Result<(), Error>
    where
        S: Stream<Item = Result<Bytes, Error>>,
    {
        while let Some(piece) = self.next(pieces.as_mut(), Share::Unproven).await? {
            let piece = piece?;
            let room = self.bounds.limit - self.received;
            self.received += piece.len();
            if piece.len() > room {
                self.came.push(piece.slice(..room))?;
                return Err(ErrorKind::BodyTooLarge.into());
            }
            self.came.push(piece)?;
        }
        self.is_whole = true;
        Ok(())
    }

    /// Reads on after a refusal. A displaced body and a broken connection end it.
    async fn drain<S>(&mut self, mut pieces: Pin<&mut S>)
    where
        S: Stream<Item = Result<Bytes, Error>>,
    {
        /// The charge for a piece that a length limit of the framework withholds.
        const WITHHELD: usize = 1024;
        let reach = reach(self.bounds.limit);
        let mut kept = self.bounds.kept.saturating_sub(self.received);
        while self.received <= reach {
            let piece = match self.next(pieces.as_mut(), Share::Refused).await {
                Ok(Some(Ok(piece))) => piece,
                Ok(Some(Err(error))) if error.kind() == ErrorKind::BodyTooLarge => {
                    (self.received, kept) = (self.received + WITHHELD, 0);
                    continue;
                }
                Ok(None) => {
                    self.is_whole = true;
                    return;
                }
                Ok(Some(Err(_))) | Err(_) => return,
            };
            self.received += piece.len();
            let now = piece.len().min(kept);
            kept -= now;
            let is_kept = if now > 0 { self.came.push(piece.slice(..now)) } else { Ok(()) };
            if is_kept.and_then(|()| self.came.skip(piece.len() - now)).is_err() {
                return;
            }
        }
    }

    /// Waits for the next piece, in a place of this share.
    async fn next<S>(&mut self, mut pieces: Pin<&mut S>, share: Share) -> Result<Option<Result<Bytes, Error>>, Error>
    where
        S: Stream<Item = Result<Bytes, Error>>,
    {
        let next = poll_fn(|context| match pieces.as_mut().poll_next(context) {
            Poll::Ready(next) => Poll::Ready(Ok(next)),
            Poll::Pending => match self.came.wait(self.budget, share, context.waker()) {
                Ok(()) => Poll::Pending,
                Err(displaced) => Poll::Ready(Err(displaced)),
            },
        });
        Ok(next.await?)
    }

    fn end(self) -> Result<Bytes, Unread> {
        let incomplete = ErrorKind::BodyIncomplete.into();
        let error = match self.error {
            None if self.is_whole => match self.came.take() {
                Ok(body) => return Ok(body),
                Err(displaced) => return Err(Unread { error: displaced.into(), kept: Bytes::new(), length: None }),
            },
            error => error.unwrap_or(incomplete),
        };
        let length = self.is_whole.then_some(self.received as u64);
        Err(Unread { error, kept: self.came.cut(self.bounds.kept), length })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests;
