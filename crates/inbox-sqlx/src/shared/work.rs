//! Extending and ending.

use referral_webhooks_inbox::store::{Completion, Finish, Lease};
use sqlx::{Error, Row as _};

use super::columns::millis;
use super::dialect::{Connection, and_told, now, now_for_all, place, stamp, text};
use super::{history, subjects};

/// Begins the lease anew, if it is still held.
pub(crate) async fn extend(connection: &mut Connection, lease: &Lease) -> Result<bool, Error> {
    const EXTEND: &str = concat!(
        "UPDATE inbox_entry SET wait = $3, next_at = ",
        now!(),
        " + $3 WHERE id = $1 AND attempt = $2 AND state = 'running'"
    );
    let extend = sqlx::query(EXTEND)
        .bind(lease.id.0)
        .bind(i64::from(lease.attempt))
        .bind(millis(lease.length.min(Lease::LONGEST)));
    Ok(extend.execute(connection).await?.rows_affected() == 1)
}

/// Ends an attempt, if its lease is still held.
pub(crate) async fn finish(connection: &mut Connection, lease: &Lease, finish: &Finish) -> Result<bool, Error> {
    // One text for all ends: $3 the state, $4 the reason, $5 the wait (none where it is finished), $6 attempts more where
    // it is given back, as it was before, or parked, and $7 how the history calls it.
    const FINISH: &str = and_told!(
        "UPDATE inbox_entry SET state = $3, reason = CASE WHEN $3 = 'parked' OR $6 = 0 THEN $4 ELSE reason END, \
         unreadable = CASE WHEN $3 = 'parked' THEN COALESCE(unreadable, $4) ELSE unreadable END, \
         last_attempt = last_attempt + $6, isolated = CASE WHEN $6 = 0 THEN FALSE ELSE isolated END, \
         wait = COALESCE($5, 0), next_at = ",
        now!(),
        " + $5, finished_at = CASE WHEN $5 IS NULL THEN ",
        stamp!(),
        " END WHERE id = $1 AND attempt = $2 AND state = 'running'"
    );
    let is_last = lease.attempt >= lease.last_attempt;
    let (what, state, reason, wait, more) = match finish {
        Finish::Complete(reason) => ("completed", "completed", reason.as_ref(), None, 0_i64),
        Finish::Retry(wait, reason) if !is_last => {
            ("retry", "retryable", Some(reason), Some(millis((*wait).min(Finish::LONGEST_WAIT))), 0)
        }
        Finish::Retry(_, reason) | Finish::Discard(reason) => ("discarded", "discarded", Some(reason), None, 0),
        Finish::Park(reason) => ("parked", "parked", Some(reason), None, 1),
        Finish::Release => ("released", "retryable", None, Some(0), 1),
        // A later version's end that this one does not know: again, after the lease.
    };
    let reason = reason.map(|reason| text(reason.as_str()));
    let ended = sqlx::query(FINISH).bind(lease.id.0).bind(i64::from(lease.attempt)).bind(state);
    let ended = ended.bind(reason.as_deref()).bind(wait).bind(more).bind(what);
    // A row comes back if the lease was held.
    let has_subject: Option<bool> =
        ended.fetch_all(&mut *connection).await?.first().map(|row| row.try_get(0)).transpose()?;
    if wait.is_none() && has_subject == Some(true) {
        subjects::promote_next(connection, &[lease.id.0]).await?;
    }
    Ok(has_subject.is_some())
}

/// The statement with which any driver completes what is held.
pub(crate) const fn completion(lease: &Lease) -> Completion {
    const COMPLETE: &str = concat!(
        "UPDATE inbox_entry SET state = 'completed', reason = NULL, next_at = NULL, finished_at = ",
        stamp!(now_for_all!()),
        " WHERE id = ",
        place!(1),
        " AND attempt = ",
        place!(2),
        " AND state = 'running'"
    );
    Completion::new(COMPLETE, lease)
}

/// Whether that statement was committed; if so, it gets its line in the history, and the next entry of its subject is
/// promoted.
pub(crate) async fn was_completed(connection: &mut Connection, lease: &Lease) -> Result<bool, Error> {
    const COMPLETED: &str = "SELECT EXISTS (SELECT 1 FROM inbox_entry WHERE id = $1 AND attempt = $2 \
                             AND state = 'completed')";
    const TOLD: &str = "SELECT EXISTS (SELECT 1 FROM inbox_history WHERE entry_id = $1 AND attempt = $2 \
                        AND what = 'completed')";
    let asked = |text| sqlx::query_scalar::<_, bool>(text).bind(lease.id.0).bind(i64::from(lease.attempt));
    let is_completed = asked(COMPLETED).fetch_one(&mut *connection).await?;
    if is_completed && !asked(TOLD).fetch_one(&mut *connection).await? {
        history::add_by_worker(connection, lease.id.0, "completed", None).await?;
        subjects::promote_next(connection, &[lease.id.0]).await?;
    }
    Ok(is_completed)
}
