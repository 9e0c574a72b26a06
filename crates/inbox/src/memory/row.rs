//! One entry in memory, and its transitions.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::{StoredDelivery, Strength};
use time::OffsetDateTime;

use crate::store::{
    Accepted, Claim, ClaimRequest, Entry, EntryId, Filter, Finish, HistoryLine, LEASE_OVER, Lease, NewEntry, Reason,
    State,
};

/// The number of expired leases after which the wait, which grows with its square, stops growing.
const MOST_LONGER: u32 = 10;

/// One entry with its body, history and lease.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) entry: Entry,
    pub(super) body_digest: [u8; 32],
    /// The items of one delivery share it.
    pub(super) delivery: Option<Arc<StoredDelivery>>,
    pub(super) subject: Option<String>,
    pub(super) ordered_at: OffsetDateTime,
    pub(super) keeps_id: bool,
    pub(super) business_key: Option<String>,
    pub(super) history: Vec<HistoryLine>,
    pub(super) isolated: bool,
    worker: String,
    expired_leases: u32,
}

impl Row {
    pub(super) fn new(id: EntryId, new: NewEntry, now: OffsetDateTime) -> Self {
        let state = new.state();
        let entry = Entry {
            endpoint: new.endpoint,
            tenant: new.tenant.filter(|tenant| !tenant.is_empty()),
            platform: new.platform.to_owned(),
            delivery_id: new.delivery_id,
            is_derived: new.strength == Strength::Digest,
            event: new.event,
            unreadable: new.unreadable,
            item: new.item,
            profile: new.profile,
            last_attempt: new.attempts,
            secret: new.secret,
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
            business_key: new.business_key,
            history: Vec::new(),
            isolated: false,
            worker: String::new(),
            expired_leases: 0,
        }
    }

