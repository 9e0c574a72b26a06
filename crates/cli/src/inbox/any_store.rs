//! A store of either engine, sealed or not, as one type, so that each verb is compiled once.

use std::time::Duration;

use referral_webhooks::{DeliveryId, Fingerprint, StoredDelivery};
use referral_webhooks_inbox::store::{
    Accepted, Act, Activity, ActivityOf, ByHand, Claim, ClaimRequest, Counts, Decoded, EndpointStats, Entry, Erasure,
    Filter, Finish, HistoryLine, Lease, NewEntry, PruneRule, Pruned, RefusedRequest, SecretUse, Stats, Store,
    StoreError, StoredEndpoint,
};
use referral_webhooks_inbox::{EntryId, Reason, Sealed};
use referral_webhooks_inbox_sqlx::{EntryCopy, PostgresStore, Restored, SqliteStore};
use time::OffsetDateTime;

/// A store of either engine, sealed or not.
#[derive(Debug, Clone)]
pub(crate) enum AnyStore {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
    SealedSqlite(Sealed<SqliteStore>),
    SealedPostgres(Sealed<PostgresStore>),
}

/// Calls a method of the store.
macro_rules! on {
    ($any:expr, $store:ident => $call:expr) => {
        match $any {
            AnyStore::Sqlite($store) => $call,
            AnyStore::Postgres($store) => $call,
            AnyStore::SealedSqlite($store) => $call,
            AnyStore::SealedPostgres($store) => $call,
        }
    };
}

impl Store for AnyStore {
    async fn accept(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        on!(self, store => store.accept(entry).await)
    }

    async fn accept_items(&self, items: Vec<NewEntry>) -> Result<Vec<Accepted>, StoreError> {
        on!(self, store => store.accept_items(items).await)
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        on!(self, store => store.claim(wanted).await)
    }

    async fn extend(&self, lease: &Lease) -> Result<bool, StoreError> {
        on!(self, store => store.extend(lease).await)
    }

    async fn finish(&self, lease: &Lease, finish: Finish) -> Result<bool, StoreError> {
        on!(self, store => store.finish(lease, finish).await)
    }

    async fn wait(&self, patience: Duration) {
        on!(self, store => store.wait(patience).await);
    }

    async fn get(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        on!(self, store => store.get(id).await)
    }

    async fn list(&self, filter: Filter) -> Result<Vec<Entry>, StoreError> {
        on!(self, store => store.list(filter).await)
    }

    async fn count(&self, filter: Filter) -> Result<u64, StoreError> {
        on!(self, store => store.count(filter).await)
    }

    async fn counts(&self, filter: Filter) -> Result<Counts, StoreError> {
        on!(self, store => store.counts(filter).await)
    }

    async fn body(&self, id: EntryId) -> Result<Option<StoredDelivery>, StoreError> {
        on!(self, store => store.body(id).await)
    }

    async fn history(&self, id: EntryId) -> Result<Vec<HistoryLine>, StoreError> {
        on!(self, store => store.history(id).await)
    }

    async fn record(&self, id: EntryId, what: &str, by: ByHand<'_>) -> Result<bool, StoreError> {
        on!(self, store => store.record(id, what, by).await)
    }

    async fn acts_by_hand(&self, before: Option<i64>, most: u32) -> Result<Vec<Act>, StoreError> {
        on!(self, store => store.acts_by_hand(before, most).await)
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: ByHand<'_>) -> Result<bool, StoreError> {
        on!(self, store => store.redeliver(id, attempts, by).await)
    }

    async fn redecode(&self, id: EntryId, decoded: Decoded, attempts: u32, by: ByHand<'_>) -> Result<bool, StoreError> {
        on!(self, store => store.redecode(id, decoded, attempts, by).await)
    }

    async fn hold_key(&self, id: EntryId, key: &str) -> Result<EntryId, StoreError> {
        on!(self, store => store.hold_key(id, key).await)
    }

    async fn secrets(&self, endpoint: &str) -> Result<Vec<SecretUse>, StoreError> {
        on!(self, store => store.secrets(endpoint).await)
    }

    fn kept_fingerprint(&self, fingerprint: Fingerprint) -> Fingerprint {
        on!(self, store => store.kept_fingerprint(fingerprint))
    }

    fn kept_delivery_id(&self, id: &DeliveryId) -> String {
        on!(self, store => store.kept_delivery_id(id))
    }

    async fn cancel(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        on!(self, store => store.cancel(id, by).await)
    }

    async fn mark_done(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        on!(self, store => store.mark_done(id, by).await)
    }

    async fn discard(&self, id: EntryId, reason: Reason, by: ByHand<'_>) -> Result<bool, StoreError> {
        on!(self, store => store.discard(id, reason, by).await)
    }

    async fn release(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        on!(self, store => store.release(id, by).await)
    }

    async fn erase(&self, id: EntryId, by: ByHand<'_>) -> Result<Erasure, StoreError> {
        on!(self, store => store.erase(id, by).await)
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        on!(self, store => store.prune(rule).await)
    }

    async fn promote_orphans(&self, endpoint: &str) -> Result<u64, StoreError> {
        on!(self, store => store.promote_orphans(endpoint).await)
    }

    async fn keep_refused(&self, requests: Vec<RefusedRequest>, most: u32) -> Result<(), StoreError> {
        on!(self, store => store.keep_refused(requests, most).await)
    }

    async fn refused(&self, endpoint: &str) -> Result<Vec<RefusedRequest>, StoreError> {
        on!(self, store => store.refused(endpoint).await)
    }

    async fn erase_refused(&self, endpoint: &str, at: OffsetDateTime) -> Result<Erasure, StoreError> {
        on!(self, store => store.erase_refused(endpoint, at).await)
    }

    async fn probe(&self) -> Result<(), StoreError> {
        on!(self, store => store.probe().await)
    }

    async fn mark(&self, name: &str, value: &str) -> Result<String, StoreError> {
        on!(self, store => store.mark(name, value).await)
    }

    async fn admits(&self, seal_mark: &str) -> Result<(), StoreError> {
        on!(self, store => store.admits(seal_mark).await)
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        on!(self, store => store.stats().await)
    }

    async fn endpoint_stats(&self, endpoints: &[String]) -> Result<Vec<EndpointStats>, StoreError> {
        on!(self, store => store.endpoint_stats(endpoints).await)
    }
    async fn endpoints(&self) -> Result<Vec<StoredEndpoint>, StoreError> {
        on!(self, store => store.endpoints().await)
    }

    async fn activity(&self, of: ActivityOf) -> Result<Vec<Activity>, StoreError> {
        on!(self, store => store.activity(of).await)
    }
}

impl AnyStore {
    /// Returns a copy of an entry as it is stored: the body of a sealed inbox stays sealed.
    pub(crate) async fn copy(&self, id: EntryId) -> Result<Option<EntryCopy>, StoreError> {
        match self {
            Self::Sqlite(store) => store.copy(id).await,
            Self::Postgres(store) => store.copy(id).await,
            Self::SealedSqlite(store) => store.inner().copy(id).await,
            Self::SealedPostgres(store) => store.inner().copy(id).await,
        }
    }

    /// Stores a copy of an entry as it is.
    pub(crate) async fn restore(&self, copy: EntryCopy, by: ByHand<'_>) -> Result<Restored, StoreError> {
        match self {
            Self::Sqlite(store) => store.restore(copy, by).await,
            Self::Postgres(store) => store.restore(copy, by).await,
            Self::SealedSqlite(store) => store.inner().restore(copy, by).await,
            Self::SealedPostgres(store) => store.inner().restore(copy, by).await,
        }
    }
}
