//! The lines of an entry's history.

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Act, ByHand};
use sqlx::{Error, Row as _};

use super::columns::{history_line, name};
use super::dialect::{Connection, Ids, Row, text};
use super::statements::SQL;

/// Adds a line of a program with the current attempt of the entry.
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

/// The person who acts, and the reason, for a change that outlives the call.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) reason: Option<String>,
}

impl From<ByHand<'_>> for Person {
    fn from(by: ByHand<'_>) -> Self {
        let reason = by.reason.map(|reason| text(reason.as_str()).into_owned());
        Self { name: text(name(by.by)).into_owned(), reason }
    }
}

/// Adds a person's line with the current attempt of the entry, and returns whether the entry exists.
pub(crate) async fn add_by_hand(
    connection: &mut Connection,
    id: EntryId,
    what: &str,
    person: &Person,
    is_end: bool,
) -> Result<bool, Error> {
    let add = sqlx::query(SQL.history_add_by_hand).bind(id.0).bind(what).bind(&*person.name);
    let added = add.bind(person.reason.as_deref()).bind(is_end).execute(connection).await?;
    Ok(added.rows_affected() == 1)
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

/// Returns the lines of persons, the newest first.
pub(crate) async fn by_hand(connection: &mut Connection, before: Option<i64>, most: u32) -> Result<Vec<Act>, Error> {
    let acts = sqlx::query(SQL.history_by_hand).bind(before.unwrap_or(i64::MAX)).bind(i64::from(most));
    let act = |row: &Row| {
        let entry = EntryId(row.try_get("entry_id")?);
        Ok(Act::new(row.try_get("id")?, entry, row.try_get("endpoint")?, history_line(row)?))
    };
    acts.fetch_all(connection).await?.iter().map(act).collect()
}
