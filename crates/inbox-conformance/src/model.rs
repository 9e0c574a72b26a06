//! Every order of calls, against a model that fits on a page.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{LONG, claimed, sample, with};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::Store;
use referral_webhooks_inbox::store::{Accepted, EntryId, Lease};
use referral_webhooks_inbox::store::{Erasure, PruneRule};

const KEYS: u64 = 7;
/// The first key that is about the one subject. The entries about it are ordered by their keys, the last one first.
const ABOUT: u64 = 4;
const ATTEMPTS: u32 = 3;
const AN_HOUR: Duration = Duration::from_secs(60 * 60);

/// What the rules say of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Model {
    key: String,
    /// Its place among the entries of the subject, if it is about it.
    place: Option<u64>,
    state: State,
    attempt: u32,
    last_attempt: u32,
    run: u32,
    has_body: bool,
    due: Due,
    /// How often a worker left it, and whether that was the last that happened, and not the first time.
    lost: u32,
    was_left: bool,
    /// Whether another entry has its id.
    is_conflict: bool,
    /// How often it was completed, and how often that was wanted.
    completed: u32,
}

/// Whether the next claim takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Now,
    /// It was left more than once, and waits for a time of its own.
    Some,
    Never,
}

impl Model {
    fn new(key: String, place: Option<u64>) -> Self {
        let (state, due) = Self::due_again(place);
        Self {
            key,
            place,
            state,
            attempt: 0,
            last_attempt: ATTEMPTS,
            run: 1,
            has_body: true,
            due,
            lost: 0,
            was_left: false,
            is_conflict: false,
            completed: 0,
        }
    }

    fn wait(&mut self, state: State, due: Due) {
        (self.state, self.due) = (state, due);
    }

    fn due_again(place: Option<u64>) -> (State, Due) {
        if place.is_some() { (State::Waiting, Due::Never) } else { (State::Available, Due::Now) }
    }

    fn refresh(&mut self) {
        self.last_attempt = self.attempt + ATTEMPTS;
        (self.lost, self.was_left) = (0, false);
        (self.state, self.due) = Self::due_again(self.place);
    }

    /// What becomes of it if a worker left it more than once, or on its last attempt.
    fn leave(&mut self, lease: Duration) {
        self.was_left = true;
        if self.attempt >= self.last_attempt {
            self.wait(State::Discarded, Due::Never);
        } else {
            self.wait(State::Retryable, if lease.is_zero() { Due::Now } else { Due::Some });
        }
    }

    fn must_be_alone(&self) -> bool {
        self.state == State::Retryable && self.was_left
    }

    fn finish(&mut self, finish: &Finish) {
        self.was_left &= matches!(finish, Finish::Release);
        match finish {
            Finish::Complete(_) => {
                self.completed += 1;
                self.wait(State::Completed, Due::Never);
            }
            Finish::Retry(wait, _) if self.attempt < self.last_attempt => {
                self.wait(State::Retryable, if wait.is_zero() { Due::Now } else { Due::Never });
            }
            Finish::Retry(..) | Finish::Discard(_) => self.wait(State::Discarded, Due::Never),
            Finish::Park(_) => {
                self.last_attempt += 1;
                self.wait(State::Parked, Due::Never);
            }
            Finish::Release => {
                self.last_attempt += 1;
                self.wait(State::Retryable, Due::Now);
            }
        }
    }
}

/// Numbers that look random and are the same in every run: a linear congruence, with the constants of Knuth's MMIX.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Sixty calls in an order left to chance, sixteen times: whatever was done before, every answer and every entry is as
/// the model says. A completed entry never runs again by itself; who lost its lease ends nothing; no attempt is counted
/// twice or forgotten; a key is one entry until it is pruned.
pub async fn any_order_of_calls_keeps_the_rules<S: Store>(store: S) {
    for seed in 0..16 {
        let mut run = Run {
            store: store.clone(),
            chance: Chance(seed),
            seed,
            entries: BTreeMap::new(),
            leases: Vec::new(),
            calls: Vec::new(),
        };
        for _ in 0..60 {
            run.call().await;
            run.compare().await;
        }
        run.end().await;
    }
}

