//! The veto of commits that the writer did not issue.
//!
//! - **Guarantees**: a commit by a handler becomes a rollback.
//! - **Assumes** that SQLite calls the commit hook of the connection before every commit.
//! - **Without it**, a handler that commits would keep its effect, and those of other handlers in the same transaction,
//!   without their completions. If SQLite has rolled back because of an error, later statements would be committed one
//!   by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Error, Sqlite, SqliteConnection, Transaction};

/// Whether the writer is committing at this moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Commits(Arc<AtomicBool>);

impl Commits {
    /// Vetoes the commits of this connection.
    pub(crate) async fn watch(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let commits = Arc::clone(&self.0);
        connection.lock_handle().await?.set_commit_hook(move || commits.load(Ordering::SeqCst));
        Ok(())
    }

    /// Commits a transaction of the writer.
    pub(crate) async fn commit(&self, transaction: Transaction<'_, Sqlite>) -> Result<(), Error> {
        self.0.store(true, Ordering::SeqCst);
        let committed = transaction.commit().await;
        self.0.store(false, Ordering::SeqCst);
        committed
    }
}
