//! Answers as responses.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{Either, Full};
use referral_webhooks::{Refusal, Reply};

/// The body of a response that is ours or the inner service's.
pub type AnswerBody<B> = Either<Full<Bytes>, B>;

/// The response that a reply asks for.
#[must_use]
pub fn answer(reply: impl Into<Reply>) -> Response<Full<Bytes>> {
    let reply = reply.into();
    response(reply.status(), reply.retry_after(), "")
}

/// The response to a request that is not a delivery.
#[must_use]
pub fn refuse(refusal: &Refusal) -> Response<Full<Bytes>> {
    response(refusal.status(), refusal.retry_after(), refusal.body_text())
}

/// The response to a method that no platform delivers by.
pub(crate) fn only_post() -> Response<Full<Bytes>> {
    let mut response = response(StatusCode::METHOD_NOT_ALLOWED, None, "Method Not Allowed");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

fn response(status: StatusCode, retry_after: Option<Duration>, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    if !text.is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    set_retry_after(&mut response, retry_after);
    response
}

/// Sets the header that says how long to wait, where the platform reads it.
pub(crate) fn set_retry_after<B>(response: &mut Response<B>, wait: Option<Duration>) {
    if let Some(wait) = wait {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
}
