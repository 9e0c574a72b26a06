//! Pools whose connections outlive neither their server nor a broken question.

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

/// How long a change waits for a connection.
pub(crate) const ACQUIRE: Duration = Duration::from_secs(2);

/// After so long without use a connection is tried before it is used: its server may be another one by now.
pub(crate) const TRY_AFTER: Duration = Duration::from_secs(1);

/// How long a few statements may take, with the wait for a connection: a server that is gone does not always say so.
const PATIENCE: Duration = Duration::from_secs(15);

/// A pool that connects when it is first asked.
pub(crate) fn pool(target: &Arc<Target>, most: u32, acquire: Duration, lock: Duration) -> PgPool {
    let (later, again) = (Arc::clone(target), Arc::clone(target));
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(acquire)
        .test_before_acquire(false)
        .before_acquire(move |connection, idle| {
            let target = Arc::clone(&again);
            Box::pin(async move { Ok(idle.idle_for <= TRY_AFTER || target.compare(connection).await.is_ok()) })
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

/// Returns the pool of handlers. They wait for a connection as long as their leases permit, and for rows as long as they
/// may run.
pub(crate) fn handlers_pool(target: &Arc<Target>, most: u32) -> PgPool {
    pool(target, most, Duration::from_secs(60), Duration::ZERO)
}

/// A connection that goes back to its pool only if it is said to be well; otherwise it is closed.
///
/// It is not after an error, and not if whoever used it was dropped in the middle of a question.
pub(crate) struct Borrowed {
    connection: PoolConnection<Postgres>,
    is_well: bool,
}

impl Borrowed {
    pub(crate) async fn from(pool: &PgPool) -> Result<Self, Error> {
        Ok(Self { connection: pool.acquire().await?, is_well: false })
    }

    pub(crate) fn release(mut self) {
        self.is_well = true;
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if !self.is_well {
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

/// Asks something, each statement by itself.
pub(crate) async fn ask<T, A>(pool: &PgPool, asked: A) -> Result<T, StoreError>
where
    A: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, Error>> + Send,
{
    let answered = timeout(PATIENCE, async {
        let mut connection = Borrowed::from(pool).await?;
        let answer = asked(&mut connection).await?;
        connection.release();
        Ok::<_, Error>(answer)
    });
    in_time(answered.await)
}

/// Makes a change, in a transaction of its own.
pub(crate) async fn change<T, C>(pool: &PgPool, change: C) -> Result<T, StoreError>
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
    in_time(changed.await)
}

fn in_time<T>(answered: Result<Result<T, Error>, tokio::time::error::Elapsed>) -> Result<T, StoreError> {
    match answered {
        Ok(answer) => answer.map_err(StoreError::new),
        Err(_) => Err(StoreError::new("the database did not answer in time")),
    }
}
