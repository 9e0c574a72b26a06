//! The store: a mutex around the rows, a notification, a clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use referral_webhooks::StoredDelivery;
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::row::{Row, later};
use super::rows::Rows;
use crate::store::{
    Accepted, Act, Activity, ActivityOf, ByHand, Claim, ClaimRequest, Counts, Decoded, EndpointStats, Entry, EntryId,
    Erasure, Filter, Finish, HistoryLine, Lease, NewEntry, PruneRule, Pruned, Reason, RefusedRequest, SEAL_MARK,
    SecretUse, State, Stats, Store, StoreError, StoredEndpoint,
};

/// A store in memory, for tests. Its entries are lost with the process, so a server must not acknowledge deliveries
/// with it.
///
/// Its clock is tokio's, so that a test with a paused clock can let hours pass.
///
/// ```
/// use referral_webhooks_inbox::store::Store as _;
/// use referral_webhooks_inbox::{Inbox, MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let inbox = Inbox::new(MemoryStore::new());
/// assert_eq!(inbox.store().stats().await?.available, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    rows: Mutex<Rows>,
    arrived: Notify,
    /// The wall-clock time and tokio's time of creation.
    started: (OffsetDateTime, Instant),
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// Creates an empty store.
    ///
    /// ```
    /// let store = referral_webhooks_inbox::MemoryStore::new();
    /// # let _ = store;
    /// ```
    #[must_use]
    pub fn new() -> Self {
        let started = (OffsetDateTime::now_utc(), Instant::now());
        Self(Arc::new(Shared { rows: Mutex::default(), arrived: Notify::new(), started }))
    }

    fn now(&self) -> OffsetDateTime {
        let (wall, started) = self.0.started;
        wall + started.elapsed()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // A poisoned mutex guards complete rows, because no code panics between two writes.
        self.0.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes one row if it satisfies a condition, and returns whether it did.
    fn change(&self, id: EntryId, may: impl FnOnce(&Row) -> bool, change: impl FnOnce(&mut Row)) -> bool {
        let now = self.now();
        let mut rows = self.rows();
        let row = rows.rows.get_mut(&id).filter(|row| may(row));
        let is_changed = row.map(change).is_some();
        rows.promote(id, now);
        drop(rows);
        self.0.arrived.notify_one();
        is_changed
    }
}

impl Store for MemoryStore {
    async fn accept(&self, new: NewEntry) -> Result<Accepted, StoreError> {
        let now = self.now();
        let mut rows = self.rows();
        if rows.mark(SEAL_MARK, new.seal_mark()) != new.seal_mark() {
            return Err(StoreError::other_seal());
        }
        let accepted = rows.accept(new, now);
        rows.promote(accepted.id(), now);
        drop(rows);
        self.0.arrived.notify_one();
        Ok(accepted)
    }

    async fn accept_items(&self, items: Vec<NewEntry>) -> Result<Vec<Accepted>, StoreError> {
        let now = self.now();
        let mut rows = self.rows();
        if items.iter().any(|new| rows.mark(SEAL_MARK, new.seal_mark()) != new.seal_mark()) {
            return Err(StoreError::other_seal());
        }
        let delivery = items.first().map(|first| Arc::clone(&first.delivery));
        let mut accepted = Vec::with_capacity(items.len());
        for mut new in items {
            new.delivery = delivery.clone().unwrap_or(new.delivery);
            accepted.push(rows.accept(new, now));
        }
        accepted.iter().for_each(|accepted| rows.promote(accepted.id(), now));
        drop(rows);
        self.0.arrived.notify_one();
        Ok(accepted)
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let now = self.now();
        Ok(self.rows().claim(&wanted, now))
    }

    async fn extend(&self, lease: &Lease) -> Result<bool, StoreError> {
        let until = later(self.now(), lease.length.min(Lease::LONGEST));
        Ok(self.change(lease.id, |row| row.holds(lease), |row| row.entry.next_at = Some(until)))
    }

