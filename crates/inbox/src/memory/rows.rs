//! What a store in memory holds, and what may become of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use referral_webhooks::{StoredDelivery, Strength};
use time::OffsetDateTime;

use super::store::LEASE_OVER;
use crate::store::Conflict;
use crate::store::State;
use crate::store::{Accepted, Claim, Entry, EntryId, Lease, NewEntry, Reason};
use crate::store::{ClaimRequest, HistoryLine};

/// The wait of what is left again grows with the square of how often, up to this.
const MOST_LONGER: u32 = 10;

#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) last_id: i64,
    pub(super) ids: HashMap<(String, String), EntryId>,
    pub(super) rows: BTreeMap<EntryId, Row>,
    pub(super) marks: HashMap<String, String>,
}

impl Rows {
    pub(super) fn mark(&mut self, name: &str, value: &str) -> String {
        self.marks.entry(name.to_owned()).or_insert_with(|| value.to_owned()).clone()
    }

    pub(super) fn insert(&mut self, new: NewEntry, now: OffsetDateTime) -> EntryId {
        self.last_id += 1;
        let id = EntryId(self.last_id);
        self.ids.insert((new.endpoint.clone(), new.delivery_id.clone()), id);
        self.rows.insert(id, Row::new(id, new, now));
        id
    }

    /// Keeps a conflict as an entry of its own.
    pub(super) fn keep(&mut self, mut conflict: Conflict<'_>, now: OffsetDateTime) -> Accepted {
        loop {
            let place = (conflict.entry.endpoint.clone(), conflict.delivery_id.clone());
            let Some(id) = self.ids.get(&place) else { break };
            let row = self.rows.get_mut(id).expect("keys and rows are forgotten together");
            if conflict.is_same(&row.body_digest) {
                row.entry.last_seen_at = now;
                row.keeps_id |= conflict.entry.keeps_id;
                row.repeat(conflict.entry.clone(), now);
                return Accepted::Conflict(row.entry.id);
            }
            conflict = conflict.next();
        }
        let id = self.insert(NewEntry { delivery_id: conflict.delivery_id.clone(), ..conflict.entry.clone() }, now);
        let row = self.rows.get_mut(&id).expect("it was inserted just now");
        row.entry.conflict_of = Some(conflict.of);
        row.end(State::Discarded, now);
        let reason = conflict.reason();
        row.entry.reason = Some(reason.to_string());
        row.note(now, "discarded", "the inbox", Some(&reason));
        Accepted::Conflict(id)
    }

    /// Takes what is due at one endpoint, and says how much that was.
    pub(super) fn take(
        &mut self,
        wanted: &ClaimRequest,
        endpoint: &str,
        most: usize,
        now: OffsetDateTime,
        taken: &mut Vec<Claim>,
    ) -> usize {
        let mut due =
            if taken.first().is_some_and(|first| first.isolated) { Vec::new() } else { self.due(endpoint, now, most) };
        let mut bytes = wanted.bytes_left(taken);
        due.retain(|id| self.fits(*id, &mut bytes));
        let mut living = due.clone();
        living.retain(|id| self.rows.get_mut(id).is_some_and(|row| !row.was_left(wanted, now)));
        due.iter().for_each(|id| self.promote(*id, now));
        let is_isolated = |id: &EntryId| self.rows.get(id).is_some_and(|row| row.isolated);
        let alone = taken.is_empty() && living.first().is_some_and(is_isolated);
        if alone {
            living.truncate(1);
        } else {
            living.retain(|id| !is_isolated(id));
        }
        let room = most - due.len();
        if !alone && room > 0 && wanted.unknown.iter().any(|unknown| unknown == endpoint) {
            living.extend(self.parked(endpoint, room).into_iter().filter(|id| self.fits(*id, &mut bytes)));
        }
        taken.extend(living.iter().filter_map(|id| Some(self.rows.get_mut(id)?.take_up(wanted, now).isolated(alone))));
        due.len()
    }

    /// Returns whether bytes are left for the body of an entry, and takes them.
    fn fits(&self, id: EntryId, left: &mut u64) -> bool {
        let body = self.rows.get(&id).and_then(|row| row.delivery.as_ref());
        let fits = *left > 0;
        *left = left.saturating_sub(body.map_or(0, |delivery| delivery.body.len() as u64));
        fits
    }

