//! The model: the expected columns of an entry after each call.

use std::time::Duration;

use referral_webhooks_inbox::store::{Finish, State};

/// The attempts of a new, redelivered or revived entry.
pub(crate) const ATTEMPTS: u32 = 3;

/// The expected columns of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) delivery_id: String,
    /// Its place among the entries of the subject; `None` if it has no subject.
    pub(crate) place: Option<u64>,
    pub(crate) state: State,
    pub(crate) attempt: u32,
    pub(crate) last_attempt: u32,
    pub(crate) run: u32,
    pub(crate) has_body: bool,
    pub(crate) due: Due,
    /// How many leases expired, and whether the last of several made it isolated.
    pub(crate) expired_leases: u32,
    pub(crate) isolated: bool,
    /// Whether another entry has its id.
    pub(crate) is_conflict: bool,
    /// How often it was completed: at most once per run.
    pub(crate) completed: u32,
}

/// Whether the next claim takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Now,
    /// It was abandoned more than once, and waits for a random time.
    AtRandomTime,
    Never,
}

impl Model {
    pub(crate) fn new(delivery_id: String, place: Option<u64>) -> Self {
        let (state, due) = Self::due_again(place);
        Self {
            delivery_id,
            place,
            state,
            attempt: 0,
            last_attempt: ATTEMPTS,
            run: 1,
            has_body: true,
            due,
            expired_leases: 0,
            isolated: false,
            is_conflict: false,
            completed: 0,
        }
    }

    pub(crate) fn set(&mut self, state: State, due: Due) {
        (self.state, self.due) = (state, due);
    }

    fn due_again(place: Option<u64>) -> (State, Due) {
        if place.is_some() { (State::Waiting, Due::Never) } else { (State::Available, Due::Now) }
    }

    /// Applies a redelivery or a revival.
    pub(crate) fn refresh(&mut self) {
        self.last_attempt = self.attempt + ATTEMPTS;
        (self.expired_leases, self.isolated) = (0, false);
        (self.state, self.due) = Self::due_again(self.place);
    }

    /// Applies the end of an abandoned attempt: the second one, or the last.
    pub(crate) fn isolate(&mut self, lease: Duration) {
        self.isolated = true;
        if self.attempt >= self.last_attempt {
            self.set(State::Discarded, Due::Never);
        } else {
            self.set(State::Retryable, if lease.is_zero() { Due::Now } else { Due::AtRandomTime });
        }
    }

    pub(crate) fn finish(&mut self, finish: &Finish) {
        self.isolated &= matches!(finish, Finish::Release | Finish::Postpone(..));
        match finish {
            Finish::Complete(_) => {
                self.completed += 1;
                self.set(State::Completed, Due::Never);
            }
            Finish::Retry(wait, _) if self.attempt < self.last_attempt => {
                self.set(State::Retryable, if wait.is_zero() { Due::Now } else { Due::Never });
            }
            Finish::Retry(..) | Finish::Discard(_) => self.set(State::Discarded, Due::Never),
            Finish::Park(_) | Finish::Hold(_) => {
                self.last_attempt += 1;
                self.set(State::Parked, Due::Never);
            }
            Finish::Postpone(wait, _) if !wait.is_zero() => {
                self.last_attempt += 1;
                self.set(State::Retryable, Due::Never);
            }
            Finish::Release | Finish::Postpone(..) => {
                self.last_attempt += 1;
                self.set(State::Retryable, Due::Now);
            }
        }
    }
}
