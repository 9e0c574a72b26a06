//! Storing the items of one delivery in one transaction.
//!
//! - **Guarantees**: all items are stored or counted as repeats, or none of them is. Entries have the order of the body. New items and plain repeats take a
//!   constant number of round trips.
//! - **Assumes** that other transactions store single deliveries with the same ids or business keys at the same time. Of
//!   the transactions that store items, one runs at a time. A deadlock with a single delivery is tried again.
//! - **Without it**, a crash would leave half of an acknowledged delivery, or thousands of items would take thousands of
//!   round trips, and the platform would give up before the answer.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Accepted, NewEntry, StoreError};
use sqlx::{Error, PgConnection, PgPool, Row as _};

use super::accept::insert;
use super::pool::change_or;
use super::shared::columns::millis;
use super::shared::payload::{self, Body};
use super::shared::repeat::repeat;
use super::shared::subjects;
use super::statements::SQL;
use super::writer::as_stored;
use crate::telemetry::committed;

/// The most transactions for one delivery.
const ATTEMPTS: u32 = 3;

/// Stores the items of one delivery, and returns the result of each.
pub(crate) async fn accept(pool: &PgPool, mut items: Vec<NewEntry>) -> Result<Vec<Accepted>, StoreError> {
    items.iter_mut().for_each(as_stored);
    let (items, mut attempt) = (Arc::new(items), 1);
    loop {
        let of_attempt = Arc::clone(&items);
        let stored = change_or(pool, move |connection| Box::pin(async move { store(connection, &of_attempt).await }));
        match stored.await {
            Ok(accepted) => {
                committed(1);
                return Ok(accepted);
            }
            Err(Some(error)) if attempt < ATTEMPTS && is_about_a_lock(&error) => attempt += 1,
            Err(Some(error)) => return Err(StoreError::new(error)),
            Err(None) => return Err(StoreError::new("the database did not answer in time")),
        }
    }
}

async fn store(connection: &mut PgConnection, items: &[NewEntry]) -> Result<Vec<Accepted>, Error> {
    let Some(first) = items.first() else { return Ok(Vec::new()) };
    sqlx::query(SQL.items_lock).execute(&mut *connection).await?;
    let mut accepted = HashMap::with_capacity(items.len());
    // Of two items with the same id, at most one is new.
    let mut ids = HashSet::new();
    let mut unique: Vec<usize> = (0..items.len()).filter(|place| ids.insert(&items[*place].delivery_id)).collect();
    for (place, id) in plain_repeats(connection, first, items, &unique).await? {
        accepted.insert(place, Accepted::Repeated(id));
    }
    unique.retain(|place| !accepted.contains_key(place));
    let mut body = Body::shared(first);
    if !unique.is_empty() {
        let row = body.shared_row(connection).await?;
        let entries: Vec<&NewEntry> = unique.iter().map(|place| &items[*place]).collect();
        let new = insert(connection, &entries, row).await?;
        let about = new.iter().filter(|(place, _)| entries[**place].subject.is_some());
        let about: Vec<i64> = about.map(|(_, id)| id.0).collect();
        subjects::promote(connection, &about).await?;
        accepted.extend(new.into_iter().map(|(place, id)| (unique[place], Accepted::Stored(id))));
    }
    for (place, item) in items.iter().enumerate() {
        if let Entry::Vacant(result) = accepted.entry(place) {
            result.insert(repeat(connection, item, &mut body).await?);
        }
    }
    // Other transactions may have stored all of them meanwhile.
    payload::delete_unused(connection, body.row.as_slice()).await?;
    Ok((0..items.len()).filter_map(|place| accepted.remove(&place)).collect())
}

/// Counts the items that repeat entries that no person has to look at, and returns their places and entries.
async fn plain_repeats(
    connection: &mut PgConnection,
    first: &NewEntry,
    items: &[NewEntry],
    unique: &[usize],
) -> Result<Vec<(usize, EntryId)>, Error> {
    macro_rules! column {
        ($value:expr) => {
            unique.iter().map(|place| &items[*place]).map($value).collect::<Vec<_>>()
        };
    }
    let rows = sqlx::query(SQL.items_repeat)
        .bind(&first.endpoint)
        .bind(first.tenant.as_deref())
        .bind(column!(|entry| entry.delivery_id.as_str()))
        .bind(column!(|entry| entry.body_digest.as_slice()))
        .bind(column!(|entry| entry.is_same_by_id()))
        .bind(column!(|entry| entry.keeps_id))
        .bind(column!(|entry| entry.late_age().map(millis)))
        .fetch_all(connection)
        .await?;
    let placed = rows.iter().map(|row| {
        let (place, id): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let place = usize::try_from(place - 1).ok().and_then(|place| unique.get(place)).copied();
        Ok((place.unwrap_or_default(), EntryId(id)))
    });
    placed.collect()
}

/// Returns whether another transaction holds a row: "lock not available", and class 40, "transaction rollback", which
/// includes deadlocks.
fn is_about_a_lock(error: &Error) -> bool {
    let Error::Database(error) = error else { return false };
    error.code().is_some_and(|code| code == "55P03" || code.starts_with("40"))
}
