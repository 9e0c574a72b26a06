//! A delivery without the token that proved it.
//!
//! - Guarantees: headers, body and payload of a delivery do not hold the token, and therefore neither do its event, its id
//!   and its stored form.
//! - Assumes: the proof names the part of the request that holds the token.
//! - Without it: every store and every log of bodies would hold a secret that is the whole proof.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use crate::Verified;
use crate::proof::form;
use crate::proof::member::{MASK, contains};
use crate::proof::scheme::evidence::Carrier;
use crate::proof::scheme::key::Key;

/// The parts of a delivery without its token.
pub(super) struct Redacted {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) payload: Bytes,
}

/// Returns the parts of a delivery without its token. `None` if its proof is no token, or is in the URL.
pub(super) fn redacted(verified: &Verified<'_>, key: &Key, headers: &HeaderMap, body: &Bytes) -> Option<Redacted> {
    let carrier = verified.proof.carrier?;
    let token = key.token().unwrap_or_default().as_bytes();
    let payload: Bytes = match (carrier, verified.proof.form_payload) {
        (Carrier::Header(_), None) => body.clone(),
        _ => verified.payload().into_owned().into(),
    };
    let body = match (carrier, verified.proof.form_payload) {
        (Carrier::Header(_), _) => body.clone(),
        (Carrier::Member { field: Some(field), .. }, Some(_)) => form::redacted(body, field, &payload, token).into(),
        (Carrier::Member { .. } | Carrier::Field(_), _) => payload.clone(),
    };
    Some(Redacted { headers: without_token(carrier, headers, token), body, payload })
}

/// Masks the header that holds the token, and each header that quotes the token or its encoded form.
fn without_token(carrier: Carrier, headers: &HeaderMap, token: &[u8]) -> HeaderMap {
    let own = match carrier {
        Carrier::Header(name) => headers.get(name),
        Carrier::Member { .. } | Carrier::Field(_) => None,
    };
    // The last word of the value is the token behind a prefix, or the encoded credentials.
    let encoded = own.and_then(|value| value.as_bytes().rsplit(|byte| *byte == b' ').next()).unwrap_or_default();
    let is_secret = |value: &HeaderValue| contains(value.as_bytes(), token) || contains(value.as_bytes(), encoded);
    let mut masked = headers.clone();
    for value in masked.values_mut().filter(|value| is_secret(value)) {
        *value = HeaderValue::from_static(MASK);
    }
    masked
}
