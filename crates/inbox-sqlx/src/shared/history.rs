//! The lines of an entry's history.

use sqlx::{Error, SqliteConnection};

use super::columns::now;

/// Adds a line, with the number of the entry's attempt as it is now.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
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
    sqlx::query(ADD).bind(id).bind(what).bind(by).bind(reason).execute(connection).await.map(|_| ())
}

/// Adds a line in the name of the worker that holds the entry.
pub(crate) async fn add_by_worker(
    connection: &mut SqliteConnection,
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
