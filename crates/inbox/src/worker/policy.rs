//! The limits and waits of a worker's attempts.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::backoff::BackOff;
use crate::store::{Finish, Lease, Reason};

/// The limits and waits of a worker's attempts.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) back_off: BackOff,
    pub(super) limit: Duration,
    /// `None` if not set: the store then decides.
    pub(super) limit_in_tx: Option<Duration>,
    /// Cancelled when the grace period of a shutdown is over: running attempts are released.
    pub(super) grace_over: CancellationToken,
}

impl Policy {
    pub(super) fn new(back_off: BackOff) -> Self {
        let limit = Duration::from_secs(5 * 60);
        Self { back_off, limit, limit_in_tx: None, grace_over: CancellationToken::new() }
    }

    /// Returns the limit of a handler in a transaction of a store with this default.
    pub(super) fn limit_in_tx(&self, default: Option<Duration>) -> Duration {
        self.limit_in_tx.unwrap_or_else(|| default.map_or(self.limit, |default| default.min(self.limit)))
    }

    /// Returns the wait after this attempt. It depends on the attempts that remain, so that a redelivered entry starts
    /// with the first wait, and a released attempt does not lengthen it.
    pub(super) fn wait_after(&self, lease: &Lease) -> Duration {
        let remaining = lease.last_attempt.saturating_sub(lease.attempt);
        self.back_off.jittered(self.back_off.attempts().saturating_sub(remaining).max(1))
    }

    /// Returns the end of a failed attempt.
    pub(super) fn retry(&self, lease: &Lease, reason: impl Into<Reason>) -> Finish {
        Finish::Retry(self.wait_after(lease), reason.into())
    }
}
