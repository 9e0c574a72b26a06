//! Handlers that complete the entry in a transaction of the application.
//!
//! - Guarantees: the attempt ends as the database says. A committed completion counts even if the handler then fails,
//!   panics or exceeds its limit, and a missing one is a failed attempt.
//! - Assumes: the handler executes the completion in the transaction that writes the effect, and demands one changed
//!   row.
//! - Without it: a handler that reports success without its commit loses a reward, and a failure after the commit pays
//!   it twice.

use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, chain};
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use super::attempt::Attempt;
use super::lease::HeldLease;
use super::policy::Policy;
use super::route::{Events, Runner};
use super::setup::Worker;
use crate::handler::IntoOutcome;
use crate::intake::Intake;
use crate::line::log_line;
use crate::source::Source;
use crate::store::{Completion, Finish, SqlStore, StoreError};
use crate::telemetry;

struct RunCompleting<H>(Arc<H>);

impl<P, S, H, F> Runner<P, S> for RunCompleting<H>
where
    P: Platform,
    S: SqlStore,
    H: Fn(Delivery<P>, Attempt, Completion) -> F + Send + Sync + 'static,
    F: Future<Output: IntoOutcome> + Send,
{
    async fn run(&self, lease: &mut HeldLease<S>, delivery: Delivery<P>, attempt: Attempt, policy: &Policy) {
        let (handler, span) = (Arc::clone(&self.0), lease.span());
        let completion = lease.store.completion(&lease.lease);
        let body = delivery.body().clone();
        let running = async move { handler(delivery, attempt, completion).await.into_outcome(&body) };
        let finish = lease.supervise(policy, tokio::spawn(running.instrument(span))).await;
        match (was_completed(lease).await, finish) {
            (Ok(true), _) => lease.record(Some(&Finish::Complete(None))),
            (Ok(false), Some(Finish::Complete(_))) => {
                let reason = "the handler was done, and its completion was not committed";
                lease.finish(policy.retry(&lease.lease, reason)).await;
            }
            (Ok(false), Some(finish)) => lease.finish(finish).await,
            (Ok(false), None) => lease.record(None),
            // The entry is completed, or its lease will expire.
            (Err(error), _) => log_line!(
                error, lease.line, cause = %chain(&error),
                "whether an attempt was completed could not be read while it was leased"
            ),
        }
    }
}

/// Asks the store whether the completion was committed, and retries a failing store until the lease expires.
async fn was_completed<S: SqlStore>(lease: &HeldLease<S>) -> Result<bool, StoreError> {
    let mut pause = Duration::from_millis(100);
    loop {
        match lease.store.was_completed(&lease.lease).await {
            Err(_) if Instant::now() + pause < lease.expires_at => {
                telemetry::store_failed("complete");
                sleep(pause).await;
                pause *= 2;
            }
            answer => return answer,
        }
    }
}

impl<S: SqlStore> Worker<S> {
    /// Runs a handler for each known event of an endpoint, which writes in a transaction of the application. The
    /// transaction is in the store's database and uses any driver. The handler executes the [`Completion`] in it and
    /// demands that one row was changed, so the effect happens **exactly once**.
    ///
    /// A handler that returns [`Done`](crate::Outcome::Done) or [`Ignored`](crate::Outcome::Ignored) without committing the
    /// completion has failed an attempt.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::{Completion, SqlStore};
    /// # use referral_webhooks_inbox::{Attempt, Intake, Outcome, Worker};
    /// # struct Shop;
    /// # struct Transaction;
    /// # impl Shop { async fn begin(&self) -> Result<Transaction, String> { Ok(Transaction) } }
    /// # impl Transaction {
    /// #     async fn execute(&mut self, _: &str, _: &[i64]) -> Result<u64, String> { Ok(1) }
    /// #     async fn credit(&mut self, _: &Delivery<Redpin>) -> Result<(), String> { Ok(()) }
    /// #     async fn commit(self) -> Result<(), String> { Ok(()) }
    /// # }
    /// # fn shop() -> Shop { Shop }
    /// async fn credit(delivery: Delivery<Redpin>, _: Attempt, completion: Completion) -> Result<(), String> {
    ///     let mut transaction = shop().begin().await?;
    ///     transaction.credit(&delivery).await?;
    ///     let changed = transaction.execute(completion.statement, &completion.parameters).await?;
    ///     if changed != 1 {
    ///         return Err("the lease has expired".to_owned()); // Dropping the transaction rolls it back.
    ///     }
    ///     transaction.commit().await
    /// }
    ///
    /// fn work<S: SqlStore>(worker: Worker<S>, redpin: &Intake<Redpin, S>) -> Worker<S> {
    ///     worker.run_completing(redpin, credit)
    /// }
    /// ```
    #[must_use]
    pub fn run_completing<P, H, F>(self, intake: &Intake<P, S, impl Source<P>>, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt, Completion) -> F + Send + Sync + 'static,
        F: Future<Output: IntoOutcome> + Send,
    {
        self.with_route(intake, Events::Known, RunCompleting(Arc::new(handler)))
    }

    /// Runs a handler for each unknown event of an endpoint, which completes in a transaction of the application: see
    /// [`unknown_events`](Self::unknown_events) and [`run_completing`](Self::run_completing).
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::{Intake, Outcome, Worker};
    /// # use referral_webhooks_inbox::store::SqlStore;
    /// fn work<S: SqlStore>(worker: Worker<S>, redpin: &Intake<Redpin, S>) -> Worker<S> {
    ///     worker.unknown_events_completing(redpin, async |_, _, _| Outcome::Discard("unknown".into()))
    /// }
    /// ```
    #[must_use]
    pub fn unknown_events_completing<P, H, F>(self, intake: &Intake<P, S, impl Source<P>>, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt, Completion) -> F + Send + Sync + 'static,
        F: Future<Output: IntoOutcome> + Send,
    {
        self.with_route(intake, Events::Unknown, RunCompleting(Arc::new(handler)))
    }
}
