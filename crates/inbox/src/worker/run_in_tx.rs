//! Handlers that write in the store's transaction.
//!
//! - Guarantees: the handler's writes and the completion are committed together or not at all, so the effect happens
//!   exactly once.
//! - Assumes: the effect is in the store's database. With a single-writer store the handler may wait for its turn for
//!   longer than a lease, so the lease is extended until the transaction ends. The store checks the lease in the
//!   transaction.
//! - Without it: a process that dies between the effect and the completion pays a reward twice.

use std::future::pending;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use tracing::Instrument as _;

use super::attempt::Attempt;
use super::lease::HeldLease;
use super::policy::Policy;
use super::route::{Events, Runner};
use super::setup::Worker;
use crate::intake::Intake;
use crate::outcome::Outcome;
use crate::source::Source;
use crate::store::{Finish, TransactionalStore, Work};
use crate::telemetry::{self, cause};

struct RunInTx<H>(Arc<H>);

impl<P, S, H> Runner<P, S> for RunInTx<H>
where
    P: Platform,
    S: TransactionalStore,
    H: for<'t> Fn(Delivery<P>, Attempt, &'t mut S::Tx) -> BoxFuture<'t, Outcome> + Send + Sync + 'static,
{
    async fn run(&self, lease: &mut HeldLease<S>, delivery: Delivery<P>, attempt: Attempt, policy: &Policy) {
        let (handler, span) = (Arc::clone(&self.0), lease.span::<P>(delivery.id()));
        let work: Work<S::Tx> = Box::new(move |tx| Box::pin(handler(delivery, attempt, tx).instrument(span)));
        let (store, claimed, back_off) = (lease.store.clone(), lease.lease.clone(), policy.wait_after(&lease.lease));
        let processed = tokio::select! {
            biased;
            processed = store.process(&claimed, policy.limit_in_tx, back_off, work) => Some(processed),
            () = policy.grace_over.cancelled() => None,
            // The store itself detects an expired lease, so this branch never ends.
            () = async { lease.extend_until_expired().await; pending().await } => None,
        };
        match processed {
            Some(Ok(finish)) => lease.record(finish.as_ref()),
            // Dropping the transaction rolled the writes back, unless its commit had begun.
            None => lease.release().await,
            Some(Err(error)) => {
                telemetry::store_failed("process");
                tracing::error!(
                    target: "referral_webhooks", entry = claimed.id.0, cause = cause(&error),
                    "a transaction failed: {error}"
                );
                // If the commit succeeded before its answer was lost, the lease is void, and this call has no effect.
                lease.finish(Finish::Retry(back_off, "the store failed".into())).await;
            }
        }
    }
}

impl<S: TransactionalStore> Worker<S> {
    /// Runs a handler for each known event of an endpoint, which writes in the store's transaction. Its writes and the
    /// completion are committed together, so the effect happens **exactly once**. Use it for rewards and balances.
    ///
    /// The writes are committed if the handler returns [`Done`](Outcome::Done) or [`Ignored`](Outcome::Ignored), and
    /// rolled back otherwise. The handler must not commit. Calls to other services belong into [`run`](Self::run),
    /// because they cannot be rolled back, and the store waits for them.
    ///
    /// ```
    /// # use futures_util::future::BoxFuture;
    /// # use referral_webhooks::{Delivery, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{Attempt, Intake, Outcome, Worker};
    /// # use referral_webhooks_inbox::store::TransactionalStore;
    /// # struct Transaction;
    /// # impl Transaction {
    /// #     async fn execute(&mut self, _: &str, _: &str) -> Result<(), String> { Ok(()) }
    /// # }
    /// fn credit(_: Delivery<Redpin>, attempt: Attempt, shop: &mut Transaction) -> BoxFuture<'_, Outcome> {
    ///     Box::pin(async move {
    ///         shop.execute("INSERT INTO reward (delivery, cents) VALUES ($1, 500)", &attempt.id).await.into()
    ///     })
    /// }
    ///
    /// fn work<S: TransactionalStore<Tx = Transaction>>(worker: Worker<S>, redpin: &Intake<Redpin, S>) -> Worker<S> {
    ///     worker.run_in_tx(redpin, credit)
    /// }
    /// ```
    #[must_use]
    pub fn run_in_tx<P, H>(self, intake: &Intake<P, S, impl Source<P>>, handler: H) -> Self
    where
        P: Platform,
        H: for<'t> Fn(Delivery<P>, Attempt, &'t mut S::Tx) -> BoxFuture<'t, Outcome> + Send + Sync + 'static,
    {
        self.with_route(intake, Events::Known, RunInTx(Arc::new(handler)))
    }

    /// Runs a handler for each unknown event of an endpoint, which writes in the store's transaction: see
    /// [`unknown_events`](Self::unknown_events) and [`run_in_tx`](Self::run_in_tx).
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::{Intake, Outcome, Worker};
    /// # use referral_webhooks_inbox::store::TransactionalStore;
    /// fn work<S: TransactionalStore>(worker: Worker<S>, redpin: &Intake<Redpin, S>) -> Worker<S> {
    ///     worker.unknown_events_in_tx(redpin, |_, _, _| Box::pin(async { Outcome::Ignored("unpaid".into()) }))
    /// }
    /// ```
    #[must_use]
    pub fn unknown_events_in_tx<P, H>(self, intake: &Intake<P, S, impl Source<P>>, handler: H) -> Self
    where
        P: Platform,
        H: for<'t> Fn(Delivery<P>, Attempt, &'t mut S::Tx) -> BoxFuture<'t, Outcome> + Send + Sync + 'static,
    {
        self.with_route(intake, Events::Unknown, RunInTx(Arc::new(handler)))
    }
}
