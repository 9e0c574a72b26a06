//! A database of PostgreSQL as the store of an inbox.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{
    Accepted, Claim, ClaimRequest, Completion, Decoded, Entry, Erasure, Filter, Finish, HistoryLine, Lease, NewEntry,
    PruneRule, Pruned, SEAL_MARK, SqlStore, Stats, Store, StoreError, TransactionalStore, Work,
};
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, PgPool};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::claim::Claimed;
use super::listen::{listen, tell};
use super::open::Target;
use super::options::PostgresOptions;
use super::pool::{ACQUIRE, ask, change, pool};
use super::proof::{LOOK_EVERY, Proof, not_proven};
use super::transaction::process;
use super::waits::Waits;
use super::writer::Writer;
use super::{admin, claim, marks, open, read, subjects, work};
use crate::OpenError;
use crate::identity::Expected;
use crate::proven_time::ProvenTime;
use crate::seal::{self, Seal};

/// How many connections claim, end and show.
const CHANGES: u32 = 4;

/// How many count repeats: apart from the others, for a flood of one delivery waits for one row.
const REPEATS: u32 = 2;

/// How many handlers write at once, if not set.
const HANDLERS: u32 = 16;

/// A database of PostgreSQL as the store of an inbox. Cheap to clone; all clones share their connections.
///
/// Any number of processes on any number of machines may use one database. Each has at most 2 connections that store
/// deliveries, 2 that count repeats, 4 for other changes, one that listens, and those of handlers that write in the
/// inbox's transaction: slow handlers keep nothing else waiting.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    shared: Arc<Inner>,
    handlers: PgPool,
}

struct Inner {
    writer: Writer,
    changes: PgPool,
    waits: Arc<Waits>,
    proof: Arc<Proof>,
    arrived: Arc<Notify>,
    target: Arc<Target>,
    seal: Seal,
    /// Ends with the store.
    _listening: JoinSet<()>,
}

impl PostgresStore {
    /// Connects to the inbox in a database. The application's own tables may be in it: they must be, for handlers that
    /// write in the inbox's transaction.
    ///
    /// A database without an inbox is an error, because a new one would know no ids. [`options`](Self::options) makes one.
    ///
    /// # Errors
    ///
    /// Those of [`PostgresOptions::open`].
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        Self::options(url).open().await
    }

    /// The same with options of the connection, such as a certificate or a `search_path`.
    ///
    /// # Errors
    ///
    /// Those of [`PostgresOptions::open`].
    pub async fn connect_with(options: PgConnectOptions) -> Result<Self, OpenError> {
        Self::options_with(options).open().await
    }

    /// The same with options of the inbox: to make it, and to pin its identity.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let new = PostgresStore::options("postgres://shop@db/shop").create(true).open().await?;
    /// println!("pin this identity: {}", new.identity());
    ///
    /// let production = PostgresStore::options("postgres://shop@db/shop").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4");
    /// let production = production.open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn options(url: &str) -> PostgresOptions {
        PostgresOptions::new(url.parse())
    }

    /// The same with options of the connection and of the inbox.
    #[must_use]
    pub fn options_with(options: PgConnectOptions) -> PostgresOptions {
        PostgresOptions::new(Ok(options))
    }

    pub(crate) async fn open_expected(options: PgConnectOptions, expected: Expected) -> Result<Self, OpenError> {
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("referral-webhooks-inbox"),
        };
        let target = Arc::new(open::open(options, &expected).await?);
        let changes = pool(&target, CHANGES, ACQUIRE, open::LOCK);
        let arrived = Arc::new(Notify::new());
        let stored = Arc::new(Notify::new());
        let writer = Writer::start(&target, &pool(&target, REPEATS, ACQUIRE, open::LOCK), &arrived, &stored);
        let mut listening = JoinSet::new();
        listening.spawn(listen(pool(&target, 1, ACQUIRE, open::LOCK), Arc::clone(&arrived)));
        listening.spawn(tell(changes.clone(), stored));
        let proof = Arc::default();
        listening.spawn(look_every(changes.clone(), Arc::clone(&proof)));
        let handlers = handlers_pool(&target, HANDLERS);
        let shared = Inner {
            writer,
            changes,
            waits: Arc::default(),
            proof,
            arrived,
            target,
            seal: Seal::default(),
            _listening: listening,
        };
        Ok(Self { shared: Arc::new(shared), handlers })
    }

    /// The identity of the inbox: a random id that was written when its tables were made, and that its copies share.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.shared.target.identity
    }

    /// Sets how many handlers may write at once, 65,535 at most; 16 if not set. More of them wait for a connection.
    #[must_use]
    pub fn handlers(self, most: u32) -> Self {
        // A pool has a place for each of its connections from the beginning.
        let handlers = handlers_pool(&self.shared.target, most.clamp(1, u32::from(u16::MAX)));
        Self { handlers, ..self }
    }
}

