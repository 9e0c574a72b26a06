//! The course of a simulation.
//!
//! One task owns the clock, the queue and the counts. Requests run beside it, at most `connections` at a time. While one
//! of them is under way, the clock has the pace of the real one (see `clock.rs`); otherwise it moves to the next due attempt.

use std::sync::Arc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::task::JoinSet;

use super::clock::Clock;
use super::delivery::{Delivery, Queue};
use super::events::Events;
use super::played::Played;
use super::scenario::Script;
use super::schedule::{Retry, Schedule};
use super::screen::Screen;
use super::signer::{Signer, Times};
use super::tally::{End, Failures, Lost, Tally};
use crate::client::{Answer, Client, is_listening};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::reading::{Next, Reading};

/// A simulation before its start.
pub(super) struct Play<'p> {
    pub(super) script: Script,
    pub(super) schedule: Schedule,
    pub(super) events: &'p Events,
    pub(super) signer: Signer<'p>,
    pub(super) client: Arc<Client>,
    pub(super) connections: usize,
    pub(super) clock: Clock,
    pub(super) screen: Screen<'p>,
    pub(super) progress: Progress,
}

/// An attempt with its answer.
struct Exchange {
    delivery: Delivery,
    answer: Answer,
}

/// The changing part of a simulation.
struct State {
    queue: Queue,
    /// The place of the next event in the order of first attempts.
    place: u32,
    under_way: JoinSet<Exchange>,
    failures: Failures,
    tally: Tally,
    /// The real time of the last look at the clock while a request was under way.
    looked_at: Instant,
    is_unreachable_known: bool,
}

