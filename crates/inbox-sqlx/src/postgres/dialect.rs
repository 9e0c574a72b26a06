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

/// Keeps the rows for this transaction, and leaves to others what they have.
macro_rules! locking {
    () => {
        " FOR UPDATE SKIP LOCKED"
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
/// in the name of the worker that holds the entry.
macro_rules! and_told {
    ($($change:expr),+ $(,)?) => {
        concat!(
            "WITH changed AS (",
            $($change,)+
            " RETURNING id, attempt, worker) \
             INSERT INTO inbox_history (entry_id, at, what, attempt, by_whom, reason) SELECT id, ",
            now!(),
            ", $7, attempt, worker, $4 FROM changed"
        )
    };
}

pub(crate) use {among, and_told, chance, locking, now, now_for_all, place, stamp};

/// Those of these entries about whose subjects nobody else decides now, and until this transaction ends nobody will. Two
/// workers that look at the same time would see nothing run, and each would take another entry of one subject.
pub(crate) async fn undecided(connection: &mut Connection, ids: Vec<i64>) -> Result<Vec<i64>, sqlx::Error> {
    const UNDECIDED: &str = "SELECT id FROM inbox_entry WHERE id = ANY ($1) AND (subject IS NULL OR \
                         pg_try_advisory_xact_lock(hashtextextended(endpoint || ' ' || subject, tableoid::BIGINT)))";
    let undecided: Vec<i64> = sqlx::query_scalar(UNDECIDED).bind(&ids).fetch_all(connection).await?;
    Ok(ids.into_iter().filter(|id| undecided.contains(id)).collect())
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
