//! Handlers that write in the store's transaction.

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;

use super::answer::IntoOutcome;
use crate::worker::Attempt;

/// A handler of [`Worker::run_in_tx`](crate::Worker::run_in_tx): an async function that borrows the transaction.
///
/// ```
/// # use referral_webhooks::{Delivery, platform::redpin::Redpin};
/// # use referral_webhooks_inbox::{Attempt, Outcome, TxHandler};
/// # struct Transaction;
/// # impl Transaction { async fn execute(&mut self, _: &str, _: &str) -> Result<(), std::io::Error> { Ok(()) } }
/// async fn credit(_: Delivery<Redpin>, attempt: Attempt, shop: &mut Transaction) -> Result<Outcome, std::io::Error> {
///     shop.execute("INSERT INTO reward (delivery, cents) VALUES ($1, 500)", &attempt.id).await?;
///     Ok(Outcome::Done)
/// }
///
/// fn is_handler<H: for<'t> TxHandler<'t, Redpin, Transaction>>(_: H) {}
/// is_handler(credit);
/// ```
///
/// It is implemented for:
///
/// - async functions, and functions that return a [`BoxFuture`](futures_util::future::BoxFuture);
/// - async closures that capture no state and name the type of the transaction: `async |delivery, attempt, shop: &mut
///   SqliteConnection| …`;
/// - each of them with one argument more, [with state](crate::WithState);
/// - closures that capture state, [boxed](crate::boxed).
pub trait TxHandler<'t, P: Platform, T: 'static> {
    /// The future of an attempt.
    type Future: Future<Output: IntoOutcome> + Send + 't;

    /// Runs the handler.
    fn call(&self, delivery: Delivery<P>, attempt: Attempt, transaction: &'t mut T) -> Self::Future;
}

impl<'t, P, T, H, F> TxHandler<'t, P, T> for H
where
    P: Platform,
    T: 'static,
    H: Fn(Delivery<P>, Attempt, &'t mut T) -> F,
    F: Future<Output: IntoOutcome> + Send + 't,
{
    type Future = F;

    fn call(&self, delivery: Delivery<P>, attempt: Attempt, transaction: &'t mut T) -> F {
        self(delivery, attempt, transaction)
    }
}
