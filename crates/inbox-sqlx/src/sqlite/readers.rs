//! The connections that only read.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use referral_webhooks_inbox::StoreError;
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tokio::time::timeout;

use super::fault::Fault;
use super::open;
use super::witness::Witness;

/// How long a reader may take to give its connection back when all are closed.
const PATIENCE: Duration = Duration::from_secs(1);

/// The connections that only read, apart from the one that writes.
#[derive(Debug)]
pub(crate) struct Readers {
    options: SqliteConnectOptions,
    pool: Mutex<SqlitePool>,
    witness: Witness,
    fault: Fault,
}

impl Readers {
    pub(crate) fn new(options: SqliteConnectOptions, witness: Witness, fault: Fault) -> Self {
        Self { pool: Mutex::new(open::readers(&options)), options, witness, fault }
    }

    /// A connection, unless the file is not the one that is written.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.fault.check()?;
        // The writer notices it with its next transaction or look.
        self.witness.check_file().map_err(|why| StoreError::new(self.witness.says(why)))?;
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner).clone();
        pool.acquire().await.map_err(StoreError::new)
    }

    /// Closes all connections. Later ones are opened anew.
    pub(crate) async fn close_all(&self) {
        let new = open::readers(&self.options);
        let old = std::mem::replace(&mut *self.pool.lock().unwrap_or_else(PoisonError::into_inner), new);
        let _ = timeout(PATIENCE, old.close()).await;
    }
}
