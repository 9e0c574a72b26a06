//! Keeps every answer of a route within the platform's contract.

use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{Error, HttpResponse, ResponseError};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use referral_webhooks::Reply;
use referral_webhooks::platform::Platform;

use crate::reply::{response, status};

/// Keeps every answer of a route within a platform's contract; [`webhook`](crate::webhook()) does it by itself.
///
/// Without it a handler that panics closes the connection, one that answers 500 loses the event at Prefinery for
/// good, and one that answers 204 makes others send it again. With it
///
/// - a panic is a passing fault, and the platform is told to send the event again,
/// - every other status is [translated](referral_webhooks::Contract::translate): 2xx is 200, 5xx and redirects ask
///   for another try, and so does what the platform would punish (410).
///
/// A program that is built with `panic = "abort"` dies instead: there is nothing to catch.
pub struct InContract<P>(PhantomData<fn() -> P>);

/// A service whose answers are kept within a platform's contract; made by [`InContract`].
pub struct InContractService<P, S> {
    inner: S,
    platform: PhantomData<fn() -> P>,
}

impl<P: Platform> InContract<P> {
    /// The middleware.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P, S> InContractService<P, S> {
    pub(crate) const fn new(inner: S) -> Self {
        Self { inner, platform: PhantomData }
    }
}

impl<P, S, B> Transform<S, ServiceRequest> for InContract<P>
where
    P: Platform,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = InContractService<P, S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(InContractService::new(inner)))
    }
}

impl<P, S, B> Service<ServiceRequest> for InContractService<P, S>
where
    P: Platform,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<ServiceResponse<B>, Error>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // A panic while calling is caught as well as one in the future.
        let called = std::panic::catch_unwind(AssertUnwindSafe(|| self.inner.call(request)));
        Box::pin(async move {
            let answered = match called {
                Ok(answer) => AssertUnwindSafe(answer).catch_unwind().await,
                Err(panic) => Err(panic),
            };
            match answered {
                Ok(Ok(response)) => Ok(within_contract::<P, B>(response)),
                Ok(Err(error)) => Err(error_within_contract::<P>(error)),
                Err(_) => Err(after_panic::<P>().into()),
            }
        })
    }
}

/// The status that says to the platform what `answered` says to everybody.
fn translated<P: Platform>(answered: StatusCode) -> StatusCode {
    let translated = http::StatusCode::from_u16(answered.as_u16()).map(|status| P::CONTRACT.translate(status));
    status(translated.unwrap_or(P::CONTRACT.transient))
}

fn within_contract<P: Platform, B>(mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    let answered = response.status();
    let status = translated::<P>(answered);
    if status != answered {
        log_translation::<P>(answered, status);
        *response.response_mut().status_mut() = status;
        if status.as_u16() == P::CONTRACT.transient.as_u16()
            && let Some(wait) = P::CONTRACT.retry_after
        {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
    }
    response
}

fn error_within_contract<P: Platform>(error: Error) -> Error {
    let answered = error.as_response_error().status_code();
    let status = translated::<P>(answered);
    if status == answered {
        return error;
    }
    log_translation::<P>(answered, status);
    OutOfOrder { platform: P::NAME, reply: Reply::RetryLater(P::CONTRACT) }.into()
}

fn log_translation<P: Platform>(answered: StatusCode, status: StatusCode) {
    tracing::debug!(
        target: "referral_webhooks",
        platform = P::NAME,
        answered = answered.as_u16(),
        status = status.as_u16(),
        "answer translated into the platform's contract"
    );
}

/// The error after a panic. Its message stays where the panic hook put it: it may quote anything.
fn after_panic<P: Platform>() -> OutOfOrder {
    let reply = Reply::RetryLater(P::CONTRACT);
    tracing::error!(
        target: "referral_webhooks",
        platform = P::NAME,
        status = reply.status().as_u16(),
        "the handler panicked, and the platform was asked to send the event again"
    );
    OutOfOrder { platform: P::NAME, reply }
}

/// A passing fault of ours. An error and not a response, because a response needs the request, which is gone.
#[derive(Debug)]
struct OutOfOrder {
    platform: &'static str,
    reply: Reply,
}

impl fmt::Display for OutOfOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} endpoint is out of order", self.platform)
    }
}

impl ResponseError for OutOfOrder {
    fn status_code(&self) -> StatusCode {
        status(self.reply.status())
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        response(self.reply)
    }
}

impl<P> Clone for InContract<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for InContract<P> {}

impl<P: Platform> Default for InContract<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Platform> fmt::Debug for InContract<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InContract").field(&P::NAME).finish()
    }
}

impl<P: Platform, S> fmt::Debug for InContractService<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InContractService").field("platform", &P::NAME).finish_non_exhaustive()
    }
}
