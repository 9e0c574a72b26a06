//! Handlers that write in one of the inbox's own transactions.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use referral_webhooks_inbox::{Finish, Lease, Outcome, Work};
use sqlx::{AssertSqlSafe, Error, SqliteConnection};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::deadline::Deadline;
use super::dialect::{among, ids, now};
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

/// Those that run one after the other in one transaction, each in a savepoint of its own.
///
/// Every question is a way to SQLite's thread and back, and those are what a handler takes. So whose leases are held is
/// asked once for all, nobody waits for a savepoint, and those that are done are completed at once.
pub(crate) struct Turn<'t> {
    transaction: &'t mut SqliteConnection,
    deadline: &'t Deadline,
    held: HashSet<(i64, i64)>,
    savepoints: usize,
    done: Vec<i64>,
    answers: Vec<Answer>,
}

impl<'t> Turn<'t> {
    /// Looks which leases are held. The transaction has locked the file, so they are held to its end.
    pub(crate) async fn begin(
        transaction: &'t mut SqliteConnection,
        deadline: &'t Deadline,
        leases: &[Lease],
    ) -> Result<Self, Error> {
        const HELD: &str = "SELECT entry.id, entry.attempt FROM json_each($1) AS given CROSS JOIN inbox_entry AS entry \
                            ON entry.id = given.value ->> 0 AND entry.attempt = given.value ->> 1 \
                            WHERE entry.state = 'running'";
        let leases: Vec<String> = leases.iter().map(|lease| format!("[{},{}]", lease.id.0, lease.attempt)).collect();
        let held = sqlx::query_as(HELD).bind(format!("[{}]", leases.join(","))).fetch_all(&mut *transaction).await?;
        let held = held.into_iter().collect();
        Ok(Self { transaction, deadline, held, savepoints: 0, done: Vec::new(), answers: Vec::new() })
    }

    /// Runs a handler. An error means that the whole transaction is lost.
    pub(crate) async fn run(&mut self, handler: Handler) -> Result<(), Error> {
        let Handler { lease, limit, back_off, work, answer } = handler;
        let mut ended = None;
        if self.held.remove(&(lease.id.0, lease.attempt.into())) {
            self.deadline.begin(limit);
            let finish = self.work(&lease, limit, back_off, work).await;
            // Not before: what a handler that was given up has left running is to be stopped, and is waited for.
            self.deadline.end();
            ended = Some(finish?);
        }
        self.answers.push(Box::new(move || drop(answer.send(ended))));
        Ok(())
    }

    async fn work(
        &mut self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<SqliteConnection>,
    ) -> Result<Finish, Error> {
        let savepoint = self.savepoint();
        let work = AssertUnwindSafe(async { timeout(limit, work(&mut *self.transaction)).await });
        let outcome = match work.catch_unwind().await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::Retry(format!("the handler took longer than {} ms", limit.as_millis()).into()),
            // Its message stays where the panic hook put it: it may quote anything.
            Err(_) => Outcome::Retry("the handler panicked".into()),
        };
        let finish = Finish::of(outcome, back_off);
        if matches!(finish, Finish::Complete(None)) {
            self.done.push(lease.id.0);
            return Ok(finish);
        }
        if !matches!(finish, Finish::Complete(_)) {
            let back = AssertSqlSafe(format!("ROLLBACK TO {savepoint}"));
            sqlx::raw_sql(back).execute(&mut *self.transaction).await?;
        }
        work::finish(self.transaction, lease, &finish).await?;
        Ok(finish)
    }

    /// Begins a savepoint, and does not wait for it: SQLite's thread does one thing after the other. If there was none in
    /// the end, the way back to it fails, and the transaction is lost: so each has a name of its own.
    fn savepoint(&mut self) -> String {
        let savepoint = format!("inbox_handler_{}", self.savepoints);
        self.savepoints += 1;
        let begin = AssertSqlSafe(format!("SAVEPOINT {savepoint}"));
        drop(sqlx::raw_sql(begin).execute(&mut *self.transaction).now_or_never());
        savepoint
    }

    /// Completes those that are done, and returns what is to be called once the transaction is durable. The first
    /// savepoint is ended, and all others are in it: if there is none, a handler has ended the transaction, and with it
    /// what the others wrote.
    pub(crate) async fn complete(self) -> Result<Vec<Answer>, Error> {
        const END: &str = "RELEASE inbox_handler_0";
        const COMPLETE: &str = concat!(
            "RELEASE inbox_handler_0; \
             UPDATE inbox_entry SET state = 'completed', reason = NULL, next_at = NULL, finished_at = ",
            now!(),
            " WHERE id ",
            among!(),
            "; INSERT INTO inbox_history (entry_id, at, what, attempt, by_whom) SELECT id, ",
            now!(),
            ", 'completed', attempt, worker FROM inbox_entry WHERE id ",
            among!()
        );
        if !self.done.is_empty() {
            sqlx::query(COMPLETE).bind(ids(&self.done)).execute(self.transaction).await?;
        } else if self.savepoints > 0 {
            sqlx::query(END).execute(self.transaction).await?;
        }
        Ok(self.answers)
    }
}
