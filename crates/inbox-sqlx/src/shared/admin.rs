//! The operators' changes to single entries.
//!
//! - **Guarantees**: a change and its history line are one transaction; a change that does not apply returns `false`
//!   and writes no line. The next entry of a subject is promoted in the transaction that finishes the active one.
//! - **Assumes** that the subject is locked before an active entry is finished ([`hold`]), because deliveries about it
//!   may arrive at the same time.
//! - **Without it**, a cancelled entry would leave its subject waiting, or two entries of a subject would be active.

use referral_webhooks_inbox::store::Decoded;
use referral_webhooks_inbox::{EntryId, Reason};
use sqlx::Error;

use super::dialect::{Connection, hold, note_erasure, text};
use super::statements::SQL;
use super::{history, payload, subjects};

/// Makes a finished entry due again.
pub(crate) async fn redeliver(
    connection: &mut Connection,
    id: EntryId,
    attempts: u32,
    by: String,
) -> Result<bool, Error> {
    let redeliver = sqlx::query(SQL.admin_redeliver).bind(id.0).bind(i64::from(attempts));
    let changed = redeliver.execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    note(connection, changed, id, "redelivered", &by).await
}

/// Stores the result of decoding, and makes a parked entry or a dead letter due again if it is readable now.
pub(crate) async fn redecode(
    connection: &mut Connection,
    id: EntryId,
    decoded: Decoded,
    attempts: u32,
    by: String,
) -> Result<bool, Error> {
    let (event, unreadable) = (decoded.event.as_deref().map(text), decoded.unreadable.as_deref().map(text));
    let redecode = sqlx::query(SQL.admin_redecode).bind(id.0).bind(event).bind(unreadable);
    redecode.bind(decoded.subject.as_deref()).bind(decoded.profile.as_deref()).execute(&mut *connection).await?;
    let revive = sqlx::query(SQL.admin_revive).bind(id.0).bind(i64::from(attempts));
    let revived = revive.execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    note(connection, revived, id, "redecoded", &by).await
}

/// Cancels an entry that is not running.
pub(crate) async fn cancel(connection: &mut Connection, id: EntryId, by: String) -> Result<bool, Error> {
    hold(connection, &[id.0]).await?;
    let changed = sqlx::query(SQL.admin_cancel).bind(id.0).execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    note(connection, changed, id, "cancelled", &by).await
}

/// Completes an entry that is neither running nor completed.
pub(crate) async fn mark_done(connection: &mut Connection, id: EntryId, by: String) -> Result<bool, Error> {
    hold(connection, &[id.0]).await?;
    let changed = sqlx::query(SQL.admin_mark_done).bind(id.0).execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    note(connection, changed, id, "marked_done", &by).await
}

/// Makes a dead letter of an entry that is neither running nor finished.
pub(crate) async fn discard(
    connection: &mut Connection,
    id: EntryId,
    reason: Reason,
    by: String,
) -> Result<bool, Error> {
    hold(connection, &[id.0]).await?;
    let discard = sqlx::query(SQL.admin_discard).bind(id.0).bind(text(reason.as_str()));
    let changed = discard.execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    if changed == 1 {
        history::add(connection, id.0, "discarded", &by, Some(reason.as_str())).await?;
    }
    Ok(changed == 1)
}

/// Releases a running entry from its worker, without counting the attempt.
pub(crate) async fn release(connection: &mut Connection, id: EntryId, by: String) -> Result<bool, Error> {
    let changed = sqlx::query(SQL.admin_release).bind(id.0).execute(&mut *connection).await?.rows_affected();
    note(connection, changed, id, "released", &by).await
}

/// Erases the personal data of an entry that is not running. Returns whether another entry keeps the body, or `None` if
/// no entry was erased.
pub(crate) async fn erase(connection: &mut Connection, id: EntryId, by: String) -> Result<Option<bool>, Error> {
    hold(connection, &[id.0]).await?;
    let changed = sqlx::query(SQL.admin_erase).bind(id.0).execute(&mut *connection).await?.rows_affected();
    if changed == 0 {
        return Ok(None);
    }
    subjects::promote(connection, &[id.0]).await?;
    for statement in [SQL.admin_erase_names, SQL.admin_erase_reasons] {
        sqlx::query(statement).bind(id.0).execute(&mut *connection).await?;
    }
    let is_shared = payload::erase(connection, id).await?;
    note_erasure(connection).await?;
    history::add(connection, id.0, "erased", &by, None).await?;
    Ok(Some(is_shared))
}

/// Adds the history line of a change that has changed a row, and returns whether it has.
async fn note(
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
