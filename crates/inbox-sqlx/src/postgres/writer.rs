//! The connections that store deliveries, and what waits for them.
//!
//! A commit costs a wait for the disk, however much is in it. So here a few tasks store for all: each takes what waits,
//! stores it in one transaction, and answers when that is durable. Nobody waits for a batch to fill.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use referral_webhooks_inbox::store::{Accepted, NewEntry, StoreError};

use referral_webhooks_inbox::EntryId;
use sqlx::{ConnectOptions as _, Connection as _, Error, PgConnection, PgPool};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Mutex, Notify, oneshot};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use super::accept::insert;
use super::dialect::text;
use super::open::{LOCK, STATEMENT, Target};
use super::pool::{TRY_AFTER, change};
use super::shared::repeat::repeat;
use super::shared::subjects;
use crate::OpenError;
use crate::telemetry::committed;

/// How many batches are stored at once: while one waits for the disk, the next is read.
const WRITERS: usize = 2;

/// The most deliveries in one transaction.
const MOST: usize = 256;

/// The most bytes of bodies in one transaction, and one body more: on its way each is copied more than once.
const MOST_BYTES: usize = 256 * 1_024;

/// How many may wait. What comes beyond waits for a place; inboxes have bounds of their own before that.
const WAITING: usize = 4_096;

/// How long a batch may take. Who waits for it has given up before.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to the writers. They end when the last one is dropped.
#[derive(Debug)]
pub(crate) struct Writer(Sender<Accept>);

/// A delivery that waits for being stored.
#[derive(Debug)]
struct Accept {
    entry: NewEntry,
    answer: oneshot::Sender<Result<Accepted, StoreError>>,
}

impl Writer {
    /// Begins to write on connections with these options. Repeats are counted on the pool's.
    ///
    /// What was stored is announced twice: to workers of this process, and to whoever tells the others.
    pub(crate) fn start(target: &Arc<Target>, repeats: &PgPool, arrived: &Arc<Notify>, stored: &Arc<Notify>) -> Self {
        let (sender, receiver) = channel(WAITING);
        let waiting = Arc::new(Mutex::new(receiver));
        for _ in 0..WRITERS {
            let task = Task {
                connection: None,
                used: Instant::now(),
                target: Arc::clone(target),
                repeats: repeats.clone(),
                arrived: Arc::clone(arrived),
                stored: Arc::clone(stored),
                waiting: Arc::clone(&waiting),
            };
            tokio::spawn(task.run());
        }
        Self(sender)
    }

