//! Pruning, and the probe of a database that can be written.
//!
//! - **Guarantees**: a call deletes a bounded number of entries and bytes, and only entries that are old by proven
//!   time.
//! - **Assumes** that concurrent calls, of this or of another process, leave out the rows that one of them has locked.
//! - **Without it**, one call could keep deliveries waiting for as long as it takes to delete a year of bodies.

use std::collections::HashSet;

use referral_webhooks_inbox::store::{PruneRule, Pruned, State};
use sqlx::{Error, Row as _};

use super::columns::{count, millis};
use super::dialect::{Connection, Ids, ids, note_erasure};
use super::payload;
use super::statements::SQL;
use crate::proven_time::ProvenTime;

/// The states whose bodies are pruned, each with its own age.
const FINISHED: [State; 4] = [State::Completed, State::Cancelled, State::Discarded, State::Parked];

/// Writes one small row.
pub(crate) async fn probe(connection: &mut Connection) -> Result<(), Error> {
    sqlx::query(SQL.probe_write).execute(connection).await.map(|_| ())
}

/// The result of pruning.
#[derive(Debug)]
pub(crate) struct Deleted {
    pub(crate) pruned: Pruned,
    /// The number of bodies of erased entries whose other entries are processed.
    pub(crate) erased: u64,
}

/// Deletes bodies and ids that are old by proven time, and erased bodies whose other entries are processed.
pub(crate) async fn prune(connection: &mut Connection, rule: PruneRule, time: ProvenTime) -> Result<Deleted, Error> {
    let mut pruned = Pruned::default();
    let erased = payload::delete_erased(connection).await?;
    if erased > 0 {
        note_erasure(connection).await?;
    }
    let latest = time.latest_of_age(millis(rule.refused));
    sqlx::query(SQL.refused_prune).bind(&rule.endpoint).bind(latest).execute(&mut *connection).await?;
    let mut bytes = 0;
    for state in FINISHED {
        if let (Some(age), false) = (rule.body_age(state), pruned.is_more) {
            let latest = time.latest_of_age(millis(age));
            let found = old_bodies(connection, &rule, state, latest, &mut pruned, &mut bytes).await?;
            payload::delete(connection, &found).await?;
            run_each(connection, &ids(&found), [SQL.prune_reasons, SQL.prune_bodies]).await?;
        }
    }
    if let Some(age) = rule.ids {
        let (most, _) = rule.bounds();
        let old = sqlx::query_scalar(SQL.prune_find_ids).bind(&rule.endpoint).bind(time.latest_of_age(millis(age)));
        let found: Vec<i64> = old.bind(i64::try_from(most).unwrap_or(i64::MAX)).fetch_all(&mut *connection).await?;
        pruned.entries = found.len() as u64;
        pruned.is_more |= pruned.entries >= most;
        run_each(connection, &ids(&found), [SQL.prune_history, SQL.prune_entries]).await?;
    }
    Ok(Deleted { pruned, erased })
}

/// Finds bodies that are old enough, within the bounds of a call. Reasons count as bytes, too.
async fn old_bodies(
    connection: &mut Connection,
    rule: &PruneRule,
    state: State,
    latest: i64,
    pruned: &mut Pruned,
    bytes: &mut u64,
) -> Result<Vec<i64>, Error> {
    let (most, most_bytes) = rule.bounds();
    let remaining = i64::try_from(most - pruned.bodies).unwrap_or(i64::MAX);
    let old = sqlx::query(SQL.prune_find_bodies).bind(&rule.endpoint).bind(latest).bind(state.as_str()).bind(remaining);
    // The items of one delivery count its body once.
    let (mut found, mut shared) = (Vec::new(), HashSet::new());
    for row in old.fetch_all(&mut *connection).await? {
        let shared_body: Option<i64> = row.try_get("shared_body")?;
        let is_counted = shared_body.is_some_and(|body| shared.contains(&body));
        if *bytes >= most_bytes && !is_counted {
            pruned.is_more = true;
            break;
        }
        found.push(row.try_get(0)?);
        *bytes += if is_counted { 0 } else { u64::from(count(&row, "length")?) };
        shared.extend(shared_body);
    }
    pruned.bodies += found.len() as u64;
    pruned.is_more |= pruned.bodies >= most;
    Ok(found)
}

/// Runs statements whose parameter is a list of entries.
async fn run_each<const N: usize>(
    connection: &mut Connection,
    ids: &Ids,
    statements: [&'static str; N],
) -> Result<(), Error> {
    for statement in statements {
        sqlx::query(statement).bind(ids).execute(&mut *connection).await?;
    }
    Ok(())
}
