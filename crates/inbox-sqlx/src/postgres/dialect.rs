//! What PostgreSQL says in its own way.

use std::borrow::Cow;

pub(crate) use sqlx::PgConnection as Connection;
pub(crate) use sqlx::postgres::PgRow as Row;

/// The database's clock, in milliseconds: the one clock that leases and waits are told by.
///
/// It is that of the statement. `clock_timestamp()` changes within one, so no index could be asked for it.
macro_rules! now {
    () => {
        "CAST(extract(epoch FROM statement_timestamp()) * 1000 AS BIGINT)"
    };
}

/// The same for other drivers.
macro_rules! now_for_all {
    () => {
        now!()
    };
}

/// A stamp that deletion reads: the database's clock, and never before proven time, because the clock may be behind.
macro_rules! stamp {
    () => {
        stamp!(now!())
    };
    ($now:expr) => {
        concat!("GREATEST(", $now, ", (SELECT proven_at FROM inbox_clock))")
    };
}

/// Is one of the first parameter's [`Ids`].
macro_rules! among {
    () => {
        "= ANY ($1)"
    };
}

/// Is one of those that a statement selects. As an array, they are looked up one by one, whatever the planner makes of
/// joins.
macro_rules! any_of {
    ($($select:expr),+ $(,)?) => {
        concat!("= ANY (ARRAY(", $($select,)+ "))")
    };
}

/// Keeps the rows for this transaction, and leaves to others what they have.
macro_rules! locking {
    () => {
        " FOR UPDATE SKIP LOCKED"
    };
}

/// Keeps the rows for this transaction, and waits for others to end with them.
macro_rules! for_update {
    () => {
        " FOR UPDATE"
    };
}

/// The place of a parameter, for drivers that count them.
macro_rules! place {
    ($number:literal) => {
        concat!("$", $number)
    };
}

/// From 0 to less than 1, another one for every row.
macro_rules! chance {
    () => {
        "random()"
    };
}

/// A change of the entry `$1`, with its line in the history if there was one: `$7` is what happened, `$4` the reason,
/// in the name of the worker that holds the entry. It returns whether the entry has a subject, if it was changed.
macro_rules! and_told {
    ($($change:expr),+ $(,)?) => {
        concat!(
            "WITH changed AS (",
            $($change,)+
            " RETURNING id, attempt, worker, subject) \
             INSERT INTO inbox_history (entry_id, at, what, attempt, by_whom, reason) SELECT id, ",
            now!(),
            ", $7, attempt, worker, $4 FROM changed RETURNING (SELECT subject IS NOT NULL FROM changed)"
        )
    };
}

pub(crate) use {among, and_told, any_of, chance, for_update, locking, now, now_for_all, place, stamp};

/// Holds the subjects of these entries until the transaction ends. They are sorted, so that two transactions that hold
/// several cannot deadlock.
pub(crate) async fn hold(connection: &mut Connection, entries: &[i64]) -> Result<(), sqlx::Error> {
    const HOLD: &str = "SELECT pg_advisory_xact_lock(hash) FROM (SELECT DISTINCT \
                        hashtextextended(endpoint || ' ' || subject, tableoid::BIGINT) AS hash FROM inbox_entry \
                        WHERE id = ANY ($1) AND subject IS NOT NULL ORDER BY hash) AS subjects";
    sqlx::query(HOLD).bind(entries).execute(connection).await.map(|_| ())
}

/// Numbers of entries.
pub(crate) type Ids = Vec<i64>;

pub(crate) fn ids(ids: &[i64]) -> Ids {
    ids.to_vec()
}

/// A text as it can be stored: PostgreSQL takes every character but U+0000, so the sign for it stands there instead.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{2400}")) } else { Cow::Borrowed(text) }
}
