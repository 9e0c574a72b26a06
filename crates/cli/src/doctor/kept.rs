//! The explanation of a refused request that an inbox has kept.

use bytes::Bytes;
use http::{Method, Request};
use referral_webhooks_inbox::store::RefusedRequest;
use referral_webhooks_inspector::{ExplanationLine, Finding};

use super::explanation::explain;
use crate::message::Incoming;
use crate::secret::RawSecret;
use crate::sender::Sender;

/// A sender and its secrets, with which refused requests are explained.
#[derive(Debug)]
pub(crate) struct Explainer {
    sender: Sender,
    secrets: Vec<RawSecret>,
}

impl Explainer {
    pub(crate) const fn new(sender: Sender, secrets: Vec<RawSecret>) -> Self {
        Self { sender, secrets }
    }

    /// Returns the sentences about a refused request, for the deliveries page.
    pub(crate) fn lines(&self, refused: &RefusedRequest) -> Vec<ExplanationLine> {
        let mut request = Request::new(Bytes::clone(&refused.body));
        *request.method_mut() = Method::from_bytes(refused.method.as_bytes()).unwrap_or(Method::POST);
        *request.uri_mut() = refused.path.parse().unwrap_or_default();
        request.headers_mut().clone_from(&refused.headers);
        let mut incoming = Incoming::from(request);
        incoming.is_cut_off = !refused.is_whole();
        let explanation = explain(self.sender.clone(), self.secrets.clone(), incoming, refused.at);
        explanation.sentences().into_iter().map(|line| ExplanationLine::new(Finding::Note, line)).collect()
    }
}
