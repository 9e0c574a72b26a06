//! Conversions between columns and values.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use referral_webhooks::{Fingerprint, StoredDelivery};
use referral_webhooks_inbox::store::{Entry, HistoryLine, NewEntry, State, headers};
use referral_webhooks_inbox::{EntryId, Reason};
use sqlx::{Error, Row as _};
use time::OffsetDateTime;

use super::dialect::{Row, text};

/// Returns a duration in milliseconds, 100 years at most, so that a sum with the present time can be read back.
pub(crate) fn millis(time: Duration) -> i64 {
    const LONGEST: i64 = 100 * 365 * 24 * 60 * 60 * 1_000;
    i64::try_from(time.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}

/// Returns the name of a worker or a person, cut to the length of its column.
pub(crate) fn name(name: &str) -> &str {
    const LONGEST: usize = 200;
    &name[..name.floor_char_boundary(LONGEST)]
}

/// Returns the word of a history line, cut to the length of its column.
pub(crate) fn word(word: &str) -> &str {
    const LONGEST: usize = 100;
    &word[..word.floor_char_boundary(LONGEST)]
}

/// Returns a time of the receiver's clock in microseconds.
pub(crate) fn micros(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000).unwrap_or_default()
}

/// Returns the tenant of a delivery as its column has it.
pub(crate) fn tenant(entry: &NewEntry) -> Cow<'_, str> {
    text(entry.tenant.as_deref().unwrap_or_default())
}

pub(crate) fn from_micros(column: &str, micros: i64) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).map_err(|error| damaged(column, error))
}

pub(crate) fn from_millis(column: &str, millis: i64) -> Result<OffsetDateTime, Error> {
    from_micros(column, millis.saturating_mul(1_000))
}

fn damaged(column: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::ColumnDecode { index: column.to_owned(), source: source.into() }
}

/// Reads a number that is never negative. A number above `u32::MAX` is read as `u32::MAX`: the sum of attempts without
/// end and of attempts that were made is such a number.
pub(crate) fn count(row: &Row, column: &str) -> Result<u32, Error> {
    match row.try_get::<i64, _>(column)? {
        negative @ ..0 => Err(damaged(column, format!("{negative} is negative"))),
        count => Ok(u32::try_from(count).unwrap_or(u32::MAX)),
    }
}

/// Reads an entry from the columns of `entry_get` and `entry_list`.
pub(crate) fn entry(row: &Row) -> Result<Entry, Error> {
    let state: String = row.try_get("state")?;
    let state = State::from_word(&state).ok_or_else(|| damaged("state", "an unknown word"))?;
    let received_at = from_micros("received_at", row.try_get("received_at")?)?;
    let last_seen_at = from_millis("last_seen_at", row.try_get("last_seen_at")?)?;
    let mut entry = Entry::new(EntryId(row.try_get("id")?), state, received_at, last_seen_at);
    entry.endpoint = row.try_get("endpoint")?;
    entry.tenant = Some(row.try_get("tenant")?).filter(|tenant: &String| !tenant.is_empty());
    entry.platform = row.try_get("platform")?;
    entry.delivery_id = row.try_get("delivery_id")?;
    entry.is_derived = row.try_get("is_derived")?;
    entry.event = row.try_get("event")?;
    entry.unreadable = row.try_get("unreadable")?;
    entry.attempt = count(row, "attempt")?;
    entry.last_attempt = count(row, "last_attempt")?;
    entry.run = count(row, "run")?;
    entry.repeats = count(row, "repeats")?;
    entry.conflicts = count(row, "conflicts")?;
    entry.conflict_of = row.try_get::<Option<i64>, _>("conflict_of")?.map(EntryId);
    entry.repeat_of = row.try_get::<Option<i64>, _>("repeat_of")?.map(EntryId);
    entry.secret = fingerprint(row)?;
    entry.next_at = time_or_null(row, "next_at")?;
    entry.finished_at = time_or_null(row, "finished_at")?;
    entry.reason = row.try_get("reason")?;
    entry.has_body = row.try_get("has_body")?;
    (entry.item, entry.profile) = (item(row)?, row.try_get("profile")?);
    Ok(entry)
}

/// Reads the position of an event in a body that holds several.
pub(crate) fn item(row: &Row) -> Result<Option<u32>, Error> {
    let item: Option<i64> = row.try_get("item")?;
    item.map(|item| u32::try_from(item).map_err(|error| damaged("item", error))).transpose()
}

/// Reads the fingerprint of the secret that proved a body.
pub(crate) fn fingerprint(row: &Row) -> Result<Option<Fingerprint>, Error> {
    let secret: Option<String> = row.try_get("secret")?;
    secret.map(|secret| secret.parse().map_err(|error| damaged("secret", error))).transpose()
}

fn time_or_null(row: &Row, column: &str) -> Result<Option<OffsetDateTime>, Error> {
    row.try_get::<Option<i64>, _>(column)?.map(|millis| from_millis(column, millis)).transpose()
}

pub(crate) fn history_line(row: &Row) -> Result<HistoryLine, Error> {
    let at = from_millis("at", row.try_get("at")?)?;
    let (what, by): (String, String) = (row.try_get("what")?, row.try_get("actor")?);
    let reason = row.try_get::<Option<String>, _>("reason")?.map(Reason::from);
    let mut line = HistoryLine::new(at, &what, count(row, "attempt")?, &by, reason.as_ref());
    let took: Option<i64> = row.try_get("took")?;
    line.took = took.map(|millis| Duration::from_millis(millis.unsigned_abs()));
    line.by_hand = row.try_get("by_hand")?;
    Ok(line)
}

/// Reads the delivery of a row that has the columns of a payload; `None` if the body was deleted.
pub(crate) fn delivery(row: &Row) -> Result<Option<StoredDelivery>, Error> {
    let Some(body) = row.try_get::<Option<Vec<u8>>, _>("body")? else { return Ok(None) };
    let headers = headers::from_lines(row.try_get("headers")?);
    let received_at = from_micros("received_at", row.try_get("received_at")?)?;
    let seal = row.try_get::<Option<Vec<u8>>, _>("seal")?;
    // Without a seal of the right length the delivery does not open.
    let seal = seal.and_then(|seal| seal.try_into().ok());
    Ok(Some(StoredDelivery::new(headers, Bytes::from(body), received_at, seal)))
}
