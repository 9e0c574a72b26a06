//! One attempt at processing a delivery.

use std::error::Error as StdError;
use std::time::Duration;

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Endpoint};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::backoff::BackOff;
use crate::outcome::{Finish, Outcome};
use crate::store::State;
use crate::store::Store;
use crate::store::{Claim, EntryId, Lease, Reason};
use crate::telemetry;

/// Which attempt it is, and at what: for handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The entry's number.
    pub entry: EntryId,
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The key under which the entry is unique within the endpoint: the same on every attempt, so that a call to another
    /// service can carry it as its idempotency key.
    pub id: String,
    /// The number of this attempt, from 1; redelivering goes on counting.
    pub number: u32,
    /// The number of the last one.
    pub last: u32,
    /// How often the effect was wanted: 1, and 1 more for each time that the entry was redelivered by hand after it was
    /// completed. Together with endpoint and key it names one effect, for a guard table where that is elsewhere.
    pub run: u32,
}

/// What holds for every attempt of a worker.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) back_off: BackOff,
    pub(crate) limit: Duration,
    pub(crate) limit_in_tx: Duration,
    /// Told when a shutdown does not wait any longer.
    pub(crate) release: CancellationToken,
}

impl Terms {
    /// The wait after this attempt. What counts is how many are left, so that redelivered entries begin anew, and what
    /// was given back waits no longer.
    pub(crate) fn wait_after(&self, lease: &Lease) -> Duration {
        let left = lease.last_attempt.saturating_sub(lease.attempt);
        self.back_off.jittered(self.back_off.attempts().saturating_sub(left).max(1))
    }
}

/// A claim that is held until a time by this machine's clock.
#[derive(Debug)]
pub(crate) struct Held<S> {
    pub(crate) store: S,
    pub(crate) endpoint: String,
    pub(crate) lease: Lease,
    /// Since when.
    pub(crate) asked: Instant,
    pub(crate) until: Instant,
}

/// A claimed entry, opened.
pub(crate) enum Opened<P: Platform> {
    /// A delivery for a handler.
    For(Delivery<P>, Attempt),
    /// The handler asks for the other kind of events; the reason if this version cannot read this one.
    NotFor(Option<Reason>),
    /// The attempt ends without a handler.
    Ends(Finish),
}

/// Which events a handler asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Those that this version can read.
    Known,
    /// Those that are `Other`.
    Unknown,
}

/// Opens a claimed entry for a handler.
pub(crate) fn open<P: Platform>(endpoint: &Endpoint<P>, claim: &Claim, asks: Asks, terms: &Terms) -> Opened<P> {
    let Claim { lease, run, endpoint: name, delivery_id, delivery, .. } = claim;
    let Some(stored) = delivery else {
        return Opened::Ends(Finish::Discard("its body is no longer kept".into()));
    };
    let delivery = match endpoint.reopen(stored.clone()) {
        Ok(delivery) => delivery,
        // A secret that was taken away too early may come back.
        Err(error) => {
            let reason = format!("what was stored does not verify: {error}");
            return Opened::Ends(Finish::Retry(terms.wait_after(lease), reason.into()));
        }
    };
    let why = delivery.event().why_other().map(ToString::to_string);
    if why.is_some() != (asks == Asks::Unknown) {
        return Opened::NotFor(why.map(Reason::from));
    }
    let Lease { id, attempt, last_attempt, .. } = *lease;
    let (endpoint, delivery_id) = (name.clone(), delivery_id.clone());
    Opened::For(
        delivery,
        Attempt { entry: id, endpoint, id: delivery_id, number: attempt, last: last_attempt, run: *run },
    )
}

