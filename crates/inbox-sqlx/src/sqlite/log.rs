//! The schedule of moving the log `-wal` into the file.
//!
//! - **Guarantees**: erased text does not remain in the log. An erasure is noted in its own transaction, the note is
//!   deleted after the log was empty, and emptying is tried again until then, also after a restart.
//! - **Assumes** that a connection that reads can prevent emptying for as long as it reads.
//! - **Without it**, erased personal data would stay in the log until other changes overwrite it.

use std::time::Duration;

use sqlx::{Error, SqliteConnection};
use tokio::time::Instant;

use super::statements::SQL;

/// The interval without an erasure, so that a copy of the file is not much older than the inbox.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// The waits before another attempt while a connection reads.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The time that an attempt waits for other connections. Deliveries are delayed by it.
const SHORT_WAIT: &str = "PRAGMA busy_timeout = 50";
const NORMAL_WAIT: &str = "PRAGMA busy_timeout = 5000";

/// The time of the next attempt to empty the log.
#[derive(Debug)]
pub(crate) struct Schedule {
    due_at: Instant,
    wait: Duration,
}

impl Schedule {
    /// Returns the schedule after a start: due at once if erased text may be in the log.
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

    /// Sets the next time after an attempt.
    pub(crate) fn attempted(&mut self, is_empty: bool) {
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
    sqlx::query(SQL.erasure_note).execute(connection).await.map(|_| ())
}

/// Returns the number of the last erasure whose text may be in the log; 0 if there is none.
pub(crate) async fn last_noted(connection: &mut SqliteConnection) -> Result<i64, Error> {
    sqlx::query_scalar(SQL.erasure_last).fetch_one(connection).await
}

/// Deletes the notes of all erasures up to this one.
pub(crate) async fn clear(connection: &mut SqliteConnection, last: i64) -> Result<(), Error> {
    sqlx::query(SQL.erasure_clear).bind(last).execute(connection).await.map(|_| ())
}

/// Moves the log into the file and empties it. `false`: another connection reads or writes.
pub(crate) async fn empty(connection: &mut SqliteConnection) -> Result<bool, Error> {
    Ok(checkpoint(connection).await?.0 == 0)
}

/// Moves the log into the file, and returns whether the file has all of it. A connection that reads an older state can
/// prevent that.
pub(crate) async fn save(connection: &mut SqliteConnection) -> Result<bool, Error> {
    let (is_busy, frames, moved) = checkpoint(connection).await?;
    Ok(is_busy == 0 || frames >= 0 && frames == moved)
}

/// Returns whether another connection prevented it, the number of frames in the log, and how many the file has.
async fn checkpoint(connection: &mut SqliteConnection) -> Result<(i64, i64, i64), Error> {
    sqlx::query(SHORT_WAIT).execute(&mut *connection).await?;
    const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
    let answer = sqlx::query_as(CHECKPOINT).fetch_one(&mut *connection).await?;
    sqlx::query(NORMAL_WAIT).execute(connection).await?;
    Ok(answer)
}

/// The bytes of the log's header, and of the header before each page.
const HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// Returns the smallest length that the log can have according to its index. Moves no page.
pub(crate) async fn least_length(connection: &mut SqliteConnection) -> Result<u64, Error> {
    let page: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut *connection).await?;
    const LOOK: &str = "PRAGMA wal_checkpoint(NOOP)";
    let (_, frames, _): (i64, i64, i64) = sqlx::query_as(LOOK).fetch_one(connection).await?;
    Ok(match u64::try_from(frames) {
        Ok(0) | Err(_) => 0,
        Ok(frames) => HEADER + frames * (FRAME_HEADER + page.unsigned_abs()),
    })
}
