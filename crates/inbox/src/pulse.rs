//! The time of the last durable write.
//!
//! - Guarantees: a fresh pulse means that the store accepted a write within five seconds, and that no write has failed
//!   since. A probe is then unnecessary, so that frequent health checks cost no writes.
//! - Assumes: all intakes and the health check of an inbox share one pulse. Two results in flight at the same time may
//!   be recorded in either order.
//! - Without it: every readiness probe is a durable write, and a busy store gets slower the more often it is probed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The time for which a write proves that the store is writable.
const FRESH: Duration = Duration::from_secs(5);

/// The time of the last durable write; `None` after a failed one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse(Arc<Mutex<Option<Instant>>>);

impl Pulse {
    /// Records a durable write.
    pub(crate) fn beat(&self) {
        self.set(Some(Instant::now()));
    }

    /// Records a failed write, which invalidates the last durable one.
    pub(crate) fn stop(&self) {
        self.set(None);
    }

    pub(crate) fn is_fresh(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < FRESH)
    }

    fn set(&self, last: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }
}
