//! Claiming, extending and ending.

use std::time::Duration;

use referral_webhooks_inbox::{Claim, ClaimRequest, EntryId, Finish, LEASE_OVER, Lease, Reason};
use sqlx::{Error, Row as _, SqliteConnection};

use crate::columns::{delivery, millis, now};
use crate::history;

/// Claims what is due, each endpoint's share first, then whoever has more.
pub(crate) async fn claim(connection: &mut SqliteConnection, wanted: &ClaimRequest) -> Result<Vec<Claim>, Error> {
    let mut claims = Vec::new();
    for most_each in [wanted.share(), wanted.most] {
        for endpoint in &wanted.endpoints {
            let most = most_each.min(wanted.most - claims.len());
            if most > 0 {
                claim_of(connection, wanted, endpoint, most, &mut claims).await?;
            }
        }
    }
    if claims.is_empty() {
        for endpoint in &wanted.endpoints {
            forgive(connection, endpoint).await?;
        }
    }
    Ok(claims)
}

/// Where the clock was set back, what came before that would wait until it has caught up. Asked only when nothing else
/// is due: what waits for its first attempt and is not due has a time that has not been yet.
async fn forgive(connection: &mut SqliteConnection, endpoint: &str) -> Result<(), Error> {
    const FORGIVE: &str = concat!(
        "UPDATE inbox_entry SET next_at = ",
        now!(),
        " WHERE endpoint = $1 AND next_at > ",
        now!(),
        " AND state = 'available'"
    );
    sqlx::query(FORGIVE).bind(endpoint).execute(connection).await.map(|_| ())
}

async fn claim_of(
    connection: &mut SqliteConnection,
    wanted: &ClaimRequest,
    endpoint: &str,
    most: usize,
    claims: &mut Vec<Claim>,
) -> Result<(), Error> {
    const DUE: &str = concat!(
        "SELECT id, state = 'running' AS was_lost, attempt >= last_attempt AS was_last, attempt > 1 AS was_again \
         FROM inbox_entry WHERE endpoint = $1 AND next_at <= ",
        now!(),
        " ORDER BY next_at, id LIMIT $2"
    );
    let due = sqlx::query(DUE).bind(endpoint).bind(i64::try_from(most).unwrap_or(i64::MAX));
    let mut ids = Vec::new();
    for row in due.fetch_all(&mut *connection).await? {
        let (id, was_lost): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
        let (was_last, was_again): (bool, bool) = (row.try_get(2)?, row.try_get(3)?);
        if was_lost {
            history::add_by_worker(connection, id, "lost", Some(LEASE_OVER)).await?;
        }
        if was_lost && was_last {
            bury(connection, id, LEASE_OVER).await?;
        } else if was_lost && was_again {
            set_apart(connection, id, wanted.lease).await?;
        } else {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    const TAKE: &str = concat!(
        "UPDATE inbox_entry SET state = 'running', attempt = attempt + 1, worker = $2, next_at = ",
        now!(),
        " + $3 WHERE id IN (SELECT value FROM json_each($1))"
    );
    let listed = format!("[{}]", ids.iter().map(i64::to_string).collect::<Vec<_>>().join(","));
    let take = sqlx::query(TAKE).bind(&listed).bind(&wanted.worker).bind(millis(wanted.lease));
    take.execute(&mut *connection).await?;
    const READ: &str = "SELECT id, attempt, last_attempt, key, received_at, headers, body, seal FROM inbox_entry \
                        LEFT JOIN inbox_payload ON entry_id = id WHERE id IN (SELECT value FROM json_each($1))";
    for row in sqlx::query(READ).bind(&listed).fetch_all(connection).await? {
        let lease = Lease::new(EntryId(row.try_get(0)?), row.try_get(1)?, row.try_get(2)?, wanted.lease);
        claims.push(Claim::new(lease, endpoint.to_owned(), row.try_get(3)?, delivery(&row)?));
    }
    Ok(())
}

async fn bury(connection: &mut SqliteConnection, id: i64, reason: &str) -> Result<(), Error> {
    const BURY: &str = concat!(
        "UPDATE inbox_entry SET state = 'discarded', next_at = NULL, reason = $2, finished_at = ",
        now!(),
        " WHERE id = $1"
    );
    sqlx::query(BURY).bind(id).bind(reason).execute(connection).await.map(|_| ())
}

/// Lets an entry wait for a time of its own: see [`Store::claim`](referral_webhooks_inbox::Store::claim).
async fn set_apart(connection: &mut SqliteConnection, id: i64, within: Duration) -> Result<(), Error> {
    const SET_APART: &str = concat!(
        "UPDATE inbox_entry SET state = 'retryable', reason = $2, next_at = ",
        now!(),
        " + ABS(RANDOM() % $3) WHERE id = $1"
    );
    let set_apart = sqlx::query(SET_APART).bind(id).bind(LEASE_OVER).bind(millis(within).max(1));
    set_apart.execute(connection).await.map(|_| ())
}

/// Begins the lease anew, if it is still held.
pub(crate) async fn extend(connection: &mut SqliteConnection, lease: &Lease) -> Result<bool, Error> {
    const EXTEND: &str = concat!(
        "UPDATE inbox_entry SET next_at = ",
        now!(),
        " + $3 WHERE id = $1 AND attempt = $2 AND state = 'running'"
    );
    let extend = sqlx::query(EXTEND).bind(lease.id.0).bind(lease.attempt).bind(millis(lease.length));
    Ok(extend.execute(connection).await?.rows_affected() == 1)
}

/// Ends an attempt, if its lease is still held.
pub(crate) async fn finish(connection: &mut SqliteConnection, lease: &Lease, finish: &Finish) -> Result<bool, Error> {
    // One text for all ends: $3 the state, $4 the reason, $5 the wait (none where it is finished), $6 attempts more.
    const FINISH: &str = concat!(
        "UPDATE inbox_entry SET state = $3, reason = $4, last_attempt = last_attempt + $6, next_at = ",
        now!(),
        " + $5, finished_at = CASE WHEN $5 IS NULL THEN ",
        now!(),
        " END WHERE id = $1 AND attempt = $2 AND state = 'running'"
    );
    let is_last = lease.attempt >= lease.last_attempt;
    let (what, state, reason, wait, more) = match finish {
        Finish::Complete(reason) => ("completed", "completed", reason.as_ref(), None, 0),
        Finish::Retry(wait, reason) if !is_last => ("retry", "retryable", Some(reason), Some(millis(*wait)), 0),
        Finish::Retry(_, reason) | Finish::Discard(reason) => ("discarded", "discarded", Some(reason), None, 0),
        Finish::GiveBack => ("given-back", "retryable", None, Some(0), 1),
        // A later version's end that this one does not know: again, after the lease.
        _ => return Ok(false),
    };
    let reason = reason.map(Reason::as_str);
    let ended = sqlx::query(FINISH).bind(lease.id.0).bind(lease.attempt).bind(state).bind(reason).bind(wait).bind(more);
    let is_held = ended.execute(&mut *connection).await?.rows_affected() == 1;
    if is_held {
        history::add_by_worker(connection, lease.id.0, what, reason).await?;
    }
    Ok(is_held)
}
