//! Names with values that are written once.

use sqlx::Error;

use super::dialect::{Connection, text};

/// Writes a mark unless there is one of this name, and returns the one that there is then.
pub(crate) async fn mark(connection: &mut Connection, name: &str, value: &str) -> Result<String, Error> {
    const WRITE: &str = "INSERT INTO inbox_mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    sqlx::query(WRITE).bind(text(name)).bind(text(value)).execute(&mut *connection).await?;
    found(connection, name).await?.ok_or(Error::RowNotFound)
}

/// Returns the mark of this name.
pub(crate) async fn found(connection: &mut Connection, name: &str) -> Result<Option<String>, Error> {
    const READ: &str = "SELECT value FROM inbox_mark WHERE name = $1";
    sqlx::query_scalar(READ).bind(text(name)).fetch_optional(connection).await
}
