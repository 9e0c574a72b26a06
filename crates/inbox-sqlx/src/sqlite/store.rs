//! A SQLite file as the store of an inbox.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks_inbox::store::{Accepted, Claim, ClaimRequest, Finish, Lease, NewEntry, StoreError, Work};
use sqlx::SqliteConnection;
use tokio::sync::{Notify, oneshot};

use super::readers::Readers;
use super::shared::claim;
use super::shared::proof::Proof;
use super::shared::turns::Turns;
use super::shared::waits::Waits;
use super::transaction::Handler;
use super::writer::Writer;
use crate::engine::Engine;
use crate::seal::Seal;

pub(crate) use self::SqliteStore as EngineStore;

/// A SQLite file as the store of an inbox. Cheap to clone; all clones share one connection that writes.
///
/// Several processes may open one file, on one machine and a local disk. Each has at most 6 connections, or as many as
/// [set](crate::SqliteOptions::connections).
///
/// ```
/// use referral_webhooks_inbox::Inbox;
/// use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
///
/// # async fn run() -> Result<(), OpenError> {
/// let store = SqliteStore::open("shop.db").await?;
/// let inbox = Inbox::new(store.clone());
/// // Serve the inbox's routes and run its workers; at the end:
/// store.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteStore(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) writer: Writer,
    pub(super) readers: Arc<Readers>,
    pub(super) waits: Arc<Waits>,
    pub(super) turns: Arc<Turns>,
    pub(super) proof: Arc<Proof>,
    pub(super) arrived: Notify,
    pub(super) identity: String,
    pub(super) file: PathBuf,
    pub(super) seal: Seal,
}

impl SqliteStore {
    /// Returns the identity of the inbox: a random id that was written when its tables were created. Copies of the file
    /// share it.
    ///
    /// ```
    /// # async fn run() -> Result<(), referral_webhooks_inbox_sqlx::OpenError> {
    /// let store = referral_webhooks_inbox_sqlx::SqliteStore::open("shop.db").await?;
    /// println!("pin this identity: {}", store.identity());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.0.identity
    }

    /// Returns the absolute path of the file, for the application's own connections to it.
    ///
    /// ```
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use sqlx::sqlite::SqliteConnectOptions;
    ///
    /// let store = referral_webhooks_inbox_sqlx::SqliteStore::open("sqlite://shop.db").await?;
    /// let shop = SqliteConnectOptions::new().filename(store.file());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.0.file
    }

    /// Commits pending changes, moves the log of changes into the file and closes all connections. Call it when the
    /// program ends: a copy of the file alone is complete afterwards, if no other process has the file open. Dropping
    /// the last clone does the same, as long as the runtime lives.
    ///
    /// Later calls of the store return an error.
    ///
    /// ```
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = referral_webhooks_inbox_sqlx::SqliteStore::open("shop.db").await?;
    /// // Stop the server and the workers first.
    /// store.close().await;
    /// std::fs::copy("shop.db", "backup.db")?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn close(&self) {
        self.0.writer.close().await;
    }

    pub(super) fn proof(&self) -> &Arc<Proof> {
        &self.0.proof
    }
}

impl Engine for SqliteStore {
    type Connection = SqliteConnection;

    fn arrived(&self) -> &Notify {
        &self.0.arrived
    }

    fn seal(&self) -> &Seal {
        &self.0.seal
    }

    async fn insert(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        let accepted = self.0.writer.accept(entry).await?;
        self.0.arrived.notify_one();
        Ok(accepted)
    }

    async fn insert_items(&self, items: Vec<NewEntry>) -> Result<Vec<Accepted>, StoreError> {
        let accepted = self.0.writer.accept_items(items).await?;
        self.0.arrived.notify_one();
        Ok(accepted)
    }

    async fn claim_due(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let (waits, turns) = (Arc::clone(&self.0.waits), Arc::clone(&self.0.turns));
        let claim = self.change(move |connection| {
            Box::pin(async move {
                let claimed = claim::claim(connection, &wanted, &waits, &turns).await?;
                claim::bury(connection, &claimed.dead).await?;
                let room = (wanted.room_for_parked(&claimed.claims), wanted.bytes_left(&claimed.claims));
                let mut claims = claimed.claims;
                claims.extend(claim::claim_parked(connection, &wanted, room).await?);
                Ok(claims)
            })
        });
        claim.await
    }

    async fn change<T, C>(&self, change: C) -> Result<T, StoreError>
    where
        T: Send + 'static,
        C: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        self.0.writer.change(change).await
    }

    async fn read<T, R>(&self, read: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        read(&mut *self.0.readers.acquire().await?).await.map_err(StoreError::new)
    }

    async fn empty_log(&self) -> bool {
        self.0.writer.empty_log().await
    }

    async fn run(
        &self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<SqliteConnection>,
    ) -> Result<Option<Finish>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.writer.process(Handler { lease: lease.clone(), limit, back_off, work, answer }).await?;
        answered.await.map_err(|_| self.0.writer.not_written())
    }
}
