//! Keeps every answer of a route within the platform's contract.

use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::RETRY_AFTER;
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Reply};
use referral_webhooks_door::{Delivered, Translation, after_panic};

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
        let delivered = watch::<P>(&request);
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
                Err(_) => Err(Panicked { platform: P::NAME, reply: after_panic::<P>() }.into()),
            }
        })
    }
}

/// Marks a request, so that the extractor can report a delivery. Platforms send a `POST`: a request by another method is
/// not a delivery, so its 4xx can stay.
fn watch<P: Platform>(request: &ServiceRequest) -> Delivered {
    let is_posted = request.method() == Method::POST;
    let mut extensions = request.extensions_mut();
    let delivered = Delivered::new(is_posted && extensions.contains::<Delivery<P>>());
    if is_posted {
        extensions.insert(delivered.clone());
    }
    delivered
}

fn within_contract<P: Platform, B>(mut response: ServiceResponse<B>, delivered: &Delivered) -> ServiceResponse<B> {
    if let Some(translation) = Translation::of::<P>(response.status().as_u16(), delivered) {
        translate(response.response_mut(), translation);
    }
    response
}

/// Translates an error. It stays an error, because a response needs the request, which the handler consumed.
fn error_within_contract<P: Platform>(error: Error, delivered: &Delivered) -> Error {
    match Translation::of::<P>(error.as_response_error().status_code().as_u16(), delivered) {
        Some(translation) => Translated { error, translation }.into(),
        None => error,
    }
}

fn translate<B>(response: &mut HttpResponse<B>, translation: Translation) {
    *response.status_mut() = status(translation.status);
    if let Some(wait) = translation.retry_after {
        response.headers_mut().insert(RETRY_AFTER, wait.as_secs().into());
    }
}

fn status(status: http::StatusCode) -> StatusCode {
    StatusCode::from_u16(status.as_u16()).expect("both versions of http have the same statuses")
}

/// An error of an inner service, with a status that the platform understands.
struct Translated {
    error: Error,
    translation: Translation,
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
        status(self.translation.status)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self.error.error_response();
        translate(&mut response, self.translation);
        response
    }
}

/// A panic of the handler, answered as a transient fault.
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
        self.reply.into()
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
