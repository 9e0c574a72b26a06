//! A handler that writes in the inbox's own transaction.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use referral_webhooks_inbox::{Finish, Lease, Outcome, Work};
use sqlx::{Connection as _, Error, SqliteConnection};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::deadline::Deadline;
use super::work;
use super::writer::Answer;

/// A claimed entry, and what is to be done for it.
pub(crate) struct Handler {
    pub(crate) lease: Lease,
    pub(crate) limit: Duration,
    pub(crate) back_off: Duration,
    pub(crate) work: Work<SqliteConnection>,
    /// Told how the attempt ended; nothing if the lease was lost.
    pub(crate) answer: oneshot::Sender<Option<Finish>>,
}

impl Handler {
    /// Runs it within the transaction. An error means that the whole transaction is lost.
    pub(crate) async fn run(self, transaction: &mut SqliteConnection, deadline: &Deadline) -> Result<Answer, Error> {
        let Self { lease, limit, back_off, work, answer } = self;
        deadline.begin(limit);
        let ended = end(transaction, &lease, limit, back_off, work).await;
        deadline.end();
        let ended = ended?;
        Ok(Box::new(move || drop(answer.send(ended))))
    }
}

async fn end(
    transaction: &mut SqliteConnection,
    lease: &Lease,
    limit: Duration,
    back_off: Duration,
    work: Work<SqliteConnection>,
) -> Result<Option<Finish>, Error> {
    // The transaction holds the lock, so what is held now is held to its end.
    if !is_held(transaction, lease).await? {
        return Ok(None);
    }
    let mut savepoint = transaction.begin().await?;
    let worked = AssertUnwindSafe(async { timeout(limit, work(&mut savepoint)).await }).catch_unwind().await;
    let outcome = match worked {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Outcome::Retry(format!("the handler took longer than {} ms", limit.as_millis()).into()),
        // Its message stays where the panic hook put it: it may quote anything.
        Err(_) => Outcome::Retry("the handler panicked".into()),
    };
    let finish = Finish::of(outcome, back_off);
    if matches!(finish, Finish::Complete(_)) {
        work::finish(&mut savepoint, lease, &finish).await?;
        savepoint.commit().await?;
    } else {
        savepoint.rollback().await?;
        work::finish(transaction, lease, &finish).await?;
    }
    Ok(Some(finish))
}

async fn is_held(connection: &mut SqliteConnection, lease: &Lease) -> Result<bool, Error> {
    const HELD: &str = "SELECT EXISTS (SELECT 1 FROM inbox_entry WHERE id = $1 AND attempt = $2 AND state = 'running')";
    sqlx::query_scalar(HELD).bind(lease.id.0).bind(lease.attempt).fetch_one(connection).await
}
