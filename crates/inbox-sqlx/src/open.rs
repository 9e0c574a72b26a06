//! Opening a database: the settings on which durability rests, and the tables.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqlSafeStr as _, SqliteConnection};
use tokio::time::sleep;

/// How long another process may hold the file's lock.
const BUSY: Duration = Duration::from_secs(5);

/// The most connections that read.
const READERS: u32 = 4;

pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // What is erased leaves no bytes in free pages.
        .pragma("secure_delete", "ON")
        .busy_timeout(BUSY)
}

/// Connects for writing, and reads back what was set: a database that cannot do it keeps silent about it.
pub(crate) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    let mut connection = options.connect().await?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut connection).await?;
    // 2 is FULL, 3 is EXTRA.
    if journal != "wal" || synchronous < 2 {
        return Err(OpenError::NotDurable { journal, synchronous });
    }
    Ok(connection)
}

/// The same, and makes the file where it is missing.
///
/// SQLite waits for nobody who turns a new file to WAL at the same moment, so that is tried again.
pub(crate) async fn create(options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    let (options, began) = (options.clone().create_if_missing(true), Instant::now());
    loop {
        match connect(&options).await {
            Err(OpenError::Database(error)) if is_busy(&error) && began.elapsed() < BUSY => {
                sleep(Duration::from_millis(10)).await;
            }
            connected => return connected,
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    // The last byte; what stands before it says why it is busy.
    code.is_some_and(|code| code & 0xff == 5)
}

/// Makes the tables, or brings them up to date. They have migrations of their own, beside those of the application.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let first = include_str!("../migrations/sqlite_1_inbox.sql").into_sql_str();
    let migrations = vec![Migration::new(1, Cow::Borrowed("inbox"), MigrationType::Simple, first, false)];
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name("_inbox_migrations");
    // Of many that start at once one makes them, and the others wait and find them made: sqlx locks nothing here.
    let mut alone = connection.begin_with("BEGIN IMMEDIATE").await?;
    migrator.run(&mut *alone).await?;
    Ok(alone.commit().await?)
}

/// Connections that only read, apart from the one that writes.
pub(crate) fn readers(options: &SqliteConnectOptions) -> SqlitePool {
    let options = options.clone().read_only(true).create_if_missing(false);
    SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(BUSY).connect_lazy_with(options)
}

/// Why a database could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The database does not keep what it is told: with these settings an acknowledged delivery could be lost.
    NotDurable {
        /// The journal mode that it has instead of `wal`.
        journal: String,
        /// Its `synchronous`, which must be 2 (`FULL`) at least.
        synchronous: i64,
    },
    /// The tables could not be made.
    Migrate(sqlx::migrate::MigrateError),
    /// The database answered with an error.
    Database(sqlx::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDurable { journal, synchronous } => write!(
                f,
                "the database does not keep what it is told: journal_mode is `{journal}`, synchronous is {synchronous}; \
                 it must be a file on a local disk"
            ),
            Self::Migrate(_) => f.write_str("the inbox's tables could not be made"),
            Self::Database(_) => f.write_str("the database could not be opened"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotDurable { .. } => None,
            Self::Migrate(error) => Some(error),
            Self::Database(error) => Some(error),
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<sqlx::migrate::MigrateError> for OpenError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Migrate(error)
    }
}
