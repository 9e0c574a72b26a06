//! The traits of `referral-webhooks-inbox`, implemented over an [`Engine`].

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::store::{
    Accepted, Act, Activity, ActivityOf, ByHand, Claim, ClaimRequest, Completion, Counts, Decoded, EndpointStats,
    Entry, Erasure, Filter, Finish, HistoryLine, Lease, NewEntry, PruneRule, Pruned, RefusedRequest, SEAL_MARK,
    SecretUse, SqlStore, Stats, Store, StoreError, StoredEndpoint, TransactionalStore, Work,
};
use referral_webhooks_inbox::{EntryId, Reason};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::dialect::{Connection, LIMIT_IN_TX};
use super::proof::{Proof, not_proven};
use super::store::EngineStore;
use super::{admin, attempt, history, keys, maintenance, marks, overview, read, refused, subjects};
use crate::engine::Engine;
use crate::seal;

impl Store for EngineStore {
    async fn accept(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        self.seal().admit(self, &entry).await?;
        self.insert(entry).await
    }

    async fn accept_items(&self, items: Vec<NewEntry>) -> Result<Vec<Accepted>, StoreError> {
        for entry in &items {
            self.seal().admit(self, entry).await?;
        }
        self.insert_items(items).await
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        self.claim_due(wanted).await
    }

    async fn extend(&self, lease: &Lease) -> Result<bool, StoreError> {
        let lease = lease.clone();
        self.autocommit(move |connection| Box::pin(attempt::extend(connection, lease))).await
    }

    async fn finish(&self, lease: &Lease, finish: Finish) -> Result<bool, StoreError> {
        let lease = lease.clone();
        // The entry may be due again, or the next one of its subject may be.
        change_and_wake(self, move |connection| {
            Box::pin(async move { attempt::finish(connection, &lease, &finish).await })
        })
        .await
    }

    async fn wait(&self, patience: Duration) {
        // After the time-out the caller polls: for entries of other processes, and for entries that have become due.
        let _ = timeout(patience, self.arrived().notified()).await;
    }

    async fn get(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.read(move |connection| Box::pin(read::get(connection, id))).await
    }

    async fn list(&self, filter: Filter) -> Result<Vec<Entry>, StoreError> {
        self.read(move |connection| Box::pin(read::list(connection, filter))).await
    }

    async fn count(&self, filter: Filter) -> Result<u64, StoreError> {
        self.read(move |connection| Box::pin(read::count(connection, filter))).await
    }

    async fn counts(&self, filter: Filter) -> Result<Counts, StoreError> {
        self.read(move |connection| Box::pin(overview::counts(connection, filter))).await
    }

    async fn body(&self, id: EntryId) -> Result<Option<StoredDelivery>, StoreError> {
        self.read(move |connection| Box::pin(read::body(connection, id))).await
    }

    async fn history(&self, id: EntryId) -> Result<Vec<HistoryLine>, StoreError> {
        self.read(move |connection| Box::pin(read::history(connection, id))).await
    }

    async fn record(&self, id: EntryId, what: &str, by: ByHand<'_>) -> Result<bool, StoreError> {
        let (what, by) = (what.to_owned(), by.into());
        self.change(move |connection| Box::pin(admin::record(connection, id, what, by))).await
    }

    async fn acts_by_hand(&self, before: Option<i64>, most: u32) -> Result<Vec<Act>, StoreError> {
        self.read(move |connection| Box::pin(history::by_hand(connection, before, most))).await
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: ByHand<'_>) -> Result<bool, StoreError> {
        let by = by.into();
        change_and_wake(self, move |connection| Box::pin(admin::redeliver(connection, id, attempts, by))).await
    }

    async fn redecode(&self, id: EntryId, decoded: Decoded, attempts: u32, by: ByHand<'_>) -> Result<bool, StoreError> {
        let by = by.into();
        change_and_wake(self, move |connection| Box::pin(admin::redecode(connection, id, decoded, attempts, by))).await
    }

    async fn hold_key(&self, id: EntryId, key: &str) -> Result<EntryId, StoreError> {
        let hold = async || {
            let key = key.to_owned();
            self.change(move |connection| Box::pin(keys::hold(connection, id, key))).await
        };
        match hold().await {
            // A delivery with the key was stored at the same time, and is found now.
            Err(_) => hold().await,
            held => held,
        }
    }

    async fn secrets(&self, endpoint: &str) -> Result<Vec<SecretUse>, StoreError> {
        let endpoint = endpoint.to_owned();
        self.read(move |connection| Box::pin(read::secrets(connection, endpoint))).await
    }

    async fn cancel(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        let by = by.into();
        change_and_wake(self, move |connection| Box::pin(admin::cancel(connection, id, by))).await
    }

    async fn mark_done(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        let by = by.into();
        change_and_wake(self, move |connection| Box::pin(admin::mark_done(connection, id, by))).await
    }

    async fn discard(&self, id: EntryId, reason: Reason, by: ByHand<'_>) -> Result<bool, StoreError> {
        let by = by.into();
        change_and_wake(self, move |connection| Box::pin(admin::discard(connection, id, reason, by))).await
    }

