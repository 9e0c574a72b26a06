//! The answer of an inner service, kept within a platform's contract.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::header::RETRY_AFTER;
use http::{Method, Request, Response, StatusCode};
use referral_webhooks_door::{
    Delivered, Outlive, Terms, Translation, after_error, after_panic, log_layer_error, spawn,
};

/// Any error of an inner service.
pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// The maximum length of an error's text in the log.
const ERROR_TEXT: usize = 200;

/// The future of an answer within a platform's contract. It moves into a task when the request is a delivery, so that the
/// handler ends even if the sender closes the connection.
///
/// ```
/// use referral_webhooks_tower::ContractFuture;
///
/// async fn status(answer: ContractFuture<String>) -> u16 {
///     answer.await.map_or_else(|never| match never {}, |response| response.status().as_u16())
/// }
/// # let _ = status;
/// ```
pub struct ContractFuture<R> {
    answering: Outlive<BoxFuture<'static, Response<R>>>,
    delivered: Delivered,
}

impl<R: Default + Send + 'static> ContractFuture<R> {
    /// Returns the future of the answer of a called service. Without `terms`, those of the route that the request reaches
    /// count.
    pub(crate) fn new<F, E>(
        called: thread::Result<Result<F, BoxError>>,
        terms: Option<Terms>,
        delivered: Delivered,
    ) -> Self
    where
        F: Future<Output = Result<Response<R>, E>> + Send + 'static,
        E: Into<BoxError> + Send + 'static,
    {
        let mark = delivered.clone();
        let answering = async move {
            let answered = match called {
                // The inner block drops the future within the poll, because a destructor in it can panic.
                Ok(Ok(answer)) => {
                    AssertUnwindSafe(async move { answer.await.map_err(Into::into) }).catch_unwind().await
                }
                Ok(Err(error)) => Ok(Err(error)),
                Err(panic) => Err(panic),
            };
            match (answered, terms.as_ref().or_else(|| mark.terms())) {
                (Ok(Ok(response)), Some(terms)) => within_contract(response, terms, &mark),
                (Ok(Ok(response)), None) => response,
                (Ok(Err(error)), Some(terms)) => after_error(terms, &text(&error)).into(),
                (Ok(Err(error)), None) => unavailable(&error),
                (Err(_), Some(terms)) => after_panic(terms, &mark).into(),
                (Err(panic), None) => resume_unwind(panic),
            }
        };
        Self { answering: Outlive::new(answering.boxed(), delivered.clone(), spawn), delivered }
    }
}

impl<R: Default> Future for ContractFuture<R> {
    type Output = Result<Response<R>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        Pin::new(&mut this.answering).poll(context).map(|answered| {
            // The runtime shuts down. Only deliveries have a task, and every delivery has terms.
            Ok(answered.unwrap_or_else(|| {
                let mut response = Response::new(R::default());
                match this.delivered.terms() {
                    Some(terms) => apply(&mut response, Translation::transient(terms)),
                    None => *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
                }
                response
            }))
        })
    }
}

/// Marks a request, so that [`receive`](crate::receive()) can report a delivery, and returns the mark. An outer layer's mark
/// is shared. Platforms send a `POST`: a request by another method is not a delivery, so its 4xx can stay.
pub(crate) fn watch<B>(request: &mut Request<B>) -> Delivered {
    if request.method() != Method::POST {
        return Delivered::default();
    }
    request.extensions_mut().get_or_insert_default::<Delivered>().clone()
}

fn within_contract<R>(mut response: Response<R>, terms: &Terms, delivered: &Delivered) -> Response<R> {
    if let Some(translation) = Translation::of(terms, response.status().as_u16(), delivered) {
        apply(&mut response, translation);
    }
    response
}

fn apply<R>(response: &mut Response<R>, translation: Translation) {
    *response.status_mut() = translation.status;
    if let Some(wait) = translation.retry_after {
        response.headers_mut().insert(RETRY_AFTER, wait.as_secs().into());
    }
}

/// Returns the answer after an error on a path of no platform.
fn unavailable<R: Default>(error: &BoxError) -> Response<R> {
    log_layer_error(&text(error));
    let mut response = Response::new(R::default());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}

/// Returns the beginning of an error's text.
fn text(error: &BoxError) -> String {
    error.to_string().chars().take(ERROR_TEXT).collect()
}

impl<R> fmt::Debug for ContractFuture<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractFuture").finish_non_exhaustive()
    }
}
