//! The parts of shared code that differ on SQLite.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::Error;
pub(crate) use sqlx::Sqlite as Database;
pub(crate) use sqlx::SqliteConnection as Connection;
pub(crate) use sqlx::sqlite::SqliteRow as Row;

use super::log;

/// The default limit of a handler in a transaction. It is short, because no delivery is stored while a handler runs.
pub(crate) const LIMIT_IN_TX: Option<Duration> = Some(Duration::from_secs(1));

/// Ids of entries as a parameter: JSON, which is one text for any number of them.
pub(crate) type Ids = String;

pub(crate) fn ids(ids: &[i64]) -> Ids {
    format!("[{}]", ids.iter().map(i64::to_string).collect::<Vec<_>>().join(","))
}

/// Returns a text as SQLite stores it: every text is valid.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// Returns the condition that a column begins with the text of a parameter.
pub(crate) fn begins(column: &str, parameter: &str) -> String {
    format!("substr({column}, 1, length({parameter})) = {parameter}")
}

/// Returns a column that leads to no index. Without statistics, SQLite would prefer the index of an equality to a better
/// one.
pub(crate) fn unindexed(column: &str) -> String {
    format!("+{column}")
}

/// Locks the subjects of these entries. The one writer needs no locks.
pub(crate) async fn hold(_: &mut Connection, _: &[i64]) -> Result<(), Error> {
    Ok(())
}

/// Notes an erasure, because its text stays in the log `-wal` until that is emptied.
pub(crate) async fn note_erasure(connection: &mut Connection) -> Result<(), Error> {
    log::note(connection).await
}

/// Returns whether erased text may still be in the log `-wal`.
pub(crate) async fn is_log_pending(connection: &mut Connection) -> Result<bool, Error> {
    Ok(log::last_noted(connection).await? > 0)
}
