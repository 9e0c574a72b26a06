//! Handlers that write in the store's transaction.

use std::future::pending;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use tracing::Instrument as _;

use crate::intake::Intake;
use crate::outcome::{Finish, Outcome};
use crate::store::{TransactionalStore, Work};
use crate::telemetry;
use crate::worker::attempt::{Asks, Attempt, cause};
use crate::worker::main_loop::{Route, Worker};

impl<S: TransactionalStore> Worker<S> {
    /// Hands the endpoint's deliveries to a handler that writes in the store's transaction: what it writes and the
    /// completion are committed together, so the effect happens **exactly once**. For rewards and balances.
    ///
    /// What the handler writes is kept if it answers [`Done`](Outcome::Done) or [`Ignored`](Outcome::Ignored), and rolled
    /// back otherwise. It must not commit by itself, and calls to other services do not belong into it: they cannot be
    /// rolled back, and the store waits for them.
    #[must_use]
    pub fn run_in_tx<P, H>(self, intake: &Intake<P, S>, handler: H) -> Self
    where
        P: Platform,
        H: for<'t> Fn(Delivery<P>, Attempt, &'t mut S::Tx) -> BoxFuture<'t, Outcome> + Send + Sync + 'static,
    {
        self.in_tx(intake, Asks::Known, handler)
    }

    /// Hands the endpoint's unknown events to a handler that writes in the store's transaction: see
    /// [`unknown_events`](Self::unknown_events) and [`run_in_tx`](Self::run_in_tx).
    #[must_use]
    pub fn unknown_events_in_tx<P, H>(self, intake: &Intake<P, S>, handler: H) -> Self
    where
        P: Platform,
        H: for<'t> Fn(Delivery<P>, Attempt, &'t mut S::Tx) -> BoxFuture<'t, Outcome> + Send + Sync + 'static,
    {
        self.in_tx(intake, Asks::Unknown, handler)
    }

    fn in_tx<P, H>(mut self, intake: &Intake<P, S>, asks: Asks, handler: H) -> Self
    where
        P: Platform,
        H: for<'t> Fn(Delivery<P>, Attempt, &'t mut S::Tx) -> BoxFuture<'t, Outcome> + Send + Sync + 'static,
    {
        let handler = Arc::new(handler);
        self.add(Route::new(intake, asks, move |mut held, delivery, attempt, terms| {
            let handler = Arc::clone(&handler);
            async move {
                let (back_off, limit) = (terms.wait_after(&held.lease), terms.limit_in_tx);
                let span = telemetry::process::<P>(&attempt, delivery.id());
                let work: Work<S::Tx> = Box::new(move |tx| Box::pin(handler(delivery, attempt, tx).instrument(span)));
                let (store, lease) = (held.store.clone(), held.lease.clone());
                // Where the store has one writer, the handler waits for its turn: for longer than a lease, perhaps.
                let processed = tokio::select! {
                    biased;
                    processed = store.process(&lease, limit, back_off, work) => Some(processed),
                    () = terms.release.cancelled() => None,
                    // The store finds by itself that the lease was lost.
                    () = async { held.keep().await; pending().await } => None,
                };
                match processed {
                    Some(Ok(finish)) => held.log(finish.as_ref()),
                    // Given up, what it wrote is rolled back, unless it was about to be committed.
                    None => held.release().await,
                    Some(Err(error)) => {
                        telemetry::store_failed("process");
                        tracing::error!(
                            target: "referral_webhooks", entry = held.lease.id.0, cause = cause(&error),
                            "a transaction failed: {error}"
                        );
                        // If it was committed after all, this changes nothing: the claim is no longer held.
                        held.end(Finish::Retry(back_off, "the store failed".into())).await;
                    }
                }
            }
        }));
        self
    }
}
