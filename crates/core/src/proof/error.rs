//! The reason for which a request is not a delivery.

use std::fmt;

/// The reason for which a request was not accepted as a delivery.
///
/// The sender learns at most the status that the [`Contract`](crate::Contract) gives to [`kind`](Self::kind).
/// `Display` is for the log, and [`advice`](Self::advice) names the probable causes. Secrets, expected signatures and the
/// body appear in neither.
///
/// ```
/// use referral_webhooks::{ErrorKind, Message, Scheme, Svix, Verifier};
/// # use time::{Duration, OffsetDateTime};
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let request = verifier.sign(&Message::new("{}", now))?;
/// let error = verifier.verify(&request, now + Duration::hours(1)).unwrap_err();
///
/// assert_eq!(error.kind(), ErrorKind::TooOld);
/// assert_eq!(error.age(), Some(3600));
/// assert_eq!(error.to_string(), "signed too long ago (by our clock 3600 s old)");
/// assert!(error.advice().to_string().contains("check this machine's clock first"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    pub(crate) hint: Hint,
}

/// A finding that adds to the kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    None,
    /// Seconds from the signed time to our clock. They are negative if the signed time is ahead.
    Age(i64),
    /// The signed time is plausible if it is read as milliseconds. The scheme's unit is the second.
    Milliseconds,
    /// The signed time is plausible if it is read as seconds. The scheme's unit is the millisecond.
    Seconds,
    /// The signature looks like one of this algorithm, and the scheme's is SHA-256.
    LooksLike(&'static str),
    /// The signature is 32 bytes in base64, and the scheme's is hexadecimal.
    Base64,
    /// The signature is 32 bytes in hexadecimal, and the scheme's is base64.
    Hexadecimal,
    /// The token is expected in this header.
    HeaderToken(&'static str),
    /// The token is expected in this member of the body.
    BodyToken(&'static str),
    /// The request has a content encoding.
    Compressed,
    /// The proof was made with a secret that reopens stored deliveries only.
    Reopening,
}

/// The category of an [`Error`].
///
/// ```
/// use referral_webhooks::ErrorKind;
///
/// let kind = ErrorKind::MissingHeader("svix-id");
/// assert_eq!((kind.as_str(), kind.header()), ("missing-header", Some("svix-id")));
/// assert_eq!(kind.to_string(), "missing header `svix-id`");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A header that carries the proof is absent.
    MissingHeader(&'static str),
    /// A header that must be sent once was sent several times.
    RepeatedHeader(&'static str),
    /// A header that carries the proof is invalid: wrong alphabet, too long, too many entries.
    MalformedHeader(&'static str),
    /// No configured secret makes this signature for these bytes.
    SignatureMismatch,
    /// The proof names a key that the endpoint's key sets do not have: the platform may have added it since they were
    /// fetched. Fetch the set again, at a bounded rate, and try once more.
    UnknownKey,
    /// The signature is right, and its time is older than the tolerance allows.
    TooOld,
    /// The signature is right, and its time is further in the future than the tolerance allows.
    TooNew,
    /// The URL, or the body, carries no token or several.
    MissingToken,
    /// The token in the URL, the header or the body is not one of those configured.
    TokenMismatch,
    /// The body is longer than the receiver's limit.
    BodyTooLarge,
    /// The body ended early: the sender disconnected or stalled.
    BodyIncomplete,
    /// The framing of the body is not HTTP: an invalid chunk size, a chunk without its end, endless chunk extensions.
    BodyMalformed,
    /// A layer of the application failed on the body before it reached the receiver, such as a layer that decompresses.
    BodyLayerFailed,
    /// The bodies of unproven requests occupy all the memory that the receiver grants them.
    BodyBudgetSpent,
    /// The application knows no endpoint of this tenant, or the URL names none.
    UnknownTenant,
    /// The endpoint of this tenant could not be looked up. The request is not at fault.
    EndpointUnavailable,
    /// The receiver's set-up has this mistake. The request is not at fault.
    Misconfigured(&'static str),
}

impl Error {
    pub(crate) const fn skewed(kind: ErrorKind, age: i64) -> Self {
        Self { kind, hint: Hint::Age(age) }
    }

    pub(crate) const fn with(self, hint: Hint) -> Self {
        Self { hint, ..self }
    }

    /// Returns the category. Decide by it, not by the text.
    ///
    /// ```
    /// # use referral_webhooks::{ErrorKind, Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1_700_000_000)?;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now + time::Duration::hours(1)))?;
    /// let error = verifier.verify(&request, now).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TooNew);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the age of a genuine delivery that is outside the tolerance, in seconds by our clock. It is negative if
    /// the signed time is ahead. `None` if the time is probably in another unit.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1_700_000_000)?;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now + time::Duration::hours(1)))?;
    /// let error = verifier.verify(&request, now).unwrap_err();
    /// assert_eq!(error.age(), Some(-3600)); // the sender's clock is an hour ahead
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn age(&self) -> Option<i64> {
        match self.hint {
            Hint::Age(age) => Some(age),
            _ => None,
        }
    }
}

/// For failures outside the core, such as a web crate that could not read the body.
impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, hint: Hint::None }
    }
}

impl ErrorKind {
    /// Returns every kind, with a stand-in for the name of a header or a mistake.
    ///
    /// ```
    /// # use referral_webhooks::ErrorKind;
    /// let of_headers = ErrorKind::all("x-signature").iter().filter(|kind| kind.header() == Some("x-signature")).count();
    /// assert_eq!(of_headers, 3);
    /// ```
    #[must_use]
    pub const fn all(name: &'static str) -> [Self; 17] {
        [
            Self::MissingHeader(name),
            Self::RepeatedHeader(name),
            Self::MalformedHeader(name),
            Self::SignatureMismatch,
            Self::UnknownKey,
            Self::TooOld,
            Self::TooNew,
            Self::MissingToken,
            Self::TokenMismatch,
            Self::BodyTooLarge,
            Self::BodyIncomplete,
            Self::BodyMalformed,
            Self::BodyLayerFailed,
            Self::BodyBudgetSpent,
            Self::UnknownTenant,
            Self::EndpointUnavailable,
            Self::Misconfigured(name),
        ]
    }

    /// Returns the kind as one word, for logs, metrics and scripts: `signature-mismatch`.
    ///
    /// ```
    /// # use referral_webhooks::ErrorKind;
    /// assert_eq!(ErrorKind::SignatureMismatch.as_str(), "signature-mismatch");
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::MissingHeader(_) => "missing-header",
            Self::RepeatedHeader(_) => "repeated-header",
            Self::MalformedHeader(_) => "malformed-header",
            Self::SignatureMismatch => "signature-mismatch",
            Self::UnknownKey => "unknown-key",
            Self::TooOld => "too-old",
            Self::TooNew => "too-new",
            Self::MissingToken => "missing-token",
            Self::TokenMismatch => "token-mismatch",
            Self::BodyTooLarge => "body-too-large",
            Self::BodyIncomplete => "body-incomplete",
            Self::BodyMalformed => "body-malformed",
            Self::BodyLayerFailed => "body-layer-failed",
            Self::BodyBudgetSpent => "body-budget-spent",
            Self::UnknownTenant => "unknown-tenant",
            Self::EndpointUnavailable => "endpoint-unavailable",
            Self::Misconfigured(_) => "misconfigured",
        }
    }

    /// Returns the header that the kind names.
    ///
    /// ```
    /// # use referral_webhooks::ErrorKind;
    /// assert_eq!(ErrorKind::RepeatedHeader("svix-id").header(), Some("svix-id"));
    /// assert_eq!(ErrorKind::SignatureMismatch.header(), None);
    /// ```
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
            Self::UnknownKey => f.write_str("signed with a key that the key set does not have"),
            Self::TooOld => f.write_str("signed too long ago"),
            Self::TooNew => f.write_str("signed in the future"),
            Self::MissingToken => f.write_str("no single token"),
            Self::TokenMismatch => f.write_str("the token is not this endpoint's"),
            Self::BodyTooLarge => f.write_str("body longer than the limit"),
            Self::BodyIncomplete => f.write_str("body ended early"),
            Self::BodyMalformed => f.write_str("the framing of the body is not HTTP"),
            Self::BodyLayerFailed => f.write_str("a layer of the application failed on the body"),
            Self::BodyBudgetSpent => f.write_str("the budget of unproven bodies is spent"),
            Self::UnknownTenant => f.write_str("the URL names no known tenant"),
            Self::EndpointUnavailable => f.write_str("the tenant's endpoint could not be looked up"),
            Self::Misconfigured(mistake) => f.write_str(mistake),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.hint) {
            (ErrorKind::TokenMismatch, Hint::HeaderToken(name)) => {
                return write!(f, "the token in the header `{name}` is not this endpoint's");
            }
            (ErrorKind::TokenMismatch, Hint::BodyToken(name)) => {
                return write!(f, "the token in the member `{name}` is not this endpoint's");
            }
            (ErrorKind::MissingToken, Hint::BodyToken(name)) => {
                return write!(f, "no single token in the member `{name}` of the body");
            }
            _ => self.kind.fmt(f)?,
        }
        match self.hint {
            Hint::Age(age) if age >= 0 => write!(f, " (by our clock {age} s old)"),
            Hint::Age(age) => write!(f, " (by our clock {} s ahead)", age.unsigned_abs()),
            Hint::Milliseconds => f.write_str(" (the time looks like milliseconds and is read as seconds)"),
            Hint::Seconds => f.write_str(" (the time looks like seconds and is read as milliseconds)"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_each_kind_once() {
        // A new kind does not compile here until it has a place.
        let place = |kind| match kind {
            ErrorKind::MissingHeader(_) => 0,
            ErrorKind::RepeatedHeader(_) => 1,
            ErrorKind::MalformedHeader(_) => 2,
            ErrorKind::SignatureMismatch => 3,
            ErrorKind::UnknownKey => 4,
            ErrorKind::TooOld => 5,
            ErrorKind::TooNew => 6,
            ErrorKind::MissingToken => 7,
            ErrorKind::TokenMismatch => 8,
            ErrorKind::BodyTooLarge => 9,
            ErrorKind::BodyIncomplete => 10,
            ErrorKind::BodyMalformed => 11,
            ErrorKind::BodyLayerFailed => 12,
            ErrorKind::BodyBudgetSpent => 13,
            ErrorKind::UnknownTenant => 14,
            ErrorKind::EndpointUnavailable => 15,
            ErrorKind::Misconfigured(_) => 16,
        };
        let places: Vec<_> = ErrorKind::all("x").into_iter().map(place).collect();
        assert_eq!(places, (0..=16).collect::<Vec<_>>());
    }
}
