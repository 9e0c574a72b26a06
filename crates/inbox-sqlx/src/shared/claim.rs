//! Claiming due entries.
//!
//! - **Guarantees**: an entry has one worker at a time. Entries of an endpoint are claimed in the order in which they
//!   are due, each endpoint gets its share before another one gets more, and tenants have [turns](super::turns). An entry that was abandoned twice is
//!   isolated: it is claimed without others, so that a delivery that aborts its process takes no other entry with it.
//! - **Assumes** that claims run at the same time, in this process and in others. `claim_due` locks the rows and skips
//!   locked ones, so concurrent claims return different entries. A claim has locked available entries, so it must not
//!   wait for a subject: [`bury`] and [`claim_parked`] lock subjects, and are transactions of their own on PostgreSQL.
//! - **Without it**, two workers would run one entry, or two transactions would deadlock on a row and a subject.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Claim, ClaimRequest, LEASE_OVER, Lease};
use sqlx::{Error, Row as _};

use super::columns::{count, delivery, fingerprint, item, millis, name};
use super::dialect::{Connection, hold, ids, text};
use super::statements::SQL;
use super::turns::Turns;
use super::waits::Waits;
use super::{history, subjects};

/// The answer to a claim.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    pub(crate) claims: Vec<Claim>,
    /// Entries whose lease expired on their last attempt: to be [buried](bury), [`subjects::MOST`] at most.
    pub(crate) dead: Vec<i64>,
}