impl<S: Store> Held<S> {
    /// Waits for a handler and keeps the lease meanwhile. `None`: the lease was lost, and the handler was stopped.
    pub(crate) async fn watch(&mut self, terms: &Terms, mut handler: JoinHandle<Outcome>) -> Option<Finish> {
        // An interval of nothing would be a panic.
        let beat = (self.lease.length.min(Lease::LONGEST) / 3).max(Duration::from_millis(1));
        let mut beats = interval_at(Instant::now() + beat, beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut limit = std::pin::pin!(sleep(terms.limit));
        let ended = loop {
            tokio::select! {
                biased;
                ended = &mut handler => break Some(match ended {
                    Ok(outcome) => Finish::of(outcome, terms.wait_after(&self.lease)),
                    // Its message stays where the panic hook put it: it may quote anything.
                    Err(_) => Finish::Retry(terms.wait_after(&self.lease), "the handler panicked".into()),
                }),
                () = terms.release.cancelled() => break Some(Finish::Release),
                () = &mut limit => {
                    let reason = format!("the handler took longer than {} ms", terms.limit.as_millis());
                    break Some(Finish::Retry(terms.wait_after(&self.lease), reason.into()));
                }
                () = sleep_until(self.until) => break None,
                _ = beats.tick() => if !self.extend().await { break None },
            }
        };
        if !handler.is_finished() {
            handler.abort();
            // It stops where it next waits. Until then the entry is not given to another.
            let _ = timeout_at(self.until, handler).await;
        }
        ended
    }

    /// Extends the lease again and again, until it is lost.
    pub(crate) async fn keep(&mut self) {
        loop {
            sleep(self.lease.length / 3).await;
            if !self.extend().await {
                return;
            }
        }
    }

    /// Extends the lease; a store that fails is asked again at the next beat, as long as the lease lasts.
    async fn extend(&mut self) -> bool {
        let asked = Instant::now();
        match timeout_at(self.until, self.store.extend(&self.lease)).await {
            Ok(Ok(true)) => {
                self.until = asked + self.lease.length.min(Lease::LONGEST);
                true
            }
            Ok(Ok(false)) => false,
            Ok(Err(error)) => {
                telemetry::store_failed("extend");
                tracing::warn!(
                    target: "referral_webhooks", entry = self.lease.id.0, cause = cause(&error),
                    "a lease could not be extended: {error}"
                );
                Instant::now() < self.until
            }
            Err(_) => Instant::now() < self.until,
        }
    }

    /// Ends the attempt, and tells how.
    pub(crate) async fn end(&self, finish: Finish) {
        let is_ended = self.try_end(&finish).await;
        self.log(is_ended.then_some(&finish));
    }

    /// Gives back what was given up in its transaction. It may have been completed at that very moment.
    pub(crate) async fn release(&self) {
        if self.try_end(&Finish::Release).await {
            return self.log(Some(&Finish::Release));
        }
        let entry = self.store.get(self.lease.id).await.ok().flatten();
        let is_completed =
            entry.is_some_and(|entry| (entry.state, entry.attempt) == (State::Completed, self.lease.attempt));
        self.log(is_completed.then_some(&Finish::Complete(None)));
    }

    /// Ends the attempt, if the lease is still held. If the store fails for as long as it lasts, the entry is rescued
    /// when it is over.
    async fn try_end(&self, finish: &Finish) -> bool {
        let mut pause = Duration::from_millis(100);
        loop {
            match timeout_at(self.until, self.store.finish(&self.lease, finish.clone())).await {
                Ok(Ok(is_ended)) => return is_ended,
                Ok(Err(error)) if Instant::now() + pause < self.until => {
                    telemetry::store_failed("finish");
                    tracing::warn!(
                        target: "referral_webhooks", entry = self.lease.id.0, cause = cause(&error),
                        "an attempt could not be ended, and it is tried again: {error}"
                    );
                    sleep(pause).await;
                    pause *= 2;
                }
                Ok(Err(_)) | Err(_) => return false,
            }
        }
    }

    /// Writes how an attempt ended.
    pub(crate) fn log(&self, finish: Option<&Finish>) {
        let (entry, attempt) = (self.lease.id.0, self.lease.attempt);
        let is_last = attempt >= self.lease.last_attempt;
        telemetry::attempted(&self.endpoint, telemetry::word(finish, is_last), self.asked.elapsed());
        match finish {
            Some(Finish::Complete(_)) => {
                tracing::debug!(target: "referral_webhooks", entry, attempt, "completed");
            }
            Some(Finish::Retry(..)) => {
                tracing::warn!(target: "referral_webhooks", entry, attempt, is_last, "failed");
            }
            Some(Finish::Discard(_)) => {
                tracing::warn!(target: "referral_webhooks", entry, attempt, "discarded: now a dead letter");
            }
            Some(Finish::Park(_)) => {
                tracing::warn!(target: "referral_webhooks", entry, attempt, "parked: this version cannot read it");
            }
            Some(Finish::Release) => tracing::info!(target: "referral_webhooks", entry, attempt, "released"),
            None => tracing::warn!(target: "referral_webhooks", entry, attempt, "the lease was lost"),
        }
    }
}

/// What is behind an error, for logs.
pub(crate) fn cause(error: &dyn StdError) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}
