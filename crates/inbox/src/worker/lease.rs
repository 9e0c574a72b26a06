//! The lease of a running attempt.
//!
//! - Guarantees: a handler runs only while its lease is valid by this machine's clock. When the lease expires, the
//!   handler is aborted, and its outcome is discarded.
//! - Assumes: the store's lease begins when the claim is sent or later, so that the local deadline is never after the
//!   store's. Clocks run at the same rate, but need not agree. The handler yields: a blocking handler cannot be
//!   aborted.
//! - Without it: two workers run one event at the same time after a freeze, a partition or a slow store.

use std::pin::pin;
use std::time::Duration;

use referral_webhooks::chain;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout_at};
use tracing::Span;

use super::policy::Policy;
use crate::fulfilment::Fulfilment;
use crate::line::{Line, log_line};
use crate::outcome::Outcome;
use crate::reason::Reason;
use crate::store::{Claim, Finish, LEASE_OVER, Lease, State, Store};
use crate::telemetry;

/// The lease of a running attempt, with its deadline by this machine's clock.
#[derive(Debug)]
pub(super) struct HeldLease<S> {
    pub(super) store: S,
    pub(super) lease: Lease,
    /// The fields of the attempt's log lines.
    pub(super) line: Line,
    fulfilment: Fulfilment,
    claimed_at: Instant,
    pub(super) expires_at: Instant,
}

impl<S: Store> HeldLease<S> {
    /// Creates the lease of a claim that was requested at this time with this length.
    pub(super) fn new(
        (store, fulfilment): (S, Fulfilment),
        claim: &Claim,
        line: Line,
        claimed_at: Instant,
        length: Duration,
    ) -> Self {
        let mut lease = claim.lease.clone();
        // The field is public, and an unbounded length would overflow the deadline.
        lease.length = lease.length.min(Lease::LONGEST);
        Self { store, lease, line, fulfilment, claimed_at, expires_at: claimed_at + length }
    }

    pub(super) fn span(&self) -> Span {
        telemetry::attempt_span(&self.line)
    }

    /// Waits for a handler, and extends the lease meanwhile. Returns `None` if the lease expired and the handler was
    /// aborted.
    pub(super) async fn supervise(&mut self, policy: &Policy, mut handler: JoinHandle<Outcome>) -> Option<Finish> {
        // `interval_at` panics on a period of zero.
        let period = (self.lease.length / 3).max(Duration::from_millis(1));
        let mut extensions = interval_at(Instant::now() + period, period);
        extensions.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut limit = pin!(sleep(policy.limit));
        let finish = loop {
            tokio::select! {
                biased;
                ended = &mut handler => break Some(match ended {
                    Ok(outcome) => Finish::of(outcome, policy.wait_after(&self.lease)),
                    // The message of a panic is not stored, because it may quote the delivery.
                    Err(_) => policy.retry(&self.lease, "the handler panicked"),
                }),
                () = policy.grace_over.cancelled() => break Some(Finish::Release),
                () = &mut limit => {
                    let reason = format!("the handler took longer than {} ms", policy.limit.as_millis());
                    break Some(policy.retry(&self.lease, reason));
                }
                () = sleep_until(self.expires_at) => break None,
                _ = extensions.tick() => if !self.extend().await { break None },
            }
        };
        if !handler.is_finished() {
            handler.abort();
            // The handler stops at its next await. Ending the attempt before would let another worker overlap with it.
            let _ = timeout_at(self.expires_at, handler).await;
        }
        finish
    }

    /// Extends the lease periodically, and returns when it has expired.
    pub(super) async fn extend_until_expired(&mut self) {
        loop {
            sleep(self.lease.length / 3).await;
            if !self.extend().await {
                return;
            }
        }
    }

    /// Extends the lease, and returns whether it is still valid. If the store fails, the lease remains valid until its
    /// deadline, and the next extension may succeed.
    async fn extend(&mut self) -> bool {
        let asked_at = Instant::now();
        match timeout_at(self.expires_at, self.store.extend(&self.lease)).await {
            Ok(Ok(true)) => {
                self.expires_at = asked_at + self.lease.length;
                true
            }
            Ok(Ok(false)) => false,
            Ok(Err(error)) => {
                telemetry::store_failed("extend");
                log_line!(warn, self.line, cause = %chain(&error), "a lease could not be extended");
                Instant::now() < self.expires_at
            }
            Err(_) => Instant::now() < self.expires_at,
        }
    }

    /// Ends the attempt, and records how.
    pub(super) async fn finish(&self, finish: Finish) {
        let is_finished = self.try_finish(&finish).await;
        self.record(is_finished.then_some(&finish));
    }

    /// Releases an attempt whose transaction was dropped. The commit may have won the race, and then the attempt is
    /// recorded as completed.
    pub(super) async fn release(&self) {
        if self.try_finish(&Finish::Release).await {
            return self.record(Some(&Finish::Release));
        }
        let entry = self.store.get(self.lease.id).await.ok().flatten();
        let is_completed =
            entry.is_some_and(|entry| (entry.state, entry.attempt) == (State::Completed, self.lease.attempt));
        self.record(is_completed.then_some(&Finish::Complete(None)));
    }

    /// Ends the attempt, and retries a failing store until the lease expires. Returns whether the attempt was ended. If
    /// not, the entry is rescued when its lease is over.
    async fn try_finish(&self, finish: &Finish) -> bool {
        let mut pause = Duration::from_millis(100);
        loop {
            match timeout_at(self.expires_at, self.store.finish(&self.lease, finish.clone())).await {
                Ok(Ok(is_finished)) => return is_finished,
                Ok(Err(error)) if Instant::now() + pause < self.expires_at => {
                    telemetry::store_failed("finish");
                    log_line!(
                        warn, self.line, cause = %chain(&error), "an attempt could not be ended, and it is tried again"
                    );
                    sleep(pause).await;
                    pause *= 2;
                }
                Ok(Err(_)) | Err(_) => return false,
            }
        }
    }

    /// Records the end of the attempt in logs and metrics, and wakes answers that wait for it. `None` is an expired lease.
    pub(super) fn record(&self, finish: Option<&Finish>) {
        self.fulfilment.ended(self.lease.id);
        let (line, is_last) = (&self.line, self.lease.attempt >= self.lease.last_attempt);
        telemetry::attempted(line, telemetry::word(finish, is_last), self.claimed_at.elapsed());
        match finish {
            Some(Finish::Complete(reason)) => {
                log_line!(info, line, reason = reason.as_ref().map(Reason::for_log), "completed");
            }
            Some(Finish::Retry(wait, reason)) if !is_last => {
                log_line!(warn, line, reason = reason.for_log(), wait_seconds = wait.as_secs_f64(), "failed");
            }
            Some(Finish::Retry(_, reason) | Finish::Discard(reason)) => {
                log_line!(warn, line, reason = reason.for_log(), "discarded: now a dead letter");
            }
            Some(Finish::Park(reason)) => {
                log_line!(warn, line, reason = reason.for_log(), "parked: this version cannot read it");
            }
            Some(Finish::Hold(reason)) => {
                log_line!(error, line, reason = reason.for_log(), "parked: its profile was changed");
            }
            // One entry whose secret is missing comes back every few minutes, and the route warns once.
            Some(Finish::Postpone(_, reason)) => log_line!(debug, line, reason = reason.for_log(), "postponed"),
            Some(Finish::Release) => log_line!(info, line, "released"),
            None => log_line!(warn, line, reason = LEASE_OVER, "abandoned"),
        }
    }
}
