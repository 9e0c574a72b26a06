//! Pools of connections, and the calls that use them.
//!
//! - **Guarantees**: a connection returns to its pool only after a call that succeeded. A connection that was idle is
//!   compared with the opened inbox before it is used. Every call ends within [`PATIENCE`].
//! - **Assumes** that a future may be dropped within a statement, that a server may vanish without closing its
//!   connections, and that its address may later lead to another server.
//! - **Without it**, a call would read the answer of an earlier statement, or hang until the TCP time-out.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks_inbox::store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{Connection as _, Error, PgConnection, Postgres};
use tokio::time::timeout;

use super::open::{STATEMENT, Target};

/// The time for which a change waits for a connection.
pub(crate) const ACQUIRE: Duration = Duration::from_secs(2);

/// The idle time after which a connection is compared before it is used, because its server may be another one.
pub(crate) const COMPARE_AFTER: Duration = Duration::from_secs(1);

/// The limit of a call, with the wait for a connection: a server that has vanished may not close its connections.
const PATIENCE: Duration = Duration::from_secs(15);

/// Returns a pool that connects when it is first used.
pub(crate) fn pool(target: &Arc<Target>, most: u32, acquire: Duration, lock: Duration) -> PgPool {
    let (later, again) = (Arc::clone(target), Arc::clone(target));
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(acquire)
        .test_before_acquire(false)
        .before_acquire(move |connection, idle| {
            let target = Arc::clone(&again);
            Box::pin(async move { Ok(idle.idle_for <= COMPARE_AFTER || target.compare(connection).await.is_ok()) })
        })
        .after_connect(move |connection, _| {
            let target = Arc::clone(&later);
            Box::pin(async move {
                let settled = target.settle(connection, STATEMENT, lock).await;
                settled.map_err(|error| Error::Configuration(error.into()))
            })
        })
        .connect_lazy_with(target.options.clone())
}

/// Returns the pool of handlers. They wait for a connection as long as their leases permit, and for rows as long as
/// they may run.
pub(crate) fn handlers_pool(target: &Arc<Target>, most: u32) -> PgPool {
    pool(target, most, Duration::from_secs(60), Duration::ZERO)
}

/// A connection that returns to its pool only by [`release`](Self::release). Otherwise it is closed: after an error,
/// and if the future that used it was dropped within a statement.
pub(crate) struct Borrowed {
    connection: PoolConnection<Postgres>,
    is_released: bool,
}

impl Borrowed {
    pub(crate) async fn from(pool: &PgPool) -> Result<Self, Error> {
        Ok(Self { connection: pool.acquire().await?, is_released: false })
    }

    pub(crate) fn release(mut self) {
        self.is_released = true;
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if !self.is_released {
            self.connection.close_on_drop();
        }
    }
}

impl Deref for Borrowed {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Borrowed {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

/// Runs statements, each in its own transaction.
pub(crate) async fn autocommit<T, S>(pool: &PgPool, statements: S) -> Result<T, StoreError>
where
    S: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, Error>> + Send,
{
    let answered = timeout(PATIENCE, async {
        let mut connection = Borrowed::from(pool).await?;
        let answer = statements(&mut connection).await?;
        connection.release();
        Ok::<_, Error>(answer)
    });
    in_time(answered.await)
}

/// Runs a change in a transaction.
pub(crate) async fn change<T, C>(pool: &PgPool, change: C) -> Result<T, StoreError>
where
    C: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, Error>> + Send,
{
    change_or(pool, change).await.map_err(|error| match error {
        Some(error) => StoreError::new(error),
        None => late(),
    })
}

/// Like [`change`], with the error of the database; `None` if it did not answer in time.
pub(crate) async fn change_or<T, C>(pool: &PgPool, change: C) -> Result<T, Option<Error>>
where
    C: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, Error>> + Send,
{
    let changed = timeout(PATIENCE, async {
        let mut connection = Borrowed::from(pool).await?;
        let mut transaction = connection.begin().await?;
        let value = change(&mut transaction).await?;
        transaction.commit().await?;
        connection.release();
        Ok::<_, Error>(value)
    });
    changed.await.map_or(Err(None), |changed| changed.map_err(Some))
}

fn in_time<T>(answered: Result<Result<T, Error>, tokio::time::error::Elapsed>) -> Result<T, StoreError> {
    match answered {
        Ok(answer) => answer.map_err(StoreError::new),
        Err(_) => Err(late()),
    }
}

fn late() -> StoreError {
    StoreError::new("the database did not answer in time")
}
