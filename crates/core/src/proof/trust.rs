//! How much a sender has proved.

/// How much the sender has proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// That it knows a secret URL. URLs leak into logs: confirm what you pay for by asking the platform.
    SecretUrl,
    /// That it holds a signing key.
    Signed,
}

impl Trust {
    /// The trust in words, for logs and scripts: `signed`, `secret-url`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SecretUrl => "secret-url",
            Self::Signed => "signed",
        }
    }
}
