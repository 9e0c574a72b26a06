//! The reads of single entries, lists and figures.

use std::collections::BTreeMap;
use std::time::Duration;

use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{EndpointStats, Entry, Filter, HistoryLine, SecretUse, State, Stats};
use sqlx::{AssertSqlSafe, Error, Row as _};

use super::columns::{delivery, entry, fingerprint, from_millis, history_line};
use super::conditions::{Conditions, Value};
use super::dialect::{Connection, Database, is_log_pending};
use super::statements::SQL;

pub(crate) async fn get(connection: &mut Connection, id: EntryId) -> Result<Option<Entry>, Error> {
    let row = sqlx::query(SQL.entry_get).bind(id.0).fetch_optional(connection).await?;
    row.as_ref().map(entry).transpose()
}

pub(crate) async fn list(connection: &mut Connection, filter: Filter) -> Result<Vec<Entry>, Error> {
    let Conditions { text, values } = Conditions::of(&filter);
    // Without a selective column, bodies are the best way.
    let is_selective = !filter.states.is_empty() || filter.is_unreadable || !filter.delivery_ids.is_empty();
    let by_body = filter.has_body && !is_selective && filter.tenant.as_ref().is_none_or(String::is_empty);
    let list = if by_body { SQL.entry_list_with_body } else { SQL.entry_list };
    let order = if filter.is_oldest_first { "ASC" } else { "DESC" };
    let list = list.replace("{filter}", &text).replace("{order}", order);
    let list = between(sqlx::query(AssertSqlSafe(list)), &filter, i64::from(filter.limit()));
    bound(list, values).fetch_all(connection).await?.iter().map(entry).collect()
}

pub(crate) async fn count(connection: &mut Connection, filter: Filter) -> Result<u64, Error> {
    count_up_to(connection, filter, u64::MAX).await
}

/// Counts entries up to a number.
pub(crate) async fn count_up_to(connection: &mut Connection, filter: Filter, most: u64) -> Result<u64, Error> {
    let Conditions { text, values } = Conditions::of(&filter);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let count = sqlx::query(AssertSqlSafe(SQL.entry_count.replace("{filter}", &text)));
    let row = bound(between(count, &filter, most), values).fetch_one(connection).await?;
    Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
}

type Query<'q> = sqlx::query::Query<'q, Database, <Database as sqlx::Database>::Arguments>;

/// Binds the first three parameters of `entry_list`.
pub(crate) fn between<'q>(query: Query<'q>, filter: &Filter, most: i64) -> Query<'q> {
    query.bind(filter.after.map_or(i64::MIN, |id| id.0)).bind(filter.before.map_or(i64::MAX, |id| id.0)).bind(most)
}

pub(crate) fn bound<'q>(query: Query<'q>, values: Vec<Value>) -> Query<'q> {
    values.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
    })
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

/// Reads the secrets that the bodies of an endpoint need.
pub(crate) async fn secrets(connection: &mut Connection, endpoint: String) -> Result<Vec<SecretUse>, Error> {
    const MOST_SECRETS: i32 = 100;
    let uses = sqlx::query(SQL.secret_uses).bind(endpoint).bind(MOST_SECRETS).bind(SecretUse::MOST as i64);
    let mut used = Vec::new();
    for row in uses.fetch_all(connection).await? {
        let entries: i64 = row.try_get("entries")?;
        used.extend(fingerprint(&row)?.map(|secret| SecretUse::new(secret, entries.unsigned_abs())));
    }
    Ok(used)
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
    stats.oldest_due = since(due_for);
    let ahead: Option<i64> = sqlx::query_scalar(SQL.stats_clock_ahead).fetch_optional(&mut *connection).await?;
    stats.clock_ahead = Duration::from_millis(ahead.unwrap_or_default().unsigned_abs());
    stats.conflicts =
        sqlx::query_scalar::<_, i64>(SQL.stats_conflicts).fetch_one(&mut *connection).await?.unsigned_abs();
    stats.log_pending = is_log_pending(connection).await?;
    Ok(stats)
}

/// Reads the figures of these endpoints, and of all others with entries that [`stats`] counts. Each statement reads one
/// index.
pub(crate) async fn endpoint_stats(
    connection: &mut Connection,
    endpoints: Vec<String>,
) -> Result<Vec<EndpointStats>, Error> {
    let of_name = |name: String| (name.clone(), EndpointStats::new(&name));
    let mut found: BTreeMap<String, EndpointStats> = endpoints.into_iter().map(of_name).collect();
    for row in sqlx::query(SQL.stats_endpoint_states).fetch_all(&mut *connection).await? {
        let endpoint = found.entry(row.try_get(0)?).or_insert_with_key(|name| EndpointStats::new(name));
        if let Some(count) = State::from_word(row.try_get(1)?).and_then(|state| endpoint.stats.row_mut(state)) {
            *count = row.try_get::<i64, _>(2)?.unsigned_abs();
        }
    }
    for row in sqlx::query(SQL.stats_endpoint_due).fetch_all(&mut *connection).await? {
        if let Some(endpoint) = found.get_mut(row.try_get::<&str, _>(0)?) {
            endpoint.stats.oldest_due = since(row.try_get(1)?);
        }
    }
    for row in sqlx::query(SQL.stats_endpoint_conflicts).fetch_all(&mut *connection).await? {
        if let Some(endpoint) = found.get_mut(row.try_get::<&str, _>(0)?) {
            endpoint.stats.conflicts = row.try_get::<i64, _>(1)?.unsigned_abs();
        }
    }
    for endpoint in found.values_mut() {
        let seen = sqlx::query_scalar(SQL.stats_endpoint_seen).bind(endpoint.endpoint.clone());
        let seen: Option<i64> = seen.bind(i64::from(EndpointStats::NEWEST)).fetch_one(&mut *connection).await?;
        endpoint.last_seen_at = seen.map(|at| from_millis("last_seen_at", at)).transpose()?;
    }
    Ok(found.into_values().collect())
}

/// Returns the time since an entry became due; zero if it is due later.
fn since(due_for: Option<i64>) -> Duration {
    Duration::from_millis(due_for.and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default())
}
