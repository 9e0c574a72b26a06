//! Opening a database: the settings on which durability rests, and the tables.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlSafeStr as _, SqliteConnection};

use crate::OpenError;
use crate::open_error::must_be;

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
    must_be("journal_mode", &journal, journal == "wal", "`wal`, in a file on a local disk")?;
    // 2 is FULL, 3 is EXTRA.
    must_be("synchronous", &synchronous, synchronous >= 2, "2 at least")?;
    Ok(connection)
}

/// Makes the tables, or brings them up to date. They have migrations of their own, beside those of the application.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let first = include_str!("../../migrations/sqlite_1_inbox.sql").into_sql_str();
    let migrations = vec![Migration::new(1, Cow::Borrowed("inbox"), MigrationType::Simple, first, false)];
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name("_inbox_migrations");
    Ok(migrator.run(connection).await?)
}

/// Connections that only read, apart from the one that writes.
pub(crate) fn readers(options: &SqliteConnectOptions) -> SqlitePool {
    let options = options.clone().read_only(true).create_if_missing(false);
    SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(BUSY).connect_lazy_with(options)
}
