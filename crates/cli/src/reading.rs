//! The platform's reading of an answer, by its contract.

use std::time::Duration;

use http::StatusCode;
use referral_webhooks::{Acknowledges, Contract, Redelivery};
use time::OffsetDateTime;

use crate::client::Answer;

/// The platform's reading of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) kind: Kind,
    /// More about it, in words.
    pub(crate) note: Option<String>,
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
        match answer {
            Answer::Status(status) => Self::of_status(contract, contract.acknowledges(event_name), *status),
            Answer::Late(patience) => {
                let limit =
                    if contract.deadline.is_some() { "the platform's deadline" } else { "the limit of this command" };
                Self::of_failure(contract, Some(format!("no answer within {} s, {limit}", patience.as_secs_f64())))
            }
            Answer::Unreachable(reason) => Self::of_failure(contract, Some(format!("no answer: {reason}"))),
        }
    }

    fn of_status(contract: &Contract, meaning: Acknowledges, status: StatusCode) -> Self {
        let effect = contract.forbids(status).map(|effect| format!("{} {effect}", status.as_u16()));
        match meaning {
            Acknowledges::Decision { yes, .. } if yes == status => return Self { kind: Kind::Yes, note: None },
            Acknowledges::Decision { no, .. } if no == status => return Self { kind: Kind::No, note: None },
            _ => {}
        }
        if contract.counts_as_success.contains(&status.as_u16()) {
            let meaning = match meaning {
                Acknowledges::Fulfilment => Some("the platform takes it as fulfilled".to_owned()),
                Acknowledges::Answer => Some("the platform reads the body of the answer".to_owned()),
                _ => None,
            };
            return Self { kind: Kind::Accepted, note: effect.or(meaning) };
        }
        match effect {
            Some(effect) => Self { kind: Kind::Forbidden, note: Some(effect) },
            None => Self::of_failure(contract, None),
        }
    }

    fn of_failure(contract: &Contract, cause: Option<String>) -> Self {
        let (kind, remedy) = match (contract.retries.schedule().next(), contract.retries.horizon()) {
            (Some(offset), _) => (Kind::RetriedAfter(offset), None),
            (None, None) => (Kind::RetriedSometime, Some("the platform does not publish its retries".to_owned())),
            (None, Some(Duration::ZERO)) => (Kind::Lost, remedy(contract.redelivery)),
            (None, Some(end)) => {
                let hours = end.as_secs_f64() / 3600.0;
                let remedy = format!("the platform publishes that it retries for {hours} h, and not at which times");
                (Kind::RetriedSometime, Some(remedy))
            }
        };
        let note: Vec<String> = cause.into_iter().chain(remedy).collect();
        Self { kind, note: (!note.is_empty()).then(|| note.join("; ")) }
    }
}

/// Returns the remedy for a lost delivery, if the platform has one.
fn remedy(redelivery: Redelivery) -> Option<String> {
    match redelivery {
        Redelivery::Within(_) | Redelivery::AnyTime => Some("an operator can have it sent again".to_owned()),
        _ => None,
    }
}
