//! The connections that do not write.
//!
//! - **Guarantees**: reads see committed changes and delay no commit. A read of a file that is not the written one is
//!   refused.
//! - **Assumes** WAL mode, because readers and the writer do not block each other there.
//! - **Without it**, a long list would delay every delivery.

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

/// The time limit for returning connections when all are closed.
const PATIENCE: Duration = Duration::from_secs(1);

/// The connections that do not write: several that read, and one that moves the log.
#[derive(Debug)]
pub(crate) struct Readers {
    options: SqliteConnectOptions,
    most: u32,
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
    fn new(options: &SqliteConnectOptions, most: u32) -> Self {
        Self { readers: open::readers(options, most), mover: open::mover(options) }
    }
}

impl Readers {
    /// Returns the pools, with this many connections that read.
    pub(crate) fn new(options: SqliteConnectOptions, most: u32, witness: Witness, fault: Fault) -> Self {
        Self { pools: Mutex::new(Pools::new(&options, most)), options, most, witness, fault }
    }

    /// Returns a connection for reading. An error if the file at the path is not the one that is written.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.pools()?.readers.acquire().await.map_err(StoreError::new)
    }

    /// Returns the connection that moves the log.
    pub(crate) async fn acquire_mover(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.pools()?.mover.acquire().await.map_err(StoreError::new)
    }

    fn pools(&self) -> Result<Pools, StoreError> {
        self.fault.check()?;
        // The writer notices a moved file with its next transaction or comparison.
        self.witness.check_file().map_err(|why| StoreError::new(self.witness.describe(why)))?;
        Ok(self.pools.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Closes all connections. Later calls open new ones.
    pub(crate) async fn close_all(&self) {
        let new = Pools::new(&self.options, self.most);
        let old = std::mem::replace(&mut *self.pools.lock().unwrap_or_else(PoisonError::into_inner), new);
        let _ = timeout(PATIENCE, join(old.readers.close(), old.mover.close())).await;
    }
}
