//! Opening a database: the settings on which durability rests, and the tables.
//!
//! - **Guarantees**: a commit is on the disk (`synchronous_commit=on`, `fsync`, `full_page_writes`). Settings are read
//!   back at every connection, and every connection leads to the inbox that was opened.
//! - **Assumes** that settings of the server, the database and the user may change, and that a name may come to lead to
//!   another server.
//! - **Without it**, acknowledged deliveries could be lost at a crash, or be spread over two inboxes.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, Row as _};

use super::shared::tables;
use super::statements::SQL;
use super::{pooler, rights};
use crate::compatibility;
use crate::identity::{Expected, log_created};
use crate::open_error::must_be;
use crate::schema::POSTGRES;
use crate::{Migrated, OpenError};

/// The limit of a statement and of an idle transaction, so that a process that hangs releases its rows.
pub(crate) const STATEMENT: Duration = Duration::from_secs(10);

/// The time for which a statement waits for a locked row.
pub(crate) const LOCK: Duration = Duration::from_secs(1);

/// The limit for creating the tables, with the wait for another process that creates them.
const MIGRATION: Duration = Duration::from_secs(60);

/// Locks the schema for migrations. The printed script takes the same lock for its transaction.
const LOCK_MIGRATION: &str = "SELECT pg_advisory_lock(hashtextextended('inbox_schema ' || current_schema(), 0))";

/// Ends the lock of migrations.
const UNLOCK_MIGRATION: &str = "SELECT pg_advisory_unlock(hashtextextended('inbox_schema ' || current_schema(), 0))";

/// The limit of one statement of a migration, which may build an index over millions of entries.
const CHANGE: Duration = Duration::from_secs(3_600);

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
        expected.admit(&self.database, &tables::found(connection).await?)
    }
}

/// Whether opening a database may change its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// Missing migrations are applied.
    Included,
    /// Tables without all migrations are refused.
    Apart,
}

/// Opens the expected inbox in a database.
pub(crate) async fn open(options: PgConnectOptions, expected: &Expected, setup: Setup) -> Result<Target, OpenError> {
    let (database, role) = (name(&options), options.get_username().to_owned());
    let mut connection = pooler::connect(&options, &database).await?;
    let opened = opened(&mut connection, expected, setup, &database, &role).await;
    let identity = opened.map_err(|error| rights::explain(error, &role, &database))?;
    Ok(Target { options, database, identity })
}

async fn opened(
    connection: &mut PgConnection,
    expected: &Expected,
    setup: Setup,
    database: &str,
    role: &str,
) -> Result<String, OpenError> {
    settle(connection, MIGRATION, MIGRATION).await?;
    let found = tables::found(connection).await?;
    if let Err(error) = expected.admit(database, &found) {
        return Err(elsewhere(connection, error).await?);
    }
    let applied = tables::applied(connection).await?;
    match setup {
        Setup::Included if !compatibility::missing(database, POSTGRES, &applied)?.is_empty() => {
            migrate_with(connection, expected, database).await?;
        }
        _ => compatibility::admit(database, POSTGRES, &applied)?,
    }
    rights::check(connection, role, database).await?;
    Ok(tables::identity(connection).await?)
}

/// Applies the missing migrations.
pub(crate) async fn migrate(options: &PgConnectOptions, expected: &Expected) -> Result<Migrated, OpenError> {
    let (database, role) = (name(options), options.get_username());
    let mut connection = pooler::connect(options, &database).await?;
    let migrated = async {
        settle(&mut connection, CHANGE, MIGRATION).await?;
        migrate_with(&mut connection, expected, &database).await
    };
    migrated.await.map_err(|error| rights::explain(error, role, &database))
}

/// Applies the missing migrations. A lock excludes other processes that migrate the same schema.
async fn migrate_with(
    connection: &mut PgConnection,
    expected: &Expected,
    database: &str,
) -> Result<Migrated, OpenError> {
    // The lock of the session, because the transaction must begin after it. After an error, the connection is closed.
    sqlx::raw_sql(LOCK_MIGRATION).execute(&mut *connection).await?;
    let mut transaction = connection.begin().await?;
    let migrated = tables::migrate(&mut transaction, POSTGRES, expected, database).await?;
    transaction.commit().await?;
    sqlx::raw_sql(UNLOCK_MIGRATION).execute(connection).await?;
    if migrated.from == 0 {
        log_created(database, &migrated.identity);
    }
    Ok(migrated)
}

/// Returns the error for a missing inbox, with the schemas that have one.
async fn elsewhere(connection: &mut PgConnection, error: OpenError) -> Result<OpenError, sqlx::Error> {
    let OpenError::NoInbox { database, .. } = error else { return Ok(error) };
    let elsewhere = sqlx::query_scalar(SQL.open_elsewhere).fetch_all(connection).await?;
    Ok(OpenError::NoInbox { database, elsewhere })
}

/// Returns host, port and name of the database, for messages.
fn name(options: &PgConnectOptions) -> String {
    let name = options.get_database().unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{}/{name}", socket.display()),
        None => format!("{}:{}/{name}", options.get_host(), options.get_port()),
    }
}