struct Run<S> {
    store: S,
    chance: Chance,
    seed: u64,
    entries: BTreeMap<EntryId, Model>,
    /// All that were ever given, the lost ones too.
    leases: Vec<Lease>,
    calls: Vec<String>,
}

impl<S: Store> Run<S> {
    async fn call(&mut self) {
        self.call_one().await;
        self.promote();
    }

    async fn call_one(&mut self) {
        match self.chance.below(14) {
            12 => self.release().await,
            13 => self.accept_another().await,
            0..=2 => self.accept().await,
            3..=5 => self.claim().await,
            6..=8 => self.finish().await,
            9 => self.redeliver().await,
            10 => self.cancel_or_erase().await,
            _ => self.prune().await,
        }
    }

    /// Says what was done, should it fail.
    #[track_caller]
    fn check(&self, is_so: bool, what: &str) {
        assert!(is_so, "seed {}: {what}, after {:#?}\nexpected {:#?}", self.seed, self.calls, self.entries);
    }

    /// Of the subject's unfinished entries the first one is due, unless another one was begun.
    fn promote(&mut self) {
        let about = |entry: &&mut Model| entry.place.is_some() && !entry.state.is_finished();
        let mut unfinished: Vec<&mut Model> = self.entries.values_mut().filter(about).collect();
        unfinished.sort_by_key(|entry| entry.place);
        let has_begun = unfinished.iter().any(|entry| matches!(entry.state, State::Running | State::Retryable));
        for (place, entry) in unfinished.into_iter().enumerate() {
            match entry.state {
                State::Waiting if place == 0 && !has_begun => entry.wait(State::Available, Due::Now),
                State::Available if place > 0 => entry.wait(State::Waiting, Due::Never),
                _ => {}
            }
        }
    }

    async fn accept(&mut self) {
        let number = self.chance.below(KEYS);
        let key = format!("{}-{number}", self.seed);
        let mut entry = sample("shop", &key, "{}", ATTEMPTS);
        let place = (number >= ABOUT).then_some(KEYS - number);
        if let Some(place) = place {
            let ordered_at = time::OffsetDateTime::UNIX_EPOCH + Duration::from_secs(place);
            entry = with(entry.about("ada"), |it| it.ordered_at = ordered_at);
        }
        let accepted = self.store.accept(entry).await.expect("it accepts");
        self.calls.push(format!("accept {key}: {accepted:?}"));
        let known = self.entries.iter_mut().find(|(_, entry)| entry.key == key);
        let want = match known {
            None => {
                self.entries.insert(accepted.id(), Model::new(key, place));
                Accepted::Stored(accepted.id())
            }
            Some((id, entry)) if entry.state == State::Discarded => {
                entry.has_body = true;
                entry.refresh();
                Accepted::Revived(*id)
            }
            Some((id, _)) => Accepted::Repeated(*id),
        };
        self.check(accepted == want, &format!("{accepted:?} instead of {want:?}"));
    }

    /// Another body under a key: a repeat of what it was stored as, if it was stored, and new otherwise.
    async fn accept_another(&mut self) {
        let key = format!("{}-{}", self.seed, self.chance.below(KEYS));
        if !self.entries.values().any(|entry| entry.key == key) {
            return;
        }
        let accepted = self.store.accept(sample("shop", &key, "[1]", ATTEMPTS)).await.expect("it accepts");
        self.calls.push(format!("accept another body under {key}: {accepted:?}"));
        let key = format!("{key}~");
        let known = self.entries.iter_mut().find(|(_, entry)| entry.key == key);
        let want = match known {
            Some((id, entry)) => {
                entry.has_body |= entry.state == State::Discarded;
                *id
            }
            None => {
                let mut conflict = Model { is_conflict: true, ..Model::new(key, None) };
                conflict.wait(State::Discarded, Due::Never);
                self.entries.insert(accepted.id(), conflict);
                accepted.id()
            }
        };
        self.check(accepted == Accepted::Conflict(want), &format!("{accepted:?} instead of {want:?}"));
    }

