//! Deliveries whose ids or business keys are known: repeats and conflicts.
//!
//! - **Guarantees**: a repeat is counted and never processed a second time. The same id with another body, or after the
//!   time in which a platform retries, is a conflict: it is stored as a separate dead letter, so that it is not lost. A
//!   repeat of a dead letter revives it.
//! - **Assumes** that several repeats of one id arrive at the same time. Each of them locks the entry's row first.
//! - **Without it**, a delivery with a reused id would be dropped as a repeat, although it was acknowledged.

use referral_webhooks::Strength;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Accepted, Conflict, NewEntry};
use sqlx::{Error, Row as _};

use super::columns::{micros, millis, tenant};
use super::dialect::{Connection, Row, text};
use super::payload::{self, Body};
use super::statements::SQL;
use super::{history, keys, subjects};

/// Counts a delivery whose id or business key is known, stores it if it is a conflict or has another id, and revives a
/// dead letter. The id is looked up first.
pub(crate) async fn repeat(connection: &mut Connection, entry: &NewEntry, body: &mut Body) -> Result<Accepted, Error> {
    let first = keys::lock(connection, entry).await?;
    let is_late = is_late(connection, entry).await?;
    let digest = entry.body_digest.as_slice();
    let seen = sqlx::query(SQL.repeat_count).bind(text(&entry.endpoint)).bind(text(&entry.delivery_id)).bind(digest);
    let seen = seen.bind(!is_late).bind(entry.is_same_by_id()).bind(entry.keeps_id).bind(tenant(entry));
    let Some(row) = seen.fetch_optional(&mut *connection).await? else {
        // Without an entry of the key either, the entry was pruned at this moment, and the platform sends it again.
        return keys::same_key(connection, (entry, body), first.ok_or(Error::RowNotFound)?, None).await;
    };
    let id = EntryId(row.try_get("id")?);
    if row.try_get("is_same")? {
        if let Some(of) = first.filter(|of| *of != id)
            && row.try_get::<Option<i64>, _>("repeat_of")?.is_some()
            && row.try_get::<&str, _>("state")? == "cancelled"
        {
            let has_body = row.try_get("has_body")?;
            return keys::same_key(connection, (entry, body), of, Some(keys::Known { id, has_body })).await;
        }
        return revive_or_restore(connection, id, &row, (entry, body)).await;
    }
    let conflict = if is_late { Conflict::late(entry, id) } else { Conflict::other_body(entry, id) };
    store_conflict(connection, conflict, body).await
}

/// Returns whether a delivery came too late to be a repeat.
async fn is_late(connection: &mut Connection, entry: &NewEntry) -> Result<bool, Error> {
    let Some(age) = entry.late_age() else { return Ok(false) };
    let late = sqlx::query_scalar(SQL.repeat_is_late).bind(text(&entry.endpoint)).bind(text(&entry.delivery_id));
    Ok(late.bind(millis(age)).bind(tenant(entry)).fetch_optional(connection).await?.unwrap_or(false))
}

/// Revives a dead letter that is not a conflict. Restores the body of a dead letter that is not revived and of a parked
/// entry, because an operator needs it.
async fn revive_or_restore(
    connection: &mut Connection,
    id: EntryId,
    row: &Row,
    (entry, body): (&NewEntry, &mut Body),
) -> Result<Accepted, Error> {
    let (state, has_body): (String, bool) = (row.try_get("state")?, row.try_get("has_body")?);
    if state == "discarded" && row.try_get("is_first")? && entry.revives {
        payload::delete(connection, &[id.0]).await?;
        body.insert(connection, id).await?;
        history::add(connection, id.0, "revived", "the platform", None).await?;
        let revive = sqlx::query(SQL.repeat_revive).bind(id.0).bind(i64::from(entry.attempts));
        let revive = revive.bind(entry.secret.map(|secret| secret.to_string())).bind(entry.item.map(i64::from));
        revive.bind(entry.profile.as_deref()).bind(true).execute(&mut *connection).await?;
        subjects::promote(connection, &[id.0]).await?;
        return Ok(Accepted::Revived(id));
    }
    if matches!(state.as_str(), "discarded" | "parked") && !has_body {
        body.insert(connection, id).await?;
        let restore = sqlx::query(SQL.repeat_restore_body).bind(id.0);
        let restore = restore.bind(entry.secret.map(|secret| secret.to_string())).bind(entry.item.map(i64::from));
        restore.bind(entry.profile.as_deref()).execute(connection).await?;
    }
    Ok(Accepted::Repeated(id))
}

/// Stores a conflict as a separate entry, or counts it as a repeat of an earlier conflict.
async fn store_conflict(
    connection: &mut Connection,
    mut conflict: Conflict<'_>,
    body: &mut Body,
) -> Result<Accepted, Error> {
    loop {
        if let Some(id) = insert(connection, &conflict).await? {
            body.insert(connection, id).await?;
            history::add(connection, id.0, "discarded", "the inbox", Some(conflict.reason().as_str())).await?;
            return Ok(Accepted::Conflict(id));
        }
        let seen =
            sqlx::query(SQL.conflict_count).bind(text(&conflict.entry.endpoint)).bind(text(&conflict.delivery_id));
        let seen = seen.bind(conflict.entry.body_digest.as_slice()).bind(conflict.entry.keeps_id);
        let seen = seen.bind(tenant(conflict.entry));
        if let Some(row) = seen.fetch_optional(&mut *connection).await? {
            let id = EntryId(row.try_get("id")?);
            revive_or_restore(connection, id, &row, (conflict.entry, body)).await?;
            return Ok(Accepted::Conflict(id));
        }
        // Another delivery has the id. Each next id is longer, so one of them is free.
        conflict = conflict.next();
    }
}

/// Inserts a conflict as a dead letter, unless its id is taken.
async fn insert(connection: &mut Connection, conflict: &Conflict<'_>) -> Result<Option<EntryId>, Error> {
    let entry = conflict.entry;
    let insert = sqlx::query_scalar(SQL.conflict_insert)
        .bind(text(&entry.endpoint))
        .bind(entry.platform)
        .bind(text(&conflict.delivery_id))
        .bind(entry.strength == Strength::Digest)
        .bind(entry.event.as_deref().map(text))
        .bind(entry.unreadable.as_deref().map(text))
        .bind(entry.body_digest.as_slice())
        .bind(i64::from(entry.attempts))
        .bind(micros(entry.delivery.received_at))
        .bind(entry.subject.as_deref())
        .bind(micros(entry.ordered_at))
        .bind(conflict.reason().to_string())
        .bind(conflict.of.0)
        .bind(entry.keeps_id)
        .bind(entry.business_key.as_deref())
        .bind(entry.secret.map(|secret| secret.to_string()))
        .bind(tenant(entry))
        .bind(entry.item.map(i64::from))
        .bind(entry.profile.as_deref());
    Ok(insert.fetch_optional(connection).await?.map(EntryId))
}
