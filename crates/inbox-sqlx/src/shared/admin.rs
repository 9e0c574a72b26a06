//! Redelivering, cancelling, erasing, pruning.

use referral_webhooks_inbox::store::{Decoded, PruneRule, Pruned, State};

use referral_webhooks_inbox::EntryId;
use sqlx::{Error, Row as _};

use super::columns::{count, millis};
use super::dialect::{Connection, Ids, among, hold, ids, locking, now, stamp, text};
use super::subjects::due_again;
use super::{history, subjects};
use crate::proven_time::ProvenTime;

pub(crate) async fn redeliver(
    connection: &mut Connection,
    id: EntryId,
    attempts: u32,
    by: &str,
) -> Result<bool, Error> {
    const REDELIVER: &str = concat!(
        "UPDATE inbox_entry SET run = run + CASE WHEN state = 'completed' THEN 1 ELSE 0 END, ",
        due_again!(),
        " WHERE id = $1 AND finished_at IS NOT NULL AND has_body = TRUE"
    );
    let changed = sqlx::query(REDELIVER).bind(id.0).bind(i64::from(attempts)).execute(&mut *connection).await?;
    subjects::promote(connection, &[id.0]).await?;
    noted(connection, changed.rows_affected(), id, "redelivered", by).await
}

/// Keeps what is read now, and makes a parked entry or dead letter that can be read available again.
pub(crate) async fn redecode(
    connection: &mut Connection,
    id: EntryId,
    reading: &Decoded,
    attempts: u32,
    by: &str,
) -> Result<bool, Error> {
    const REDECODE: &str = "UPDATE inbox_entry SET event = $2, unreadable = $3, \
                          subject = CASE WHEN finished_at IS NULL THEN subject ELSE COALESCE($4, subject) END \
                          WHERE id = $1 AND has_body = TRUE";
    const REVIVE: &str = concat!(
        "UPDATE inbox_entry SET ",
        due_again!(),
        " WHERE id = $1 AND (state = 'parked' OR state = 'discarded' AND conflict_of IS NULL) AND has_body = TRUE \
         AND unreadable IS NULL"
    );
    let (event, unreadable) = (reading.event.as_deref().map(text), reading.unreadable.as_deref().map(text));
    let redecode = sqlx::query(REDECODE).bind(id.0).bind(event).bind(unreadable).bind(reading.subject.as_deref());
    redecode.execute(&mut *connection).await?;
    let revived = sqlx::query(REVIVE).bind(id.0).bind(i64::from(attempts)).execute(&mut *connection).await?;
    subjects::promote(connection, &[id.0]).await?;
    noted(connection, revived.rows_affected(), id, "redecoded", by).await
}

/// Writes something small.
pub(crate) async fn probe(connection: &mut Connection) -> Result<(), Error> {
    const PROBE: &str = concat!(
        "INSERT INTO inbox_probe (id, at) VALUES (1, ",
        now!(),
        ") ON CONFLICT (id) DO UPDATE SET at = excluded.at"
    );
    sqlx::query(PROBE).execute(connection).await.map(|_| ())
}

pub(crate) async fn cancel(connection: &mut Connection, id: EntryId, by: &str) -> Result<bool, Error> {
    const CANCEL: &str = concat!(
        "UPDATE inbox_entry SET state = 'cancelled', next_at = NULL, finished_at = ",
        stamp!(),
        " WHERE id = $1 AND state IN ('available', 'waiting', 'retryable', 'parked', 'discarded')"
    );
    hold(connection, &[id.0]).await?;
    let changed = sqlx::query(CANCEL).bind(id.0).execute(&mut *connection).await?;
    subjects::promote(connection, &[id.0]).await?;
    noted(connection, changed.rows_affected(), id, "cancelled", by).await
}

/// Takes a running entry from its worker, as it was before it was claimed.
pub(crate) async fn release(connection: &mut Connection, id: EntryId, by: &str) -> Result<bool, Error> {
    const RELEASE: &str = concat!(
        "UPDATE inbox_entry SET state = 'retryable', last_attempt = last_attempt + 1, worker = '', wait = 0, next_at = ",
        now!(),
        " WHERE id = $1 AND state = 'running'"
    );
    let changed = sqlx::query(RELEASE).bind(id.0).execute(&mut *connection).await?;
    noted(connection, changed.rows_affected(), id, "released", by).await
}

pub(crate) async fn erase(connection: &mut Connection, id: EntryId, by: &str) -> Result<bool, Error> {
    const ERASE: &str = concat!(
        "UPDATE inbox_entry SET has_body = FALSE, reason = NULL, next_at = NULL, \
         finished_at = COALESCE(finished_at, ",
        stamp!(),
        "), state = CASE WHEN state = 'completed' THEN state ELSE 'cancelled' END WHERE id = $1 AND state <> 'running'"
    );
    hold(connection, &[id.0]).await?;
    let changed = sqlx::query(ERASE).bind(id.0).execute(&mut *connection).await?.rows_affected();
    if changed == 1 {
        subjects::promote(connection, &[id.0]).await?;
        let forget = [
            // The sender chose the name of an unknown event.
            "UPDATE inbox_entry SET subject = NULL, event = CASE WHEN unreadable IS NULL THEN event END WHERE id = $1",
            "DELETE FROM inbox_payload WHERE entry_id = $1",
            "UPDATE inbox_history SET reason = NULL WHERE entry_id = $1",
        ];
        for text in forget {
            sqlx::query(text).bind(id.0).execute(&mut *connection).await?;
        }
    }
    noted(connection, changed, id, "erased", by).await
}

