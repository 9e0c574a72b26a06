//! A handler that writes in a transaction of the inbox.
//!
//! - **Guarantees**: the effect of a handler and the end of its attempt are committed together, or neither is. An
//!   attempt whose effect was rolled back is ended in a second transaction.
//! - **Assumes** that the entry is not locked while the handler runs, so that repeats are counted and another worker
//!   can claim the entry after the lease. The end of the attempt checks the lease once more. Handlers may leave the
//!   transaction aborted, or change its settings.
//! - **Without it**, an effect could be committed without its completion, and be paid again.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use referral_webhooks_inbox::Outcome;
use referral_webhooks_inbox::store::{Finish, Lease, StoreError, Work};
use sqlx::{Connection as _, Error, PgConnection, PgPool};
use tokio::time::{sleep, timeout};

use super::pool::{Borrowed, change};
use super::shared::attempt;
use super::statements::SQL;

/// The time that a transaction may take in addition to its handler.
const AROUND: Duration = Duration::from_secs(5);

/// The longest pause before an attempt is ended once more.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Runs a handler, and ends its attempt in the same transaction. `None` if the lease is no longer held.
pub(crate) async fn process(
    handlers: &PgPool,
    changes: &PgPool,
    lease: &Lease,
    limit: Duration,
    back_off: Duration,
    work: Work<PgConnection>,
) -> Result<Option<Finish>, StoreError> {
    // The wait for a connection leaves half of the lease to the handler.
    let finish = match timeout(lease.length / 2, Borrowed::from(handlers)).await {
        Ok(connection) => {
            let connection = connection.map_err(StoreError::new)?;
            let ran = timeout(limit.saturating_add(AROUND), run(connection, lease, limit, back_off, work)).await;
            match ran.map_err(|_| StoreError::new("the database did not answer in time"))?.map_err(StoreError::new)? {
                Ran::NotHeld => return Ok(None),
                Ran::Committed(finish) => return Ok(Some(finish)),
                Ran::RolledBack(finish) => finish,
            }
        }
        // The handler has not begun, so the attempt does not count.
        Err(_) => Finish::Release,
    };
    // The handler's outcome is kept nowhere else, so its end is tried again.
    let mut pause = Duration::from_millis(100);
    loop {
        let (lease, ended) = (lease.clone(), finish.clone());
        let end = change(changes, move |connection| {
            Box::pin(async move { attempt::finish(connection, &lease, &ended).await })
        });
        match end.await {
            Ok(is_ended) => return Ok(is_ended.then_some(finish)),
            Err(_) if pause < LONGEST_PAUSE => sleep(pause).await,
            Err(error) => return Err(error),
        }
        pause *= 2;
    }
}

/// The result of a transaction.
enum Ran {
    /// It was rolled back, because the lease is no longer held.
    NotHeld,
    /// The effect of the handler and the end of its attempt are committed.
    Committed(Finish),
    /// The effect of the handler was rolled back, and its attempt is still to be ended.
    RolledBack(Finish),
}

async fn run(
    mut connection: Borrowed,
    lease: &Lease,
    limit: Duration,
    back_off: Duration,
    work: Work<PgConnection>,
) -> Result<Ran, Error> {
    let mut transaction = connection.begin().await?;
    if !begin(&mut transaction, lease, limit).await? {
        transaction.rollback().await?;
        connection.release();
        return Ok(Ran::NotHeld);
    }
    let worked = AssertUnwindSafe(async { timeout(limit, work(&mut transaction)).await }).catch_unwind().await;
    let stopped = |reason: String| Ran::RolledBack(Finish::of(Outcome::Retry(reason.into()), back_off));
    let outcome = match worked {
        Ok(Ok(outcome)) => outcome,
        // The handler may have stopped within a statement. The connection is closed, and with it the transaction.
        Ok(Err(_)) => return Ok(stopped(format!("the handler took longer than {} ms", limit.as_millis()))),
        // The message of the panic is left to the panic hook, because it may quote personal data.
        Err(_) => return Ok(stopped("the handler panicked".to_owned())),
    };
    let finish = Finish::of(outcome, back_off);
    let ran = if matches!(finish, Finish::Complete(_)) {
        match attempt::finish(&mut transaction, lease, &finish).await {
            Ok(true) => {
                transaction.commit().await?;
                connection.release();
                return Ok(Ran::Committed(finish));
            }
            Ok(false) => Ran::NotHeld,
            Err(error) if is_aborted(&error) => stopped("one of the handler's statements had failed".to_owned()),
            Err(error) => return Err(error),
        }
    } else {
        Ran::RolledBack(finish)
    };
    transaction.rollback().await?;
    connection.release();
    Ok(ran)
}

/// Returns whether the lease is held, without locking the entry, and sets the limits of the transaction.
async fn begin(transaction: &mut PgConnection, lease: &Lease, limit: Duration) -> Result<bool, Error> {
    let most = u128::from(i32::MAX.unsigned_abs());
    let limit = limit.saturating_add(AROUND).as_millis().min(most).to_string();
    let begin = sqlx::query_scalar(SQL.handler_begin).bind(lease.id.0).bind(i64::from(lease.attempt)).bind(limit);
    begin.fetch_one(transaction).await
}

/// Returns whether an earlier statement has failed, so that PostgreSQL accepts no further one in the transaction.
fn is_aborted(error: &Error) -> bool {
    matches!(error, Error::Database(error) if error.code().as_deref() == Some("25P02"))
}
