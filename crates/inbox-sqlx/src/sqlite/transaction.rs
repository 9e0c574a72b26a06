//! A handler that writes in the inbox's own transaction.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use referral_webhooks_inbox::{Finish, Lease, Outcome, Work};
use sqlx::{Error, SqliteConnection};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::deadline::Deadline;
use super::dialect::{and_told, now};
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

/// Begins a savepoint, and says whether the lease is held. The transaction has locked the file, so what is held now is
/// held to its end.
///
/// Savepoints are begun and ended together with what is asked beside them: every question is a way to SQLite's thread
/// and back, and those are what a handler takes.
const BEGIN: &str = "SAVEPOINT inbox_handler; \
                     SELECT EXISTS (SELECT 1 FROM inbox_entry WHERE id = $1 AND attempt = $2 AND state = 'running')";

/// Ends the attempt, and the savepoint with it.
const COMPLETE: &str = concat!(work::finish_text!(), "; RELEASE inbox_handler");

/// Undoes what was done since the savepoint.
const UNDO: &str = "ROLLBACK TO inbox_handler; RELEASE inbox_handler";

async fn end(
    transaction: &mut SqliteConnection,
    lease: &Lease,
    limit: Duration,
    back_off: Duration,
    work: Work<SqliteConnection>,
) -> Result<Option<Finish>, Error> {
    let begin = sqlx::query_scalar(BEGIN).bind(lease.id.0).bind(lease.attempt);
    if !begin.fetch_one(&mut *transaction).await? {
        sqlx::query(UNDO).execute(transaction).await?;
        return Ok(None);
    }
    let worked = AssertUnwindSafe(async { timeout(limit, work(&mut *transaction)).await }).catch_unwind().await;
    let outcome = match worked {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Outcome::Retry(format!("the handler took longer than {} ms", limit.as_millis()).into()),
        // Its message stays where the panic hook put it: it may quote anything.
        Err(_) => Outcome::Retry("the handler panicked".into()),
    };
    let finish = Finish::of(outcome, back_off);
    if matches!(finish, Finish::Complete(_)) {
        work::finish_with(transaction, COMPLETE, lease, &finish).await?;
    } else {
        sqlx::query(UNDO).execute(&mut *transaction).await?;
        work::finish(transaction, lease, &finish).await?;
    }
    Ok(Some(finish))
}