async fn noted(
    connection: &mut Connection,
    changed: u64,
    id: EntryId,
    what: &'static str,
    by: &str,
) -> Result<bool, Error> {
    if changed == 1 {
        history::add(connection, id.0, what, by, None).await?;
    }
    Ok(changed == 1)
}

/// The states whose bodies are pruned, each by an age of its own.
const FINISHED: [State; 4] = [State::Completed, State::Cancelled, State::Discarded, State::Parked];

/// Deletes what is old by proven time.
pub(crate) async fn prune(connection: &mut Connection, rule: &PruneRule, time: &ProvenTime) -> Result<Pruned, Error> {
    let mut pruned = Pruned::default();
    let mut bytes = 0;
    for state in FINISHED {
        if let (Some(age), false) = (rule.body_age(state), pruned.is_more) {
            let found =
                old_bodies(connection, rule, state, time.latest_of_age(millis(age)), &mut pruned, &mut bytes).await?;
            let texts = [
                concat!("DELETE FROM inbox_payload WHERE entry_id ", among!()),
                concat!("UPDATE inbox_history SET reason = NULL WHERE reason IS NOT NULL AND entry_id ", among!()),
                concat!("UPDATE inbox_entry SET has_body = FALSE, reason = NULL WHERE id ", among!()),
            ];
            forget(connection, &ids(&found), &texts).await?;
        }
    }
    if let Some(age) = rule.ids {
        let (most, _) = rule.bounds();
        const OLD: &str = concat!(
            "SELECT id FROM inbox_entry WHERE endpoint = $1 AND has_body = FALSE AND keeps_id = FALSE \
             AND finished_at <= $2 AND last_seen_at <= $2 ORDER BY finished_at LIMIT $3",
            locking!()
        );
        let latest = time.latest_of_age(millis(age));
        let old =
            sqlx::query_scalar(OLD).bind(&rule.endpoint).bind(latest).bind(i64::try_from(most).unwrap_or(i64::MAX));
        let found: Vec<i64> = old.fetch_all(&mut *connection).await?;
        pruned.entries = found.len() as u64;
        pruned.is_more |= pruned.entries >= most;
        let texts = [
            concat!("DELETE FROM inbox_history WHERE entry_id ", among!()),
            concat!("DELETE FROM inbox_entry WHERE id ", among!()),
        ];
        forget(connection, &ids(&found), &texts).await?;
    }
    Ok(pruned)
}

/// Finds bodies that are old enough, within the bounds of a call. Reasons count as well, and the length of a body is
/// read without the body.
async fn old_bodies(
    connection: &mut Connection,
    rule: &PruneRule,
    state: State,
    latest: i64,
    pruned: &mut Pruned,
    bytes: &mut u64,
) -> Result<Vec<i64>, Error> {
    const OLD: &str = concat!(
        "SELECT id, CAST(COALESCE((SELECT LENGTH(body) + LENGTH(headers) FROM inbox_payload \
         WHERE entry_id = inbox_entry.id), 0) + COALESCE((SELECT SUM(LENGTH(reason)) FROM inbox_history \
         WHERE entry_id = inbox_entry.id), 0) AS BIGINT) AS length \
         FROM inbox_entry WHERE endpoint = $1 AND state = $3 AND has_body = TRUE AND finished_at <= $2 \
         AND last_seen_at <= $2 ORDER BY finished_at LIMIT $4",
        locking!()
    );
    let (most, most_bytes) = rule.bounds();
    let left = i64::try_from(most - pruned.bodies).unwrap_or(i64::MAX);
    let old = sqlx::query(OLD).bind(&rule.endpoint).bind(latest).bind(state.as_str()).bind(left);
    let mut found = Vec::new();
    for row in old.fetch_all(&mut *connection).await? {
        if *bytes >= most_bytes {
            pruned.is_more = true;
            break;
        }
        found.push(row.try_get(0)?);
        *bytes += u64::from(count(&row, "length")?);
    }
    pruned.bodies += found.len() as u64;
    pruned.is_more |= pruned.bodies >= most;
    Ok(found)
}

/// Runs statements that take the numbers of entries.
async fn forget(connection: &mut Connection, ids: &Ids, texts: &[&'static str]) -> Result<(), Error> {
    for text in texts {
        sqlx::query(*text).bind(ids).execute(&mut *connection).await?;
    }
    Ok(())
}
