//! The one connection that writes, and what waits for it.
//!
//! SQLite lets one connection write at a time; let many try, and some wait for seconds. Here one task writes for all: it
//! takes what waits, commits it in one transaction, and answers when that is durable. Nobody waits for a batch to fill,
//! and deliveries go before everything else.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks_inbox::store::{Accepted, Lease, NewEntry, StoreError};
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::accept::accept_all;
use super::connection::{Failure, WriteConnection};
use super::fault::Fault;
use super::log::Schedule;
use super::open::begin;
use super::transaction::{Answer, Handler, Turn};
use crate::telemetry::committed;

/// The most deliveries in one transaction.
const MOST_ACCEPTS: usize = 256;

/// The most bytes of bodies in one transaction, and one body more: on its way each is copied more than once.
const MOST_BYTES: usize = 256 * 1_024;

/// The most other changes in one transaction.
const MOST_CHANGES: usize = 128;

/// The most handlers in one transaction, and for how long another is begun.
const MOST_HANDLERS: usize = 64;
const HANDLERS_FOR: Duration = Duration::from_millis(20);

/// How long the file is left to other processes after handlers that took so long: they ask for it more often than that.
const REST: Duration = Duration::from_millis(4);

/// The time between two comparisons of the files without traffic, so that `health` needs no delivery to show a fault.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// For how long more are asked for. On a busy runtime one look takes longer, and is the only one.
const MORE_FOR: Duration = Duration::from_micros(500);

/// How many may wait. What comes beyond waits for a place; inboxes have bounds of their own before that.
const WAITING: usize = 4_096;

/// The way to the writer. It ends when the last one is dropped.
pub(crate) struct Writer {
    accepts: Sender<Accept>,
    changes: Sender<Change>,
    handlers: Sender<Handler>,
    emptyings: Sender<oneshot::Sender<bool>>,
    /// The writer ends when this is dropped.
    end: Sender<oneshot::Sender<()>>,
    fault: Fault,
}

/// A delivery that waits for being stored.
struct Accept {
    entry: NewEntry,
    answer: oneshot::Sender<Accepted>,
}

/// A change that waits for being made; what it returns is called once it is durable.
type Change = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<Answer, sqlx::Error>> + Send>;

impl Writer {
    /// Begins to write on this connection.
    pub(crate) fn start(connection: WriteConnection, is_log_pending: bool, fault: Fault) -> Self {
        let (accepts, accepts_end) = channel(WAITING);
        let (changes, changes_end) = channel(WAITING);
        let (handlers, handlers_end) = channel(WAITING);
        let (emptyings, emptyings_end) = channel(WAITING);
        let (end, end_asked) = channel(1);
        let task = Task {
            connection,
            accepts: accepts_end,
            changes: changes_end,
            handlers: handlers_end,
            emptyings: emptyings_end,
            end: end_asked,
            is_ending: false,
            ended: None,
            log: Schedule::new(is_log_pending),
            turn: VecDeque::with_capacity(MOST_HANDLERS),
            rests_until: Instant::now(),
            look_at: Instant::now() + LOOK_EVERY,
        };
        tokio::spawn(task.run());
        Self { accepts, changes, handlers, emptyings, end, fault }
    }

    pub(crate) async fn accept(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.accepts.send(Accept { entry, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| self.not_written())
    }

    /// Makes a change, in a transaction that it may share with others.
    pub(crate) async fn change<T, C>(&self, change: C) -> Result<T, StoreError>
    where
        T: Send + 'static,
        C: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let change: Change = Box::new(move |connection| {
            Box::pin(async move {
                let value = change(connection).await?;
                // Who does not wait any more does not want to know.
                let tell: Answer = Box::new(move || drop(answer.send(value)));
                Ok(tell)
            })
        });
        self.changes.send(change).await.map_err(|_| gone())?;
        answered.await.map_err(|_| self.not_written())
    }

    /// Empties the log of changes. `false`: that will be tried again.
    pub(crate) async fn empty_log(&self) -> bool {
        let (answer, answered) = oneshot::channel();
        self.emptyings.send(answer).await.is_ok() && answered.await.unwrap_or(false)
    }

