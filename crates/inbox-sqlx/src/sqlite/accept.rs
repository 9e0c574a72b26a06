//! Storing a batch of deliveries: two statements, and the index decides what is new.

use std::collections::HashMap;

use referral_webhooks::Strength;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Accepted, NewEntry, headers};
use sqlx::{AssertSqlSafe, Error, Row as _, SqliteConnection};

use super::columns::micros;
use super::dialect::{now, stamp};
use super::repeat::repeat;
use super::subjects;

/// How many rows a statement has: few sizes, so that all of them stay prepared. A batch takes the next larger one.
const SIZES: [usize; 5] = [1, 8, 32, 64, 256];

/// Stores a batch, and says what became of each.
pub(crate) async fn accept_all(
    connection: &mut SqliteConnection,
    entries: &[NewEntry],
) -> Result<Vec<Accepted>, Error> {
    let mut accepted = Vec::with_capacity(entries.len());
    for chunk in entries.chunks(SIZES[SIZES.len() - 1]) {
        let mut stored = insert_entries(connection, chunk).await?.into_iter().peekable();
        insert_payloads(connection, stored.clone(), stored.len()).await?;
        let about: Vec<i64> = stored.clone().filter(|(_, new)| new.subject.is_some()).map(|(id, _)| id.0).collect();
        subjects::promote(connection, &about).await?;
        for entry in chunk {
            accepted.push(match stored.next_if(|(_, new)| std::ptr::eq(*new, entry)) {
                Some((id, _)) => Accepted::Stored(id),
                None => repeat(connection, entry).await?,
            });
        }
    }
    Ok(accepted)
}

/// Inserts what is new, and says which that was.
async fn insert_entries<'e>(
    connection: &mut SqliteConnection,
    chunk: &'e [NewEntry],
) -> Result<Vec<(EntryId, &'e NewEntry)>, Error> {
    const GIVEN: &str = "endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest, last_attempt, \
                         received_at, subject, ordered_at, keeps_id";
    const INSERT: &str = concat!(
        "INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest, state, \
         attempt, last_attempt, repeats, conflicts, received_at, subject, ordered_at, run, last_seen_at, next_at, \
         finished_at, worker, has_body, keeps_id) SELECT endpoint, platform, delivery_id, is_derived, event, unreadable, \
         body_digest, CASE WHEN unreadable IS NOT NULL THEN 'parked' WHEN subject IS NOT NULL THEN 'waiting' \
         ELSE 'available' END, 0, last_attempt, 0, 0, received_at, subject, ordered_at, 1, ",
        stamp!(),
        ", CASE WHEN unreadable IS NULL AND subject IS NULL THEN ",
        now!(),
        " END, CASE WHEN unreadable IS NOT NULL THEN ",
        stamp!(),
        " END, '', TRUE, keeps_id FROM given WHERE endpoint IS NOT NULL ON CONFLICT (endpoint, delivery_id) DO NOTHING"
    );
    let mut query = sqlx::query(AssertSqlSafe(with_rows(GIVEN, chunk.len(), INSERT)));
    for entry in chunk {
        query = query
            .bind(&entry.endpoint)
            .bind(entry.platform)
            .bind(&entry.delivery_id)
            .bind(entry.strength == Strength::Digest)
            .bind(&entry.event)
            .bind(&entry.unreadable)
            .bind(entry.body_digest.as_slice())
            .bind(entry.attempts)
            .bind(micros(entry.delivery.received_at))
            .bind(&entry.subject)
            .bind(micros(entry.ordered_at))
            .bind(entry.keeps_id);
    }
    let inserted = query.execute(&mut *connection).await?;
    if inserted.rows_affected() == chunk.len() as u64 {
        // All are new, and nobody else writes: their numbers follow one another, up to the last.
        let first = inserted.last_insert_rowid() + 1 - chunk.len() as i64;
        return Ok((first..).map(EntryId).zip(chunk).collect());
    }
    // The new ones have the highest numbers.
    const NEW: &str = "SELECT id, endpoint, delivery_id FROM inbox_entry ORDER BY id DESC LIMIT $1";
    let rows = sqlx::query(NEW).bind(inserted.rows_affected() as i64).fetch_all(connection).await?;
    let new = rows.iter().map(|row| Ok(((row.try_get(1)?, row.try_get(2)?), EntryId(row.try_get(0)?))));
    let mut new = new.collect::<Result<HashMap<(&str, &str), EntryId>, Error>>()?;
    // Of two with the same key in one chunk, the first is new, and the second finds nothing here.
    let is_new = chunk.iter().filter_map(|entry| Some((new.remove(&(&*entry.endpoint, &*entry.delivery_id))?, entry)));
    Ok(is_new.collect())
}

async fn insert_payloads(
    connection: &mut SqliteConnection,
    new: impl Iterator<Item = (EntryId, &NewEntry)>,
    count: usize,
) -> Result<(), Error> {
    if count == 0 {
        return Ok(());
    }
    const GIVEN: &str = "entry_id, received_at, headers, body, seal";
    const INSERT: &str = "INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal) \
                          SELECT entry_id, received_at, headers, body, seal FROM given WHERE entry_id IS NOT NULL";
    let mut query = sqlx::query(AssertSqlSafe(with_rows(GIVEN, count, INSERT)));
    for (id, entry) in new {
        let delivery = &entry.delivery;
        query = query
            .bind(id.0)
            .bind(micros(delivery.received_at))
            .bind(headers::to_lines(&delivery.headers))
            .bind(delivery.body.as_ref())
            .bind(delivery.seal.as_ref().map(<[u8; 32]>::as_slice));
    }
    query.execute(connection).await.map(|_| ())
}

/// A statement over rows that are given with it: as many as there are, or more, for what is not given is NULL.
fn with_rows(columns: &'static str, count: usize, statement: &'static str) -> String {
    let size = SIZES.into_iter().find(|size| *size >= count).unwrap_or(count);
    let row = format!("({})", vec!["?"; columns.split(',').count()].join(", "));
    format!("WITH given ({columns}) AS (VALUES {}) {statement}", vec![row; size].join(", "))
}