    async fn finish(&self, lease: &Lease, finish: Finish) -> Result<bool, StoreError> {
        let now = self.now();
        Ok(self.change(lease.id, |row| row.holds(lease), |row| row.finish(finish, now)))
    }

    async fn wait(&self, patience: Duration) {
        // After the time-out the caller polls.
        let _ = tokio::time::timeout(patience, self.0.arrived.notified()).await;
    }

    async fn get(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        Ok(self.rows().rows.get(&id).map(|row| row.entry.clone()))
    }

    async fn list(&self, filter: Filter) -> Result<Vec<Entry>, StoreError> {
        let rows = self.rows();
        let wanted = rows.matching(&filter).map(|row| row.entry.clone());
        let most = filter.limit() as usize;
        Ok(if filter.is_oldest_first { wanted.take(most).collect() } else { wanted.rev().take(most).collect() })
    }

    async fn count(&self, filter: Filter) -> Result<u64, StoreError> {
        Ok(self.rows().matching(&filter).count() as u64)
    }

    async fn counts(&self, filter: Filter) -> Result<Counts, StoreError> {
        Ok(self.rows().counts(filter))
    }

    async fn body(&self, id: EntryId) -> Result<Option<StoredDelivery>, StoreError> {
        Ok(self.rows().rows.get(&id).and_then(|row| row.delivery.as_deref().cloned()))
    }

    async fn history(&self, id: EntryId) -> Result<Vec<HistoryLine>, StoreError> {
        let lines = |row: &Row| row.history.iter().map(|(_, line)| line.clone()).collect();
        Ok(self.rows().rows.get(&id).map(lines).unwrap_or_default())
    }

    async fn record(&self, id: EntryId, what: &str, by: ByHand<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        let mut rows = self.rows();
        let row = rows.rows.get_mut(&id);
        Ok(row.map(|row| row.note_by_hand(now, what, by)).is_some())
    }

    async fn acts_by_hand(&self, before: Option<i64>, most: u32) -> Result<Vec<Act>, StoreError> {
        Ok(self.rows().acts_by_hand(before, most))
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: ByHand<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        let may = |row: &Row| row.entry.state.is_finished() && row.delivery.is_some();
        Ok(self.change(id, may, |row| {
            row.note_by_hand(now, "redelivered", by);
            row.entry.run += u32::from(row.entry.state == State::Completed);
            row.refresh(attempts, now);
        }))
    }

    async fn redecode(&self, id: EntryId, decoded: Decoded, attempts: u32, by: ByHand<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        let mut is_processed = false;
        let decode = |row: &mut Row| {
            let may_be = row.is_dead_letter() || row.entry.state == State::Parked;
            is_processed = may_be && decoded.unreadable.is_none();
            (row.entry.event, row.entry.unreadable) = (decoded.event, decoded.unreadable);
            row.entry.profile = decoded.profile;
            if row.entry.state.is_finished() && decoded.subject.is_some() {
                row.subject = decoded.subject;
            }
            if is_processed {
                row.note_by_hand(now, "redecoded", by);
                row.refresh(attempts, now);
            }
        };
        self.change(id, |row| row.delivery.is_some(), decode);
        Ok(is_processed)
    }

    async fn hold_key(&self, id: EntryId, key: &str) -> Result<EntryId, StoreError> {
        Ok(self.rows().hold_key(id, key))
    }

    async fn secrets(&self, endpoint: &str) -> Result<Vec<SecretUse>, StoreError> {
        let mut used = BTreeMap::new();
        for Row { entry, .. } in self.rows().rows.values().filter(|row| row.entry.endpoint == endpoint) {
            entry.secret.into_iter().for_each(|secret| *used.entry(secret).or_default() += 1);
        }
        Ok(used.into_iter().map(|(secret, entries)| SecretUse::new(secret, entries)).collect())
    }

    async fn cancel(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        let may = |row: &Row| !matches!(row.entry.state, State::Running | State::Completed | State::Cancelled);
        Ok(self.change(id, may, |row| {
            row.note_by_hand(now, "cancelled", by);
            row.end(State::Cancelled, now);
        }))
    }

