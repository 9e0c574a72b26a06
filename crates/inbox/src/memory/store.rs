//! A store in memory, for tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use referral_webhooks::StoredDelivery;
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::rows::{Row, Rows, later};
use crate::outcome::Finish;
use crate::store::Conflict;
use crate::store::State;
use crate::store::Stats;
use crate::store::{Accepted, Claim, Decoded, Entry, EntryId, Lease, NewEntry};
use crate::store::{ClaimRequest, Filter, HistoryLine, SEAL_MARK, Store, StoreError};
use crate::store::{Erasure, PruneRule, Pruned};

/// A store in memory, for tests: everything is lost with the process, so nothing that it accepts may be acknowledged
/// to a platform.
///
/// Its clock is tokio's, so tests that pause that one can let hours pass.
#[derive(Debug, Clone)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    rows: Mutex<Rows>,
    arrived: Notify,
    /// The time on the wall when the clock was started.
    started: (OffsetDateTime, Instant),
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
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
        // No row is left half written: nothing below panics between two writes.
        self.0.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes one row, if it may be changed.
    fn change(&self, id: EntryId, may: impl FnOnce(&Row) -> bool, change: impl FnOnce(&mut Row)) -> bool {
        let now = self.now();
        let mut rows = self.rows();
        let row = rows.rows.get_mut(&id).filter(|row| may(row));
        let changed = row.map(change).is_some();
        rows.promote(id, now);
        drop(rows);
        self.0.arrived.notify_one();
        changed
    }
}

/// The reason of an attempt whose worker did not come back.
pub const LEASE_OVER: &str = "the lease ran out: the worker died or was cut off";

impl Store for MemoryStore {
    async fn accept(&self, new: NewEntry) -> Result<Accepted, StoreError> {
        let now = self.now();
        let mut rows = self.rows();
        if rows.mark(SEAL_MARK, new.seal_mark()) != new.seal_mark() {
            return Err(StoreError::other_seal());
        }
        let place = (new.endpoint.clone(), new.delivery_id.clone());
        let accepted = match rows.ids.get(&place).copied() {
            Some(id) => {
                let row = rows.rows.get_mut(&id).expect("keys and rows are forgotten together");
                let is_late = new.late_age().is_some_and(|age| now - row.entry.last_seen_at > age);
                let is_same_by_key = new.is_same_by_key() && row.entry.is_derived;
                let is_repeat = !is_late && (is_same_by_key || row.body_digest == new.body_digest);
                row.entry.last_seen_at = now;
                row.keeps_id |= new.keeps_id;
                if is_repeat {
                    row.repeat(new, now)
                } else {
                    row.entry.conflicts += 1;
                    let conflict = if is_late { Conflict::late(&new, id) } else { Conflict::other_body(&new, id) };
                    rows.keep(conflict, now)
                }
            }
            None => Accepted::Stored(rows.insert(new, now)),
        };
        rows.promote(accepted.id(), now);
        drop(rows);
        self.0.arrived.notify_one();
        Ok(accepted)
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let now = self.now();
        let mut rows = self.rows();
        let mut claims = Vec::new();
        // Whoever had less than it was asked for has no more.
        let mut endpoints: Vec<&String> = wanted.endpoints.iter().collect();
        for most_each in [wanted.share(), wanted.most] {
            endpoints.retain(|endpoint| {
                let most = most_each.min(wanted.most - claims.len());
                rows.take(&wanted, endpoint, most, now, &mut claims) == most
            });
        }
        Ok(claims)
    }

    async fn extend(&self, lease: &Lease) -> Result<bool, StoreError> {
        let until = later(self.now(), lease.length.min(Lease::LONGEST));
        Ok(self.change(lease.id, |row| row.holds(lease), |row| row.entry.next_at = Some(until)))
    }

    async fn finish(&self, lease: &Lease, finish: Finish) -> Result<bool, StoreError> {
        let now = self.now();
        let end = |row: &mut Row| {
            let worker = std::mem::take(&mut row.worker);
            let is_last = row.entry.attempt >= row.entry.last_attempt;
            row.isolated &= matches!(finish, Finish::Release);
            let (what, reason) = match finish {
                Finish::Complete(reason) => {
                    row.end(State::Completed, now);
                    ("completed", reason)
                }
                Finish::Retry(wait, reason) if !is_last => {
                    row.wait(State::Retryable, later(now, wait.min(Finish::LONGEST_WAIT)));
                    ("retry", Some(reason))
                }
                Finish::Retry(_, reason) | Finish::Discard(reason) => {
                    row.end(State::Discarded, now);
                    ("discarded", Some(reason))
                }
                Finish::Park(reason) => {
                    row.entry.last_attempt = row.entry.last_attempt.saturating_add(1);
                    row.entry.unreadable.get_or_insert_with(|| reason.to_string());
                    row.end(State::Parked, now);
                    ("parked", Some(reason))
                }
                Finish::Release => {
                    row.entry.last_attempt = row.entry.last_attempt.saturating_add(1);
                    row.wait(State::Retryable, now);
                    row.note(now, "released", &worker, None);
                    // As it was before it was claimed.
                    return;
                }
            };
            row.entry.reason = reason.as_ref().map(ToString::to_string);
            row.note(now, what, &worker, reason.as_ref());
        };
        Ok(self.change(lease.id, |row| row.holds(lease), end))
    }

    async fn wait(&self, patience: Duration) {
        // Past the patience the caller looks for itself.
        let _ = tokio::time::timeout(patience, self.0.arrived.notified()).await;
    }

