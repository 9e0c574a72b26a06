//! Opening a file: the settings on which durability rests, and the tables.
//!
//! - **Guarantees**: a commit is on the disk (WAL mode with `synchronous=FULL`). Every setting is read back at every
//!   connection, and a database that does not apply one is refused. The file is not changed before its inbox is known
//!   to be the expected one.
//! - **Assumes** that other processes may open, create or migrate the file at the same time.
//! - **Without it**, SQLite would silently ignore a setting that the file system does not support, and lose
//!   acknowledged deliveries at a crash.

use std::time::{Duration, Instant};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::time::sleep;

use super::address::Address;
use super::shared::tables;
use super::statements::SQL;
use super::witness::Witness;
use super::{file, log, trouble};
use crate::compatibility;
use crate::identity::{Expected, log_created};
use crate::open_error::must_be;
use crate::schema::SQLITE;
use crate::{Migrated, OpenError};

/// The time for which another process may hold the file's lock.
const BUSY: Duration = Duration::from_secs(5);

/// Begins a transaction that writes, or fails within milliseconds because another process writes.
///
/// SQLite polls the lock less and less often, every 100 ms in the end, so a connection can starve. This statement gives
/// up soon, and [`begin!`] repeats it. Later statements may wait for [`BUSY`], as before.
pub(crate) const BEGIN: &str = "PRAGMA busy_timeout = 2; BEGIN IMMEDIATE; PRAGMA busy_timeout = 5000";

/// Begins a transaction as soon as no other process writes. A macro, because a function could not return a borrow that
/// it takes in a loop.
macro_rules! begin {
    ($connection:expr) => {{
        let began = std::time::Instant::now();
        loop {
            match $connection.begin_with($crate::sqlite::open::BEGIN).await {
                Err(error) if $crate::sqlite::open::is_worth_asking_again(&error, began) => {}
                begun => break begun?,
            }
        }
    }};
}

pub(crate) use begin;

/// Returns the application's options with the settings of the inbox. These replace the application's.
fn with_settings(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .clone()
        .read_only(false)
        .create_if_missing(false)
        .locking_mode(SqliteLockingMode::Normal)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // Overwrites erased text in free pages.
        .pragma("secure_delete", "ON")
        // A statement of many rows keeps copies of the pages that it changes: in memory, instead of in a file that is
        // created and removed for every batch.
        .pragma("temp_store", "MEMORY")
        // In KiB. Large enough for the index pages that change with random ids among a million others.
        .pragma("cache_size", "-8192")
        // In pages: the log is moved into the file every 16 MB. A page that changed often is moved once.
        .pragma("wal_autocheckpoint", "4000")
        // In bytes. A log that grew because a connection was reading becomes smaller again.
        .pragma("journal_size_limit", "33554432")
        .busy_timeout(BUSY)
}

/// The values that the settings must have when they are read back.
const SETTINGS: &[(&str, &str, i64, &str)] = &[
    // 2 is FULL.
    ("synchronous", "PRAGMA synchronous", 2, "2"),
    ("secure_delete", "PRAGMA secure_delete", 1, "1"),
    ("foreign_keys", "PRAGMA foreign_keys", 1, "1"),
    ("temp_store", "PRAGMA temp_store", 2, "2"),
    ("cache_size", "PRAGMA cache_size", -8_192, "-8192"),
    ("wal_autocheckpoint", "PRAGMA wal_autocheckpoint", 4_000, "4000"),
    ("journal_size_limit", "PRAGMA journal_size_limit", 33_554_432, "33554432"),
    ("busy_timeout", "PRAGMA busy_timeout", 5_000, "5000"),
];

/// Connects for writing, and reads the settings back.
pub(crate) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    let mut connection = options.connect().await?;
    check_settings(&mut connection).await?;
    Ok(connection)
}

async fn check_settings(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await?;
    must_be("journal_mode", &journal, journal == "wal", "`wal`, in a file on a local disk")?;
    let locking: String = sqlx::query_scalar("PRAGMA locking_mode").fetch_one(&mut *connection).await?;
    must_be("locking_mode", &locking, locking == "normal", "`normal`, because other connections read")?;
    for &(setting, pragma, wanted, text) in SETTINGS {
        let value: i64 = sqlx::query_scalar(pragma).fetch_one(&mut *connection).await?;
        must_be(setting, &value, value == wanted, text)?;
    }
    Ok(())
}

/// An inbox that was opened, and the connection that writes to it.
pub(crate) struct Opened {
    pub(crate) connection: SqliteConnection,
    pub(crate) options: SqliteConnectOptions,
    pub(crate) witness: Witness,
    pub(crate) identity: String,
    pub(crate) highest: i64,
    pub(crate) generation: i64,
    /// Whether erased text may still be in the log.
    pub(crate) is_log_pending: bool,
}

/// Whether opening a file may change its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// Missing migrations are applied.
    Included,
    /// Tables without all migrations are refused.
    Apart,
}

/// Opens the expected inbox in a file.
pub(crate) async fn open(address: &Address, expected: &Expected, setup: Setup) -> Result<Opened, OpenError> {
    opened(address, expected, setup).await.map_err(|error| trouble::explain(error, &address.file))
}

