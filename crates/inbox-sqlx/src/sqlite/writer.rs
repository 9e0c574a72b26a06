//! The one task that writes, and its channels.
//!
//! - **Guarantees**: an answer is sent after the commit is durable. Pending deliveries and changes are committed
//!   together, deliveries first. A batch grows only while more work arrives, for [`MORE_FOR`] at most. Handlers run in
//!   separate transactions, and no further one begins after [`HANDLERS_FOR`], so that deliveries are stored between them.
//! - **Assumes** that this task is the only writer of the process. Other processes write between its transactions:
//!   after slow handlers it leaves the file to them for [`REST`].
//! - **Without it**, many connections would compete for SQLite's one lock, and some would starve for seconds.

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

use super::accept::{accept_all, accept_items};
use super::connection::{Failure, WriteConnection};
use super::fault::Fault;
use super::log::Schedule;
use super::open::begin;
use super::transaction::{Answer, Handler, Turn};
use crate::telemetry::committed;

/// The most deliveries in one transaction.
const MOST_ACCEPTS: usize = 256;

/// The bytes of bodies after which a transaction takes no further delivery. Each body is copied more than once.
const MOST_BYTES: usize = 256 * 1_024;

/// The most other changes in one transaction.
const MOST_CHANGES: usize = 128;

/// The most handlers in one transaction, and the time after which no further one begins.
const MOST_HANDLERS: usize = 64;
const HANDLERS_FOR: Duration = Duration::from_millis(20);

/// The pause after handlers that took [`HANDLERS_FOR`]. Other processes poll the lock more often than that.
const REST: Duration = Duration::from_millis(4);

/// The interval between two comparisons of the files without traffic, so that `health` shows a fault without a
/// delivery.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The time for which a batch grows. On a busy runtime one round takes longer, and is the only one.
const MORE_FOR: Duration = Duration::from_micros(500);

/// The capacity of each channel. Inboxes bound their deliveries before that.
const WAITING: usize = 4_096;

/// The channels to the task. The task ends when this is dropped.
pub(crate) struct Writer {
    accepts: Sender<Accept>,
    items: Sender<Items>,
    changes: Sender<Change>,
    handlers: Sender<Handler>,
    emptyings: Sender<oneshot::Sender<bool>>,
    end: Sender<oneshot::Sender<()>>,
    fault: Fault,
}

/// A pending delivery.
struct Accept {
    entry: NewEntry,
    answer: oneshot::Sender<Result<Accepted, StoreError>>,
}

/// The items of a pending delivery.
struct Items {
    entries: Vec<NewEntry>,
    answer: oneshot::Sender<Result<Vec<Accepted>, StoreError>>,
}

/// A pending change. The returned answer is called once the change is durable.
type Change = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<Answer, sqlx::Error>> + Send>;

impl Writer {
    /// Starts the task on this connection.
    pub(crate) fn start(connection: WriteConnection, is_log_pending: bool, fault: Fault) -> Self {
        let (accepts, accepts_end) = channel(WAITING);
        let (items, items_end) = channel(WAITING);
        let (changes, changes_end) = channel(WAITING);
        let (handlers, handlers_end) = channel(WAITING);
        let (emptyings, emptyings_end) = channel(WAITING);
        let (end, end_asked) = channel(1);
        let task = Task {
            connection,
            accepts: accepts_end,
            items: items_end,
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
        Self { accepts, items, changes, handlers, emptyings, end, fault }
    }

    pub(crate) async fn accept(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.accepts.send(Accept { entry, answer }).await.map_err(|_| closed())?;
        answered.await.unwrap_or_else(|_| Err(self.not_written()))
    }

    /// Stores the items of one delivery, in a transaction that it may share with others.
    pub(crate) async fn accept_items(&self, entries: Vec<NewEntry>) -> Result<Vec<Accepted>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.items.send(Items { entries, answer }).await.map_err(|_| closed())?;
        answered.await.unwrap_or_else(|_| Err(self.not_written()))
    }

