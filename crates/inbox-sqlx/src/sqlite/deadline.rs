//! Stops statements of handlers that take too long.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Error, SqliteConnection};

/// Until when the handler at work may take, and what it leaves running; nothing while none works.
///
/// A handler that is given up, or that has given a statement up, leaves it running, and everything else waits for that
/// one. So SQLite asks now and then whether to go on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deadline(Arc<Mutex<Option<Instant>>>);

/// How many of SQLite's own instructions go by between two questions: some hundred microseconds.
const BETWEEN: i32 = 20_000;

impl Deadline {
    /// Has this connection ask.
    pub(crate) async fn watch(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let deadline = self.clone();
        connection.lock_handle().await?.set_progress_handler(BETWEEN, move || !deadline.is_over());
        Ok(())
    }

    pub(crate) fn begin(&self, limit: Duration) {
        self.set(Instant::now().checked_add(limit));
    }

    /// To be called when the last statement of a handler has come to its end.
    pub(crate) fn end(&self) {
        self.set(None);
    }

    fn set(&self, deadline: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
    }

    fn is_over(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|deadline| deadline < Instant::now())
    }
}
