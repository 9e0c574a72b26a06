//! The lines of an entry's history.

use sqlx::Error;

use super::columns::name;
use super::dialect::{Connection, Ids, text};
use super::statements::SQL;

/// Adds a line with the current attempt of the entry.
pub(crate) async fn add(
    connection: &mut Connection,
    id: i64,
    what: &'static str,
    by: &str,
    reason: Option<&str>,
) -> Result<(), Error> {
    let add = sqlx::query(SQL.history_add).bind(id).bind(what).bind(text(name(by))).bind(reason);
    add.execute(connection).await.map(|_| ())
}

/// Adds a line in the name of the worker that has claimed the entry.
pub(crate) async fn add_by_worker(connection: &mut Connection, id: i64, what: &'static str) -> Result<(), Error> {
    let add = sqlx::query(SQL.history_add_by_worker).bind(id).bind(what).bind(None::<&str>);
    add.execute(connection).await.map(|_| ())
}

/// Adds a line to each of these entries, in the name of the worker that had claimed it.
pub(crate) async fn add_to_each(
    connection: &mut Connection,
    ids: &Ids,
    what: &'static str,
    reason: &'static str,
) -> Result<(), Error> {
    sqlx::query(SQL.history_add_to_each).bind(ids).bind(what).bind(reason).execute(connection).await.map(|_| ())
}
