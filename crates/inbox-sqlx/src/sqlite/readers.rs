//! The connections that do not write.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join;
use referral_webhooks_inbox::store::StoreError;
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tokio::time::timeout;

use super::fault::Fault;
use super::open;
use super::witness::Witness;

/// How long a reader may take to give its connection back when all are closed.
const PATIENCE: Duration = Duration::from_secs(1);

/// The connections that do not write: several that read, and one that moves the log.
#[derive(Debug)]
pub(crate) struct Readers {
    options: SqliteConnectOptions,
    pools: Mutex<Pools>,
    witness: Witness,
    fault: Fault,
}

#[derive(Debug, Clone)]
struct Pools {
    readers: SqlitePool,
    mover: SqlitePool,
}

impl Pools {
    fn new(options: &SqliteConnectOptions) -> Self {
        Self { readers: open::readers(options), mover: open::mover(options) }
    }
}

impl Readers {
    pub(crate) fn new(options: SqliteConnectOptions, witness: Witness, fault: Fault) -> Self {
        Self { pools: Mutex::new(Pools::new(&options)), options, witness, fault }
    }

    /// A connection, unless the file is not the one that is written.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.pools()?.readers.acquire().await.map_err(StoreError::new)
    }

    /// The connection that moves the log.
    pub(crate) async fn acquire_mover(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.pools()?.mover.acquire().await.map_err(StoreError::new)
    }

    fn pools(&self) -> Result<Pools, StoreError> {
        self.fault.check()?;
        // The writer notices it with its next transaction or look.
        self.witness.check_file().map_err(|why| StoreError::new(self.witness.says(why)))?;
        Ok(self.pools.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Closes all connections. Later ones are opened anew.
    pub(crate) async fn close_all(&self) {
        let new = Pools::new(&self.options);
        let old = std::mem::replace(&mut *self.pools.lock().unwrap_or_else(PoisonError::into_inner), new);
        let _ = timeout(PATIENCE, join(old.readers.close(), old.mover.close())).await;
    }
}