    async fn get(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        Ok(self.rows().rows.get(&id).map(|row| row.entry.clone()))
    }

    async fn list(&self, filter: Filter) -> Result<Vec<Entry>, StoreError> {
        let is_wanted = |entry: &&Entry| {
            filter.endpoint.as_ref().is_none_or(|endpoint| *endpoint == entry.endpoint)
                && filter.state.is_none_or(|state| state == entry.state)
                && (!filter.is_unreadable || entry.unreadable.is_some())
                && (!filter.has_body || entry.has_body)
                && filter.before.is_none_or(|before| entry.id < before)
        };
        let rows = self.rows();
        let newest_first = rows.rows.values().rev().map(|row| &row.entry);
        Ok(newest_first.filter(is_wanted).take(filter.limit() as usize).cloned().collect())
    }

    async fn body(&self, id: EntryId) -> Result<Option<StoredDelivery>, StoreError> {
        Ok(self.rows().rows.get(&id).and_then(|row| row.delivery.clone()))
    }

    async fn history(&self, id: EntryId) -> Result<Vec<HistoryLine>, StoreError> {
        Ok(self.rows().rows.get(&id).map(|row| row.history.clone()).unwrap_or_default())
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let may = |row: &Row| row.entry.state.is_finished() && row.delivery.is_some();
        Ok(self.change(id, may, |row| {
            row.note(now, "redelivered", by, None);
            row.entry.run += u32::from(row.entry.state == State::Completed);
            row.refresh(attempts, now);
        }))
    }

    async fn redecode(&self, id: EntryId, reading: Decoded, attempts: u32, by: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let mut is_processed = false;
        self.change(
            id,
            |row| row.delivery.is_some(),
            |row| {
                let may_be = row.is_dead_letter() || row.entry.state == State::Parked;
                is_processed = may_be && reading.unreadable.is_none();
                (row.entry.event, row.entry.unreadable) = (reading.event, reading.unreadable);
                if row.entry.state.is_finished() && reading.subject.is_some() {
                    row.subject = reading.subject;
                }
                if is_processed {
                    row.note(now, "redecode", by, None);
                    row.refresh(attempts, now);
                }
            },
        );
        Ok(is_processed)
    }

    async fn cancel(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let may = |row: &Row| !matches!(row.entry.state, State::Running | State::Completed | State::Cancelled);
        Ok(self.change(id, may, |row| {
            row.note(now, "cancelled", by, None);
            row.end(State::Cancelled, now);
        }))
    }

    async fn release(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let may = |row: &Row| row.entry.state == State::Running;
        Ok(self.change(id, may, |row| {
            row.note(now, "released", by, None);
            row.worker.clear();
            row.entry.last_attempt = row.entry.last_attempt.saturating_add(1);
            row.wait(State::Retryable, now);
        }))
    }

    async fn erase(&self, id: EntryId, by: &str) -> Result<Erasure, StoreError> {
        let now = self.now();
        let may = |row: &Row| row.entry.state != State::Running;
        let is_erased = self.change(id, may, |row| {
            if row.entry.state != State::Completed {
                let finished_at = row.entry.finished_at;
                row.end(State::Cancelled, finished_at.unwrap_or(now));
            }
            row.forget();
            // The sender chose the name of an unknown event.
            row.entry.event = row.entry.event.take().filter(|_| row.entry.unreadable.is_none());
            row.note(now, "erased", by, None);
        });
        // Not before: the subject's next entry was promoted by it.
        if is_erased && let Some(row) = self.rows().rows.get_mut(&id) {
            row.subject = None;
        }
        Ok(if is_erased { Erasure::Erased } else { Erasure::NotErased })
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        let now = self.now();
        let mut rows = self.rows();
        let ((most, most_bytes), mut pruned, mut bytes) = (rule.bounds(), Pruned::default(), 0);
        let is_old = |row: &Row, limit: Option<Duration>| {
            limit.is_some_and(|limit| row.age(now).is_some_and(|age| age >= limit))
                && row.entry.endpoint == rule.endpoint
        };
        for row in rows.rows.values_mut() {
            let Some(delivery) = &row.delivery else { continue };
            if !is_old(row, rule.body_age(row.entry.state)) {
                continue;
            }
            if pruned.bodies >= most || bytes >= most_bytes {
                pruned.is_more = true;
                break;
            }
            bytes += delivery.body.len() as u64;
            row.forget();
            pruned.bodies += 1;
        }
        let Rows { rows, ids, .. } = &mut *rows;
        rows.retain(|_, row| {
            let goes = is_old(row, rule.ids) && !row.entry.has_body && !row.keeps_id;
            if goes && pruned.entries >= most {
                pruned.is_more = true;
                return true;
            }
            if goes {
                ids.remove(&(row.entry.endpoint.clone(), row.entry.delivery_id.clone()));
                pruned.entries += 1;
            }
            !goes
        });
        Ok(pruned)
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
        let mut stats = Stats::default();
        for Row { entry, .. } in self.rows().rows.values() {
            if let Some(count) = stats.row_mut(entry.state) {
                *count += 1;
            }
            stats.conflicts += u64::from(entry.state == State::Discarded && entry.conflict_of.is_some());
            let due_for = entry.next_at.and_then(|at| Duration::try_from(now - at).ok());
            stats.oldest_due = stats.oldest_due.max(due_for.unwrap_or_default());
        }
        Ok(stats)
    }
}
