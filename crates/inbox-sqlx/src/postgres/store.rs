//! A PostgreSQL database as the store of an inbox.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks::chain;
use referral_webhooks_inbox::store::{Accepted, Claim, ClaimRequest, Finish, Lease, NewEntry, StoreError, Work};
use sqlx::{PgConnection, PgPool};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;

use super::items;
use super::open::Target;
use super::pool::{autocommit, change, handlers_pool};
use super::shared::claim::{self, Claimed};
use super::shared::proof::Proof;
use super::shared::turns::Turns;
use super::shared::waits::Waits;
use super::transaction::process;
use super::writer::Writer;
use crate::engine::Engine;
use crate::seal::Seal;

pub(crate) use self::PostgresStore as EngineStore;

/// A PostgreSQL database as the store of an inbox. Cheap to clone; all clones share their connections.
///
/// Any number of processes on any number of machines may use one database. Each has at most 25 connections, or as many
/// as [set](crate::PostgresOptions::connections): 2 that store deliveries, 2 that count repeats, 4 for other changes and reads,
/// one that listens, and 16 of handlers that write in the inbox's transaction. Slow handlers therefore delay no other
/// work.
///
/// ```
/// use referral_webhooks_inbox::Inbox;
/// use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
///
/// # async fn run() -> Result<(), OpenError> {
/// let store = PostgresStore::connect("postgres://shop@db/shop").await?;
/// let inbox = Inbox::new(store);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pub(super) inner: Arc<Inner>,
    pub(super) handlers: PgPool,
}

pub(super) struct Inner {
    pub(super) writer: Writer,
    pub(super) changes: PgPool,
    pub(super) waits: Arc<Waits>,
    pub(super) turns: Arc<Turns>,
    pub(super) proof: Arc<Proof>,
    pub(super) arrived: Arc<Notify>,
    /// Wakes the task that notifies other processes.
    pub(super) stored: Arc<Notify>,
    /// Held by the one transaction of this process that stores items, so that others occupy no connection.
    pub(super) storing_items: Mutex<()>,
    pub(super) target: Arc<Target>,
    pub(super) seal: Seal,
    /// Ends with the store.
    pub(super) _background: JoinSet<()>,
}

impl PostgresStore {
    /// Returns the identity of the inbox: a random id that was written when its tables were created. Copies of the
    /// database share it.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = PostgresStore::connect("postgres://shop@db/shop").await?;
    /// println!("pin this identity: {}", store.identity());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.inner.target.identity
    }

    /// Sets how many handlers of [`run_in_tx`](referral_webhooks_inbox::Worker::run_in_tx) may run at once: 65,535 at
    /// most. It replaces the share of the handlers in [`connections`](crate::PostgresOptions::connections), 16 by
    /// default. Further handlers wait for a connection.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = PostgresStore::connect("postgres://shop@db/shop").await?.handlers(64);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn handlers(self, most: u32) -> Self {
        // A pool allocates a place for each of its connections.
        let handlers = handlers_pool(&self.inner.target, most.clamp(1, u32::from(u16::MAX)));
        Self { handlers, ..self }
    }

    pub(super) fn proof(&self) -> &Arc<Proof> {
        &self.inner.proof
    }
}

impl Engine for PostgresStore {
    type Connection = PgConnection;

    fn arrived(&self) -> &Notify {
        &self.inner.arrived
    }

    fn seal(&self) -> &Seal {
        &self.inner.seal
    }

    async fn insert(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        // The writer wakes a worker once for a batch of new entries.
        let accepted = self.inner.writer.accept(entry).await?;
        if matches!(accepted, Accepted::Revived(_)) {
            self.inner.arrived.notify_one();
        }
        Ok(accepted)
    }

    async fn insert_items(&self, items: Vec<NewEntry>) -> Result<Vec<Accepted>, StoreError> {
        let turn = self.inner.storing_items.lock().await;
        let accepted = items::accept(&self.inner.changes, items).await?;
        drop(turn);
        self.inner.arrived.notify_one();
        self.inner.stored.notify_one();
        Ok(accepted)
    }

    async fn claim_due(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let (waits, turns, due) = (Arc::clone(&self.inner.waits), Arc::clone(&self.inner.turns), wanted.clone());
        let claim = self
            .change(move |connection| Box::pin(async move { claim::claim(connection, &due, &waits, &turns).await }));
        let Claimed { mut claims, dead } = claim.await?;
        // A second transaction, because a claim has locked available entries, so it must not wait for subjects.
        if !dead.is_empty() {
            let bury = self.change(move |connection| Box::pin(async move { claim::bury(connection, &dead).await }));
            match bury.await {
                Ok(()) => self.inner.arrived.notify_one(),
                // The next claim finds them again. The claims of this one must be returned.
                Err(error) => tracing::warn!(
                    target: "referral_webhooks", cause = %chain(&error),
                    "entries whose lease expired on their last attempt are not dead letters yet"
                ),
            }
        }
        let room = (wanted.room_for_parked(&claims), wanted.bytes_left(&claims));
        if room.0 > 0 {
            // A third transaction, for the same reason.
            let parked = self.change(move |connection| {
                Box::pin(async move { claim::claim_parked(connection, &wanted, room).await })
            });
            match parked.await {
                Ok(parked) => claims.extend(parked),
                Err(error) => tracing::warn!(
                    target: "referral_webhooks", cause = %chain(&error), "parked entries were not claimed"
                ),
            }
        }
        Ok(claims)
    }

    async fn change<T, C>(&self, transaction: C) -> Result<T, StoreError>
    where
        T: Send + 'static,
        C: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        change(&self.inner.changes, transaction).await
    }

    async fn autocommit<T, S>(&self, statements: S) -> Result<T, StoreError>
    where
        T: Send + 'static,
        S: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        autocommit(&self.inner.changes, statements).await
    }

    async fn run(
        &self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<PgConnection>,
    ) -> Result<Option<Finish>, StoreError> {
        process(&self.handlers, &self.inner.changes, lease, limit, back_off, work).await
    }
}

/// Omits the options of the connection, because the password is one of them.
impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("writer", &self.writer).field("changes", &self.changes).finish_non_exhaustive()
    }
}
