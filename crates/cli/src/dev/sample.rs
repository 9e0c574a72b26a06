//! The deliveries that `refhook dev --sample` sends itself, over real HTTP.

use std::io;
use std::pin::pin;

use axum::http::{HeaderName, HeaderValue, Request, StatusCode};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use referral_webhooks_axum::platform::Platform;
use referral_webhooks_axum::{Endpoint, ErrorKind, Message, Trust};
use time::{Duration, OffsetDateTime};
use tokio::sync::mpsc;

use super::report::{Report, Verdict};
use super::screen::Screen;
use crate::sender::dated;

/// Carries the number of a sample, so that its report is told from those of other requests.
pub(super) static SAMPLE: HeaderName = HeaderName::from_static("refhook-sample");

/// A request, and what must become of it.
pub(super) struct Sample {
    pub(super) case: Case,
    request: Request<Bytes>,
    verdict: &'static str,
    refused_as: Option<ErrorKind>,
    status: StatusCode,
}

/// What a sample shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Genuine,
    Repeated,
    Forged,
    Stale,
}

impl Case {
    /// The case as one word.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Repeated => "repeated",
            Self::Forged => "forged",
            Self::Stale => "stale",
        }
    }
}

/// The samples for one platform; `forger` has the same format of secret and another one.
pub(super) fn all<P: Platform>(
    endpoint: &Endpoint<P>,
    forger: &Endpoint<P>,
    url: &str,
    body: &Bytes,
    now: OffsetDateTime,
) -> io::Result<Vec<Sample>> {
    let uri: axum::http::Uri = url.parse().map_err(io::Error::other)?;
    let request = |signer: &Endpoint<P>, sent_at| {
        let message = Message::new(dated::<P>(body, sent_at), sent_at).uri(uri.clone());
        signer.sign(&message).map_err(io::Error::other)
    };
    let accepted = |case, request| {
        let verdict = if case == Case::Genuine { Verdict::Accepted } else { Verdict::Repeated };
        Sample { case, request, verdict: verdict.as_str(), refused_as: None, status: P::CONTRACT.success }
    };
    let refused = |case, request, kind| {
        let status = endpoint.status(kind);
        Sample { case, request, verdict: "refused", refused_as: Some(kind), status }
    };
    let forgery = match P::SCHEME.trust() {
        Trust::Signed => ErrorKind::SignatureMismatch,
        Trust::SecretUrl => ErrorKind::TokenMismatch,
    };
    let genuine = request(endpoint, now)?;
    let mut samples = vec![
        accepted(Case::Genuine, genuine.clone()),
        accepted(Case::Repeated, genuine),
        refused(Case::Forged, request(forger, now)?, forgery),
    ];
    // A platform that signs no time has no stale deliveries.
    if let Some(tolerance) = P::TOLERANCE {
        let allowed = Duration::try_from(tolerance.past()).map_err(io::Error::other)?;
        let stale = request(endpoint, now - allowed - Duration::HOUR)?;
        samples.push(refused(Case::Stale, stale, ErrorKind::TooOld));
    }
    Ok(samples)
}

/// Sends the samples one after the other, shows what became of each, and says whether all were as expected.
pub(super) async fn send(
    samples: Vec<Sample>,
    received: &mut mpsc::Receiver<Report>,
    screen: &mut Screen,
) -> io::Result<bool> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut all_as_expected = true;
    for (number, mut sample) in samples.into_iter().enumerate() {
        let mut request = std::mem::take(&mut sample.request);
        request.headers_mut().insert(SAMPLE.clone(), HeaderValue::from(number));
        // Reports are taken while the answer is awaited: other senders' must not fill the channel.
        let mut answer = pin!(client.request(request.map(Full::new)));
        let (mut answered, mut reported) = (None, None);
        while answered.is_none() || reported.is_none() {
            tokio::select! {
                response = &mut answer, if answered.is_none() => {
                    answered = Some(response.map_err(io::Error::other)?.status());
                }
                Some(report) = received.recv() => {
                    if report.sample == Some(number) {
                        reported = Some(report);
                    } else {
                        screen.report(&report, None)?;
                    }
                }
            }
        }
        if let (Some(status), Some(report)) = (answered, reported) {
            let as_expected = sample.expects(&report) && status == sample.status;
            all_as_expected &= as_expected;
            screen.report(&report, Some((sample.case, as_expected)))?;
        }
    }
    Ok(all_as_expected)
}

impl Sample {
    fn expects(&self, report: &Report) -> bool {
        let refused_as = match report.verdict {
            Verdict::Refused(error) => Some(error.kind()),
            Verdict::Accepted | Verdict::Repeated => None,
        };
        // A sample that is not understood would be a poor one.
        let is_read = report.unread.is_none();
        is_read && report.verdict.as_str() == self.verdict && refused_as == self.refused_as
    }
}
