//! The parts of shared code that differ on PostgreSQL.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::Error;
pub(crate) use sqlx::PgConnection as Connection;
pub(crate) use sqlx::Postgres as Database;
pub(crate) use sqlx::postgres::PgRow as Row;

use super::statements::SQL;

/// The default limit of a handler in a transaction: the ordinary one, because a handler delays no other work.
pub(crate) const LIMIT_IN_TX: Option<Duration> = None;

/// Ids of entries as a parameter.
pub(crate) type Ids = Vec<i64>;

pub(crate) fn ids(ids: &[i64]) -> Ids {
    ids.to_vec()
}

/// Returns a text as PostgreSQL stores it: U+0000 is invalid, so U+2400, the symbol for it, replaces it.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{2400}")) } else { Cow::Borrowed(text) }
}

/// Returns the condition that a column begins with the text of a parameter.
pub(crate) fn begins(column: &str, parameter: &str) -> String {
    format!("starts_with({column}, {parameter})")
}

/// Returns a column that leads to no index. PostgreSQL has statistics, and chooses the best index itself.
pub(crate) fn unindexed(column: &str) -> String {
    column.to_owned()
}

/// Locks the subjects of these entries until the transaction ends.
pub(crate) async fn hold(connection: &mut Connection, entries: &[i64]) -> Result<(), Error> {
    sqlx::query(SQL.subject_hold).bind(entries).execute(connection).await.map(|_| ())
}

/// Notes an erasure. PostgreSQL's log is the server's, so no note is needed.
pub(crate) async fn note_erasure(_: &mut Connection) -> Result<(), Error> {
    Ok(())
}

/// Returns whether erased text may still be in the log of changes, as far as the store is responsible for it.
pub(crate) async fn is_log_pending(_: &mut Connection) -> Result<bool, Error> {
    Ok(false)
}
