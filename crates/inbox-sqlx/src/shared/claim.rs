//! Claiming.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use referral_webhooks_inbox::store::{Claim, ClaimRequest, LEASE_OVER, Lease};

use referral_webhooks_inbox::EntryId;
use sqlx::{Error, Row as _};

use super::columns::{count, delivery, millis, name};
use super::dialect::{Connection, among, any_of, chance, hold, ids, locking, now, stamp, text};
use super::waits::Waits;
use super::{history, subjects};

/// The answer to a claim.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    pub(crate) claims: Vec<Claim>,
    /// Entries whose lease expired on their last attempt: to be [buried](bury), [`subjects::MOST`] at most.
    pub(crate) dead: Vec<i64>,
}

/// Claims what is due, each endpoint's share first, then whoever has more.
pub(crate) async fn claim(connection: &mut Connection, wanted: &ClaimRequest, waits: &Waits) -> Result<Claimed, Error> {
    waits.correct(connection, &wanted.endpoints).await?;
    let mut claimed = Claimed::default();
    // Whoever had less than it was asked for has no more.
    let mut endpoints: Vec<&String> = wanted.endpoints.iter().collect();
    for most_each in [wanted.share(), wanted.most] {
        let mut with_more = Vec::new();
        for endpoint in endpoints {
            let most = most_each.min(wanted.most - claimed.claims.len());
            if most > 0
                && wanted.bytes_left(&claimed.claims) > 0
                && take(connection, wanted, endpoint, most, &mut claimed, waits).await? == most
            {
                with_more.push(endpoint);
            }
            if claimed.claims.first().is_some_and(|first| first.isolated) {
                return Ok(claimed);
            }
        }
        endpoints = with_more;
    }
    Ok(claimed)
}

/// A column of what came with an entry; nothing if it is no longer kept.
macro_rules! of_payload {
    ($column:literal) => {
        concat!("(SELECT ", $column, " FROM inbox_payload WHERE entry_id = inbox_entry.id) AS ", $column)
    };
}

/// The length of a body, without reading it.
macro_rules! length {
    () => {
        "CAST(COALESCE((SELECT LENGTH(body) FROM inbox_payload WHERE entry_id = inbox_entry.id), 0) AS BIGINT) AS length"
    };
}

/// Whether a parked entry can be claimed: no entry of its subject is active.
macro_rules! is_free {
    () => {
        "state = 'parked' AND has_body = TRUE AND (subject IS NULL OR NOT EXISTS (SELECT 1 FROM inbox_entry AS active \
         WHERE active.endpoint = inbox_entry.endpoint AND active.subject = inbox_entry.subject \
         AND active.next_at IS NOT NULL))"
    };
}

/// Takes up entries that satisfy a condition.
macro_rules! take {
    ($($condition:expr)?) => {
        concat!(
            "UPDATE inbox_entry SET expired_leases = expired_leases + CASE WHEN state = 'running' THEN 1 ELSE 0 END, \
             state = 'running', attempt = attempt + 1, worker = $2, wait = $3, finished_at = NULL, next_at = ",
            now!(),
            " + $3 WHERE id ",
            among!(),
            $(" AND ", $condition,)?
            " RETURNING id, attempt, last_attempt, run, endpoint, delivery_id, ",
            of_payload!("received_at"),
            ", ",
            of_payload!("headers"),
            ", ",
            of_payload!("body"),
            ", ",
            of_payload!("seal")
        )
    };
}

/// An entry that is due and can be claimed.
struct Living {
    id: i64,
    was_lost: bool,
    is_isolated: bool,
    length: u64,
}

/// Returns whether bytes are left for a body of this length, and takes them.
fn fits(length: u64, left: &mut u64) -> bool {
    let fits = *left > 0;
    *left = left.saturating_sub(length);
    fits
}

/// Takes what is due at one endpoint, and says how much that was: dead letters are counted, and not taken.
async fn take(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    endpoint: &str,
    most: usize,
    claimed: &mut Claimed,
    waits: &Waits,
) -> Result<usize, Error> {
    const DUE: &str = concat!(
        "SELECT id, state = 'running' AS was_lost, attempt >= last_attempt AS was_last, expired_leases > 0 AS was_again, \
         isolated, ",
        length!(),
        " FROM inbox_entry WHERE endpoint = $1 AND next_at <= ",
        now!(),
        " ORDER BY next_at, id LIMIT $2",
        locking!()
    );
    let is_due = || sqlx::query(DUE).bind(endpoint).bind(i64::try_from(most).unwrap_or(i64::MAX));
    let mut due = is_due().fetch_all(&mut *connection).await?;
    let mut has_lost = false;
    for row in &due {
        has_lost |= row.try_get::<bool, _>(1)?;
    }
    if has_lost && waits.renew_leases(connection).await? {
        due = is_due().fetch_all(&mut *connection).await?;
    }
    let (mut again, mut living) = (Vec::new(), Vec::new());
    for row in &due {
        let (id, was_lost): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
        let (was_last, was_again): (bool, bool) = (row.try_get(2)?, row.try_get(3)?);
        if was_lost && was_last {
            // Those beyond stay as they are, and come with the next claim.
            if claimed.dead.len() < subjects::MOST && !claimed.dead.contains(&id) {
                claimed.dead.push(id);
            }
            continue;
        }
        if was_lost && was_again {
            again.push(id);
        } else {
            living.push(Living { id, was_lost, is_isolated: row.try_get(4)?, length: count(row, "length")?.into() });
        }
    }
    let alone = claimed.claims.is_empty() && living.first().is_some_and(|first| first.is_isolated);
    if alone {
        living.truncate(1);
    } else {
        living.retain(|entry| !entry.is_isolated);
    }
    // Those beyond stay as they are, too.
    let mut bytes = wanted.bytes_left(&claimed.claims);
    living.retain(|entry| fits(entry.length, &mut bytes));
    let lost = living.iter().filter(|entry| entry.was_lost).map(|entry| entry.id);
    let lost: Vec<i64> = lost.chain(again.iter().copied()).collect();
    if !lost.is_empty() {
        history::add_to_each(connection, &ids(&lost), "abandoned", LEASE_OVER).await?;
    }
    isolate(connection, &again, wanted.lease()).await?;
    let living: Vec<i64> = living.into_iter().map(|entry| entry.id).collect();
    let took = take_up(connection, wanted, TAKE_DUE, &living).await?;
    claimed.claims.extend(took.into_iter().map(|claim| claim.isolated(alone)));
    Ok(due.len())
}