    /// Counts a repeat, and revives a dead letter or restores a deleted body.
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
        // The body is needed until a person has acted.
        let is_open = matches!(self.entry.state, State::Discarded | State::Parked);
        if is_open && self.delivery.is_none() {
            self.restore(new);
        }
        Accepted::Repeated(id)
    }

    pub(super) fn restore(&mut self, new: NewEntry) {
        self.delivery = Some(new.delivery);
        (self.entry.secret, self.entry.has_body) = (new.secret, true);
        (self.entry.item, self.entry.profile) = (new.item, new.profile);
    }

    /// Returns whether a repeat or a later version revives the entry.
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

    /// Makes the entry due with fresh attempts: immediately, or in the order of its subject.
    pub(super) fn refresh(&mut self, attempts: u32, now: OffsetDateTime) {
        self.entry.last_attempt = self.entry.attempt.saturating_add(attempts);
        self.entry.reason = None;
        self.entry.finished_at = None;
        (self.expired_leases, self.isolated) = (0, false);
        (self.entry.state, self.entry.next_at) = match self.subject {
            None => (State::Available, Some(now)),
            Some(_) => (State::Waiting, None),
        };
    }

    /// Ends the attempt of a worker.
    pub(super) fn finish(&mut self, finish: Finish, now: OffsetDateTime) {
        let worker = std::mem::take(&mut self.worker);
        let is_last = self.entry.attempt >= self.entry.last_attempt;
        self.isolated &= matches!(finish, Finish::Release | Finish::Postpone(..));
        let (what, reason) = match finish {
            Finish::Complete(reason) => {
                self.end(State::Completed, now);
                ("completed", reason)
            }
            Finish::Retry(wait, reason) if !is_last => {
                self.wait(State::Retryable, later(now, wait.min(Finish::LONGEST_WAIT)));
                ("retry", Some(reason))
            }
            Finish::Retry(_, reason) | Finish::Discard(reason) => {
                self.end(State::Discarded, now);
                ("discarded", Some(reason))
            }
            Finish::Park(reason) => {
                self.entry.last_attempt = self.entry.last_attempt.saturating_add(1);
                self.entry.unreadable.get_or_insert_with(|| reason.to_string());
                self.end(State::Parked, now);
                ("parked", Some(reason))
            }
            Finish::Hold(reason) => {
                self.entry.last_attempt = self.entry.last_attempt.saturating_add(1);
                self.entry.unreadable = None;
                self.end(State::Parked, now);
                ("held", Some(reason))
            }
            Finish::Release => return self.release(&worker, now),
            Finish::Postpone(wait, reason) => {
                self.entry.last_attempt = self.entry.last_attempt.saturating_add(1);
                self.wait(State::Retryable, later(now, wait.min(Finish::LONGEST_WAIT)));
                self.entry.reason = Some(reason.to_string());
                return;
            }
        };
        self.entry.reason = reason.as_ref().map(ToString::to_string);
        self.note(now, what, &worker, reason.as_ref());
    }

    /// Makes a running entry due, without counting its attempt.
    pub(super) fn release(&mut self, by: &str, now: OffsetDateTime) {
        self.note(now, "released", by, None);
        self.worker.clear();
        self.entry.last_attempt = self.entry.last_attempt.saturating_add(1);
        self.wait(State::Retryable, now);
    }

    /// Leases the entry to a worker.
    pub(super) fn claim(&mut self, wanted: &ClaimRequest, now: OffsetDateTime) -> Claim {
        if self.entry.state == State::Running {
            self.expire_lease(now);
        }
        self.entry.attempt += 1;
        self.worker.clone_from(&wanted.worker);
        self.wait(State::Running, later(now, wanted.lease()));
        let Entry { id, attempt, last_attempt, .. } = self.entry;
        let lease = Lease::new(id, attempt, last_attempt, wanted.lease());
        let (endpoint, delivery_id) = (self.entry.endpoint.clone(), self.entry.delivery_id.clone());
        let claim = Claim::new(lease, self.entry.run, endpoint, delivery_id, self.delivery.as_deref().cloned());
        let claim = claim.read_as(self.entry.item, self.entry.profile.clone());
        claim.of_tenant(self.tenant()).keys(self.entry.secret, self.business_key.is_some())
    }

    fn expire_lease(&mut self, now: OffsetDateTime) -> Reason {
        let reason = Reason::from(LEASE_OVER);
        let worker = std::mem::take(&mut self.worker);
        self.note(now, "abandoned", &worker, Some(&reason));
        self.expired_leases = self.expired_leases.saturating_add(1);
        reason
    }

    /// Ends an expired attempt, unless the entry can be claimed at once. Returns whether the entry is out of this claim:
    /// it is a dead letter after its last attempt, and waits to be isolated after it was abandoned more than once.
    pub(super) fn was_abandoned(&mut self, wanted: &ClaimRequest, now: OffsetDateTime) -> bool {
        let is_last = self.entry.attempt >= self.entry.last_attempt;
        // The first expired lease is recorded by the claim, which an isolated entry may put off.
        if self.entry.state != State::Running || self.expired_leases == 0 && !is_last {
            return false;
        }
        let reason = self.expire_lease(now);
        if is_last {
            self.isolated = false;
            self.end(State::Discarded, now);
            let Entry { platform, endpoint, delivery_id, attempt, .. } = &self.entry;
            tracing::warn!(
                target: "referral_webhooks", platform, endpoint, delivery_id, entry = self.entry.id.0, attempt,
                reason = LEASE_OVER, "discarded: now a dead letter"
            );
        } else {
            let again = self.expired_leases - 1;
            let share = (RandomState::new().build_hasher().finish() % 1024) as f64 / 1024.0;
            let longer = again.min(MOST_LONGER).pow(2) as f64;
            self.isolated = true;
            self.wait(State::Retryable, later(now, wanted.lease().mul_f64(share * longer)));
        }
        self.entry.reason = Some(reason.to_string());
        true
    }

    /// Returns whether the event was processed, or is not going to be.
    pub(super) const fn is_processed(&self) -> bool {
        matches!(self.entry.state, State::Completed | State::Cancelled)
    }

    /// Deletes the body.
    pub(super) fn forget_body(&mut self) {
        self.delivery = None;
        (self.entry.secret, self.entry.has_body) = (None, false);
    }

    /// Deletes the text that may contain personal data.
    pub(super) fn forget(&mut self) {
        self.forget_body();
        self.entry.reason = None;
        self.history.iter_mut().for_each(|line| line.reason = None);
    }

    pub(super) fn holds(&self, lease: &Lease) -> bool {
        self.entry.state == State::Running && self.entry.attempt == lease.attempt
    }

    pub(super) fn is_due(&self, endpoint: &str, now: OffsetDateTime) -> bool {
        self.entry.endpoint == endpoint && self.entry.next_at.is_some_and(|at| at <= now)
    }

    pub(super) fn matches(&self, filter: &Filter) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        let entry = &self.entry;
        is(filter.endpoint.as_ref(), Some(&entry.endpoint))
            && filter.tenant.as_ref().is_none_or(|tenant| tenant == self.tenant())
            && is(filter.state.as_ref(), Some(&entry.state))
            && is(filter.event.as_ref(), entry.event.as_ref())
            && is(filter.subject.as_ref(), self.subject.as_ref())
            && (filter.delivery_ids.is_empty() || filter.delivery_ids.contains(&entry.delivery_id))
            && filter.received_from.is_none_or(|from| entry.received_at >= from)
            && filter.received_before.is_none_or(|before| entry.received_at < before)
            && filter.secret.is_none_or(|secret| entry.secret == Some(secret))
            && (!filter.is_conflict || entry.conflict_of.is_some())
            && (!filter.is_unreadable || entry.unreadable.is_some())
            && (!filter.has_body || entry.has_body)
            && filter.before.is_none_or(|before| entry.id < before)
            && filter.after.is_none_or(|after| entry.id > after)
    }

    /// Returns the tenant, or an empty text.
    pub(super) fn tenant(&self) -> &str {
        self.entry.tenant.as_deref().unwrap_or_default()
    }

    /// Returns the endpoint, the tenant and the subject.
    pub(super) fn about(&self) -> Option<[String; 3]> {
        let subject = self.subject.clone()?;
        Some([self.entry.endpoint.clone(), self.tenant().to_owned(), subject])
    }

    /// Returns whether another entry of the same subject is unfinished.
    pub(super) fn is_behind(&self, other: &Self) -> bool {
        self.subject.is_some()
            && (&self.subject, &self.entry.endpoint) == (&other.subject, &other.entry.endpoint)
            && self.entry.tenant == other.entry.tenant
            && self.entry.id != other.entry.id
            && !other.entry.state.is_finished()
    }

    /// Returns the time since the entry ended or was last repeated, whichever is later.
    pub(super) fn age(&self, now: OffsetDateTime) -> Option<time::Duration> {
        self.entry.finished_at.map(|at| now - at.max(self.entry.last_seen_at))
    }
}

pub(super) fn later(time: OffsetDateTime, wait: Duration) -> OffsetDateTime {
    time.saturating_add(time::Duration::try_from(wait).unwrap_or(time::Duration::MAX))
}
