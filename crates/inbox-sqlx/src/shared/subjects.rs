//! The order of entries about one subject.
//!
//! Of the unfinished entries of a subject, one is active at most: available, running or retryable. All others are
//! waiting, have no `next_at`, and are in no index of due entries, so a claim costs the same however many wait. A unique
//! index refuses a second active entry.
//!
//! [`promote`] keeps a subject going: it makes the earliest waiting entry available. Every transaction that adds a
//! waiting entry, or that finishes an active one, calls it before it commits. A transaction that did not would leave the
//! subject waiting until [`orphans`] finds it. The statement that other drivers run to complete an entry is the one case:
//! the caller's transaction may last, and would keep deliveries about the subject from being stored if it held the
//! subject.
//!
//! SQLite has one writer. On PostgreSQL, [`hold`] takes an advisory lock of each subject, in sorted order, in a statement
//! of its own. The next statement therefore sees every commit of an earlier holder. A transaction that waits for these
//! locks has changed no available or waiting entry of a subject that it does not hold yet: a holder might wait for it.

use sqlx::{Error, Row as _};

use super::dialect::{Connection, among, any_of, hold, ids, now};

/// The most subjects that one transaction holds.
pub(crate) const MOST: usize = 256;

/// The subjects of the entries whose numbers are the first parameter.
macro_rules! touched {
    () => {
        concat!(
            "(SELECT DISTINCT endpoint, subject FROM inbox_entry WHERE subject IS NOT NULL AND id ",
            among!(),
            ") AS touched"
        )
    };
}

/// Columns of the earliest waiting entry of a subject.
macro_rules! earliest {
    ($columns:literal) => {
        concat!(
            "(SELECT ",
            $columns,
            " FROM inbox_entry AS next WHERE next.endpoint = touched.endpoint AND next.subject = touched.subject \
             AND next.state = 'waiting' ORDER BY next.ordered_at, next.id LIMIT 1)"
        )
    };
}

/// The active entry of a subject, if it satisfies a condition.
macro_rules! active {
    ($($condition:expr)?) => {
        concat!(
            "(SELECT active.id FROM inbox_entry AS active WHERE active.endpoint = touched.endpoint \
             AND active.subject = touched.subject AND active.next_at IS NOT NULL",
            $($condition,)?
            ")"
        )
    };
}

/// Makes a finished entry due again, with `$2` attempts: at once without a subject, in its turn with one.
macro_rules! due_again {
    () => {
        concat!(
            "state = CASE WHEN subject IS NULL THEN 'available' ELSE 'waiting' END, finished_at = NULL, reason = NULL, \
             last_attempt = attempt + $2, wait = 0, expired_leases = 0, isolated = FALSE, \
             next_at = CASE WHEN subject IS NULL THEN ",
            now!(),
            " END"
        )
    };
}

pub(crate) use due_again;

const PROMOTE: &str = concat!(
    "UPDATE inbox_entry SET state = 'available', wait = 0, next_at = ",
    now!(),
    " WHERE state = 'waiting' AND id ",
    any_of!("SELECT ", earliest!("next.id"), " FROM ", touched!(), " WHERE ", active!(), " IS NULL")
);

/// Makes the earliest waiting entry available in each subject of these entries, unless another one is active; returns
/// how many that are. An entry that is available and was not begun gives way to an earlier one.
pub(crate) async fn promote(connection: &mut Connection, entries: &[i64]) -> Result<u64, Error> {
    const GIVE_WAY: &str = concat!(
        "UPDATE inbox_entry SET state = 'waiting', next_at = NULL WHERE state = 'available' AND id ",
        any_of!(
            "SELECT ",
            active!(concat!(
                " AND active.state = 'available' AND (active.ordered_at, active.id) > ",
                earliest!("next.ordered_at, next.id")
            )),
            " FROM ",
            touched!()
        )
    );
    let mut promoted = 0;
    for entries in entries.chunks(MOST) {
        hold(connection, entries).await?;
        sqlx::query(GIVE_WAY).bind(ids(entries)).execute(&mut *connection).await?;
        promoted += sqlx::query(PROMOTE).bind(ids(entries)).execute(&mut *connection).await?.rows_affected();
    }
    Ok(promoted)
}

/// The same where these entries were the active ones and have ended: there is none that could give way.
pub(crate) async fn promote_next(connection: &mut Connection, ended: &[i64]) -> Result<(), Error> {
    for ended in ended.chunks(MOST) {
        hold(connection, ended).await?;
        sqlx::query(PROMOTE).bind(ids(ended)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A page of the subjects of an endpoint in which entries wait.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The earliest waiting entry of each subject that has no active one.
    pub(crate) orphans: Vec<i64>,
    /// The last subject, where the next page begins; `None` if there are no more.
    pub(crate) last: Option<String>,
}

/// Reads the subjects after one, [`MOST`] of them: one look into the index for each, however many entries wait.
pub(crate) async fn orphans(connection: &mut Connection, endpoint: &str, after: &str) -> Result<Page, Error> {
    const PAGE: &str = concat!(
        "WITH RECURSIVE touched (endpoint, subject, place) AS (\
         SELECT $1, (SELECT subject FROM inbox_entry WHERE state = 'waiting' AND endpoint = $1 AND subject > $2 \
         ORDER BY subject LIMIT 1), 1 UNION ALL \
         SELECT $1, (SELECT next.subject FROM inbox_entry AS next WHERE next.state = 'waiting' AND next.endpoint = $1 \
         AND next.subject > touched.subject ORDER BY next.subject LIMIT 1), place + 1 FROM touched \
         WHERE touched.subject IS NOT NULL AND place < $3) \
         SELECT subject, ",
        earliest!("next.id"),
        ", ",
        active!(),
        " IS NULL FROM touched WHERE subject IS NOT NULL"
    );
    let rows = sqlx::query(PAGE).bind(endpoint).bind(after).bind(i32::try_from(MOST).unwrap_or(i32::MAX));
    let rows = rows.fetch_all(connection).await?;
    let mut page = Page::default();
    for row in &rows {
        if row.try_get::<bool, _>(2)? {
            page.orphans.extend(row.try_get::<Option<i64>, _>(1)?);
        }
    }
    if let Some(last) = rows.get(MOST - 1) {
        page.last = Some(last.try_get(0)?);
    }
    Ok(page)
}
