//! Extending and ending attempts.
//!
//! - **Guarantees**: an attempt is extended or ended only while its lease is held, and the end of an entry promotes the
//!   next entry of its subject in the same transaction.
//! - **Assumes** that the attempt's number is a fencing token: every claim increases it, so a worker whose
//!   lease has expired changes no row.
//! - **Without it**, a worker that was paused for longer than its lease would overwrite the result of its successor.

use std::time::Duration;

use referral_webhooks_inbox::Reason;
use referral_webhooks_inbox::store::{Completion, Finish, Lease};
use sqlx::{Error, Row as _};

use super::columns::millis;
use super::dialect::{Connection, text};
use super::statements::SQL;
use super::{history, subjects};

/// Starts the lease again, if it is still held.
pub(crate) async fn extend(connection: &mut Connection, lease: Lease) -> Result<bool, Error> {
    let extend = sqlx::query(SQL.attempt_extend)
        .bind(lease.id.0)
        .bind(i64::from(lease.attempt))
        .bind(millis(lease.length.min(Lease::LONGEST)));
    Ok(extend.execute(connection).await?.rows_affected() == 1)
}

/// Ends an attempt, if its lease is still held.
pub(crate) async fn finish(connection: &mut Connection, lease: &Lease, finish: &Finish) -> Result<bool, Error> {
    if let Finish::Postpone(wait, reason) = finish {
        return postpone(connection, lease, *wait, reason).await;
    }
    let is_last = lease.attempt >= lease.last_attempt;
    let (what, state, reason, wait, further) = match finish {
        Finish::Complete(reason) => ("completed", "completed", reason.as_ref(), None, 0_i64),
        Finish::Retry(wait, reason) if !is_last => {
            ("retry", "retryable", Some(reason), Some(millis((*wait).min(Finish::LONGEST_WAIT))), 0)
        }
        Finish::Retry(_, reason) | Finish::Discard(reason) => ("discarded", "discarded", Some(reason), None, 0),
        Finish::Park(reason) => ("parked", "parked", Some(reason), None, 1),
        Finish::Hold(reason) => ("held", "parked", Some(reason), None, 1),
        Finish::Release | Finish::Postpone(..) => ("released", "retryable", None, Some(0), 1),
    };
    let reason = reason.map(|reason| text(reason.as_str()));
    let ended = sqlx::query(SQL.attempt_finish).bind(lease.id.0).bind(i64::from(lease.attempt)).bind(state);
    let ended = ended.bind(reason.as_deref()).bind(wait).bind(further).bind(what);
    // A row is returned if the lease was held.
    let has_subject: Option<bool> =
        ended.fetch_all(&mut *connection).await?.first().map(|row| row.try_get(0)).transpose()?;
    if wait.is_none() && has_subject == Some(true) {
        subjects::promote_next(connection, &[lease.id.0]).await?;
    }
    Ok(has_subject.is_some())
}

/// Ends an attempt that does not count, without a line in the history. The entry stays the active one of its subject.
async fn postpone(connection: &mut Connection, lease: &Lease, wait: Duration, reason: &Reason) -> Result<bool, Error> {
    let postpone = sqlx::query(SQL.attempt_postpone).bind(lease.id.0).bind(i64::from(lease.attempt));
    let postpone = postpone.bind(text(reason.as_str())).bind(millis(wait.min(Finish::LONGEST_WAIT)));
    Ok(postpone.execute(connection).await?.rows_affected() == 1)
}

/// Returns the statement with which any driver completes an entry.
pub(crate) fn completion(lease: &Lease) -> Completion {
    Completion::new(SQL.completion, lease)
}

/// Returns whether [`completion`] was committed. If it was, adds its history line and promotes the next entry of the
/// subject.
pub(crate) async fn was_completed(connection: &mut Connection, lease: Lease) -> Result<bool, Error> {
    let exists = |statement| sqlx::query_scalar::<_, bool>(statement).bind(lease.id.0).bind(i64::from(lease.attempt));
    let is_completed = exists(SQL.completion_found).fetch_one(&mut *connection).await?;
    if is_completed && !exists(SQL.completion_noted).fetch_one(&mut *connection).await? {
        history::add_by_worker(connection, lease.id.0, "completed").await?;
        subjects::promote_next(connection, &[lease.id.0]).await?;
    }
    Ok(is_completed)
}
