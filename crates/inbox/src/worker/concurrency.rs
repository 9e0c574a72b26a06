//! How many handlers run at once, and which of them alone.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The places for handlers.
#[derive(Debug)]
pub(crate) struct Concurrency {
    free: Arc<Semaphore>,
    all: u32,
}

/// The places that a handler has.
#[derive(Debug)]
pub(crate) struct Slot(Option<OwnedSemaphorePermit>);

impl Concurrency {
    /// The most places.
    pub(crate) const MOST: usize = u16::MAX as usize;

    pub(crate) fn new(all: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(all)), all: u32::try_from(all).unwrap_or(u32::MAX) }
    }

    pub(crate) fn free(&self) -> usize {
        self.free.available_permits()
    }

    /// Waits until a handler may be begun, and then for so many, though not for much longer than a claim takes: it takes
    /// much the same for one entry and for many.
    pub(crate) async fn wait(&self, many: usize, claim: Duration) {
        const LEAST: Duration = Duration::from_millis(5);
        const MOST: Duration = Duration::from_millis(250);
        drop(self.free.acquire().await);
        let many = u32::try_from(many).unwrap_or(u32::MAX);
        let _ = timeout(claim.clamp(LEAST, MOST), self.free.acquire_many(many)).await;
    }

    /// A free place.
    pub(crate) fn one(&self) -> Slot {
        Slot(Arc::clone(&self.free).try_acquire_owned().ok())
    }

    /// All places once nothing runs, or those that are free if that takes too long.
    pub(crate) async fn all_within(&self, patience: Duration) -> Slot {
        match timeout(patience, Arc::clone(&self.free).acquire_many_owned(self.all)).await {
            Ok(all) => Slot(all.ok()),
            Err(_) => {
                let free = u32::try_from(self.free()).unwrap_or(u32::MAX);
                Slot(Arc::clone(&self.free).try_acquire_many_owned(free).ok())
            }
        }
    }
}

impl Slot {
    /// Is held while this is processed, by it alone for this long at most.
    pub(crate) async fn during(self, processed: impl Future<Output = ()>, alone: Option<Duration>) {
        let Self(mut places) = self;
        let mut processed = std::pin::pin!(processed);
        if let Some(patience) = alone {
            if timeout(patience, &mut processed).await.is_ok() {
                return;
            }
            // What has not killed the worker by now is held to be harmless.
            if let Some(places) = &mut places {
                // All but its own.
                drop(places.split(places.num_permits().saturating_sub(1)));
            }
        }
        processed.await;
    }
}
