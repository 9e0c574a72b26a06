//! A store that encrypts bodies.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use referral_webhooks::{DeliveryId, Fingerprint, StoredDelivery, Strength};
use time::OffsetDateTime;

use super::error::SealError;
use super::key_ring::{KeyRing, hex};
use super::packing::{bound_id, context, packed, unpacked};
use super::refused::{open_refused, seal_refused};
use crate::store::{
    Accepted, Act, Activity, ActivityOf, ByHand, Claim, ClaimRequest, Completion, Counts, Decoded, EndpointStats,
    Entry, EntryId, Erasure, Filter, Finish, HistoryLine, Lease, NOT_SEALED, NewEntry, PruneRule, Pruned, Reason,
    RefusedRequest, SEAL_MARK, SecretUse, SqlStore, Stats, Store, StoreError, StoredEndpoint, TransactionalStore, Work,
    original_of,
};

/// A store that encrypts bodies, around any other store. It needs the feature `encrypt`.
///
/// - Bodies, headers and seals are encrypted with XChaCha20-Poly1305 under a fresh nonce, and bound to endpoint,
///   tenant, delivery id and time. A body that is moved to another entry does not open. A body that several items share
///   is bound to endpoint, tenant and time, and the worker compares the id of the item that it finds.
/// - Delivery ids that are the platform's message ids stay readable. Derived ids (members of the event, digests of the
///   body), body digests, subjects, business keys and fingerprints of secrets become HMACs with the [ring](KeyRing)'s
///   pepper, so that a reader of the database cannot test guesses.
/// - Endpoint, tenant, platform, event name, state, times and reasons stay readable.
///
/// With another pepper, or around entries that are not sealed, a repeat with a derived id would be processed as a new
/// event. The store therefore keeps marks, HMACs of a fixed text: one of the pepper, and one of each key number.
/// [`open`](Self::open) compares them and fails if they differ. Use `Sealed` from the first delivery on: a store that
/// has accepted a delivery without it cannot be sealed later, and a sealed store refuses deliveries without it.
///
/// A body whose key is not on the ring is retried like a delivery that does not verify, because the key may be
/// restored.
///
/// ```
/// use referral_webhooks_inbox::{Inbox, KeyRing, MemoryStore, Sealed};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pepper = "8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=";
/// let ring = KeyRing::new(pepper, 1, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
/// let inbox = Inbox::new(Sealed::open(MemoryStore::new(), ring).await?);
/// # let _ = inbox;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Sealed<S> {
    inner: S,
    ring: KeyRing,
    mark: String,
}

impl<S: Store> Sealed<S> {
    /// Opens a store with a ring of keys. In an empty store it writes the marks of the ring, and otherwise it compares
    /// them.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{KeyRing, SealError, Sealed};
    /// # use referral_webhooks_inbox::store::Store;
    /// async fn sealed<S: Store>(store: S, ring: KeyRing) -> Result<Sealed<S>, SealError> {
    ///     Sealed::open(store, ring).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store has entries that are not sealed or were sealed with another pepper, if a number on the ring
    /// belonged to another key, or if the store fails.
    pub async fn open(store: S, ring: KeyRing) -> Result<Self, SealError> {
        let mark = ring.pepper_mark();
        // Entries without a mark are not sealed.
        let is_empty = store.list(Filter::new().most(1)).await.map_err(SealError::Store)?.is_empty();
        let offered = if is_empty { mark.as_str() } else { NOT_SEALED };
        let found = store.mark(SEAL_MARK, offered).await.map_err(SealError::Store)?;
        if found == NOT_SEALED {
            return Err(SealError::NotSealed);
        }
        if found != mark {
            return Err(SealError::OtherPepper);
        }
        for (number, mark) in ring.key_marks() {
            let found = store.mark(&format!("{SEAL_MARK}-key-{number}"), mark).await.map_err(SealError::Store)?;
            if found != mark {
                return Err(SealError::OtherKey(number));
            }
        }
        Ok(Self { inner: store, ring, mark })
    }

    /// Returns the inner store, which has sealed bodies.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{MemoryStore, Sealed};
    /// fn inner(store: &Sealed<MemoryStore>) -> &MemoryStore {
    ///     store.inner()
    /// }
    /// ```
    #[must_use]
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    /// Seals the items of one delivery, and its headers and body once.
    fn seal(&self, entries: &mut [NewEntry]) -> Result<(), StoreError> {
        let mut sealed: Option<Arc<StoredDelivery>> = None;
        for entry in entries {
            self.seal_columns(entry)?;
            entry.delivery = match &sealed {
                Some(sealed) => Arc::clone(sealed),
                None => Arc::new(self.seal_delivery(entry)?),
            };
            sealed.get_or_insert_with(|| Arc::clone(&entry.delivery));
        }
        Ok(())
    }

