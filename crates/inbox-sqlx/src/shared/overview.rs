//! The figures of an overview: numbers by state, endpoints, and deliveries over time.
//!
//! - **Guarantees**: each statement reads an index, or a bounded number of entries.
//! - **Assumes** that ids grow with time, so that the newest entries have the highest ids.
//! - **Without it**, a page that refreshes every second would read a year of entries each time.

use std::collections::BTreeMap;
use std::time::Duration;

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Activity, ActivityOf, Counts, EndpointStats, Filter, State, StoredEndpoint};
use sqlx::{AssertSqlSafe, Error, Row as _};

use super::columns::{from_millis, micros};
use super::conditions::Conditions;
use super::dialect::Connection;
use super::read::{between, bound, count_up_to};
use super::statements::SQL;

/// The states whose numbers grow without bound.
const UNBOUNDED: [State; 2] = [State::Completed, State::Cancelled];

/// Counts entries by their state.
pub(crate) async fn counts(connection: &mut Connection, filter: Filter) -> Result<Counts, Error> {
    let filter = Counts::filter(filter);
    let mut counts = Counts::default();
    for state in State::ALL.into_iter().filter(|state| !UNBOUNDED.contains(state)) {
        let of_state = filter.clone().state(state);
        *counts.of_mut(state) = count_up_to(connection, of_state, Counts::MOST).await?;
    }
    counts.repeated = count_up_to(connection, filter.clone().repeated(), Counts::MOST).await?;
    counts.conflicts = count_up_to(connection, filter.clone().conflicts(), Counts::MOST).await?;
    let Conditions { text, values } = Conditions::led(&filter, true);
    // The index of states has the endpoint, so that a count ends at its bound. For other conditions the rows are read in
    // their order.
    let mut of_index = Filter::new();
    of_index.endpoint.clone_from(&filter.endpoint);
    if filter == of_index {
        for state in UNBOUNDED {
            *counts.of_mut(state) = count_up_to(connection, filter.clone().state(state), Counts::MOST).await?;
        }
        return Ok(counts);
    }
    // Among twice as many entries as the bound, one state reaches it. The index of states finds the entries of the other.
    let most = 2 * Counts::MOST;
    let statement = AssertSqlSafe(SQL.counts_newest.replace("{filter}", &format!("{text} LIMIT {most}")));
    let statement = between(sqlx::query(statement), &filter, Counts::NEWEST as i64);
    let row = bound(statement, values).fetch_one(&mut *connection).await?;
    let mut read = 0;
    for state in UNBOUNDED {
        let number = row.try_get::<i64, _>(state.as_str())?.unsigned_abs();
        (*counts.of_mut(state), read) = (number.min(Counts::MOST), read + number);
    }
    if read == most {
        let oldest = EntryId(row.try_get::<i64, _>("newest")? - Counts::NEWEST as i64);
        let found = counts;
        for state in UNBOUNDED.into_iter().filter(|state| !Counts::is_bound(found.of(*state))) {
            let mut rare = filter.clone().state(state);
            rare.after = Some(oldest);
            *counts.of_mut(state) = count_up_to(connection, rare, Counts::MOST).await?;
        }
    }
    Ok(counts)
}

/// Returns the names of the endpoints with entries, in their order.
pub(crate) async fn names(connection: &mut Connection) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(SQL.endpoint_names).fetch_all(connection).await
}

/// Returns the endpoints with entries or refused requests.
pub(crate) async fn endpoints(connection: &mut Connection) -> Result<Vec<StoredEndpoint>, Error> {
    let mut found = BTreeMap::new();
    for row in sqlx::query(SQL.refused_endpoints).fetch_all(&mut *connection).await? {
        let (name, platform): (String, String) = (row.try_get("endpoint")?, row.try_get("platform")?);
        let mut endpoint = StoredEndpoint::new(&name, &platform);
        endpoint.refused = row.try_get::<i64, _>("refused")?.unsigned_abs();
        found.insert(name, endpoint);
    }
    for name in names(connection).await? {
        let newest = sqlx::query(SQL.endpoint_newest).bind(&name).bind(i64::from(EndpointStats::NEWEST));
        let row = newest.fetch_one(&mut *connection).await?;
        // The entries may have been pruned since.
        if let Some(platform) = row.try_get("platform")? {
            let endpoint = found.entry(name).or_insert_with_key(|name| StoredEndpoint::new(name, ""));
            (endpoint.has_entries, endpoint.platform) = (true, platform);
            let seen: Option<i64> = row.try_get("last_seen_at")?;
            endpoint.last_seen_at = seen.map(|at| from_millis("last_seen_at", at)).transpose()?;
        }
    }
    let mut endpoints: Vec<_> = found.into_values().collect();
    endpoints.sort_by(|left, right| left.endpoint.cmp(&right.endpoint));
    Ok(endpoints)
}

/// Returns deliveries and attempts by their buckets.
pub(crate) async fn activity(connection: &mut Connection, of: ActivityOf) -> Result<Vec<Activity>, Error> {
    let mut buckets = of.empty();
    let filter = if of.endpoint.is_some() { "AND endpoint = $4" } else { "" };
    let prepared = |statement: &str| AssertSqlSafe(statement.replace("{filter}", filter));
    let (from, until, step) = (micros(of.from), micros(of.until()), of.step.as_micros() as i64);
    let received = sqlx::query(prepared(SQL.activity_received)).bind(from).bind(until).bind(step);
    let received = of.endpoint.iter().fold(received, |query, endpoint| query.bind(endpoint.clone()));
    for row in received.fetch_all(&mut *connection).await? {
        if let Some(bucket) = place(&mut buckets, row.try_get("bucket")?) {
            bucket.received = row.try_get::<i64, _>("received")?.unsigned_abs();
        }
    }
    // Rounded up, so that the first millisecond begins in the first bucket.
    let (from, until, step) = ((from + 999) / 1_000, (until + 999) / 1_000, step / 1_000);
    let ended = sqlx::query(prepared(SQL.activity_ended)).bind(from).bind(until).bind(step);
    let ended = of.endpoint.iter().fold(ended, |query, endpoint| query.bind(endpoint.clone()));
    for row in ended.fetch_all(connection).await? {
        let Some(bucket) = place(&mut buckets, row.try_get("bucket")?) else { continue };
        let number = row.try_get::<i64, _>("number")?.unsigned_abs();
        let attempts = row.try_get::<i64, _>("attempts")?.unsigned_abs();
        let millis = |column| Ok::<_, Error>(row.try_get::<Option<i64>, _>(column)?.unwrap_or_default().unsigned_abs());
        match row.try_get::<&str, _>("what")? {
            "completed" => {
                bucket.completed = number;
                bucket.mean_latency = Duration::from_millis(millis("total")?.checked_div(number).unwrap_or_default());
                bucket.max_latency = Duration::from_millis(millis("longest")?);
            }
            "discarded" => {
                bucket.failed += attempts;
                bucket.discarded += number;
            }
            _ => bucket.failed += number,
        }
    }
    Ok(buckets)
}

fn place(buckets: &mut [Activity], bucket: i64) -> Option<&mut Activity> {
    buckets.get_mut(usize::try_from(bucket).ok()?)
}
