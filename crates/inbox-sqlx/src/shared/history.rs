//! The lines of an entry's history.

use sqlx::Error;

use super::columns::name;
use super::dialect::{Connection, Ids, among, now, text};

/// Adds a line, with the number of the entry's attempt as it is now.
pub(crate) async fn add(
    connection: &mut Connection,
    id: i64,
    what: &'static str,
    by: &str,
    reason: Option<&str>,
) -> Result<(), Error> {
    const ADD: &str = concat!(
        "INSERT INTO inbox_history (entry_id, at, what, attempt, by_whom, reason) SELECT id, ",
        now!(),
        ", $2, attempt, $3, $4 FROM inbox_entry WHERE id = $1"
    );
    sqlx::query(ADD).bind(id).bind(what).bind(text(name(by))).bind(reason).execute(connection).await.map(|_| ())
}

/// Adds a line in the name of the worker that holds the entry.
pub(crate) async fn add_by_worker(
    connection: &mut Connection,
    id: i64,
    what: &'static str,
    reason: Option<&str>,
) -> Result<(), Error> {
    const ADD: &str = concat!(
        "INSERT INTO inbox_history (entry_id, at, what, attempt, by_whom, reason) SELECT id, ",
        now!(),
        ", $2, attempt, worker, $3 FROM inbox_entry WHERE id = $1"
    );
    sqlx::query(ADD).bind(id).bind(what).bind(reason).execute(connection).await.map(|_| ())
}

/// Adds a line to each of these, in the name of the worker that held it.
pub(crate) async fn add_to_each(
    connection: &mut Connection,
    ids: &Ids,
    what: &'static str,
    reason: &'static str,
) -> Result<(), Error> {
    const ADD: &str = concat!(
        "INSERT INTO inbox_history (entry_id, at, what, attempt, by_whom, reason) SELECT id, ",
        now!(),
        ", $2, attempt, worker, $3 FROM inbox_entry WHERE id ",
        among!()
    );
    sqlx::query(ADD).bind(ids).bind(what).bind(reason).execute(connection).await.map(|_| ())
}
