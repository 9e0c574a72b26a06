//! An inner service whose failures become answers.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};
use std::thread;

use http::Request;
use tower_service::Service;

use crate::answer::BoxError;

/// An inner service. An error of `poll_ready` is the result of the next call, so that it gets an answer, and a panic of
/// the call is caught.
#[derive(Debug)]
pub(crate) struct Ready<S> {
    inner: S,
    /// The error of `poll_ready` that waits for the next call.
    failed: Option<BoxError>,
}

impl<S> Ready<S> {
    pub(crate) const fn new(inner: S) -> Self {
        Self { inner, failed: None }
    }

    /// Polls the inner service until it is ready or has failed.
    pub(crate) fn poll_ready<B>(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>>
    where
        S: Service<Request<B>, Error: Into<BoxError>>,
    {
        self.inner.poll_ready(context).map(|ready| {
            self.failed = ready.err().map(Into::into);
            Ok(())
        })
    }

    /// Calls the inner service, or returns the error of `poll_ready`.
    pub(crate) fn call<B>(&mut self, request: Request<B>) -> thread::Result<Result<S::Future, BoxError>>
    where
        S: Service<Request<B>>,
    {
        match self.failed.take() {
            Some(error) => Ok(Err(error)),
            None => catch_unwind(AssertUnwindSafe(|| Ok(self.inner.call(request)))),
        }
    }
}

impl<S: Clone> Clone for Ready<S> {
    /// Returns a clone that is to be polled before its call.
    fn clone(&self) -> Self {
        Self::new(self.inner.clone())
    }
}
