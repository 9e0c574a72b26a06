//! The compact form of a detached JWS: `<protected>..<signature>` (RFC 7515, sections 3.1 and appendix F).

use super::base64url;
use super::protected::Protected;

/// A well-formed detached JWS.
#[derive(Debug)]
pub(super) struct Compact<'h> {
    /// The protected header as it came, which the signature covers.
    encoded: &'h str,
    pub(super) protected: Protected,
    pub(super) signature: Vec<u8>,
}

impl<'h> Compact<'h> {
    /// Parses a header. `None` if it does not have exactly two full stops with an empty payload between them, strict base64url
    /// at both sides, an acceptable protected header, and a signature of a length that its algorithm has.
    pub(super) fn parse(text: &'h [u8]) -> Option<Self> {
        let mut parts = std::str::from_utf8(text).ok()?.split('.');
        let (Some(encoded), Some(""), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let protected = Protected::parse(&base64url::decode(encoded)?)?;
        let signature = base64url::decode(signature)?;
        protected.algorithm.has_length(signature.len()).then_some(Self { encoded, protected, signature })
    }

    /// Returns the signed text: the protected header, a full stop, and the body in base64url.
    pub(super) fn signing_input(&self, body: &[u8]) -> String {
        signing_input(self.encoded, body)
    }
}

/// Returns the text that a signature covers.
pub(super) fn signing_input(protected: &str, body: &[u8]) -> String {
    let mut text = String::with_capacity(protected.len() + 1 + body.len().div_ceil(3) * 4);
    text.push_str(protected);
    text.push('.');
    base64url::append(body, &mut text);
    text
}
