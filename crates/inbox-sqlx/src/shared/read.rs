//! What is shown: read apart from what is written.

use std::time::Duration;

use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Filter, HistoryLine, State, Stats};
use sqlx::{AssertSqlSafe, Error, Row as _};

use super::columns::{delivery, entry, entry_columns, event};
use super::dialect::{Connection, now};

pub(crate) async fn get(connection: &mut Connection, id: EntryId) -> Result<Option<Entry>, Error> {
    const GET: &str = concat!("SELECT ", entry_columns!(), " FROM inbox_entry WHERE id = $1");
    let row = sqlx::query(GET).bind(id.0).fetch_optional(connection).await?;
    row.as_ref().map(entry).transpose()
}

pub(crate) async fn list(connection: &mut Connection, filter: &Filter) -> Result<Vec<Entry>, Error> {
    const LIST: &str = concat!("SELECT ", entry_columns!(), " FROM inbox_entry WHERE id < $1");
    // Bodies are what is kept for the shortest time, so they lead to the entries where nothing better does.
    const WITH_BODY: &str = concat!(
        "SELECT ",
        entry_columns!(),
        " FROM (SELECT entry_id FROM inbox_payload WHERE entry_id < $1) AS kept CROSS JOIN inbox_entry \
         WHERE id = entry_id"
    );
    // A text for each filter, for each has an index of its own; made of these constants alone.
    let leads = filter.has_body && !filter.is_unreadable && filter.state.is_none();
    let mut text = if leads { WITH_BODY } else { LIST }.to_owned();
    let mut wanted = Vec::new();
    for (column, value) in
        [("endpoint", filter.endpoint.as_deref()), ("state", filter.state.map(|state| state.as_str()))]
    {
        if let Some(value) = value {
            wanted.push(value);
            text.push_str(&format!(" AND {column} = ${}", wanted.len() + 2));
        }
    }
    if filter.is_unreadable {
        text.push_str(" AND unreadable IS NOT NULL");
    }
    if filter.has_body && !leads {
        text.push_str(" AND has_body = TRUE");
    }
    text.push_str(if leads { " ORDER BY entry_id DESC LIMIT $2" } else { " ORDER BY id DESC LIMIT $2" });
    let before = filter.before.map_or(i64::MAX, |id| id.0);
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(before).bind(i64::from(filter.limit()));
    for value in wanted {
        query = query.bind(value);
    }
    query.fetch_all(connection).await?.iter().map(entry).collect()
}

pub(crate) async fn body(connection: &mut Connection, id: EntryId) -> Result<Option<StoredDelivery>, Error> {
    const BODY: &str = "SELECT received_at, headers, body, seal FROM inbox_payload WHERE entry_id = $1";
    match sqlx::query(BODY).bind(id.0).fetch_optional(connection).await? {
        Some(row) => delivery(&row),
        None => Ok(None),
    }
}

pub(crate) async fn history(connection: &mut Connection, id: EntryId) -> Result<Vec<HistoryLine>, Error> {
    const HISTORY: &str =
        "SELECT at, what, attempt, by_whom, reason FROM inbox_history WHERE entry_id = $1 ORDER BY id";
    sqlx::query(HISTORY).bind(id.0).fetch_all(connection).await?.iter().map(event).collect()
}

pub(crate) async fn stats(connection: &mut Connection) -> Result<Stats, Error> {
    // The number of completed entries grows without end, so they are not counted. Each statement reads one index.
    const COUNT: &str = "SELECT state, COUNT(*) FROM inbox_entry WHERE state IN \
                         ('available', 'waiting', 'running', 'retryable', 'parked', 'discarded') GROUP BY state";
    const OLDEST: &str = concat!("SELECT ", now!(), " - MIN(next_at) FROM inbox_entry WHERE next_at IS NOT NULL");
    const CONFLICTS: &str = "SELECT COUNT(*) FROM inbox_entry WHERE state = 'discarded' AND conflict_of IS NOT NULL";
    const AHEAD: &str = "SELECT ahead_by FROM inbox_clock";
    let mut stats = Stats::default();
    for row in sqlx::query(COUNT).fetch_all(&mut *connection).await? {
        if let Some(count) = State::from_word(row.try_get(0)?).and_then(|state| stats.row_mut(state)) {
            *count = row.try_get::<i64, _>(1)?.unsigned_abs();
        }
    }
    let due_for: Option<i64> = sqlx::query_scalar(OLDEST).fetch_one(&mut *connection).await?;
    stats.oldest_due = Duration::from_millis(due_for.and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default());
    let ahead: Option<i64> = sqlx::query_scalar(AHEAD).fetch_optional(&mut *connection).await?;
    stats.clock_ahead = Duration::from_millis(ahead.unwrap_or_default().unsigned_abs());
    stats.conflicts = sqlx::query_scalar::<_, i64>(CONFLICTS).fetch_one(connection).await?.unsigned_abs();
    Ok(stats)
}