impl Play<'_> {
    /// Plays the script to its end, or until the user interrupts it.
    pub(super) async fn run(mut self) -> Result<Played, Failure> {
        let mut state = State {
            queue: Queue::default(),
            place: 0,
            under_way: JoinSet::new(),
            failures: Failures::new(self.signer.sender.contract.disabling),
            tally: Tally { events: u64::from(self.script.count), ..Tally::default() },
            looked_at: Instant::now(),
            is_unreachable_known: false,
        };
        let interrupt = tokio::signal::ctrl_c();
        tokio::pin!(interrupt);
        let is_interrupted = loop {
            self.start_due(&mut state)?;
            self.progress.at(state.tally.ended());
            let next = self.next_due(&state).filter(|_| state.under_way.len() < self.connections);
            if state.under_way.is_empty() {
                let Some(due) = next else { break false };
                let begun = Instant::now();
                tokio::select! {
                    biased;
                    _ = &mut interrupt => break true,
                    () = pause(self.clock.wait(due)) => self.clock.arrive(due, begun.elapsed()),
                }
                state.looked_at = Instant::now();
                continue;
            }
            let until_due = next.map_or(Duration::MAX, |due| due.saturating_sub(self.clock.now()));
            let exchange = tokio::select! {
                biased;
                _ = &mut interrupt => break true,
                exchange = state.under_way.join_next() => exchange.and_then(Result::ok),
                () = tokio::time::sleep(until_due) => None,
            };
            self.look(&mut state);
            if let Some(exchange) = exchange {
                if let Answer::Unreachable(reason) = &exchange.answer
                    && !std::mem::replace(&mut state.is_unreachable_known, true)
                {
                    let is_listening = is_listening(&self.signer.to).await;
                    self.progress.hidden(|| self.screen.unreachable(reason, is_listening));
                }
                self.answered(&mut state, exchange)?;
            }
        };
        state.under_way.abort_all();
        Ok(Played { tally: state.tally, passed: self.clock.now(), is_interrupted })
    }

    /// Lets the real time pass on the virtual clock.
    fn look(&mut self, state: &mut State) {
        let now = Instant::now();
        self.clock.pass(now.saturating_duration_since(state.looked_at));
        state.looked_at = now;
    }

    /// Returns the time of the next attempt.
    fn next_due(&self, state: &State) -> Option<Duration> {
        if state.tally.end.is_some() {
            return None;
        }
        let first = (state.place < self.script.count).then(|| self.script.due(state.place));
        state.queue.due().into_iter().chain(first).min()
    }

    /// Starts the attempts that are due, as far as there are connections.
    fn start_due(&mut self, state: &mut State) -> Result<(), Failure> {
        while state.under_way.len() < self.connections
            && self.next_due(state).is_some_and(|due| due <= self.clock.now())
        {
            let first = (state.place < self.script.count).then(|| self.script.due(state.place));
            let is_first = first.is_some_and(|first| state.queue.due().is_none_or(|due| first <= due));
            let delivery = if is_first { self.next_event(state) } else { state.queue.take() };
            let Some(delivery) = delivery else { break };
            self.attempt(state, delivery)?;
        }
        Ok(())
    }

    /// Returns the delivery of the next event.
    fn next_event(&self, state: &mut State) -> Option<Delivery> {
        let number = self.script.number(state.place);
        state.place += 1;
        state.tally.sent += 1;
        let mut delivery = Delivery::new(number, &self.script, self.schedule.has_retries());
        (delivery.first_at, delivery.first_real) = (self.clock.now(), OffsetDateTime::now_utc());
        Some(delivery)
    }

    /// Makes an attempt.
    fn attempt(&mut self, state: &mut State, mut delivery: Delivery) -> Result<(), Failure> {
        let now = self.clock.now();
        delivery.attempts += 1;
        state.tally.attempts += 1;
        state.tally.retried += u64::from(delivery.retries > 0);
        state.tally.repeated += u64::from(delivery.was_accepted);
        if self.script.is_down(now) {
            let answer = Answer::Unreachable("the endpoint is down (`--down-for`)".to_owned());
            return self.answered(state, Exchange { delivery, answer });
        }
        let times = Times {
            now,
            age: now.saturating_sub(delivery.first_at),
            first: delivery.first_real,
            real: OffsetDateTime::now_utc(),
        };
        let request = self.signer.request(&self.events.make(delivery.number)?, times)?;
        let client = Arc::clone(&self.client);
        if state.under_way.is_empty() {
            state.looked_at = Instant::now();
        }
        state.under_way.spawn(async move { Exchange { delivery, answer: client.send(request).await.0 } });
        Ok(())
    }

    /// Reads an answer as the platform does, and plans the next attempt.
    fn answered(&mut self, state: &mut State, exchange: Exchange) -> Result<(), Failure> {
        let Exchange { mut delivery, mut answer } = exchange;
        let (now, contract) = (self.clock.now(), self.signer.sender.contract);
        let event = self.events.make(delivery.number)?;
        let read = |answer: &Answer| Reading::after_retries(delivery.retries, contract, event.name, answer);
        let mut reading = read(&answer);
        delivery.last_status = if let Answer::Status(status) = &answer { Some(status.as_u16()) } else { None };
        if reading.next == Next::Done && delivery.answers_to_lose > 0 {
            answer = Answer::Unreachable("the answer was lost (`--scenario retries`)".to_owned());
            reading = read(&answer);
            delivery.answers_to_lose -= 1;
            delivery.was_accepted = true;
        }
        if let (true, Answer::Status(status)) = (reading.is_forbidden, &answer) {
            *state.tally.forbidden.entry(status.as_u16()).or_default() += 1;
        }
        if reading.next == Next::Done {
            state.failures.succeeded();
            delivery.was_accepted = true;
            match delivery.repeat(&self.script).filter(|_| state.tally.end.is_none()) {
                Some(wait) => state.queue.add(now.saturating_add(wait), delivery),
                None => {
                    state.tally.accepted += 1;
                    self.progress.hidden(|| self.screen.end(&delivery, event.name, now, None))?;
                }
            }
            return Ok(());
        }
        if state.failures.failed(now) && state.tally.end.is_none() {
            state.tally.end = Some(End::Disabled(now));
        }
        if reading.next == Next::Remove {
            state.tally.end.get_or_insert(End::Removed(now));
        }
        let lost = match (state.tally.end, self.schedule.retry(reading.next, delivery.retries), &answer) {
            (Some(end), _, _) => end.lost(),
            (None, Retry::At(offset), _) => {
                let wait = delivery.retry_at(offset);
                state.queue.add(now.saturating_add(wait), delivery);
                return Ok(());
            }
            (None, Retry::Beyond, _) => Lost::StillRetried(self.schedule.patience()),
            (None, Retry::Ended, Answer::Status(status)) if reading.next == Next::Final => Lost::Final(status.as_u16()),
            (None, Retry::Ended, _) => Lost::GivenUp(self.schedule.end()),
        };
        self.lose(state, &delivery, lost)
    }

    /// Counts a lost delivery, and all others if the endpoint has ended at the platform.
    fn lose(&mut self, state: &mut State, delivery: &Delivery, lost: Lost) -> Result<(), Failure> {
        let mut one = |delivery: &Delivery| {
            *state.tally.lost.entry(lost).or_default() += 1;
            let event = self.events.make(delivery.number)?;
            let now = self.clock.now();
            self.progress.hidden(|| self.screen.end(delivery, event.name, now, Some(lost))).map_err(Failure::from)
        };
        one(delivery)?;
        if state.tally.end.is_none() {
            return Ok(());
        }
        while let Some(waiting) = state.queue.take() {
            one(&waiting)?;
        }
        for place in state.place..self.script.count {
            one(&Delivery::new(self.script.number(place), &self.script, false))?;
        }
        state.place = self.script.count;
        Ok(())
    }
}

/// Waits. The timer's resolution would slow down a jump, so a wait of zero does not use it.
async fn pause(wait: Duration) {
    if wait.is_zero() {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(wait).await;
    }
}
