//! Which of the accepted formats a proof has.

/// The variant of a proof, among those that a scheme accepts.
///
/// If a platform leaves its format open, the first genuine delivery shows the variant. It can then be pinned with
/// `Endpoint::pin` or [`Verifier::pin`](crate::Verifier::pin).
///
/// ```
/// use referral_webhooks::{Scheme, Svix, Variant};
///
/// let names: Vec<_> = Scheme::Svix(Svix).variants().iter().map(Variant::as_str).collect();
/// assert_eq!(names, ["svix-headers", "webhook-headers"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Variant {
    /// The signature covers the body as it came.
    RawBody,
    /// The signature covers the decoded `payload` field of the form body.
    FormPayload,
    /// The signature covers the body; the key is the secret's text.
    TextKey,
    /// The signature covers the body; the key is the secret decoded from hexadecimal.
    HexKey,
    /// The signature covers timestamp and body.
    Timestamped,
    /// The headers are `svix-id`, `svix-timestamp`, `svix-signature`.
    SvixHeaders,
    /// The headers are `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    WebhookHeaders,
    /// The URL carries a token.
    UrlToken,
    /// The signature is RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// The signature is ECDSA with P-256 and SHA-256.
    Es256,
    /// A header carries a token.
    HeaderToken,
    /// A member of the body carries a token.
    BodyToken,
}

impl Variant {
    /// Returns the variant in words, for logs and scripts: `svix-headers`.
    ///
    /// ```
    /// # use referral_webhooks::Variant;
    /// assert_eq!(Variant::WebhookHeaders.as_str(), "webhook-headers");
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::RawBody => "raw-body",
            Self::FormPayload => "form-payload",
            Self::TextKey => "text-key",
            Self::HexKey => "hex-key",
            Self::Timestamped => "timestamped",
            Self::SvixHeaders => "svix-headers",
            Self::WebhookHeaders => "webhook-headers",
            Self::UrlToken => "url-token",
            Self::Rs256 => "rs256",
            Self::Es256 => "es256",
            Self::HeaderToken => "header-token",
            Self::BodyToken => "body-token",
        }
    }
}
