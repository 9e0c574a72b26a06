//! Doubts about a secret that is accepted.

use std::fmt;

/// The role of a secret in its endpoint.
///
/// ```
/// use referral_webhooks::SecretRole;
///
/// assert_eq!(SecretRole::Previous(1).to_string(), "previous secret 1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretRole {
    /// The secret given to `new`.
    Current,
    /// A secret given to `or_previous`. The first has number 1, as in
    /// [`Verified::secret_index`](crate::Verified::secret_index).
    Previous(usize),
    /// A secret given to `reopens_with`, which accepts no delivery. The first has number 1.
    Reopening(usize),
    /// A token given to `and_url_token`.
    UrlToken,
}

impl fmt::Display for SecretRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current => f.write_str("current secret"),
            Self::Previous(number) => write!(f, "previous secret {number}"),
            Self::Reopening(number) => write!(f, "reopening secret {number}"),
            Self::UrlToken => f.write_str("URL token"),
        }
    }
}

/// A reason to replace a secret that is accepted, for a warning when the program starts.
///
/// `Display` names the secret's role and the next step, and never quotes the secret.
///
/// ```
/// use referral_webhooks::{BodyHmac, Scheme, SecretRole, Verifier};
///
/// let verifier = Verifier::new(Scheme::BodyHmac(BodyHmac::new("x-shop-signature")), "k3v9x2m7q1")?;
/// assert_eq!(verifier.weaknesses()[0].role(), SecretRole::Current);
/// # Ok::<(), referral_webhooks::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weakness {
    role: SecretRole,
    doubt: Doubt,
}

/// A doubt about a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Fewer bytes than Standard Webhooks asks for.
    ShortSvixKey,
    /// So few characters that a search can find them.
    ShortText,
    /// A prefix of Svix, in a scheme whose key is the whole text.
    SvixSecret,
    /// A private key, which only a sender needs.
    #[cfg(feature = "jws")]
    PrivateKey,
    /// A private key that is published with this crate.
    #[cfg(feature = "jws")]
    PublishedKey,
}

impl Weakness {
    pub(crate) const fn new(role: SecretRole, doubt: Doubt) -> Self {
        Self { role, doubt }
    }

    /// Returns the role of the secret.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Scheme, SecretRole, Verifier};
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature"));
    /// let verifier = Verifier::new(scheme, "correct horse battery staple")?.or_previous("k3v9x2m7q1")?;
    /// assert_eq!(verifier.weaknesses()[0].role(), SecretRole::Previous(1));
    /// # Ok::<(), referral_webhooks::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn role(&self) -> SecretRole {
        self.role
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} ", self.role)?;
        f.write_str(match self.doubt {
            Doubt::ShortSvixKey => "has fewer than 24 bytes; let the platform make a new one",
            Doubt::ShortText => "has fewer than 16 characters; choose a random one of 32 or more at the platform",
            Doubt::SvixSecret => {
                "begins with `whsec_`, and this platform's key is the whole text; check that it is not another's secret"
            }
            #[cfg(feature = "jws")]
            Doubt::PrivateKey => {
                "holds a private key, with which its readers can sign; give a receiver the platform's public JWK set"
            }
            #[cfg(feature = "jws")]
            Doubt::PublishedKey => {
                "is a private key for tests that is published with this crate, so that everybody can sign with it; give the \
                 platform's JWK set"
            }
        })
    }
}
