//! Forwarding: accepted deliveries are passed on to an application of the developer.
//!
//! - Guarantees: the deliveries of a platform are passed on in their order, one at a time. A delivery is passed on again
//!   until the application has answered, also after a restart.
//! - Assumes: the application recognizes repeats, because an answer may be lost.
//! - Without it: what a platform sends while the application is down would be lost to it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use axum::http::{HeaderMap, Method, Request, Uri};
use bytes::Bytes;
use referral_webhooks_axum::Delivery;
use referral_webhooks_axum::platform::{Event as _, Platform};
use referral_webhooks_inbox::{Attempt, BackOff, Outcome};
use time::OffsetDateTime;
use tokio::sync::mpsc;

use super::spool::{Raw, Spool};
use crate::client::{Answer, Client};

/// The placeholder of the platform's name in a target.
const PLATFORM: &str = "{platform}";

/// The attempts after which an application that answers with an error gets the next delivery.
const MOST_ERRORS: u32 = 15;

/// The headers of one connection.
static OF_CONNECTION: [HeaderName; 7] = [CONNECTION, CONTENT_LENGTH, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// The URL of the application, in which `{platform}` is the name of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target(String);

impl Target {
    /// Returns the URL for the deliveries of a platform.
    pub(super) fn of(&self, platform: &str) -> Result<Uri, axum::http::uri::InvalidUri> {
        self.0.replace(PLATFORM, platform).parse()
    }
}

impl std::str::FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let target = Self(text.to_owned());
        let uri = target.of("redpin").map_err(|error| error.to_string())?;
        match (uri.scheme_str(), uri.host()) {
            (Some("http" | "https"), Some(_)) => Ok(target),
            _ => Err("give a URL with `http://` or `https://` and a host".to_owned()),
        }
    }
}

/// The schedule of attempts. An application that is down is tried until it is up.
pub(super) fn back_off() -> BackOff {
    BackOff::new(u32::MAX / 2, Duration::from_millis(500), Duration::from_secs(15))
}

/// The result of one attempt.
#[derive(Debug)]
pub(super) struct Forwarded {
    pub(super) at: OffsetDateTime,
    pub(super) platform: &'static str,
    pub(super) event: Option<String>,
    pub(super) id: String,
    pub(super) entry: i64,
    pub(super) attempt: u32,
    /// The target, without its query.
    pub(super) url: String,
    pub(super) answer: Answer,
    pub(super) took: Duration,
    pub(super) end: End,
}

/// The consequence of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Delivered,
    Retry,
    /// The entry is a dead letter.
    GivenUp,
}

impl End {
    fn of(answer: &Answer, attempt: u32) -> Self {
        match answer {
            Answer::Status(status) if status.is_success() => Self::Delivered,
            Answer::Status(status) if status.is_server_error() || [408, 425, 429].contains(&status.as_u16()) => {
                if attempt.is_multiple_of(MOST_ERRORS) {
                    Self::GivenUp
                } else {
                    Self::Retry
                }
            }
            Answer::Status(_) => Self::GivenUp,
            Answer::Late(_) | Answer::Unreachable(_) => Self::Retry,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retry => "retry",
            Self::GivenUp => "given-up",
        }
    }
}

/// The forwarder of one platform.
pub(super) struct Forwarder {
    pub(super) platform: &'static str,
    pub(super) to: Uri,
    pub(super) client: Arc<Client>,
    pub(super) spool: Arc<Spool>,
    pub(super) reports: mpsc::Sender<Forwarded>,
}