    async fn release(&mut self) {
        let id = self.any();
        let is_released = self.store.release(id, "somebody").await.expect("it answers");
        self.calls.push(format!("release {id:?}: {is_released}"));
        let entry = self.entries.get_mut(&id).filter(|entry| entry.state == State::Running);
        let may = entry.is_some();
        if let Some(entry) = entry {
            entry.last_attempt += 1;
            entry.wait(State::Retryable, Due::Now);
        }
        self.check(is_released == may, "released, and did not run, or the other way round");
    }

    /// A lease without length is over at once, as if its worker had died.
    async fn claim(&mut self) {
        let lease = if self.chance.below(2) == 0 { Duration::ZERO } else { LONG };
        // Two times of the database's clock are to be told apart.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let claims = claimed(&self.store, 100, lease).await;
        let ids: Vec<EntryId> = claims.iter().map(|claim| claim.lease.id).collect();
        self.calls.push(format!("claim for {lease:?}: {ids:?}"));
        // The oldest that is due decides it; which that is, the model does not know.
        let alone = claims.iter().any(|claim| claim.isolated);
        let mut wrong = None;
        for (id, entry) in &mut self.entries {
            let is_claimed = ids.contains(id);
            let is_lost = entry.state == State::Running && entry.due == Due::Now;
            entry.lost += u32::from(is_lost);
            let is_wanted = if is_lost && (entry.lost > 1 || entry.attempt >= entry.last_attempt) {
                entry.leave(lease);
                false
            } else if entry.must_be_alone() {
                // One of them, if there is nothing else.
                let is_one = ids.is_empty() && entry.due == Due::Now;
                is_one || is_claimed && alone && ids.len() == 1 && entry.due != Due::Never
            } else {
                entry.due == Due::Now && !alone
            };
            if is_claimed != is_wanted {
                wrong = Some(*id);
            }
            if is_claimed {
                entry.attempt += 1;
                entry.wait(State::Running, if lease.is_zero() { Due::Now } else { Due::Never });
            }
        }
        self.check(wrong.is_none(), &format!("{wrong:?} was claimed, or was not"));
        for claim in claims {
            let Some(entry) = self.entries.get(&claim.lease.id) else {
                self.check(false, "an entry was claimed that is not kept");
                return;
            };
            let want = (entry.attempt, entry.last_attempt, entry.run);
            let is_as_wanted = (claim.lease.attempt, claim.lease.last_attempt, claim.run) == want;
            self.check(is_as_wanted && claim.delivery.is_some(), &format!("{claim:?}"));
            self.leases.push(claim.lease);
        }
    }

    async fn finish(&mut self) {
        let Some(last) = self.leases.len().checked_sub(1) else { return };
        let lease = self.leases[last.saturating_sub(self.chance.below(6) as usize)].clone();
        if self.chance.below(4) == 0 {
            let is_held = self.is_held(&lease);
            let is_extended = self.store.extend(&lease).await.expect("it answers");
            self.calls.push(format!("extend {lease:?}: {is_extended}"));
            self.check(is_extended == is_held, "extended, and was lost, or was held and not extended");
            return;
        }
        let finish = match self.chance.below(7) {
            6 => Finish::Park("unknown".into()),
            0 | 1 => Finish::Complete(None),
            2 => Finish::Retry(Duration::ZERO, "again".into()),
            3 => Finish::Retry(AN_HOUR, "later".into()),
            4 => Finish::Discard("never".into()),
            _ => Finish::Release,
        };
        let is_ended = self.store.finish(&lease, finish.clone()).await.expect("it answers");
        self.calls.push(format!("finish {lease:?} with {finish:?}: {is_ended}"));
        let is_held = self.is_held(&lease);
        if is_held && let Some(entry) = self.entries.get_mut(&lease.id) {
            entry.finish(&finish);
        }
        self.check(is_ended == is_held, "ended, and was lost, or was held and not ended");
    }

