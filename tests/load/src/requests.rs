//! Requests as a proxy forwards them: ten headers, a JSON body of 1 KiB.

use std::sync::atomic::{AtomicU64, Ordering};

use http::Request;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use time::OffsetDateTime;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) const PATH: &str = "/hooks/redpin";

/// A referral with all members that Redpin documents.
pub(crate) const BODY: &str = include_str!("referral.json");

/// Headers besides the proof, the type and the length of the body.
const ORDINARY: &str = "host: hooks.example.com\r\n\
    user-agent: Sender-Webhooks/1.81.0 (sender-id; +https://sender.example.com)\r\n\
    accept: */*\r\n\
    accept-encoding: gzip, deflate\r\n\
    x-forwarded-for: 203.0.113.7\r\n";

/// The head of a request with [`BODY`], as on the wire.
pub(crate) type Head = Vec<u8>;

/// Returns fresh requests with unique ids.
pub(crate) fn signed(number: usize) -> Vec<Head> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    let now = OffsetDateTime::now_utc();
    let head = |_| {
        let id = format!("msg_{:027}", NEXT.fetch_add(1, Ordering::Relaxed));
        head(&endpoint.sign(&Message::new(BODY, now).id(id)).unwrap())
    };
    (0..number).map(head).collect()
}

/// Returns a fresh request with the signature of another body.
pub(crate) fn forged() -> Head {
    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    let body = BODY.replace("4829104756102938", "4829104756102939");
    head(&endpoint.sign(&Message::new(body, OffsetDateTime::now_utc())).unwrap())
}

fn head<B>(request: &Request<B>) -> Head {
    let mut head = format!("POST {PATH} HTTP/1.1\r\n{ORDINARY}content-length: {}\r\n", BODY.len()).into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head
}
