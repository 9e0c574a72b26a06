//! The strength of a sender's proof.

/// The strength of the sender's proof, weakest first.
///
/// ```
/// use referral_webhooks::{Scheme, Svix, Trust, UrlToken};
///
/// assert_eq!(Scheme::Svix(Svix).trust(), Trust::Signed);
/// assert_eq!(Scheme::UrlToken(UrlToken).trust(), Trust::SecretUrl);
/// assert!(Trust::SecretUrl < Trust::SharedSecret && Trust::SharedSecret < Trust::Signed);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// The sender knows a secret URL. URLs leak into logs: ask the platform for confirmation before you pay.
    SecretUrl,
    /// The sender knows a secret that it sends in a header or in the body. It proves no content: ask the platform for
    /// confirmation before you pay.
    SharedSecret,
    /// The sender holds a signing key.
    Signed,
}

impl Trust {
    /// Returns the trust in words, for logs and scripts: `signed`, `shared-secret`, `secret-url`.
    ///
    /// ```
    /// # use referral_webhooks::Trust;
    /// assert_eq!(Trust::SecretUrl.as_str(), "secret-url");
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SecretUrl => "secret-url",
            Self::SharedSecret => "shared-secret",
            Self::Signed => "signed",
        }
    }
}
