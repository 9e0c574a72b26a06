//! The route of a proof: its sender, its URL and its headers.

use std::hash::{Hash as _, Hasher};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use referral_webhooks::{Message, Scheme, Verifier};
use time::OffsetDateTime;

use crate::doctor::undo::Changeable;
use crate::sender::Sender;

/// The route of a proof.
#[derive(Debug, Clone)]
pub(in crate::doctor) struct Route {
    pub(in crate::doctor) sender: Sender,
    pub(in crate::doctor) uri: Uri,
    pub(in crate::doctor) headers: HeaderMap,
}

impl Route {
    /// Returns a request with this URL, these headers and a body.
    pub(in crate::doctor) fn request(&self, body: &Bytes) -> Request<Bytes> {
        let mut request = Request::new(body.clone());
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// Returns the route with these headers, which replace those of the same names.
    pub(super) fn with(&self, headers: &[(&HeaderName, &HeaderValue)]) -> Self {
        let mut changed = self.clone();
        for (name, value) in headers {
            changed.headers.insert(*name, (*value).clone());
        }
        changed
    }
}

impl Changeable for Route {
    fn identity(&self, state: &mut impl Hasher) {
        (&self.sender.name, self.uri.path(), self.uri.query()).hash(state);
        for name in proof_headers(&self.sender.scheme).iter().flatten() {
            for value in self.headers.get_all(name) {
                (name.as_str(), value.as_bytes()).hash(state);
            }
        }
    }

    fn weight(&self) -> usize {
        proof_headers(&self.sender.scheme)
            .iter()
            .flatten()
            .flat_map(|name| self.headers.get_all(name))
            .map(HeaderValue::len)
            .sum()
    }
}

/// Returns the header names of a scheme's proof, for each of its families.
///
/// The scheme signs a request for each variant, so that this crate has no list of the names.
pub(in crate::doctor) fn proof_headers(scheme: &Scheme) -> Vec<Vec<HeaderName>> {
    let mut families: Vec<Vec<HeaderName>> = Vec::new();
    for request in samples(scheme) {
        let mut names: Vec<_> = request.headers().keys().filter(|name| **name != CONTENT_TYPE).cloned().collect();
        names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        if !names.is_empty() && !families.contains(&names) {
            families.push(names);
        }
    }
    families
}

/// Returns requests that a scheme signs, one for each variant.
pub(super) fn samples(scheme: &Scheme) -> Vec<Request<Bytes>> {
    let Ok(signer) = Verifier::new(scheme.clone(), scheme.secret_from(&[7; 32])) else { return Vec::new() };
    let sign = |variant| signer.sign(&Message::new("", OffsetDateTime::UNIX_EPOCH).variant(variant)).ok();
    scheme.variants().iter().filter_map(|variant| sign(*variant)).collect()
}
