//! Random sequences of calls against a model.
//!
//! The model repeats the rules without a database: it computes the columns of each entry after each call. It assumes that
//! no other process uses the store, and that a lease without length expires within two milliseconds.

use std::collections::BTreeMap;
use std::time::Duration;

use referral_webhooks_inbox::store::{Accepted, EntryId, Erasure, Finish, Lease, PruneRule, State, Store};

use crate::checks::checks;
use crate::model::{ATTEMPTS, Due, Model};
use crate::samples::{AN_HOUR, LONG, OPERATOR, claim, sample, sleep};

const IDS: u64 = 7;
/// The first id of an entry with a subject. Entries of the subject are ordered by their ids, the last one first.
const FIRST_OF_SUBJECT: u64 = 4;

/// Pseudo-random numbers, the same in every run: a linear congruential generator with the constants of Knuth's MMIX.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

checks!(
    mod sequences {
        /// After each of sixty random calls, in sixteen sequences, every answer and every entry equals the model's.
        async fn random_calls_agree_with_the_model(store: impl Store) {
            for seed in 0..16 {
                let mut run = Run {
                    store: store.clone(),
                    random: Random(seed),
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
    }
);

struct Run<S> {
    store: S,
    random: Random,
    seed: u64,
    entries: BTreeMap<EntryId, Model>,
    /// Every lease of the sequence, expired ones too.
    leases: Vec<Lease>,
    calls: Vec<String>,
}

impl<S: Store> Run<S> {
    async fn call(&mut self) {
        match self.random.below(14) {
            0..=2 => self.accept().await,
            3..=5 => self.claim().await,
            6..=8 => self.finish_or_extend().await,
            9 => self.redeliver().await,
            10 => self.cancel_or_erase().await,
            11 => self.prune().await,
            12 => self.release().await,
            _ => self.accept_another_body().await,
        }
        self.promote();
    }

    /// Asserts, with the sequence of calls in the message.
    #[track_caller]
    fn check(&self, is_so: bool, what: &str) {
        assert!(is_so, "seed {}: {what}, after {:#?}\nexpected {:#?}", self.seed, self.calls, self.entries);
    }

    #[track_caller]
    fn check_answer(&self, answer: bool, want: bool) {
        self.check(answer == want, &format!("answered {answer} instead of {want}"));
    }

    /// Makes the first unfinished entry of the subject due, unless an attempt of another one has begun.
    fn promote(&mut self) {
        let is_unfinished = |entry: &&mut Model| entry.place.is_some() && !entry.state.is_finished();
        let mut unfinished: Vec<&mut Model> = self.entries.values_mut().filter(is_unfinished).collect();
        unfinished.sort_by_key(|entry| entry.place);
        let has_begun = unfinished.iter().any(|entry| matches!(entry.state, State::Running | State::Retryable));
        for (place, entry) in unfinished.into_iter().enumerate() {
            match entry.state {
                State::Waiting if place == 0 && !has_begun => entry.set(State::Available, Due::Now),
                State::Available if place > 0 => entry.set(State::Waiting, Due::Never),
                _ => {}
            }
        }
    }

    fn with_id(&mut self, delivery_id: &str) -> Option<(EntryId, &mut Model)> {
        let mut entries = self.entries.iter_mut();
        entries.find(|(_, entry)| entry.delivery_id == delivery_id).map(|(id, entry)| (*id, entry))
    }

    async fn accept(&mut self) {
        let number = self.random.below(IDS);
        let delivery_id = format!("{}-{number}", self.seed);
        let mut new = sample(&delivery_id, "{}");
        new.attempts = ATTEMPTS;
        let place = (number >= FIRST_OF_SUBJECT).then_some(IDS - number);
        if let Some(place) = place {
            new = new.about("ada");
            new.ordered_at = time::OffsetDateTime::UNIX_EPOCH + Duration::from_secs(place);
        }
        let accepted = self.store.accept(new).await.unwrap();
        self.calls.push(format!("accept {delivery_id}: {accepted:?}"));
        let want = match self.with_id(&delivery_id) {
            None => {
                self.entries.insert(accepted.id(), Model::new(delivery_id, place));
                Accepted::Stored(accepted.id())
            }
            Some((id, entry)) if entry.state == State::Discarded => {
                entry.has_body = true;
                entry.refresh();
                Accepted::Revived(id)
            }
            Some((id, _)) => Accepted::Repeated(id),
        };
        self.check(accepted == want, &format!("{accepted:?} instead of {want:?}"));
    }

    /// Another body under an id is a repeat of the conflict with that body, or else a new conflict.
    async fn accept_another_body(&mut self) {
        let delivery_id = format!("{}-{}", self.seed, self.random.below(IDS));
        if self.with_id(&delivery_id).is_none() {
            return;
        }
        let mut new = sample(&delivery_id, "[1]");
        new.attempts = ATTEMPTS;
        let accepted = self.store.accept(new).await.unwrap();
        self.calls.push(format!("accept another body under {delivery_id}: {accepted:?}"));
        let delivery_id = format!("{delivery_id}~");
        let want = match self.with_id(&delivery_id) {
            Some((id, entry)) => {
                entry.has_body |= entry.state == State::Discarded;
                id
            }
            None => {
                let mut conflict = Model { is_conflict: true, ..Model::new(delivery_id, None) };
                conflict.set(State::Discarded, Due::Never);
                self.entries.insert(accepted.id(), conflict);
                accepted.id()
            }
        };
        self.check(accepted == Accepted::Conflict(want), &format!("{accepted:?} instead of {want:?}"));
    }

    async fn release(&mut self) {
        let id = self.any_entry();
        let is_released = self.store.release(id, OPERATOR).await.unwrap();
        self.calls.push(format!("release {id:?}: {is_released}"));
        let entry = self.entries.get_mut(&id).filter(|entry| entry.state == State::Running);
        let want = entry.is_some();
        if let Some(entry) = entry {
            entry.last_attempt += 1;
            entry.set(State::Retryable, Due::Now);
        }
        self.check_answer(is_released, want);
    }

    /// Claims with a lease that outlives the sequence, or with one that expires at once, as if the worker had died.
    async fn claim(&mut self) {
        let lease = if self.random.below(2) == 0 { Duration::ZERO } else { LONG };
        // Two calls need different times of the database's clock.
        sleep(2).await;
        let claims = claim(&self.store, 100, lease).await;
        let claimed: Vec<EntryId> = claims.iter().map(|claim| claim.lease.id).collect();
        self.calls.push(format!("claim for {lease:?}: {claimed:?}"));
        // The oldest due entry decides whether the claim is isolated. The model does not know which entry that is.
        let is_isolated = claims.iter().any(|claim| claim.isolated);
        let mut wrong = None;
        for (id, entry) in &mut self.entries {
            let is_claimed = claimed.contains(id);
            let is_abandoned = entry.state == State::Running && entry.due == Due::Now;
            // An isolated claim leaves the first expired lease of another entry to the next claim.
            let is_first = entry.expired_leases == 0 && entry.attempt < entry.last_attempt;
            let is_put_off = is_isolated && is_first && !is_claimed;
            entry.expired_leases += u32::from(is_abandoned && !is_put_off);
            let want = if is_abandoned && (entry.expired_leases > 1 || entry.attempt >= entry.last_attempt) {
                entry.isolate(lease);
                false
            } else if entry.state == State::Retryable && entry.isolated {
                // An empty claim means that no entry is due. An isolated claim takes one entry.
                let is_missing = claimed.is_empty() && entry.due == Due::Now;
                is_missing || is_claimed && is_isolated && claimed.len() == 1 && entry.due != Due::Never
            } else {
                entry.due == Due::Now && !is_isolated
            };
            if is_claimed != want {
                wrong = Some(*id);
            }
            if is_claimed {
                entry.attempt += 1;
                entry.set(State::Running, if lease.is_zero() { Due::Now } else { Due::Never });
            }
        }
        self.check(wrong.is_none(), &format!("{wrong:?} was claimed, or was not"));
        for claim in claims {
            let Some(entry) = self.entries.get(&claim.lease.id) else {
                self.check(false, "an unknown entry was claimed");
                return;
            };
            let want = (entry.attempt, entry.last_attempt, entry.run);
            let is_equal = (claim.lease.attempt, claim.lease.last_attempt, claim.run) == want;
            self.check(is_equal && claim.delivery.is_some(), &format!("{claim:?}"));
            self.leases.push(claim.lease);
        }
    }

    async fn finish_or_extend(&mut self) {
        let Some(last) = self.leases.len().checked_sub(1) else { return };
        let lease = self.leases[last.saturating_sub(self.random.below(6) as usize)].clone();
        // A lease that expired is held until another claim rescues the entry.
        let held = self.entries.get(&lease.id);
        let is_held = held.is_some_and(|entry| entry.state == State::Running && entry.attempt == lease.attempt);
        if self.random.below(4) == 0 {
            let is_extended = self.store.extend(&lease).await.unwrap();
            self.calls.push(format!("extend {lease:?}: {is_extended}"));
            self.check_answer(is_extended, is_held);
            return;
        }
        let finish = match self.random.below(9) {
            0 | 1 => Finish::Complete(None),
            2 => Finish::Retry(Duration::ZERO, "again".into()),
            3 => Finish::Retry(AN_HOUR, "later".into()),
            4 => Finish::Discard("never".into()),
            6 => Finish::Park("unknown".into()),
            7 => Finish::Postpone(Duration::ZERO, "no secret".into()),
            8 => Finish::Postpone(AN_HOUR, "no secret".into()),
            _ => Finish::Release,
        };
        let is_finished = self.store.finish(&lease, finish.clone()).await.unwrap();
        self.calls.push(format!("finish {lease:?} with {finish:?}: {is_finished}"));
        if is_held && let Some(entry) = self.entries.get_mut(&lease.id) {
            entry.finish(&finish);
        }
        self.check_answer(is_finished, is_held);
    }

    /// Returns an entry of the sequence, or an unknown one.
    fn any_entry(&mut self) -> EntryId {
        let place = self.random.below(self.entries.len() as u64 + 1) as usize;
        self.entries.keys().nth(place).copied().unwrap_or(EntryId(i64::MAX))
    }

    async fn redeliver(&mut self) {
        let id = self.any_entry();
        let is_redelivered = self.store.redeliver(id, ATTEMPTS, OPERATOR).await.unwrap();
        self.calls.push(format!("redeliver {id:?}: {is_redelivered}"));
        let entry = self.entries.get_mut(&id).filter(|entry| entry.state.is_finished() && entry.has_body);
        let want = entry.is_some();
        if let Some(entry) = entry {
            entry.run += u32::from(entry.state == State::Completed);
            entry.refresh();
        }
        self.check_answer(is_redelivered, want);
    }

    async fn cancel_or_erase(&mut self) {
        let (id, erases) = (self.any_entry(), self.random.below(2) == 0);
        let answer = if erases {
            self.store.erase(id, OPERATOR).await.map(Erasure::is_erased)
        } else {
            self.store.cancel(id, OPERATOR).await
        };
        let is_done = answer.unwrap();
        self.calls.push(format!("{} {id:?}: {is_done}", if erases { "erase" } else { "cancel" }));
        let entry = self.entries.get_mut(&id).filter(|entry| match entry.state {
            State::Running => false,
            State::Completed | State::Cancelled => erases,
            _ => true,
        });
        let want = entry.is_some();
        if let Some(entry) = entry {
            if entry.state != State::Completed {
                entry.set(State::Cancelled, Due::Never);
            }
            entry.place = entry.place.filter(|_| !erases);
            entry.has_body &= !erases;
            entry.isolated &= !erases;
        }
        self.check_answer(is_done, want);
    }

    /// Prunes the bodies of finished entries, or the entries.
    async fn prune(&mut self) {
        let ids = (self.random.below(3) == 0).then_some(Duration::ZERO);
        let rule = PruneRule::new("shop", Duration::ZERO, AN_HOUR, ids, 100);
        let pruned = self.store.prune(rule).await.unwrap();
        self.calls.push(format!("prune, with ids: {}: {pruned:?}", ids.is_some()));
        for entry in self.entries.values_mut() {
            entry.has_body &= !matches!(entry.state, State::Completed | State::Cancelled);
        }
        if ids.is_some() {
            self.entries.retain(|_, entry| !entry.state.is_finished() || entry.has_body);
        }
    }

    async fn compare(&mut self) {
        for (id, want) in &self.entries {
            let got = self.store.get(*id).await.unwrap();
            let is_equal = got.as_ref().is_some_and(|got| {
                (got.state, got.attempt, got.last_attempt, got.run, got.has_body)
                    == (want.state, want.attempt, want.last_attempt, want.run, want.has_body)
                    && got.next_at.is_some()
                        == matches!(got.state, State::Available | State::Running | State::Retryable)
                    && got.finished_at.is_some() == got.state.is_finished()
                    && got.conflict_of.is_some() == want.is_conflict
            });
            self.check(is_equal, &format!("{got:?}"));
            self.check(want.completed <= want.run, "it was completed more often than once per run");
        }
    }

    /// Leaves no entry that the next sequence could claim.
    async fn end(self) {
        for id in self.entries.keys().rev() {
            let running = self.store.get(*id).await.unwrap().unwrap();
            let lease = Lease::new(*id, running.attempt, running.last_attempt, LONG);
            self.store.finish(&lease, Finish::Complete(None)).await.unwrap();
            self.store.cancel(*id, OPERATOR).await.unwrap();
        }
    }
}
