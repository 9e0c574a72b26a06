//! The connections of a store's handlers.

use crate::store::TransactionalStore;

/// The connection or transaction that the handlers of a store write with: its
/// [`Tx`](crate::store::TransactionalStore::Tx), and no other type.
///
/// The trait exists for its compile error, which names a handler for another engine, and two versions of sqlx.
#[diagnostic::on_unimplemented(
    message = "the handler writes with `{Self}`, which is not the connection of the store `{S}`",
    label = "its store has another connection than the handler",
    note = "a handler of `SqliteStore` writes with `&mut sqlx::SqliteConnection`, and one of `PostgresStore` with `&mut \
            sqlx::PgConnection`",
    note = "if the connection has the right name, the application and the store use two versions of sqlx, and need the \
            same one: `cargo tree --duplicates` shows both"
)]
pub trait ConnectionOf<S: TransactionalStore>: Sized + Send + 'static {
    /// Returns the same connection.
    fn of(transaction: &mut S::Tx) -> &mut Self;
}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static, S: TransactionalStore<Tx = T>> ConnectionOf<S> for T {
    fn of(transaction: &mut T) -> &mut Self {
        transaction
    }
}
