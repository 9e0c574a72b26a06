//! A platform's reactions to our answers, as data.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::StatusCode;

use crate::ErrorKind;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A platform's reactions to our answers.
///
/// Status codes appear only here. Web crates ask the contract for the status to send.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::prefinery::Prefinery;
/// use referral_webhooks::{ErrorKind, Retention};
///
/// // Prefinery loses the event after every 5xx, and deletes the endpoint after 410.
/// let contract = Prefinery.facts().contract;
/// assert_eq!(contract.transient, 429);
/// assert_eq!(contract.status(ErrorKind::TooOld), contract.stale);
/// assert_eq!(contract.translate(http::StatusCode::BAD_GATEWAY), 429);
/// assert!(contract.forbids(http::StatusCode::GONE).is_some());
/// assert!(matches!(contract.retention(), Retention::AtLeast(_) | Retention::ForGood));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contract {
    /// The status for "accepted". 200 for every platform, and for repeats too.
    pub success: StatusCode,
    /// The statuses that the platform counts as success.
    pub counts_as_success: RangeInclusive<u16>,
    /// The status for "send it again later", after a passing fault of ours.
    pub transient: StatusCode,
    /// The delay to ask for with [`transient`](Self::transient), if the platform reads `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The status for an unproven request: header missing or malformed, no signature matches, wrong token.
    pub unproven: StatusCode,
    /// The status for a request that may be proven later: its tenant is unknown so far, or its endpoint may be out of date.
    /// The platform sends the event again after it, if it does so after any status.
    pub undecided: StatusCode,
    /// The status for a genuine request outside the tolerance.
    pub stale: StatusCode,
    /// Statuses that must not be sent, with their effects.
    pub never: &'static [Forbidden],
    /// The time that the platform waits for the answer.
    pub deadline: Option<Duration>,
    /// The times at which it tries again.
    pub retries: Retries,
    /// Whether an operator can have a delivery sent again.
    pub redelivery: Redelivery,
    /// The effect of failures on the endpoint.
    pub disabling: Disabling,
}

/// Statuses that must not be sent to a platform.
///
/// ```
/// use referral_webhooks::platform::{Platform, prefinery::Prefinery};
///
/// let forbidden = Prefinery.facts().contract.never.iter().find(|forbidden| forbidden.statuses.contains(&410));
/// assert_eq!(forbidden.unwrap().effect, "removes the endpoint from the project");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forbidden {
    /// The statuses.
    pub statuses: RangeInclusive<u16>,
    /// Their effect.
    pub effect: &'static str,
}

/// The times at which a platform tries again.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks::platform::{Platform, redpin::Redpin};
///
/// let retries = Redpin.facts().contract.retries;
/// assert_eq!(retries.offsets.len(), 5);
/// assert_eq!(retries.offsets[0], Duration::from_secs(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retries {
    /// Offsets from the first attempt, without the time that attempts take. Empty if the platform publishes none.
    pub offsets: &'static [Duration],
    /// The time after which it gives up, if that is longer than the last offset or offsets are unknown.
    pub give_up: Option<Duration>,
}

/// Whether an operator can have a delivery sent again.
///
/// ```
/// use referral_webhooks::Redelivery;
/// use referral_webhooks::platform::{Platform, genius_referrals::GeniusReferrals, prefinery::Prefinery};
///
/// assert_eq!(GeniusReferrals.facts().contract.redelivery, Redelivery::AnyTime);
/// assert_eq!(Prefinery.facts().contract.redelivery, Redelivery::Never);
/// ```
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

/// The effect of failures on an endpoint.
///
/// ```
/// use referral_webhooks::Disabling;
/// use referral_webhooks::platform::{Platform, redpin::Redpin};
///
/// let Disabling::AfterFailingFor(time) = Redpin.facts().contract.disabling else { panic!("no limit") };
/// assert_eq!(time.as_secs(), 5 * 86_400);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disabling {
    /// No effect.
    Never,
    /// It is disabled after failing for this long.
    AfterFailingFor(Duration),
    /// Not published.
    Unknown,
}

/// The time for which a receiver must keep delivery ids to drop every repeat.
///
/// ```
/// use referral_webhooks::Retention;
/// use referral_webhooks::platform::{Platform, refir::Refir};
///
/// // Refir publishes no retries, so a repeat can come at any time.
/// assert_eq!(Refir.facts().contract.retention(), Retention::ForGood);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retention {
    /// At least this long.
    AtLeast(Duration),
    /// Without a limit, because a repeat can come at any time.
    ForGood,
}

impl Disabling {
    /// Returns the share of the limit that an endpoint has used after failing for this long: from 0 to 1. `None` if the
    /// platform has or publishes no limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::platform::{Platform, prefinery::Prefinery, redpin::Redpin};
    ///
    /// let day = Duration::from_secs(86_400);
    /// assert_eq!(Redpin.facts().contract.disabling.share(day), Some(0.2)); // of five days
    /// assert_eq!(Redpin.facts().contract.disabling.share(30 * day), Some(1.0));
    /// assert_eq!(Prefinery.facts().contract.disabling.share(day), None);
    /// ```
    #[must_use]
    pub fn share(&self, failing_for: Duration) -> Option<f64> {
        match self {
            // A limit of zero is used up by the first failure.
            Self::AfterFailingFor(limit) if limit.is_zero() => Some(f64::from(u8::from(!failing_for.is_zero()))),
            Self::AfterFailingFor(limit) => Some(failing_for.div_duration_f64(*limit).min(1.0)),
            Self::Never | Self::Unknown => None,
        }
    }
}

impl Forbidden {
    pub(crate) const fn new(statuses: RangeInclusive<u16>, effect: &'static str) -> Self {
        Self { statuses, effect }
    }
}

