//! Closures that capture state.

use futures_util::future::BoxFuture;
use referral_webhooks::Delivery;

use crate::worker::Attempt;

/// Returns the same closure, after the compiler has learned that its future borrows the transaction. A closure that
/// captures state needs it in [`Worker::run_in_tx`](crate::Worker::run_in_tx).
///
/// An async function [with state](crate::WithState) has less ceremony.
///
/// ```
/// # use referral_webhooks::{Delivery, platform::redpin::Redpin};
/// # use referral_webhooks_inbox::store::TransactionalStore;
/// # use referral_webhooks_inbox::{Attempt, Intake, Outcome, Worker};
/// use referral_webhooks_inbox::boxed;
///
/// # struct Transaction;
/// # impl Transaction { async fn execute(&mut self, _: &str, _: u32) -> Result<(), std::io::Error> { Ok(()) } }
/// fn work<S>(worker: Worker<S>, redpin: &Intake<Redpin, S>, cents: u32) -> Worker<S>
/// where
///     S: TransactionalStore<Tx = Transaction>,
/// {
///     let credit = boxed(move |_, _, shop: &mut Transaction| {
///         Box::pin(async move { shop.execute("INSERT INTO reward (cents) VALUES ($1)", cents).await })
///     });
///     worker.run_in_tx(redpin, credit)
/// }
/// ```
pub fn boxed<P, T, O, H>(handler: H) -> H
where
    H: for<'t> Fn(Delivery<P>, Attempt, &'t mut T) -> BoxFuture<'t, O>,
{
    handler
}
