//! Corrections of waits and leases after the database's clock was wrong.
//!
//! - **Guarantees**: an entry waits no longer than its own lease or back-off once a clock that was ahead is corrected.
//!   A clock that jumps ahead ends no lease of a living worker.
//! - **Assumes** that `next_at` is the time of a change plus `wait`. While the clock goes forward, `next_at - wait` is
//!   in the past; if it is in the future, the clock was ahead and has been corrected, whether or not a process has seen
//!   it. The index `inbox_entry_since` has these entries at its end. The monotonic clock of a process is right: if the
//!   database's clock has moved further since the last look, it has jumped. A process that was started after the jump
//!   compares the clock with proven time.
//! - **Without it**, an entry would wait for a day because the clock was once a day ahead, or a jump would let a second
//!   worker claim what a living one is processing.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Error;

use super::dialect::Connection;
use super::statements::SQL;

/// The interval between two corrections.
const EVERY: Duration = Duration::from_secs(1);

/// The most entries that one statement corrects.
const MOST: i64 = 500;

/// The tolerated difference between the progress of the database's clock and of the monotonic clock, in milliseconds.
const DIFFERENCE: i64 = 100;

/// The distance from proven time that is a jump for a process that has just started. A shorter one is a restart.
const ABSENCE: i64 = 60 * 60 * 1_000;

/// The last correction of the waits and the last look at the clock.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    corrected: Mutex<Option<Instant>>,
    clock: Mutex<Option<Look>>,
}

/// The database's clock, and the monotonic clock before it was read.
#[derive(Debug, Clone, Copy)]
struct Look {
    began: Instant,
    clock: i64,
    /// The clock after a jump that made leases start again, until their new ends are known to be committed.
    jumped_to: Option<i64>,
}

impl Look {
    /// Returns whether the database's clock has jumped ahead between this look and a later one that has just ended.
    fn sees_jump(&self, later: &Self) -> bool {
        let elapsed = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        later.clock.saturating_sub(self.clock) > elapsed.saturating_add(DIFFERENCE)
    }
}

impl Waits {
    /// Corrects the waits of these endpoints, if the last correction is older than [`EVERY`] or was incomplete.
    pub(crate) async fn correct(&self, connection: &mut Connection, endpoints: &[String]) -> Result<(), Error> {
        if !self.is_time() {
            return Ok(());
        }
        self.renew_leases(connection).await?;
        let mut is_more = false;
        for endpoint in endpoints {
            let corrected = sqlx::query(SQL.waits_correct).bind(endpoint).bind(MOST).execute(&mut *connection).await?;
            is_more |= corrected.rows_affected() >= MOST.unsigned_abs();
        }
        *self.corrected.lock().unwrap_or_else(PoisonError::into_inner) = (!is_more).then(Instant::now);
        Ok(())
    }

    /// Returns whether the clock has jumped ahead since the last look. If it has, starts the leases again that would
    /// have ended because of the jump.
    pub(crate) async fn renew_leases(&self, connection: &mut Connection) -> Result<bool, Error> {
        let began = Instant::now();
        let (clock, proven_at): (i64, Option<i64>) =
            sqlx::query_as(SQL.waits_clock).fetch_one(&mut *connection).await?;
        let look = Look { began, clock, jumped_to: None };
        let far = proven_at.filter(|proven_at| clock.saturating_sub(*proven_at) >= ABSENCE);
        let last = (*self.looked()).or(far.map(|proven_at| Look { clock: proven_at, ..look }));
        let Some(last) = last.filter(|last| last.sees_jump(&look)) else {
            *self.looked() = Some(look);
            return Ok(false);
        };
        // The new leases end later than that.
        let jumped_to = last.jumped_to.unwrap_or(look.clock);
        let renew = sqlx::query(SQL.waits_renew_leases).bind(last.clock).bind(jumped_to);
        let leases = renew.execute(connection).await?.rows_affected();
        // The transaction may be rolled back, so the next look sees the jump once more.
        *self.looked() = Some(if leases == 0 { look } else { Look { jumped_to: Some(jumped_to), ..last } });
        if leases > 0 {
            tracing::warn!(
                target: "referral_webhooks", leases, ahead_ms = look.clock - last.clock,
                "the database's clock has jumped ahead, so the leases that it would have ended start again"
            );
        }
        Ok(true)
    }

    fn looked(&self) -> MutexGuard<'_, Option<Look>> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_time(&self) -> bool {
        let last = *self.corrected.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|last| last.elapsed() >= EVERY)
    }
}
