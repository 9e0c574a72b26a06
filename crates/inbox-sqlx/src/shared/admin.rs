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

use super::columns::word;
use super::dialect::{Connection, hold, note_erasure, text};
use super::history::Person;
use super::statements::SQL;
use super::{history, payload, subjects};

/// Makes a finished entry due again.
pub(crate) async fn redeliver(
    connection: &mut Connection,
    id: EntryId,
    attempts: u32,
    person: Person,
) -> Result<bool, Error> {
    let redeliver = sqlx::query(SQL.admin_redeliver).bind(id.0).bind(i64::from(attempts));
    let changed = redeliver.execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    note(connection, changed, id, "redelivered", &person).await
}

/// Stores the result of decoding, and makes a parked entry or a dead letter due again if it is readable now.
pub(crate) async fn redecode(
    connection: &mut Connection,
    id: EntryId,
    decoded: Decoded,
    attempts: u32,
    person: Person,
) -> Result<bool, Error> {
    let (event, unreadable) = (decoded.event.as_deref().map(text), decoded.unreadable.as_deref().map(text));
    let redecode = sqlx::query(SQL.admin_redecode).bind(id.0).bind(event).bind(unreadable);
    redecode.bind(decoded.subject.as_deref()).bind(decoded.profile.as_deref()).execute(&mut *connection).await?;
    let revive = sqlx::query(SQL.admin_revive).bind(id.0).bind(i64::from(attempts));
    let revived = revive.execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    note(connection, revived, id, "redecoded", &person).await
}

/// Cancels an entry that is not running.
pub(crate) async fn cancel(connection: &mut Connection, id: EntryId, person: Person) -> Result<bool, Error> {
    hold(connection, &[id.0]).await?;
    let changed = sqlx::query(SQL.admin_cancel).bind(id.0).execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    note(connection, changed, id, "cancelled", &person).await
}

/// Completes an entry that is neither running nor completed.
pub(crate) async fn mark_done(connection: &mut Connection, id: EntryId, person: Person) -> Result<bool, Error> {
    hold(connection, &[id.0]).await?;
    let changed = sqlx::query(SQL.admin_mark_done).bind(id.0).execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    note(connection, changed, id, "marked_done", &person).await
}

/// Makes a dead letter of an entry that is neither running nor finished.
pub(crate) async fn discard(
    connection: &mut Connection,
    id: EntryId,
    reason: Reason,
    person: Person,
) -> Result<bool, Error> {
    hold(connection, &[id.0]).await?;
    let discard = sqlx::query(SQL.admin_discard).bind(id.0).bind(text(reason.as_str()));
    let changed = discard.execute(&mut *connection).await?.rows_affected();
    subjects::promote(connection, &[id.0]).await?;
    let reason = person.reason.or_else(|| Some(text(reason.as_str()).into_owned()));
    note(connection, changed, id, "discarded", &Person { reason, ..person }).await
}

/// Releases a running entry from its worker, without counting the attempt.
pub(crate) async fn release(connection: &mut Connection, id: EntryId, person: Person) -> Result<bool, Error> {
    let changed = sqlx::query(SQL.admin_release).bind(id.0).execute(&mut *connection).await?.rows_affected();
    if changed == 1 {
        history::add_by_hand(connection, id, "released", &person, true).await?;
    }
    Ok(changed == 1)
}

/// Erases the personal data of an entry that is not running. Returns whether another entry keeps the body, or `None` if
/// no entry was erased.
pub(crate) async fn erase(connection: &mut Connection, id: EntryId, person: Person) -> Result<Option<bool>, Error> {
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
    history::add_by_hand(connection, id, "erased", &person, false).await?;
    Ok(Some(is_shared))
}

/// Adds a history line of a person who has changed nothing, and returns whether the entry exists.
pub(crate) async fn record(
    connection: &mut Connection,
    id: EntryId,
    what: String,
    person: Person,
) -> Result<bool, Error> {
    history::add_by_hand(connection, id, &text(word(&what)), &person, false).await
}

/// Adds the history line of a change that has changed a row, and returns whether it has.
async fn note(
    connection: &mut Connection,
    changed: u64,
    id: EntryId,
    what: &'static str,
    person: &Person,
) -> Result<bool, Error> {
    if changed == 1 {
        history::add_by_hand(connection, id, what, person, false).await?;
    }
    Ok(changed == 1)
}
