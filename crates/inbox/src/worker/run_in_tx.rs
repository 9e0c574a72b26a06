//! Handlers that write in the store's transaction.
//!
//! - Guarantees: the handler's writes and the completion are committed together or not at all, so the effect happens
//!   exactly once.
//! - Assumes: the effect is in the store's database. With a single-writer store the handler may wait for its turn for
//!   longer than a lease, so the lease is extended until the transaction ends. The store checks the lease in the
//!   transaction.
//! - Without it: a process that dies between the effect and the completion pays a reward twice.

use std::future::pending;
use std::marker::PhantomData;
use std::sync::Arc;

use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, chain};
use tracing::Instrument as _;

use super::attempt::Attempt;
use super::lease::HeldLease;
use super::policy::Policy;
use super::route::{Events, Runner};
use super::setup::Worker;
use crate::handler::{ConnectionOf, IntoOutcome as _, TxHandler};
use crate::intake::Intake;
use crate::line::log_line;
use crate::source::Source;
use crate::store::{Finish, TransactionalStore, Work};
use crate::telemetry;

struct RunInTx<H, T>(Arc<H>, PhantomData<fn(T)>);

impl<P, S, H, T> Runner<P, S> for RunInTx<H, T>
where
    P: Platform,
    S: TransactionalStore,
    H: for<'t> TxHandler<'t, P, T> + Send + Sync + 'static,
    T: ConnectionOf<S>,
{
    async fn run(&self, lease: &mut HeldLease<S>, delivery: Delivery<P>, attempt: Attempt, policy: &Policy) {
        let (handler, span) = (Arc::clone(&self.0), lease.span());
        let body = delivery.body().clone();
        let work: Work<S::Tx> = Box::new(move |tx| {
            let working = async move { handler.call(delivery, attempt, T::of(tx)).await.into_outcome(&body) };
            Box::pin(working.instrument(span))
        });
        let (store, claimed, back_off) = (lease.store.clone(), lease.lease.clone(), policy.wait_after(&lease.lease));
        let limit = policy.limit_in_tx(S::LIMIT_IN_TX);
        let processed = tokio::select! {
            biased;
            processed = store.process(&claimed, limit, back_off, work) => Some(processed),
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
                log_line!(error, lease.line, cause = %chain(&error), "a transaction failed");
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
    /// The writes are committed if the handler returns [`Done`](crate::Outcome::Done) or
    /// [`Ignored`](crate::Outcome::Ignored), and rolled back otherwise. An error is a retry with the error's
    /// [text](crate::Reason::of_error) as its reason. The handler must not commit. Calls to other services belong into
    /// [`run`](Self::run), because they cannot be rolled back, and the store waits for them.
    ///
    /// The handler is an async function, and gets [state](crate::WithState) as its last argument if it needs any.
    /// [`TxHandler`] lists the other forms.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{Attempt, Intake, Outcome, Worker};
    /// # use referral_webhooks_inbox::store::TransactionalStore;
    /// # struct Transaction;
    /// # impl Transaction {
    /// #     async fn execute(&mut self, _: &str, _: &str) -> Result<(), std::io::Error> { Ok(()) }
    /// # }
    /// async fn credit(_: Delivery<Redpin>, attempt: Attempt, shop: &mut Transaction) -> Result<Outcome, std::io::Error> {
    ///     shop.execute("INSERT INTO reward (delivery, cents) VALUES ($1, 500)", &attempt.id).await?;
    ///     Ok(Outcome::Done)
    /// }
    ///
    /// fn work<S: TransactionalStore<Tx = Transaction>>(worker: Worker<S>, redpin: &Intake<Redpin, S>) -> Worker<S> {
    ///     worker.run_in_tx(redpin, credit)
    /// }
    /// ```
    #[must_use]
    pub fn run_in_tx<P, H, T>(self, intake: &Intake<P, S, impl Source<P>>, handler: H) -> Self
    where
        P: Platform,
        H: for<'t> TxHandler<'t, P, T> + Send + Sync + 'static,
        T: ConnectionOf<S>,
    {
        self.with_route(intake, Events::Known, RunInTx(Arc::new(handler), PhantomData))
    }

    /// Runs a handler for each unknown event of an endpoint, which writes in the store's transaction: see
    /// [`unknown_events`](Self::unknown_events) and [`run_in_tx`](Self::run_in_tx).
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::{Intake, Outcome, Worker};
    /// # use referral_webhooks_inbox::store::TransactionalStore;
    /// fn work<S: TransactionalStore>(worker: Worker<S>, redpin: &Intake<Redpin, S>) -> Worker<S> {
    ///     worker.unknown_events_in_tx(redpin, async |_, _, _: &mut S::Tx| Outcome::Ignored("unpaid".into()))
    /// }
    /// ```
    #[must_use]
    pub fn unknown_events_in_tx<P, H, T>(self, intake: &Intake<P, S, impl Source<P>>, handler: H) -> Self
    where
        P: Platform,
        H: for<'t> TxHandler<'t, P, T> + Send + Sync + 'static,
        T: ConnectionOf<S>,
    {
        self.with_route(intake, Events::Unknown, RunInTx(Arc::new(handler), PhantomData))
    }
}
