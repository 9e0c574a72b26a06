//! Storing a batch of deliveries: two statements, and the unique indexes decide which deliveries are new.
//!
//! - **Guarantees**: a delivery is stored once, or counted as a repeat or a conflict.
//! - **Assumes** that the writer has locked the file, so that the new entries have the highest ids.
//! - **Without it**, a body could be stored with the id of another entry.

use std::collections::HashMap;
use std::sync::LazyLock;

use referral_webhooks::Strength;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Accepted, NewEntry, headers};
use sqlx::{Error, Row as _, SqliteConnection};

use super::shared::columns::{micros, tenant};
use super::shared::payload::Body;
use super::shared::repeat::repeat;
use super::shared::subjects;
use super::statements::SQL;

/// The numbers of rows of a statement. They are few, so that all texts stay prepared; a batch takes the next larger
/// one.
const SIZES: [usize; 5] = [1, 8, 32, 64, 256];

static INSERT_ENTRIES: LazyLock<Statement> = LazyLock::new(|| Statement::new(SQL.accept_entries));
static INSERT_PAYLOADS: LazyLock<Statement> = LazyLock::new(|| Statement::new(SQL.accept_payloads));

/// The texts of a statement over given rows, one for each of [`SIZES`].
struct Statement([&'static str; SIZES.len()]);

impl Statement {
    /// Repeats the row before `{more_rows}`.
    fn new(statement: &str) -> Self {
        let row = statement.split_once("VALUES ").and_then(|(_, rows)| rows.split_once("{more_rows}"));
        let more = format!(", {}", row.map(|(row, _)| row).unwrap_or_default());
        Self(SIZES.map(|size| &*statement.replace("{more_rows}", &more.repeat(size - 1)).leak()))
    }

    /// Returns the smallest text with at least so many rows. Values that are not bound are NULL.
    fn sized(&self, rows: usize) -> &'static str {
        let size = SIZES.iter().position(|size| *size >= rows);
        self.0[size.unwrap_or(SIZES.len() - 1)]
    }
}

/// Stores a batch, and returns the result of each delivery.
pub(crate) async fn accept_all(
    connection: &mut SqliteConnection,
    entries: &[NewEntry],
) -> Result<Vec<Accepted>, Error> {
    let mut accepted = Vec::with_capacity(entries.len());
    for chunk in entries.chunks(SIZES[SIZES.len() - 1]) {
        let mut stored = insert_entries(connection, chunk).await?.into_iter().peekable();
        insert_payloads(connection, stored.clone(), stored.len(), None).await?;
        let about: Vec<i64> = stored.clone().filter(|(_, new)| new.subject.is_some()).map(|(id, _)| id.0).collect();
        subjects::promote(connection, &about).await?;
        for entry in chunk {
            accepted.push(match stored.next_if(|(_, new)| std::ptr::eq(*new, entry)) {
                Some((id, _)) => Accepted::Stored(id),
                None => repeat(connection, entry, &mut Body::of(entry)).await?,
            });
        }
    }
    Ok(accepted)
}

/// Stores the items of one delivery, and returns the result of each.
pub(crate) async fn accept_items(
    connection: &mut SqliteConnection,
    items: &[NewEntry],
) -> Result<Vec<Accepted>, Error> {
    let Some(first) = items.first() else { return Ok(Vec::new()) };
    let (mut body, mut accepted) = (Body::shared(first), Vec::with_capacity(items.len()));
    for chunk in items.chunks(SIZES[SIZES.len() - 1]) {
        let mut stored = insert_entries(connection, chunk).await?.into_iter().peekable();
        if stored.len() > 0 {
            let row = body.shared_row(connection).await?;
            insert_payloads(connection, stored.clone(), stored.len(), row).await?;
        }
        let about: Vec<i64> = stored.clone().filter(|(_, new)| new.subject.is_some()).map(|(id, _)| id.0).collect();
        subjects::promote(connection, &about).await?;
        for entry in chunk {
            accepted.push(match stored.next_if(|(_, new)| std::ptr::eq(*new, entry)) {
                Some((id, _)) => Accepted::Stored(id),
                None => repeat(connection, entry, &mut body).await?,
            });
        }
    }
    Ok(accepted)
}

/// Inserts the new entries, and returns them with their ids.
async fn insert_entries<'e>(
    connection: &mut SqliteConnection,
    chunk: &'e [NewEntry],
) -> Result<Vec<(EntryId, &'e NewEntry)>, Error> {
    let mut query = sqlx::query(INSERT_ENTRIES.sized(chunk.len()));
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
            .bind(entry.keeps_id)
            .bind(&entry.business_key)
            .bind(entry.secret.map(|secret| secret.to_string()))
            .bind(tenant(entry))
            .bind(entry.item)
            .bind(&entry.profile);
    }
    let inserted = query.execute(&mut *connection).await?;
    if inserted.rows_affected() == chunk.len() as u64 {
        // All are new and the file is locked, so their ids follow one another, up to the last.
        let first = inserted.last_insert_rowid() + 1 - chunk.len() as i64;
        return Ok((first..).map(EntryId).zip(chunk).collect());
    }
    // The new entries have the highest ids.
    let rows = sqlx::query(SQL.accept_new_ids).bind(inserted.rows_affected() as i64).fetch_all(connection).await?;
    let new =
        rows.iter().map(|row| Ok(([row.try_get(1)?, row.try_get(2)?, row.try_get(3)?], EntryId(row.try_get(0)?))));
    let mut new = new.collect::<Result<HashMap<[&str; 3], EntryId>, Error>>()?;
    // Of two deliveries with the same id in one chunk, the first is new.
    let key =
        |entry: &'e NewEntry| [&*entry.endpoint, entry.tenant.as_deref().unwrap_or_default(), &*entry.delivery_id];
    let is_new = chunk.iter().filter_map(|entry| Some((new.remove(&key(entry))?, entry)));
    Ok(is_new.collect())
}

async fn insert_payloads(
    connection: &mut SqliteConnection,
    new: impl Iterator<Item = (EntryId, &NewEntry)>,
    count: usize,
    shared: Option<i64>,
) -> Result<(), Error> {
    if count == 0 {
        return Ok(());
    }
    let mut query = sqlx::query(INSERT_PAYLOADS.sized(count));
    for (id, entry) in new {
        let delivery = &entry.delivery;
        query = query.bind(id.0).bind(micros(delivery.received_at));
        query = match shared {
            Some(_) => query.bind(Vec::<u8>::new()).bind(&b""[..]).bind(None::<&[u8]>),
            None => query
                .bind(headers::to_lines(&delivery.headers))
                .bind(delivery.body.as_ref())
                .bind(delivery.seal.as_ref().map(<[u8; 32]>::as_slice)),
        };
        query = query.bind(shared);
    }
    query.execute(connection).await.map(|_| ())
}