    /// Writes what waits, and closes the database. What comes later is refused.
    pub(crate) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.end.send(answer).await.is_ok() {
            let _ = answered.await;
        }
    }

    /// The error of what was not answered.
    pub(crate) fn not_written(&self) -> StoreError {
        let rolled_back = || StoreError::new("the transaction was rolled back; the log says why");
        self.fault.check().err().unwrap_or_else(rolled_back)
    }

    /// Hands over a handler; its answer comes once what it did is durable.
    pub(crate) async fn process(&self, handler: Handler) -> Result<(), StoreError> {
        self.handlers.send(handler).await.map_err(|_| gone())
    }
}

fn gone() -> StoreError {
    StoreError::new("the store was closed, or its runtime has ended")
}

/// The task that writes.
struct Task {
    connection: WriteConnection,
    accepts: Receiver<Accept>,
    changes: Receiver<Change>,
    handlers: Receiver<Handler>,
    emptyings: Receiver<oneshot::Sender<bool>>,
    end: Receiver<oneshot::Sender<()>>,
    is_ending: bool,
    /// Told when all is closed.
    ended: Option<oneshot::Sender<()>>,
    log: Schedule,
    /// Those whose turn is next.
    turn: VecDeque<Handler>,
    /// Until when they leave the file to other processes.
    rests_until: Instant,
    /// When the files are next compared, whether or not anything is written.
    look_at: Instant,
}

/// What waited when the writer looked.
#[derive(Default)]
struct Batch {
    accepts: Vec<Accept>,
    changes: Vec<Change>,
    emptyings: Vec<oneshot::Sender<bool>>,
}

impl Task {
    async fn run(mut self) {
        self.connection.begin().await;
        while let Some(batch) = self.next().await {
            let Batch { accepts, changes, emptyings } = batch;
            let (deliveries, others) = (accepts.len(), changes.len());
            if deliveries + others > 0
                && let Err(error) = self.write(accepts, changes).await
                && !matches!(error, Failure::Lost)
            {
                tracing::error!(
                    target: "referral_webhooks", deliveries, others, cause = %error,
                    "nothing was written, and the connection is opened anew"
                );
            }
            if self.look_at <= Instant::now() {
                self.connection.look().await;
                self.look_at = Instant::now() + LOOK_EVERY;
            }
            if !emptyings.is_empty() || self.log.is_due() {
                self.empty_log(emptyings).await;
            }
            // Among the changes are claims.
            if others > 0 || !self.turn.is_empty() || !self.handlers.is_empty() {
                self.gather().await;
            }
            if self.turn.is_empty() || Instant::now() < self.rests_until {
                continue;
            }
            let begun = Instant::now();
            if let Err(error) = self.process().await
                && !matches!(error, Failure::Lost)
            {
                tracing::error!(
                    target: "referral_webhooks", cause = %error,
                    "handlers were rolled back, and the connection is opened anew"
                );
            }
            if begun.elapsed() >= HANDLERS_FOR {
                self.rests_until = Instant::now() + REST;
            }
        }
        self.connection.close().await;
        if let Some(ended) = self.ended {
            let _ = ended.send(());
        }
    }

    async fn empty_log(&mut self, waiting: Vec<oneshot::Sender<bool>>) {
        let is_empty = self.connection.empty_log().await.unwrap_or(false);
        self.log.tried(is_empty);
        for answer in waiting {
            let _ = answer.send(is_empty);
        }
    }

    /// What waits now, or the first that comes.
    async fn next(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        tokio::select! {
            biased;
            Some(accept) = self.accepts.recv() => batch.accepts.push(accept),
            Some(change) = self.changes.recv() => batch.changes.push(change),
            () = sleep_until(self.rests_until), if !self.turn.is_empty() => {}
            Some(handler) = self.handlers.recv() => self.turn.push_back(handler),
            Some(emptying) = self.emptyings.recv() => batch.emptyings.push(emptying),
            () = sleep_until(self.log.due_at().min(self.look_at)), if !self.is_ending => {}
            asked = self.end.recv(), if !self.is_ending => self.begin_to_end(asked),
            else => return None,
        }
        // Whoever is ready to send has its turn first, as long as there are more: those who were answered just now send
        // again.
        let (mut bytes, begun) = (0, Instant::now());
        loop {
            yield_now().await;
            if self.take_more(&mut batch, &mut bytes) == 0 || begun.elapsed() > MORE_FOR {
                return Some(batch);
            }
        }
    }

