//! Bodies for a client, whole or without their end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http_body_util::Either;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

use crate::message::announced;

/// A body that may lack its end.
pub(crate) type Sent = Either<Full<Bytes>, CutOff>;

/// A body that is shorter than announced: it fails after its last byte, and the client hangs up.
#[derive(Debug)]
pub(crate) struct CutOff {
    part: Bytes,
    length: usize,
    announced: u64,
    /// The pauses before the failure, in which the client writes what it has.
    pauses: u8,
}

/// Returns the request with a body that can be sent.
pub(crate) fn sendable(request: Request<Bytes>) -> Request<Sent> {
    let announced = announced(&request);
    request.map(|body| {
        if body.len() >= announced {
            return Either::Left(Full::new(body));
        }
        let length = body.len();
        Either::Right(CutOff { part: body, length, announced: announced as u64, pauses: 2 })
    })
}

impl Body for CutOff {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if !self.part.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.part)))));
        }
        if let Some(rest) = self.pauses.checked_sub(1) {
            self.pauses = rest;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Self { length, announced, .. } = *self;
        Poll::Ready(Some(Err(io::Error::other(format!("hung up after {length} of {announced} bytes")))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
