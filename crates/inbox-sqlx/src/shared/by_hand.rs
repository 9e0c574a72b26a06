//! Redelivering, cancelling, erasing, pruning.

use referral_webhooks_inbox::{EntryId, PruneRule, Pruned, Reading};
use sqlx::{Error, Row as _};

use super::columns::millis;
use super::dialect::{Connection, Ids, Row, among, ids, locking, now, stamp, text};
use super::history;
use crate::proven_time::ProvenTime;

pub(crate) async fn redeliver(
    connection: &mut Connection,
    id: EntryId,
    attempts: u32,
    by: &str,
) -> Result<bool, Error> {
    const REDELIVER: &str = concat!(
        "UPDATE inbox_entry SET state = 'available', reason = NULL, last_attempt = attempt + $2, finished_at = NULL, \
         run = run + CASE WHEN state = 'completed' THEN 1 ELSE 0 END, next_at = ",
        now!(),
        " WHERE id = $1 AND finished_at IS NOT NULL AND has_body = TRUE"
    );
    let changed = sqlx::query(REDELIVER).bind(id.0).bind(i64::from(attempts)).execute(&mut *connection).await?;
    noted(connection, changed.rows_affected(), id, "redelivered", by).await
}

/// Keeps what is read now, and makes a dead letter that can be read available again.
pub(crate) async fn reread(
    connection: &mut Connection,
    id: EntryId,
    reading: &Reading,
    attempts: u32,
    by: &str,
) -> Result<bool, Error> {
    const REREAD: &str = "UPDATE inbox_entry SET event = $2, unreadable = $3 WHERE id = $1 AND has_body = TRUE";
    const REVIVE: &str = concat!(
        "UPDATE inbox_entry SET state = 'available', reason = NULL, last_attempt = attempt + $2, \
         finished_at = NULL, next_at = ",
        now!(),
        " WHERE id = $1 AND state = 'discarded' AND has_body = TRUE AND unreadable IS NULL"
    );
    let (event, unreadable) = (reading.event.as_deref().map(text), reading.unreadable.as_deref().map(text));
    let reread = sqlx::query(REREAD).bind(id.0).bind(event).bind(unreadable);
    reread.execute(&mut *connection).await?;
    let revived = sqlx::query(REVIVE).bind(id.0).bind(i64::from(attempts)).execute(&mut *connection).await?;
    noted(connection, revived.rows_affected(), id, "reread", by).await
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
        " WHERE id = $1 AND state IN ('available', 'retryable')"
    );
    let changed = sqlx::query(CANCEL).bind(id.0).execute(&mut *connection).await?;
    noted(connection, changed.rows_affected(), id, "cancelled", by).await
}

pub(crate) async fn erase(connection: &mut Connection, id: EntryId, by: &str) -> Result<bool, Error> {
    const ERASE: &str = concat!(
        "UPDATE inbox_entry SET has_body = FALSE, reason = NULL, subject = NULL, next_at = NULL, \
         finished_at = COALESCE(finished_at, ",
        stamp!(),
        "), state = CASE WHEN state = 'completed' THEN state ELSE 'cancelled' END WHERE id = $1 AND state <> 'running'"
    );
    let changed = sqlx::query(ERASE).bind(id.0).execute(&mut *connection).await?.rows_affected();
    if changed == 1 {
        let forget = [
            "DELETE FROM inbox_payload WHERE entry_id = $1",
            "DELETE FROM inbox_conflict WHERE entry_id = $1",
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

/// Deletes what is old by proven time.
pub(crate) async fn prune(connection: &mut Connection, rule: &PruneRule, time: &ProvenTime) -> Result<Pruned, Error> {
    let mut pruned = Pruned::default();
    for (is_dead, age) in [(false, rule.bodies), (true, rule.dead_letters)] {
        const OLD: &str = concat!(
            "SELECT id FROM inbox_entry WHERE endpoint = $1 AND has_body = TRUE AND finished_at <= $2 \
             AND last_seen_at <= $2 AND (state = 'discarded') = $3 ORDER BY finished_at LIMIT $4",
            locking!()
        );
        let left = i64::from(rule.most) - i64::try_from(pruned.bodies).unwrap_or(i64::MAX);
        let old =
            sqlx::query(OLD).bind(&rule.endpoint).bind(time.latest_of_age(millis(age))).bind(is_dead).bind(left.max(0));
        let found = found(&old.fetch_all(&mut *connection).await?)?;
        pruned.bodies += found.len() as u64;
        let texts = [
            concat!("DELETE FROM inbox_payload WHERE entry_id ", among!()),
            concat!("DELETE FROM inbox_conflict WHERE entry_id ", among!()),
            concat!("UPDATE inbox_history SET reason = NULL WHERE reason IS NOT NULL AND entry_id ", among!()),
            concat!("UPDATE inbox_entry SET has_body = FALSE, reason = NULL WHERE id ", among!()),
        ];
        forget(connection, &ids(&found), &texts).await?;
    }
    if let Some(age) = rule.keys {
        const OLD: &str = concat!(
            "SELECT id FROM inbox_entry WHERE endpoint = $1 AND finished_at <= $2 AND last_seen_at <= $2 \
             ORDER BY finished_at LIMIT $3",
            locking!()
        );
        let old =
            sqlx::query(OLD).bind(&rule.endpoint).bind(time.latest_of_age(millis(age))).bind(i64::from(rule.most));
        let found = found(&old.fetch_all(&mut *connection).await?)?;
        pruned.entries = found.len() as u64;
        let texts = [
            concat!("DELETE FROM inbox_payload WHERE entry_id ", among!()),
            concat!("DELETE FROM inbox_conflict WHERE entry_id ", among!()),
            concat!("DELETE FROM inbox_history WHERE entry_id ", among!()),
            concat!("DELETE FROM inbox_entry WHERE id ", among!()),
        ];
        forget(connection, &ids(&found), &texts).await?;
    }
    Ok(pruned)
}

fn found(rows: &[Row]) -> Result<Vec<i64>, Error> {
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// Runs statements that take the numbers of entries.
async fn forget(connection: &mut Connection, ids: &Ids, texts: &[&'static str]) -> Result<(), Error> {
    for text in texts {
        sqlx::query(*text).bind(ids).execute(&mut *connection).await?;
    }
    Ok(())
}
