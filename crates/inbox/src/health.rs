//! Whether deliveries could be accepted now.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::inbox::Inbox;
use crate::store::NOT_SEALED;
use crate::store::Stats;
use crate::store::Store;
use crate::worker::attempt::cause;

/// For how long a write proves that the store can write.
const FRESH: Duration = Duration::from_secs(5);

/// When something was last written durably.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse(Arc<Mutex<Option<Instant>>>);

impl Pulse {
    pub(crate) fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Ends what the last write proved: another one has failed since.
    pub(crate) fn stop(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn is_fresh(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < FRESH)
    }
}

/// Whether deliveries could be accepted now, and what waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Whether something was written durably within the last five seconds, and nothing failed since: answer a readiness
    /// probe with it.
    pub is_ready: bool,
    /// How many deliveries wait for being stored.
    pub queued: usize,
    /// What waits in the store, if it could be read in time. [`Stats::oldest_due`] is the alarm to set.
    pub stats: Option<Stats>,
    /// What is wrong, for whoever looks.
    pub trouble: Option<String>,
}

impl<S: Store> Inbox<S> {
    /// Whether deliveries could be accepted now. If none was lately, something small is written for it; so it may be
    /// asked every second. It answers within twice the [budget](Self::accept_within), and never fails.
    pub async fn health(&self) -> Health {
        let budget = self.budget();
        let stats = timeout(budget, self.store().stats()).await;
        // A store that cannot be read may have lost the last write.
        let trouble = if self.pulse().is_fresh() && !matches!(stats, Ok(Err(_))) {
            None
        } else {
            let probe = async {
                self.store().admits(NOT_SEALED).await?;
                self.store().probe().await
            };
            match timeout(budget, probe).await {
                Ok(Ok(())) => {
                    self.pulse().beat();
                    None
                }
                Ok(Err(error)) => Some(format!("{error}: {}", cause(&error))),
                Err(_) => Some(format!("the store wrote nothing within {} ms", budget.as_millis())),
            }
        };
        let stats = stats.ok().and_then(Result::ok);
        Health { is_ready: trouble.is_none(), queued: self.queued(), stats, trouble }
    }
}
