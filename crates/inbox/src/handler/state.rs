//! Handlers with state.

use std::fmt;

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;

use super::answer::IntoOutcome;
use super::tx_handler::TxHandler;
use crate::worker::Attempt;

/// Passes state to a handler of [`Worker::run_in_tx`](crate::Worker::run_in_tx), as axum passes it to a route.
///
/// A handler of [`Worker::run`](crate::Worker::run) needs no such method, because a closure can capture state:
/// `move |delivery, attempt| thank(delivery, attempt, mailer.clone())`. The future of a handler in a transaction borrows
/// the transaction, which the future of such a closure cannot.
pub trait WithState: Sized {
    /// Returns the handler with its last argument, a clone of this state for every attempt.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::TransactionalStore;
    /// # use referral_webhooks_inbox::{Attempt, Intake, Outcome, Worker};
    /// use std::sync::Arc;
    ///
    /// use referral_webhooks_inbox::WithState as _;
    ///
    /// # struct Transaction;
    /// # impl Transaction { async fn execute(&mut self, _: &str, _: u32) -> Result<(), std::io::Error> { Ok(()) } }
    /// struct Rates { cents: u32 }
    ///
    /// async fn credit(
    ///     _: Delivery<Redpin>,
    ///     _: Attempt,
    ///     shop: &mut Transaction,
    ///     rates: Arc<Rates>,
    /// ) -> Result<Outcome, std::io::Error> {
    ///     shop.execute("INSERT INTO reward (cents) VALUES ($1)", rates.cents).await?;
    ///     Ok(Outcome::Done)
    /// }
    ///
    /// fn work<S>(worker: Worker<S>, redpin: &Intake<Redpin, S>, rates: Arc<Rates>) -> Worker<S>
    /// where
    ///     S: TransactionalStore<Tx = Transaction>,
    /// {
    ///     worker.run_in_tx(redpin, credit.with_state(rates))
    /// }
    /// ```
    fn with_state<St: Clone + Send + Sync + 'static>(self, state: St) -> Stateful<Self, St> {
        Stateful { handler: self, state }
    }
}

impl<H> WithState for H {}

/// A handler with its state: see [`WithState::with_state`].
#[derive(Clone)]
pub struct Stateful<H, St> {
    handler: H,
    state: St,
}

impl<'t, P, T, H, St, F> TxHandler<'t, P, T> for Stateful<H, St>
where
    P: Platform,
    T: 'static,
    St: Clone,
    H: Fn(Delivery<P>, Attempt, &'t mut T, St) -> F,
    F: Future<Output: IntoOutcome> + Send + 't,
{
    type Future = F;

    fn call(&self, delivery: Delivery<P>, attempt: Attempt, transaction: &'t mut T) -> F {
        (self.handler)(delivery, attempt, transaction, self.state.clone())
    }
}

/// Omits the state, because it may hold secrets.
impl<H, St> fmt::Debug for Stateful<H, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stateful").finish_non_exhaustive()
    }
}
