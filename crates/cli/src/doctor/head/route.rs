//! The route of a proof: its sender, its URL and its headers.

use std::hash::{Hash as _, Hasher};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use referral_webhooks::{Message, Scheme, Verifier};
use time::OffsetDateTime;

use crate::doctor::undo::Changeable;
use crate::sender::Sender;

/// The advice about changed headers.
pub(super) const PASS_ON: &str =
    "let the proxy or the framework before the receiver pass the header on as it came, as one text";

/// The route of a proof.
#[derive(Debug, Clone)]
pub(in crate::doctor) struct Route {
    pub(in crate::doctor) sender: Sender,
    pub(in crate::doctor) uri: Uri,
    pub(in crate::doctor) headers: HeaderMap,
    pub(super) shape: Arc<Shape>,
}

/// The shape of a scheme's proof. The scheme signs samples for it, so that this crate has no list of the names.
#[derive(Debug)]
pub(super) struct Shape {
    /// A verifier with a made-up secret.
    pub(super) verifier: Option<Verifier>,
    /// The made-up secret.
    pub(super) secret: String,
    /// A request for each variant.
    pub(super) samples: Vec<Request<Bytes>>,
    /// The header names of each family.
    pub(super) families: Vec<Vec<HeaderName>>,
}

impl Shape {
    fn new(scheme: &Scheme) -> Self {
        let secret = scheme.secret_from(&[7; 32]);
        let verifier = Verifier::new(scheme.clone(), &secret).ok();
        let sign =
            |variant| verifier.as_ref()?.sign(&Message::new("", OffsetDateTime::UNIX_EPOCH).variant(variant)).ok();
        let samples: Vec<_> = scheme.variants().iter().filter_map(|variant| sign(*variant)).collect();
        let mut families: Vec<Vec<HeaderName>> = Vec::new();
        for request in &samples {
            let mut names: Vec<_> = request.headers().keys().filter(|name| **name != CONTENT_TYPE).cloned().collect();
            names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
            if !names.is_empty() && !families.contains(&names) {
                families.push(names);
            }
        }
        Self { verifier, secret, samples, families }
    }

    /// Returns the shape of a sender. Those of platforms are made once, because some schemes sign slowly.
    fn of(sender: &Sender) -> Arc<Self> {
        static PLATFORMS: OnceLock<Vec<(String, Arc<Shape>)>> = OnceLock::new();
        if sender.profile.is_none() && sender.is_platform() {
            let platforms = PLATFORMS.get_or_init(|| {
                let senders = Sender::platforms().into_iter();
                senders.map(|sender| (sender.name, Arc::new(Self::new(&sender.scheme)))).collect()
            });
            if let Some((_, shape)) = platforms.iter().find(|(name, _)| *name == sender.name) {
                return Arc::clone(shape);
            }
        }
        Arc::new(Self::new(&sender.scheme))
    }
}

impl Route {
    pub(in crate::doctor) fn new(sender: Sender, uri: Uri, headers: HeaderMap) -> Self {
        let shape = Shape::of(&sender);
        Self { sender, uri, headers, shape }
    }

    /// Returns the header names of the proof, in all families.
    pub(super) fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.shape.families.iter().flatten()
    }

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
        for name in self.names() {
            for value in self.headers.get_all(name) {
                (name.as_str(), value.as_bytes()).hash(state);
            }
        }
    }

    fn weight(&self) -> usize {
        self.names().flat_map(|name| self.headers.get_all(name)).map(HeaderValue::len).sum()
    }
}

/// Returns the header names of a sender's proof, for each of its families.
pub(in crate::doctor) fn proof_headers(sender: &Sender) -> Vec<Vec<HeaderName>> {
    Shape::of(sender).families.clone()
}
