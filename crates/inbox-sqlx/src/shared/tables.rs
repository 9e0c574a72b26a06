//! The tables of an inbox: found, compared and changed.
//!
//! - **Guarantees**: all missing migrations are applied, or none. Of several processes that migrate one database at once,
//!   one applies them, and the others return its result.
//! - **Assumes** a transaction of the caller that excludes other processes that migrate.
//! - **Without it**, concurrent starts would fail, or leave tables half changed.

use sqlx::Row as _;

use super::dialect::{Connection, Row};
use super::statements::SQL;
use crate::compatibility::{self, Applied};
use crate::identity::{Expected, Found};
use crate::schema::Migration;
use crate::{Migrated, OpenError};

/// Returns the inbox in a database.
pub(crate) async fn found(connection: &mut Connection) -> Result<Found, sqlx::Error> {
    let has_inbox: bool = sqlx::query(SQL.open_has_inbox).fetch_one(&mut *connection).await?.try_get(0)?;
    if has_inbox { identity(connection).await.map(Found::Inbox) } else { Ok(Found::NoInbox) }
}

pub(crate) async fn identity(connection: &mut Connection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar(SQL.identity_read).fetch_one(connection).await
}

/// Returns the migrations of the tables.
pub(crate) async fn applied(connection: &mut Connection) -> Result<Vec<Applied>, sqlx::Error> {
    let is_listed: bool = sqlx::query(SQL.open_has_inbox).fetch_one(&mut *connection).await?.try_get(1)?;
    if !is_listed {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(SQL.open_schema).fetch_all(connection).await?;
    let applied =
        |row: &Row| Ok(Applied { version: row.try_get(0)?, oldest: row.try_get(1)?, release: row.try_get(2)? });
    rows.iter().map(applied).collect()
}

/// Applies the missing migrations in the caller's transaction.
pub(crate) async fn migrate(
    transaction: &mut Connection,
    migrations: &'static [Migration],
    expected: &Expected,
    database: &str,
) -> Result<Migrated, OpenError> {
    expected.admit(database, &found(transaction).await?)?;
    let before = applied(transaction).await?;
    for migration in compatibility::missing(database, migrations, &before)? {
        let ran = sqlx::raw_sql(migration.sql).execute(&mut *transaction).await;
        ran.map_err(|error| OpenError::Migrate { database: database.to_owned(), version: migration.version, error })?;
    }
    let to = compatibility::version(&applied(transaction).await?);
    Ok(Migrated { identity: identity(transaction).await?, from: compatibility::version(&before), to })
}
