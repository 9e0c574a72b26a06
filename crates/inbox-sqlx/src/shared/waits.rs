//! Entries whose wait ends too late, because the clock was ahead when it began, and leases that end too early, because
//! the clock jumped ahead while they ran.
//!
//! `next_at` is the time of a change plus `wait`. As long as the clock goes forward, `next_at - wait` is therefore in the
//! past. Where it is in the future, the clock was ahead and has been corrected, whether or not a process has seen it, and
//! the wait begins anew: no entry waits for longer than its own lease or back-off. The index `inbox_entry_since` has
//! these entries at its end, so a look costs the same however many others wait.
//!
//! A clock alone does not prove that a worker died. If it has moved further than the monotonic clock since the last look,
//! the leases that would have ended in between start again, and a living worker extends its own. A process that was
//! started after the jump did not see it, and compares the clock with proven time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Error;

use super::dialect::{Connection, any_of, locking, now};

/// The time between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// The most entries of a look at one endpoint.
const MOST: i64 = 500;

/// The wait of an entry. A lease is one hour at most, whatever an earlier version has stored.
macro_rules! wait {
    () => {
        "CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END"
    };
}

/// Starts the waits of entries again.
macro_rules! start_again {
    () => {
        concat!("UPDATE inbox_entry SET wait = ", wait!(), ", next_at = ", now!(), " + ", wait!(), " WHERE id ")
    };
}

/// The distance by which the database's clock may move further than the monotonic clock between two looks.
const DIFFERENCE: i64 = 100;

/// The distance from proven time that is a jump for a process that begins: less is a short absence.
const ABSENCE: i64 = 60 * 60 * 1_000;

/// The last looks at the waits and at the clock.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    corrected: Mutex<Option<Instant>>,
    clock: Mutex<Option<Look>>,
}

/// The database's clock, and the monotonic clock before it was asked.
#[derive(Debug, Clone, Copy)]
struct Look {
    began: Instant,
    clock: i64,
    /// The clock after a jump that made leases start again, until their new ends are known to be committed.
    jumped_to: Option<i64>,
}

impl Look {
    /// Returns whether the database's clock has jumped ahead until a later look, which has ended just now.
    fn sees_jump(&self, later: &Self) -> bool {
        let elapsed = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        later.clock.saturating_sub(self.clock) > elapsed.saturating_add(DIFFERENCE)
    }
}

impl Waits {
    /// Corrects the waits of these endpoints, if the last look was a while ago or has left some.
    pub(crate) async fn correct(&self, connection: &mut Connection, endpoints: &[String]) -> Result<(), Error> {
        // Five seconds are more than two statements that run at the same time are apart.
        const CORRECT: &str = concat!(
            start_again!(),
            any_of!(
                "SELECT id FROM inbox_entry WHERE endpoint = $1 AND next_at IS NOT NULL AND (next_at - ",
                wait!(),
                ") > ",
                now!(),
                " + 5000 ORDER BY (next_at - ",
                wait!(),
                ") DESC LIMIT $2",
                locking!()
            )
        );
        if !self.is_time() {
            return Ok(());
        }
        self.renew_leases(connection).await?;
        let mut is_more = false;
        for endpoint in endpoints {
            let corrected = sqlx::query(CORRECT).bind(endpoint).bind(MOST).execute(&mut *connection).await?;
            is_more |= corrected.rows_affected() >= MOST.unsigned_abs();
        }
        *self.corrected.lock().unwrap_or_else(PoisonError::into_inner) = (!is_more).then(Instant::now);
        Ok(())
    }

    /// Starts the leases again that would have ended since the last look, if the clock has jumped ahead meanwhile; returns
    /// whether it has.
    pub(crate) async fn renew_leases(&self, connection: &mut Connection) -> Result<bool, Error> {
        const CLOCK: &str = concat!("SELECT ", now!(), ", (SELECT proven_at FROM inbox_clock WHERE id = 1)");
        const RENEW: &str = concat!(
            start_again!(),
            any_of!(
                "SELECT id FROM inbox_entry WHERE state = 'running' AND next_at > $1 AND next_at <= $2",
                locking!()
            )
        );
        let began = Instant::now();
        let (clock, proven_at): (i64, Option<i64>) = sqlx::query_as(CLOCK).fetch_one(&mut *connection).await?;
        let look = Look { began, clock, jumped_to: None };
        let far = proven_at.filter(|proven_at| clock.saturating_sub(*proven_at) >= ABSENCE);
        let last = (*self.looked()).or(far.map(|proven_at| Look { clock: proven_at, ..look }));
        let Some(last) = last.filter(|last| last.sees_jump(&look)) else {
            *self.looked() = Some(look);
            return Ok(false);
        };
        // The new leases end later than that.
        let jumped_to = last.jumped_to.unwrap_or(look.clock);
        let renew = sqlx::query(RENEW).bind(last.clock).bind(jumped_to);
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
