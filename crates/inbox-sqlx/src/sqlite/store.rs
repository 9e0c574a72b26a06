//! A file of SQLite as the store of an inbox.

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{
    Accepted, Claim, ClaimRequest, Completion, Decoded, Entry, Erasure, Filter, Finish, HistoryLine, Lease, NewEntry,
    PruneRule, Pruned, SEAL_MARK, SqlStore, Stats, Store, StoreError, TransactionalStore, Work,
};
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection};
use tokio::sync::{Notify, oneshot};
use tokio::time::{sleep, timeout};

use super::connection::WriteConnection;
use super::fault::Fault;
use super::options::SqliteOptions;
use super::proof::{LOOK_EVERY, Proof, not_proven};
use super::readers::Readers;
use super::transaction::Handler;
use super::waits::Waits;
use super::writer::Writer;
use super::{admin, claim, log, marks, open, read, subjects, work};
use crate::OpenError;
use crate::identity::Expected;
use crate::proven_time::ProvenTime;
use crate::seal::{self, Seal};

/// A file of SQLite as the store of an inbox. Cheap to clone; all clones share one connection that writes.
///
/// Several processes may open one file, on one machine and a local disk.
#[derive(Debug, Clone)]
pub struct SqliteStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    writer: Writer,
    readers: Arc<Readers>,
    waits: Arc<Waits>,
    proof: Arc<Proof>,
    arrived: Notify,
    identity: String,
    seal: Seal,
}

impl SqliteStore {
    /// Opens the inbox in a file. The application's own tables may be in it: they must be, for handlers that write in the
    /// inbox's transaction.
    ///
    /// A missing file or inbox is an error, because a new one would know no ids. [`options`](Self::options) makes one.
    ///
    /// # Errors
    ///
    /// Those of [`SqliteOptions::open`].
    pub async fn open(file: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::options(file).open().await
    }

    /// The same with options: to make the inbox, and to pin its identity.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let new = SqliteStore::options("shop.db").create(true).open().await?;
    /// println!("pin this identity: {}", new.identity());
    ///
    /// let production = SqliteStore::options("shop.db").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4").open().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn options(file: impl AsRef<Path>) -> SqliteOptions {
        SqliteOptions::new(file.as_ref())
    }

    pub(crate) async fn open_expected(file: &Path, expected: Expected) -> Result<Self, OpenError> {
        let opened = open::open(file, &expected).await?;
        let (identity, is_log_pending) = (opened.identity.clone(), opened.is_log_pending);
        let fault = Fault::default();
        let readers = Arc::new(Readers::new(opened.options.clone(), opened.witness.for_readers(), fault.clone()));
        let connection = WriteConnection::new(opened, Arc::clone(&readers), fault.clone());
        let writer = Writer::start(connection, is_log_pending, fault);
        let inner = Arc::new(Inner {
            writer,
            readers,
            waits: Arc::default(),
            proof: Arc::default(),
            arrived: Notify::new(),
            identity,
            seal: Seal::default(),
        });
        tokio::spawn(look(Arc::downgrade(&inner)));
        Ok(Self(inner))
    }

    /// The identity of the inbox: a random id that was written when its tables were made, and that its copies share.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.0.identity
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.0.readers.acquire().await
    }

    /// Writes what waits, moves the log of changes into the file, and closes all connections: call it when the program
    /// ends. A copy of the file alone is complete afterwards, if no other process has the file open. Dropping the last
    /// clone does the same, as long as the runtime lives.
    ///
    /// What is asked of the store later is refused.
    pub async fn close(&self) {
        self.0.writer.close().await;
    }
}

impl Inner {
    /// Looks at the clocks, and returns the proven time.
    async fn look(&self) -> Result<ProvenTime, StoreError> {
        let proof = Arc::clone(&self.proof);
        let look = self.writer.change(move |connection| Box::pin(async move { proof.look(connection).await }));
        look.await?.ok_or_else(not_proven)
    }
}

/// Looks at the clocks as long as the store is open.
async fn look(store: Weak<Inner>) {
    loop {
        sleep(LOOK_EVERY).await;
        let Some(inner) = store.upgrade() else { return };
        if inner.look().await.is_err() {
            tracing::debug!(target: "referral_webhooks", "proven time was not written");
        }
    }
}

impl Store for SqliteStore {
    async fn accept(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        self.0.seal.admit(self, &entry).await?;
        let accepted = self.0.writer.accept(entry).await?;
        self.0.arrived.notify_one();
        Ok(accepted)
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let waits = Arc::clone(&self.0.waits);
        let claim = self.0.writer.change(move |connection| {
            Box::pin(async move {
                let claimed = claim::claim(connection, &wanted, &waits).await?;
                claim::bury(connection, &claimed.dead).await?;
                let room = (wanted.room_for_parked(&claimed.claims), wanted.bytes_left(&claimed.claims));
                let mut claims = claimed.claims;
                claims.extend(claim::claim_parked(connection, &wanted, room).await?);
                Ok(claims)
            })
        });
        claim.await
    }

    async fn extend(&self, lease: &Lease) -> Result<bool, StoreError> {
        let lease = lease.clone();
        self.0.writer.change(move |connection| Box::pin(async move { work::extend(connection, &lease).await })).await
    }

    async fn finish(&self, lease: &Lease, finish: Finish) -> Result<bool, StoreError> {
        let lease = lease.clone();
        let ended = self
            .0
            .writer
            .change(move |connection| Box::pin(async move { work::finish(connection, &lease, &finish).await }))
            .await;
        // It may be due again, or the next one of its subject has its turn.
        self.0.arrived.notify_one();
        ended
    }