    async fn mark_done(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        let may = |row: &Row| !matches!(row.entry.state, State::Running | State::Completed);
        Ok(self.change(id, may, |row| {
            row.note_by_hand(now, "marked_done", by);
            row.entry.reason = None;
            row.end(State::Completed, now);
        }))
    }

    async fn discard(&self, id: EntryId, reason: Reason, by: ByHand<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        let may = |row: &Row| match row.entry.state {
            State::Available | State::Waiting | State::Retryable | State::Parked => true,
            State::Running | State::Completed | State::Discarded | State::Cancelled => false,
        };
        Ok(self.change(id, may, |row| {
            row.note_by_hand(now, "discarded", by.reason.map_or(by.because(&reason), |_| by));
            row.entry.reason = Some(reason.to_string());
            row.end(State::Discarded, now);
        }))
    }

    async fn release(&self, id: EntryId, by: ByHand<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        Ok(self.change(id, |row| row.entry.state == State::Running, |row| row.release_by_hand(by, now)))
    }

    async fn erase(&self, id: EntryId, by: ByHand<'_>) -> Result<Erasure, StoreError> {
        let now = self.now();
        let may = |row: &Row| row.entry.state != State::Running;
        let mut body = None;
        let is_erased = self.change(id, may, |row| {
            body.clone_from(&row.delivery);
            if row.entry.state != State::Completed {
                let finished_at = row.entry.finished_at;
                row.end(State::Cancelled, finished_at.unwrap_or(now));
            }
            row.forget();
            // The sender chose the name of an unknown event.
            row.entry.event = row.entry.event.take().filter(|_| row.entry.unreadable.is_none());
            row.note_by_hand(now, "erased", by);
        });
        // After the change, because the change promotes the subject's next entry.
        if is_erased && let Some(row) = self.rows().rows.get_mut(&id) {
            row.subject = None;
        }
        let is_shared = body.is_some_and(|body| self.rows().erase_shared(body));
        Ok(match is_erased {
            false => Erasure::NotErased,
            true if is_shared => Erasure::Shared,
            true => Erasure::Erased,
        })
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        let now = self.now();
        Ok(self.rows().prune(&rule, now))
    }

    async fn keep_refused(&self, requests: Vec<RefusedRequest>, most: u32) -> Result<(), StoreError> {
        let now = self.now();
        self.rows().refused.keep(requests, most, now);
        Ok(())
    }

    async fn refused(&self, endpoint: &str) -> Result<Vec<RefusedRequest>, StoreError> {
        Ok(self.rows().refused.list(endpoint))
    }

    async fn erase_refused(&self, endpoint: &str, at: OffsetDateTime) -> Result<Erasure, StoreError> {
        Ok(if self.rows().refused.erase(endpoint, at) { Erasure::Erased } else { Erasure::NotErased })
    }

    async fn probe(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn mark(&self, name: &str, value: &str) -> Result<String, StoreError> {
        Ok(self.rows().mark(name, value))
    }

    async fn admits(&self, seal_mark: &str) -> Result<(), StoreError> {
        let rows = self.rows();
        let is_other = rows.marks.get(SEAL_MARK).is_some_and(|mark| mark != seal_mark);
        if is_other { Err(StoreError::other_seal()) } else { Ok(()) }
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        let now = self.now();
        Ok(self.rows().stats(now))
    }

    async fn endpoint_stats(&self, endpoints: &[String]) -> Result<Vec<EndpointStats>, StoreError> {
        let now = self.now();
        Ok(self.rows().endpoint_stats(endpoints, now))
    }

    async fn endpoints(&self) -> Result<Vec<StoredEndpoint>, StoreError> {
        Ok(self.rows().endpoints())
    }

    async fn activity(&self, of: ActivityOf) -> Result<Vec<Activity>, StoreError> {
        Ok(self.rows().activity(&of))
    }
}
