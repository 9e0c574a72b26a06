//! Opening a database: the settings on which durability rests, and the tables.

use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqlSafeStr as _, SqliteConnection};
use tokio::time::sleep;

use super::statements::SQL;
use super::witness::Witness;
use super::{file, log};
use crate::OpenError;
use crate::identity::{Expected, Found, made};
use crate::open_error::must_be;

/// How long another process may hold the file's lock.
const BUSY: Duration = Duration::from_secs(5);

/// Begins to write, or says within milliseconds that another process does.
///
/// SQLite asks for a file less and less often, every tenth of a second in the end: whoever comes at the wrong moment
/// each time waits for ever. So it is made to give up soon, and [asked again](begin). Whatever comes later may wait for
/// as long as it could before, [`BUSY`].
pub(crate) const BEGIN: &str = "PRAGMA busy_timeout = 2; BEGIN IMMEDIATE; PRAGMA busy_timeout = 5000";

/// Begins to write as soon as no other process does. No function: it could not return what it borrows in a loop.
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

/// The most connections that read.
const READERS: u32 = 4;

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // What is erased leaves no bytes in free pages.
        .pragma("secure_delete", "ON")
        // A statement of many rows keeps the pages that it changes, to take itself back: in memory, not in a file that is
        // made and removed for every batch.
        .pragma("temp_store", "MEMORY")
        // In KiB. What is written again and again stays at hand where keys come in no order among a million others.
        .pragma("cache_size", "-8192")
        // In pages: the log is moved into the file every 16 MB. A page that changed often meanwhile is moved once.
        .pragma("wal_autocheckpoint", "4000")
        // In bytes. A log that grew because a connection was reading becomes smaller again.
        .pragma("journal_size_limit", "33554432")
        .busy_timeout(BUSY)
}

/// What the settings must read as. A setting that is not answered so was not taken.
const ANSWERS: &[(&str, &str, i64, &str)] = &[
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

/// Connects for writing, and reads back what was set: a database that cannot do it keeps silent about it.
pub(crate) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    let mut connection = options.connect().await?;
    check_settings(&mut connection).await?;
    Ok(connection)
}

async fn check_settings(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await?;
    must_be("journal_mode", &journal, journal == "wal", "`wal`, in a file on a local disk")?;
    for &(setting, question, wanted, text) in ANSWERS {
        let value: i64 = sqlx::query_scalar(question).fetch_one(&mut *connection).await?;
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
    /// Whether text that was erased may still be in the log.
    pub(crate) is_log_pending: bool,
}

/// Opens the inbox that is expected in a file, and makes it if that is asked for.
pub(crate) async fn open(file: &Path, expected: &Expected) -> Result<Opened, OpenError> {
    // SQLite would keep it in memory.
    let is_file = !file.as_os_str().is_empty() && file != Path::new(":memory:");
    must_be("journal_mode", &"memory", is_file, "`wal`, in a file on a local disk")?;
    // The process may change its folder, and opens the file again after a fault.
    let file = std::path::absolute(file).map_err(sqlx::Error::from)?;
    let database = file.display().to_string();
    file::prepare(&file, expected.may_create())?;
    let options = options(&file);
    expected.admit(&database, &found(&file).await?)?;
    let mut witness = Witness::new(&file).map_err(sqlx::Error::from)?;
    let mut connection = connect_patiently(&options).await?;
    let is_new = migrate(&mut connection, expected, &database).await?;
    let identity = identity(&mut connection).await?;
    if is_new {
        made(&database, &identity);
    }
    let (highest, generation) = (highest(&mut connection).await?, generation(&mut connection).await?);
    let is_log_pending = log::last_noted(&mut connection).await? > 0;
    witness.note().map_err(sqlx::Error::from)?;
    Ok(Opened { connection, options, witness, identity, highest, generation, is_log_pending })
}

/// The highest number that an entry ever had.
pub(crate) async fn highest(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(SQL.open_highest_id).fetch_one(connection).await
}

/// How often the log was [begun anew](begin_log_anew).
pub(crate) async fn generation(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(SQL.open_generation).fetch_one(connection).await
}

/// Moves the log into the file and begins a new one. It fails while another connection has the database open: that one
/// may use a log which was removed.
pub(crate) async fn begin_log_anew(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    for (change, wanted) in [("PRAGMA journal_mode = DELETE", "delete"), ("PRAGMA journal_mode = WAL", "wal")] {
        let mode: String = sqlx::query_scalar(change).fetch_one(&mut *connection).await?;
        must_be("journal_mode", &mode, mode == wanted, "`wal`, with a log that no other connection has open")?;
    }
    sqlx::query(SQL.open_next_generation).execute(connection).await?;
    Ok(())
}

/// Looks what is in a file, before any setting of it is changed.
async fn found(file: &Path) -> Result<Found, OpenError> {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(BUSY);
    let mut connection = options.connect().await?;
    let found = inbox_in(&mut connection).await?;
    connection.close().await?;
    Ok(found)
}

async fn inbox_in(connection: &mut SqliteConnection) -> Result<Found, sqlx::Error> {
    let has_inbox: bool = sqlx::query_scalar(SQL.open_has_inbox).fetch_one(&mut *connection).await?;
    if has_inbox { identity(connection).await.map(Found::Inbox) } else { Ok(Found::Nothing) }
}

pub(crate) async fn identity(connection: &mut SqliteConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar(SQL.identity_read).fetch_one(connection).await
}

/// SQLite waits for nobody who turns a new file to WAL at the same moment, so that is tried again.
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

/// Whether another process has the file, and not for too long.
pub(crate) fn is_worth_asking_again(error: &sqlx::Error, began: Instant) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    // The last byte; what stands before it says why it is busy.
    code.is_some_and(|code| code & 0xff == 5) && began.elapsed() < BUSY
}

/// Makes the tables, or brings them up to date, and says whether they are new. They have migrations of their own, beside
/// those of the application.
async fn migrate(connection: &mut SqliteConnection, expected: &Expected, database: &str) -> Result<bool, OpenError> {
    let first = include_str!("../../migrations/sqlite_1_inbox.sql").into_sql_str();
    let migrations = vec![Migration::new(1, Cow::Borrowed("inbox"), MigrationType::Simple, first, false)];
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name("_inbox_migrations");
    // Of many that start at once one makes them, and the others wait and find them made: sqlx locks nothing here.
    let mut alone = begin!(connection);
    let found = inbox_in(&mut alone).await?;
    expected.admit(database, &found)?;
    // What `run` does: that one's future may not move between threads, and opening could not be spawned. It is hidden in
    // sqlx's docs.
    migrator.run_direct(None, &mut *alone, false).await?;
    alone.commit().await?;
    Ok(matches!(found, Found::Nothing))
}

/// Connections that only read, apart from the one that writes.
pub(crate) fn readers(options: &SqliteConnectOptions) -> SqlitePool {
    pool(options.clone().read_only(true), READERS)
}

/// The connection that moves the log into the file.
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
