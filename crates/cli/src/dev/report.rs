//! Reports on received requests.

use std::time::Duration;

use axum::http::StatusCode;
use referral_webhooks_axum::Error;
use time::OffsetDateTime;

/// The verdict on a request, its delivery and its response.
pub(super) struct Report {
    /// The number of the sample.
    pub(super) sample: Option<usize>,
    pub(super) platform: &'static str,
    pub(super) event: Option<String>,
    pub(super) id: Option<String>,
    pub(super) trust: Option<&'static str>,
    pub(super) verdict: Verdict,
    /// Why the event is `Other`.
    pub(super) unread: Option<String>,
    pub(super) status: StatusCode,
    pub(super) received_at: OffsetDateTime,
    pub(super) took: Duration,
}

/// The verdict of the receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    /// Genuine, with an id that was received before.
    Repeated,
    /// Genuine, with another body than the delivery of its id. The inbox keeps it for a person.
    Conflict,
    /// Genuine, and not stored for this reason.
    NotStored(String),
    Refused(Error),
}

impl Report {
    /// Returns the reason of the verdict in words.
    pub(super) fn reason(&self) -> Option<String> {
        match &self.verdict {
            Verdict::Accepted => self.unread.clone(),
            Verdict::Repeated => Some("this id was received before".to_owned()),
            Verdict::Conflict => Some("another body came under this id before; it is not forwarded".to_owned()),
            Verdict::NotStored(why) => Some(why.clone()),
            Verdict::Refused(error) => Some(error.to_string()),
        }
    }
}

impl Verdict {
    /// Returns the verdict as one word.
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Repeated => "repeated",
            Self::Conflict => "conflict",
            Self::NotStored(_) => "not-stored",
            Self::Refused(_) => "refused",
        }
    }
}
