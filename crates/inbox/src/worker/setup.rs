//! A worker's handlers and settings.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use referral_webhooks::platform::Platform;

use super::concurrency::Concurrency;
use super::policy::Policy;
use super::route::{Events, Route, Runner};
use crate::fulfilment::Fulfilment;
use crate::inbox::Inbox;
use crate::intake::Intake;
use crate::source::Source;
use crate::store::{Lease, Store};

/// A worker: claims entries and runs their handlers. It is made by [`Inbox::worker`](crate::Inbox::worker).
///
/// - A worker leases an entry for 30 seconds, and extends the lease while the handler runs. If the worker dies, the
///   lease expires, and another worker rescues the entry.
/// - A handler that panics or exceeds its limit has failed an attempt, and so has a handler whose process died. After
///   its last attempt an entry is a dead letter.
/// - An entry that was abandoned more than once may kill its process. It runs isolated: the worker waits up to a lease
///   for running handlers, and starts no other for up to a lease.
/// - An event that this version does not know or cannot read is parked. After an upgrade
///   [`Intake::redecode`] makes it due. A handler for [`unknown_events`](Self::unknown_events) receives it earlier.
///
/// Handlers are futures. A handler that blocks its thread cannot be aborted.
///
/// ```
/// # use std::time::Duration;
/// # use referral_webhooks::{Delivery, Endpoint, platform::redpin::Redpin};
/// # use referral_webhooks_inbox::{Attempt, CancellationToken, Inbox, MemoryStore, Outcome};
/// # async fn credit(_: Delivery<Redpin>, _: Attempt) -> Outcome { Outcome::Done }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let inbox = Inbox::new(MemoryStore::new());
/// # let redpin = inbox.intake("redpin-main", Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
/// let worker = inbox
///     .worker()
///     .named("payouts-1")
///     .concurrency(32)
///     .limit(Duration::from_secs(60))
///     .run(&redpin, credit);
///
/// let shutdown = CancellationToken::new();
/// let working = tokio::spawn(worker.until(shutdown.clone()));
/// shutdown.cancel();
/// working.await?;
/// # Ok(())
/// # }
/// ```
pub struct Worker<S> {
    pub(super) store: S,
    pub(super) name: String,
    pub(super) routes: Vec<Arc<Route<S>>>,
    pub(super) concurrency: usize,
    pub(super) lease: Duration,
    pub(super) poll: Duration,
    pub(super) grace: Duration,
    pub(super) policy: Policy,
    pub(super) fulfilment: Fulfilment,
    #[cfg(feature = "metrics")]
    pub(super) receptions: crate::reception::Receptions,
}

impl<S: Store> Inbox<S> {
    /// Creates a worker without handlers.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, Endpoint, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{Attempt, Inbox, MemoryStore, Outcome};
    /// # async fn credit(_: Delivery<Redpin>, _: Attempt) -> Outcome { Outcome::Done }
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// # let redpin = inbox.intake("redpin-main", Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
    /// let worker = inbox.worker().run(&redpin, credit);
    /// # let _ = worker;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn worker(&self) -> Worker<S> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Worker {
            store: self.store().clone(),
            // The name is for the history. It need not be unique, because leases are identified by their attempts.
            name: format!("worker-{}-{number}", std::process::id()),
            routes: Vec::new(),
            concurrency: 16,
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(1),
            grace: Duration::from_secs(25),
            policy: Policy::new(self.settings.back_off),
            fulfilment: self.fulfilment.clone(),
            #[cfg(feature = "metrics")]
            receptions: self.receptions.clone(),
        }
    }
}

impl<S: Store> Worker<S> {
    pub(super) fn with_route<P: Platform>(
        mut self,
        intake: &Intake<P, S, impl Source<P>>,
        events: Events,
        runner: impl Runner<P, S>,
    ) -> Self {
        self.routes.push(Arc::new(Route::new(intake, events, runner)));
        self
    }

    /// Sets the name in the history; `worker-`, the process id and a number if not set.
    ///
    /// ```
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let worker = inbox.worker().named("payouts-1");
    /// # let _ = worker;
    /// ```
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Sets the maximum number of concurrent handlers, 65,535 at most; 16 if not set.
    ///
    /// ```
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let worker = inbox.worker().concurrency(64);
    /// # let _ = worker;
    /// ```
    #[must_use]
    pub fn concurrency(self, handlers: usize) -> Self {
        Self { concurrency: handlers.clamp(1, Concurrency::MOST), ..self }
    }

    /// Sets the length of a lease, and so the time until another worker rescues an abandoned entry; 30 seconds if not
    /// set. The length is at least 100 ms, because a claim takes part of it, and at most
    /// [an hour](crate::store::Lease::LONGEST).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let worker = inbox.worker().lease(Duration::from_secs(10));
    /// # let _ = worker;
    /// ```
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease: lease.clamp(Duration::from_millis(100), Lease::LONGEST), ..self }
    }

    /// Sets the time limit of a handler; 5 minutes if not set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let worker = inbox.worker().limit(Duration::from_secs(20));
    /// # let _ = worker;
    /// ```
    #[must_use]
    pub const fn limit(mut self, limit: Duration) -> Self {
        self.policy.limit = limit;
        self
    }

    /// Sets the time limit of a handler that writes in the store's transaction. If not set, the [store's
    /// limit](crate::store::TransactionalStore::LIMIT_IN_TX) or the [ordinary one](Self::limit) holds, whichever is
    /// shorter: 1 second on SQLite, where no delivery is stored meanwhile, and 5 minutes on PostgreSQL.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let worker = inbox.worker().limit_in_tx(Duration::from_millis(200));
    /// # let _ = worker;
    /// ```
    #[must_use]
    pub const fn limit_in_tx(mut self, limit: Duration) -> Self {
        self.policy.limit_in_tx = Some(limit);
        self
    }

    /// Sets the polling interval; a second if not set, between 10 ms and an hour. The worker polls for retries that
    /// became due, and for deliveries that another process stored.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let worker = inbox.worker().poll(Duration::from_millis(200));
    /// # let _ = worker;
    /// ```
    #[must_use]
    pub fn poll(self, every: Duration) -> Self {
        Self { poll: every.clamp(Duration::from_millis(10), Duration::from_secs(60 * 60)), ..self }
    }

    /// Sets the grace period of a shutdown for running handlers; 25 seconds if not set. After it, running handlers are
    /// aborted and their entries released, and the attempts do not count.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let worker = inbox.worker().grace(Duration::from_secs(5));
    /// # let _ = worker;
    /// ```
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }
}

impl<S> Worker<S> {
    /// Returns the first route of each endpoint.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = &Arc<Route<S>>> {
        let is_first = |(index, route): &(usize, &Arc<Route<S>>)| {
            !self.routes[..*index].iter().any(|before| before.endpoint == route.endpoint)
        };
        self.routes.iter().enumerate().filter(is_first).map(|(_, route)| route)
    }
}

impl<S> fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("name", &self.name)
            .field("endpoints", &self.endpoints().map(|route| &route.endpoint).collect::<Vec<_>>())
            .field("concurrency", &self.concurrency)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
