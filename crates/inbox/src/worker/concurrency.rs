//! The bound on running handlers, and the exclusive run of an isolated entry.
//!
//! - Guarantees: at most the set number of handlers runs in one worker. While an isolated handler runs, no other
//!   handler is started for up to a lease. An event that kills its process then takes no other attempt down, except
//!   handlers that had already run for longer than a lease.
//! - Assumes: one loop claims and acquires permits. Several workers in one process do not coordinate.
//! - Without it: a burst exhausts the database's connections, or one poisonous event turns all entries that run at the
//!   same time into dead letters.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The bound on running handlers.
#[derive(Debug)]
pub(super) struct Concurrency {
    permits: Arc<Semaphore>,
    most: u32,
}

/// The permits of one handler: one, or all if it is isolated.
#[derive(Debug)]
pub(super) struct Permits(Option<OwnedSemaphorePermit>);

impl Concurrency {
    /// The largest number of handlers.
    pub(super) const MOST: usize = u16::MAX as usize;

    pub(super) fn new(most: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(most)), most: u32::try_from(most).unwrap_or(u32::MAX) }
    }

    /// Returns the number of handlers that can start now.
    pub(super) fn available(&self) -> usize {
        self.permits.available_permits()
    }

    /// Waits until one handler can start, and then for a batch of them, but not much longer than a claim takes. A claim
    /// costs nearly the same for one entry and for a batch.
    pub(super) async fn wait_for_batch(&self, batch: usize, claim_time: Duration) {
        const LEAST: Duration = Duration::from_millis(5);
        const MOST: Duration = Duration::from_millis(250);
        drop(self.permits.acquire().await);
        let batch = u32::try_from(batch).unwrap_or(u32::MAX);
        let _ = timeout(claim_time.clamp(LEAST, MOST), self.permits.acquire_many(batch)).await;
    }

    /// Waits until no handler runs, and returns whether one had run.
    pub(super) async fn wait_until_idle(&self) -> bool {
        let was_idle = self.available() == usize::try_from(self.most).unwrap_or(usize::MAX);
        drop(self.permits.acquire_many(self.most).await);
        !was_idle
    }

    /// Acquires an available permit.
    pub(super) fn acquire(&self) -> Permits {
        Permits(Arc::clone(&self.permits).try_acquire_owned().ok())
    }

    /// Acquires all permits. After `patience` it takes those that are available, because a handler that has not killed
    /// the worker for so long may run concurrently.
    pub(super) async fn acquire_all(&self, patience: Duration) -> Permits {
        match timeout(patience, Arc::clone(&self.permits).acquire_many_owned(self.most)).await {
            Ok(all) => Permits(all.ok()),
            Err(_) => {
                let available = u32::try_from(self.available()).unwrap_or(u32::MAX);
                Permits(Arc::clone(&self.permits).try_acquire_many_owned(available).ok())
            }
        }
    }
}

impl Permits {
    /// Holds the permits while an attempt is processed. After `isolated_for` all but one are returned, because an event
    /// that kills its process does so early.
    pub(super) async fn hold(self, attempt: impl Future<Output = ()>, isolated_for: Option<Duration>) {
        let Self(mut permits) = self;
        let mut attempt = pin!(attempt);
        if let Some(isolated_for) = isolated_for {
            if timeout(isolated_for, &mut attempt).await.is_ok() {
                return;
            }
            if let Some(permits) = &mut permits {
                drop(permits.split(permits.num_permits().saturating_sub(1)));
            }
        }
        attempt.await;
    }
}
