//! Claiming, extending and ending.

use std::collections::HashMap;

use referral_webhooks_inbox::{Claim, ClaimRequest, Completion, EntryId, Finish, LEASE_OVER, Lease};
use sqlx::{Error, Row as _};

use super::clock::Clock;
use super::columns::{count, delivery, millis};
use super::dialect::{Connection, alone, among, and_told, chance, ids, locking, now, place, text};
use super::history;

/// Claims what is due, each endpoint's share first, then whoever has more.
pub(crate) async fn claim(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    clock: &Clock,
) -> Result<Vec<Claim>, Error> {
    let mut taken: Vec<Claim> = Vec::new();
    // Whoever had less than it was asked for has no more.
    let mut endpoints: Vec<&String> = wanted.endpoints.iter().collect();
    for most_each in [wanted.share(), wanted.most] {
        let mut with_more = Vec::new();
        for endpoint in endpoints {
            let most = most_each.min(wanted.most - taken.len());
            if most > 0 && take(connection, wanted, clock, endpoint, most, &mut taken).await? == most {
                with_more.push(endpoint);
            }
        }
        endpoints = with_more;
    }
    if taken.is_empty() {
        const NOW: &str = concat!("SELECT ", now!());
        if clock.was_set_back(sqlx::query_scalar(NOW).fetch_one(&mut *connection).await?) {
            forgive(connection, wanted).await?;
        }
    }
    Ok(taken)
}

