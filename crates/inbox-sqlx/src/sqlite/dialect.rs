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

/// The same for other drivers, whose SQLite may be one before 3.42: `'subsec'` makes NULL of it there.
macro_rules! now_for_all {
    () => {
        "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"
    };
}

/// A stamp that deletion reads: the database's clock, and never before proven time, because the clock may be behind.
macro_rules! stamp {
    () => {
        stamp!(now!())
    };
    ($now:expr) => {
        concat!("MAX(", $now, ", COALESCE((SELECT proven_at FROM inbox_clock), 0))")
    };
}

/// Is one of the first parameter's [`Ids`].
macro_rules! among {
    () => {
        "IN (SELECT value FROM json_each($1))"
    };
}

/// Is one of those that a statement selects.
macro_rules! any_of {
    ($($select:expr),+ $(,)?) => {
        concat!("IN (", $($select,)+ ")")
    };
}

/// Nothing: who writes has locked the whole file.
macro_rules! locking {
    () => {
        ""
    };
}

/// Nothing, for the same reason.
macro_rules! for_update {
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

/// A change of the entry `$1`, with its line in the history if there was one: `$7` is what happened, `$4` the reason,
/// in the name of the worker that holds the entry. It returns whether the entry has a subject, if it was changed.
macro_rules! and_told {
    ($($change:expr),+ $(,)?) => {
        concat!(
            $($change,)+
            "; INSERT INTO inbox_history (entry_id, at, what, attempt, by_whom, reason) SELECT id, ",
            now!(),
            ", $7, attempt, worker, $4 FROM inbox_entry WHERE id = $1 AND changes() = 1 \
             RETURNING (SELECT subject IS NOT NULL FROM inbox_entry WHERE id = $1)"
        )
    };
}

pub(crate) use {among, and_told, any_of, chance, for_update, locking, now, now_for_all, place, stamp};

/// Holds the subjects of these entries: there is one writer, so nothing is to be done.
pub(crate) async fn hold(_: &mut Connection, _: &[i64]) -> Result<(), sqlx::Error> {
    Ok(())
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