    pub(crate) async fn accept(&self, mut entry: NewEntry) -> Result<Accepted, StoreError> {
        // As it is stored, so that keys that are one in the table are one in a batch.
        if let Cow::Owned(key) = text(&entry.delivery_id) {
            entry.delivery_id = key;
        }
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::new("the writers have ended with their runtime");
        self.0.send(Accept { entry, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// One of the tasks that write.
struct Task {
    /// Taken out while it is used, and put back only if all went well.
    connection: Option<PgConnection>,
    used: Instant,
    target: Arc<Target>,
    repeats: PgPool,
    arrived: Arc<Notify>,
    stored: Arc<Notify>,
    waiting: Arc<Mutex<Receiver<Accept>>>,
}

impl Task {
    async fn run(mut self) {
        while let Some(batch) = self.next().await {
            self.store(batch).await;
        }
    }

    /// What waits now, or the first that comes.
    async fn next(&self) -> Option<Vec<Accept>> {
        let mut waiting = self.waiting.lock().await;
        let mut batch = vec![waiting.recv().await?];
        // Whoever is ready to send has its turn first: those who were answered just now send again.
        yield_now().await;
        let mut bytes = 0;
        while batch.len() < MOST
            && bytes < MOST_BYTES
            && let Ok(accept) = waiting.try_recv()
        {
            bytes += accept.entry.delivery.body.len();
            batch.push(accept);
        }
        Some(batch)
    }

    async fn store(&mut self, mut batch: Vec<Accept>) {
        batch.sort_by(|one, other| key(one).cmp(&key(other)));
        // Of two with the same key, one is new at most.
        let (mut first, mut again): (Vec<Accept>, Vec<Accept>) = (Vec::with_capacity(batch.len()), Vec::new());
        for accept in batch {
            let is_first = first.last().is_none_or(|before| key(before) != key(&accept));
            if is_first { first.push(accept) } else { again.push(accept) }
        }
        let (mut is_new, mut all_failed) = (false, false);
        match self.write(&first).await {
            Ok(mut new) => {
                for (place, accept) in first.into_iter().enumerate() {
                    match new.remove(&place) {
                        Some(id) => {
                            is_new = true;
                            // The sender may have hung up; what it sent is stored.
                            let _ = accept.answer.send(Ok(Accepted::Stored(id)));
                        }
                        None => again.push(accept),
                    }
                }
            }
            Err(error) if first.len() > 1 && error.is_about_a_row() => {
                tracing::warn!(
                    target: "referral_webhooks", deliveries = first.len(), cause = %error,
                    "one of many could not be stored, so each is stored by itself"
                );
                for accept in first {
                    is_new |= self.store_alone(accept, &mut again).await;
                }
            }
            Err(error) => {
                tracing::error!(
                    target: "referral_webhooks", deliveries = first.len(), cause = %error,
                    "nothing was stored, and the connection is opened anew"
                );
                all_failed = true;
                for accept in first {
                    let _ = accept.answer.send(Err(StoreError::new("the batch was not stored; the log says why")));
                }
            }
        }
        for accept in again {
            if all_failed {
                let _ = accept.answer.send(Err(StoreError::new("the database cannot be reached; the log says why")));
            } else {
                // Each by itself: whoever changes an entry at length delays the repeats of that one, and no others.
                tokio::spawn(count(self.repeats.clone(), accept));
            }
        }
        if is_new {
            self.arrived.notify_one();
            self.stored.notify_one();
        }
    }

    /// Stores one delivery, and says whether it was new.
    async fn store_alone(&mut self, accept: Accept, again: &mut Vec<Accept>) -> bool {
        match self.write(std::slice::from_ref(&accept)).await {
            Ok(new) => match new.into_values().next() {
                Some(id) => {
                    let _ = accept.answer.send(Ok(Accepted::Stored(id)));
                    return true;
                }
                None => again.push(accept),
            },
            Err(error) => {
                tracing::error!(target: "referral_webhooks", cause = %error, "a delivery could not be stored");
                let _ = accept.answer.send(Err(StoreError::new("the delivery was not stored; the log says why")));
            }
        }
        false
    }

    /// Stores a batch, all or nothing. After an error it may be stored all the same: the platform sends it again, and
    /// then it is a repeat.
    ///
    /// If another transaction holds one of its subjects for too long, the entries are stored as waiting, and promoted
    /// later: a subject that is stuck keeps no delivery from being stored.
    async fn write(&mut self, batch: &[Accept]) -> Result<HashMap<usize, EntryId>, Failure> {
        match self.try_write(batch, true).await {
            Err(error) if error.is_about_a_lock() => {
                tracing::warn!(
                    target: "referral_webhooks", deliveries = batch.len(), cause = %error,
                    "a subject is held, so deliveries about it are stored now and become due later"
                );
                let new = self.try_write(batch, false).await?;
                let about = new.iter().filter(|(place, _)| batch[**place].entry.subject.is_some());
                let about = about.map(|(_, id)| id.0).collect();
                tokio::spawn(promote_later(self.repeats.clone(), about, Arc::clone(&self.arrived)));
                Ok(new)
            }
            written => written,
        }
    }

    async fn try_write(&mut self, batch: &[Accept], promotes: bool) -> Result<HashMap<usize, EntryId>, Failure> {
        let entries: Vec<&NewEntry> = batch.iter().map(|accept| &accept.entry).collect();
        let written = timeout(PATIENCE, async {
            let mut connection = self.connection().await?;
            if entries.iter().all(|entry| entry.subject.is_none()) {
                let new = insert(&mut connection, &entries).await?;
                return Ok::<_, Failure>((connection, new));
            }
            let mut transaction = connection.begin().await?;
            let new = insert(&mut transaction, &entries).await?;
            if promotes {
                let about = new.iter().filter(|(place, _)| entries[**place].subject.is_some());
                let about: Vec<i64> = about.map(|(_, id)| id.0).collect();
                subjects::promote(&mut transaction, &about).await?;
            }
            transaction.commit().await?;
            Ok((connection, new))
        });
        let (connection, new) = written.await.map_err(|_| Failure::Late)??;
        self.connection = Some(connection);
        self.used = Instant::now();
        committed(batch.len());
        Ok(new)
    }

    async fn connection(&mut self) -> Result<PgConnection, OpenError> {
        if let Some(mut connection) = self.connection.take()
            && (self.used.elapsed() < TRY_AFTER || self.target.compare(&mut connection).await.is_ok())
        {
            return Ok(connection);
        }
        let mut connection = self.target.options.connect().await?;
        self.target.settle(&mut connection, STATEMENT, LOCK).await?;
        // A batch is joined with what is new of it, two lists without an index, of whose length the planner knows
        // nothing: in nested loops each would be compared with each.
        sqlx::query("SET enable_nestloop = off").execute(&mut connection).await?;
        Ok(connection)
    }
}

fn key(accept: &Accept) -> (&str, &str) {
    (&accept.entry.endpoint, &accept.entry.delivery_id)
}

/// Promotes entries that were stored while their subjects were held. What this does not reach within a minute is found
/// as an orphan.
async fn promote_later(pool: PgPool, about: Vec<i64>, arrived: Arc<Notify>) {
    for _ in 0..12 {
        let about = about.clone();
        let promote = change(&pool, |connection| Box::pin(async move { subjects::promote(connection, &about).await }));
        if promote.await.is_ok() {
            return arrived.notify_one();
        }
        sleep(LOCK * 5).await;
    }
}

/// Counts what came again. Where the entry was forgotten at this very moment, the platform sends it once more.
async fn count(repeats: PgPool, accept: Accept) {
    let Accept { entry, answer } = accept;
    let counted = change(&repeats, move |connection| Box::pin(async move { repeat(connection, &entry).await })).await;
    let _ = answer.send(counted);
}

/// Why a batch was not stored.
#[derive(Debug)]
enum Failure {
    Open(OpenError),
    Write(Error),
    Late,
}

impl Failure {
    /// Whether something that the batch needs is locked: "lock not available", and class 40, "transaction rollback",
    /// to which deadlocks belong.
    fn is_about_a_lock(&self) -> bool {
        let Self::Write(Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code == "55P03" || code.starts_with("40"))
    }

    /// Whether another batch could be stored at this moment: the fault is in the data. Classes 22, "data exception",
    /// 23, "integrity constraint violation", and 54, "program limit exceeded".
    fn is_about_a_row(&self) -> bool {
        let Self::Write(Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class)))
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Write(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(OpenError::Database(error)) | Self::Write(error) => error.fmt(f),
            Self::Open(error) => error.fmt(f),
            Self::Late => f.write_str("the database did not answer in time"),
        }
    }
}