    /// Parked entries whose subjects have no unfinished entry, the oldest first.
    fn parked(&self, endpoint: &str, most: usize) -> Vec<EntryId> {
        let all = || self.rows.values();
        let is_parked = |row: &&Row| row.entry.endpoint == endpoint && row.entry.state == State::Parked;
        let is_free = |row: &&Row| !all().any(|other| row.is_about_the_same(other));
        let mut subjects = HashSet::new();
        let parked = all().filter(is_parked).filter(|row| row.delivery.is_some()).filter(is_free);
        let first = parked.filter(|row| row.subject.as_ref().is_none_or(|subject| subjects.insert(subject)));
        first.map(|row| row.entry.id).take(most).collect()
    }

    /// What a worker may take up, the oldest first.
    fn due(&self, endpoint: &str, now: OffsetDateTime, most: usize) -> Vec<EntryId> {
        let mut due: Vec<_> = self.rows.values().filter(|row| row.is_due(endpoint, now)).collect();
        due.sort_by_key(|row| (row.entry.next_at, row.entry.id));
        due.iter().map(|row| row.entry.id).take(most).collect()
    }

    /// Makes the earliest waiting entry of this one's subject available, unless another one is active. An entry that is
    /// available and was not begun gives way to an earlier one.
    pub(super) fn promote(&mut self, id: EntryId, now: OffsetDateTime) {
        let Some(about) = self.rows.get(&id).and_then(Row::about) else { return };
        let mut unfinished: Vec<&mut Row> =
            self.rows.values_mut().filter(|row| row.about().as_ref() == Some(&about)).collect();
        unfinished.retain(|row| !row.entry.state.is_finished());
        unfinished.sort_by_key(|row| (row.ordered_at, row.entry.id));
        let begun = |row: &&mut Row| matches!(row.entry.state, State::Running | State::Retryable);
        let has_begun = unfinished.iter().any(begun);
        for (place, row) in unfinished.into_iter().enumerate() {
            match row.entry.state {
                State::Waiting if place == 0 && !has_begun => row.wait(State::Available, now),
                State::Available if place > 0 => (row.entry.state, row.entry.next_at) = (State::Waiting, None),
                _ => {}
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) entry: Entry,
    pub(super) body_digest: [u8; 32],
    pub(super) delivery: Option<StoredDelivery>,
    pub(super) subject: Option<String>,
    pub(super) ordered_at: OffsetDateTime,
    pub(super) keeps_id: bool,
    pub(super) worker: String,
    pub(super) history: Vec<HistoryLine>,
    /// How many of its leases expired, and whether the next attempt runs isolated because of them.
    expired_leases: u32,
    pub(super) isolated: bool,
}

impl Row {
    pub(super) fn new(id: EntryId, new: NewEntry, now: OffsetDateTime) -> Self {
        let state = new.state();
        let entry = Entry {
            endpoint: new.endpoint,
            platform: new.platform.to_owned(),
            delivery_id: new.delivery_id,
            is_derived: new.strength == Strength::Digest,
            event: new.event,
            unreadable: new.unreadable,
            last_attempt: new.attempts,
            next_at: (state == State::Available).then_some(now),
            finished_at: state.is_finished().then_some(now),
            ..Entry::new(id, state, new.delivery.received_at, now)
        };
        let (body_digest, delivery) = (new.body_digest, Some(new.delivery));
        Self {
            entry,
            body_digest,
            delivery,
            subject: new.subject,
            ordered_at: new.ordered_at,
            keeps_id: new.keeps_id,
            worker: String::new(),
            history: Vec::new(),
            expired_leases: 0,
            isolated: false,
        }
    }

    /// Counts what came again, and says what became of it.
    pub(super) fn repeat(&mut self, new: NewEntry, now: OffsetDateTime) -> Accepted {
        self.entry.repeats += 1;
        let id = self.entry.id;
        if self.is_dead_letter() && new.revives {
            let attempts = new.attempts;
            self.restore(new);
            self.note(now, "revived", "the platform", None);
            self.refresh(attempts, now);
            return Accepted::Revived(id);
        }
        // It is needed until a person has acted.
        let is_open = matches!(self.entry.state, State::Discarded | State::Parked);
        if is_open && self.delivery.is_none() {
            self.restore(new);
        }
        Accepted::Repeated(id)
    }

    fn restore(&mut self, new: NewEntry) {
        self.delivery = Some(new.delivery);
        self.entry.has_body = true;
    }

    /// Whether the entry is a dead letter that its platform or a later version revives.
    pub(super) fn is_dead_letter(&self) -> bool {
        self.entry.state == State::Discarded && self.entry.conflict_of.is_none()
    }

    pub(super) fn note(&mut self, at: OffsetDateTime, what: &str, by: &str, reason: Option<&Reason>) {
        self.history.push(HistoryLine::new(at, what, self.entry.attempt, by, reason));
    }

    pub(super) fn wait(&mut self, state: State, until: OffsetDateTime) {
        self.entry.state = state;
        self.entry.next_at = Some(until);
        self.entry.finished_at = None;
    }

    pub(super) fn end(&mut self, state: State, now: OffsetDateTime) {
        self.entry.state = state;
        self.entry.next_at = None;
        self.entry.finished_at = Some(now);
    }

    pub(super) fn refresh(&mut self, attempts: u32, now: OffsetDateTime) {
        self.entry.last_attempt = self.entry.attempt.saturating_add(attempts);
        self.entry.reason = None;
        self.entry.finished_at = None;
        (self.expired_leases, self.isolated) = (0, false);
        (self.entry.state, self.entry.next_at) = waiting_or_due(self.subject.as_ref(), now);
    }

    /// Endpoint and subject.
    fn about(&self) -> Option<(String, String)> {
        self.subject.as_ref().map(|subject| (self.entry.endpoint.clone(), subject.clone()))
    }

    fn is_due(&self, endpoint: &str, now: OffsetDateTime) -> bool {
        self.entry.endpoint == endpoint && self.entry.next_at.is_some_and(|at| at <= now)
    }

    /// Whether another entry about the same subject is unfinished.
    fn is_about_the_same(&self, other: &Self) -> bool {
        self.subject.is_some()
            && (&self.subject, &self.entry.endpoint) == (&other.subject, &other.entry.endpoint)
            && self.entry.id != other.entry.id
            && !other.entry.state.is_finished()
    }

    pub(super) fn holds(&self, lease: &Lease) -> bool {
        self.entry.state == State::Running && self.entry.attempt == lease.attempt
    }

    /// How long ago it ended or came again, whichever is later.
    pub(super) fn age(&self, now: OffsetDateTime) -> Option<time::Duration> {
        self.entry.finished_at.map(|at| now - at.max(self.entry.last_seen_at))
    }

    /// Forgets what may be about people.
    pub(super) fn forget(&mut self) {
        self.delivery = None;
        self.entry.has_body = false;
        self.entry.reason = None;
        self.history.iter_mut().for_each(|event| event.reason = None);
    }

    /// Whether a worker left it on its last attempt, or not for the first time: it is a dead letter then, or isolated.
    fn was_left(&mut self, wanted: &ClaimRequest, now: OffsetDateTime) -> bool {
        if self.entry.state != State::Running {
            return false;
        }
        let lost = Reason::from(LEASE_OVER);
        let worker = std::mem::take(&mut self.worker);
        self.note(now, "abandoned", &worker, Some(&lost));
        self.expired_leases = self.expired_leases.saturating_add(1);
        if self.entry.attempt >= self.entry.last_attempt {
            self.isolated = false;
            self.end(State::Discarded, now);
        } else if let again @ 1.. = self.expired_leases - 1 {
            let share = (RandomState::new().build_hasher().finish() % 1024) as f64 / 1024.0;
            let longer = again.min(MOST_LONGER).pow(2) as f64;
            self.isolated = true;
            self.wait(State::Retryable, later(now, wanted.lease().mul_f64(share * longer)));
        } else {
            return false;
        }
        self.entry.reason = Some(lost.to_string());
        true
    }

    /// Takes it for a worker.
    fn take_up(&mut self, wanted: &ClaimRequest, now: OffsetDateTime) -> Claim {
        self.entry.attempt += 1;
        self.worker.clone_from(&wanted.worker);
        self.wait(State::Running, later(now, wanted.lease()));
        let Entry { id, attempt, last_attempt, .. } = self.entry;
        let lease = Lease::new(id, attempt, last_attempt, wanted.lease());
        let (endpoint, key) = (self.entry.endpoint.clone(), self.entry.delivery_id.clone());
        Claim::new(lease, self.entry.run, endpoint, key, self.delivery.clone())
    }
}

/// An entry that becomes due: at once without a subject, in its turn with one.
fn waiting_or_due(subject: Option<&String>, now: OffsetDateTime) -> (State, Option<OffsetDateTime>) {
    match subject {
        None => (State::Available, Some(now)),
        Some(_) => (State::Waiting, None),
    }
}

pub(super) fn later(time: OffsetDateTime, wait: Duration) -> OffsetDateTime {
    time.saturating_add(time::Duration::try_from(wait).unwrap_or(time::Duration::MAX))
}
