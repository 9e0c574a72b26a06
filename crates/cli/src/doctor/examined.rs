//! The verdict on a request before any accident is assumed.

use crate::inquiry::Inquiry;
use crate::verdict::Verdict;

/// The verdict on a request as it came.
pub(super) enum Examined {
    Verdict(Verdict),
    /// The secret is invalid, for this reason.
    BadSecret(String),
}

impl Examined {
    /// Returns the verdict of `refhook verify`.
    pub(super) fn new(inquiry: &Inquiry) -> Self {
        inquiry.judge().map_or_else(Self::BadSecret, Self::Verdict)
    }

    /// Whether the request is accepted as it came.
    pub(super) const fn is_accepted(&self) -> bool {
        matches!(self, Self::Verdict(Verdict::Accepted(_)))
    }

    /// Returns the reason of a refusal as one word.
    pub(super) const fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Verdict(verdict) => verdict.kind(),
            Self::BadSecret(_) => Some("config"),
        }
    }
}
