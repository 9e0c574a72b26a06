//! A delivery whose key is known already.

use referral_webhooks::Strength;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Accepted, Conflict, NewEntry, headers};
use sqlx::{Error, Row as _};

use super::columns::{micros, millis};
use super::dialect::{Connection, for_update, now, stamp, text};
use super::subjects::due_again;
use super::{history, subjects};

/// Whether a delivery is that of the entry with its key.
macro_rules! is_same {
    () => {
        "$4 AND (body_digest = $3 OR $5 AND is_derived = TRUE)"
    };
}

/// What comes again: counted, and stored as an entry of its own where it is another delivery; a dead letter is revived.
pub(crate) async fn repeat(connection: &mut Connection, entry: &NewEntry) -> Result<Accepted, Error> {
    // $4: whether it can be a repeat at all, $5: whether its key alone says that it is one, and $6: whether it can come at
    // any time.
    const SEEN: &str = concat!(
        "UPDATE inbox_entry SET last_seen_at = ",
        stamp!(),
        ", repeats = repeats + CASE WHEN ",
        is_same!(),
        " THEN 1 ELSE 0 END, conflicts = conflicts + CASE WHEN ",
        is_same!(),
        " THEN 0 ELSE 1 END, keeps_id = keeps_id OR $6 WHERE endpoint = $1 AND delivery_id = $2 \
         RETURNING id, state, has_body, conflict_of IS NULL AS is_first, ",
        is_same!(),
        " AS is_same"
    );
    let is_late = is_late(connection, entry).await?;
    let digest = entry.body_digest.as_slice();
    let seen = sqlx::query(SEEN).bind(text(&entry.endpoint)).bind(text(&entry.delivery_id)).bind(digest);
    let seen = seen.bind(!is_late).bind(entry.is_same_by_key()).bind(entry.keeps_id);
    let row = seen.fetch_one(&mut *connection).await?;
    let id = EntryId(row.try_get("id")?);
    if row.try_get("is_same")? {
        return again(connection, id, &row, entry).await;
    }
    let conflict = if is_late { Conflict::late(entry, id) } else { Conflict::other_body(entry, id) };
    keep(connection, conflict).await
}

/// Returns whether a repeat came too late to be one. The row stays locked, so that one of several is judged at a time.
///
/// A stamp that is as far in the future was made by a wrong clock: the age is unknown, and the delivery is kept.
async fn is_late(connection: &mut Connection, entry: &NewEntry) -> Result<bool, Error> {
    const LATE: &str = concat!(
        "SELECT ABS(",
        stamp!(),
        " - last_seen_at) > $3 FROM inbox_entry WHERE endpoint = $1 AND delivery_id = $2",
        for_update!()
    );
    let Some(age) = entry.late_age() else { return Ok(false) };
    let late = sqlx::query_scalar(LATE).bind(text(&entry.endpoint)).bind(text(&entry.delivery_id)).bind(millis(age));
    late.fetch_one(connection).await
}

/// Revives a dead letter, and restores the body of one that stays one, because it is needed until a person has acted.
async fn again(
    connection: &mut Connection,
    id: EntryId,
    row: &super::dialect::Row,
    entry: &NewEntry,
) -> Result<Accepted, Error> {
    const REVIVE: &str = concat!("UPDATE inbox_entry SET has_body = TRUE, ", due_again!(), " WHERE id = $1");
    const RESTORE: &str = "UPDATE inbox_entry SET has_body = TRUE WHERE id = $1";
    let (state, has_body): (String, bool) = (row.try_get("state")?, row.try_get("has_body")?);
    if state == "discarded" && row.try_get("is_first")? && entry.revives {
        sqlx::query("DELETE FROM inbox_payload WHERE entry_id = $1").bind(id.0).execute(&mut *connection).await?;
        keep_body(connection, id, entry).await?;
        history::add(connection, id.0, "revived", "the platform", None).await?;
        sqlx::query(REVIVE).bind(id.0).bind(i64::from(entry.attempts)).execute(&mut *connection).await?;
        subjects::promote(connection, &[id.0]).await?;
        return Ok(Accepted::Revived(id));
    }
    if matches!(state.as_str(), "discarded" | "parked") && !has_body {
        keep_body(connection, id, entry).await?;
        sqlx::query(RESTORE).bind(id.0).execute(connection).await?;
    }
    Ok(Accepted::Repeated(id))
}

/// Stores a conflict as an entry of its own, or counts it as a repeat of that one.
async fn keep(connection: &mut Connection, mut conflict: Conflict<'_>) -> Result<Accepted, Error> {
    const SEEN: &str = concat!(
        "UPDATE inbox_entry SET last_seen_at = ",
        stamp!(),
        ", repeats = repeats + 1, keeps_id = keeps_id OR $4 WHERE endpoint = $1 AND delivery_id = $2 AND body_digest = $3 \
         RETURNING id, state, has_body, FALSE AS is_first"
    );
    loop {
        if let Some(id) = insert(connection, &conflict).await? {
            keep_body(connection, id, conflict.entry).await?;
            history::add(connection, id.0, "discarded", "the inbox", Some(conflict.reason().as_str())).await?;
            return Ok(Accepted::Conflict(id));
        }
        let seen = sqlx::query(SEEN).bind(text(&conflict.entry.endpoint)).bind(text(&conflict.delivery_id));
        let seen = seen.bind(conflict.entry.body_digest.as_slice()).bind(conflict.entry.keeps_id);
        if let Some(row) = seen.fetch_optional(&mut *connection).await? {
            let id = EntryId(row.try_get("id")?);
            again(connection, id, &row, conflict.entry).await?;
            return Ok(Accepted::Conflict(id));
        }
        // Another delivery has the key. Each next one is longer, so one of them is free.
        conflict = conflict.next();
    }
}

/// Inserts a conflict as a dead letter, unless its key is taken.
async fn insert(connection: &mut Connection, conflict: &Conflict<'_>) -> Result<Option<EntryId>, Error> {
    const INSERT: &str = concat!(
        "INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest, state, attempt, \
         last_attempt, repeats, conflicts, received_at, subject, ordered_at, run, last_seen_at, finished_at, worker, \
         reason, has_body, conflict_of, keeps_id) VALUES ($1, $2, $3, $4, $5, $6, $7, 'discarded', 0, $8, 0, 0, $9, \
         $10, $11, 1, ",
        stamp!(),
        ", ",
        stamp!(),
        ", '', $12, TRUE, $13, $14) ON CONFLICT (endpoint, delivery_id) DO NOTHING RETURNING id"
    );
    let entry = conflict.entry;
    let insert = sqlx::query_scalar(INSERT)
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
        .bind(entry.keeps_id);
    Ok(insert.fetch_optional(connection).await?.map(EntryId))
}

async fn keep_body(connection: &mut Connection, id: EntryId, entry: &NewEntry) -> Result<(), Error> {
    const KEEP: &str = "INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal) \
                        VALUES ($1, $2, $3, $4, $5)";
    let delivery = &entry.delivery;
    let keep = sqlx::query(KEEP)
        .bind(id.0)
        .bind(micros(delivery.received_at))
        .bind(headers::to_lines(&delivery.headers))
        .bind(delivery.body.as_ref())
        .bind(delivery.seal.as_ref().map(<[u8; 32]>::as_slice));
    keep.execute(connection).await.map(|_| ())
}
