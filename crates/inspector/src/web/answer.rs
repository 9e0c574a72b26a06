//! Responses, and the headers that protect them.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use maud::Markup;

use super::assets;
use super::body::Body;

/// The response to a request.
pub(crate) type Answer = Response<Body>;

/// The policy of pages: they load their style sheet, script, icon and stream, and send forms to the inspector.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// The policy of downloaded files, which load no file and run no script.
const FILE_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

/// Returns a page.
pub(crate) fn page(content: Markup) -> Answer {
    with_status(StatusCode::OK, content)
}

/// Returns a page with a status.
pub(crate) fn with_status(status: StatusCode, content: Markup) -> Answer {
    of_type(status, "text/html; charset=utf-8", content.into_string())
}

/// Returns a file to keep. Its name has letters, digits, `-`, `_` and `.`; others become `_`.
pub(crate) fn download(name: &str, content: Bytes) -> Answer {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let name: String = name.chars().take(100).map(|letter| if is_plain(letter) { letter } else { '_' }).collect();
    let mut answer = of_type(StatusCode::OK, "application/octet-stream", content);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, FILE_POLICY);
    if let Ok(disposition) = format!("attachment; filename=\"{name}\"").parse() {
        answer.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    }
    answer
}

/// Returns a redirection to a URL that is loaded with GET.
pub(crate) fn see_other(url: &str) -> Answer {
    let mut answer = of_type(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "");
    // A URL that cannot be in a header leads nowhere.
    if let Ok(location) = url.parse() {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer
}

/// Returns a file that pages load; `None` if no file has the name.
pub(crate) fn asset(name: &str) -> Option<Answer> {
    let asset = assets::named(name)?;
    let mut answer = of_type(StatusCode::OK, asset.media_type, asset.content);
    let lasting = if name.contains('-') { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(lasting));
    Some(answer)
}

/// Returns a stream of server-sent events.
pub(crate) fn events(body: Body) -> Answer {
    let mut answer = of_type(StatusCode::OK, "text/event-stream; charset=utf-8", body);
    // Proxies such as nginx pass the events on at once.
    answer.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    answer
}

/// Returns the response with the methods that its path knows.
pub(crate) fn allowing(mut answer: Answer, methods: &'static str) -> Answer {
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    answer
}

fn of_type(status: StatusCode, media_type: &'static str, body: impl Into<Body>) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// Returns the response with the headers that protect it, unless it has its own.
pub(crate) fn protected(mut answer: Answer) -> Answer {
    let protection = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // Forms send their origin, and foreign pages see no address of a page.
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
    ];
    for (name, value) in protection {
        answer.headers_mut().entry(name).or_insert(value);
    }
    answer
}
