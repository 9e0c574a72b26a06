//! The deliveries that `refhook dev --sample` sends to its own endpoints.

use std::io;

use axum::http::{HeaderName, Request, StatusCode, Uri};
use bytes::Bytes;
use referral_webhooks_axum::platform::Platform;
use referral_webhooks_axum::{Endpoint, ErrorKind, Message, Trust};
use time::{Duration, OffsetDateTime};

use super::report::{Report, Verdict};
use crate::sender::{body_time, dated};

/// The header with a sample's number, which distinguishes its report from those of other requests.
pub(super) static SAMPLE: HeaderName = HeaderName::from_static("refhook-sample");

/// A request and its expected verdict.
pub(super) struct Sample {
    pub(super) case: Case,
    pub(super) request: Request<Bytes>,
    refused_as: Option<ErrorKind>,
    pub(super) status: StatusCode,
}

/// The kinds of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Genuine,
    Repeated,
    Forged,
    Stale,
}

impl Case {
    /// Returns the case as one word.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Repeated => "repeated",
            Self::Forged => "forged",
            Self::Stale => "stale",
        }
    }
}

/// Returns the samples of one platform. The secrets of `endpoint` and `forger` differ.
pub(super) fn all<P: Platform>(
    endpoint: &Endpoint<P>,
    forger: &Endpoint<P>,
    url: &str,
    body: &Bytes,
    now: OffsetDateTime,
) -> io::Result<Vec<Sample>> {
    let uri: Uri = url.parse().map_err(io::Error::other)?;
    let signed_at = body_time(endpoint.platform(), body);
    let request = |signer: &Endpoint<P>, sent_at| {
        let message = Message::new(dated(body, signed_at, sent_at), sent_at).uri(uri.clone());
        signer.sign(&message).map_err(io::Error::other)
    };
    let accepted =
        |case, request| Sample { case, request, refused_as: None, status: endpoint.facts().contract.success };
    let refused = |case, request, kind| Sample { case, request, refused_as: Some(kind), status: endpoint.status(kind) };
    let forgery = match endpoint.facts().scheme.trust() {
        Trust::Signed => ErrorKind::SignatureMismatch,
        Trust::SecretUrl | Trust::SharedSecret => ErrorKind::TokenMismatch,
    };
    let genuine = request(endpoint, now)?;
    let mut samples = vec![
        accepted(Case::Genuine, genuine.clone()),
        accepted(Case::Repeated, genuine),
        refused(Case::Forged, request(forger, now)?, forgery),
    ];
    // Deliveries of a platform that signs no time cannot be stale.
    if let Some(tolerance) = endpoint.facts().tolerance {
        let allowed = Duration::try_from(tolerance.past()).map_err(io::Error::other)?;
        let stale = request(endpoint, now - allowed - Duration::HOUR)?;
        samples.push(refused(Case::Stale, stale, ErrorKind::TooOld));
    }
    Ok(samples)
}

impl Sample {
    /// Whether a report has the expected verdict on an event that this version can read.
    pub(super) fn expects(&self, report: &Report) -> bool {
        let is_expected = match &report.verdict {
            Verdict::Accepted => self.case == Case::Genuine,
            Verdict::Repeated => self.case == Case::Repeated,
            Verdict::Conflict | Verdict::NotStored(_) => false,
            Verdict::Refused(error) => self.refused_as == Some(error.kind()),
        };
        is_expected && report.unread.is_none()
    }
}
