//! Requests that the platform did not send are refused.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Request, Uri};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, ErrorKind, Trust};
use time::Duration;

use crate::outcome::outcome;
use crate::typical::Typical;

pub(crate) fn findings<P: Platform>(typical: &Typical<'_, P>) -> Vec<String> {
    let mut found = headers(typical);
    found.extend(bodies(typical));
    found.extend(proofs(typical));
    found.extend(times(typical));
    found.into_iter().map(|what| format!("{}, forged: {what}", typical.fixture.path())).collect()
}

impl<P: Platform> Typical<'_, P> {
    /// Returns whether a changed request is accepted, or an error if it is accepted as another delivery.
    fn accepts(&self, request: &Request<Bytes>) -> Result<bool, &'static str> {
        match self.endpoint.receive(request, self.now) {
            Err(_) => Ok(false),
            Ok(delivery) if outcome(&delivery) == outcome(&self.delivery) => Ok(true),
            Ok(_) => Err("is accepted as another delivery"),
        }
    }
}

/// Changes each header. The media type is left out, because another one gives the body another meaning.
fn headers<P: Platform>(typical: &Typical<'_, P>) -> Vec<String> {
    let mut found = Vec::new();
    let names: Vec<HeaderName> =
        typical.request().headers().keys().filter(|name| *name != CONTENT_TYPE).cloned().collect();
    for name in names {
        let mut without = typical.request().clone();
        let Some(value) = without.headers_mut().remove(&name) else { continue };
        let is_proof = typical.accepts(&without) == Ok(false);
        let mut twice = typical.request().clone();
        twice.headers_mut().append(&name, HeaderValue::from_static("0"));
        for (how, request) in [("is missing", &without), ("occurs twice", &twice)] {
            if let Err(accepted) = typical.accepts(request) {
                found.push(format!("a request in which `{name}` {how} {accepted}"));
            }
        }
        for bit in 0..value.len() * 8 {
            let changed = flipped(value.as_bytes(), bit);
            let is_same_text = changed.eq_ignore_ascii_case(value.as_bytes());
            let Ok(changed) = HeaderValue::from_bytes(&changed) else { continue };
            let mut request = typical.request().clone();
            request.headers_mut().insert(&name, changed);
            match typical.accepts(&request) {
                Ok(true) if is_proof && !is_same_text => found.push(format!("bit {bit} of `{name}` is not checked")),
                Err(accepted) => found.push(format!("a request with another bit {bit} of `{name}` {accepted}")),
                Ok(_) => {}
            }
        }
    }
    found
}

/// Changes each bit of the body, and its length, if the body is signed.
fn bodies<P: Platform>(typical: &Typical<'_, P>) -> Vec<String> {
    let body = typical.request().body();
    if typical.delivery.trust() != Trust::Signed {
        return Vec::new();
    }
    // The escapes of a form can be written in two ways.
    let is_form = typical.delivery.payload() != body;
    let mut found = Vec::new();
    let flips = (0..body.len() * 8).map(|bit| (format!("another bit {bit} of the body"), flipped(body, bit)));
    let lengths = [
        ("another line feed".to_owned(), [body, &b"\n"[..]].concat()),
        ("a body without its end".to_owned(), body[..body.len() - 1].to_vec()),
        ("an empty body".to_owned(), Vec::new()),
    ];
    for (what, changed) in flips.chain(lengths) {
        let mut request = typical.request().clone();
        *request.body_mut() = changed.into();
        match typical.accepts(&request) {
            Ok(true) if !is_form => found.push(format!("a request with {what} is accepted")),
            Err(accepted) => found.push(format!("a request with {what} {accepted}")),
            Ok(_) => {}
        }
    }
    found
}

/// Leaves the proof out, and verifies with another secret.
fn proofs<P: Platform>(typical: &Typical<'_, P>) -> Vec<String> {
    let mut found = Vec::new();
    let mut bare = Request::new(typical.request().body().clone());
    *bare.uri_mut() = Uri::from_static("/");
    bare.headers_mut().extend(typical.request().headers().get(CONTENT_TYPE).map(|value| (CONTENT_TYPE, value.clone())));
    let is_in_body = typical.accepts(&bare) == Ok(true);
    if is_in_body && typical.delivery.trust() == Trust::Signed {
        found.push("a request without headers is accepted".to_owned());
    }
    let another = typical.platform.facts().scheme.secret_from(&[9; 32]);
    let another = Endpoint::of(typical.platform.clone(), another);
    if another.is_ok_and(|endpoint| endpoint.receive(typical.request(), typical.now).is_ok()) {
        found.push("another secret accepts the request".to_owned());
    }
    found
}

/// Receives the request too late and too early, if it has a signed time.
fn times<P: Platform>(typical: &Typical<'_, P>) -> Vec<String> {
    if typical.delivery.signed_at().is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (days, want) in [(400, ErrorKind::TooOld), (-400, ErrorKind::TooNew)] {
        let received = typical.endpoint.receive(typical.request(), typical.now + Duration::days(days));
        let got = received.err().map(|error| error.kind());
        if got != Some(want) {
            found.push(format!("received {days} days later, it is refused as {got:?} instead of {want:?}"));
        }
    }
    found
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}
