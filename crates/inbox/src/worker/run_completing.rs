//! Handlers that complete the entry in a transaction of their own.

use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use tokio::time::{Instant, sleep};

use crate::intake::Intake;
use crate::outcome::{Finish, Outcome};
use crate::store::{Completion, SqlStore, StoreError};
use crate::telemetry;
use crate::worker::attempt::{Asks, Attempt, Held, cause};
use crate::worker::main_loop::{Route, Worker};

impl<S: SqlStore> Worker<S> {
    /// Hands the endpoint's deliveries to a handler that writes in a transaction of its own, with any driver, in the
    /// store's database: it executes the [`Completion`] in that transaction and demands that one row was changed, so
    /// effect and completion are committed together, and the effect happens **exactly once**.
    ///
    /// A handler that says [`Done`](Outcome::Done) or [`Ignored`](Outcome::Ignored) and has not committed the completion
    /// has failed an attempt.
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
    ///         return Err("somebody else has it".to_owned()); // Dropped, the transaction is rolled back.
    ///     }
    ///     transaction.commit().await
    /// }
    ///
    /// fn work<S: SqlStore>(worker: Worker<S>, redpin: &Intake<Redpin, S>) -> Worker<S> {
    ///     worker.run_completing(redpin, credit)
    /// }
    /// ```
    #[must_use]
    pub fn run_completing<P, H, F>(self, intake: &Intake<P, S>, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt, Completion) -> F + Send + Sync + 'static,
        F: Future + Send,
        F::Output: Into<Outcome>,
    {
        self.completing(intake, Asks::Known, handler)
    }

    /// Hands the endpoint's unknown events to a handler that completes in a transaction of its own: see
    /// [`unknown_events`](Self::unknown_events) and [`run_completing`](Self::run_completing).
    #[must_use]
    pub fn unknown_events_completing<P, H, F>(self, intake: &Intake<P, S>, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt, Completion) -> F + Send + Sync + 'static,
        F: Future + Send,
        F::Output: Into<Outcome>,
    {
        self.completing(intake, Asks::Unknown, handler)
    }

    fn completing<P, H, F>(mut self, intake: &Intake<P, S>, asks: Asks, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt, Completion) -> F + Send + Sync + 'static,
        F: Future + Send,
        F::Output: Into<Outcome>,
    {
        let handler = Arc::new(handler);
        self.add(Route::new(intake, asks, move |mut held, delivery, attempt, terms| {
            let handler = Arc::clone(&handler);
            async move {
                let completion = held.store.completion(&held.lease);
                let span = telemetry::process::<P>(&attempt, delivery.id());
                let running = async move { handler(delivery, attempt, completion).await.into() };
                let finish = held.watch(&terms, telemetry::spawn(running, span)).await;
                // Whatever was said: what was committed is completed.
                match was_completed(&held).await {
                    Ok(true) => held.log(Some(&Finish::Complete(None))),
                    Ok(false) => match finish {
                        Some(Finish::Complete(_)) => {
                            let reason = "the handler was done, and its completion was not committed";
                            held.end(Finish::Retry(terms.wait_after(&held.lease), reason.into())).await;
                        }
                        Some(finish) => held.end(finish).await,
                        None => held.log(None),
                    },
                    // It is completed, or its lease will run out.
                    Err(error) => tracing::error!(
                        target: "referral_webhooks", entry = held.lease.id.0, cause = cause(&error),
                        "whether an attempt was completed could not be read while it was leased: {error}"
                    ),
                }
            }
        }));
        self
    }
}

/// Asks the store, again and again while it fails and the lease lasts.
async fn was_completed<S: SqlStore>(held: &Held<S>) -> Result<bool, StoreError> {
    let mut pause = Duration::from_millis(100);
    loop {
        match held.store.was_completed(&held.lease).await {
            Err(_) if Instant::now() + pause < held.until => {
                telemetry::store_failed("complete");
                sleep(pause).await;
                pause *= 2;
            }
            answer => return answer,
        }
    }
}
