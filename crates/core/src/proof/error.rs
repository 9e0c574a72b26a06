//! Why a request is not a delivery.

use std::fmt;

/// Why a request was not accepted as a delivery.
///
/// The sender learns at most the status that the [`Contract`](crate::Contract) gives to [`kind`](Self::kind).
/// `Display` is for the log; [`advice`](Self::advice) says what to look at. None of them holds a secret, an
/// expected signature or any of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    pub(crate) hint: Hint,
}

/// What was noticed beside the kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    None,
    /// Seconds between the signed time and our clock; negative when the signed time is ahead.
    Age(i64),
    /// The signed time fits when it is read as milliseconds.
    Milliseconds,
    /// The body is compressed by its own header.
    Compressed,
}

/// The category of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A header that carries the proof is absent.
    MissingHeader(&'static str),
    /// A header that must stand once stands several times.
    RepeatedHeader(&'static str),
    /// A header that carries the proof cannot be read: wrong alphabet, too long, too many entries.
    MalformedHeader(&'static str),
    /// No configured secret makes this signature for these bytes.
    SignatureMismatch,
    /// The signature is right, and older than the tolerance allows.
    TooOld,
    /// The signature is right, and further in the future than the tolerance allows.
    TooNew,
    /// The URL carries no token, or several.
    MissingToken,
    /// The URL's token is none of those configured.
    TokenMismatch,
    /// The body is longer than the receiver's limit.
    BodyTooLarge,
    /// The body ended early: the sender hung up or fell silent.
    BodyIncomplete,
    /// The bodies of unproven requests occupy all the memory that the receiver has for them.
    BodyBudgetSpent,
    /// The receiver's own set-up is wrong, in this way: a mistake in the application, not in the request.
    Misconfigured(&'static str),
}

impl Error {
    pub(crate) const fn skewed(kind: ErrorKind, age: i64) -> Self {
        Self { kind, hint: Hint::Age(age) }
    }

    pub(crate) const fn in_milliseconds(self) -> Self {
        Self { hint: Hint::Milliseconds, ..self }
    }

    pub(crate) const fn with(self, hint: Hint) -> Self {
        Self { hint, ..self }
    }

    /// The category, to decide by.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// How many seconds before our clock a genuine delivery was signed, where that is what is wrong; negative when
    /// it was signed ahead. Nothing for a time that would fit if it were read as milliseconds.
    #[must_use]
    pub const fn age(&self) -> Option<i64> {
        match self.hint {
            Hint::Age(age) => Some(age),
            _ => None,
        }
    }
}

/// For what goes wrong outside the core: a web crate that could not read the body.
impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, hint: Hint::None }
    }
}

impl ErrorKind {
    /// The kind as one word, for logs, metrics and scripts: `signature-mismatch`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::MissingHeader(_) => "missing-header",
            Self::RepeatedHeader(_) => "repeated-header",
            Self::MalformedHeader(_) => "malformed-header",
            Self::SignatureMismatch => "signature-mismatch",
            Self::TooOld => "too-old",
            Self::TooNew => "too-new",
            Self::MissingToken => "missing-token",
            Self::TokenMismatch => "token-mismatch",
            Self::BodyTooLarge => "body-too-large",
            Self::BodyIncomplete => "body-incomplete",
            Self::BodyBudgetSpent => "body-budget-spent",
            Self::Misconfigured(_) => "misconfigured",
        }
    }

    /// The header that the kind names.
    #[must_use]
    pub const fn header(&self) -> Option<&'static str> {
        match self {
            Self::MissingHeader(name) | Self::RepeatedHeader(name) | Self::MalformedHeader(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader(name) => write!(f, "missing header `{name}`"),
            Self::RepeatedHeader(name) => write!(f, "repeated header `{name}`"),
            Self::MalformedHeader(name) => write!(f, "malformed header `{name}`"),
            Self::SignatureMismatch => f.write_str("signature does not match"),
            Self::TooOld => f.write_str("signed too long ago"),
            Self::TooNew => f.write_str("signed in the future"),
            Self::MissingToken => f.write_str("no single token in the URL"),
            Self::TokenMismatch => f.write_str("the URL's token is not this endpoint's"),
            Self::BodyTooLarge => f.write_str("body longer than the limit"),
            Self::BodyIncomplete => f.write_str("body ended early"),
            Self::BodyBudgetSpent => f.write_str("the budget of unproven bodies is spent"),
            Self::Misconfigured(mistake) => f.write_str(mistake),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match self.hint {
            Hint::Age(age) if age >= 0 => write!(f, " (by our clock {age} s old)"),
            Hint::Age(age) => write!(f, " (by our clock {} s ahead)", age.unsigned_abs()),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
