//! Opening a database: the settings on which durability rests, and the tables.
//!
//! - **Guarantees**: a commit is on the disk (`synchronous_commit=on`, `fsync`, `full_page_writes`). Settings are read
//!   back at every connection, and every connection leads to the inbox that was opened.
//! - **Assumes** that settings of the server, the database and the user may change, and that a name may come to lead to
//!   another server.
//! - **Without it**, acknowledged deliveries could be lost at a crash, or be spread over two inboxes.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection, Row as _, SqlSafeStr as _};

use super::statements::SQL;
use crate::OpenError;
use crate::identity::{Expected, Found, log_created};
use crate::open_error::must_be;

/// The limit of a statement and of an idle transaction, so that a process that hangs releases its rows.
pub(crate) const STATEMENT: Duration = Duration::from_secs(10);

/// The time for which a statement waits for a locked row.
pub(crate) const LOCK: Duration = Duration::from_secs(1);

/// The limit for creating the tables, with the wait for another process that creates them.
const MIGRATION: Duration = Duration::from_secs(60);

/// Sets the settings of a new connection, and reads them back with those of the server.
async fn settle(connection: &mut PgConnection, statement: Duration, lock: Duration) -> Result<(), OpenError> {
    let (statement, lock) = (statement.as_millis().to_string(), lock.as_millis().to_string());
    sqlx::query(SQL.open_settle).bind(statement).bind(lock).execute(&mut *connection).await?;
    let row = sqlx::query(SQL.open_settings).fetch_one(connection).await?;
    for (column, setting) in ["synchronous_commit", "fsync", "full_page_writes"].into_iter().enumerate() {
        let value: String = row.try_get(column)?;
        must_be(setting, &value, value == "on", "`on`")?;
    }
    // Another encoding cannot store every text.
    let encoding: String = row.try_get(3)?;
    must_be("server_encoding", &encoding, encoding == "UTF8", "`UTF8`")
}

/// A database that was opened, and the inbox in it.
pub(crate) struct Target {
    pub(crate) options: PgConnectOptions,
    pub(crate) database: String,
    pub(crate) identity: String,
}

impl Target {
    /// Settles a later connection, and refuses another inbox.
    pub(crate) async fn settle(
        &self,
        connection: &mut PgConnection,
        statement: Duration,
        lock: Duration,
    ) -> Result<(), OpenError> {
        settle(connection, statement, lock).await?;
        self.compare(connection).await
    }

    /// Refuses another inbox. The tables may have been replaced while the connection was open.
    pub(crate) async fn compare(&self, connection: &mut PgConnection) -> Result<(), OpenError> {
        let expected = Expected { create: false, identity: Some(self.identity.clone()) };
        expected.admit(&self.database, &found(connection).await?)
    }
}

/// Opens the expected inbox in a database, and creates it on request.
pub(crate) async fn open(options: PgConnectOptions, expected: &Expected) -> Result<Target, OpenError> {
    let mut connection = options.connect().await?;
    settle(&mut connection, MIGRATION, MIGRATION).await?;
    let name = options.get_database().unwrap_or_else(|| options.get_username());
    let database = format!("{}:{}/{name}", options.get_host(), options.get_port());
    let found = found(&mut connection).await?;
    expected.admit(&database, &found)?;
    migrate(&mut connection).await?;
    let identity = identity(&mut connection).await?;
    if matches!(found, Found::NoInbox) {
        log_created(&database, &identity);
    }
    Ok(Target { options, database, identity })
}

async fn found(connection: &mut PgConnection) -> Result<Found, sqlx::Error> {
    let has_inbox: bool = sqlx::query_scalar(SQL.open_has_inbox).fetch_one(&mut *connection).await?;
    if has_inbox { identity(connection).await.map(Found::Inbox) } else { Ok(Found::NoInbox) }
}

async fn identity(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar(SQL.identity_read).fetch_one(connection).await
}

/// Creates or migrates the tables. The list of migrations is apart from the application's.
///
/// sqlx holds an advisory lock, so of several processes that start at once, one creates the tables.
async fn migrate(connection: &mut PgConnection) -> Result<(), OpenError> {
    let first = include_str!("../../migrations/postgres_1_inbox.sql").into_sql_str();
    let migrations = vec![Migration::new(1, Cow::Borrowed("inbox"), MigrationType::Simple, first, false)];
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name("_inbox_migrations");
    // `run` does the same, but its future is not `Send`. This method is hidden in sqlx's docs.
    Ok(migrator.run_direct(None, connection, false).await?)
}
