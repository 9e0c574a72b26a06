//! One entry in memory, and its transitions.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use referral_webhooks::{StoredDelivery, Strength};
use time::OffsetDateTime;

use crate::store::{
    Accepted, ByHand, Claim, ClaimRequest, Entry, EntryId, Finish, HistoryLine, LEASE_OVER, Lease, NewEntry, Reason,
    State,
};

/// The number of expired leases after which the wait, which grows with its square, stops growing.
const MOST_LONGER: u32 = 10;

/// The number of the next line of a history.
static LINES: AtomicI64 = AtomicI64::new(1);

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
    /// The lines of the history, with their numbers in all histories.
    pub(super) history: Vec<(i64, HistoryLine)>,
    pub(super) isolated: bool,
    worker: String,
    claimed_at: OffsetDateTime,
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
            claimed_at: now,
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
        self.push(HistoryLine::new(at, what, self.entry.attempt, by, reason));
    }

    pub(super) fn note_by_hand(&mut self, at: OffsetDateTime, what: &str, by: ByHand<'_>) {
        self.push(HistoryLine::by_hand(at, what, self.entry.attempt, by));
    }

    fn push(&mut self, line: HistoryLine) {
        self.history.push((LINES.fetch_add(1, Ordering::Relaxed), line));
    }

    /// Returns the duration of the attempt that ends now, in milliseconds.
    fn took(&self, end: OffsetDateTime) -> Option<Duration> {
        let took = (end - self.claimed_at).whole_milliseconds().max(0);
        Some(Duration::from_millis(u64::try_from(took).unwrap_or(u64::MAX)))
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
            Finish::Release => {
                let line = HistoryLine::new(now, "released", self.entry.attempt, &worker, None);
                return self.release(line, now);
            }
            Finish::Postpone(wait, reason) => {
                self.entry.last_attempt = self.entry.last_attempt.saturating_add(1);
                self.wait(State::Retryable, later(now, wait.min(Finish::LONGEST_WAIT)));
                self.entry.reason = Some(reason.to_string());
                return;
            }
        };
        self.entry.reason = reason.as_ref().map(ToString::to_string);
        let line = HistoryLine::new(now, what, self.entry.attempt, &worker, reason.as_ref());
        self.push(HistoryLine { took: self.took(now), ..line });
    }

    pub(super) fn release_by_hand(&mut self, by: ByHand<'_>, now: OffsetDateTime) {
        let line = HistoryLine::by_hand(now, "released", self.entry.attempt, by);
        self.release(line, now);
    }

    /// Makes a running entry due, without counting its attempt.
    fn release(&mut self, line: HistoryLine, now: OffsetDateTime) {
        self.push(HistoryLine { took: self.took(now), ..line });
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
        self.claimed_at = now;
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
        let line = HistoryLine::new(now, "abandoned", self.entry.attempt, &worker, Some(&reason));
        self.push(HistoryLine { took: self.took(self.entry.next_at.unwrap_or(now)), ..line });
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
        self.history.iter_mut().for_each(|(_, line)| line.reason = None);
    }

    pub(super) fn holds(&self, lease: &Lease) -> bool {
        self.entry.state == State::Running && self.entry.attempt == lease.attempt
    }

    pub(super) fn is_due(&self, endpoint: &str, now: OffsetDateTime) -> bool {
        self.entry.endpoint == endpoint && self.entry.next_at.is_some_and(|at| at <= now)
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
