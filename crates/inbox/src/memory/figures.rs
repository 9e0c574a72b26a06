//! The figures of all entries.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use time::OffsetDateTime;

use super::row::Row;
use super::rows::Rows;
use crate::store::{Act, Activity, ActivityOf, Counts, EndpointStats, Entry, Filter, State, Stats, StoredEndpoint};

impl Rows {
    pub(super) fn stats(&self, now: OffsetDateTime) -> Stats {
        let mut stats = Stats::default();
        self.rows.values().for_each(|row| count(&mut stats, &row.entry, now));
        stats
    }

    pub(super) fn endpoint_stats(&self, endpoints: &[String], now: OffsetDateTime) -> Vec<EndpointStats> {
        let entries = || self.rows.values().rev().map(|row| &row.entry);
        let is_counted = |entry: &&Entry| Stats::default().row(entry.state).is_some();
        let counted = entries().filter(is_counted).map(|entry| &entry.endpoint);
        let names: BTreeSet<&String> = endpoints.iter().chain(counted).collect();
        let of_name = |name: &String| {
            let mut found = EndpointStats::new(name);
            let of_endpoint = || entries().filter(|entry| entry.endpoint == *name);
            of_endpoint().for_each(|entry| count(&mut found.stats, entry, now));
            found.last_seen_at = self.last_seen_at(name);
            found
        };
        names.into_iter().map(of_name).collect()
    }

    fn last_seen_at(&self, endpoint: &str) -> Option<OffsetDateTime> {
        let of_endpoint = self.rows.values().rev().map(|row| &row.entry).filter(|entry| entry.endpoint == endpoint);
        of_endpoint.take(EndpointStats::NEWEST as usize).map(|entry| entry.last_seen_at).max()
    }

    pub(super) fn counts(&self, filter: Filter) -> Counts {
        let filter = Counts::filter(filter);
        let mut counts = Counts::default();
        let newest = self.rows.keys().next_back().map_or(0, |id| id.0) - Counts::NEWEST as i64;
        for Row { entry, .. } in self.matching(&filter) {
            let is_counted = !matches!(entry.state, State::Completed | State::Cancelled) || entry.id.0 > newest;
            let add = |count: &mut u64, is_one: bool| *count = (*count + u64::from(is_one)).min(Counts::MOST);
            add(counts.of_mut(entry.state), is_counted);
            add(&mut counts.repeated, entry.repeats > 0);
            add(&mut counts.conflicts, entry.conflict_of.is_some());
        }
        counts
    }

    pub(super) fn endpoints(&self) -> Vec<StoredEndpoint> {
        let mut found = BTreeMap::<&str, StoredEndpoint>::new();
        for (endpoint, platform, refused) in self.refused.endpoints() {
            found.insert(endpoint, StoredEndpoint { refused, ..StoredEndpoint::new(endpoint, platform) });
        }
        for Row { entry, .. } in self.rows.values() {
            let endpoint = found.entry(&entry.endpoint).or_insert_with(|| StoredEndpoint::new(&entry.endpoint, ""));
            (endpoint.has_entries, endpoint.platform) = (true, entry.platform.clone());
        }
        let mut found: Vec<_> = found.into_values().collect();
        found.iter_mut().for_each(|endpoint| endpoint.last_seen_at = self.last_seen_at(&endpoint.endpoint));
        found
    }

    pub(super) fn activity(&self, of: &ActivityOf) -> Vec<Activity> {
        let mut buckets = of.empty();
        let mut totals = vec![Duration::ZERO; buckets.len()];
        let bucket = |at: OffsetDateTime| {
            let since = (at >= of.from).then(|| (at - of.from).whole_milliseconds())?;
            usize::try_from(since / i128::try_from(of.step.as_millis()).ok()?)
                .ok()
                .filter(|bucket| *bucket < totals.len())
        };
        let mut latencies = Vec::new();
        for row in self.rows.values() {
            if of.endpoint.as_ref().is_some_and(|endpoint| *endpoint != row.entry.endpoint) {
                continue;
            }
            bucket(row.entry.received_at).into_iter().for_each(|bucket| buckets[bucket].received += 1);
            for (_, line) in &row.history {
                let Some(bucket) = bucket(line.at) else { continue };
                let activity = &mut buckets[bucket];
                match line.what.as_str() {
                    "completed" => {
                        activity.completed += 1;
                        let latency = Duration::try_from(line.at - row.entry.received_at).unwrap_or_default();
                        activity.max_latency = activity.max_latency.max(latency);
                        latencies.push((bucket, latency));
                    }
                    "retry" | "abandoned" => activity.failed += 1,
                    "discarded" => {
                        activity.failed += u64::from(line.took.is_some());
                        activity.discarded += 1;
                    }
                    _ => {}
                }
            }
        }
        latencies.into_iter().for_each(|(bucket, latency)| totals[bucket] += latency);
        for (activity, total) in buckets.iter_mut().zip(totals) {
            let completed = u32::try_from(activity.completed).unwrap_or(u32::MAX);
            activity.mean_latency = total.checked_div(completed).unwrap_or_default();
        }
        buckets
    }

    pub(super) fn acts_by_hand(&self, before: Option<i64>, most: u32) -> Vec<Act> {
        let of_row = |row: &Row| {
            let (id, endpoint) = (row.entry.id, row.entry.endpoint.clone());
            let by_hand = row.history.iter().filter(|(_, line)| line.by_hand);
            by_hand.map(move |(number, line)| Act::new(*number, id, endpoint.clone(), line.clone())).collect::<Vec<_>>()
        };
        let mut acts: Vec<Act> = self.rows.values().flat_map(of_row).collect();
        acts.retain(|act| before.is_none_or(|before| act.number < before));
        acts.sort_by_key(|act| std::cmp::Reverse(act.number));
        acts.truncate(most as usize);
        acts
    }
}

/// Counts an entry.
fn count(stats: &mut Stats, entry: &Entry, now: OffsetDateTime) {
    if let Some(count) = stats.row_mut(entry.state) {
        *count += 1;
    }
    stats.conflicts += u64::from(entry.state == State::Discarded && entry.conflict_of.is_some());
    let due_for = entry.next_at.and_then(|at| Duration::try_from(now - at).ok());
    stats.oldest_due = stats.oldest_due.max(due_for.unwrap_or_default());
}
