//! The handlers that share a transaction of the inbox.
//!
//! - **Guarantees**: the effect of a handler and the end of its attempt are committed together. A handler that fails,
//!   panics, exceeds its limit or is given up is rolled back to its savepoint, and costs no other handler its effect.
//! - **Assumes** that the writer has locked the file, so a lease that is held at the beginning is held to the end.
//!   Handlers have the connection in their hands: they may leave a statement running ([`Deadline`]) or end the
//!   transaction, which the release of the savepoint detects.
//! - **Without it**, an effect could be committed without its completion, and be paid again.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::time::Duration;

use futures_util::FutureExt as _;
use referral_webhooks_inbox::Outcome;
use referral_webhooks_inbox::store::{Finish, Lease, Work};
use sqlx::{AssertSqlSafe, Error, SqliteConnection};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::deadline::Deadline;
use super::dialect::ids;
use super::shared::{attempt, subjects};
use super::statements::SQL;

/// The answer to a caller, called once its change is durable. Dropped before, it reports that the change was not
/// written.
pub(crate) type Answer = Box<dyn FnOnce() + Send>;

/// A claimed entry and its handler.
pub(crate) struct Handler {
    pub(crate) lease: Lease,
    pub(crate) limit: Duration,
    pub(crate) back_off: Duration,
    pub(crate) work: Work<SqliteConnection>,
    /// Answered with the end of the attempt; `None` if the lease is not held. A caller that drops the receiver gives
    /// the work up.
    pub(crate) answer: oneshot::Sender<Option<Finish>>,
}

/// A transaction of handlers that run one after the other, each in its own savepoint.
///
/// Every statement is a round trip to SQLite's thread, and these are the cost of a short handler. So one statement
/// reads the leases of all, one ends a savepoint and begins the next, and one ends the attempts of all.
pub(crate) struct Turn<'t> {
    transaction: &'t mut SqliteConnection,
    deadline: &'t Deadline,
    held: HashSet<(i64, i64)>,
    is_in_savepoint: bool,
    done: Vec<i64>,
    /// The ends of attempts that are not a plain completion.
    others: Vec<(Lease, Finish)>,
    answers: Vec<Answer>,
}

/// The commands for savepoints. Their name is random in every process, because a handler that knew it could release the
/// savepoints of other handlers.
struct Savepoint {
    first: String,
    next: String,
    back: String,
    end: String,
}

static SAVEPOINT: LazyLock<Savepoint> = LazyLock::new(|| {
    let name = format!("inbox_{:016x}", RandomState::new().build_hasher().finish());
    Savepoint {
        first: format!("SAVEPOINT {name}"),
        next: format!("RELEASE {name}; SAVEPOINT {name}"),
        back: format!("ROLLBACK TO {name}"),
        end: format!("RELEASE {name}"),
    }
});

impl<'t> Turn<'t> {
    /// Reads which leases are held.
    pub(crate) async fn begin(
        transaction: &'t mut SqliteConnection,
        deadline: &'t Deadline,
        leases: &[Lease],
    ) -> Result<Self, Error> {
        let leases: Vec<String> = leases.iter().map(|lease| format!("[{},{}]", lease.id.0, lease.attempt)).collect();
        let held =
            sqlx::query_as(SQL.turn_held).bind(format!("[{}]", leases.join(","))).fetch_all(&mut *transaction).await?;
        let (held, done, others, answers) = (held.into_iter().collect(), Vec::new(), Vec::new(), Vec::new());
        Ok(Self { transaction, deadline, held, is_in_savepoint: false, done, others, answers })
    }

    /// Runs a handler. After an error the whole transaction must be rolled back.
    pub(crate) async fn run(&mut self, handler: Handler) -> Result<(), Error> {
        let Handler { lease, limit, back_off, work, mut answer } = handler;
        let mut ended = None;
        if !answer.is_closed() && self.held.remove(&(lease.id.0, lease.attempt.into())) {
            ended = self.work(lease, limit, back_off, work, answer.closed()).await?;
        }
        self.answers.push(Box::new(move || drop(answer.send(ended))));
        Ok(())
    }

    /// Returns how the attempt ends; `None` if it was given up.
    async fn work(
        &mut self,
        lease: Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<SqliteConnection>,
        given_up: impl Future<Output = ()>,
    ) -> Result<Option<Finish>, Error> {
        let is_next = std::mem::replace(&mut self.is_in_savepoint, true);
        self.execute(if is_next { &SAVEPOINT.next } else { &SAVEPOINT.first }).await?;
        // After the savepoint: a statement that the last handler has left running was stopped at its own limit.
        self.deadline.begin(limit);
        let work = AssertUnwindSafe(async {
            tokio::select! {
                biased;
                worked = timeout(limit, work(&mut *self.transaction)) => Some(worked),
                () = given_up => None,
            }
        });
        let outcome = match work.catch_unwind().await {
            Ok(Some(Ok(outcome))) => outcome,
            Ok(None) => {
                // Stops a statement that the handler has left running.
                self.deadline.begin(Duration::ZERO);
                self.execute(&SAVEPOINT.back).await?;
                return Ok(None);
            }
            Ok(Some(Err(_))) => Outcome::Retry(format!("the handler took longer than {} ms", limit.as_millis()).into()),
            // The message of the panic is left to the panic hook, because it may quote personal data.
            Err(_) => Outcome::Retry("the handler panicked".into()),
        };
        let finish = Finish::of(outcome, back_off);
        if !matches!(finish, Finish::Complete(_)) {
            self.execute(&SAVEPOINT.back).await?;
        }
        match &finish {
            Finish::Complete(None) => self.done.push(lease.id.0),
            other => self.others.push((lease, other.clone())),
        }
        Ok(Some(finish))
    }

    async fn execute(&mut self, text: &'static str) -> Result<(), Error> {
        sqlx::query(AssertSqlSafe(text)).execute(&mut *self.transaction).await.map(|_| ())
    }

    /// Ends the attempts, and returns the answers to be called once the transaction is durable. The savepoint is
    /// released first: if it is missing, a handler has ended the transaction, and this returns an error.
    pub(crate) async fn end(mut self) -> Result<Vec<Answer>, Error> {
        if self.is_in_savepoint {
            self.execute(&SAVEPOINT.end).await?;
        }
        self.deadline.end();
        if !self.done.is_empty() {
            sqlx::query(SQL.turn_complete).bind(ids(&self.done)).execute(&mut *self.transaction).await?;
            subjects::promote_next(self.transaction, &self.done).await?;
        }
        for (lease, finish) in &self.others {
            attempt::finish(self.transaction, lease, finish).await?;
        }
        Ok(std::mem::take(&mut self.answers))
    }
}

/// Ends the deadline, because it applies to handlers only.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.deadline.end();
    }
}
