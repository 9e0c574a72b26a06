//! A store with settings.
//!
//! [`intake`](crate::intake) and [`worker`](crate::worker) add the methods that make intakes and workers,
//! [`health`](crate::health) and [`admin`](crate::admin) those of operators.

use std::time::Duration;

use crate::admission::Admission;
use crate::backoff::BackOff;
use crate::fulfilment::Fulfilment;
use crate::names::Names;
use crate::pulse::Pulse;
use crate::reception::Receptions;
use crate::secrets::Registry;
use crate::settings::Settings;
use crate::store::Store;

/// A store with settings, to make intakes and workers. An inbox is cheap to clone.
///
/// Change the settings first, because intakes and workers keep those that they were made with.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::{BackOff, Inbox, MemoryStore};
///
/// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// let inbox = Inbox::new(MemoryStore::new())
///     .accept_within(Duration::from_secs(1))
///     .admission(500, 8 * 1024 * 1024)
///     .back_off(BackOff::new(10, Duration::from_secs(5), DAY))
///     .keep_bodies(7 * DAY)
///     .keep_dead_letters(180 * DAY);
/// # let _ = inbox;
/// ```
#[derive(Debug, Clone)]
pub struct Inbox<S> {
    store: S,
    pub(crate) settings: Settings,
    pub(crate) admission: Admission,
    pub(crate) pulse: Pulse,
    pub(crate) secrets: Registry,
    pub(crate) names: Names,
    pub(crate) receptions: Receptions,
    pub(crate) fulfilment: Fulfilment,
}

impl<S: Store> Inbox<S> {
    /// Creates an inbox on a store.
    ///
    /// ```
    /// use referral_webhooks_inbox::{Inbox, MemoryStore};
    ///
    /// let inbox = Inbox::new(MemoryStore::new());
    /// # let _ = inbox;
    /// ```
    #[must_use]
    pub fn new(store: S) -> Self {
        #[cfg(feature = "metrics")]
        crate::metric_table::describe();
        Self {
            store,
            settings: Settings::default(),
            admission: Admission::new(1_024, 24 * 1024 * 1024),
            pulse: Pulse::default(),
            secrets: Registry::default(),
            names: Names::default(),
            receptions: Receptions::default(),
            fulfilment: Fulfilment::default(),
        }
    }

    /// Sets the budget for storing a delivery; 1.5 seconds if not set, and three quarters of the platform's time-out at
    /// most.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let inbox = inbox.accept_within(Duration::from_millis(500));
    /// # let _ = inbox;
    /// ```
    #[must_use]
    pub const fn accept_within(mut self, budget: Duration) -> Self {
        self.settings.accept_within = budget;
        self
    }

    /// Sets how many deliveries, and how many bytes of bodies, may be in flight to the store; 1,024 and 24 MiB if not
    /// set. Deliveries beyond are refused, and the platform sends them again.
    ///
    /// ```
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let inbox = inbox.admission(100, 4 * 1024 * 1024);
    /// # let _ = inbox;
    /// ```
    #[must_use]
    pub fn admission(mut self, deliveries: usize, bytes: usize) -> Self {
        self.admission = Admission::new(deliveries, bytes);
        self
    }

    /// Sets the attempts and the waits between them; 20 over about 47 hours if not set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::BackOff;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let inbox = inbox.back_off(BackOff::new(5, Duration::from_secs(1), Duration::from_secs(60)));
    /// # let _ = inbox;
    /// ```
    #[must_use]
    pub const fn back_off(mut self, back_off: BackOff) -> Self {
        self.settings.back_off = back_off;
        self
    }

    /// Ignores repeats of dead letters, so that only a person [redelivers](Self::redeliver) them. By default, a repeat
    /// revives a dead letter with all attempts.
    ///
    /// ```
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let inbox = inbox.leave_dead_letters();
    /// # let _ = inbox;
    /// ```
    #[must_use]
    pub const fn leave_dead_letters(mut self) -> Self {
        self.settings.revives = false;
        self
    }

    /// Sets how long ids are kept, at least as long as bodies. If not set, ids are kept twice as long as
    /// [repeats can come](referral_webhooks::Endpoint::retention) and at least 90 days, and without end if a repeat can
    /// come at any time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let inbox = inbox.keep_ids(Duration::from_secs(180 * 24 * 60 * 60));
    /// # let _ = inbox;
    /// ```
    #[must_use]
    pub const fn keep_ids(mut self, time: Duration) -> Self {
        self.settings.ids = Some(time);
        self
    }

    /// Sets how long the bodies of completed and cancelled entries are kept; 14 days if not set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let inbox = inbox.keep_bodies(Duration::from_secs(3 * 24 * 60 * 60));
    /// # let _ = inbox;
    /// ```
    #[must_use]
    pub const fn keep_bodies(mut self, time: Duration) -> Self {
        self.settings.bodies = time;
        self
    }

    /// Sets how long the bodies of dead letters are kept; if not set, until a person has acted.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let inbox = inbox.keep_dead_letters(Duration::from_secs(365 * 24 * 60 * 60));
    /// # let _ = inbox;
    /// ```
    #[must_use]
    pub const fn keep_dead_letters(mut self, time: Duration) -> Self {
        self.settings.dead_letters = Some(time);
        self
    }

    /// Sets how long the bodies of parked entries are kept; if not set, until a person has acted.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let inbox = inbox.keep_parked(Duration::from_secs(365 * 24 * 60 * 60));
    /// # let _ = inbox;
    /// ```
    #[must_use]
    pub const fn keep_parked(mut self, time: Duration) -> Self {
        self.settings.parked = Some(time);
        self
    }

    /// Answers deliveries that [wait for their handlers](crate::Intake::receive) with the transient status, now and later.
    /// Call it when a process that runs no worker is going to end. The end of the last worker of a process does the same.
    ///
    /// ```
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// inbox.stop_waiting();
    /// ```
    pub fn stop_waiting(&self) {
        self.fulfilment.stop();
    }

    /// Returns the store, to list entries and read their history.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// use referral_webhooks_inbox::store::{Filter, State, Store as _};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let dead_letters = inbox.store().list(Filter::new().state(State::Discarded)).await?;
    /// # assert!(dead_letters.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }
}