    fn seal_columns(&self, entry: &mut NewEntry) -> Result<(), StoreError> {
        if entry.sealed_by.is_some() {
            return Err(StoreError::other_seal());
        }
        entry.sealed_by = Some(self.mark.clone());
        if entry.strength != Strength::MessageId {
            entry.delivery_id = self.delivery_id(&entry.delivery_id);
        }
        entry.body_digest = self.ring.digest("body", &entry.body_digest);
        entry.subject = self.subject(entry.subject.as_deref());
        entry.business_key = entry.business_key.as_deref().map(|key| self.business_key(key));
        entry.secret = entry.secret.map(|secret| self.kept_fingerprint(secret));
        Ok(())
    }

    fn seal_delivery(&self, entry: &NewEntry) -> Result<StoredDelivery, StoreError> {
        let (tenant, delivery_id) = (entry.tenant.as_deref(), bound_id(&entry.delivery_id, entry.item));
        let context = context(&entry.endpoint, tenant, delivery_id, &entry.delivery);
        let sealed = self.ring.seal(&context, &packed(&entry.delivery)).map_err(StoreError::new)?;
        Ok(StoredDelivery::new(HeaderMap::new(), Bytes::from(sealed), entry.delivery.received_at, None))
    }

    fn subject(&self, subject: Option<&str>) -> Option<String> {
        subject.map(|subject| hex(&self.ring.digest("subject", subject.as_bytes())))
    }

    fn business_key(&self, key: &str) -> String {
        hex(&self.ring.digest("business key", key.as_bytes()))
    }

    /// Returns a filter that finds sealed entries by the texts that they had before.
    fn filter(&self, mut filter: Filter) -> Filter {
        // The strength of an id is unknown here, so that either form may be stored.
        let sealed: Vec<String> = filter.delivery_ids.iter().map(|id| self.delivery_id(id)).collect();
        filter.delivery_ids.extend(sealed);
        let sealed: Vec<String> = filter.find.iter().map(|text| self.delivery_id(text)).collect();
        filter.find.extend(sealed);
        filter.subject = self.subject(filter.subject.as_deref());
        filter
    }

    fn delivery_id(&self, id: &str) -> String {
        hex(&self.ring.digest("key", id.as_bytes()))
    }

    /// Opens a sealed delivery. A delivery that does not open is returned sealed, and does not verify.
    ///
    /// The body of a conflict is bound to the original delivery id, because sealing precedes the derivation of its id.
    fn opened(
        &self,
        endpoint: &str,
        tenant: Option<&str>,
        delivery_id: &str,
        sealed: StoredDelivery,
    ) -> StoredDelivery {
        let open = |id: &str| self.ring.open(&context(endpoint, tenant, id, &sealed), &sealed.body);
        let mut opened = open(delivery_id);
        let mut shorter = delivery_id;
        while opened.is_err()
            && let Some(original) = original_of(shorter)
        {
            shorter = original;
            opened = open(shorter).or(opened);
        }
        match opened {
            Ok(text) => unpacked(&text, &sealed).unwrap_or(sealed),
            Err(why) => {
                let cause = why;
                tracing::error!(target: "referral_webhooks", endpoint, delivery_id, %cause, "a body cannot be opened");
                sealed
            }
        }
    }
}

impl<S: Store> Store for Sealed<S> {
    async fn accept(&self, mut entry: NewEntry) -> Result<Accepted, StoreError> {
        self.seal(std::slice::from_mut(&mut entry))?;
        self.inner.accept(entry).await
    }

    async fn accept_items(&self, mut items: Vec<NewEntry>) -> Result<Vec<Accepted>, StoreError> {
        self.seal(&mut items)?;
        self.inner.accept_items(items).await
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let mut claims = self.inner.claim(wanted).await?;
        for claim in &mut claims {
            let sealed = claim.delivery.take();
            let delivery_id = bound_id(&claim.delivery_id, claim.item);
            let open = |sealed| self.opened(&claim.endpoint, claim.tenant.as_deref(), delivery_id, sealed);
            claim.delivery = sealed.map(open);
        }
        Ok(claims)
    }

    async fn extend(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.inner.extend(lease).await
    }

    async fn finish(&self, lease: &Lease, finish: Finish) -> Result<bool, StoreError> {
        self.inner.finish(lease, finish).await
    }

    async fn wait(&self, patience: Duration) {
        self.inner.wait(patience).await;
    }

    async fn get(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        self.inner.get(id).await
    }

    async fn list(&self, filter: Filter) -> Result<Vec<Entry>, StoreError> {
        self.inner.list(self.filter(filter)).await
    }

