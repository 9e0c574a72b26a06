//! What SQLite says in its own way.

use std::borrow::Cow;

pub(crate) use sqlx::SqliteConnection as Connection;
pub(crate) use sqlx::sqlite::SqliteRow as Row;

/// The database's clock, in milliseconds: the one clock that leases and waits are told by.
macro_rules! now {
    () => {
        "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
    };
}

/// Is one of the first parameter's [`Ids`].
macro_rules! among {
    () => {
        "IN (SELECT value FROM json_each($1))"
    };
}

/// Nothing: who writes has locked the whole file.
macro_rules! locking {
    () => {
        ""
    };
}

/// The place of a parameter, for drivers that count them.
macro_rules! place {
    ($number:literal) => {
        concat!("?", $number)
    };
}

/// From 0 to less than 1, another one for every row.
macro_rules! chance {
    () => {
        "(ABS(RANDOM() % 1048576) / 1048576.0)"
    };
}

pub(crate) use {among, chance, locking, now, place};

/// Those of these entries about whose subjects nobody else decides now: all of them, for who writes has locked the whole
/// file.
pub(crate) async fn alone(_: &mut Connection, ids: Vec<i64>) -> Result<Vec<i64>, sqlx::Error> {
    Ok(ids)
}

/// Numbers of entries, as JSON: one text for any number of them.
pub(crate) type Ids = String;

pub(crate) fn ids(ids: &[i64]) -> Ids {
    format!("[{}]", ids.iter().map(i64::to_string).collect::<Vec<_>>().join(","))
}

/// A text as it can be stored: any is.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}
