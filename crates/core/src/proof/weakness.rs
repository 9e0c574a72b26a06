//! What is questionable about a secret that is accepted.

use std::fmt;

/// Which of an endpoint's secrets is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretRole {
    /// The one given to `new`.
    Current,
    /// One given to `or_previous`; the first has number 1, as in [`Verified::secret_index`](crate::Verified::secret_index).
    Previous(usize),
    /// One given to `and_url_token`.
    UrlToken,
}

impl fmt::Display for SecretRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current => f.write_str("current secret"),
            Self::Previous(number) => write!(f, "previous secret {number}"),
            Self::UrlToken => f.write_str("URL token"),
        }
    }
}

/// A reason to replace a secret that is accepted, for a warning when the program starts.
///
/// `Display` names the secret and the next step, and never quotes the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weakness {
    role: SecretRole,
    doubt: Doubt,
}

/// What is questionable about a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Fewer bytes than Standard Webhooks asks for.
    ShortSvixKey,
    /// Few enough characters to be found by trying.
    ShortText,
    /// A prefix of Svix where the key is the whole text.
    SvixSecret,
}

impl Weakness {
    pub(crate) const fn new(role: SecretRole, doubt: Doubt) -> Self {
        Self { role, doubt }
    }

    /// Returns which secret is meant.
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
        })
    }
}
