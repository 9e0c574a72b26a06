//! Interrupts statements of handlers that exceed their limit.
//!
//! - **Guarantees**: a statement that a handler has left running ends soon after the handler's limit.
//! - **Assumes** that SQLite calls the progress handler of the connection, on the thread that runs the statement.
//! - **Without it**, the one connection that writes would be blocked by a statement that no task waits for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Error, SqliteConnection};

/// The deadline of the running handler and of the statements that it leaves running; `None` without a handler.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deadline(Arc<Mutex<Option<Instant>>>);

/// The number of SQLite's instructions between two checks: some hundred microseconds.
const BETWEEN: i32 = 20_000;

impl Deadline {
    /// Checks the deadline during every statement of this connection.
    pub(crate) async fn watch(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let deadline = self.clone();
        connection.lock_handle().await?.set_progress_handler(BETWEEN, move || !deadline.is_over());
        Ok(())
    }

    pub(crate) fn begin(&self, limit: Duration) {
        self.set(Instant::now().checked_add(limit));
    }

    /// Ends the deadline. Call it when the last statement of a handler has ended.
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
