//! Storing a batch of deliveries: one statement, and the index decides what is new.

use std::collections::HashMap;

use referral_webhooks::Strength;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{NewEntry, headers};
use sqlx::{Error, PgConnection, Row as _};

use super::columns::micros;
use super::dialect::{now, stamp, text};

/// Stores those whose keys are new, and says by their place in the batch which they were. No two have the same key, and
/// they are in the order of their keys: of two that wait for each other neither would ever end.
///
/// It is one statement, and so one transaction and one way there and back.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    entries: &[&NewEntry],
) -> Result<HashMap<usize, EntryId>, Error> {
    const INSERT: &str = concat!(
        "WITH given AS MATERIALIZED (SELECT * FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::BOOLEAN[], \
         $5::TEXT[], $6::TEXT[], $7::BYTEA[], $8::BIGINT[], $9::BIGINT[], $10::BYTEA[], $11::BYTEA[], $12::BYTEA[], \
         $13::TEXT[], $14::BIGINT[], $15::BOOLEAN[]) WITH ORDINALITY AS given (endpoint, platform, delivery_id, is_derived, event, unreadable, \
         body_digest, last_attempt, received_at, headers, body, seal, subject, ordered_at, keeps_id, place)), \
         new AS (INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest, state, \
         attempt, last_attempt, repeats, conflicts, received_at, subject, ordered_at, run, last_seen_at, next_at, \
         finished_at, worker, has_body, keeps_id) SELECT endpoint, platform, delivery_id, is_derived, event, unreadable, \
         body_digest, CASE WHEN unreadable IS NOT NULL THEN 'parked' WHEN subject IS NOT NULL THEN 'waiting' \
         ELSE 'available' END, 0, last_attempt, 0, 0, received_at, subject, ordered_at, 1, ",
        stamp!(),
        ", CASE WHEN unreadable IS NULL AND subject IS NULL THEN ",
        now!(),
        " END, CASE WHEN unreadable IS NOT NULL THEN ",
        stamp!(),
        " END, '', TRUE, keeps_id FROM given ORDER BY place \
         ON CONFLICT (endpoint, delivery_id) DO NOTHING RETURNING id, endpoint, delivery_id), \
         stored AS MATERIALIZED (SELECT id, place, received_at, headers, body, seal \
         FROM new JOIN given USING (endpoint, delivery_id)), \
         payload AS (INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal) \
         SELECT id, received_at, headers, body, seal FROM stored) \
         SELECT id, place FROM stored"
    );
    macro_rules! column {
        ($value:expr) => {
            entries.iter().map($value).collect::<Vec<_>>()
        };
    }
    let rows = sqlx::query(INSERT)
        .bind(column!(|entry| text(&entry.endpoint)))
        .bind(column!(|entry| entry.platform))
        .bind(column!(|entry| text(&entry.delivery_id)))
        .bind(column!(|entry| entry.strength == Strength::Digest))
        .bind(column!(|entry| entry.event.as_deref().map(text)))
        .bind(column!(|entry| entry.unreadable.as_deref().map(text)))
        .bind(column!(|entry| entry.body_digest.as_slice()))
        .bind(column!(|entry| i64::from(entry.attempts)))
        .bind(column!(|entry| micros(entry.delivery.received_at)))
        .bind(column!(|entry| headers::to_lines(&entry.delivery.headers)))
        .bind(column!(|entry| entry.delivery.body.as_ref()))
        .bind(column!(|entry| entry.delivery.seal.as_ref().map(<[u8; 32]>::as_slice)))
        .bind(column!(|entry| entry.subject.as_deref()))
        .bind(column!(|entry| micros(entry.ordered_at)))
        .bind(column!(|entry| entry.keeps_id))
        .fetch_all(connection)
        .await?;
    let placed = rows.iter().map(|row| {
        let (id, place): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok((usize::try_from(place - 1).unwrap_or_default(), EntryId(id)))
    });
    placed.collect()
}