impl Retries {
    /// Unpublished retries: a repeat can come at any time.
    ///
    /// ```
    /// use referral_webhooks::Retries;
    /// use referral_webhooks::platform::{Platform, refir::Refir};
    ///
    /// assert_eq!(Refir.facts().contract.retries, Retries::UNKNOWN);
    /// assert_eq!(Retries::UNKNOWN.horizon(), None);
    /// ```
    pub const UNKNOWN: Self = Self { offsets: &[], give_up: None };

    /// Returns the time from the first attempt to the last.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::platform::{Platform, prefinery::Prefinery, redpin::Redpin};
    ///
    /// assert_eq!(Redpin.facts().contract.retries.horizon(), Some(Duration::from_secs(7 * 86_400)));
    /// assert_eq!(Prefinery.facts().contract.retries.horizon(), Some(Duration::from_secs(178_387)));
    /// ```
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
    /// Returns the status for a refused request.
    ///
    /// ```
    /// use referral_webhooks::ErrorKind;
    /// use referral_webhooks::platform::{Platform, refir::Refir};
    ///
    /// assert_eq!(Refir.facts().contract.status(ErrorKind::TokenMismatch), 404);
    /// assert_eq!(Refir.facts().contract.status(ErrorKind::BodyTooLarge), 413);
    /// ```
    #[must_use]
    pub const fn status(&self, kind: ErrorKind) -> StatusCode {
        match kind {
            ErrorKind::MissingHeader(_)
            | ErrorKind::RepeatedHeader(_)
            | ErrorKind::MalformedHeader(_)
            | ErrorKind::SignatureMismatch
            | ErrorKind::MissingToken
            | ErrorKind::TokenMismatch => self.unproven,
            ErrorKind::UnknownTenant => self.undecided,
            ErrorKind::TooOld | ErrorKind::TooNew => self.stale,
            ErrorKind::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::BodyMalformed => StatusCode::BAD_REQUEST,
            // The platform keeps the event until it is complete, until there is room, or until the application is corrected.
            ErrorKind::BodyIncomplete
            | ErrorKind::BodyLayerFailed
            | ErrorKind::BodyBudgetSpent
            | ErrorKind::EndpointUnavailable
            | ErrorKind::Misconfigured(_) => self.transient,
        }
    }

    /// Translates the status that a handler gave to a delivery into this platform's terms.
    ///
    /// A success becomes [`success`](Self::success). Every other status means that the delivery was not stored and should
    /// come again. That includes 4xx, which would be final at Prefinery.
    ///
    /// ```
    /// use http::StatusCode;
    /// use referral_webhooks::platform::{Platform, redpin::Redpin};
    ///
    /// assert_eq!(Redpin.facts().contract.translate_for_delivery(StatusCode::CREATED), 200);
    /// assert_eq!(Redpin.facts().contract.translate_for_delivery(StatusCode::NOT_FOUND), 503);
    /// ```
    #[must_use]
    pub fn translate_for_delivery(&self, status: StatusCode) -> StatusCode {
        if status.is_success() { self.success } else { self.transient }
    }

    /// Translates the status of an answer that was given without a delivery, such as a router's or a rate limit's.
    ///
    /// - Every success becomes [`success`](Self::success).
    /// - A refusal (4xx) is unchanged, unless it is [forbidden](Self::forbids).
    /// - Every other status becomes [`transient`](Self::transient), and so does a status that means "later": 408, 425, 429.
    ///
    /// ```
    /// use http::StatusCode;
    /// use referral_webhooks::platform::{Platform, redpin::Redpin};
    ///
    /// assert_eq!(Redpin.facts().contract.translate(StatusCode::NOT_FOUND), 404);
    /// assert_eq!(Redpin.facts().contract.translate(StatusCode::TOO_MANY_REQUESTS), 503);
    /// ```
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

    /// Returns the time for which a receiver must keep delivery ids: the retry horizon, or the time in which an operator
    /// can have a delivery sent again, if that is longer, and one more day for queues and slow attempts.
    /// [`ForGood`](Retention::ForGood) if one of them is unpublished or unlimited.
    ///
    /// This considers the contract alone. [`Endpoint::retention`](crate::Endpoint::retention) also considers the proof.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retention;
    /// use referral_webhooks::platform::{Platform, redpin::Redpin};
    ///
    /// // Redpin can resend a message for 90 days.
    /// let days = Duration::from_secs(91 * 86_400);
    /// assert_eq!(Redpin.facts().contract.retention(), Retention::AtLeast(days));
    /// ```
    #[must_use]
    pub fn retention(&self) -> Retention {
        let redelivery = match self.redelivery {
            Redelivery::Never => Some(Duration::ZERO),
            Redelivery::Within(window) => Some(window),
            Redelivery::AnyTime | Redelivery::Unknown => None,
        };
        match (self.retries.horizon(), redelivery) {
            (Some(horizon), Some(redelivery)) => Retention::AtLeast(horizon.max(redelivery) + DAY),
            _ => Retention::ForGood,
        }
    }

    /// Returns the effect of a status on the event or the endpoint, if it must not be sent.
    ///
    /// ```
    /// use http::StatusCode;
    /// use referral_webhooks::platform::{Platform, prefinery::Prefinery};
    ///
    /// let effect = Prefinery.facts().contract.forbids(StatusCode::INTERNAL_SERVER_ERROR).unwrap();
    /// assert!(effect.ends_with("the event is lost"));
    /// assert_eq!(Prefinery.facts().contract.forbids(StatusCode::OK), None);
    /// ```
    #[must_use]
    pub fn forbids(&self, status: StatusCode) -> Option<&'static str> {
        let status = status.as_u16();
        self.never.iter().find(|forbidden| forbidden.statuses.contains(&status)).map(|forbidden| forbidden.effect)
    }
}
