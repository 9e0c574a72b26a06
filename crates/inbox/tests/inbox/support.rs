//! Sample deliveries, inboxes and workers, and a store that fails on request.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Delivery, Endpoint, Message, StoredDelivery};
use referral_webhooks_inbox::store::{
    Accepted, Act, Activity, ActivityOf, ByHand, Claim, ClaimRequest, Counts, Decoded, EndpointStats, Entry, Erasure,
    Filter, Finish, HistoryLine, Lease, NewEntry, PruneRule, Pruned, RefusedRequest, SecretUse, Stats, Store,
    StoreError, StoredEndpoint,
};
use referral_webhooks_inbox::{CancellationToken, EntryId, Inbox, Intake, MemoryStore, Reason, Worker};
use time::OffsetDateTime;
use tokio::task::JoinHandle;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const TOKEN: &str = "a-token-of-32-characters-or-more";
pub(crate) const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Returns a genuine delivery. Platforms with message ids use the given one.
pub(crate) fn delivery<P: Platform + Default>(endpoint: &Endpoint<P>, id: &str, body: &str) -> Delivery<P> {
    let now = OffsetDateTime::now_utc();
    endpoint.receive(&endpoint.sign(&Message::new(body, now).id(id)).unwrap(), now).unwrap()
}

/// Returns the endpoint of Redpin that signs and verifies the samples.
pub(crate) fn endpoint() -> Endpoint<Redpin> {
    Endpoint::new(SECRET).unwrap()
}

pub(crate) fn prefinery() -> Endpoint<Prefinery> {
    Endpoint::new("a secret of Prefinery").unwrap()
}

pub(crate) fn refir() -> Endpoint<Refir> {
    Endpoint::new(TOKEN).unwrap()
}

pub(crate) fn redpin(id: &str) -> Delivery<Redpin> {
    delivery(&endpoint(), id, REFERRAL)
}

/// An event that this version knows.
pub(crate) const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","data":{"referral_id":"r1","status":"CREATED"}}"#;

/// An event that this version does not know.
pub(crate) const UNKNOWN: &str = r#"{"event_name":"SOMETHING_NEW"}"#;

/// Returns a value that a handler and its test share.
pub(crate) fn leaked<T: Default>() -> &'static T {
    Box::leak(Box::default())
}

/// Returns an inbox in memory with the endpoint `shop`.
pub(crate) fn inbox() -> (Inbox<MemoryStore>, Intake<Redpin, MemoryStore>) {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = shop(&inbox);
    (inbox, intake)
}

/// Returns an inbox with the endpoint `shop` over a store that can fail.
pub(crate) fn faulty_inbox() -> (FaultyStore, Inbox<FaultyStore>, Intake<Redpin, FaultyStore>) {
    let store = FaultyStore::new();
    let inbox = Inbox::new(store.clone());
    let intake = shop(&inbox);
    (store, inbox, intake)
}

/// Adds the endpoint `shop` to an inbox.
pub(crate) fn shop<S: Store>(inbox: &Inbox<S>) -> Intake<Redpin, S> {
    inbox.intake("shop", endpoint()).unwrap()
}

pub(crate) async fn accepted<S: Store>(intake: &Intake<Redpin, S>, id: &str) -> EntryId {
    intake.accept(&redpin(id)).await.unwrap().id()
}

/// Claims entries of the endpoint `shop` as another worker.
pub(crate) async fn claim<S: Store>(store: &S, most: usize, lease: Duration) -> Vec<Claim> {
    store.claim(ClaimRequest::new("another", &["shop".to_owned()], most, lease)).await.unwrap()
}

/// A worker that runs in the background.
pub(crate) struct Running {
    shutdown: CancellationToken,
    pub(crate) ended: JoinHandle<()>,
}

impl Running {
    /// Asks the worker to stop, and does not wait.
    pub(crate) fn shut_down(&self) {
        self.shutdown.cancel();
    }

    /// Stops the worker and waits until it has ended.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.ended.await.unwrap();
    }
}

/// Starts a worker. It runs until it is stopped or the test ends.
pub(crate) fn start<S: Store>(worker: Worker<S>) -> Running {
    let shutdown = CancellationToken::new();
    Running { shutdown: shutdown.clone(), ended: tokio::spawn(worker.until(shutdown)) }
}

/// Returns an entry that is kept.
pub(crate) async fn entry<S: Store>(store: &S, id: EntryId) -> Entry {
    store.get(id).await.unwrap().unwrap()
}

/// Returns the kinds of an entry's history lines, the oldest first.
pub(crate) async fn history<S: Store>(store: &S, id: EntryId) -> Vec<String> {
    store.history(id).await.unwrap().into_iter().map(|line| line.what).collect()
}

