//! The route of a proof: its sender, its URL and its headers.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use referral_webhooks::{Message, Scheme, Verifier};
use time::OffsetDateTime;

use crate::sender::Sender;

/// The route of a proof.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) sender: Sender,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
}

impl Route {
    /// Returns a request with this URL, these headers and a body.
    pub(super) fn request(&self, body: &Bytes) -> Request<Bytes> {
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

/// Returns the header names of a scheme's proof, for each of its families.
///
/// The scheme signs a request for each variant, so that this crate has no list of the names.
pub(super) fn proof_headers(scheme: &Scheme) -> Vec<Vec<HeaderName>> {
    let mut families: Vec<Vec<HeaderName>> = Vec::new();
    let Ok(signer) = Verifier::new(scheme.clone(), scheme.secret_from(&[7; 32])) else { return families };
    for variant in scheme.variants() {
        let message = Message::new("", OffsetDateTime::UNIX_EPOCH).variant(*variant);
        let Ok(request) = signer.sign(&message) else { continue };
        let mut names: Vec<_> = request.headers().keys().filter(|name| **name != CONTENT_TYPE).cloned().collect();
        names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        if !names.is_empty() && !families.contains(&names) {
            families.push(names);
        }
    }
    families
}