    /// Runs a change, in a transaction that it may share with others.
    pub(crate) async fn change<T, C>(&self, change: C) -> Result<T, StoreError>
    where
        T: Send + 'static,
        C: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let change: Change = Box::new(move |connection| {
            Box::pin(async move {
                let value = change(connection).await?;
                // The caller may have given up waiting.
                let answer: Answer = Box::new(move || drop(answer.send(value)));
                Ok(answer)
            })
        });
        self.changes.send(change).await.map_err(|_| closed())?;
        answered.await.map_err(|_| self.not_written())
    }

    /// Empties the log of changes. `false`: the task tries again later.
    pub(crate) async fn empty_log(&self) -> bool {
        let (answer, answered) = oneshot::channel();
        self.emptyings.send(answer).await.is_ok() && answered.await.unwrap_or(false)
    }

    /// Commits pending changes and closes the database. Later calls are refused.
    pub(crate) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.end.send(answer).await.is_ok() {
            let _ = answered.await;
        }
    }

    /// Returns the error of a call that got no answer.
    pub(crate) fn not_written(&self) -> StoreError {
        let rolled_back = || StoreError::new("the transaction was rolled back; the log says why");
        self.fault.check().err().unwrap_or_else(rolled_back)
    }

    /// Queues a handler. Its answer is sent once its transaction is durable.
    pub(crate) async fn process(&self, handler: Handler) -> Result<(), StoreError> {
        self.handlers.send(handler).await.map_err(|_| closed())
    }
}

fn closed() -> StoreError {
    StoreError::new("the store was closed, or its runtime has ended")
}

/// The task that writes.
struct Task {
    connection: WriteConnection,
    accepts: Receiver<Accept>,
    items: Receiver<Items>,
    changes: Receiver<Change>,
    handlers: Receiver<Handler>,
    emptyings: Receiver<oneshot::Sender<bool>>,
    end: Receiver<oneshot::Sender<()>>,
    is_ending: bool,
    /// Answered when everything is closed.
    ended: Option<oneshot::Sender<()>>,
    log: Schedule,
    /// The handlers of the next transaction.
    turn: VecDeque<Handler>,
    /// The end of the pause between handlers.
    rests_until: Instant,
    /// The time of the next comparison of the files.
    look_at: Instant,
}

/// The deliveries and changes of the next transaction.
#[derive(Default)]
struct Batch {
    accepts: Vec<Accept>,
    items: Vec<Items>,
    changes: Vec<Change>,
    emptyings: Vec<oneshot::Sender<bool>>,
}

