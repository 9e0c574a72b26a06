//! Shared parts: the message that most vectors sign, hand-written requests, a second HMAC.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use referral_webhooks::{ErrorKind, Scheme, Svix, Verifier};
use time::OffsetDateTime;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
pub(crate) const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
pub(crate) const TIME: i64 = 1_614_265_330;
pub(crate) const TIME_TEXT: &str = "1614265330";
pub(crate) const BODY: &str = r#"{"test": 2432232314}"#;
pub(crate) const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
/// The same message signed with [`OTHER_SECRET`].
pub(crate) const OTHER_SIGNATURE: &str = "v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44=";

pub(crate) fn svix(secret: &str) -> Verifier {
    Verifier::new(Scheme::Svix(Svix), secret).unwrap_or_else(|error| panic!("{secret}: {error}"))
}

pub(crate) fn moment(unix_seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(unix_seconds).unwrap()
}

/// Makes a request with these headers. A repeated name gives two lines.
pub(crate) fn post<V: AsRef<[u8]>>(headers: &[(&str, V)], body: impl AsRef<[u8]>) -> Request<Bytes> {
    let mut request = Request::post("/hooks").body(Bytes::copy_from_slice(body.as_ref())).unwrap();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
    }
    request
}

pub(crate) fn svix_post(id: &str, time: &str, signature: &str, body: impl AsRef<[u8]>) -> Request<Bytes> {
    post(&[("svix-id", id), ("svix-timestamp", time), ("svix-signature", signature)], body)
}

/// Returns the outcome of a request, without the proof.
pub(crate) fn outcome(verifier: &Verifier, request: &Request<Bytes>, now: i64) -> Result<(), ErrorKind> {
    verifier.verify(request, moment(now)).map(|_| ()).map_err(|error| error.kind())
}

/// HMAC-SHA256 by an implementation that shares no code with ours.
pub(crate) fn tag(key: impl AsRef<[u8]>, pieces: &[&[u8]]) -> [u8; 32] {
    hmac_sha256::HMAC::mac(pieces.concat(), key)
}

/// The `v1` entry for header texts that our own signing side refuses to write; the key is [`SECRET`]'s.
pub(crate) fn foreign_entry(id: &str, time: &str, body: impl AsRef<[u8]>) -> String {
    let key = STANDARD.decode(&SECRET["whsec_".len()..]).unwrap();
    let pieces = [id.as_bytes(), b".", time.as_bytes(), b".", body.as_ref()];
    format!("v1,{}", STANDARD.encode(tag(key, &pieces)))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