/// Claims parked entries of the endpoints whose unknown events the worker asks for, the oldest first.
///
/// It is a transaction of its own on PostgreSQL, because it holds subjects: a parked entry becomes the active one of its
/// subject, if there is none.
pub(crate) async fn claim_parked(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    (most, mut bytes): (usize, u64),
) -> Result<Vec<Claim>, Error> {
    const PARKED: &str = concat!(
        "SELECT id, subject, ",
        length!(),
        " FROM inbox_entry WHERE endpoint = $1 AND ",
        is_free!(),
        " ORDER BY id LIMIT $2"
    );
    let mut claims: Vec<Claim> = Vec::new();
    for endpoint in &wanted.unknown {
        if claims.len() >= most {
            break;
        }
        let room = i64::try_from(most - claims.len()).unwrap_or(i64::MAX);
        let parked = sqlx::query_as(PARKED).bind(endpoint).bind(room).fetch_all(&mut *connection).await?;
        let mut subjects = HashSet::new();
        let of_each = |(id, subject, length): (i64, Option<String>, i64)| match subject {
            Some(subject) if !subjects.insert(subject.clone()) => None,
            _ => fits(length.unsigned_abs(), &mut bytes).then_some(id),
        };
        let first: Vec<i64> = parked.into_iter().filter_map(of_each).collect();
        hold(connection, &first).await?;
        claims.extend(take_up(connection, wanted, TAKE_PARKED, &first).await?);
    }
    Ok(claims)
}

/// Makes dead letters of entries whose lease expired on their last attempt.
pub(crate) async fn bury(connection: &mut Connection, dead: &[i64]) -> Result<(), Error> {
    const BURY: &str = concat!(
        "UPDATE inbox_entry SET state = 'discarded', next_at = NULL, expired_leases = expired_leases + 1, \
         isolated = FALSE, reason = $2, finished_at = ",
        stamp!(),
        " WHERE id ",
        any_of!(
            "SELECT id FROM inbox_entry WHERE state = 'running' AND attempt >= last_attempt AND next_at <= ",
            now!(),
            " AND id ",
            among!(),
            locking!()
        ),
        " RETURNING id"
    );
    if dead.is_empty() {
        return Ok(());
    }
    // Another claim may have been faster.
    let buried: Vec<i64> =
        sqlx::query_scalar(BURY).bind(ids(dead)).bind(LEASE_OVER).fetch_all(&mut *connection).await?;
    history::add_to_each(connection, &ids(&buried), "abandoned", LEASE_OVER).await?;
    subjects::promote_next(connection, &buried).await
}

/// The longest wait of an isolated entry, which was abandoned `expired_leases` times before: so many leases squared.
macro_rules! longest_wait {
    () => {
        "$3 * CASE WHEN expired_leases > 10 THEN 100 ELSE expired_leases * expired_leases END"
    };
}

/// Isolates what was abandoned again, each entry after a time of its own: see
/// [`Store::claim`](referral_webhooks_inbox::store::Store::claim).
async fn isolate(connection: &mut Connection, again: &[i64], lease: Duration) -> Result<(), Error> {
    const ISOLATE: &str = concat!(
        "UPDATE inbox_entry SET state = 'retryable', reason = $2, isolated = TRUE, expired_leases = expired_leases + 1, \
         wait = ",
        longest_wait!(),
        ", next_at = ",
        now!(),
        " + CAST(",
        chance!(),
        " * ",
        longest_wait!(),
        " AS BIGINT) WHERE id ",
        among!()
    );
    if !again.is_empty() {
        let isolate = sqlx::query(ISOLATE).bind(ids(again)).bind(LEASE_OVER).bind(millis(lease));
        isolate.execute(connection).await?;
    }
    Ok(())
}

const TAKE_DUE: &str = take!();
const TAKE_PARKED: &str = take!(is_free!());

/// Takes these up, in their order.
async fn take_up(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    take: &'static str,
    living: &[i64],
) -> Result<Vec<Claim>, Error> {
    if living.is_empty() {
        return Ok(Vec::new());
    }
    let take = sqlx::query(take).bind(ids(living)).bind(text(name(&wanted.worker))).bind(millis(wanted.lease()));
    let mut took = HashMap::new();
    for row in take.fetch_all(connection).await? {
        let id = row.try_get("id")?;
        let lease = Lease::new(EntryId(id), count(&row, "attempt")?, count(&row, "last_attempt")?, wanted.lease());
        let (run, endpoint, delivery_id) = (count(&row, "run")?, row.try_get("endpoint")?, row.try_get("delivery_id")?);
        took.insert(id, Claim::new(lease, run, endpoint, delivery_id, delivery(&row)?));
    }
    Ok(living.iter().filter_map(|id| took.remove(id)).collect())
}
