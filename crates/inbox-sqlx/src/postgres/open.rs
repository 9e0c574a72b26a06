//! Opening a database: the settings on which durability rests, and the tables.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection, Row as _, SqlSafeStr as _};

use super::statements::SQL;
use crate::OpenError;
use crate::identity::{Expected, Found, made};
use crate::open_error::must_be;

/// How long a statement may take, and a transaction in which nothing happens: whoever hangs holds its rows no longer.
pub(crate) const STATEMENT: Duration = Duration::from_secs(10);

/// How long a statement waits for a row that somebody else is changing.
pub(crate) const LOCK: Duration = Duration::from_secs(1);

/// How long making the tables may take, with the wait for whoever makes them at the same time.
const MIGRATION: Duration = Duration::from_secs(60);

/// Settles a new connection, and reads back what was set and what the server does by itself.
///
/// The settings are the session's: neither the database's nor the user's own come later.
async fn settle(connection: &mut PgConnection, statement: Duration, lock: Duration) -> Result<(), OpenError> {
    let (statement, lock) = (statement.as_millis().to_string(), lock.as_millis().to_string());
    sqlx::query(SQL.open_settle).bind(statement).bind(lock).execute(&mut *connection).await?;
    let row = sqlx::query(SQL.open_settings).fetch_one(connection).await?;
    for (column, setting) in ["synchronous_commit", "fsync", "full_page_writes"].into_iter().enumerate() {
        let value: String = row.try_get(column)?;
        must_be(setting, &value, value == "on", "`on`")?;
    }
    // In another one there are texts that cannot be stored.
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
    /// Settles a later connection, and refuses another inbox: a name or an address may come to lead to another server.
    pub(crate) async fn settle(
        &self,
        connection: &mut PgConnection,
        statement: Duration,
        lock: Duration,
    ) -> Result<(), OpenError> {
        settle(connection, statement, lock).await?;
        self.compare(connection).await
    }

    /// Refuses another inbox. A connection that was open meanwhile may find new tables.
    pub(crate) async fn compare(&self, connection: &mut PgConnection) -> Result<(), OpenError> {
        let expected = Expected { create: false, identity: Some(self.identity.clone()) };
        expected.admit(&self.database, &found(connection).await?)
    }
}

/// Opens the inbox that is expected in a database, and makes it if that is asked for.
pub(crate) async fn open(options: PgConnectOptions, expected: &Expected) -> Result<Target, OpenError> {
    let mut connection = options.connect().await?;
    settle(&mut connection, MIGRATION, MIGRATION).await?;
    let name = options.get_database().unwrap_or_else(|| options.get_username());
    let database = format!("{}:{}/{name}", options.get_host(), options.get_port());
    let found = found(&mut connection).await?;
    expected.admit(&database, &found)?;
    migrate(&mut connection).await?;
    let identity = identity(&mut connection).await?;
    if matches!(found, Found::Nothing) {
        made(&database, &identity);
    }
    Ok(Target { options, database, identity })
}

async fn found(connection: &mut PgConnection) -> Result<Found, sqlx::Error> {
    let has_inbox: bool = sqlx::query_scalar(SQL.open_has_inbox).fetch_one(&mut *connection).await?;
    if has_inbox { identity(connection).await.map(Found::Inbox) } else { Ok(Found::Nothing) }
}

async fn identity(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar(SQL.identity_read).fetch_one(connection).await
}

/// Makes the tables, or brings them up to date. They have migrations of their own, beside those of the application.
///
/// sqlx holds an advisory lock meanwhile, so of many that start at once one makes them.
async fn migrate(connection: &mut PgConnection) -> Result<(), OpenError> {
    let first = include_str!("../../migrations/postgres_1_inbox.sql").into_sql_str();
    let migrations = vec![Migration::new(1, Cow::Borrowed("inbox"), MigrationType::Simple, first, false)];
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name("_inbox_migrations");
    // What `run` does: that one's future may not move between threads, and opening could not be spawned. It is hidden in
    // sqlx's docs.
    Ok(migrator.run_direct(None, connection, false).await?)
}
