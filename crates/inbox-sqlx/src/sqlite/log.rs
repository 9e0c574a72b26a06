//! When the log of changes is moved into the file and emptied.
//!
//! What is erased from the file is still in the log `-wal` until that is emptied, which a connection that reads can
//! prevent. So an erasure is noted in its own transaction, the note is taken back after the log was empty, and until then
//! emptying is tried again, after a restart too.

use std::time::Duration;

use sqlx::{Error, SqliteConnection};
use tokio::time::Instant;

/// How often it is emptied without an erasure, so that a copy of the file is not much older than the inbox.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// The waits before another try while a connection reads.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long a try waits for other connections. Deliveries wait as long.
const EMPTY: &str = "PRAGMA busy_timeout = 50";
const AFTERWARDS: &str = "PRAGMA busy_timeout = 5000";

/// When the log is next emptied.
#[derive(Debug)]
pub(crate) struct Schedule {
    due_at: Instant,
    wait: Duration,
}

impl Schedule {
    /// At once if text that was erased before is still in the log.
    pub(crate) fn new(is_pending: bool) -> Self {
        let first = if is_pending { Duration::ZERO } else { EVERY };
        Self { due_at: Instant::now() + first, wait: FIRST_WAIT }
    }

    pub(crate) const fn due_at(&self) -> Instant {
        self.due_at
    }

    pub(crate) fn is_due(&self) -> bool {
        self.due_at <= Instant::now()
    }

    /// Notes how a try has ended.
    pub(crate) fn tried(&mut self, is_empty: bool) {
        if is_empty {
            *self = Self::new(false);
        } else {
            self.due_at = Instant::now() + self.wait;
            self.wait = (self.wait * 2).min(LONGEST_WAIT);
        }
    }
}

/// Notes an erasure.
pub(crate) async fn note(connection: &mut SqliteConnection) -> Result<(), Error> {
    sqlx::query("INSERT INTO inbox_erasure DEFAULT VALUES").execute(connection).await.map(|_| ())
}

/// The number of the last erasure whose text may be in the log; 0 if there is none.
pub(crate) async fn last_noted(connection: &mut SqliteConnection) -> Result<i64, Error> {
    sqlx::query_scalar("SELECT COALESCE(MAX(id), 0) FROM inbox_erasure").fetch_one(connection).await
}

/// Takes back the notes of all erasures up to this one.
pub(crate) async fn take_back(connection: &mut SqliteConnection, last: i64) -> Result<(), Error> {
    sqlx::query("DELETE FROM inbox_erasure WHERE id <= $1").bind(last).execute(connection).await.map(|_| ())
}

/// Moves the log into the file and empties it. `false`: another connection reads or writes.
pub(crate) async fn empty(connection: &mut SqliteConnection) -> Result<bool, Error> {
    sqlx::query(EMPTY).execute(&mut *connection).await?;
    const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
    let (is_busy, _, _): (i64, i64, i64) = sqlx::query_as(CHECKPOINT).fetch_one(&mut *connection).await?;
    sqlx::query(AFTERWARDS).execute(connection).await?;
    Ok(is_busy == 0)
}
