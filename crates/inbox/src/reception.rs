//! The recent answers of an endpoint: its last genuine delivery, a run of failures, a run of wrong signatures.
//!
//! - Guarantees: a run of failures begins with the first failed answer after the last success, and one success ends it. A
//!   run of wrong signatures ends with a genuine delivery.
//! - Assumes: the requests of this process only. Several processes have a run each, and a restart begins a new one. Forged
//!   requests are refused too, so a run without genuine deliveries is an upper bound.
//! - Without it: an endpoint that a platform has disabled looks like a quiet day.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(feature = "metrics")]
use metrics::{counter, gauge};
use referral_webhooks::platform::Facts;
use referral_webhooks::{Contract, ErrorKind, Observer, Received, Refused};
use time::OffsetDateTime;

use crate::store::EndpointStats;

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
    /// The number of failed answers since then.
    pub(crate) failures: u32,
    pub(crate) signatures_fail_since: Option<OffsetDateTime>,
}

impl Answers {
    const fn succeed(&mut self) {
        (self.failing_since, self.failures) = (None, 0);
    }

    fn fail(&mut self, at: OffsetDateTime) {
        self.failing_since.get_or_insert(at);
        self.failures = self.failures.saturating_add(1);
    }
}

impl Reception {
    fn new(facts: &Facts, endpoint: &Arc<str>) -> Self {
        let &Facts { name: platform, contract, .. } = facts;
        let reception = Self { platform, endpoint: Arc::clone(endpoint), contract, answers: Arc::default() };
        // Prometheus misses the first increment of a counter that was absent.
        #[cfg(feature = "metrics")]
        for outcome in ["busy", "failed"] {
            // The current secret. A series of another secret begins with its first delivery.
            let labels =
                [("platform", platform), ("endpoint", &**endpoint), ("outcome", outcome), ("secret_index", "0")];
            counter!("inbox_received_total", &labels.map(|(name, value)| (name, value.to_owned()))).increment(0);
        }
        reception.report(Answers::default(), OffsetDateTime::UNIX_EPOCH);
        reception
    }

    /// Returns the recent answers.
    pub(crate) fn answers(&self) -> Answers {
        *self.locked()
    }

    /// Adds the last delivery that the store knows, from before a restart or from another process.
    fn stored_before(&self, at: OffsetDateTime) {
        self.change(at, |answers| answers.last_genuine_at = answers.last_genuine_at.max(Some(at)));
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
        self.change(at, |answers| if is_stored { answers.succeed() } else { answers.fail(at) });
    }

    /// Returns the share of the platform's limit that the run of failures has used, from 0 to 1. `None` if the platform
    /// publishes no limit.
    pub(crate) fn disabling_share(&self, answers: Answers, now: OffsetDateTime) -> Option<f64> {
        // A clock that was set back shortens the run.
        let failing_for = answers.failing_since.map(|since| Duration::try_from(now - since).unwrap_or_default());
        self.contract.disabling.share(failing_for.unwrap_or_default(), answers.failures)
    }

    fn change(&self, at: OffsetDateTime, change: impl FnOnce(&mut Answers)) {
        let mut answers = self.locked();
        let before = *answers;
        change(&mut answers);
        let after = *answers;
        drop(answers);
        if after != before || after.failing_since.is_some() {
            self.report(after, at);
        }
    }

    /// Reports the answers as gauges. 0 means that the endpoint works, so that the series exist before the first failure.
    #[cfg(feature = "metrics")]
    fn report(&self, answers: Answers, now: OffsetDateTime) {
        let labels = [("platform", self.platform.to_owned()), ("endpoint", self.endpoint.to_string())];
        let seconds = |at: OffsetDateTime| at.unix_timestamp_nanos() as f64 / 1e9;
        if let Some(at) = answers.last_genuine_at {
            gauge!("inbox_last_genuine_timestamp_seconds", &labels).set(seconds(at));
        }
        let failing = answers.failing_since.map_or(0.0, seconds);
        gauge!("inbox_failing_since_timestamp_seconds", &labels).set(failing);
        let unproven = answers.signatures_fail_since.map_or(0.0, seconds);
        gauge!("inbox_signatures_fail_since_timestamp_seconds", &labels).set(unproven);
        if let Some(share) = self.disabling_share(answers, now) {
            gauge!("inbox_disabling_share", &labels).set(share);
        }
    }

    #[cfg(not(feature = "metrics"))]
    fn report(&self, _: Answers, _: OffsetDateTime) {}

    fn locked(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The receptions of an inbox, by the names of their endpoints. Their number is that of the endpoints.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receptions(Arc<Mutex<BTreeMap<Arc<str>, Reception>>>);

impl Receptions {
    /// Returns the reception of an endpoint. An endpoint that is added again under its name continues its reception.
    pub(crate) fn add(&self, facts: &Facts, endpoint: &Arc<str>) -> Reception {
        let mut receptions = self.locked();
        receptions.entry(Arc::clone(endpoint)).or_insert_with(|| Reception::new(facts, endpoint)).clone()
    }

    /// Returns all receptions, ordered by name.
    pub(crate) fn all(&self) -> Vec<Reception> {
        self.locked().values().cloned().collect()
    }

    /// Adds what the store knows of the endpoints, and reports all of them as gauges.
    pub(crate) fn refresh(&self, stored: &[EndpointStats], now: OffsetDateTime) {
        for reception in self.all() {
            let of_endpoint = stored.iter().find(|stored| stored.endpoint == *reception.endpoint);
            if let Some(at) = of_endpoint.and_then(|stored| stored.last_seen_at) {
                reception.stored_before(at);
            }
            reception.report(reception.answers(), now);
        }
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Reception>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Reception {
    fn received(&self, received: &Received<'_>) {
        self.genuine(received.received_at);
    }

    fn refused(&self, refused: &Refused<'_>) {
        let is_failure = !self.contract.counts_as_success.contains(&refused.status.as_u16());
        let is_unproven = matches!(
            refused.error.kind(),
            ErrorKind::SignatureMismatch | ErrorKind::TokenMismatch | ErrorKind::UnknownKey
        );
        self.change(refused.at, |answers| {
            if is_failure {
                answers.fail(refused.at);
            }
            if is_unproven {
                answers.signatures_fail_since.get_or_insert(refused.at);
            }
        });
    }
}
