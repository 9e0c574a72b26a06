//! The turns of tenants within an endpoint.
//!
//! - Guarantees: if more entries are due than a claim takes, each tenant has an equal share, and the next claim
//!   continues with the tenant after the last one that had its share.
//! - Assumes: entries without a tenant need no share, because the oldest entry has a turn in each round.
//! - Without it: a fresh delivery of one tenant waits for the backlog of another.

use std::collections::HashMap;

use super::row::Row;
use crate::store::{EntryId, State};

/// The tenant of each endpoint that had the last turn.
#[derive(Debug, Default)]
pub(super) struct Turns(HashMap<String, String>);

/// The bounds of a shared claim.
pub(super) struct Bounds {
    pub(super) most: usize,
    pub(super) bytes: u64,
    /// Whether an isolated entry may be claimed, because the claim has no other entry yet.
    pub(super) may_isolate: bool,
}

impl Turns {
    /// Shares a claim between the tenants of due entries, which are sorted by time: one entry of each tenant, and then
    /// the next one of each. The tenants after the last turn come first, the oldest entry after the last tenant.
    pub(super) fn shared(&mut self, endpoint: &str, due: &[&Row], bounds: &Bounds) -> Vec<EntryId> {
        let last = self.0.entry(endpoint.to_owned()).or_default();
        let mut rounds = HashMap::<&str, usize>::new();
        let mut turns: Vec<_> = due.first().map(|oldest| ((0, 1, ""), *oldest)).into_iter().collect();
        for row in due {
            let tenant = row.tenant();
            let round = rounds.entry(tenant).or_default();
            let place = if tenant.is_empty() { 3 } else { 2 * usize::from(tenant <= last.as_str()) };
            turns.push(((*round, place, tenant), *row));
            *round += 1;
        }
        turns.sort_by_key(|(turn, row)| (*turn, row.entry.next_at, row.entry.id));
        let (mut shared, mut bytes, mut is_frozen) = (Vec::with_capacity(bounds.most), bounds.bytes, false);
        for ((round, place, tenant), row) in turns {
            if shared.len() == bounds.most || bytes == 0 {
                break;
            }
            if shared.contains(&row.entry.id) {
                continue;
            }
            // An isolated entry waits until it is the first one in turn.
            if row.isolated && row.entry.state != State::Running && !(shared.is_empty() && bounds.may_isolate) {
                is_frozen = true;
                continue;
            }
            if round == 0 && place < 3 && !is_frozen {
                tenant.clone_into(last);
            }
            bytes = bytes.saturating_sub(row.delivery.as_ref().map_or(0, |delivery| delivery.body.len() as u64));
            shared.push(row.entry.id);
        }
        shared
    }
}
