//! The turns of tenants within an endpoint.
//!
//! - **Guarantees**: if more entries of an endpoint are due than a claim takes, each tenant has an equal share, and the
//!   next claim continues with the tenant after the last one that had its share. The oldest entry of the endpoint has a
//!   turn after the last tenant, so that entries without a tenant are served, too. A claim of an endpoint without
//!   tenants, or without a backlog, costs the same as before.
//! - **Assumes** that the last turn is kept in memory. Another process keeps its own, and a restart begins with the
//!   first tenant, which costs no tenant more than one round. A claim looks at a bounded number of tenants, because
//!   thousands of them may have only entries that are due later.
//! - **Without it**, a fresh delivery of one tenant would wait for the backlog of another.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sqlx::{Error, Row as _};

use super::dialect::{Connection, Row, ids};
use super::statements::SQL;

/// The most tenants that a claim looks at.
const MOST: i32 = 512;

/// The tenant of each endpoint that had the last turn. It is empty after the turn of the oldest entry.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<String, String>>);

/// The due entries of an endpoint, in the order in which a claim takes them.
#[derive(Debug, Default)]
pub(crate) struct Due {
    pub(crate) rows: Vec<Row>,
    /// The entries of the turns and shares.
    order: Vec<i64>,
    /// The entries that have a turn, with the tenants whose turn it is.
    turns: Vec<(i64, String)>,
    /// The last tenant that was looked at.
    until: Option<String>,
}

impl Due {
    fn turn(&mut self, id: i64, tenant: String) {
        self.order.push(id);
        self.turns.push((id, tenant));
    }

    /// Takes the locked rows in the order of their turns, and then the oldest ones. An entry that another claim has
    /// locked has had its turn.
    fn take(&mut self, oldest: Vec<Row>, locked: Vec<Row>, most: usize) -> Result<(), Error> {
        let mut rows = HashMap::new();
        for row in locked {
            rows.insert(row.try_get::<i64, _>("id")?, row);
        }
        self.turns.retain(|(id, _)| rows.contains_key(id));
        self.rows = self.order.iter().filter_map(|id| rows.remove(id)).collect();
        for row in oldest {
            if !self.order.contains(&row.try_get("id")?) {
                self.rows.push(row);
            }
        }
        self.rows.truncate(most);
        Ok(())
    }
}

/// Reads the rows of `claim_turns`. The oldest entry has its turn after the last tenant.
fn in_turn(found: &[Row], oldest: i64) -> Result<Due, Error> {
    let (mut due, mut end) = (Due::default(), None);
    for row in found {
        let (id, tenant): (Option<i64>, Option<String>) = (row.try_get("id")?, row.try_get("tenant")?);
        let (round, place): (i32, i32) = (row.try_get("round")?, row.try_get("place")?);
        match (id, tenant) {
            (None, _) => end = Some(place),
            (_, tenant) if round == 0 => due.until = tenant,
            (Some(id), Some(tenant)) => {
                if end.take_if(|end| round > 1 || place > *end).is_some() {
                    due.turn(oldest, String::new());
                }
                if round == 1 { due.turn(id, tenant) } else { due.order.push(id) }
            }
            _ => {}
        }
    }
    if end.is_some() {
        due.turn(oldest, String::new());
    }
    Ok(due)
}

impl Turns {
    /// Finds due entries of an endpoint: the oldest, or if there are more than the claim takes, those whose tenants have
    /// the next turns.
    pub(crate) async fn due(&self, connection: &mut Connection, endpoint: &str, most: usize) -> Result<Due, Error> {
        let most_rows = i64::try_from(most).unwrap_or(i64::MAX);
        let oldest = sqlx::query(SQL.claim_due).bind(endpoint).bind(most_rows).fetch_all(&mut *connection).await?;
        let mut has_tenants = self.last().contains_key(endpoint);
        for row in &oldest {
            has_tenants |= !row.try_get::<&str, _>("tenant")?.is_empty();
        }
        if oldest.len() < most || !has_tenants {
            return Ok(Due { rows: oldest, ..Due::default() });
        }
        let last = self.last().entry(endpoint.to_owned()).or_default().clone();
        let find = sqlx::query(SQL.claim_turns).bind(endpoint).bind(last).bind(most_rows).bind(MOST);
        let found = find.fetch_all(&mut *connection).await?;
        let mut due = in_turn(&found, oldest[0].try_get("id")?)?;
        let ids = ids(&due.order);
        let locked = sqlx::query(SQL.claim_turns_lock).bind(ids).fetch_all(connection).await?;
        due.take(oldest, locked, most)?;
        Ok(due)
    }

    /// Saves the last turn, after the claim of these entries. An entry that was not claimed keeps its turn.
    pub(crate) fn served(&self, endpoint: &str, due: &Due, is_served: impl Fn(i64) -> bool) {
        let served = due.turns.iter().take_while(|(id, _)| is_served(*id));
        let (count, last) = served.fold((0, None), |(count, _), (_, tenant)| (count + 1, Some(tenant)));
        let last = if count == due.turns.len() { due.until.as_ref().or(last) } else { last };
        if let Some(last) = last {
            self.last().insert(endpoint.to_owned(), last.clone());
        }
    }

    fn last(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