/// Claims due entries: the share of each endpoint first, then more from the endpoints that have more.
pub(crate) async fn claim(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    waits: &Waits,
    turns: &Turns,
) -> Result<Claimed, Error> {
    waits.correct(connection, &wanted.endpoints).await?;
    let mut claimed = Claimed::default();
    // An endpoint that had less than its share has no more.
    let mut endpoints: Vec<&String> = wanted.endpoints.iter().collect();
    for most_each in [wanted.share(), wanted.most] {
        let mut with_more = Vec::new();
        for endpoint in endpoints {
            let most = most_each.min(wanted.most - claimed.claims.len());
            if most > 0
                && wanted.bytes_left(&claimed.claims) > 0
                && take(connection, wanted, endpoint, most, &mut claimed, (waits, turns)).await? == most
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

/// A due entry that can be claimed.
struct Due {
    id: i64,
    is_abandoned: bool,
    is_isolated: bool,
    length: u64,
}

/// Returns whether the limit of bytes allows another body, and subtracts its length.
fn fits(length: u64, remaining: &mut u64) -> bool {
    let fits = *remaining > 0;
    *remaining = remaining.saturating_sub(length);
    fits
}

/// Claims due entries of one endpoint, and returns how many were due. Entries for [`bury`] are counted, and not
/// claimed.
async fn take(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    endpoint: &str,
    most: usize,
    claimed: &mut Claimed,
    (waits, turns): (&Waits, &Turns),
) -> Result<usize, Error> {
    let mut found = turns.due(connection, endpoint, most).await?;
    let mut has_abandoned = false;
    for row in &found.rows {
        has_abandoned |= row.try_get::<bool, _>("is_abandoned")?;
    }
    if has_abandoned && waits.renew_leases(connection).await? {
        found = turns.due(connection, endpoint, most).await?;
    }
    let (mut repeatedly, mut due) = (Vec::new(), Vec::new());
    for row in &found.rows {
        let (id, is_abandoned): (i64, bool) = (row.try_get("id")?, row.try_get("is_abandoned")?);
        if is_abandoned && row.try_get("is_last")? {
            // The next claim finds those beyond the limit.
            if claimed.dead.len() < subjects::MOST && !claimed.dead.contains(&id) {
                claimed.dead.push(id);
            }
        } else if is_abandoned && row.try_get("was_abandoned_before")? {
            repeatedly.push(id);
        } else {
            let (is_isolated, length) = (row.try_get("isolated")?, count(row, "length")?.into());
            due.push(Due { id, is_abandoned, is_isolated, length });
        }
    }
    let isolated = claimed.claims.is_empty() && due.first().is_some_and(|first| first.is_isolated);
    if isolated {
        due.truncate(1);
    } else {
        due.retain(|entry| !entry.is_isolated);
    }
    // The next claim finds those beyond the limit.
    let mut bytes = wanted.bytes_left(&claimed.claims);
    due.retain(|entry| fits(entry.length, &mut bytes));
    let abandoned = due.iter().filter(|entry| entry.is_abandoned).map(|entry| entry.id);
    let abandoned: Vec<i64> = abandoned.chain(repeatedly.iter().copied()).collect();
    if !abandoned.is_empty() {
        history::add_to_each(connection, &ids(&abandoned), "abandoned", LEASE_OVER).await?;
    }
    isolate(connection, &repeatedly, wanted.lease()).await?;
    let due: Vec<i64> = due.into_iter().map(|entry| entry.id).collect();
    turns.served(endpoint, &found, |id| due.contains(&id) || repeatedly.contains(&id) || claimed.dead.contains(&id));
    let begun = begin(connection, wanted, SQL.claim_take, &due).await?;
    claimed.claims.extend(begun.into_iter().map(|claim| claim.isolated(isolated)));
    Ok(found.rows.len())
}

/// Claims parked entries of the endpoints whose unknown events the worker wants, the oldest first. A claimed entry
/// becomes the active one of its subject.
pub(crate) async fn claim_parked(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    (most, mut bytes): (usize, u64),
) -> Result<Vec<Claim>, Error> {
    let mut claims: Vec<Claim> = Vec::new();
    for endpoint in &wanted.unknown {
        if claims.len() >= most {
            break;
        }
        let room = i64::try_from(most - claims.len()).unwrap_or(i64::MAX);
        let parked = sqlx::query_as(SQL.claim_parked).bind(endpoint).bind(room).fetch_all(&mut *connection).await?;
        let mut subjects = HashSet::new();
        let of_each = |(id, tenant, subject, length): (i64, String, Option<String>, i64)| match subject {
            Some(ref subject) if !subjects.insert((tenant, subject.clone())) => None,
            _ => fits(length.unsigned_abs(), &mut bytes).then_some(id),
        };
        let first: Vec<i64> = parked.into_iter().filter_map(of_each).collect();
        hold(connection, &first).await?;
        claims.extend(begin(connection, wanted, SQL.claim_take_parked, &first).await?);
    }
    Ok(claims)
}

/// Makes dead letters of entries whose lease expired on their last attempt.
pub(crate) async fn bury(connection: &mut Connection, dead: &[i64]) -> Result<(), Error> {
    if dead.is_empty() {
        return Ok(());
    }
    // A concurrent claim may have buried some of them.
    let bury = sqlx::query(SQL.claim_bury).bind(ids(dead)).bind(LEASE_OVER);
    let mut buried: Vec<i64> = Vec::new();
    for row in bury.fetch_all(&mut *connection).await? {
        buried.push(row.try_get("id")?);
        // The worker that held the lease may have died, so the store logs the end of the entry.
        tracing::warn!(
            target: "referral_webhooks", platform = row.try_get::<&str, _>("platform")?,
            endpoint = row.try_get::<&str, _>("endpoint")?, delivery_id = row.try_get::<&str, _>("delivery_id")?,
            entry = row.try_get::<i64, _>("id")?, attempt = count(&row, "attempt")?, reason = LEASE_OVER,
            "discarded: now a dead letter"
        );
    }
    history::add_to_each(connection, &ids(&buried), "abandoned", LEASE_OVER).await?;
    subjects::promote_next(connection, &buried).await
}

/// Isolates entries that were abandoned more than once, each after a random wait: see
/// [`Store::claim`](referral_webhooks_inbox::store::Store::claim).
async fn isolate(connection: &mut Connection, entries: &[i64], lease: Duration) -> Result<(), Error> {
    if !entries.is_empty() {
        let isolate = sqlx::query(SQL.claim_isolate).bind(ids(entries)).bind(LEASE_OVER).bind(millis(lease));
        isolate.execute(connection).await?;
    }
    Ok(())
}

/// Begins an attempt at each of these entries, and returns the claims in the same order.
async fn begin(
    connection: &mut Connection,
    wanted: &ClaimRequest,
    statement: &'static str,
    entries: &[i64],
) -> Result<Vec<Claim>, Error> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let begin = sqlx::query(statement).bind(ids(entries)).bind(text(name(&wanted.worker)));
    let mut begun = HashMap::new();
    for row in begin.bind(millis(wanted.lease())).fetch_all(connection).await? {
        let id = row.try_get("id")?;
        let lease = Lease::new(EntryId(id), count(&row, "attempt")?, count(&row, "last_attempt")?, wanted.lease());
        let (run, endpoint, delivery_id) = (count(&row, "run")?, row.try_get("endpoint")?, row.try_get("delivery_id")?);
        let claim = Claim::new(lease, run, endpoint, delivery_id, delivery(&row)?);
        let claim = claim.read_as(item(&row)?, row.try_get("profile")?);
        begun.insert(
            id,
            claim.of_tenant(row.try_get("tenant")?).keys(fingerprint(&row)?, row.try_get("has_business_key")?),
        );
    }
    Ok(entries.iter().filter_map(|id| begun.remove(id)).collect())
}
