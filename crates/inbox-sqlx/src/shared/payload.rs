//! The headers and the body of one entry.

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{NewEntry, headers};
use sqlx::Error;

use super::columns::micros;
use super::dialect::Connection;
use super::statements::SQL;

/// Stores the payload of an entry that has none.
pub(crate) async fn insert(connection: &mut Connection, id: EntryId, entry: &NewEntry) -> Result<(), Error> {
    let delivery = &entry.delivery;
    let insert = sqlx::query(SQL.payload_insert)
        .bind(id.0)
        .bind(micros(delivery.received_at))
        .bind(headers::to_lines(&delivery.headers))
        .bind(delivery.body.as_ref())
        .bind(delivery.seal.as_ref().map(<[u8; 32]>::as_slice));
    insert.execute(connection).await.map(|_| ())
}

/// Deletes the payload of an entry.
pub(crate) async fn delete(connection: &mut Connection, id: EntryId) -> Result<(), Error> {
    sqlx::query(SQL.payload_delete).bind(id.0).execute(connection).await.map(|_| ())
}
