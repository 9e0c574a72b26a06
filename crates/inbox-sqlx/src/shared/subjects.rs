//! The order of entries about one subject.
//!
//! - **Guarantees**: of the unfinished entries of a subject, at most one is active: available, running or retryable.
//!   The others are waiting, have no `next_at` and are in no index of due entries, so a claim costs the same however
//!   many wait. A unique index refuses a second active entry.
//! - **Assumes** that every transaction that adds a waiting entry or finishes an active one calls [`promote`] before it
//!   commits. SQLite has one writer. On PostgreSQL, [`hold`] takes an advisory lock of each subject, in sorted order,
//!   in a separate statement, so that the next statement sees every commit of an earlier holder. A transaction that
//!   waits for these locks has changed no available or waiting entry of a subject that it does not hold yet, because a
//!   holder might wait for it.
//! - **Without it**, two entries of a subject would run at the same time, or a subject would wait until [`orphans`]
//!   finds it. The completion by another driver is the one case of this: the application's transaction may last, and
//!   would keep deliveries about the subject from being stored if it held the subject.

use sqlx::{Error, Row as _};

use super::dialect::{Connection, hold, ids};
use super::statements::SQL;

/// The most subjects that one transaction holds.
pub(crate) const MOST: usize = 256;

/// Makes the earliest waiting entry available in each subject of these entries, unless another one is active. An
/// available entry gives way to an earlier one. Returns the number of entries that became available.
pub(crate) async fn promote(connection: &mut Connection, entries: &[i64]) -> Result<u64, Error> {
    let mut promoted = 0;
    for entries in entries.chunks(MOST) {
        hold(connection, entries).await?;
        sqlx::query(SQL.subject_give_way).bind(ids(entries)).execute(&mut *connection).await?;
        promoted +=
            sqlx::query(SQL.subject_promote).bind(ids(entries)).execute(&mut *connection).await?.rows_affected();
    }
    Ok(promoted)
}

/// Like [`promote`], after the active entries of these subjects have ended: no entry could give way.
pub(crate) async fn promote_next(connection: &mut Connection, ended: &[i64]) -> Result<(), Error> {
    for ended in ended.chunks(MOST) {
        hold(connection, ended).await?;
        sqlx::query(SQL.subject_promote).bind(ids(ended)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A page of the subjects of an endpoint that have waiting entries.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The earliest waiting entry of each subject that has no active one.
    pub(crate) orphans: Vec<i64>,
    /// The last tenant and its last subject, where the next page begins; `None` if there are no more.
    pub(crate) last: Option<(String, String)>,
}

/// Reads [`MOST`] subjects after this tenant's subject.
pub(crate) async fn orphans(
    connection: &mut Connection,
    endpoint: String,
    (tenant, subject): (String, String),
) -> Result<Page, Error> {
    let rows = sqlx::query(SQL.subject_orphans).bind(endpoint).bind(tenant).bind(subject);
    let rows = rows.bind(i32::try_from(MOST).unwrap_or(i32::MAX));
    let rows = rows.fetch_all(connection).await?;
    let mut page = Page::default();
    for row in &rows {
        if row.try_get::<bool, _>(3)? {
            page.orphans.push(row.try_get(0)?);
        }
    }
    if let Some(last) = rows.get(MOST - 1) {
        page.last = Some((last.try_get(1)?, last.try_get(2)?));
    }
    Ok(page)
}
