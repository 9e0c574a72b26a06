//! Claiming.

use std::collections::HashMap;
use std::time::Duration;

use referral_webhooks_inbox::{Claim, ClaimRequest, EntryId, LEASE_OVER, Lease};
use sqlx::{Error, Row as _};

use super::clock::Clock;
use super::columns::{count, delivery, millis};
use super::dialect::{Connection, among, chance, ids, locking, now, stamp, text, undecided};
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
            if taken.first().is_some_and(|first| first.alone) {
                return Ok(taken);
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
        " + CASE WHEN state = 'running' THEN wait ELSE 0 END WHERE endpoint = $1 AND next_at > ",
        now!(),
        " AND (state = 'available' OR state = 'running' AND next_at > ",
        now!(),
        " + wait)"
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
        "SELECT id, state = 'running' AS was_lost, attempt >= last_attempt AS was_last, CASE WHEN state = 'running' \
         THEN EXISTS (SELECT 1 FROM inbox_history WHERE entry_id = inbox_entry.id AND what = 'lost') ELSE FALSE END \
         AS was_again, subject IS NOT NULL AS in_turn, \
         state = 'retryable' AND COALESCE(reason = $3, FALSE) AS must_be_alone \
         FROM inbox_entry WHERE endpoint = $1 AND next_at <= ",
        now!(),
        " AND ",
        has_its_turn!(),
        " ORDER BY next_at, id LIMIT $2",
        locking!()
    );
    let due = sqlx::query(DUE).bind(endpoint).bind(i64::try_from(most).unwrap_or(i64::MAX)).bind(LEASE_OVER);
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
            _ => living.push((id, row.try_get::<bool, _>(5)?)),
        }
        in_turn |= row.try_get::<bool, _>(4)?;
    }
    if !lost.is_empty() {
        history::add_to_each(connection, &ids(&lost), "lost", LEASE_OVER).await?;
    }
    bury(connection, &dead).await?;
    set_apart(connection, &again, wanted.lease).await?;
    let alone = taken.is_empty() && living.first().is_some_and(|(_, must_be_alone)| *must_be_alone);
    if alone {
        living.truncate(1);
    } else {
        living.retain(|(_, must_be_alone)| !must_be_alone);
    }
    let mut living = living.into_iter().map(|(id, _)| id).collect();
    if in_turn {
        living = undecided(connection, living).await?;
    }
    let took = take_up(connection, wanted, clock, &living).await?;
    taken.extend(took.into_iter().map(|claim| claim.alone(alone)));
    Ok(due.len())
}

/// What a worker left that died on its last attempt is a dead letter.
async fn bury(connection: &mut Connection, dead: &[i64]) -> Result<(), Error> {
    const BURY: &str = concat!(
        "UPDATE inbox_entry SET state = 'discarded', next_at = NULL, reason = $2, finished_at = ",
        stamp!(),
        " WHERE id ",
        among!()
    );
    if !dead.is_empty() {
        sqlx::query(BURY).bind(ids(dead)).bind(LEASE_OVER).execute(connection).await?;
    }
    Ok(())
}

/// What was left again waits for a time of its own: see [`Store::claim`](referral_webhooks_inbox::Store::claim).
async fn set_apart(connection: &mut Connection, again: &[i64], lease: Duration) -> Result<(), Error> {
    const SET_APART: &str = concat!(
        "UPDATE inbox_entry SET state = 'retryable', reason = $2, next_at = ",
        now!(),
        " + CAST(",
        chance!(),
        " * $3 * (SELECT CASE WHEN COUNT(*) > 10 THEN 100 ELSE (COUNT(*) - 1) * (COUNT(*) - 1) END \
         FROM inbox_history WHERE entry_id = inbox_entry.id AND what = 'lost') AS BIGINT) WHERE id ",
        among!()
    );
    if !again.is_empty() {
        let set_apart = sqlx::query(SET_APART).bind(ids(again)).bind(LEASE_OVER).bind(millis(lease));
        set_apart.execute(connection).await?;
    }
    Ok(())
}

/// Takes these up, if they still have their turn, in their order.
async fn take_up(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    clock: &Clock,
    living: &[i64],
) -> Result<Vec<Claim>, Error> {
    const TAKE: &str = concat!(
        "UPDATE inbox_entry SET state = 'running', attempt = attempt + 1, worker = $2, wait = $3, next_at = ",
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
    if living.is_empty() {
        return Ok(Vec::new());
    }
    let take = sqlx::query(TAKE).bind(ids(living)).bind(text(&wanted.worker)).bind(millis(wanted.lease));
    let mut took = HashMap::new();
    for row in take.fetch_all(connection).await? {
        clock.saw(row.try_get::<i64, _>("next_at")? - millis(wanted.lease));
        let id = row.try_get("id")?;
        let lease = Lease::new(EntryId(id), count(&row, "attempt")?, count(&row, "last_attempt")?, wanted.lease);
        let (run, endpoint, key) = (count(&row, "run")?, row.try_get("endpoint")?, row.try_get("key")?);
        took.insert(id, Claim::new(lease, run, endpoint, key, delivery(&row)?));
    }
    Ok(living.iter().filter_map(|id| took.remove(id)).collect())
}
