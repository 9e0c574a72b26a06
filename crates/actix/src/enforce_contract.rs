//! Keeps every answer of a route within the platform's contract.

use std::cell::Cell;
use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Reply};

use crate::reply::{response, status};

/// Keeps every answer of a route within a platform's contract; [`webhook`](crate::webhook()) does it by itself.
///
/// Without it a handler that panics closes the connection, one that answers 500 loses the event at Prefinery for
/// good, and one that answers 204 makes others send it again. With it
///
/// - a panic is a passing fault, and the platform is told to send the event again,
/// - a handler that had a delivery and does not answer with a success has not stored it: whatever the status, the
///   platform is [asked](referral_webhooks::Contract::translate_for_delivery) for another try,
/// - other answers are [translated](referral_webhooks::Contract::translate): 2xx is 200, 5xx and redirects ask for
///   another try, and so does what the platform would punish (410); refusals stay what they are.
///
/// A program that is built with `panic = "abort"` dies instead: there is nothing to catch.
pub struct EnforceContract<P>(PhantomData<fn() -> P>);

/// A service whose answers are kept within a platform's contract; made by [`EnforceContract`].
pub struct ContractService<P, S> {
    inner: S,
    platform: PhantomData<fn() -> P>,
}

impl<P: Platform> EnforceContract<P> {
    /// The middleware.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P, S> ContractService<P, S> {
    pub(crate) const fn new(inner: S) -> Self {
        Self { inner, platform: PhantomData }
    }
}

impl<P, S, B> Transform<S, ServiceRequest> for EnforceContract<P>
where
    P: Platform,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = ContractService<P, S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(ContractService::new(inner)))
    }
}

impl<P, S, B> Service<ServiceRequest> for ContractService<P, S>
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
        let delivered = Delivered::watch::<P>(&request);
        // A panic while calling is caught as well as one in the future.
        let called = std::panic::catch_unwind(AssertUnwindSafe(|| self.inner.call(request)));
        Box::pin(async move {
            let answered = match called {
                Ok(answer) => AssertUnwindSafe(answer).catch_unwind().await,
                Err(panic) => Err(panic),
            };
            match answered {
                Ok(Ok(response)) => Ok(within_contract::<P, B>(response, &delivered)),
                Ok(Err(error)) => Err(error_within_contract::<P>(error, &delivered)),
                Err(_) => Err(after_panic::<P>().into()),
            }
        })
    }
}

/// Whether the handler of a request had a delivery, for whoever has to understand its answer.
#[derive(Clone)]
pub(crate) struct Delivered(Rc<Cell<bool>>);

impl Delivered {
    /// Goes with the request, where the extractor finds it. Platforms post: what comes by another method is no
    /// delivery, whatever it proves, and may be told so.
    fn watch<P: Platform>(request: &ServiceRequest) -> Self {
        let is_posted = request.method() == Method::POST;
        let mut extensions = request.extensions_mut();
        let delivered = Self(Rc::new(Cell::new(is_posted && extensions.contains::<Delivery<P>>())));
        if is_posted {
            extensions.insert(delivered.clone());
        }
        delivered
    }

    pub(crate) fn set(&self) {
        self.0.set(true);
    }
}

/// The status that says to the platform what `answered` says to everybody.
fn translated<P: Platform>(answered: StatusCode, delivered: &Delivered) -> StatusCode {
    let translated = http::StatusCode::from_u16(answered.as_u16()).map(|status| match delivered.0.get() {
        true => P::CONTRACT.translate_for_delivery(status),
        false => P::CONTRACT.translate(status),
    });
    status(translated.unwrap_or(P::CONTRACT.transient))
}

/// The status, where the handler's is not one for this platform, and how long to ask for with it.
struct Change {
    status: StatusCode,
    retry_after: Option<HeaderValue>,
}

impl Change {
    /// What to change in an answer with this status, if anything; logged for whoever runs the receiver.
    fn of<P: Platform>(answered: StatusCode, delivered: &Delivered) -> Option<Self> {
        let status = translated::<P>(answered, delivered);
        if status == answered {
            return None;
        }
        tracing::debug!(
            target: "referral_webhooks",
            platform = P::NAME,
            answered = answered.as_u16(),
            status = status.as_u16(),
            "answer translated into the platform's contract"
        );
        let is_transient = status.as_u16() == P::CONTRACT.transient.as_u16();
        let wait = P::CONTRACT.retry_after.filter(|_| is_transient);
        Some(Self { status, retry_after: wait.map(|wait| HeaderValue::from(wait.as_secs())) })
    }

    fn make<B>(&self, response: &mut HttpResponse<B>) {
        *response.status_mut() = self.status;
        if let Some(wait) = &self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, wait.clone());
        }
    }
}

fn within_contract<P: Platform, B>(mut response: ServiceResponse<B>, delivered: &Delivered) -> ServiceResponse<B> {
    if let Some(change) = Change::of::<P>(response.status(), delivered) {
        change.make(response.response_mut());
    }
    response
}

/// An error stays an error, for a response needs the request, which is gone.
fn error_within_contract<P: Platform>(error: Error, delivered: &Delivered) -> Error {
    match Change::of::<P>(error.as_response_error().status_code(), delivered) {
        Some(change) => Translated { error, change }.into(),
        None => error,
    }
}

/// An error of what is further inside, with a status that the platform understands.
struct Translated {
    error: Error,
    change: Change,
}

impl fmt::Debug for Translated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Display for Translated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl ResponseError for Translated {
    fn status_code(&self) -> StatusCode {
        self.change.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self.error.error_response();
        self.change.make(&mut response);
        response
    }
}

/// The error after a panic. Its message stays where the panic hook put it: it may quote anything.
fn after_panic<P: Platform>() -> Panicked {
    let reply = Reply::retry_later_under(P::CONTRACT);
    tracing::error!(
        target: "referral_webhooks",
        platform = P::NAME,
        status = reply.status().as_u16(),
        "the handler panicked, and the platform was asked to send the event again"
    );
    Panicked { platform: P::NAME, reply }
}

/// A panic, as what it means to the platform: a passing fault.
#[derive(Debug)]
struct Panicked {
    platform: &'static str,
    reply: Reply,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handler of the {} endpoint panicked", self.platform)
    }
}

impl ResponseError for Panicked {
    fn status_code(&self) -> StatusCode {
        status(self.reply.status())
    }

    fn error_response(&self) -> HttpResponse {
        response(self.reply)
    }
}

impl<P> Clone for EnforceContract<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for EnforceContract<P> {}

impl<P: Platform> Default for EnforceContract<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Platform> fmt::Debug for EnforceContract<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EnforceContract").field(&P::NAME).finish()
    }
}

impl<P: Platform, S> fmt::Debug for ContractService<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractService").field("platform", &P::NAME).finish_non_exhaustive()
    }
}
