//! The proof of the time: looks at both clocks, and keeps what they agree on.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use referral_webhooks_inbox::store::StoreError;
use sqlx::{Error, Row as _};

use super::dialect::{Connection, now};
use crate::proven_time::ProvenTime;

/// The interval at which every process looks, also one that only receives.
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
    /// Looks at the clocks, and returns the proven time; `None` without the row. That is no error, because on SQLite one
    /// would roll deliveries back that are stored in the same transaction.
    pub(crate) async fn look(&self, connection: &mut Connection) -> Result<Option<ProvenTime>, Error> {
        const READ: &str = concat!(
            "SELECT ",
            now!(),
            " AS clock, proven_at, ahead_by, lasted, allowance, unsettled_from, held_from, held_until, written_at \
             FROM inbox_clock WHERE id = 1"
        );
        let began = Instant::now();
        let Some(row) = sqlx::query(READ).fetch_optional(&mut *connection).await? else { return Ok(None) };
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
        let looked_at = self.looks(|looks| looks.last);
        // From the beginning of the last look to the end of this one, and a rounded millisecond: the database's clock was
        // read in between.
        let elapsed = looked_at.map(|last| last.elapsed() + Duration::from_millis(1));
        let next = stored.after(elapsed, row.try_get("clock")?);
        if next.differs_from(&stored) && !keep(connection, &stored, &next).await? {
            return Ok(Some(stored));
        }
        self.looks(|looks| looks.last = Some(began));
        self.log(&stored, &next);
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
                "the database's clock is ahead of proven time; nothing is deleted by it until it has lasted a day"
            );
        } else if was_logged && !is_pending {
            let is_accepted = stored.ahead_by > 0 && next.proven_at - stored.proven_at >= stored.ahead_by;
            tracing::info!(target: "referral_webhooks", is_accepted, "the jump of the database's clock is over");
        }
    }
}

/// Why nothing is deleted.
pub(crate) fn not_proven() -> StoreError {
    StoreError::new("inbox_clock has lost its row, and without proven time nothing is deleted")
}

/// Writes the row, unless another process has changed it since it was read.
async fn keep(connection: &mut Connection, stored: &ProvenTime, next: &ProvenTime) -> Result<bool, Error> {
    const KEEP: &str = "UPDATE inbox_clock SET proven_at = $1, ahead_by = $2, lasted = $3, allowance = $4, \
                        unsettled_from = $5, held_from = $6, held_until = $7, written_at = $8 \
                        WHERE id = 1 AND proven_at = $9 AND written_at = $10";
    let keep = sqlx::query(KEEP)
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
    Ok(keep.execute(connection).await?.rows_affected() == 1)
}
