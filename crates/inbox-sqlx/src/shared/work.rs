//! Claiming, extending and ending.

use referral_webhooks_inbox::{Claim, ClaimRequest, EntryId, Finish, LEASE_OVER, Lease};
use sqlx::{Error, Row as _};

use super::columns::{count, delivery, millis};
use super::dialect::{Connection, among, ids, locking, now, text};
use super::history;

/// Claims what is due, each endpoint's share first, then whoever has more.
pub(crate) async fn claim(connection: &mut Connection, wanted: &ClaimRequest) -> Result<Vec<Claim>, Error> {
    let mut taken: Vec<i64> = Vec::new();
    // Whoever had less than it was asked for has no more.
    let mut endpoints: Vec<&String> = wanted.endpoints.iter().collect();
    for most_each in [wanted.share(), wanted.most] {
        let mut with_more = Vec::new();
        for endpoint in endpoints {
            let most = most_each.min(wanted.most - taken.len());
            if most > 0 && take(connection, wanted, endpoint, most, &mut taken).await? == most {
                with_more.push(endpoint);
            }
        }
        endpoints = with_more;
    }
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    const READ: &str = concat!(
        "SELECT id, attempt, last_attempt, endpoint, key, received_at, headers, body, seal FROM inbox_entry \
         LEFT JOIN inbox_payload ON entry_id = id WHERE id ",
        among!()
    );
    let mut claims = Vec::with_capacity(taken.len());
    for row in sqlx::query(READ).bind(ids(&taken)).fetch_all(connection).await? {
        let id = EntryId(row.try_get("id")?);
        let lease = Lease::new(id, count(&row, "attempt")?, count(&row, "last_attempt")?, wanted.lease);
        claims.push(Claim::new(lease, row.try_get("endpoint")?, row.try_get("key")?, delivery(&row)?));
    }
    let place_of = |claim: &Claim| taken.iter().position(|id| *id == claim.lease.id.0);
    claims.sort_by_cached_key(place_of);
    Ok(claims)
}

/// Takes what is due at one endpoint, and says how much that was: dead letters are counted, and not taken.
async fn take(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    endpoint: &str,
    most: usize,
    taken: &mut Vec<i64>,
) -> Result<usize, Error> {
    const DUE: &str = concat!(
        "SELECT id, state = 'running' AS was_lost, attempt >= last_attempt AS was_last FROM inbox_entry \
         WHERE endpoint = $1 AND next_at <= ",
        now!(),
        " ORDER BY next_at, id LIMIT $2",
        locking!()
    );
    let due = sqlx::query(DUE).bind(endpoint).bind(i64::try_from(most).unwrap_or(i64::MAX));
    let due = due.fetch_all(&mut *connection).await?;
    let (mut lost, mut dead, mut living) = (Vec::new(), Vec::new(), Vec::new());
    for row in &due {
        let (id, was_lost, was_last): (i64, bool, bool) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if was_lost {
            lost.push(id);
        }
        if was_lost && was_last { dead.push(id) } else { living.push(id) }
    }
    if !lost.is_empty() {
        history::add_to_each(connection, &ids(&lost), "lost", LEASE_OVER).await?;
    }
    if !dead.is_empty() {
        const BURY: &str = concat!(
            "UPDATE inbox_entry SET state = 'discarded', next_at = NULL, reason = $2, finished_at = ",
            now!(),
            " WHERE id ",
            among!()
        );
        sqlx::query(BURY).bind(ids(&dead)).bind(LEASE_OVER).execute(&mut *connection).await?;
    }
    if !living.is_empty() {
        const TAKE: &str = concat!(
            "UPDATE inbox_entry SET state = 'running', attempt = attempt + 1, worker = $2, next_at = ",
            now!(),
            " + $3 WHERE id ",
            among!()
        );
        let take = sqlx::query(TAKE).bind(ids(&living)).bind(text(&wanted.worker)).bind(millis(wanted.lease));
        take.execute(&mut *connection).await?;
        taken.extend(living);
    }
    Ok(due.len())
}

/// Begins the lease anew, if it is still held.
pub(crate) async fn extend(connection: &mut Connection, lease: &Lease) -> Result<bool, Error> {
    const EXTEND: &str = concat!(
        "UPDATE inbox_entry SET next_at = ",
        now!(),
        " + $3 WHERE id = $1 AND attempt = $2 AND state = 'running'"
    );
    let extend = sqlx::query(EXTEND).bind(lease.id.0).bind(i64::from(lease.attempt)).bind(millis(lease.length));
    Ok(extend.execute(connection).await?.rows_affected() == 1)
}

/// Ends an attempt, if its lease is still held.
pub(crate) async fn finish(connection: &mut Connection, lease: &Lease, finish: &Finish) -> Result<bool, Error> {
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
        Finish::Complete(reason) => ("completed", "completed", reason.as_ref(), None, 0_i64),
        Finish::Retry(wait, reason) if !is_last => ("retry", "retryable", Some(reason), Some(millis(*wait)), 0),
        Finish::Retry(_, reason) | Finish::Discard(reason) => ("discarded", "discarded", Some(reason), None, 0),
        Finish::GiveBack => ("given-back", "retryable", None, Some(0), 1),
        // A later version's end that this one does not know: again, after the lease.
        _ => return Ok(false),
    };
    let reason = reason.map(|reason| text(reason.as_str()));
    let ended = sqlx::query(FINISH).bind(lease.id.0).bind(i64::from(lease.attempt)).bind(state);
    let ended = ended.bind(reason.as_deref()).bind(wait).bind(more);
    let is_held = ended.execute(&mut *connection).await?.rows_affected() == 1;
    if is_held {
        history::add_by_worker(connection, lease.id.0, what, reason.as_deref()).await?;
    }
    Ok(is_held)
}
