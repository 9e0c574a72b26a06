//! The tasks that store deliveries.
//!
//! - **Guarantees**: an answer is sent after the commit is durable. Pending deliveries are committed together, because
//!   a commit waits for the disk however much is in it, and a batch is never delayed until it fills. A delivery that
//!   cannot be stored costs no other one its place: the batch is stored one by one.
//! - **Assumes** that other tasks and processes store batches at the same time. Deliveries are sorted by
//!   business key and id, so that two batches cannot deadlock. An operator's transaction may hold a subject: deliveries about it are stored as
//!   waiting, and promoted later.
//! - **Without it**, every delivery would wait for its own sync, or one locked subject would block all deliveries.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use referral_webhooks::chain;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Accepted, NewEntry, StoreError};
use sqlx::{ConnectOptions as _, Connection as _, Error, PgConnection, PgPool};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Mutex, Notify, oneshot};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use super::accept::insert;
use super::dialect::text;
use super::open::{LOCK, STATEMENT, Target};
use super::pool::{COMPARE_AFTER, change};
use super::shared::columns::tenant;
use super::shared::payload::Body;
use super::shared::repeat::repeat;
use super::shared::subjects;
use crate::OpenError;
use crate::telemetry::committed;

/// The most deliveries in one transaction.
const MOST: usize = 256;

/// The bytes of bodies after which a transaction takes no further delivery. Each body is copied more than once.
const MOST_BYTES: usize = 256 * 1_024;

/// The capacity of the channel. Inboxes bound their deliveries before that.
const WAITING: usize = 4_096;

/// The limit of a batch. Its senders have given up before.
const PATIENCE: Duration = Duration::from_secs(5);

/// The channel to the tasks. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Writer(Sender<Accept>);

/// A pending delivery.
#[derive(Debug)]
struct Accept {
    entry: NewEntry,
    answer: oneshot::Sender<Result<Accepted, StoreError>>,
}

