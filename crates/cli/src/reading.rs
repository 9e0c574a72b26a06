//! The platform's reading of an answer, by its contract.

use std::time::Duration;

use http::StatusCode;
use referral_webhooks::{Acknowledges, Contract, Redelivery, Retries, RetryEnd};
use time::OffsetDateTime;

use crate::client::Answer;

/// The platform's reading of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) kind: Kind,
    /// More about it, in words.
    pub(crate) note: Option<String>,
    pub(crate) next: Next,
    /// Whether the contract forbids the status because of its effect, also if the status counts as success.
    pub(crate) is_forbidden: bool,
}

/// The platform's next step after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The delivery is done.
    Done,
    /// A retry at this offset from the first attempt. `None` if the platform does not publish it.
    Retry(Option<Duration>),
    /// No retry, because the schedule has ended.
    GiveUp,
    /// No retry, because the status is final.
    Final,
    /// The endpoint is removed from the platform.
    Remove,
}

/// The kinds of readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Accepted,
    /// A yes to the platform's question.
    Yes,
    /// A no to the platform's question.
    No,
    /// The delivery is sent again after this time.
    RetriedAfter(Duration),
    /// The delivery may be sent again, at times that the platform does not publish.
    RetriedSometime,
    /// The delivery is not sent again by the platform.
    Lost,
    /// The contract forbids the status because of its effect.
    Forbidden,
}

impl Kind {
    /// Returns the kind as one word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Yes => "decided-yes",
            Self::No => "decided-no",
            Self::RetriedAfter(_) | Self::RetriedSometime => "retried",
            Self::Lost => "lost",
            Self::Forbidden => "forbidden",
        }
    }

    /// Whether the platform takes the delivery as accepted.
    pub(crate) const fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Yes)
    }

    /// Returns the time of the next attempt, if the platform publishes it.
    pub(crate) fn retried_at(self, sent_at: OffsetDateTime) -> Option<OffsetDateTime> {
        let Self::RetriedAfter(offset) = self else { return None };
        sent_at.checked_add(offset.try_into().ok()?)
    }
}

impl Reading {
    /// Reads the answer to the first attempt at a delivery of this event.
    pub(crate) fn of(contract: &Contract, event_name: Option<&str>, answer: &Answer) -> Self {
        Self::after_retries(0, contract, event_name, answer)
    }

    /// Reads the answer to an attempt that follows this number of retries.
    pub(crate) fn after_retries(
        retries: usize,
        contract: &Contract,
        event_name: Option<&str>,
        answer: &Answer,
    ) -> Self {
        let unanswered = |cause| Self::of_failure(contract, next_retry(contract.retries, retries), Some(cause));
        match answer {
            Answer::Status(status) => Self::of_status(retries, contract, contract.acknowledges(event_name), *status),
            Answer::Late(patience) => {
                let limit =
                    if contract.deadline.is_some() { "the platform's deadline" } else { "the limit of this command" };
                unanswered(format!("no answer within {} s, {limit}", patience.as_secs_f64()))
            }
            Answer::Unreachable(reason) => unanswered(format!("no answer: {reason}")),
        }
    }

    fn of_status(retries: usize, contract: &Contract, meaning: Acknowledges, status: StatusCode) -> Self {
        let effect = contract.forbids(status).map(|effect| format!("{} {effect}", status.as_u16()));
        let is_forbidden = effect.is_some();
        let done = |kind, note| Self { kind, note, next: Next::Done, is_forbidden };
        match meaning {
            Acknowledges::Decision { yes, .. } if yes == status => return done(Kind::Yes, None),
            Acknowledges::Decision { no, .. } if no == status => return done(Kind::No, None),
            _ => {}
        }
        if contract.counts_as_success.contains(&status.as_u16()) {
            let meaning = match meaning {
                Acknowledges::Fulfilment => Some("the platform takes it as fulfilled".to_owned()),
                Acknowledges::Answer => Some("the platform reads the body of the answer".to_owned()),
                _ => None,
            };
            return done(Kind::Accepted, effect.or(meaning));
        }
        let next = match () {
            () if contract.removal == Some(status) => Next::Remove,
            () if contract.is_retried_after(status) => next_retry(contract.retries, retries),
            () => Next::Final,
        };
        match effect {
            Some(effect) => Self { kind: Kind::Forbidden, note: Some(effect), next, is_forbidden },
            None => Self::of_failure(contract, next, None),
        }
    }

    fn of_failure(contract: &Contract, next: Next, cause: Option<String>) -> Self {
        let (kind, remedy) = match (next, contract.retries.horizon()) {
            (Next::Retry(Some(offset)), _) => (Kind::RetriedAfter(offset), None),
            (Next::Retry(None), None) => {
                (Kind::RetriedSometime, Some("the platform does not publish its retries".to_owned()))
            }
            (Next::Retry(None), Some(end)) => {
                let hours = end.as_secs_f64() / 3600.0;
                let remedy = format!("the platform publishes that it retries for {hours} h, and not at which times");
                (Kind::RetriedSometime, Some(remedy))
            }
            (Next::Final, _) => {
                let is_final = "the status is final".to_owned();
                let remedy = remedy(contract.redelivery);
                (Kind::Lost, Some(remedy.map_or(is_final.clone(), |remedy| format!("{is_final}; {remedy}"))))
            }
            (Next::Done | Next::GiveUp | Next::Remove, _) => (Kind::Lost, remedy(contract.redelivery)),
        };
        let note: Vec<String> = cause.into_iter().chain(remedy).collect();
        Self { kind, note: (!note.is_empty()).then(|| note.join("; ")), next, is_forbidden: false }
    }
}

/// Returns the step after a failure that follows this number of retries.
fn next_retry(retries: Retries, number: usize) -> Next {
    let is_published = match retries.end {
        RetryEnd::LastOffset => true,
        // An end without offsets says how long, and not when. A step publishes every offset.
        RetryEnd::After(_) => !retries.offsets.is_empty() || retries.then_every.is_some(),
        _ => retries.then_every.is_some(),
    };
    match retries.schedule().nth(number) {
        Some(offset) => Next::Retry(Some(offset)),
        None if is_published => Next::GiveUp,
        None => Next::Retry(None),
    }
}

/// Returns the remedy for a lost delivery, if the platform has one.
fn remedy(redelivery: Redelivery) -> Option<String> {
    match redelivery {
        Redelivery::Within(_) | Redelivery::AnyTime => Some("an operator can have it sent again".to_owned()),
        _ => None,
    }
}
