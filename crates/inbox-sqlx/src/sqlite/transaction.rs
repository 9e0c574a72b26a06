//! Handlers that write in one of the inbox's own transactions.

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

/// The answer to a caller, called once its change is durable. Dropped before, it reports that the change was not written.
pub(crate) type Answer = Box<dyn FnOnce() + Send>;

/// A claimed entry and its handler.
pub(crate) struct Handler {
    pub(crate) lease: Lease,
    pub(crate) limit: Duration,
    pub(crate) back_off: Duration,
    pub(crate) work: Work<SqliteConnection>,
    /// Told how the attempt ended; nothing if the lease was lost. Whoever does not wait for it gives the work up.
    pub(crate) answer: oneshot::Sender<Option<Finish>>,
}

/// Those that run one after the other in one transaction, each in a savepoint of its own.
///
/// Every question is a way to SQLite's thread and back, and those are what a handler takes. So whose leases are held is
/// asked once for all, one savepoint is ended and the next begun together, and attempts are ended when all have run.
pub(crate) struct Turn<'t> {
    transaction: &'t mut SqliteConnection,
    deadline: &'t Deadline,
    held: HashSet<(i64, i64)>,
    is_in_savepoint: bool,
    done: Vec<i64>,
    /// Those that are not done, or say more than that.
    others: Vec<(Lease, Finish)>,
    answers: Vec<Answer>,
}

/// What is said about savepoints. Their name is another one in every process: a handler that knew it could make its
/// neighbours pay for what it does.
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
    /// Looks which leases are held. The transaction has locked the file, so they are held to its end.
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

    /// Runs a handler. An error means that the whole transaction is lost.
    pub(crate) async fn run(&mut self, handler: Handler) -> Result<(), Error> {
        let Handler { lease, limit, back_off, work, mut answer } = handler;
        let mut ended = None;
        if !answer.is_closed() && self.held.remove(&(lease.id.0, lease.attempt.into())) {
            ended = self.work(lease, limit, back_off, work, answer.closed()).await?;
        }
        self.answers.push(Box::new(move || drop(answer.send(ended))));
        Ok(())
    }

    /// Says how the attempt ends; nothing if it was given up, for then nobody is told.
    async fn work(
        &mut self,
        lease: Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<SqliteConnection>,
        given_up: impl Future<Output = ()>,
    ) -> Result<Option<Finish>, Error> {
        let is_next = std::mem::replace(&mut self.is_in_savepoint, true);
        self.say(if is_next { &SAVEPOINT.next } else { &SAVEPOINT.first }).await?;
        // Not before: what an earlier handler has left running was to be stopped at that one's limit.
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
                // What it left running is stopped now.
                self.deadline.begin(Duration::ZERO);
                self.say(&SAVEPOINT.back).await?;
                return Ok(None);
            }
            Ok(Some(Err(_))) => Outcome::Retry(format!("the handler took longer than {} ms", limit.as_millis()).into()),
            // Its message stays where the panic hook put it: it may quote anything.
            Err(_) => Outcome::Retry("the handler panicked".into()),
        };
        let finish = Finish::of(outcome, back_off);
        if !matches!(finish, Finish::Complete(_)) {
            self.say(&SAVEPOINT.back).await?;
        }
        match &finish {
            Finish::Complete(None) => self.done.push(lease.id.0),
            other => self.others.push((lease, other.clone())),
        }
        Ok(Some(finish))
    }

    async fn say(&mut self, text: &'static str) -> Result<(), Error> {
        sqlx::query(AssertSqlSafe(text)).execute(&mut *self.transaction).await.map(|_| ())
    }

    /// Ends the attempts, and returns what is to be called once the transaction is durable. The savepoint is ended
    /// first: if there is none, a handler has ended the transaction, and with it what the others wrote.
    pub(crate) async fn end(mut self) -> Result<Vec<Answer>, Error> {
        if self.is_in_savepoint {
            self.say(&SAVEPOINT.end).await?;
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

/// The deadline is for handlers, and for nothing that comes after them.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.deadline.end();
    }
}
