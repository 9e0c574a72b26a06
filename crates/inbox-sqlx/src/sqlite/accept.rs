//! Storing a batch of deliveries: many rows a statement, and the index decides what is new.

use std::collections::HashMap;

use referral_webhooks::Strength;
use referral_webhooks_inbox::{Accepted, EntryId, NewEntry, headers};
use sqlx::{AssertSqlSafe, Error, Row as _, SqliteConnection};

use super::columns::micros;
use super::dialect::now;
use super::repeat::repeat;

/// How many rows go into one statement: few sizes, so that all of them stay prepared.
const CHUNKS: [usize; 4] = [64, 16, 4, 1];

/// Stores a batch, and says what became of each.
pub(crate) async fn accept_all(
    connection: &mut SqliteConnection,
    entries: &[NewEntry],
) -> Result<Vec<Accepted>, Error> {
    let mut accepted = Vec::with_capacity(entries.len());
    let mut rest = entries;
    while !rest.is_empty() {
        let size = CHUNKS.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (chunk, others) = rest.split_at(size);
        accept_chunk(connection, chunk, &mut accepted).await?;
        rest = others;
    }
    Ok(accepted)
}

async fn accept_chunk(
    connection: &mut SqliteConnection,
    chunk: &[NewEntry],
    accepted: &mut Vec<Accepted>,
) -> Result<(), Error> {
    let mut new = insert_entries(connection, chunk).await?;
    // Of two with the same key in one chunk, the first is new, and the second finds nothing here.
    let mut id_of = |entry: &NewEntry| new.remove(&(entry.endpoint.clone(), entry.key.clone()));
    let stored: Vec<_> = chunk.iter().filter_map(|entry| id_of(entry).map(|id| (id, entry))).collect();
    insert_payloads(connection, &stored).await?;
    let mut stored = stored.into_iter().peekable();
    for entry in chunk {
        accepted.push(match stored.next_if(|(_, new)| std::ptr::eq(*new, entry)) {
            Some((id, _)) => Accepted::Stored(id),
            None => repeat(connection, entry).await?,
        });
    }
    Ok(())
}

/// Inserts what is new, and says which that was.
async fn insert_entries(
    connection: &mut SqliteConnection,
    chunk: &[NewEntry],
) -> Result<HashMap<(String, String), EntryId>, Error> {
    const BEFORE: &str = "INSERT INTO inbox_entry (endpoint, platform, key, is_derived, event, unreadable, \
                          body_digest, state, attempt, last_attempt, repeats, conflicts, received_at, subject, \
                          ordered_at, run, last_seen_at, next_at, worker, has_body) VALUES ";
    const ROW: &str =
        concat!("(?, ?, ?, ?, ?, ?, ?, 'available', 0, ?, 0, 0, ?, ?, ?, 1, ", now!(), ", ", now!(), ", '', TRUE)");
    const AFTER: &str = " ON CONFLICT (endpoint, key) DO NOTHING RETURNING id, endpoint, key";
    let text = rows(BEFORE, ROW, chunk.len(), AFTER);
    // The text is made of the constants above alone.
    let mut query = sqlx::query(AssertSqlSafe(text));
    for entry in chunk {
        query = query
            .bind(&entry.endpoint)
            .bind(entry.platform)
            .bind(&entry.key)
            .bind(entry.strength == Strength::Digest)
            .bind(&entry.event)
            .bind(&entry.unreadable)
            .bind(entry.body_digest.as_slice())
            .bind(entry.attempts)
            .bind(micros(entry.delivery.received_at))
            .bind(&entry.subject)
            .bind(micros(entry.ordered_at));
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| Ok(((row.try_get(1)?, row.try_get(2)?), EntryId(row.try_get(0)?)))).collect()
}

async fn insert_payloads(connection: &mut SqliteConnection, new: &[(EntryId, &NewEntry)]) -> Result<(), Error> {
    let mut rest = new;
    while !rest.is_empty() {
        let size = CHUNKS.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (chunk, others) = rest.split_at(size);
        let before = "INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal) VALUES ";
        let mut query = sqlx::query(AssertSqlSafe(rows(before, "(?, ?, ?, ?, ?)", size, "")));
        for (id, entry) in chunk {
            let delivery = &entry.delivery;
            query = query
                .bind(id.0)
                .bind(micros(delivery.received_at))
                .bind(headers::to_lines(&delivery.headers))
                .bind(delivery.body.as_ref())
                .bind(delivery.seal.as_ref().map(<[u8; 32]>::as_slice));
        }
        query.execute(&mut *connection).await?;
        rest = others;
    }
    Ok(())
}

fn rows(before: &str, row: &str, count: usize, after: &str) -> String {
    format!("{before}{}{after}", vec![row; count].join(", "))
}