/// Handlers wait for a connection as long as their leases allow, and for rows as long as they may run.
fn handlers_pool(target: &Arc<Target>, most: u32) -> PgPool {
    pool(target, most, Duration::from_secs(60), Duration::ZERO)
}

/// Looks at the clocks, and returns the proven time.
async fn look(changes: &PgPool, proof: &Arc<Proof>) -> Result<ProvenTime, StoreError> {
    let proof = Arc::clone(proof);
    ask(changes, |connection| Box::pin(async move { proof.look(connection).await })).await?.ok_or_else(not_proven)
}

/// Looks at the clocks as long as the store is open.
async fn look_every(changes: PgPool, proof: Arc<Proof>) {
    loop {
        sleep(LOOK_EVERY).await;
        if look(&changes, &proof).await.is_err() {
            tracing::debug!(target: "referral_webhooks", "proven time was not written");
        }
    }
}

impl Store for PostgresStore {
    async fn accept(&self, entry: NewEntry) -> Result<Accepted, StoreError> {
        self.shared.seal.admit(self, &entry).await?;
        let accepted = self.shared.writer.accept(entry).await?;
        if matches!(accepted, Accepted::Revived(_)) {
            self.shared.arrived.notify_one();
        }
        Ok(accepted)
    }

    async fn claim(&self, wanted: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let waits = Arc::clone(&self.shared.waits);
        let due = wanted.clone();
        let claim = change(&self.shared.changes, |connection| {
            Box::pin(async move { claim::claim(connection, &due, &waits).await })
        });
        let Claimed { mut claims, dead } = claim.await?;
        // In a transaction of its own: a claim has locked available entries, so it must not wait for subjects.
        if !dead.is_empty() {
            let bury = change(&self.shared.changes, |connection| {
                Box::pin(async move { claim::bury(connection, &dead).await })
            });
            match bury.await {
                Ok(()) => self.shared.arrived.notify_one(),
                // The next claim finds them again. What this one has claimed must be returned.
                Err(error) => tracing::warn!(
                    target: "referral_webhooks", cause = %error,
                    "entries whose lease expired on their last attempt are not dead letters yet"
                ),
            }
        }
        let room = (wanted.room_for_parked(&claims), wanted.bytes_left(&claims));
        if room.0 > 0 {
            // In a transaction of its own, for the same reason.
            let parked = change(&self.shared.changes, move |connection| {
                Box::pin(async move { claim::claim_parked(connection, &wanted, room).await })
            });
            match parked.await {
                Ok(parked) => claims.extend(parked),
                Err(error) => tracing::warn!(
                    target: "referral_webhooks", cause = %error, "parked entries were not claimed"
                ),
            }
        }
        Ok(claims)
    }

    async fn extend(&self, lease: &Lease) -> Result<bool, StoreError> {
        let lease = lease.clone();
        ask(&self.shared.changes, |connection| Box::pin(async move { work::extend(connection, &lease).await })).await
    }

    async fn finish(&self, lease: &Lease, finish: Finish) -> Result<bool, StoreError> {
        let lease = lease.clone();
        let end = change(&self.shared.changes, |connection| {
            Box::pin(async move { work::finish(connection, &lease, &finish).await })
        });
        let ended = end.await;
        // It may be due again, or the next one of its subject has its turn.
        self.shared.arrived.notify_one();
        ended
    }

    async fn wait(&self, patience: Duration) {
        // Past the patience the caller looks for itself: for what was told while nobody listened, and for what has
        // become due.
        let _ = timeout(patience, self.shared.arrived.notified()).await;
    }

    async fn get(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        ask(&self.shared.changes, |connection| Box::pin(read::get(connection, id))).await
    }

    async fn list(&self, filter: Filter) -> Result<Vec<Entry>, StoreError> {
        ask(&self.shared.changes, |connection| Box::pin(async move { read::list(connection, &filter).await })).await
    }

    async fn body(&self, id: EntryId) -> Result<Option<StoredDelivery>, StoreError> {
        ask(&self.shared.changes, |connection| Box::pin(read::body(connection, id))).await
    }

    async fn history(&self, id: EntryId) -> Result<Vec<HistoryLine>, StoreError> {
        ask(&self.shared.changes, |connection| Box::pin(read::history(connection, id))).await
    }

