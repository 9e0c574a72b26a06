//! A platform's reactions to our answers, and the answers that follow from them.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::StatusCode;

use super::acknowledges::Acknowledges;
use super::disabling::Disabling;
use super::forbidden::{Forbidden, contains};
use super::redelivery::Redelivery;
use super::retention::Retention;
use super::retries::Retries;
use super::retry_time::RetryTime;
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
    ///
    /// ```
    /// # use referral_webhooks::Contract;
    /// assert_eq!(Contract::builder().build().success, 200);
    /// ```
    pub success: StatusCode,
    /// The statuses that the platform counts as success.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, redpin::Redpin};
    /// assert!(Redpin.facts().contract.counts_as_success.contains(&204));
    /// ```
    pub counts_as_success: RangeInclusive<u16>,
    /// The status for "send it again later", after a passing fault of ours.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, prefinery::Prefinery};
    /// assert_eq!(Prefinery.facts().contract.transient, 429); // a 503 would lose the event
    /// ```
    pub transient: StatusCode,
    /// The delay to ask for with [`transient`](Self::transient), if the platform reads `Retry-After`.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, redpin::Redpin};
    /// assert_eq!(Redpin.facts().contract.retry_after.unwrap().as_secs(), 60);
    /// ```
    pub retry_after: Option<Duration>,
    /// The status for an unproven request: header missing or malformed, no signature matches, wrong token.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, refir::Refir};
    /// assert_eq!(Refir.facts().contract.unproven, 404); // a URL with a wrong token does not exist
    /// ```
    pub unproven: StatusCode,
    /// The status for a request that may be proven later: its tenant or its key is unknown so far, or its endpoint may be out of date.
    /// The platform sends the event again after it, if it does so after any status.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, refir::Refir};
    /// assert_eq!(Refir.facts().contract.undecided, 503);
    /// ```
    pub undecided: StatusCode,
    /// The status for a genuine request outside the tolerance.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, prefinery::Prefinery};
    /// assert_eq!(Prefinery.facts().contract.stale, 429); // a refusal would be final
    /// ```
    pub stale: StatusCode,
    /// Statuses that must not be sent, with their effects.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, prefinery::Prefinery};
    /// assert!(Prefinery.facts().contract.never.iter().any(|forbidden| forbidden.statuses == (500..=599)));
    /// ```
    pub never: &'static [Forbidden],
    /// The time that the platform waits for the answer. `None` if it is not published.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, genius_referrals::GeniusReferrals};
    /// assert_eq!(GeniusReferrals.facts().contract.deadline.unwrap().as_secs(), 2);
    /// ```
    pub deadline: Option<Duration>,
    /// The times of further attempts.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, redpin::Redpin};
    /// assert_eq!(Redpin.facts().contract.retries.offsets[0].as_secs(), 5);
    /// ```
    pub retries: Retries,
    /// The statuses after which the platform sends a delivery again. `None` if it does so after every status that is no success.
    /// Read it with [`is_retried_after`](Self::is_retried_after).
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, prefinery::Prefinery};
    /// assert_eq!(Prefinery.facts().contract.retries_on, Some(429..=429));
    /// ```
    pub retries_on: Option<RangeInclusive<u16>>,
    /// The signed time of a retry.
    ///
    /// ```
    /// # use referral_webhooks::RetryTime;
    /// # use referral_webhooks::platform::{Platform, redpin::Redpin};
    /// assert_eq!(Redpin.facts().contract.retry_time, RetryTime::Renewed);
    /// ```
    pub retry_time: RetryTime,
    /// Whether an operator can have a delivery sent again.
    ///
    /// ```
    /// # use referral_webhooks::Redelivery;
    /// # use referral_webhooks::platform::{Platform, prefinery::Prefinery};
    /// assert_eq!(Prefinery.facts().contract.redelivery, Redelivery::Never);
    /// ```
    pub redelivery: Redelivery,
    /// The effect of failures on the endpoint.
    ///
    /// ```
    /// # use referral_webhooks::Disabling;
    /// # use referral_webhooks::platform::{Platform, redpin::Redpin};
    /// assert!(matches!(Redpin.facts().contract.disabling, Disabling::AfterFailingFor(time) if time.as_secs() == 5 * 86_400));
    /// ```
    pub disabling: Disabling,
    /// The status that removes the endpoint from the platform, one of [`never`](Self::never).
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, prefinery::Prefinery};
    /// assert_eq!(Prefinery.facts().contract.removal, Some(http::StatusCode::GONE));
    /// ```
    pub removal: Option<StatusCode>,
    /// The events whose success means more than a receipt, by name. Read it with
    /// [`acknowledges`](Self::acknowledges()).
    ///
    /// ```
    /// # use referral_webhooks::{Acknowledges, Contract};
    /// const CONTRACT: Contract =
    ///     Contract::builder().acknowledges(&[("payout.confirmed", Acknowledges::Fulfilment)]).build();
    /// assert_eq!(CONTRACT.acknowledges, [("payout.confirmed", Acknowledges::Fulfilment)]);
    /// ```
    pub acknowledges: &'static [(&'static str, Acknowledges)],
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
    ///
    /// A status that the contract forbids, counts as success, or takes for a decision becomes
    /// [`transient`](Self::transient):
    ///
    /// ```
    /// use referral_webhooks::{Contract, ErrorKind, Forbidden};
    ///
    /// const CONTRACT: Contract = Contract::builder().never(&[Forbidden::new(413..=413, "loses the event")]).build();
    /// assert_eq!(CONTRACT.status(ErrorKind::BodyTooLarge), 503);
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
            ErrorKind::UnknownTenant | ErrorKind::UnknownKey => self.undecided,
            ErrorKind::TooOld | ErrorKind::TooNew => self.stale,
            ErrorKind::BodyTooLarge => self.harmless(StatusCode::PAYLOAD_TOO_LARGE),
            ErrorKind::BodyMalformed => self.harmless(StatusCode::BAD_REQUEST),
            // The platform keeps the event until it is complete, until there is room, or until the application is corrected.
            ErrorKind::BodyIncomplete
            | ErrorKind::BodyLayerFailed
            | ErrorKind::BodyBudgetSpent
            | ErrorKind::EndpointUnavailable
            | ErrorKind::Misconfigured(_) => self.transient,
        }
    }

    /// Returns what a success means to the platform for an event of this name. It is a receipt if the contract lists no
    /// other meaning.
    ///
    /// An event without a name may be any event. It has the gravest meaning that the contract lists: a decision, then a
    /// fulfilment.
    ///
    /// ```
    /// use referral_webhooks::{Acknowledges, Contract};
    ///
    /// const CONTRACT: Contract =
    ///     Contract::builder().acknowledges(&[("payout.confirmed", Acknowledges::Fulfilment)]).build();
    /// assert_eq!(CONTRACT.acknowledges(Some("commission.created")), Acknowledges::Receipt);
    /// assert_eq!(CONTRACT.acknowledges(Some("payout.confirmed")), Acknowledges::Fulfilment);
    /// assert_eq!(CONTRACT.acknowledges(None), Acknowledges::Fulfilment);
    /// ```
    #[must_use]
    pub fn acknowledges(&self, event_name: Option<&str>) -> Acknowledges {
        let mut meanings = self.acknowledges.iter();
        match event_name {
            Some(name) => meanings.find(|(listed, _)| *listed == name).map(|(_, meaning)| *meaning),
            None => meanings.map(|(_, meaning)| *meaning).max_by_key(|meaning| meaning.gravity()),
        }
        .unwrap_or_default()
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

    /// Translates the status that a handler gave to a delivery of an event with this meaning.
    ///
    /// The two answers to a question are unchanged, and so is the success whose body answers one. Every other status of a
    /// question becomes [`transient`](Self::transient), because it answers neither way. The other meanings are translated as by
    /// [`translate_for_delivery`](Self::translate_for_delivery).
    ///
    /// ```
    /// use http::StatusCode;
    /// use referral_webhooks::{Acknowledges, Contract};
    ///
    /// let decision = Acknowledges::Decision { yes: StatusCode::OK, no: StatusCode::BAD_REQUEST };
    /// let contract = Contract::builder().build();
    /// assert_eq!(contract.translate_as(decision, StatusCode::BAD_REQUEST), 400);
    /// assert_eq!(contract.translate_as(decision, StatusCode::CREATED), 503);
    /// assert_eq!(contract.translate_as(Acknowledges::Answer, StatusCode::OK), 200);
    /// assert_eq!(contract.translate_as(Acknowledges::Fulfilment, StatusCode::BAD_REQUEST), 503);
    /// ```
    #[must_use]
    pub fn translate_as(&self, acknowledges: Acknowledges, status: StatusCode) -> StatusCode {
        match acknowledges {
            Acknowledges::Decision { .. } if acknowledges.decides(status.as_u16()) => status,
            Acknowledges::Answer if status == self.success => status,
            Acknowledges::Decision { .. } | Acknowledges::Answer => self.transient,
            Acknowledges::Receipt | Acknowledges::Fulfilment => self.translate_for_delivery(status),
        }
    }

    /// Translates the status of an answer that was given without a delivery, such as a router's or a rate limit's.
    ///
    /// - Every success becomes [`success`](Self::success).
    /// - A refusal (4xx) is unchanged, unless it is [forbidden](Self::forbids), counts as success, or answers a question.
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
        } else if status.is_client_error() && !asks_for_later {
            self.harmless(status)
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

    /// Returns whether the platform sends a delivery again after this status, while its schedule lasts. An answer to a
    /// question is not considered.
    ///
    /// ```
    /// use http::StatusCode;
    /// use referral_webhooks::platform::{Platform, prefinery::Prefinery, redpin::Redpin};
    ///
    /// assert!(Prefinery.facts().contract.is_retried_after(StatusCode::TOO_MANY_REQUESTS));
    /// assert!(!Prefinery.facts().contract.is_retried_after(StatusCode::UNAUTHORIZED)); // final
    /// assert!(Redpin.facts().contract.is_retried_after(StatusCode::UNAUTHORIZED));
    /// assert!(!Redpin.facts().contract.is_retried_after(StatusCode::OK));
    /// ```
    #[must_use]
    pub fn is_retried_after(&self, status: StatusCode) -> bool {
        let number = status.as_u16();
        !self.counts_as_success.contains(&number)
            && self.retries_on.as_ref().is_none_or(|statuses| statuses.contains(&number))
    }

    /// Returns the status of a refusal, or [`transient`](Self::transient) if the platform would read it as another answer.
    const fn harmless(&self, status: StatusCode) -> StatusCode {
        let number = status.as_u16();
        let is_read_otherwise =
            contains(&self.counts_as_success, number) || self.never_sends(number) || self.decides(number);
        if is_read_otherwise { self.transient } else { status }
    }

    /// Returns whether a status is forbidden, in constants too.
    pub(super) const fn never_sends(&self, status: u16) -> bool {
        let mut at = 0;
        while at < self.never.len() {
            if self.never[at].contains(status) {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Returns whether a status answers the question of an event.
    pub(super) const fn decides(&self, status: u16) -> bool {
        let mut at = 0;
        while at < self.acknowledges.len() {
            if self.acknowledges[at].1.decides(status) {
                return true;
            }
            at += 1;
        }
        false
    }
}