    /// The claim is the last one, and nobody has ended it; a lease that is over and was not taken by another still is.
    fn is_held(&self, lease: &Lease) -> bool {
        self.entries.get(&lease.id).is_some_and(|entry| entry.state == State::Running && entry.attempt == lease.attempt)
    }

    fn any(&mut self) -> EntryId {
        let place = self.chance.below(self.entries.len() as u64 + 1) as usize;
        self.entries.keys().nth(place).copied().unwrap_or(EntryId(i64::MAX))
    }

    async fn redeliver(&mut self) {
        let id = self.any();
        let is_redelivered = self.store.redeliver(id, ATTEMPTS, "somebody").await.expect("it answers");
        self.calls.push(format!("redeliver {id:?}: {is_redelivered}"));
        let entry = self.entries.get_mut(&id).filter(|entry| entry.state.is_finished() && entry.has_body);
        let may = entry.is_some();
        if let Some(entry) = entry {
            entry.run += u32::from(entry.state == State::Completed);
            entry.refresh();
        }
        self.check(is_redelivered == may, "redelivered, and must not be, or the other way round");
    }

    async fn cancel_or_erase(&mut self) {
        let (id, erases) = (self.any(), self.chance.below(2) == 0);
        let is_done = if erases {
            self.store.erase(id, "somebody").await.map(Erasure::is_erased)
        } else {
            self.store.cancel(id, "somebody").await
        };
        let is_done = is_done.expect("it answers");
        self.calls.push(format!("{} {id:?}: {is_done}", if erases { "erase" } else { "cancel" }));
        let waits = |entry: &Model| !matches!(entry.state, State::Running | State::Completed | State::Cancelled);
        let may = |entry: &&mut Model| if erases { entry.state != State::Running } else { waits(entry) };
        let entry = self.entries.get_mut(&id).filter(may);
        let want = entry.is_some();
        if let Some(entry) = entry {
            if entry.state != State::Completed {
                entry.wait(State::Cancelled, Due::Never);
            }
            entry.place = entry.place.filter(|_| !erases);
            entry.has_body &= !erases;
            entry.was_left &= !erases;
        }
        self.check(is_done == want, "done, and must not be, or the other way round");
    }

    /// Everything that is finished, or its bodies.
    async fn prune(&mut self) {
        let keys = (self.chance.below(3) == 0).then_some(Duration::ZERO);
        let rule = PruneRule::new("shop", Duration::ZERO, AN_HOUR, keys, 100);
        let pruned = self.store.prune(rule).await.expect("it prunes");
        self.calls.push(format!("prune, with keys: {}: {pruned:?}", keys.is_some()));
        for entry in self.entries.values_mut() {
            entry.has_body &= !matches!(entry.state, State::Completed | State::Cancelled);
        }
        if keys.is_some() {
            self.entries.retain(|_, entry| !entry.state.is_finished() || entry.has_body);
        }
    }

    async fn compare(&mut self) {
        for (id, want) in &self.entries {
            let got = self.store.get(*id).await.expect("it reads");
            let is_so = got.as_ref().is_some_and(|got| {
                (got.state, got.attempt, got.last_attempt, got.run, got.has_body)
                    == (want.state, want.attempt, want.last_attempt, want.run, want.has_body)
                    && got.next_at.is_some()
                        == matches!(got.state, State::Available | State::Running | State::Retryable)
                    && got.finished_at.is_some() == got.state.is_finished()
                    && got.conflict_of.is_some() == want.is_conflict
            });
            self.check(is_so, &format!("{got:?}"));
            self.check(want.completed <= want.run, "it was completed more often than it was wanted");
        }
    }

    /// Leaves nothing that the next sequence could claim.
    async fn end(self) {
        for id in self.entries.keys().rev() {
            let running = self.store.get(*id).await.expect("it reads").expect("it is kept");
            let lease = Lease::new(*id, running.attempt, running.last_attempt, LONG);
            self.store.finish(&lease, Finish::Complete(None)).await.expect("it answers");
            self.store.cancel(*id, "somebody").await.expect("it answers");
        }
    }
}