    async fn redeliver(&self, id: EntryId, attempts: u32, by: &str) -> Result<bool, StoreError> {
        let by = by.to_owned();
        let redeliver = change(&self.shared.changes, |connection| {
            Box::pin(async move { admin::redeliver(connection, id, attempts, &by).await })
        });
        let redelivered = redeliver.await;
        self.shared.arrived.notify_one();
        redelivered
    }

    async fn redecode(&self, id: EntryId, reading: Decoded, attempts: u32, by: &str) -> Result<bool, StoreError> {
        let by = by.to_owned();
        let redecode = change(&self.shared.changes, |connection| {
            Box::pin(async move { admin::redecode(connection, id, &reading, attempts, &by).await })
        });
        let redecode = redecode.await;
        self.shared.arrived.notify_one();
        redecode
    }

    async fn cancel(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        let by = by.to_owned();
        let asked = change(&self.shared.changes, |connection| {
            Box::pin(async move { admin::cancel(connection, id, &by).await })
        });
        let answer = asked.await;
        self.shared.arrived.notify_one();
        answer
    }

    async fn release(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        let by = by.to_owned();
        let asked = change(&self.shared.changes, |connection| {
            Box::pin(async move { admin::release(connection, id, &by).await })
        });
        let answer = asked.await;
        self.shared.arrived.notify_one();
        answer
    }

    async fn erase(&self, id: EntryId, by: &str) -> Result<Erasure, StoreError> {
        let by = by.to_owned();
        let asked =
            change(&self.shared.changes, |connection| Box::pin(async move { admin::erase(connection, id, &by).await }));
        let answer = asked.await;
        self.shared.arrived.notify_one();
        Ok(if answer? { Erasure::Erased } else { Erasure::NotErased })
    }

    async fn prune(&self, rule: PruneRule) -> Result<Pruned, StoreError> {
        let time = look(&self.shared.changes, &self.shared.proof).await?;
        let prune = change(&self.shared.changes, |connection| {
            Box::pin(async move { admin::prune(connection, &rule, &time).await })
        });
        prune.await
    }

    async fn promote_orphans(&self, endpoint: &str) -> Result<u64, StoreError> {
        let (mut after, mut promoted) = (Some(String::new()), 0);
        while let Some(last) = after {
            let endpoint = endpoint.to_owned();
            let page = ask(&self.shared.changes, |connection| {
                Box::pin(async move { subjects::orphans(connection, &endpoint, &last).await })
            });
            let page = page.await?;
            if !page.orphans.is_empty() {
                let promote = change(&self.shared.changes, |connection| {
                    Box::pin(async move { subjects::promote(connection, &page.orphans).await })
                });
                promoted += promote.await?;
                self.shared.arrived.notify_one();
            }
            after = page.last;
        }
        Ok(promoted)
    }

    async fn probe(&self) -> Result<(), StoreError> {
        change(&self.shared.changes, |connection| Box::pin(admin::probe(connection))).await
    }

    async fn mark(&self, name: &str, value: &str) -> Result<String, StoreError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        let mark = change(&self.shared.changes, |connection| {
            Box::pin(async move { marks::mark(connection, &name, &value).await })
        });
        mark.await
    }

    async fn admits(&self, seal_mark: &str) -> Result<(), StoreError> {
        let found = ask(&self.shared.changes, |connection| Box::pin(marks::found(connection, SEAL_MARK))).await?;
        found.map_or(Ok(()), |mark| seal::compare(&mark, seal_mark))
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        ask(&self.shared.changes, |connection| Box::pin(read::stats(connection))).await
    }
}

impl TransactionalStore for PostgresStore {
    /// A connection of sqlx within the inbox's transaction; the handler's own `begin` is a savepoint in it.
    type Tx = PgConnection;

    async fn process(
        &self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<PgConnection>,
    ) -> Result<Option<Finish>, StoreError> {
        let ended = process(&self.handlers, &self.shared.changes, lease, limit, back_off, work).await;
        self.shared.arrived.notify_one();
        ended
    }
}

impl SqlStore for PostgresStore {
    fn completion(&self, lease: &Lease) -> Completion {
        work::completion(lease)
    }

    async fn was_completed(&self, lease: &Lease) -> Result<bool, StoreError> {
        let lease = lease.clone();
        let asked = change(&self.shared.changes, |connection| {
            Box::pin(async move { work::was_completed(connection, &lease).await })
        });
        let was_completed = asked.await;
        self.shared.arrived.notify_one();
        was_completed
    }
}

/// Without the options: the password is among them.
impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("writer", &self.writer).field("changes", &self.changes).finish_non_exhaustive()
    }
}
