//! Storing a batch of deliveries: one statement, and the unique indexes decide which deliveries are new.
//!
//! - **Guarantees**: a batch is stored completely or not at all, in one round trip.
//! - **Assumes** that other batches are stored at the same time. Deliveries are sorted by their business keys and ids.
//! - **Without it**, two batches with the same ids or keys in different orders would deadlock.

use std::collections::HashMap;

use referral_webhooks::Strength;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{NewEntry, headers};
use sqlx::{Error, PgConnection, Row as _};

use super::dialect::text;
use super::shared::columns::{micros, tenant};
use super::statements::SQL;

/// Stores the deliveries whose ids are new, and returns their entries by their places in the batch. The ids are unique
/// in the batch, which is sorted by business key and id.
///
/// The headers and the body are those of each delivery, or those in a row that all of them share.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    entries: &[&NewEntry],
    shared: Option<i64>,
) -> Result<HashMap<usize, EntryId>, Error> {
    let is_shared = shared.is_some();
    macro_rules! column {
        ($value:expr) => {
            entries.iter().map($value).collect::<Vec<_>>()
        };
    }
    let rows = sqlx::query(SQL.accept)
        .bind(column!(|entry| text(&entry.endpoint)))
        .bind(column!(|entry| entry.platform))
        .bind(column!(|entry| text(&entry.delivery_id)))
        .bind(column!(|entry| entry.strength == Strength::Digest))
        .bind(column!(|entry| entry.event.as_deref().map(text)))
        .bind(column!(|entry| entry.unreadable.as_deref().map(text)))
        .bind(column!(|entry| entry.body_digest.as_slice()))
        .bind(column!(|entry| i64::from(entry.attempts)))
        .bind(column!(|entry| micros(entry.delivery.received_at)))
        .bind(column!(|entry| if is_shared { Vec::new() } else { headers::to_lines(&entry.delivery.headers) }))
        .bind(column!(|entry| if is_shared { &[][..] } else { entry.delivery.body.as_ref() }))
        .bind(column!(|entry| entry.delivery.seal.as_ref().filter(|_| !is_shared).map(<[u8; 32]>::as_slice)))
        .bind(column!(|entry| entry.subject.as_deref()))
        .bind(column!(|entry| micros(entry.ordered_at)))
        .bind(column!(|entry| entry.keeps_id))
        .bind(column!(|entry| entry.business_key.as_deref()))
        .bind(column!(|entry| entry.secret.map(|secret| secret.to_string())))
        .bind(column!(|entry| tenant(entry)))
        .bind(column!(|entry| entry.item.map(i64::from)))
        .bind(column!(|entry| entry.profile.as_deref()))
        .bind(column!(|_| shared))
        .fetch_all(connection)
        .await?;
    let placed = rows.iter().map(|row| {
        let (id, place): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok((usize::try_from(place - 1).unwrap_or_default(), EntryId(id)))
    });
    placed.collect()
}
