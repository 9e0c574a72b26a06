//! The judgement of answers, by the platform's contract.

use std::time::Duration;

use http::StatusCode;
use referral_webhooks::{Acknowledges, Contract, Disabling, ErrorKind};

use super::finding::Finding;
use super::wire::{Answer, Came, Exchange, Gap, span};
use crate::client;
use crate::reading::{Kind, Reading};

/// The shortest deadline that a platform publishes. An endpoint without a published deadline is measured by it.
const SHORTEST: Duration = Duration::from_secs(2);

/// The judge of one platform's answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judge<'e> {
    pub(super) contract: &'static Contract,
    /// The event of the deliveries.
    pub(super) event: Option<&'e str>,
}

impl Judge<'_> {
    /// Judges the answer to a genuine delivery: it must be accepted.
    pub(super) fn accepted(&self, exchange: &Exchange) -> Finding {
        let came = exchange.in_words();
        let Came::Answer(answer) = &exchange.came else {
            let reading = self.reading(exchange);
            return Finding::failed(came, reading, self.help_for(exchange));
        };
        let status = answer.status.as_u16();
        if self.is_success(answer.status) {
            if exchange.was_early {
                let reason = format!("{status} came before the body was sent, so it is no answer to its content");
                return Finding::failed(came, reason, "read the body and verify it before the answer");
            }
            let deadline = self.contract.deadline.unwrap_or(SHORTEST * 2);
            if exchange.took > deadline / 2 {
                let limit = match self.contract.deadline {
                    Some(deadline) => format!("the platform waits {}", span(deadline)),
                    None => "the platform publishes no deadline, and others wait 2 s".to_owned(),
                };
                let next = "answer before the work: store the delivery, and process it later (an inbox does so)";
                return Finding::noted(came, limit, next);
            }
            return Finding::passed(came);
        }
        Finding::failed(came, self.reading(exchange), self.help_for(exchange))
    }

    /// Judges the answer to a request that is not the platform's: it must be refused, with a status that does no harm.
    pub(super) fn refused(&self, exchange: &Exchange, kind: ErrorKind, mistake: &str, next: &str) -> Finding {
        let came = exchange.in_words();
        let Came::Answer(Answer { status, .. }) = &exchange.came else {
            return Finding::failed(came, self.reading(exchange), self.help_for(exchange));
        };
        let number = status.as_u16();
        if self.is_read_as_success(*status) {
            return Finding::failed(came, mistake, next);
        }
        if self.decides(*status) {
            let reason = format!("{number} answers the platform's question, though the request is not the platform's");
            return Finding::failed(came, reason, "refuse with 401, and answer questions after the check alone");
        }
        if let Some(harm) = self.harm(*status, kind) {
            return Finding::failed(came, harm, self.advised(kind));
        }
        // A platform whose refusals are final asks for another attempt of what may be genuine.
        let wanted = self.contract.status(kind);
        let is_age = matches!(kind, ErrorKind::TooOld | ErrorKind::TooNew);
        if is_age && wanted != *status && !self.contract.is_retried_after(*status) {
            let reason = format!("{number} is final there, and a genuine delivery that the clocks made stale is lost");
            return Finding::noted(came, reason, self.advised(kind));
        }
        Finding::passed(came)
    }

    /// Judges the answer to a genuine delivery that the application may not know how to read: it is accepted, or refused without
    /// harm.
    pub(super) fn harmless(&self, exchange: &Exchange) -> Finding {
        let came = exchange.in_words();
        let Some(status) = exchange.status() else {
            return Finding::failed(came, self.reading(exchange), self.help_for(exchange));
        };
        if self.is_success(status) || self.decides(status) {
            return Finding::passed(came);
        }
        // A success may mean more than a receipt, such as "paid", so that another attempt is the right wish.
        let means_more = self.contract.acknowledges(self.event) != Acknowledges::Receipt;
        if means_more && status == self.contract.transient {
            return Finding::passed(came);
        }
        let next = "accept what is signed and cannot be read, keep it, and raise an alarm: a retry does not change it";
        let number = status.as_u16();
        if status.is_server_error() && status != self.contract.transient {
            let effect = self.contract.forbids(status).unwrap_or("is the answer of a failed handler");
            return Finding::failed(came, format!("{number} {effect}"), next);
        }
        if self.is_read_as_success(status) {
            return Finding::failed(came, self.reading(exchange), self.help_for(exchange));
        }
        if self.contract.forbids(status).is_some() {
            return Finding::failed(came, self.reading(exchange), next);
        }
        if !self.contract.is_retried_after(status) {
            return Finding::failed(came, format!("{number} is final there, and the event is lost"), next);
        }
        let reading = self.reading(exchange);
        match self.contract.disabling {
            Disabling::AfterFailingFor(_) | Disabling::AfterFailures(_) => Finding::failed(
                came,
                format!("{reading}; each failure brings the endpoint nearer to its disabling"),
                next,
            ),
            _ => Finding::noted(came, reading, next),
        }
    }

    /// Judges the answer to a request other than a delivery: every answer is right, unless it has an effect at the platform or is
    /// a failure.
    pub(super) fn stray(&self, exchange: &Exchange) -> Finding {
        let came = exchange.in_words();
        let Some(status) = exchange.status() else {
            return Finding::failed(came, self.reading(exchange), self.help_for(exchange));
        };
        let number = status.as_u16();
        if status == StatusCode::GONE {
            let effect = self.contract.forbids(status).unwrap_or("says that the endpoint is gone for good");
            return Finding::failed(came, format!("{number} {effect}"), "answer 404 or 405");
        }
        // 501 is the answer of a server that does not know the method.
        let is_failure = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED;
        if is_failure && status != self.contract.transient {
            let reason = format!("{number} is the answer of a failed endpoint, and a stranger causes it");
            return Finding::failed(came, reason, "answer 404 or 405; the endpoint's log has the cause");
        }
        Finding::passed(came)
    }

    /// Whether the platform takes the status as it should be taken.
    pub(super) fn is_success(&self, status: StatusCode) -> bool {
        let decides = self.decides(status);
        let counts = self.contract.counts_as_success.contains(&status.as_u16());
        decides || (counts && self.contract.forbids(status).is_none())
    }

    /// Whether the endpoint or the platform takes the status for a success.
    pub(super) fn is_read_as_success(&self, status: StatusCode) -> bool {
        status.is_success() || self.contract.counts_as_success.contains(&status.as_u16())
    }

    /// Returns the harm of a refusal with this status.
    fn harm(&self, status: StatusCode, kind: ErrorKind) -> Option<String> {
        let number = status.as_u16();
        if let Some(effect) = self.contract.forbids(status) {
            return Some(format!("{number} {effect}"));
        }
        let Contract { transient, undecided, stale, unproven, .. } = *self.contract;
        let is_contract = [transient, undecided, stale, unproven, self.contract.status(kind)].contains(&status);
        (status.is_server_error() && !is_contract)
            .then(|| format!("{number} is the answer of a failed endpoint, and any stranger can cause it"))
    }

    fn decides(&self, status: StatusCode) -> bool {
        match self.contract.acknowledges(self.event) {
            Acknowledges::Decision { yes, no } => status == yes || status == no,
            _ => false,
        }
    }

    fn advised(&self, kind: ErrorKind) -> String {
        format!("answer {}, as the platform's contract advises", self.contract.status(kind).as_u16())
    }

    /// Returns the platform's reading of an answer, in words.
    pub(super) fn reading(&self, exchange: &Exchange) -> String {
        let answer = match &exchange.came {
            Came::Answer(answer) => client::Answer::Status(answer.status),
            Came::Nothing(Gap::Late(limit)) if Some(*limit) == self.contract.deadline => client::Answer::Late(*limit),
            Came::Nothing(Gap::Late(limit)) => client::Answer::Unreachable(format!("silence for {}", span(*limit))),
            Came::Nothing(Gap::Closed) => client::Answer::Unreachable("the endpoint closed the connection".to_owned()),
            Came::Nothing(Gap::Unreachable(cause)) => client::Answer::Unreachable(cause.clone()),
            Came::Nothing(Gap::NotHttp(cause)) => client::Answer::Unreachable(format!("it is not HTTP: {cause}")),
        };
        let Reading { kind, note, .. } = Reading::of(self.contract, self.event, &answer);
        let status = exchange.status().map(|status| status.as_u16().to_string()).unwrap_or_default();
        let meaning = match kind {
            Kind::Accepted if note.as_ref().is_some_and(|note| note.starts_with(&status)) => {
                return note.unwrap_or_default();
            }
            Kind::Accepted | Kind::Yes | Kind::No => "an answer to the platform".to_owned(),
            Kind::Forbidden => return note.unwrap_or_default(),
            Kind::RetriedAfter(time) => {
                format!("a failure to the platform, which sends the delivery again after {}", span(time))
            }
            Kind::RetriedSometime => "a failure to the platform".to_owned(),
            Kind::Lost => "a failure to the platform, which does not send the delivery again".to_owned(),
        };
        match (status.is_empty(), note) {
            (true, Some(note)) => format!("{note}; it is {meaning}"),
            (true, None) => meaning,
            (false, Some(note)) => format!("{status} is {meaning}; {note}"),
            (false, None) => format!("{status} is {meaning}"),
        }
    }

    /// Returns the next step after a refused genuine delivery.
    fn help_for(&self, exchange: &Exchange) -> String {
        let success = self.contract.success.as_u16();
        match &exchange.came {
            Came::Nothing(Gap::Unreachable(_)) => "is the endpoint running, and is its address right?".to_owned(),
            Came::Nothing(Gap::Late(_)) => {
                "answer before the work: store the delivery, and process it later (an inbox does so)".to_owned()
            }
            Came::Nothing(Gap::Closed | Gap::NotHttp(_)) => {
                "the endpoint's log has the cause: a panic, a limit, or another protocol on this port".to_owned()
            }
            Came::Answer(Answer { status, location, .. }) => match status.as_u16() {
                200..=299 => format!("answer exactly {success}, for repeats too"),
                300..=399 => {
                    let to = location.as_deref().map(|to| format!(": {to}")).unwrap_or_default();
                    format!("register the URL to which the endpoint redirects{to}")
                }
                401 | 403 => {
                    "give both sides the same secret, and compare the clocks; `refhook doctor` explains a refusal"
                        .to_owned()
                }
                404 | 405 => "compare the path with the endpoint's route, which must take POST".to_owned(),
                409 => format!("answer {success} to repeats: the platform sends one if the first answer was lost"),
                408 | 413 => "compare the endpoint's limits on bodies with the platform's deliveries".to_owned(),
                410 => format!("answer {success}: {} asks the platform to stop for good", status.as_u16()),
                415 => "take `application/json`".to_owned(),
                429 | 503 => "the endpoint asks for a retry: its log says which part is down or full".to_owned(),
                _ => "the endpoint's log has the cause".to_owned(),
            },
        }
    }
}
