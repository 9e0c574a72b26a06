//! Requests as they come through a proxy: nine headers, a JSON body.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};

/// Headers that are not part of the proof.
const ORDINARY: [(&str, &str); 8] = [
    ("host", "hooks.example.com"),
    ("user-agent", "Sender-Webhooks/1.81.0 (sender-id; +https://sender.example.com)"),
    ("accept", "*/*"),
    ("content-length", "1024"),
    ("accept-encoding", "gzip, deflate"),
    ("x-forwarded-for", "203.0.113.7"),
    ("x-forwarded-proto", "https"),
    ("x-request-id", "0b5f7c86-3f0f-4c53-8d5e-8a1d3f5f1c4e"),
];

/// The request with ordinary headers added until it has nine.
pub(crate) fn with_nine_headers(mut request: Request<Bytes>) -> Request<Bytes> {
    let headers = request.headers_mut();
    for (name, value) in ORDINARY {
        if headers.len() < 9 {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
    assert_eq!(headers.len(), 9);
    request
}

/// A Redpin event of exactly so many bytes: one of its members is long.
pub(crate) fn body_of(size: usize) -> String {
    let head = r#"{"event_name":"REFERRAL_CREATED","status":"FAILED","failure_message":""#;
    let tail = r#""}"#;
    let filler = "the customer is known ".chars().cycle().take(size - head.len() - tail.len());
    let body: String = head.chars().chain(filler).chain(tail.chars()).collect();
    assert_eq!(body.len(), size);
    body
}
