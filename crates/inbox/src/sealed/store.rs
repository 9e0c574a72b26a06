//! A store that keeps bodies encrypted.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use referral_webhooks::{StoredDelivery, Strength};

use super::error::SealError;
use super::key_ring::{KeyRing, hex};
use crate::outcome::Finish;
use crate::store::Stats;
use crate::store::headers;
use crate::store::{Accepted, Claim, Decoded, Entry, EntryId, Lease, NOT_SEALED, NewEntry};
use crate::store::{
    ClaimRequest, Completion, Filter, HistoryLine, SEAL_MARK, SqlStore, Store, StoreError, TransactionalStore, Work,
};
use crate::store::{Erasure, PruneRule, Pruned};

/// A store that keeps bodies encrypted: around any other store, with the feature `encrypt`.
///
/// - Bodies, headers and seals are sealed with XChaCha20-Poly1305 under a fresh nonce, and bound to endpoint, key and
///   time: what is moved to another entry does not open.
/// - Keys that are the platform's own message ids stay readable. All others (members of the event, digests of the body),
///   the digests by which conflicts are found, and subjects become HMACs with the [ring](KeyRing)'s pepper: nobody can
///   try names against them.
/// - Endpoint, platform, event's name, state, times and reasons stay readable.
///
/// With another pepper, or around entries that are not sealed, a repeat whose key is no message id would be new, and
/// would be processed a second time. So the store keeps marks, HMACs of a fixed text: one of the pepper, written once, and
/// one of each key number. [`open`](Self::open) compares them and does not start with others. Begin with it: a store that
/// has accepted a delivery without it, or with another pepper, never takes it, and a store that has taken it accepts
/// nothing without it.
///
/// What cannot be opened, because its key is not on the ring, is tried again like what does not verify: the key may
/// come back.
#[derive(Debug, Clone)]
pub struct Sealed<S> {
    inner: S,
    ring: KeyRing,
    mark: String,
}

impl<S: Store> Sealed<S> {
    /// This store, with bodies sealed by this ring, whose marks are written in an empty store and compared otherwise.
    ///
    /// # Errors
    ///
    /// If the store has entries that are not sealed, if they were sealed with another pepper, if a number on the ring was
    /// that of another key, or if the store fails.
    pub async fn open(store: S, ring: KeyRing) -> Result<Self, SealError> {
        let mark = ring.pepper_mark();
        // Entries that no mark says to be sealed are not.
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

    /// The store as it is, which sees sealed bodies.
    #[must_use]
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    fn seal(&self, entry: &mut NewEntry) -> Result<(), StoreError> {
        if entry.sealed_by.is_some() {
            return Err(StoreError::other_seal());
        }
        entry.sealed_by = Some(self.mark.clone());
        if entry.strength != Strength::MessageId {
            entry.delivery_id = hex(&self.ring.digest("key", entry.delivery_id.as_bytes()));
        }
        entry.body_digest = self.ring.digest("body", &entry.body_digest);
        entry.subject = self.subject(entry.subject.as_deref());
        let place = place(&entry.endpoint, &entry.delivery_id, &entry.delivery);
        let sealed = self.ring.seal(&place, &packed(&entry.delivery)).map_err(StoreError::new)?;
        let received_at = entry.delivery.received_at;
        entry.delivery = StoredDelivery::new(HeaderMap::new(), Bytes::from(sealed), received_at, None);
        Ok(())
    }

    fn subject(&self, subject: Option<&str>) -> Option<String> {
        subject.map(|subject| hex(&self.ring.digest("subject", subject.as_bytes())))
    }

    /// The delivery as it was; what does not open stays as it is, and does not verify either.
    ///
    /// The body of a conflict is bound to the key that came with it: that of its entry without the suffix.
    fn opened(&self, endpoint: &str, key: &str, sealed: StoredDelivery) -> StoredDelivery {
        let open = |key: &str| self.ring.open(&place(endpoint, key, &sealed), &sealed.body);
        let mut opened = open(key);
        let mut shorter = key;
        while opened.is_err()
            && let Some(original) = crate::store::original_of(shorter)
        {
            shorter = original;
            opened = open(shorter).or(opened);
        }
        match opened {
            Ok(text) => unpacked(&text, &sealed).unwrap_or(sealed),
            Err(why) => {
                tracing::error!(target: "referral_webhooks", endpoint, key, "a body cannot be opened: {why}");
                sealed
            }
        }
    }
}

/// Where a body belongs.
fn place(endpoint: &str, key: &str, delivery: &StoredDelivery) -> Vec<u8> {
    let micros = delivery.received_at.unix_timestamp_nanos() / 1_000;
    [endpoint.as_bytes(), b"\n", key.as_bytes(), b"\n", &micros.to_be_bytes()].concat()
}

/// Everything that is sealed, in one text: the length of the headers, the headers, whether there is a seal, the seal, the
/// body.
fn packed(delivery: &StoredDelivery) -> Vec<u8> {
    let lines = headers::to_lines(&delivery.headers);
    let length = u32::try_from(lines.len()).unwrap_or(u32::MAX).to_be_bytes();
    let seal = delivery.seal.as_ref().map_or(&[][..], |seal| &seal[..]);
    [&length[..], &lines, &[u8::from(delivery.seal.is_some())], seal, &delivery.body].concat()
}

fn unpacked(text: &[u8], sealed: &StoredDelivery) -> Option<StoredDelivery> {
    let (length, rest) = text.split_first_chunk::<4>()?;
    let (lines, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let (has_seal, rest) = rest.split_first()?;
    let (seal, body) = match has_seal {
        0 => (None, rest),
        _ => rest.split_first_chunk::<32>().map(|(seal, body)| (Some(*seal), body))?,
    };
    let body = Bytes::copy_from_slice(body);
    Some(StoredDelivery::new(headers::from_lines(lines), body, sealed.received_at, seal))
}

impl<S: Store> Store for Sealed<S> {
    async fn accept(&self, mut entry: NewEntry) -> Result<Accepted, StoreError> {
        self.seal(&mut entry)?;
        self.inner.accept(entry).await
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let mut claims = self.inner.claim(wanted).await?;
        for claim in &mut claims {
            let sealed = claim.delivery.take();
            claim.delivery = sealed.map(|sealed| self.opened(&claim.endpoint, &claim.delivery_id, sealed));
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
        self.inner.list(filter).await
    }

    async fn body(&self, id: EntryId) -> Result<Option<StoredDelivery>, StoreError> {
        let Some(entry) = self.inner.get(id).await? else { return Ok(None) };
        let sealed = self.inner.body(id).await?;
        Ok(sealed.map(|sealed| self.opened(&entry.endpoint, &entry.delivery_id, sealed)))
    }

    async fn history(&self, id: EntryId) -> Result<Vec<HistoryLine>, StoreError> {
        self.inner.history(id).await
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: &str) -> Result<bool, StoreError> {
        self.inner.redeliver(id, attempts, by).await
    }

    async fn redecode(&self, id: EntryId, mut reading: Decoded, attempts: u32, by: &str) -> Result<bool, StoreError> {
        reading.subject = self.subject(reading.subject.as_deref());
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

    async fn promote_orphans(&self, endpoint: &str) -> Result<u64, StoreError> {
        self.inner.promote_orphans(endpoint).await
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
}

impl<S: TransactionalStore> TransactionalStore for Sealed<S> {
    type Tx = S::Tx;

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
