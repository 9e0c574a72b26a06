//! The values and headers of one delivery that are known to be personal or a proof.

use std::collections::HashSet;
use std::sync::Arc;

use http::HeaderMap;

use crate::platforms::Decoded;

/// The values and headers of one delivery that are known to be personal or a proof. It is cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Known {
    personal: Arc<HashSet<String>>,
    proof: Arc<HashSet<String>>,
}

impl Known {
    pub(super) fn of(decoded: &Decoded, headers: &HeaderMap) -> Self {
        let proof = headers.keys().filter(|name| decoded.facts.scheme.reads(name));
        let proof: HashSet<String> = proof.map(|name| name.as_str().to_owned()).collect();
        Self { personal: Arc::clone(&decoded.personal), proof: Arc::new(proof) }
    }

    /// Returns whether the platform marks a value as personal.
    pub(super) fn hides(&self, text: &str) -> bool {
        self.personal.contains(text)
    }

    /// Returns whether a header is a part of the platform's proof.
    pub(super) fn proves(&self, header: &str) -> bool {
        self.proof.contains(header)
    }
}

/// Omits the values, which are personal.
impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("personal", &self.personal.len()).field("proof", &self.proof).finish()
    }
}
