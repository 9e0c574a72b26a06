//! The recent answers of an endpoint: its last genuine delivery, a run of failures, a run of wrong signatures.
//!
//! - Guarantees: a run of failures begins with the first failed answer after the last success, and one success ends it. A
//!   run of wrong signatures ends with a genuine delivery.
//! - Assumes: the requests of this process only. Several processes have a run each, and a restart begins a new one. Forged
//!   requests are refused too, so a run without genuine deliveries is an upper bound.
//! - Without it: an endpoint that a platform has disabled looks like a quiet day.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::{Contract, ErrorKind};
use time::OffsetDateTime;

use crate::telemetry;

/// The recent answers of an endpoint. All clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Reception {
    pub(crate) platform: &'static str,
    pub(crate) endpoint: Arc<str>,
    contract: &'static Contract,
    answers: Arc<Mutex<Answers>>,
}

/// Times by this machine's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    pub(crate) last_genuine_at: Option<OffsetDateTime>,
    pub(crate) failing_since: Option<OffsetDateTime>,
    pub(crate) signatures_fail_since: Option<OffsetDateTime>,
}

impl Reception {
    pub(crate) fn new<P: Platform>(endpoint: &str) -> Self {
        let reception = Self {
            platform: P::NAME,
            endpoint: endpoint.into(),
            contract: P::CONTRACT,
            answers: Arc::default(),
        };
        telemetry::answers(&reception, Answers::default(), Some(0.0));
        reception
    }

    /// Returns the recent answers.
    pub(crate) fn answers(&self) -> Answers {
        *self.locked()
    }

    /// Records a genuine delivery, before it is stored.
    pub(crate) fn genuine(&self, at: OffsetDateTime) {
        self.change(at, |answers| {
            answers.last_genuine_at = answers.last_genuine_at.max(Some(at));
            answers.signatures_fail_since = None;
        });
    }

    /// Records whether a genuine delivery was stored, and so how it is answered.
    pub(crate) fn stored(&self, is_stored: bool, at: OffsetDateTime) {
        self.change(at, |answers| answers.failing_since = (!is_stored).then(|| answers.failing_since.unwrap_or(at)));
    }

    /// Records a refused request and the status of its answer.
    pub(crate) fn refused(&self, kind: ErrorKind, status: u16, at: OffsetDateTime) {
        let is_failure = !self.contract.counts_as_success.contains(&status);
        let is_unsigned = matches!(kind, ErrorKind::SignatureMismatch | ErrorKind::TokenMismatch);
        self.change(at, |answers| {
            if is_failure {
                answers.failing_since.get_or_insert(at);
            }
            if is_unsigned {
                answers.signatures_fail_since.get_or_insert(at);
            }
        });
    }

    /// Returns the share of the platform's limit that the run of failures has used, from 0 to 1. `None` if the platform
    /// publishes no limit.
    pub(crate) fn disabling_share(&self, now: OffsetDateTime) -> Option<f64> {
        let failing_for = self.answers().failing_since.map(|since| Duration::try_from(now - since).unwrap_or_default());
        self.contract.disabling.share(failing_for.unwrap_or_default())
    }

    fn change(&self, at: OffsetDateTime, change: impl FnOnce(&mut Answers)) {
        let mut answers = self.locked();
        let before = *answers;
        change(&mut answers);
        let after = *answers;
        drop(answers);
        if after != before || after.failing_since.is_some() {
            telemetry::answers(self, after, self.disabling_share(at));
        }
    }

    fn locked(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