    async fn wait(&self, patience: Duration) {
        // Past the patience the caller looks for itself: for what another process stored, and for what has become due.
        let _ = timeout(patience, self.0.arrived.notified()).await;
    }

    async fn get(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        read::get(&mut *self.reader().await?, id).await.map_err(StoreError::new)
    }

    async fn list(&self, filter: Filter) -> Result<Vec<Entry>, StoreError> {
        read::list(&mut *self.reader().await?, &filter).await.map_err(StoreError::new)
    }

    async fn body(&self, id: EntryId) -> Result<Option<StoredDelivery>, StoreError> {
        read::body(&mut *self.reader().await?, id).await.map_err(StoreError::new)
    }

    async fn history(&self, id: EntryId) -> Result<Vec<HistoryLine>, StoreError> {
        read::history(&mut *self.reader().await?, id).await.map_err(StoreError::new)
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: &str) -> Result<bool, StoreError> {
        let by = by.to_owned();
        let redelivered = self
            .0
            .writer
            .change(move |connection| Box::pin(async move { admin::redeliver(connection, id, attempts, &by).await }))
            .await;
        self.0.arrived.notify_one();
        redelivered
    }

    async fn redecode(&self, id: EntryId, reading: Decoded, attempts: u32, by: &str) -> Result<bool, StoreError> {
        let by = by.to_owned();
        let redecode = self.0.writer.change(move |connection| {
            Box::pin(async move { admin::redecode(connection, id, &reading, attempts, &by).await })
        });
        let redecode = redecode.await;
        self.0.arrived.notify_one();
        redecode
    }

    async fn cancel(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        let by = by.to_owned();
        let cancelled = self
            .0
            .writer
            .change(move |connection| Box::pin(async move { admin::cancel(connection, id, &by).await }))
            .await;
        self.0.arrived.notify_one();
        cancelled
    }

    async fn release(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        let by = by.to_owned();
        let released = self
            .0
            .writer
            .change(move |connection| Box::pin(async move { admin::release(connection, id, &by).await }))
            .await;
        self.0.arrived.notify_one();
        released
    }

    async fn erase(&self, id: EntryId, by: &str) -> Result<Erasure, StoreError> {
        let by = by.to_owned();
        let erase = self.0.writer.change(move |connection| {
            Box::pin(async move {
                let is_erased = admin::erase(connection, id, &by).await?;
                if is_erased {
                    log::note(connection).await?;
                }
                Ok(is_erased)
            })
        });
        if !erase.await? {
            return Ok(Erasure::NotErased);
        }
        self.0.arrived.notify_one();
        Ok(if self.0.writer.empty_log().await { Erasure::Erased } else { Erasure::LogPending })
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        let time = self.0.look().await?;
        let prune = self
            .0
            .writer
            .change(move |connection| Box::pin(async move { admin::prune(connection, &rule, &time).await }));
        prune.await
    }

    async fn promote_orphans(&self, endpoint: &str) -> Result<u64, StoreError> {
        let (mut after, mut promoted) = (Some(String::new()), 0);
        while let Some(last) = after {
            // Read apart from the writer: deliveries are stored meanwhile.
            let page = subjects::orphans(&mut *self.reader().await?, endpoint, &last).await.map_err(StoreError::new)?;
            if !page.orphans.is_empty() {
                let promote = self.0.writer.change(move |connection| {
                    Box::pin(async move { subjects::promote(connection, &page.orphans).await })
                });
                promoted += promote.await?;
                self.0.arrived.notify_one();
            }
            after = page.last;
        }
        Ok(promoted)
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.0.writer.change(|connection| Box::pin(admin::probe(connection))).await
    }

    async fn mark(&self, name: &str, value: &str) -> Result<String, StoreError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        let mark = self
            .0
            .writer
            .change(move |connection| Box::pin(async move { marks::mark(connection, &name, &value).await }));
        mark.await
    }

    async fn admits(&self, seal_mark: &str) -> Result<(), StoreError> {
        let found = marks::found(&mut *self.reader().await?, SEAL_MARK).await.map_err(StoreError::new)?;
        found.map_or(Ok(()), |mark| seal::compare(&mark, seal_mark))
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        let mut reader = self.reader().await?;
        let mut stats = read::stats(&mut reader).await.map_err(StoreError::new)?;
        stats.log_pending = log::last_noted(&mut reader).await.map_err(StoreError::new)? > 0;
        Ok(stats)
    }
}

impl TransactionalStore for SqliteStore {
    /// A connection of sqlx within the inbox's transaction; the handler's own `begin` is a savepoint in it.
    type Tx = SqliteConnection;

    async fn process(
        &self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<SqliteConnection>,
    ) -> Result<Option<Finish>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.writer.process(Handler { lease: lease.clone(), limit, back_off, work, answer }).await?;
        let ended = answered.await.map_err(|_| self.0.writer.not_written());
        self.0.arrived.notify_one();
        ended
    }
}

impl SqlStore for SqliteStore {
    fn completion(&self, lease: &Lease) -> Completion {
        work::completion(lease)
    }

    async fn was_completed(&self, lease: &Lease) -> Result<bool, StoreError> {
        let lease = lease.clone();
        let asked = self
            .0
            .writer
            .change(move |connection| Box::pin(async move { work::was_completed(connection, &lease).await }));
        let was_completed = asked.await;
        self.0.arrived.notify_one();
        was_completed
    }
}