impl Writer {
    /// Starts this many tasks. Repeats are counted on connections of the pool.
    ///
    /// `arrived` wakes workers of this process, and `stored` wakes the task that notifies other processes.
    pub(crate) fn start(
        writers: u32,
        target: &Arc<Target>,
        repeats: &PgPool,
        arrived: &Arc<Notify>,
        stored: &Arc<Notify>,
    ) -> Self {
        let (sender, receiver) = channel(WAITING);
        let waiting = Arc::new(Mutex::new(receiver));
        for _ in 0..writers {
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
        as_stored(&mut entry);
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::new("the writers have ended with their runtime");
        self.0.send(Accept { entry, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Changes the names of an entry to those in the table, so that ids that are equal in the table are equal in a batch.
pub(crate) fn as_stored(entry: &mut NewEntry) {
    if let Cow::Owned(id) = text(&entry.delivery_id) {
        entry.delivery_id = id;
    }
    entry.tenant = Some(tenant(entry).into_owned());
}

/// One of the tasks that write.
struct Task {
    /// Taken for each batch, and kept only after success.
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

    /// Waits for a delivery, and collects all that are pending.
    async fn next(&self) -> Option<Vec<Accept>> {
        let mut waiting = self.waiting.lock().await;
        let mut batch = vec![waiting.recv().await?];
        // Senders that are ready run first: senders that were just answered send again.
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
        batch.sort_by(|one, other| id(one).cmp(&id(other)));
        // Of two deliveries with the same id, at most one is new.
        let (mut first, mut again): (Vec<Accept>, Vec<Accept>) = (Vec::with_capacity(batch.len()), Vec::new());
        for accept in batch {
            let is_first = first.last().is_none_or(|before| id(before) != id(&accept));
            if is_first { first.push(accept) } else { again.push(accept) }
        }
        // Deliveries with one id have one key, so the order of both is the same in every batch.
        first.sort_by(|one, other| key(one).cmp(&key(other)));
        let (mut is_new, mut all_failed) = (false, false);
        match self.write(&first).await {
            Ok(mut new) => {
                for (place, accept) in first.into_iter().enumerate() {
                    match new.remove(&place) {
                        Some(id) => {
                            is_new = true;
                            // The sender may have hung up; the delivery is stored.
                            let _ = accept.answer.send(Ok(Accepted::Stored(id)));
                        }
                        None => again.push(accept),
                    }
                }
            }
            Err(error) if first.len() > 1 && error.is_about_a_row() => {
                tracing::warn!(
                    target: "referral_webhooks", deliveries = first.len(), cause = %error,
                    "one delivery of a batch could not be stored, so each is stored separately"
                );
                for accept in first {
                    is_new |= self.store_one(accept, &mut again).await;
                }
            }
            Err(error) => {
                tracing::error!(
                    target: "referral_webhooks", deliveries = first.len(), cause = %error,
                    "the batch was not stored, and the connection is reopened"
                );
                all_failed = true;
                for accept in first {
                    let _ = accept.answer.send(Err(StoreError::new(format!("the batch was not stored: {error}"))));
                }
            }
        }
        for accept in again {
            if all_failed {
                let _ = accept.answer.send(Err(StoreError::new("the database cannot be reached; the log says why")));
            } else {
                // Each in its own transaction: a long change of an entry delays the repeats of that entry only.
                tokio::spawn(count(self.repeats.clone(), accept));
            }
        }
        if is_new {
            self.arrived.notify_one();
            self.stored.notify_one();
        }
    }

    /// Stores one delivery, and returns whether it was new.
    async fn store_one(&mut self, accept: Accept, again: &mut Vec<Accept>) -> bool {
        match self.write(std::slice::from_ref(&accept)).await {
            Ok(new) => match new.into_values().next() {
                Some(id) => {
                    let _ = accept.answer.send(Ok(Accepted::Stored(id)));
                    return true;
                }
                None => again.push(accept),
            },
            Err(error) => {
                let NewEntry { platform, endpoint, delivery_id, .. } = &accept.entry;
                tracing::error!(
                    target: "referral_webhooks", platform, endpoint, delivery_id, cause = %error,
                    "a delivery could not be stored"
                );
                let _ = accept.answer.send(Err(StoreError::new(format!("the delivery was not stored: {error}"))));
            }
        }
        false
    }

    /// Stores a batch completely or not at all. After an error it may have been stored: the platform sends it again,
    /// and it is a repeat then.
    ///
    /// If another transaction holds one of the subjects for too long, the entries are stored as waiting and promoted
    /// later.
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
                let new = insert(&mut connection, &entries, None).await?;
                return Ok::<_, Failure>((connection, new));
            }
            let mut transaction = connection.begin().await?;
            let new = insert(&mut transaction, &entries, None).await?;
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
            && (self.used.elapsed() < COMPARE_AFTER || self.target.compare(&mut connection).await.is_ok())
        {
            return Ok(connection);
        }
        let mut connection = self.target.options.connect().await?;
        self.target.settle(&mut connection, STATEMENT, LOCK).await?;
        // The statement joins the batch with its new entries. The planner does not know their number, and a nested loop
        // would compare each with each.
        sqlx::query("SET enable_nestloop = off").execute(&mut connection).await?;
        Ok(connection)
    }
}

fn id(accept: &Accept) -> (&str, Option<&str>, &str) {
    (&accept.entry.endpoint, accept.entry.tenant.as_deref(), &accept.entry.delivery_id)
}

fn key(accept: &Accept) -> (&str, Option<&str>, &str) {
    (&accept.entry.endpoint, accept.entry.business_key.as_deref(), &accept.entry.delivery_id)
}

/// Promotes entries that were stored while their subjects were held. After a minute without success, they are left to
/// [`orphans`](subjects::orphans).
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

/// Counts a repeat. If its entry was pruned at this moment, this is an error, and the platform sends the delivery
/// again.
async fn count(repeats: PgPool, accept: Accept) {
    let Accept { entry, answer } = accept;
    let counted = change(&repeats, move |connection| {
        Box::pin(async move { repeat(connection, &entry, &mut Body::of(&entry)).await })
    })
    .await;
    let _ = answer.send(counted);
}

/// The reason why a batch was not stored.
#[derive(Debug)]
enum Failure {
    Open(OpenError),
    Write(Error),
    Late,
}

impl Failure {
    /// Returns whether a row or subject is locked: "lock not available", and class 40, "transaction rollback", which
    /// includes deadlocks.
    fn is_about_a_lock(&self) -> bool {
        let Self::Write(Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code == "55P03" || code.starts_with("40"))
    }

    /// Returns whether the fault is in the data, so that another batch could be stored. Classes 22, "data exception",
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
            Self::Open(OpenError::Database(error)) | Self::Write(error) => chain(error).fmt(f),
            Self::Open(error) => chain(error).fmt(f),
            Self::Late => f.write_str("the database did not answer in time"),
        }
    }
}