    async fn count(&self, filter: Filter) -> Result<u64, StoreError> {
        self.inner.count(self.filter(filter)).await
    }

    async fn counts(&self, filter: Filter) -> Result<Counts, StoreError> {
        self.inner.counts(self.filter(filter)).await
    }

    async fn body(&self, id: EntryId) -> Result<Option<StoredDelivery>, StoreError> {
        let Some(entry) = self.inner.get(id).await? else { return Ok(None) };
        let sealed = self.inner.body(id).await?;
        let delivery_id = bound_id(&entry.delivery_id, entry.item);
        let open = |sealed| self.opened(&entry.endpoint, entry.tenant.as_deref(), delivery_id, sealed);
        Ok(sealed.map(open))
    }

    async fn history(&self, id: EntryId) -> Result<Vec<HistoryLine>, StoreError> {
        self.inner.history(id).await
    }

    async fn record(&self, id: EntryId, what: &str, by: ByHand<'_>) -> Result<bool, StoreError> {
        self.inner.record(id, what, by).await
    }

    async fn acts_by_hand(&self, before: Option<i64>, most: u32) -> Result<Vec<Act>, StoreError> {
        self.inner.acts_by_hand(before, most).await
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: ByHand<'_>) -> Result<bool, StoreError> {
        self.inner.redeliver(id, attempts, by).await
    }

    async fn redecode(
        &self,
        id: EntryId,
        mut decoded: Decoded,
        attempts: u32,
        by: ByHand<'_>,
    ) -> Result<bool, StoreError> {
        decoded.subject = self.subject(decoded.subject.as_deref());
        self.inner.redecode(id, decoded, attempts, by).await
    }

    async fn hold_key(&self, id: EntryId, key: &str) -> Result<EntryId, StoreError> {
        self.inner.hold_key(id, &self.business_key(key)).await
    }

    async fn secrets(&self, endpoint: &str) -> Result<Vec<SecretUse>, StoreError> {
        self.inner.secrets(endpoint).await
    }

    fn kept_fingerprint(&self, fingerprint: Fingerprint) -> Fingerprint {
        let digest = self.ring.digest("secret", fingerprint.as_bytes());
        Fingerprint::new(std::array::from_fn(|index| digest[index]))
    }

    fn kept_delivery_id(&self, id: &DeliveryId) -> String {
        if id.strength() == Strength::MessageId { id.as_str().to_owned() } else { self.delivery_id(id.as_str()) }
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

    async fn promote_orphans(&self, endpoint: &str) -> Result<u64, StoreError> {
        self.inner.promote_orphans(endpoint).await
    }

    async fn keep_refused(&self, mut requests: Vec<RefusedRequest>, most: u32) -> Result<(), StoreError> {
        for request in &mut requests {
            seal_refused(&self.ring, request)?;
        }
        self.inner.keep_refused(requests, most).await
    }

    async fn refused(&self, endpoint: &str) -> Result<Vec<RefusedRequest>, StoreError> {
        let mut refused = self.inner.refused(endpoint).await?;
        refused.iter_mut().for_each(|request| open_refused(&self.ring, request));
        Ok(refused)
    }

    async fn erase_refused(&self, endpoint: &str, at: OffsetDateTime) -> Result<Erasure, StoreError> {
        self.inner.erase_refused(endpoint, at).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.inner.probe().await
    }

    async fn mark(&self, name: &str, value: &str) -> Result<String, StoreError> {
        self.inner.mark(name, value).await
    }

    async fn admits(&self, seal_mark: &str) -> Result<(), StoreError> {
        if seal_mark == NOT_SEALED { self.inner.admits(&self.mark).await } else { Err(StoreError::other_seal()) }
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        self.inner.stats().await
    }

    async fn endpoint_stats(&self, endpoints: &[String]) -> Result<Vec<EndpointStats>, StoreError> {
        self.inner.endpoint_stats(endpoints).await
    }

    async fn endpoints(&self) -> Result<Vec<StoredEndpoint>, StoreError> {
        self.inner.endpoints().await
    }

    async fn activity(&self, of: ActivityOf) -> Result<Vec<Activity>, StoreError> {
        self.inner.activity(of).await
    }
}

impl<S: TransactionalStore> TransactionalStore for Sealed<S> {
    type Tx = S::Tx;

    const LIMIT_IN_TX: Option<Duration> = S::LIMIT_IN_TX;

    async fn process(
        &self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<S::Tx>,
    ) -> Result<Option<Finish>, StoreError> {
        self.inner.process(lease, limit, back_off, work).await
    }
}

impl<S: SqlStore> SqlStore for Sealed<S> {
    fn completion(&self, lease: &Lease) -> Completion {
        self.inner.completion(lease)
    }

    async fn was_completed(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.inner.was_completed(lease).await
    }
}
