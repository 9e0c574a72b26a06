//! Deliveries, and a store that can be made to fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Message, StoredDelivery};
use referral_webhooks_inbox::store::{
    Accepted, Claim, ClaimRequest, Decoded, Entry, Erasure, Filter, Finish, HistoryLine, Lease, NewEntry, PruneRule,
    Pruned, Stats, Store, StoreError,
};
use referral_webhooks_inbox::{CancellationToken, EntryId, Inbox, Intake, MemoryStore, Worker};
use time::OffsetDateTime;
use tokio::task::JoinHandle;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A genuine delivery; the key is the message id where the platform has one.
pub(crate) fn delivery<P: Platform>(endpoint: &Endpoint<P>, key: &str, body: &str) -> Delivery<P> {
    let now = OffsetDateTime::now_utc();
    endpoint.receive(&endpoint.sign(&Message::new(body, now).id(key)).unwrap(), now).unwrap()
}

pub(crate) fn redpin(key: &str) -> Delivery<Redpin> {
    delivery(&Endpoint::new(SECRET).unwrap(), key, REFERRAL)
}

/// An event that this version knows.
pub(crate) const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","data":{"referral_id":"r1","status":"CREATED"}}"#;

/// One that it does not.
pub(crate) const UNKNOWN: &str = r#"{"event_name":"SOMETHING_NEW"}"#;

/// What a handler and its test both see.
pub(crate) fn leaked<T: Default>() -> &'static T {
    Box::leak(Box::default())
}

/// An inbox in memory with one endpoint.
pub(crate) fn inbox() -> (Inbox<MemoryStore>, Intake<Redpin, MemoryStore>) {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    (inbox, intake)
}

pub(crate) async fn accepted<S: Store>(intake: &Intake<Redpin, S>, key: &str) -> EntryId {
    intake.accept(&redpin(key)).await.unwrap().id()
}

/// Works in the background until it is told to stop.
pub(crate) fn working<S: Store>(worker: Worker<S>) -> (CancellationToken, JoinHandle<()>) {
    let shutdown = CancellationToken::new();
    (shutdown.clone(), tokio::spawn(worker.until(shutdown)))
}

/// Waits until an entry is finished; under a paused clock this takes no time.
pub(crate) async fn finished<S: Store>(store: &S, id: EntryId) -> Entry {
    for _ in 0..1_000_000 {
        let entry = store.get(id).await.unwrap().unwrap();
        if entry.state.is_finished() {
            return entry;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("the entry is never finished");
}

pub(crate) const WELL: u8 = 0;
pub(crate) const BROKEN: u8 = 1;
pub(crate) const HANGING: u8 = 2;
/// Claims take 100 ms.
pub(crate) const SLOW: u8 = 3;

/// A store in memory that can be made to fail or hang, and to lose leases.
#[derive(Debug, Clone)]
pub(crate) struct FaultyStore {
    pub(crate) inner: MemoryStore,
    mode: Arc<AtomicU8>,
    /// How many claims found something.
    pub(crate) claims: Arc<AtomicUsize>,
}

impl FaultyStore {
    pub(crate) fn new() -> Self {
        Self { inner: MemoryStore::new(), mode: Arc::default(), claims: Arc::default() }
    }

    pub(crate) fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    async fn trouble(&self) -> Result<(), StoreError> {
        while self.mode.load(Ordering::SeqCst) == HANGING {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if self.mode.load(Ordering::SeqCst) == BROKEN { Err(StoreError::new("the disk is on fire")) } else { Ok(()) }
    }
}

impl Store for FaultyStore {
    async fn accept(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        self.trouble().await?;
        self.inner.accept(entry).await
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        self.trouble().await?;
        if self.mode.load(Ordering::SeqCst) == SLOW {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let claims = self.inner.claim(wanted).await?;
        self.claims.fetch_add(usize::from(!claims.is_empty()), Ordering::SeqCst);
        Ok(claims)
    }

    async fn extend(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.trouble().await?;
        self.inner.extend(lease).await
    }

    async fn finish(&self, lease: &Lease, finish: Finish) -> Result<bool, StoreError> {
        self.trouble().await?;
        self.inner.finish(lease, finish).await
    }

    async fn wait(&self, patience: Duration) {
        self.inner.wait(patience).await;
    }

    async fn get(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.inner.get(id).await
    }

    async fn list(&self, filter: Filter) -> Result<Vec<Entry>, StoreError> {
        self.inner.list(filter).await
    }

    async fn body(&self, id: EntryId) -> Result<Option<StoredDelivery>, StoreError> {
        self.inner.body(id).await
    }

    async fn history(&self, id: EntryId) -> Result<Vec<HistoryLine>, StoreError> {
        self.inner.history(id).await
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: &str) -> Result<bool, StoreError> {
        self.inner.redeliver(id, attempts, by).await
    }

    async fn redecode(&self, id: EntryId, reading: Decoded, attempts: u32, by: &str) -> Result<bool, StoreError> {
        self.inner.redecode(id, reading, attempts, by).await
    }

    async fn cancel(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        self.inner.cancel(id, by).await
    }

    async fn release(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        self.inner.release(id, by).await
    }

    async fn erase(&self, id: EntryId, by: &str) -> Result<Erasure, StoreError> {
        self.inner.erase(id, by).await
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        self.inner.prune(rule).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.trouble().await
    }

    async fn mark(&self, name: &str, value: &str) -> Result<String, StoreError> {
        self.inner.mark(name, value).await
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        self.inner.stats().await
    }
}
