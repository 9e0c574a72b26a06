//! Whose commits are made: the writer's own, and nobody else's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Error, Sqlite, SqliteConnection, Transaction};

/// Whether the writer is committing at this moment.
///
/// Handlers have its connection in their hands. One that commits would keep its effect, and those of others in the same
/// transaction, without their completion. And where SQLite has rolled back by itself, whatever came next would be
/// committed at once. So SQLite asks before every commit, and makes a rollback of one that is not the writer's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Commits(Arc<AtomicBool>);

impl Commits {
    /// Has this connection ask.
    pub(crate) async fn watch(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let commits = Arc::clone(&self.0);
        connection.lock_handle().await?.set_commit_hook(move || commits.load(Ordering::SeqCst));
        Ok(())
    }

    /// Commits.
    pub(crate) async fn commit(&self, transaction: Transaction<'_, Sqlite>) -> Result<(), Error> {
        self.0.store(true, Ordering::SeqCst);
        let committed = transaction.commit().await;
        self.0.store(false, Ordering::SeqCst);
        committed
    }
}
