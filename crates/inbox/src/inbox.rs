//! A store, and the settings of what is done with it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, Retention};

use crate::admission::Admission;
use crate::backoff::BackOff;
use crate::health::Pulse;
use crate::intake::Intake;
use crate::setup_error::SetupError;
use crate::store::EntryId;
use crate::store::PruneRule;
use crate::store::{Store, StoreError};
use crate::telemetry;
use crate::worker::Worker;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A store, and the settings of what is done with it: the place from which endpoints and workers are made.
///
/// Cheap to clone. Change the settings first; endpoints and workers keep those that they were made with.
#[derive(Debug, Clone)]
pub struct Inbox<S> {
    store: S,
    settings: Settings,
    admission: Admission,
    pulse: Pulse,
    names: Arc<Mutex<HashSet<String>>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) accept_within: Duration,
    pub(crate) back_off: BackOff,
    pub(crate) revives: bool,
    keys: Option<Duration>,
    bodies: Duration,
    dead_letters: Option<Duration>,
    parked: Option<Duration>,
}

impl<S: Store> Inbox<S> {
    /// An inbox on this store.
    #[must_use]
    pub fn new(store: S) -> Self {
        let settings = Settings {
            accept_within: Duration::from_millis(1_500),
            back_off: BackOff::default(),
            revives: true,
            keys: None,
            bodies: 14 * DAY,
            dead_letters: None,
            parked: None,
        };
        Self {
            store,
            settings,
            admission: Admission::new(1_024, 24 * 1024 * 1024),
            pulse: Pulse::default(),
            names: Arc::default(),
        }
    }

    /// Sets how long a delivery may wait for being stored; 1.5 seconds if not set, and never more than three quarters of
    /// the time for which its platform waits.
    #[must_use]
    pub const fn accept_within(mut self, budget: Duration) -> Self {
        self.settings.accept_within = budget;
        self
    }

    /// Sets how many deliveries may wait for being stored, and how many bytes their bodies may have together; 1,024 and
    /// 24 MiB if not set. What comes beyond is sent again by the platform.
    #[must_use]
    pub fn admission(mut self, deliveries: usize, bytes: usize) -> Self {
        self.admission = Admission::new(deliveries, bytes);
        self
    }

    /// Sets the attempts and the waits between them; 20 over about 47 hours if not set.
    #[must_use]
    pub const fn back_off(mut self, back_off: BackOff) -> Self {
        self.settings.back_off = back_off;
        self
    }

    /// Leaves a dead letter one when its platform sends it again; if not set, it is processed again, with all attempts.
    /// Then only a person [redelivers](Self::redeliver) it.
    #[must_use]
    pub const fn leave_dead_letters(mut self) -> Self {
        self.settings.revives = false;
        self
    }

    /// Sets for how long keys are remembered; if not set, twice as long as
    /// [repeats can come](referral_webhooks::Endpoint::retention), at least 90 days, and for good where nothing bounds
    /// that. Never shorter than the bodies.
    #[must_use]
    pub const fn keep_ids(mut self, time: Duration) -> Self {
        self.settings.keys = Some(time);
        self
    }

    /// Sets for how long the bodies of completed and cancelled entries are kept; 14 days if not set. A dead letter or a
    /// parked entry that a person has dismissed is a cancelled one.
    #[must_use]
    pub const fn keep_bodies(mut self, time: Duration) -> Self {
        self.settings.bodies = time;
        self
    }

    /// Sets for how long the bodies of dead letters are kept; if not set, until a person has acted.
    #[must_use]
    pub const fn keep_dead_letters(mut self, time: Duration) -> Self {
        self.settings.dead_letters = Some(time);
        self
    }

    /// Sets for how long the bodies of parked entries are kept; if not set, until a person has acted.
    #[must_use]
    pub const fn keep_parked(mut self, time: Duration) -> Self {
        self.settings.parked = Some(time);
        self
    }

    /// Takes an endpoint in. The name is part of every key: keep it when secrets and URLs change.
    ///
    /// # Errors
    ///
    /// If the name is unfit or taken, or keys would be forgotten while repeats can still come.
    pub fn intake<P: Platform>(&self, name: &str, endpoint: Endpoint<P>) -> Result<Intake<P, S>, SetupError> {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > 100 || !name.bytes().all(is_fit) {
            return Err(SetupError::BadName);
        }
        let prune = self.prune_rule(name, endpoint.retention())?;
        if !self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned()) {
            return Err(SetupError::NameTaken(name.to_owned()));
        }
        let (queue, pulse) = (self.admission.clone(), self.pulse.clone());
        Ok(Intake::new(self.store.clone(), name, endpoint, self.settings, queue, pulse, prune))
    }

    /// A worker, which still needs handlers.
    #[must_use]
    pub fn worker(&self) -> Worker<S> {
        Worker::new(self.store.clone(), self.settings.back_off)
    }

    /// The store, for what is done by hand.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Processes a finished entry again, with all attempts; its effect then happens again, which is the purpose. Who did
    /// it stays in its history. `false`: it is unknown, unfinished, or has no body.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn redeliver(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        let is_redelivered = self.store.redeliver(id, self.settings.back_off.attempts(), by).await?;
        if is_redelivered {
            telemetry::redelivered();
        }
        Ok(is_redelivered)
    }

    /// Takes a running entry from its worker: it is due at once, and the attempt does not count, as in a shutdown. The
    /// worker's lease ends nothing any more, and its handler is stopped when the lease is next extended: after a third of
    /// its length at the latest. Effects in the inbox's own transaction are rolled back; effects elsewhere may happen
    /// once more. `false`: it does not run.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn release(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        self.store.release(id, by).await
    }

    /// Takes an entry out that waits, is parked or is a dead letter: it is not processed, and its body is kept as long as
    /// that of a completed one. `false`: there is none of this number.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn cancel(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        self.store.cancel(id, by).await
    }

    pub(crate) const fn budget(&self) -> Duration {
        self.settings.accept_within
    }

    pub(crate) const fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    pub(crate) fn queued(&self) -> usize {
        self.admission.taken()
    }

    fn prune_rule(&self, name: &str, needed: Retention) -> Result<PruneRule, SetupError> {
        const MOST: u32 = 500;
        let Settings { keys, bodies, dead_letters, parked, .. } = self.settings;
        let needed = match needed {
            Retention::AtLeast(time) => Some(time),
            // For good, and whatever else may come to be said of it.
            _ => None,
        };
        let keys = match (keys, needed) {
            (Some(set), None) => return Err(SetupError::KeysKeptTooShort { needed, set }),
            (Some(set), Some(time)) if set < time => return Err(SetupError::KeysKeptTooShort { needed, set }),
            (Some(set), Some(_)) => Some(set),
            (None, needed) => needed.map(|time| time.saturating_mul(2).max(90 * DAY)),
        };
        let longest = [Some(bodies), dead_letters, parked].into_iter().flatten().max().unwrap_or_default();
        let keys = keys.map(|keys| keys.max(longest));
        Ok(PruneRule::new(name, bodies, dead_letters, keys, MOST).parked(parked))
    }
}
