//! The reads of single entries, lists and figures.

use std::sync::LazyLock;
use std::time::Duration;

use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Filter, HistoryLine, State, Stats};
use sqlx::{Error, Row as _};

use super::columns::{delivery, entry, history_line};
use super::dialect::{Connection, is_log_pending, text};
use super::statements::SQL;

pub(crate) async fn get(connection: &mut Connection, id: EntryId) -> Result<Option<Entry>, Error> {
    let row = sqlx::query(SQL.entry_get).bind(id.0).fetch_optional(connection).await?;
    row.as_ref().map(entry).transpose()
}

/// The conditions of a [`Filter`], in the order of the bits of [`list_of`].
const CONDITIONS: [&str; 6] = [
    "AND endpoint = $3",
    "AND state = $4",
    "AND unreadable IS NOT NULL",
    "AND has_body = TRUE",
    // The index of tenants has no entries without one.
    "AND tenant = $5 AND tenant <> ''",
    "AND tenant = ''",
];

/// A statement for each combination of conditions: the planner chooses an index by the statement's text.
static LISTS: LazyLock<[&'static str; 64]> = LazyLock::new(|| {
    std::array::from_fn(|bits| {
        let wanted = CONDITIONS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
        let conditions: Vec<&str> = wanted.map(|(_, condition)| *condition).collect();
        // Without a state, unreadable entries or a tenant, bodies are the best way.
        let (list, conditions) = match conditions.split_last() {
            Some((_, others)) if bits & 0b11_1110 == 0b1000 => (SQL.entry_list_with_body, others),
            _ => (SQL.entry_list, &*conditions),
        };
        &*list.replace("{filter}", &conditions.join(" ")).leak()
    })
});

pub(crate) async fn list(connection: &mut Connection, filter: Filter) -> Result<Vec<Entry>, Error> {
    let tenant = filter.tenant.as_deref().map(text);
    let (of_one, of_none) = (tenant.as_ref().is_some_and(|tenant| !tenant.is_empty()), tenant.as_deref() == Some(""));
    let (endpoint, state) = (filter.endpoint.as_deref(), filter.state.map(|state| state.as_str()));
    let wanted = [endpoint.is_some(), state.is_some(), filter.is_unreadable, filter.has_body, of_one, of_none];
    let bits = wanted.iter().rev().fold(0, |bits, is_wanted| bits << 1 | usize::from(*is_wanted));
    let before = filter.before.map_or(i64::MAX, |id| id.0);
    let mut list = sqlx::query(LISTS[bits]).bind(before).bind(i64::from(filter.limit()));
    // Up to the last parameter that the statement has.
    if endpoint.is_some() || state.is_some() || of_one {
        list = list.bind(endpoint);
    }
    if state.is_some() || of_one {
        list = list.bind(state);
    }
    if of_one {
        list = list.bind(tenant);
    }
    list.fetch_all(connection).await?.iter().map(entry).collect()
}

pub(crate) async fn body(connection: &mut Connection, id: EntryId) -> Result<Option<StoredDelivery>, Error> {
    match sqlx::query(SQL.payload_read).bind(id.0).fetch_optional(connection).await? {
        Some(row) => delivery(&row),
        None => Ok(None),
    }
}

pub(crate) async fn history(connection: &mut Connection, id: EntryId) -> Result<Vec<HistoryLine>, Error> {
    sqlx::query(SQL.history_read).bind(id.0).fetch_all(connection).await?.iter().map(history_line).collect()
}

/// Reads the figures. Each statement reads one index.
pub(crate) async fn stats(connection: &mut Connection) -> Result<Stats, Error> {
    let mut stats = Stats::default();
    for row in sqlx::query(SQL.stats_states).fetch_all(&mut *connection).await? {
        if let Some(count) = State::from_word(row.try_get(0)?).and_then(|state| stats.row_mut(state)) {
            *count = row.try_get::<i64, _>(1)?.unsigned_abs();
        }
    }
    let due_for: Option<i64> = sqlx::query_scalar(SQL.stats_oldest_due).fetch_one(&mut *connection).await?;
    stats.oldest_due = Duration::from_millis(due_for.and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default());
    let ahead: Option<i64> = sqlx::query_scalar(SQL.stats_clock_ahead).fetch_optional(&mut *connection).await?;
    stats.clock_ahead = Duration::from_millis(ahead.unwrap_or_default().unsigned_abs());
    stats.conflicts =
        sqlx::query_scalar::<_, i64>(SQL.stats_conflicts).fetch_one(&mut *connection).await?.unsigned_abs();
    stats.log_pending = is_log_pending(connection).await?;
    Ok(stats)
}