/// Where the clock was set back, what came before that would wait until it has caught up, and so would what a worker left
/// that died. No lease is longer than it was given for, so those of workers that live are not cut.
async fn forgive(connection: &mut Connection, wanted: &ClaimRequest) -> Result<(), Error> {
    const FORGIVE: &str = concat!(
        "UPDATE inbox_entry SET next_at = ",
        now!(),
        " + CASE WHEN state = 'running' THEN lease ELSE 0 END WHERE endpoint = $1 AND next_at > ",
        now!(),
        " AND (state = 'available' OR state = 'running' AND next_at > ",
        now!(),
        " + lease)"
    );
    for endpoint in &wanted.endpoints {
        sqlx::query(FORGIVE).bind(endpoint).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether an entry has its turn: of those about one subject the first, and none while another one runs. What was running
/// when its worker died had its turn already.
macro_rules! has_its_turn {
    () => {
        "(state = 'running' OR subject IS NULL OR NOT EXISTS (SELECT 1 FROM inbox_entry AS other \
         WHERE other.endpoint = inbox_entry.endpoint AND other.subject = inbox_entry.subject \
         AND other.finished_at IS NULL AND other.id <> inbox_entry.id AND (other.state = 'running' \
         OR (other.ordered_at, other.id) < (inbox_entry.ordered_at, inbox_entry.id))))"
    };
}

/// A column of what came with an entry; nothing if it is no longer kept.
macro_rules! of_payload {
    ($column:literal) => {
        concat!("(SELECT ", $column, " FROM inbox_payload WHERE entry_id = inbox_entry.id) AS ", $column)
    };
}

/// Takes what is due at one endpoint, and says how much that was: dead letters are counted, and not taken.
async fn take(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    clock: &Clock,
    endpoint: &str,
    most: usize,
    taken: &mut Vec<Claim>,
) -> Result<usize, Error> {
    const DUE: &str = concat!(
        "SELECT id, state = 'running' AS was_lost, attempt >= last_attempt AS was_last, attempt > 1 AS was_again, \
         subject IS NOT NULL AS in_turn FROM inbox_entry WHERE endpoint = $1 AND next_at <= ",
        now!(),
        " AND ",
        has_its_turn!(),
        " ORDER BY next_at, id LIMIT $2",
        locking!()
    );
    let due = sqlx::query(DUE).bind(endpoint).bind(i64::try_from(most).unwrap_or(i64::MAX));
    let due = due.fetch_all(&mut *connection).await?;
    let (mut lost, mut dead, mut again, mut living) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut in_turn = false;
    for row in &due {
        let (id, was_lost): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
        let (was_last, was_again): (bool, bool) = (row.try_get(2)?, row.try_get(3)?);
        if was_lost {
            lost.push(id);
        }
        match was_lost {
            true if was_last => dead.push(id),
            true if was_again => again.push(id),
            _ => living.push(id),
        }
        in_turn |= row.try_get::<bool, _>(4)?;
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
    if !again.is_empty() {
        // Each waits for a time of its own: see `Store::claim`.
        const SET_APART: &str = concat!(
            "UPDATE inbox_entry SET state = 'retryable', reason = $2, next_at = ",
            now!(),
            " + CAST(",
            chance!(),
            " * $3 * (attempt - 1) * (attempt - 1) AS BIGINT) WHERE id ",
            among!()
        );
        let set_apart = sqlx::query(SET_APART).bind(ids(&again)).bind(LEASE_OVER).bind(millis(wanted.lease));
        set_apart.execute(&mut *connection).await?;
    }
    if in_turn {
        living = alone(connection, living).await?;
    }
    if !living.is_empty() {
        const TAKE: &str = concat!(
            "UPDATE inbox_entry SET state = 'running', attempt = attempt + 1, worker = $2, lease = $3, next_at = ",
            now!(),
            " + $3 WHERE id ",
            among!(),
            " AND ",
            has_its_turn!(),
            " RETURNING id, next_at, attempt, last_attempt, run, endpoint, key, ",
            of_payload!("received_at"),
            ", ",
            of_payload!("headers"),
            ", ",
            of_payload!("body"),
            ", ",
            of_payload!("seal")
        );
        let take = sqlx::query(TAKE).bind(ids(&living)).bind(text(&wanted.worker)).bind(millis(wanted.lease));
        let mut took = HashMap::new();
        for row in take.fetch_all(&mut *connection).await? {
            clock.saw(row.try_get::<i64, _>("next_at")? - millis(wanted.lease));
            let id = row.try_get("id")?;
            let lease = Lease::new(EntryId(id), count(&row, "attempt")?, count(&row, "last_attempt")?, wanted.lease);
            let (run, endpoint, key) = (count(&row, "run")?, row.try_get("endpoint")?, row.try_get("key")?);
            took.insert(id, Claim::new(lease, run, endpoint, key, delivery(&row)?));
        }
        taken.extend(living.iter().filter_map(|id| took.remove(id)));
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

/// Ends an attempt. One text for all ends: $3 the state, $4 the reason, $5 the wait (none where it is finished), $6
/// attempts more, and $7 how the history calls it.
macro_rules! finish_text {
    () => {
        and_told!(
            "UPDATE inbox_entry SET state = $3, reason = $4, last_attempt = last_attempt + $6, next_at = ",
            now!(),
            " + $5, finished_at = CASE WHEN $5 IS NULL THEN ",
            now!(),
            " END WHERE id = $1 AND attempt = $2 AND state = 'running'"
        )
    };
}

#[allow(unused_imports, reason = "only SQLite adds to it")]
pub(crate) use finish_text;

/// Ends an attempt, if its lease is still held.
pub(crate) async fn finish(connection: &mut Connection, lease: &Lease, finish: &Finish) -> Result<bool, Error> {
    finish_with(connection, finish_text!(), lease, finish).await
}

/// The same with this text.
pub(crate) async fn finish_with(
    connection: &mut Connection,
    text_of_it: &'static str,
    lease: &Lease,
    finish: &Finish,
) -> Result<bool, Error> {
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
    let ended = sqlx::query(text_of_it).bind(lease.id.0).bind(i64::from(lease.attempt)).bind(state);
    let ended = ended.bind(reason.as_deref()).bind(wait).bind(more).bind(what);
    // Of the history's line, which there is if the lease was held.
    Ok(ended.execute(connection).await?.rows_affected() > 0)
}

/// The statement with which any driver completes what is held.
pub(crate) const fn completion(lease: &Lease) -> Completion {
    const COMPLETE: &str = concat!(
        "UPDATE inbox_entry SET state = 'completed', reason = NULL, next_at = NULL, finished_at = ",
        now!(),
        " WHERE id = ",
        place!(1),
        " AND attempt = ",
        place!(2),
        " AND state = 'running'"
    );
    Completion::new(COMPLETE, lease)
}

/// Whether that statement was committed; if so, it gets its line in the history.
pub(crate) async fn was_completed(connection: &mut Connection, lease: &Lease) -> Result<bool, Error> {
    const COMPLETED: &str = "SELECT EXISTS (SELECT 1 FROM inbox_entry WHERE id = $1 AND attempt = $2 \
                             AND state = 'completed')";
    const TOLD: &str = "SELECT EXISTS (SELECT 1 FROM inbox_history WHERE entry_id = $1 AND attempt = $2 \
                        AND what = 'completed')";
    let asked = |text| sqlx::query_scalar::<_, bool>(text).bind(lease.id.0).bind(i64::from(lease.attempt));
    let is_completed = asked(COMPLETED).fetch_one(&mut *connection).await?;
    if is_completed && !asked(TOLD).fetch_one(&mut *connection).await? {
        history::add_by_worker(connection, lease.id.0, "completed", None).await?;
    }
    Ok(is_completed)
}
