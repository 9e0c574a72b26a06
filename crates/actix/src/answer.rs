//! The answer of an inner service, kept within a platform's contract.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::RETRY_AFTER;
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError, error, rt};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use referral_webhooks::Reply;
use referral_webhooks_door::{Counted, Delivered, Outlive, Terms, Translation, after_panic, in_task};

/// The result of a service of actix-web.
type Answer<B> = Result<ServiceResponse<B>, Error>;

/// The future of an answer within a platform's contract. It moves into a task when the request is a delivery, so that the
/// handler ends even if the connection is reset.
///
/// ```
/// use actix_web::Error;
/// use referral_webhooks_actix::ContractFuture;
///
/// async fn status(answer: ContractFuture<String>) -> Result<u16, Error> {
///     Ok(answer.await?.status().as_u16())
/// }
/// # let _ = status;
/// ```
pub struct ContractFuture<B: 'static> {
    answering: Outlive<LocalBoxFuture<'static, Answer<B>>>,
    delivered: Delivered,
}

/// Calls a service. Without `terms`, those of the route that the request reaches count.
pub(crate) fn answer<S, B>(
    inner: &S,
    request: ServiceRequest,
    terms: Option<Terms>,
    delivered: Delivered,
) -> ContractFuture<B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    // Panics of the call are caught, like panics of the future.
    let called = catch_unwind(AssertUnwindSafe(|| inner.call(request)));
    let mark = delivered.clone();
    let answering = async move {
        let answered = match called {
            // `fuse` drops the future within the poll, because a destructor in it can panic.
            Ok(answer) => AssertUnwindSafe(answer.fuse()).catch_unwind().await,
            Err(panic) => Err(panic),
        };
        match (answered, terms.as_ref().or_else(|| mark.terms())) {
            (Ok(Ok(response)), Some(terms)) => Ok(within_contract(response, terms, &mark)),
            (Ok(Err(error)), Some(terms)) => Err(error_within_contract(error, terms, &mark)),
            (Ok(answered), None) => answered,
            (Err(_), Some(terms)) => {
                Err(Faulted { platform: terms.platform(), reply: after_panic(terms, &mark) }.into())
            }
            (Err(panic), None) => resume_unwind(panic),
        }
    };
    ContractFuture { answering: Outlive::new(answering.boxed_local(), delivered.clone(), spawn), delivered }
}

fn spawn<F: Future + 'static>(future: F, counted: Option<Counted>) -> rt::task::JoinHandle<F::Output> {
    rt::spawn(in_task(future, counted))
}

impl<B> Future for ContractFuture<B> {
    type Output = Answer<B>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer<B>> {
        let this = &mut *self;
        Pin::new(&mut this.answering)
            .poll(context)
            .map(|answered| answered.unwrap_or_else(|| Err(cut_off(this.delivered.terms()))))
    }
}

/// Returns the answer of a handler that the end of the server cuts off. Only deliveries have a task, and every delivery has
/// terms.
fn cut_off(terms: Option<&Terms>) -> Error {
    match terms {
        Some(terms) => {
            let reply = Reply::retry_later_under(terms.contract());
            Faulted { platform: terms.platform(), reply }.into()
        }
        None => error::ErrorServiceUnavailable(""),
    }
}

/// Marks a request, so that the extractor can report a delivery, and returns the mark. The mark of outer middleware is
/// shared. Platforms send a `POST`: a request by another method is not a delivery, so its 4xx can stay.
pub(crate) fn watch(request: &ServiceRequest) -> Delivered {
    if request.method() != Method::POST {
        return Delivered::default();
    }
    let mut extensions = request.extensions_mut();
    if let Some(delivered) = extensions.get::<Delivered>() {
        return delivered.clone();
    }
    let delivered = Delivered::default();
    extensions.insert(delivered.clone());
    delivered
}

fn within_contract<B>(mut response: ServiceResponse<B>, terms: &Terms, delivered: &Delivered) -> ServiceResponse<B> {
    if let Some(translation) = Translation::of(terms, response.status().as_u16(), delivered) {
        translate(response.response_mut(), translation);
    }
    response
}

/// Translates an error. It stays an error, because a response needs the request, which the handler consumed.
fn error_within_contract(error: Error, terms: &Terms, delivered: &Delivered) -> Error {
    match Translation::of(terms, error.as_response_error().status_code().as_u16(), delivered) {
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

/// A handler that panicked or was cut off, answered as a transient fault.
#[derive(Debug)]
struct Faulted {
    platform: &'static str,
    reply: Reply,
}

impl fmt::Display for Faulted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handler of the {} endpoint has not ended", self.platform)
    }
}

impl ResponseError for Faulted {
    fn status_code(&self) -> StatusCode {
        status(self.reply.status())
    }

    fn error_response(&self) -> HttpResponse {
        self.reply.into()
    }
}

impl<B> fmt::Debug for ContractFuture<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractFuture").finish_non_exhaustive()
    }
}
