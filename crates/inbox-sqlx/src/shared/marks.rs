//! Marks: names with values that are written once.

use sqlx::Error;

use super::dialect::{Connection, text};
use super::statements::SQL;

/// Writes a mark unless one of this name exists, and returns the stored value.
pub(crate) async fn mark(connection: &mut Connection, name: String, value: String) -> Result<String, Error> {
    sqlx::query(SQL.mark_write).bind(text(&name)).bind(text(&value)).execute(&mut *connection).await?;
    find(connection, &name).await?.ok_or(Error::RowNotFound)
}

/// Returns the value of this mark.
pub(crate) async fn find(connection: &mut Connection, name: &str) -> Result<Option<String>, Error> {
    sqlx::query_scalar(SQL.mark_read).bind(text(name)).fetch_optional(connection).await
}
