//! Files of SQLite, and the two alternatives to the inbox.

use std::path::{Path, PathBuf};
use std::time::Duration;

use referral_webhooks::Strength;
use referral_webhooks_inbox::store::{NewEntry, headers};
pub(crate) use referral_webhooks_inbox_sqlx::SqliteStore as Store;
pub(crate) use sqlx::SqliteConnection as Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tempfile::TempDir;

use crate::shared::source::{Failure, Ids, micros};

/// The goal for 64 senders: the ratio to (a).
pub(crate) const TIMES_ONE_EACH: f64 = 4.5;

/// Prevents every write until it is rolled back.
pub(crate) const HANG: &[&str] = &["BEGIN IMMEDIATE"];

/// The numbers below `$1`, a digest of each, and the database's time in milliseconds.
pub(crate) const NUMBERS: &str = "WITH RECURSIVE counted (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM counted \
                                  WHERE number < $1 - 1)";
pub(crate) const DIGEST: &str = "randomblob(32)";
pub(crate) const NOW: &str = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/// A folder for files, removed at the end.
pub(crate) struct Place(TempDir);

impl Place {
    /// Creates it in the current folder, because a temporary folder may be in memory.
    pub(crate) async fn new() -> Result<Self, Failure> {
        Ok(Self(tempfile::tempdir_in(".")?))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name).with_extension("db")
    }

    pub(crate) async fn engine(&self) -> Result<String, Failure> {
        let version: String =
            sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut self.connect("version").await?).await?;
        Ok(format!("SQLite {version}"))
    }

    pub(crate) async fn store(&self, name: &str) -> Result<Store, Failure> {
        Ok(Store::options(self.file(name)).create(true).open().await?)
    }

    pub(crate) async fn connect(&self, name: &str) -> Result<Connection, Failure> {
        Ok(self.options(name, SqliteSynchronous::Full).connect().await?)
    }

    fn options(&self, name: &str, synchronous: SqliteSynchronous) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(self.file(name))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(Duration::from_secs(60))
    }

    /// Returns the inbox's tables behind a pool with usual settings.
    pub(crate) async fn one_each(&self, name: &str) -> Result<OneEach, Failure> {
        drop(self.store(name).await?);
        let pool = SqlitePoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(60));
        Ok(OneEach(pool.connect_with(self.options(name, SqliteSynchronous::Full)).await?))
    }

    /// Returns the inbox's tables with one connection that does not wait for the disk.
    pub(crate) async fn batches(&self, name: &str) -> Result<Vec<Batches>, Failure> {
        drop(self.store(name).await?);
        let connection = rusqlite::Connection::open(self.file(name))?;
        connection.execute_batch(
            "PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000; \
             PRAGMA locking_mode = EXCLUSIVE",
        )?;
        Ok(vec![Batches(connection)])
    }

    /// Removes a file that is not written any more.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), Failure> {
        for end in ["db", "db-wal", "db-shm"] {
            match std::fs::remove_file(self.file(name).with_extension(end)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the store unchanged, because SQLite has one writer for any number of handlers.
    pub(crate) fn with_handlers(store: Store, _: u32) -> Store {
        store
    }

    /// Returns no processes, because SQLite works within this one.
    pub(crate) async fn others(&self) -> Result<Vec<i32>, Failure> {
        Ok(Vec::new())
    }

    /// Fills an inbox with completed entries of the last 90 days, their history lines, and the bodies of one in ten.
    pub(crate) async fn filled(&self, name: &str, entries: i64, ids: Ids, body: &str) -> Result<Store, Failure> {
        drop(self.store(name).await?);
        let options = self.options(name, SqliteSynchronous::Off).pragma("cache_size", "-400000");
        let mut connection = options.connect().await?;
        let delivery_id = match ids {
            Ids::InTime => "printf('%09x', at / 1000) || substr(lower(hex(randomblob(9))), 1, 18)",
            Ids::Random => "substr(lower(hex(randomblob(14))), 1, 27)",
        };
        let texts = [
            format!(
                "WITH RECURSIVE counted (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted \
             WHERE number < $1) INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, body_digest, state, attempt, \
             last_attempt, repeats, conflicts, received_at, last_seen_at, finished_at, worker, has_body, ordered_at, \
             run) SELECT 'shop', 'redpin', 'msg_' || {delivery_id}, FALSE, 'REFERRAL_CREATED', \
             randomblob(32), 'completed', 1, 20, 0, 0, at * 1000, at, at, 'worker-1-0', number % 10 = 0, at * 1000, 1 \
             FROM (SELECT number, (unixepoch() - 7776000) * 1000 + number * 7776000 / $1 * 1000 AS at FROM counted)"
            ),
            "INSERT INTO inbox_history (entry_id, at, what, attempt, actor) \
             SELECT id, finished_at, 'completed', 1, worker FROM inbox_entry WHERE $1 = $1"
                .to_owned(),
            "INSERT INTO inbox_payload (entry_id, received_at, headers, body) \
             SELECT id, received_at, CAST('svix-id:' || delivery_id || char(10) AS BLOB), CAST($2 AS BLOB) FROM inbox_entry \
             WHERE has_body AND $1 = $1"
                .to_owned(),
        ];
        for text in texts {
            sqlx::query(AssertSqlSafe(text)).bind(entries).bind(body).execute(&mut connection).await?;
        }
        sqlx::Connection::close(connection).await?;
        self.settle(name).await
    }

    /// Opens an inbox after it was filled, in the state that it would have some time later.
    pub(crate) async fn settle(&self, name: &str) -> Result<Store, Failure> {
        let mut connection = self.connect(name).await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
        sqlx::Connection::close(connection).await?;
        self.store(name).await
    }
}

/// (a): each delivery in a separate transaction.
#[derive(Clone)]
pub(crate) struct OneEach(SqlitePool);

impl OneEach {
    pub(crate) async fn store(&self, entry: &NewEntry) -> Result<(), Failure> {
        const ENTRY: &str = "INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, body_digest, state, \
                             attempt, last_attempt, repeats, conflicts, received_at, last_seen_at, next_at, worker, \
                             has_body, ordered_at, run) VALUES ($1, $2, $3, $4, $5, $6, 'available', 0, $7, 0, 0, $8, \
                             $9, $9, '', TRUE, $10, 1) RETURNING id";
        const PAYLOAD: &str =
            "INSERT INTO inbox_payload (entry_id, received_at, headers, body) VALUES ($1, $2, $3, $4)";
        let (delivery, received_at) = (&entry.delivery, micros(entry.delivery.received_at));
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let new = sqlx::query_scalar::<_, i64>(ENTRY)
            .bind(&entry.endpoint)
            .bind(entry.platform)
            .bind(&entry.delivery_id)
            .bind(entry.strength == Strength::Digest)
            .bind(&entry.event)
            .bind(entry.body_digest.as_slice())
            .bind(entry.attempts)
            .bind(received_at)
            .bind(received_at / 1_000)
            .bind(micros(entry.ordered_at));
        let id = new.fetch_one(&mut *transaction).await?;
        let payload = sqlx::query(PAYLOAD)
            .bind(id)
            .bind(received_at)
            .bind(headers::to_lines(&delivery.headers))
            .bind(delivery.body.as_ref());
        payload.execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    pub(crate) async fn reward(&self) -> Result<(), Failure> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("INSERT INTO reward (key) VALUES ('')").execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }
}

/// (b): batches in the fewest steps of SQLite, in one thread, without waiting for the disk.
pub(crate) struct Batches(rusqlite::Connection);

/// Rows of a statement of (b). More of them make it no faster.
const ROWS: usize = 32;

impl Batches {
    pub(crate) async fn store(&mut self, entries: &[NewEntry]) -> Result<(), Failure> {
        tokio::task::block_in_place(|| Ok(self.write(entries)?))
    }

    fn write(&mut self, entries: &[NewEntry]) -> rusqlite::Result<()> {
        let rows = |before: &str, row: &str| format!("{before} VALUES {}", vec![row; ROWS].join(", "));
        let entry = rows(
            "INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, body_digest, state, attempt, \
             last_attempt, repeats, conflicts, received_at, last_seen_at, next_at, worker, has_body, ordered_at, run)",
            "(?, ?, ?, ?, ?, ?, 'available', 0, ?, 0, 0, ?, ?, ?, '', TRUE, ?, 1)",
        );
        let payload = rows("INSERT INTO inbox_payload (entry_id, received_at, headers, body)", "(?, ?, ?, ?)");
        let transaction = self.0.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for entries in entries.chunks_exact(ROWS) {
            let mut statement = transaction.prepare_cached(&entry)?;
            let mut places = 1..;
            for entry in entries {
                let received_at = micros(entry.delivery.received_at);
                let values: [&dyn rusqlite::ToSql; 11] = [
                    &entry.endpoint,
                    &entry.platform,
                    &entry.delivery_id,
                    &(entry.strength == Strength::Digest),
                    &entry.event,
                    &entry.body_digest.as_slice(),
                    &entry.attempts,
                    &received_at,
                    &(received_at / 1_000),
                    &(received_at / 1_000),
                    &micros(entry.ordered_at),
                ];
                for (value, place) in values.into_iter().zip(&mut places) {
                    statement.raw_bind_parameter(place, value)?;
                }
            }
            statement.raw_execute()?;
            // The only writer gets consecutive ids within one statement.
            let first = transaction.last_insert_rowid() + 1 - ROWS as i64;
            let mut statement = transaction.prepare_cached(&payload)?;
            let mut places = 1..;
            for (entry, id) in entries.iter().zip(first..) {
                let delivery = &entry.delivery;
                let (lines, body) = (headers::to_lines(&delivery.headers), delivery.body.as_ref());
                let values: [&dyn rusqlite::ToSql; 4] = [&id, &micros(delivery.received_at), &lines, &body];
                for (value, place) in values.into_iter().zip(&mut places) {
                    statement.raw_bind_parameter(place, value)?;
                }
            }
            statement.raw_execute()?;
        }
        transaction.commit()
    }
}
