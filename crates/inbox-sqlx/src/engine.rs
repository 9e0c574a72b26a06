//! The differences between the engines.

use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks_inbox::store::{Accepted, Claim, ClaimRequest, Finish, Lease, NewEntry, StoreError, Work};
use tokio::sync::Notify;

use crate::seal::Seal;

/// The operations of a store that each engine runs in its own way. `shared/traits.rs` builds the store's traits on
/// them.
///
/// SQLite has one writer, so it collects changes and commits many of them together. PostgreSQL has pools of
/// connections, and a transaction for each change.
pub(crate) trait Engine: Send + Sync {
    /// A connection within a transaction.
    type Connection: Send;

    /// Wakes one worker of this process when an entry may have become due.
    fn arrived(&self) -> &Notify;

    /// The check of each entry's seal.
    fn seal(&self) -> &Seal;

    /// Stores a delivery in the next batch, and wakes a worker if an entry has become due.
    fn insert(&self, entry: NewEntry) -> impl Future<Output = Result<Accepted, StoreError>> + Send;

    /// Stores the items of one delivery in one transaction, and wakes a worker if an entry has become due.
    fn insert_items(&self, items: Vec<NewEntry>) -> impl Future<Output = Result<Vec<Accepted>, StoreError>> + Send;

    /// Claims due and parked entries, in as few transactions as the locks of the engine permit.
    fn claim_due(&self, wanted: ClaimRequest) -> impl Future<Output = Result<Vec<Claim>, StoreError>> + Send;

    /// Runs a change in a transaction. All of it is durable when this returns, or none of it.
    fn change<T, C>(&self, change: C) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        T: Send + 'static,
        C: for<'c> FnOnce(&'c mut Self::Connection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static;

    /// Runs statements that need no common transaction.
    fn autocommit<T, S>(&self, statements: S) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        T: Send + 'static,
        S: for<'c> FnOnce(&'c mut Self::Connection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        self.change(statements)
    }

    /// Runs statements that only read.
    fn read<T, R>(&self, read: R) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        T: Send + 'static,
        R: for<'c> FnOnce(&'c mut Self::Connection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        self.autocommit(read)
    }

    /// Removes erased text from a log that the store is responsible for. `false`: another connection reads, and the
    /// store tries again later.
    fn empty_log(&self) -> impl Future<Output = bool> + Send {
        std::future::ready(true)
    }

    /// Runs a handler in a transaction, and ends its attempt in the same one. `None` if the lease is no longer held.
    fn run(
        &self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<Self::Connection>,
    ) -> impl Future<Output = Result<Option<Finish>, StoreError>> + Send;
}