impl Forwarder {
    /// Passes a delivery on.
    pub(super) async fn forward<P: Platform>(self: Arc<Self>, delivery: Delivery<P>, attempt: Attempt) -> Outcome {
        if delivery.item(0).is_some_and(|first| first.id() != delivery.id()) {
            return Outcome::Ignored("forwarded with the first event of its body".into());
        }
        // A request that is no longer kept has the stored headers, which carry the proof.
        let raw = self.spool.find(&attempt.endpoint, &delivery);
        let raw = raw.unwrap_or_else(|| Raw { headers: delivery.headers().clone(), body: delivery.body().clone() });
        let (answer, took) = self.client.send(self.request(raw)).await;
        let end = End::of(&answer, attempt.number);
        let reason = format!("the application {}", Words(&answer));
        let mut url = format!("{}://{}", self.to.scheme_str().unwrap_or("http"), self.to.host().unwrap_or_default());
        if let Some(port) = self.to.port() {
            url.push_str(&format!(":{port}"));
        }
        url.push_str(self.to.path());
        let report = Forwarded {
            at: OffsetDateTime::now_utc(),
            platform: self.platform,
            event: delivery.event().name().map(str::to_owned),
            id: attempt.id,
            entry: attempt.entry.0,
            attempt: attempt.number,
            url,
            answer,
            took,
            end,
        };
        // The channel closes only at the end of the program.
        let _ = self.reports.send(report).await;
        match end {
            End::Delivered => Outcome::Done,
            End::Retry => Outcome::Retry(reason.into()),
            End::GivenUp => Outcome::Discard(reason.into()),
        }
    }

    fn request(&self, Raw { headers, body }: Raw) -> Request<Bytes> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.to.clone();
        *request.headers_mut() = end_to_end(headers);
        request
    }
}

/// Removes the headers that concern the connection of the sender.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&OF_CONNECTION) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers
}

/// An answer in words.
pub(super) struct Words<'a>(pub(super) &'a Answer);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Answer::Status(status) => write!(f, "answered {}", status.as_u16()),
            Answer::Late(patience) => write!(f, "has not answered within {} s", patience.as_secs()),
            Answer::Unreachable(why) => write!(f, "is unreachable: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, StatusCode};

    use super::*;

    #[test]
    fn an_answer_decides_about_the_next_attempt() {
        let rows = [
            (200, 1, End::Delivered),
            (204, 9, End::Delivered),
            (301, 1, End::GivenUp),
            (400, 1, End::GivenUp),
            (401, 1, End::GivenUp),
            (404, 1, End::GivenUp),
            (408, 1, End::Retry),
            (410, 1, End::GivenUp),
            (425, 1, End::Retry),
            (429, 14, End::Retry),
            (429, 15, End::GivenUp),
            (500, 1, End::Retry),
            (503, 30, End::GivenUp),
            (503, 31, End::Retry),
        ];
        for (status, attempt, want) in rows {
            let answer = Answer::Status(StatusCode::from_u16(status).expect("it is valid"));
            assert_eq!(End::of(&answer, attempt), want, "{status} at attempt {attempt}");
        }
        for answer in [Answer::Late(Duration::ZERO), Answer::Unreachable("refused".to_owned())] {
            assert_eq!(End::of(&answer, MOST_ERRORS), End::Retry, "it is tried until it is up");
        }
    }

    #[test]
    fn headers_of_the_connection_are_not_passed_on() {
        let mut headers = HeaderMap::new();
        let all = [
            ("host", "tunnel.example"),
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "5"),
            ("transfer-encoding", "chunked"),
            ("content-length", "7"),
            ("te", "trailers"),
            ("svix-id", "m1"),
            ("x-forwarded-for", "192.0.2.7"),
            ("x-twice", "1"),
            ("x-twice", "2"),
            ("cookie", "a=b"),
        ];
        for (name, value) in all {
            headers.append(name, HeaderValue::from_static(value));
        }
        let passed = end_to_end(headers);
        let names: Vec<_> =
            passed.iter().map(|(name, value)| (name.as_str(), value.to_str().expect("it is valid"))).collect();
        let want = [
            ("svix-id", "m1"),
            ("x-forwarded-for", "192.0.2.7"),
            ("x-twice", "1"),
            ("x-twice", "2"),
            ("cookie", "a=b"),
        ];
        assert_eq!(names.len(), want.len(), "{names:?}");
        assert!(want.iter().all(|row| names.contains(row)), "{names:?}");
    }

    #[test]
    fn a_target_is_a_url_and_may_name_the_platform() {
        let target: Target = "http://localhost:3000/hooks/{platform}?a=b".parse().expect("it is valid");
        assert_eq!(target.of("redpin").expect("it is valid"), "http://localhost:3000/hooks/redpin?a=b");
        for wrong in ["localhost:3000", "/hooks", "ftp://localhost/", "http://", "http:// a/", ""] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong}");
        }
    }
}