/// Waits until an entry is finished; under a paused clock this takes no time.
pub(crate) async fn finished<S: Store>(store: &S, id: EntryId) -> Entry {
    for _ in 0..1_000_000 {
        let entry = entry(store, id).await;
        if entry.state.is_finished() {
            return entry;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("the entry is never finished");
}

/// The behaviour of a [`FaultyStore`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Working,
    Broken,
    Hanging,
    /// Claims take 100 ms.
    Slow,
}

/// A store in memory that fails, hangs or loses leases on request.
#[derive(Debug, Clone)]
pub(crate) struct FaultyStore {
    pub(crate) inner: MemoryStore,
    mode: Arc<Mutex<Mode>>,
    /// The number of claims that returned an entry.
    pub(crate) claims: Arc<AtomicUsize>,
}

impl FaultyStore {
    pub(crate) fn new() -> Self {
        Self { inner: MemoryStore::new(), mode: Arc::default(), claims: Arc::default() }
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    fn mode(&self) -> Mode {
        *self.mode.lock().unwrap()
    }

    /// Waits while the store hangs, and fails if it is broken.
    async fn ready(&self) -> Result<(), StoreError> {
        while self.mode() == Mode::Hanging {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if self.mode() == Mode::Broken { Err(StoreError::new("the disk is on fire")) } else { Ok(()) }
    }
}

impl Store for FaultyStore {
    async fn accept(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        self.ready().await?;
        self.inner.accept(entry).await
    }

    async fn accept_items(&self, items: Vec<NewEntry>) -> Result<Vec<Accepted>, StoreError> {
        self.ready().await?;
        self.inner.accept_items(items).await
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        self.ready().await?;
        if self.mode() == Mode::Slow {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let claims = self.inner.claim(wanted).await?;
        self.claims.fetch_add(usize::from(!claims.is_empty()), Ordering::SeqCst);
        Ok(claims)
    }

    async fn extend(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.ready().await?;
        self.inner.extend(lease).await
    }

    async fn finish(&self, lease: &Lease, finish: Finish) -> Result<bool, StoreError> {
        self.ready().await?;
        self.inner.finish(lease, finish).await
    }

    async fn wait(&self, patience: Duration) {
        self.inner.wait(patience).await;
    }

    async fn get(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.inner.get(id).await
    }

    async fn count(&self, filter: Filter) -> Result<u64, StoreError> {
        self.inner.count(filter).await
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

    async fn counts(&self, filter: Filter) -> Result<Counts, StoreError> {
        self.inner.counts(filter).await
    }

    async fn record(&self, id: EntryId, what: &str, by: ByHand<'_>) -> Result<bool, StoreError> {
        self.inner.record(id, what, by).await
    }

    async fn acts_by_hand(&self, before: Option<i64>, most: u32) -> Result<Vec<Act>, StoreError> {
        self.inner.acts_by_hand(before, most).await
    }

    async fn endpoints(&self) -> Result<Vec<StoredEndpoint>, StoreError> {
        self.inner.endpoints().await
    }

    async fn activity(&self, of: ActivityOf) -> Result<Vec<Activity>, StoreError> {
        self.inner.activity(of).await
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: ByHand<'_>) -> Result<bool, StoreError> {
        self.inner.redeliver(id, attempts, by).await
    }

    async fn redecode(&self, id: EntryId, decoded: Decoded, attempts: u32, by: ByHand<'_>) -> Result<bool, StoreError> {
        self.inner.redecode(id, decoded, attempts, by).await
    }

    async fn hold_key(&self, id: EntryId, key: &str) -> Result<EntryId, StoreError> {
        self.inner.hold_key(id, key).await
    }

    async fn secrets(&self, endpoint: &str) -> Result<Vec<SecretUse>, StoreError> {
        self.inner.secrets(endpoint).await
    }

    async fn cancel(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        self.inner.cancel(id, by).await
    }

    async fn mark_done(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        self.inner.mark_done(id, by).await
    }

    async fn discard(&self, id: EntryId, reason: Reason, by: ByHand<'_>) -> Result<bool, StoreError> {
        self.inner.discard(id, reason, by).await
    }

    async fn release(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        self.inner.release(id, by).await
    }

    async fn erase(&self, id: EntryId, by: ByHand<'_>) -> Result<Erasure, StoreError> {
        self.inner.erase(id, by).await
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        self.inner.prune(rule).await
    }

    async fn keep_refused(&self, requests: Vec<RefusedRequest>, most: u32) -> Result<(), StoreError> {
        self.ready().await?;
        self.inner.keep_refused(requests, most).await
    }

    async fn refused(&self, endpoint: &str) -> Result<Vec<RefusedRequest>, StoreError> {
        self.inner.refused(endpoint).await
    }

    async fn erase_refused(&self, endpoint: &str, at: OffsetDateTime) -> Result<Erasure, StoreError> {
        self.inner.erase_refused(endpoint, at).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.ready().await
    }

    async fn mark(&self, name: &str, value: &str) -> Result<String, StoreError> {
        self.inner.mark(name, value).await
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        self.inner.stats().await
    }

    async fn endpoint_stats(&self, endpoints: &[String]) -> Result<Vec<EndpointStats>, StoreError> {
        self.inner.endpoint_stats(endpoints).await
    }
}