impl Task {
    async fn run(mut self) {
        self.connection.begin().await;
        while let Some(batch) = self.next().await {
            let Batch { accepts, items, changes, emptyings } = batch;
            let (deliveries, others) = (accepts.len() + items.len(), changes.len());
            if deliveries + others > 0
                && let Err(error) = self.write(accepts, items, changes).await
                && !matches!(error, Failure::Away)
            {
                tracing::error!(
                    target: "referral_webhooks", deliveries, others, cause = %error,
                    "the transaction was rolled back, and the connection is reopened"
                );
            }
            if self.look_at <= Instant::now() {
                self.connection.look().await;
                self.look_at = Instant::now() + LOOK_EVERY;
            }
            if !emptyings.is_empty() || self.log.is_due() {
                self.empty_log(emptyings).await;
            }
            // A claim is a change, and its handlers follow it.
            if others > 0 || !self.turn.is_empty() || !self.handlers.is_empty() {
                self.gather().await;
            }
            if self.turn.is_empty() || Instant::now() < self.rests_until {
                continue;
            }
            let begun = Instant::now();
            if let Err(error) = self.process().await
                && !matches!(error, Failure::Away)
            {
                tracing::error!(
                    target: "referral_webhooks", cause = %error,
                    "handlers were rolled back, and the connection is reopened"
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
        self.log.attempted(is_empty);
        for answer in waiting {
            let _ = answer.send(is_empty);
        }
    }

    /// Waits for work, and collects everything that is pending.
    async fn next(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        tokio::select! {
            biased;
            Some(accept) = self.accepts.recv() => batch.accepts.push(accept),
            Some(items) = self.items.recv() => batch.items.push(items),
            Some(change) = self.changes.recv() => batch.changes.push(change),
            () = sleep_until(self.rests_until), if !self.turn.is_empty() => {}
            Some(handler) = self.handlers.recv() => self.turn.push_back(handler),
            Some(emptying) = self.emptyings.recv() => batch.emptyings.push(emptying),
            () = sleep_until(self.log.due_at().min(self.look_at)), if !self.is_ending => {}
            asked = self.end.recv(), if !self.is_ending => self.begin_to_end(asked),
            else => return None,
        }
        // Senders that are ready run first, as long as more work arrives: senders that were just answered send again.
        let (mut bytes, begun) = (0, Instant::now());
        loop {
            yield_now().await;
            if self.take_more(&mut batch, &mut bytes) == 0 || begun.elapsed() > MORE_FOR {
                return Some(batch);
            }
        }
    }

    /// Closes the channels. Pending work is still written.
    fn begin_to_end(&mut self, asked: Option<oneshot::Sender<()>>) {
        (self.is_ending, self.ended) = (true, asked);
        self.accepts.close();
        self.items.close();
        self.changes.close();
        self.handlers.close();
        self.emptyings.close();
    }

    /// Takes further work from the channels, and returns how much.
    fn take_more(&mut self, batch: &mut Batch, bytes: &mut usize) -> usize {
        let before = batch.accepts.len() + batch.items.len() + batch.changes.len();
        while batch.accepts.len() < MOST_ACCEPTS
            && *bytes < MOST_BYTES
            && let Ok(accept) = self.accepts.try_recv()
        {
            *bytes += accept.entry.delivery.body.len();
            batch.accepts.push(accept);
        }
        while batch.items.len() < MOST_ACCEPTS
            && *bytes < MOST_BYTES
            && let Ok(items) = self.items.try_recv()
        {
            *bytes += items.entries.first().map_or(0, |first| first.delivery.body.len());
            batch.items.push(items);
        }
        while batch.changes.len() < MOST_CHANGES
            && let Ok(change) = self.changes.try_recv()
        {
            batch.changes.push(change);
        }
        while let Ok(emptying) = self.emptyings.try_recv() {
            batch.emptyings.push(emptying);
        }
        batch.accepts.len() + batch.items.len() + batch.changes.len() - before
    }

    /// Collects handlers as long as more arrive: the entries of the last claim are about to.
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

    /// Writes deliveries and changes in one transaction, and answers them. The log line of a delivery that was not stored
    /// shows the answer, so that it names the cause.
    async fn write(&mut self, accepts: Vec<Accept>, items: Vec<Items>, changes: Vec<Change>) -> Result<(), Failure> {
        let (entries, waiting): (Vec<_>, Vec<_>) = accepts.into_iter().map(|one| (one.entry, one.answer)).unzip();
        let (items, waiting_for_items): (Vec<_>, Vec<_>) =
            items.into_iter().map(|one| (one.entries, one.answer)).unzip();
        match self.write_all(&entries, &items, changes).await {
            Ok((accepted, accepted_items, answers)) => {
                committed(entries.len() + items.len());
                for (answer, accepted) in waiting_for_items.into_iter().zip(accepted_items) {
                    accepted.iter().for_each(|accepted| self.connection.stored(accepted.id().0));
                    let _ = answer.send(Ok(accepted));
                }
                accepted.iter().for_each(|accepted| self.connection.stored(accepted.id().0));
                for (answer, accepted) in waiting.into_iter().zip(accepted) {
                    // The sender may have hung up; the delivery is stored.
                    let _ = answer.send(Ok(accepted));
                }
                answers.into_iter().for_each(|answer| answer());
                Ok(())
            }
            // The caller knows the fault of the files.
            Err(Failure::Away) => Err(Failure::Away),
            Err(error) => {
                let rolled_back = || StoreError::new(format!("the transaction was rolled back: {error}"));
                for answer in waiting {
                    let _ = answer.send(Err(rolled_back()));
                }
                for answer in waiting_for_items {
                    let _ = answer.send(Err(rolled_back()));
                }
                Err(error)
            }
        }
    }

    async fn write_all(
        &mut self,
        entries: &[NewEntry],
        items: &[Vec<NewEntry>],
        changes: Vec<Change>,
    ) -> Result<(Vec<Accepted>, Vec<Vec<Accepted>>, Vec<Answer>), Failure> {
        let mut connection = self.connection.take().await?;
        let mut transaction = begin!(connection);
        let accepted = accept_all(&mut transaction, entries).await?;
        let mut of_items = Vec::with_capacity(items.len());
        for items in items {
            of_items.push(accept_items(&mut transaction, items).await?);
        }
        let mut answers = Vec::with_capacity(changes.len());
        for change in changes {
            answers.push(change(&mut transaction).await?);
        }
        self.connection.commit(transaction).await?;
        self.connection.keep(connection).await?;
        Ok((accepted, of_items, answers))
    }

    /// Runs handlers in one transaction. No further one begins after [`HANDLERS_FOR`].
    async fn process(&mut self) -> Result<(), Failure> {
        // If no transaction can begin, the first handler has failed: its answer is dropped. The others wait.
        let mut next = self.turn.pop_front();
        let leases: Vec<Lease> = next.iter().chain(&self.turn).map(|handler| handler.lease.clone()).collect();
        let mut connection = self.connection.take().await?;
        let mut transaction = begin!(connection);
        let begun = Instant::now();
        let mut turn = Turn::begin(&mut transaction, &self.connection.deadline, &leases).await?;
        while let Some(handler) = next {
            turn.run(handler).await?;
            // Deliveries, lease extensions and other processes may be waiting.
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
