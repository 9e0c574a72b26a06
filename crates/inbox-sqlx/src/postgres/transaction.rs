//! A handler that writes in a transaction of the inbox's.

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

/// How much longer than its handler a transaction may take.
const AROUND: Duration = Duration::from_secs(5);

/// The longest pause before an attempt is ended once more.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Runs a handler, and ends its attempt in the same transaction; `None` if the lease was lost.
///
/// The entry is not locked while the handler runs: it is ended last, and only if the lease is still held then. So
/// repeats are counted meanwhile, and whoever took over is not kept waiting.
pub(crate) async fn process(
    handlers: &PgPool,
    changes: &PgPool,
    lease: &Lease,
    limit: Duration,
    back_off: Duration,
    work: Work<PgConnection>,
) -> Result<Option<Finish>, StoreError> {
    // Half a lease is left for the work.
    let finish = match timeout(lease.length / 2, Borrowed::from(handlers)).await {
        Ok(connection) => {
            let connection = connection.map_err(StoreError::new)?;
            let ran = timeout(limit.saturating_add(AROUND), run(connection, lease, limit, back_off, work)).await;
            match ran.map_err(|_| StoreError::new("the database did not answer in time"))?.map_err(StoreError::new)? {
                Ran::Lost => return Ok(None),
                Ran::Committed(finish) => return Ok(Some(finish)),
                Ran::RolledBack(finish) => finish,
            }
        }
        // Nothing was tried, so this is no attempt.
        Err(_) => Finish::Release,
    };
    // What the handler said is lost with this, so it is tried again.
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

/// What became of the transaction.
enum Ran {
    /// It was rolled back, for the lease was lost.
    Lost,
    /// What the handler wrote and the end of its attempt are committed.
    Committed(Finish),
    /// What the handler wrote is gone, and its attempt is still to be ended like this.
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
        return Ok(Ran::Lost);
    }
    let worked = AssertUnwindSafe(async { timeout(limit, work(&mut transaction)).await }).catch_unwind().await;
    let stopped = |reason: String| Ran::RolledBack(Finish::of(Outcome::Retry(reason.into()), back_off));
    let outcome = match worked {
        Ok(Ok(outcome)) => outcome,
        // These may have stopped in the middle of a question. The connection is closed, and with it the transaction.
        Ok(Err(_)) => return Ok(stopped(format!("the handler took longer than {} ms", limit.as_millis()))),
        // Its message stays where the panic hook put it: it may quote anything.
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
            Ok(false) => Ran::Lost,
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

/// Says whether the lease is held, without locking the entry, and settles the transaction.
///
/// The handler's limit is the database's as well: what a stopped handler has left there ends soon after. And an earlier
/// handler may have changed what the commit waits for.
async fn begin(transaction: &mut PgConnection, lease: &Lease, limit: Duration) -> Result<bool, Error> {
    let most = u128::from(i32::MAX.unsigned_abs());
    let limit = limit.saturating_add(AROUND).as_millis().min(most).to_string();
    let begin = sqlx::query_scalar(SQL.handler_begin).bind(lease.id.0).bind(i64::from(lease.attempt)).bind(limit);
    begin.fetch_one(transaction).await
}

/// Whether a statement before has failed, and PostgreSQL takes no more in this transaction.
fn is_aborted(error: &Error) -> bool {
    matches!(error, Error::Database(error) if error.code().as_deref() == Some("25P02"))
}
