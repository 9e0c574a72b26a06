//! The proof of the time: looks at the database's clock and at the monotonic clock.
//!
//! - **Guarantees**: the row of `inbox_clock` advances as [`ProvenTime`] says, and a pending jump is logged once.
//! - **Assumes** that several processes look at the same time. The row is written by compare and swap, and a process
//!   whose write was refused counts the time with its next look.
//! - **Without it**, deletion would go by a clock that may be wrong.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use referral_webhooks_inbox::store::StoreError;
use sqlx::{Error, Row as _};

use super::dialect::Connection;
use super::statements::SQL;
use crate::proven_time::ProvenTime;

/// The interval between two looks of every process, including one that only receives.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The looks of this process.
#[derive(Debug, Default)]
pub(crate) struct Proof(Mutex<Looks>);

#[derive(Debug, Default)]
struct Looks {
    /// The beginning of the last one, by the monotonic clock.
    last: Option<Instant>,
    /// Whether a pending jump was logged.
    is_logged: bool,
}

impl Proof {
    /// Looks at the clocks, and returns the proven time; `None` if the row is missing. An error would roll back
    /// deliveries that share the transaction on SQLite.
    pub(crate) async fn look(proof: Arc<Self>, connection: &mut Connection) -> Result<Option<ProvenTime>, Error> {
        let began = Instant::now();
        let Some(row) = sqlx::query(SQL.clock_read).fetch_optional(&mut *connection).await? else { return Ok(None) };
        let stored = ProvenTime {
            proven_at: row.try_get("proven_at")?,
            ahead_by: row.try_get("ahead_by")?,
            lasted: row.try_get("lasted")?,
            allowance: row.try_get("allowance")?,
            unsettled_from: row.try_get("unsettled_from")?,
            held_from: row.try_get("held_from")?,
            held_until: row.try_get("held_until")?,
            written_at: row.try_get("written_at")?,
        };
        let looked_at = proof.looks(|looks| looks.last);
        // From the beginning of the last look to the end of this one, rounded up: the database's clock was read between
        // them.
        let elapsed = looked_at.map(|last| last.elapsed() + Duration::from_millis(1));
        let next = stored.after(elapsed, row.try_get("clock")?);
        if next.differs_from(&stored) && !write(connection, &stored, &next).await? {
            return Ok(Some(stored));
        }
        proof.looks(|looks| looks.last = Some(began));
        proof.log(&stored, &next);
        Ok(Some(next))
    }

    fn looks<T>(&self, look: impl FnOnce(&mut Looks) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Logs a pending jump once, and its end.
    fn log(&self, stored: &ProvenTime, next: &ProvenTime) {
        let is_pending = next.ahead_by > 0;
        let was_logged = self.looks(|looks| std::mem::replace(&mut looks.is_logged, is_pending));
        if is_pending && !was_logged {
            tracing::warn!(
                target: "referral_webhooks", ahead_hours = next.ahead_by / 3_600_000,
                "the database's clock is ahead of proven time; no entry is deleted by it until it has lasted a day"
            );
        } else if was_logged && !is_pending {
            let is_accepted = stored.ahead_by > 0 && next.proven_at - stored.proven_at >= stored.ahead_by;
            tracing::info!(target: "referral_webhooks", is_accepted, "the jump of the database's clock is over");
        }
    }
}

/// Returns the error of a deletion without proven time.
pub(crate) fn not_proven() -> StoreError {
    StoreError::new("inbox_clock has lost its row, and no entry is deleted without proven time")
}

/// Writes the row, unless another process has changed it since it was read.
async fn write(connection: &mut Connection, stored: &ProvenTime, next: &ProvenTime) -> Result<bool, Error> {
    let write = sqlx::query(SQL.clock_write)
        .bind(next.proven_at)
        .bind(next.ahead_by)
        .bind(next.lasted)
        .bind(next.allowance)
        .bind(next.unsettled_from)
        .bind(next.held_from)
        .bind(next.held_until)
        .bind(next.written_at)
        .bind(stored.proven_at)
        .bind(stored.written_at);
    Ok(write.execute(connection).await?.rows_affected() == 1)
}