async fn opened(address: &Address, expected: &Expected, setup: Setup) -> Result<Opened, OpenError> {
    let file = &address.file;
    let database = file.display().to_string();
    let (options, mut witness) = prepare(address, expected, setup).await?;
    let mut connection = connect_patiently(&options).await?;
    if setup == Setup::Included {
        migrate_with(&mut connection, expected, &database).await?;
    }
    check_writes(&mut connection).await?;
    let identity = tables::identity(&mut connection).await?;
    let (highest, generation) = (highest(&mut connection).await?, generation(&mut connection).await?);
    let is_log_pending = log::last_noted(&mut connection).await? > 0;
    witness.note().map_err(sqlx::Error::from)?;
    Ok(Opened { connection, options, witness, identity, highest, generation, is_log_pending })
}

/// Applies the missing migrations to a file.
pub(crate) async fn migrate(address: &Address, expected: &Expected) -> Result<Migrated, OpenError> {
    let migrated = async {
        let (options, _) = prepare(address, expected, Setup::Included).await?;
        let mut connection = connect_patiently(&options).await?;
        let migrated = migrate_with(&mut connection, expected, &address.file.display().to_string()).await?;
        connection.close().await?;
        Ok(migrated)
    };
    migrated.await.map_err(|error| trouble::explain(error, &address.file))
}

/// Checks the file and its tables before any setting of the file is changed, and creates a missing file on request.
async fn prepare(
    address: &Address,
    expected: &Expected,
    setup: Setup,
) -> Result<(SqliteConnectOptions, Witness), OpenError> {
    let file = &address.file;
    let database = file.display().to_string();
    file::prepare(file, expected.may_create())?;
    let mut connection = SqliteConnectOptions::new().filename(file).busy_timeout(BUSY).connect().await?;
    expected.admit(&database, &tables::found(&mut connection).await?)?;
    let applied = tables::applied(&mut connection).await?;
    match setup {
        Setup::Included => drop(compatibility::missing(&database, SQLITE, &applied)?),
        Setup::Apart => compatibility::admit(&database, SQLITE, &applied)?,
    }
    connection.close().await?;
    Ok((with_settings(&address.options), Witness::new(file).map_err(sqlx::Error::from)?))
}

/// Refuses a file that cannot be written. SQLite opens such a file for reading, and reports success.
async fn check_writes(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let mut trial = begin!(connection);
    sqlx::query(SQL.probe_write).execute(&mut *trial).await?;
    Ok(trial.rollback().await?)
}

/// Applies the missing migrations. The transaction is exclusive.
async fn migrate_with(
    connection: &mut SqliteConnection,
    expected: &Expected,
    database: &str,
) -> Result<Migrated, OpenError> {
    let mut exclusive = begin!(connection);
    let migrated = tables::migrate(&mut exclusive, SQLITE, expected, database).await?;
    exclusive.commit().await?;
    if migrated.from == 0 {
        log_created(database, &migrated.identity);
    }
    Ok(migrated)
}

/// Returns the highest id that an entry ever had.
pub(crate) async fn highest(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(SQL.open_highest_id).fetch_one(connection).await
}

/// Returns how often the log was [replaced](replace_log).
pub(crate) async fn generation(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(SQL.open_generation).fetch_one(connection).await
}

/// Moves the log into the file and creates a new one. Fails while another connection has the database open, because
/// that one may use a removed log.
pub(crate) async fn replace_log(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    for (change, wanted) in [("PRAGMA journal_mode = DELETE", "delete"), ("PRAGMA journal_mode = WAL", "wal")] {
        let mode: String = sqlx::query_scalar(change).fetch_one(&mut *connection).await?;
        must_be("journal_mode", &mode, mode == wanted, "`wal`, with a log that no other connection has open")?;
    }
    sqlx::query(SQL.open_next_generation).execute(connection).await?;
    Ok(())
}

/// Connects, and tries again while another process turns a new file to WAL mode: SQLite does not wait for that.
async fn connect_patiently(options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    let began = Instant::now();
    loop {
        match connect(options).await {
            Err(OpenError::Database(error)) if is_worth_asking_again(&error, began) => {
                sleep(Duration::from_millis(10)).await;
            }
            connected => return connected,
        }
    }
}

/// Returns whether another process has locked the file, and not for too long.
pub(crate) fn is_worth_asking_again(error: &sqlx::Error, began: Instant) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    // The last byte is SQLITE_BUSY; the bytes before it are the cause.
    code.is_some_and(|code| code & 0xff == 5) && began.elapsed() < BUSY
}

/// Returns the connections that only read.
pub(crate) fn readers(options: &SqliteConnectOptions, most: u32) -> SqlitePool {
    pool(options.clone().read_only(true), most)
}

/// Returns the connection that moves the log into the file.
pub(crate) fn mover(options: &SqliteConnectOptions) -> SqlitePool {
    pool(options.clone(), 1)
}

fn pool(options: SqliteConnectOptions, most: u32) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(most)
        .acquire_timeout(BUSY)
        .after_connect(|connection, _| {
            Box::pin(async move {
                check_settings(connection).await.map_err(|error| sqlx::Error::Configuration(error.into()))
            })
        })
        .connect_lazy_with(options)
}