    async fn release(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        let by = by.into();
        change_and_wake(self, move |connection| Box::pin(admin::release(connection, id, by))).await
    }

    async fn erase(&self, id: EntryId, by: ByHand<'_>) -> Result<Erasure, StoreError> {
        let by = by.into();
        let erased = change_and_wake(self, move |connection| Box::pin(admin::erase(connection, id, by))).await?;
        let Some(is_shared) = erased else { return Ok(Erasure::NotErased) };
        let is_log_empty = self.empty_log().await;
        Ok(match is_shared {
            true => Erasure::Shared,
            false if is_log_empty => Erasure::Erased,
            false => Erasure::LogPending,
        })
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        let proof = Arc::clone(self.proof());
        let time = self.autocommit(move |connection| Box::pin(Proof::look(proof, connection)));
        let time = time.await?.ok_or_else(not_proven)?;
        let pruned = self.change(move |connection| Box::pin(maintenance::prune(connection, rule, time))).await?;
        if pruned.erased > 0 {
            self.empty_log().await;
        }
        Ok(pruned.pruned)
    }

    async fn promote_orphans(&self, endpoint: &str) -> Result<u64, StoreError> {
        let (mut after, mut promoted) = (Some(Default::default()), 0);
        while let Some(last) = after {
            let endpoint = endpoint.to_owned();
            // Read without the writer, because deliveries are stored at the same time.
            let page = self.read(move |connection| Box::pin(subjects::orphans(connection, endpoint, last))).await?;
            if !page.orphans.is_empty() {
                promoted += change_and_wake(self, move |connection| {
                    Box::pin(async move { subjects::promote(connection, &page.orphans).await })
                })
                .await?;
            }
            after = page.last;
        }
        Ok(promoted)
    }

    async fn keep_refused(&self, requests: Vec<RefusedRequest>, most: u32) -> Result<(), StoreError> {
        self.change(move |connection| Box::pin(refused::keep(connection, requests, most))).await
    }

    async fn refused(&self, endpoint: &str) -> Result<Vec<RefusedRequest>, StoreError> {
        let endpoint = endpoint.to_owned();
        self.read(move |connection| Box::pin(refused::list(connection, endpoint))).await
    }

    async fn erase_refused(&self, endpoint: &str, at: OffsetDateTime) -> Result<Erasure, StoreError> {
        let endpoint = endpoint.to_owned();
        if !self.change(move |connection| Box::pin(refused::erase(connection, endpoint, at))).await? {
            return Ok(Erasure::NotErased);
        }
        Ok(if self.empty_log().await { Erasure::Erased } else { Erasure::LogPending })
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.change(|connection| Box::pin(maintenance::probe(connection))).await
    }

    async fn mark(&self, name: &str, value: &str) -> Result<String, StoreError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.change(move |connection| Box::pin(marks::mark(connection, name, value))).await
    }

    async fn admits(&self, seal_mark: &str) -> Result<(), StoreError> {
        let found = self.read(|connection| Box::pin(marks::find(connection, SEAL_MARK))).await?;
        found.map_or(Ok(()), |mark| seal::compare(&mark, seal_mark))
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        self.read(|connection| Box::pin(read::stats(connection))).await
    }

    async fn endpoint_stats(&self, endpoints: &[String]) -> Result<Vec<EndpointStats>, StoreError> {
        let endpoints = endpoints.to_vec();
        self.read(move |connection| Box::pin(read::endpoint_stats(connection, endpoints))).await
    }

    async fn endpoints(&self) -> Result<Vec<StoredEndpoint>, StoreError> {
        self.read(|connection| Box::pin(overview::endpoints(connection))).await
    }

    async fn activity(&self, of: ActivityOf) -> Result<Vec<Activity>, StoreError> {
        self.read(move |connection| Box::pin(overview::activity(connection, of))).await
    }
}

impl TransactionalStore for EngineStore {
    /// A connection of sqlx within the inbox's transaction; the handler's own `begin` is a savepoint in it.
    type Tx = Connection;

    const LIMIT_IN_TX: Option<Duration> = LIMIT_IN_TX;

    async fn process(
        &self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<Connection>,
    ) -> Result<Option<Finish>, StoreError> {
        let ended = self.run(lease, limit, back_off, work).await;
        self.arrived().notify_one();
        ended
    }
}

impl SqlStore for EngineStore {
    fn completion(&self, lease: &Lease) -> Completion {
        attempt::completion(lease)
    }

    async fn was_completed(&self, lease: &Lease) -> Result<bool, StoreError> {
        let lease = lease.clone();
        change_and_wake(self, move |connection| Box::pin(attempt::was_completed(connection, lease))).await
    }
}

/// Runs a change that may make an entry due, and wakes a worker.
async fn change_and_wake<T, C>(store: &EngineStore, change: C) -> Result<T, StoreError>
where
    T: Send + 'static,
    C: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
{
    let changed = store.change(change).await;
    store.arrived().notify_one();
    changed
}
