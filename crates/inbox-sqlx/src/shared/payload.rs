//! The headers and the bodies of entries.
//!
//! - **Guarantees**: a body is stored once, however many items of its delivery are entries, and it is deleted with the
//!   last entry that has it.
//! - **Assumes** that the entries are locked or new in the same transaction. Several transactions may delete references
//!   to one body at the same time, so each locks the body first.
//! - **Without it**, a megabyte with thousands of items would be stored thousands of times, or a body would be deleted
//!   while an entry that is not processed needs it.

use std::sync::Arc;

use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{NewEntry, headers};
use sqlx::Error;

use super::columns::micros;
use super::dialect::{Connection, ids};
use super::statements::SQL;

/// The most erased bodies that one call of pruning deletes.
const MOST_ERASED: i64 = 16;

/// The body of a delivery that is being stored: one that its items share, or that of a single entry.
#[derive(Debug)]
pub(crate) struct Body {
    delivery: Arc<StoredDelivery>,
    is_shared: bool,
    /// The row of a shared body, once an item needs it.
    pub(crate) row: Option<i64>,
}

impl Body {
    /// Returns the body of one entry.
    pub(crate) fn of(entry: &NewEntry) -> Self {
        Self { delivery: Arc::clone(&entry.delivery), is_shared: false, row: None }
    }

    /// Returns the body that the items of a delivery share.
    pub(crate) fn shared(entry: &NewEntry) -> Self {
        Self { is_shared: true, ..Self::of(entry) }
    }

    /// Returns the row of a shared body, which the first item that needs it inserts.
    pub(crate) async fn shared_row(&mut self, connection: &mut Connection) -> Result<Option<i64>, Error> {
        if self.is_shared && self.row.is_none() {
            let delivery = &self.delivery;
            let share = sqlx::query_scalar(SQL.payload_share)
                .bind(micros(delivery.received_at))
                .bind(headers::to_lines(&delivery.headers))
                .bind(delivery.body.as_ref())
                .bind(delivery.seal.as_ref().map(<[u8; 32]>::as_slice));
            self.row = Some(share.fetch_one(connection).await?);
        }
        Ok(self.row)
    }

    /// Gives an entry this body. It has no other one.
    pub(crate) async fn insert(&mut self, connection: &mut Connection, id: EntryId) -> Result<(), Error> {
        let row = self.shared_row(connection).await?;
        let delivery = &self.delivery;
        let insert = sqlx::query(SQL.payload_insert).bind(id.0).bind(micros(delivery.received_at));
        let insert = match row {
            Some(_) => insert.bind(Vec::<u8>::new()).bind(&b""[..]).bind(None::<&[u8]>),
            None => insert
                .bind(headers::to_lines(&delivery.headers))
                .bind(delivery.body.as_ref())
                .bind(delivery.seal.as_ref().map(<[u8; 32]>::as_slice)),
        };
        insert.bind(row).execute(connection).await.map(|_| ())
    }
}

/// Deletes the bodies of these entries. A body that other entries share stays with them.
pub(crate) async fn delete(connection: &mut Connection, entries: &[i64]) -> Result<(), Error> {
    let shared = take(connection, entries).await?;
    delete_unused(connection, &shared).await
}

/// Deletes the body of an erased entry, also from the processed entries that share it. Returns whether an entry that is
/// not processed keeps it.
pub(crate) async fn erase(connection: &mut Connection, entry: EntryId) -> Result<bool, Error> {
    let shared = take(connection, &[entry.0]).await?;
    if shared.is_empty() {
        return Ok(false);
    }
    sqlx::query(SQL.payload_mark_erased).bind(ids(&shared)).execute(&mut *connection).await?;
    release(connection, &shared).await.map(|deleted| deleted == 0)
}

/// Deletes bodies of erased entries whose other entries are processed now, and returns their number.
pub(crate) async fn delete_erased(connection: &mut Connection) -> Result<u64, Error> {
    let erased: Vec<i64> = sqlx::query_scalar(SQL.payload_erased).bind(MOST_ERASED).fetch_all(&mut *connection).await?;
    if erased.is_empty() { Ok(0) } else { release(connection, &erased).await }
}

/// Takes the bodies of these entries from them, and returns those that are shared.
async fn take(connection: &mut Connection, entries: &[i64]) -> Result<Vec<i64>, Error> {
    let shared = sqlx::query_scalar(SQL.payload_shared).bind(ids(entries)).fetch_all(&mut *connection).await?;
    sqlx::query(SQL.payload_delete).bind(ids(entries)).execute(connection).await?;
    Ok(shared)
}

/// Takes shared bodies from their processed entries, and returns the number of bodies that are deleted.
async fn release(connection: &mut Connection, shared: &[i64]) -> Result<u64, Error> {
    for statement in [SQL.payload_release, SQL.payload_released] {
        sqlx::query(statement).bind(ids(shared)).execute(&mut *connection).await?;
    }
    let unused = sqlx::query(SQL.payload_unused).bind(ids(shared)).execute(connection).await?;
    Ok(unused.rows_affected())
}

/// Deletes those of these shared bodies that no entry has any more.
pub(crate) async fn delete_unused(connection: &mut Connection, shared: &[i64]) -> Result<(), Error> {
    if !shared.is_empty() {
        sqlx::query(SQL.payload_unused).bind(ids(shared)).execute(connection).await?;
    }
    Ok(())
}
