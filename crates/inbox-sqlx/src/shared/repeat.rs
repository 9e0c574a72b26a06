//! A delivery whose key is known already.

use referral_webhooks_inbox::{Accepted, EntryId, NewEntry, headers};
use sqlx::{Error, Row as _};

use super::columns::micros;
use super::dialect::{Connection, now, stamp, text};
use super::history;

/// The most other bodies that are kept beside an entry.
const MAX_CONFLICTS: i64 = 8;

/// What comes again: counted, and kept where its body is another; a dead letter is revived.
pub(crate) async fn repeat(connection: &mut Connection, entry: &NewEntry) -> Result<Accepted, Error> {
    const SEEN: &str = concat!(
        "UPDATE inbox_entry SET last_seen_at = ",
        stamp!(),
        ", repeats = repeats + CASE WHEN body_digest = $3 THEN 1 ELSE 0 END, \
         conflicts = conflicts + CASE WHEN body_digest = $3 THEN 0 ELSE 1 END \
         WHERE endpoint = $1 AND key = $2 RETURNING id, state, body_digest = $3 AS is_same"
    );
    let digest = entry.body_digest.as_slice();
    let seen = sqlx::query(SEEN).bind(text(&entry.endpoint)).bind(text(&entry.key)).bind(digest);
    let row = seen.fetch_one(&mut *connection).await?;
    let (id, state, is_same): (i64, String, bool) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if !is_same {
        keep_other(connection, id, entry).await?;
        return Ok(Accepted::Conflict(EntryId(id)));
    }
    if state != "discarded" || !entry.revives {
        return Ok(Accepted::Repeated(EntryId(id)));
    }
    const REVIVE: &str = concat!(
        "UPDATE inbox_entry SET state = 'available', reason = NULL, last_attempt = attempt + $2, finished_at = NULL, \
         has_body = TRUE, next_at = ",
        now!(),
        " WHERE id = $1"
    );
    sqlx::query("DELETE FROM inbox_payload WHERE entry_id = $1").bind(id).execute(&mut *connection).await?;
    keep_body(connection, id, entry).await?;
    history::add(connection, id, "revived", "the platform", None).await?;
    sqlx::query(REVIVE).bind(id).bind(i64::from(entry.attempts)).execute(connection).await?;
    Ok(Accepted::Revived(EntryId(id)))
}

async fn keep_body(connection: &mut Connection, id: i64, entry: &NewEntry) -> Result<(), Error> {
    const KEEP: &str = "INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal) \
                        VALUES ($1, $2, $3, $4, $5)";
    let delivery = &entry.delivery;
    let keep = sqlx::query(KEEP)
        .bind(id)
        .bind(micros(delivery.received_at))
        .bind(headers::to_lines(&delivery.headers))
        .bind(delivery.body.as_ref())
        .bind(delivery.seal.as_ref().map(<[u8; 32]>::as_slice));
    keep.execute(connection).await.map(|_| ())
}

/// Keeps another body beside the first one; not where that is gone, for it was erased or its time was over.
async fn keep_other(connection: &mut Connection, id: i64, entry: &NewEntry) -> Result<(), Error> {
    const KEEP: &str = "INSERT INTO inbox_conflict (entry_id, body_digest, received_at, headers, body, seal) \
                        SELECT $1, $2, $3, $4, $5, $6 \
                        WHERE (SELECT COUNT(*) FROM inbox_conflict WHERE entry_id = $1) < $7 \
                        AND EXISTS (SELECT 1 FROM inbox_entry WHERE id = $1 AND has_body = TRUE) \
                        ON CONFLICT (entry_id, body_digest) DO NOTHING";
    let delivery = &entry.delivery;
    let keep = sqlx::query(KEEP)
        .bind(id)
        .bind(entry.body_digest.as_slice())
        .bind(micros(delivery.received_at))
        .bind(headers::to_lines(&delivery.headers))
        .bind(delivery.body.as_ref())
        .bind(delivery.seal.as_ref().map(<[u8; 32]>::as_slice))
        .bind(MAX_CONFLICTS);
    keep.execute(connection).await.map(|_| ())
}
