//! Entries whose wait ends too late, because the clock was ahead when it began.
//!
//! `next_at` is the time of a change plus `wait`. As long as the clock goes forward, `next_at - wait` is therefore in the
//! past. Where it is in the future, the clock was ahead and has been corrected, whether or not a process has seen it, and
//! the wait begins anew: no entry waits for longer than its own lease or back-off. The index `inbox_entry_since` has
//! these entries at its end, so a look costs the same however many others wait.

use std::sync::{Mutex, PoisonError};
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

/// When the waits were last looked at.
#[derive(Debug, Default)]
pub(crate) struct Waits(Mutex<Option<Instant>>);

impl Waits {
    /// Corrects the waits of these endpoints, if the last look was a while ago or has left some.
    pub(crate) async fn correct(&self, connection: &mut Connection, endpoints: &[String]) -> Result<(), Error> {
        // Five seconds are more than two statements that run at the same time are apart.
        const CORRECT: &str = concat!(
            "UPDATE inbox_entry SET wait = ",
            wait!(),
            ", next_at = ",
            now!(),
            " + ",
            wait!(),
            " WHERE id ",
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
        let mut is_more = false;
        for endpoint in endpoints {
            let corrected = sqlx::query(CORRECT).bind(endpoint).bind(MOST).execute(&mut *connection).await?;
            is_more |= corrected.rows_affected() >= MOST.unsigned_abs();
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (!is_more).then(Instant::now);
        Ok(())
    }

    fn is_time(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|last| last.elapsed() >= EVERY)
    }
}