    /// Takes nothing new. What waits is written.
    fn begin_to_end(&mut self, asked: Option<oneshot::Sender<()>>) {
        (self.is_ending, self.ended) = (true, asked);
        self.accepts.close();
        self.changes.close();
        self.handlers.close();
        self.emptyings.close();
    }

    /// What has come since, and how many that are.
    fn take_more(&mut self, batch: &mut Batch, bytes: &mut usize) -> usize {
        let before = batch.accepts.len() + batch.changes.len();
        while batch.accepts.len() < MOST_ACCEPTS
            && *bytes < MOST_BYTES
            && let Ok(accept) = self.accepts.try_recv()
        {
            *bytes += accept.entry.delivery.body.len();
            batch.accepts.push(accept);
        }
        while batch.changes.len() < MOST_CHANGES
            && let Ok(change) = self.changes.try_recv()
        {
            batch.changes.push(change);
        }
        while let Ok(emptying) = self.emptyings.try_recv() {
            batch.emptyings.push(emptying);
        }
        batch.accepts.len() + batch.changes.len() - before
    }

    /// Those whose turn is next, as long as more come: what was claimed just now is on its way.
    async fn gather(&mut self) {
        let (mut before, begun) = (usize::MAX, Instant::now());
        while before != self.turn.len() && begun.elapsed() < MORE_FOR {
            before = self.turn.len();
            yield_now().await;
            while self.turn.len() < MOST_HANDLERS
                && let Ok(handler) = self.handlers.try_recv()
            {
                self.turn.push_back(handler);
            }
        }
    }

    /// Writes deliveries and changes in one transaction.
    async fn write(&mut self, accepts: Vec<Accept>, changes: Vec<Change>) -> Result<(), Failure> {
        let mut connection = self.connection.take().await?;
        let mut transaction = begin!(connection);
        let (entries, waiting): (Vec<_>, Vec<_>) = accepts.into_iter().map(|one| (one.entry, one.answer)).unzip();
        let accepted = accept_all(&mut transaction, &entries).await?;
        let mut answers = Vec::with_capacity(changes.len());
        for change in changes {
            answers.push(change(&mut transaction).await?);
        }
        self.connection.commit(transaction).await?;
        self.connection.keep(connection).await?;
        committed(entries.len());
        accepted.iter().for_each(|accepted| self.connection.stored(accepted.id().0));
        for (answer, accepted) in waiting.into_iter().zip(accepted) {
            // The sender may have hung up; what it sent is stored.
            let _ = answer.send(accepted);
        }
        answers.into_iter().for_each(|answer| answer());
        Ok(())
    }

    /// Runs handlers in one transaction, for as long as others may have to wait.
    async fn process(&mut self) -> Result<(), Failure> {
        // Where no transaction can be begun, it is the first that has failed: dropped, it tells so. The others wait.
        let mut next = self.turn.pop_front();
        let leases: Vec<Lease> = next.iter().chain(&self.turn).map(|handler| handler.lease.clone()).collect();
        let mut connection = self.connection.take().await?;
        let mut transaction = begin!(connection);
        let begun = Instant::now();
        let mut turn = Turn::begin(&mut transaction, &self.connection.deadline, &leases).await?;
        while let Some(handler) = next {
            turn.run(handler).await?;
            // Deliveries may wait, leases to be extended, and other processes, of which nobody knows here.
            next = if begun.elapsed() < HANDLERS_FOR { self.turn.pop_front() } else { None };
        }
        let answers = turn.end().await?;
        self.connection.commit(transaction).await?;
        self.connection.keep(connection).await?;
        answers.into_iter().for_each(|answer| answer());
        Ok(())
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = WAITING - self.accepts.capacity();
        f.debug_struct("Writer").field("deliveries_waiting", &waiting).finish_non_exhaustive()
    }
}
