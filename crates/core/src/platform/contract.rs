//! What a platform does with our answers, as data.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::StatusCode;

use crate::ErrorKind;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a platform does with our answers.
///
/// No status code stands anywhere else: web crates ask the contract what to send.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contract {
    /// Says "we have it". 200 for every platform, for repeats too.
    pub success: StatusCode,
    /// The statuses that the platform counts as success.
    pub counts_as_success: RangeInclusive<u16>,
    /// Says "send it again later": a passing fault of ours.
    pub transient: StatusCode,
    /// How long to ask for with [`transient`](Self::transient), where the platform reads `Retry-After`.
    pub retry_after: Option<Duration>,
    /// Refuses what is not proven: header missing or malformed, no signature matches, wrong token.
    pub unproven: StatusCode,
    /// Refuses what is genuine and outside the tolerance.
    pub stale: StatusCode,
    /// Statuses that must not be sent, with what they would do.
    pub never: &'static [Forbidden],
    /// How long the platform waits for the answer.
    pub deadline: Option<Duration>,
    /// When it tries again.
    pub retries: Retries,
    /// Whether somebody can have a delivery sent again by hand.
    pub redelivery: Redelivery,
    /// What failures do to the endpoint.
    pub disabling: Disabling,
}

/// Statuses that must not be sent to a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forbidden {
    /// The statuses.
    pub statuses: RangeInclusive<u16>,
    /// What they would do.
    pub effect: &'static str,
}

/// When a platform tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retries {
    /// Offsets from the first attempt, without the time that attempts take. Empty where nothing is published.
    pub offsets: &'static [Duration],
    /// The time after which it gives up, if that is longer than the last offset or there are no offsets.
    pub give_up: Option<Duration>,
}

/// Whether a delivery can be sent again by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redelivery {
    /// No.
    Never,
    /// Yes, for this long after the event.
    Within(Duration),
    /// Yes, with no stated limit.
    AnyTime,
    /// Not published.
    Unknown,
}

/// What failures do to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disabling {
    /// Nothing.
    Never,
    /// It is disabled after failing for this long.
    AfterFailingFor(Duration),
    /// Not published.
    Unknown,
}

/// How long a receiver must remember delivery ids to drop every repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retention {
    /// At least this long.
    AtLeast(Duration),
    /// For good: nothing bounds the time after which a repeat can come.
    ForGood,
}

impl Forbidden {
    pub(crate) const fn new(statuses: RangeInclusive<u16>, effect: &'static str) -> Self {
        Self { statuses, effect }
    }
}

impl Retries {
    /// Nothing is published, and nothing bounds when a repeat can come.
    pub const UNKNOWN: Self = Self { offsets: &[], give_up: None };

    /// The time from the first attempt to the last.
    #[must_use]
    pub const fn horizon(&self) -> Option<Duration> {
        match (self.offsets.last(), self.give_up) {
            (Some(last), Some(give_up)) if give_up.as_secs() < last.as_secs() => Some(*last),
            (_, Some(give_up)) => Some(give_up),
            (Some(last), None) => Some(*last),
            (None, None) => None,
        }
    }
}

impl Contract {
    /// The status to send for a refused request.
    #[must_use]
    pub const fn status(&self, kind: ErrorKind) -> StatusCode {
        match kind {
            ErrorKind::MissingHeader(_)
            | ErrorKind::RepeatedHeader(_)
            | ErrorKind::MalformedHeader(_)
            | ErrorKind::SignatureMismatch
            | ErrorKind::MissingToken
            | ErrorKind::TokenMismatch => self.unproven,
            ErrorKind::TooOld | ErrorKind::TooNew => self.stale,
            ErrorKind::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            // Until there is room, or the application is put right, the platform keeps the event.
            ErrorKind::BodyIncomplete | ErrorKind::BodyBudgetSpent | ErrorKind::Misconfigured(_) => self.transient,
        }
    }

    /// The status to send where a handler that had a delivery answered `status` in the words of the web, not in this
    /// platform's: a success is [`success`](Self::success), and everything else means that the delivery was not stored
    /// and should come again. A 4xx too: at Prefinery it would be final.
    #[must_use]
    pub fn translate_for_delivery(&self, status: StatusCode) -> StatusCode {
        if status.is_success() { self.success } else { self.transient }
    }

    /// The status to send where something answered `status` without having seen a delivery, such as a router or a
    /// limit on requests.
    ///
    /// - Every success is [`success`](Self::success).
    /// - A refusal (4xx) stays what it is, unless the platform punishes it.
    /// - Everything else is a fault of ours that may pass, and so is a status that says "later": 408, 425, 429.
    #[must_use]
    pub fn translate(&self, status: StatusCode) -> StatusCode {
        let asks_for_later =
            [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS].contains(&status);
        if status.is_success() {
            self.success
        } else if status.is_client_error() && !asks_for_later && self.forbids(status).is_none() {
            status
        } else {
            self.transient
        }
    }

    /// How long a receiver must remember delivery ids: the retry horizon, or the time in which a delivery can be
    /// sent again by hand if that is longer, and a day on top for queues and slow attempts. For good where one of
    /// them is not published or without a limit.
    ///
    /// This is the contract alone: see [`Endpoint::retention`](crate::Endpoint::retention) for what the proof adds.
    #[must_use]
    pub fn retention(&self) -> Retention {
        let by_hand = match self.redelivery {
            Redelivery::Never => Some(Duration::ZERO),
            Redelivery::Within(window) => Some(window),
            Redelivery::AnyTime | Redelivery::Unknown => None,
        };
        match (self.retries.horizon(), by_hand) {
            (Some(horizon), Some(by_hand)) => Retention::AtLeast(horizon.max(by_hand) + DAY),
            _ => Retention::ForGood,
        }
    }

    /// What an answer would do to the event or the endpoint, if it must not be sent.
    #[must_use]
    pub fn forbids(&self, status: StatusCode) -> Option<&'static str> {
        let status = status.as_u16();
        self.never.iter().find(|forbidden| forbidden.statuses.contains(&status)).map(|forbidden| forbidden.effect)
    }
}
