//! All entries in memory, with the rules that concern more than one of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use referral_webhooks::StoredDelivery;
use time::OffsetDateTime;

use super::refused::RefusedRows;
use super::row::Row;
use super::turns::{Bounds, Turns};
use crate::store::{Accepted, Claim, ClaimRequest, Conflict, EntryId, NewEntry, PruneRule, Pruned, SameKey, State};

/// All entries, their indexes by endpoint, tenant and delivery id or business key, the turns, and the marks.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: BTreeMap<EntryId, Row>,
    pub(super) marks: HashMap<String, String>,
    pub(super) refused: RefusedRows,
    ids: HashMap<[String; 3], EntryId>,
    turns: Turns,
    keys: HashMap<[String; 3], EntryId>,
    /// The bodies of erased entries that entries of other items need.
    erased: Vec<Arc<StoredDelivery>>,
    last_id: i64,
}

impl Rows {
    pub(super) fn mark(&mut self, name: &str, value: &str) -> String {
        self.marks.entry(name.to_owned()).or_insert_with(|| value.to_owned()).clone()
    }

    /// Inserts a delivery, or counts it as a repeat or a conflict.
    pub(super) fn accept(&mut self, new: NewEntry, now: OffsetDateTime) -> Accepted {
        let Some(id) = self.ids.get(&key(&new, &new.delivery_id)).copied() else {
            return match new
                .business_key
                .as_ref()
                .and_then(|business_key| self.keys.get(&key(&new, business_key)).copied())
            {
                Some(of) => self.same_key(new, of, now),
                None => Accepted::Stored(self.insert(new, now)),
            };
        };
        let row = self.rows.get_mut(&id).expect("ids and rows are deleted together");
        let is_late = new.late_age().is_some_and(|age| now - row.entry.last_seen_at > age);
        let is_same_by_id = new.is_same_by_id() && row.entry.is_derived;
        let is_repeat = !is_late && (is_same_by_id || row.body_digest == new.body_digest);
        row.entry.last_seen_at = now;
        row.keeps_id |= new.keeps_id;
        if is_repeat {
            let is_by_key = row.entry.repeat_of.is_some() && row.entry.state == State::Cancelled;
            let holder = self.holder(&new);
            return match holder.filter(|holder| is_by_key && *holder != id) {
                Some(of) => self.same_key(new, of, now),
                None => self.rows.get_mut(&id).expect("it was found above").repeat(new, now),
            };
        }
        row.entry.conflicts += 1;
        let conflict = if is_late { Conflict::late(&new, id) } else { Conflict::other_body(&new, id) };
        self.keep(conflict, now)
    }

    fn insert(&mut self, new: NewEntry, now: OffsetDateTime) -> EntryId {
        self.last_id += 1;
        let id = EntryId(self.last_id);
        self.ids.insert(key(&new, &new.delivery_id), id);
        if let Some(business_key) = &new.business_key {
            self.keys.insert(key(&new, business_key), id);
        }
        self.rows.insert(id, Row::new(id, new, now));
        id
    }

    /// Returns the entry that has the business key of a delivery.
    fn holder(&self, new: &NewEntry) -> Option<EntryId> {
        self.keys.get(&key(new, new.business_key.as_ref()?)).copied()
    }

    /// Counts a delivery under another id as a repeat of the entry that has its business key, and keeps it.
    fn same_key(&mut self, mut new: NewEntry, of: EntryId, now: OffsetDateTime) -> Accepted {
        let known = self.ids.get(&key(&new, &new.delivery_id)).copied();
        let is_deleted = known.is_some_and(|id| !self.rows[&id].entry.has_body);
        let first = self.rows.get_mut(&of).expect("keys and rows are deleted together");
        let entry = &mut first.entry;
        let verdict = match SameKey::judge(entry.state, entry.has_body, entry.conflict_of.is_some(), new.revives) {
            SameKey::Keep if is_deleted => SameKey::Repeat,
            verdict => verdict,
        };
        (entry.last_seen_at, first.keeps_id) = (now, first.keeps_id | new.keeps_id);
        *(if verdict == SameKey::Keep { &mut entry.conflicts } else { &mut entry.repeats }) += 1;
        if verdict == SameKey::Revive {
            first.note(now, "revived", "the platform", None);
            first.refresh(new.attempts, now);
        }
        new.business_key = None;
        let id = match known {
            Some(id) => id,
            None => self.insert(new.clone(), now),
        };
        let row = self.rows.get_mut(&id).expect("it was found or inserted just now");
        row.entry.repeats += u32::from(known.is_some());
        let (state, what) = match verdict {
            SameKey::Keep => (State::Discarded, "discarded"),
            _ => (State::Cancelled, "repeated"),
        };
        if known.is_none() || state == State::Discarded {
            let reason = verdict.reason(of);
            row.end(state, now);
            row.entry.reason = Some(reason.to_string());
            row.note(now, what, "the inbox", Some(&reason));
            *(if state == State::Discarded { &mut row.entry.conflict_of } else { &mut row.entry.repeat_of }) = Some(of);
        }
        match verdict {
            SameKey::Keep => Accepted::Conflict(id),
            SameKey::Revive => Accepted::Revived(of),
            SameKey::Repeat => Accepted::SameKey(id),
        }
    }

    /// Gives an entry a business key unless another one has it, and returns the entry that has it.
    pub(super) fn hold_key(&mut self, id: EntryId, key: &str) -> EntryId {
        let of = self.rows.get(&id).map(|row| [row.entry.endpoint.clone(), row.tenant().to_owned(), key.to_owned()]);
        let Some(of) = of else { return id };
        let holder = self.keys.get(&of).copied();
        let Some(row) = self.rows.get_mut(&id).filter(|row| row.business_key.is_none()) else { return id };
        if let Some(holder) = holder {
            row.entry.repeat_of = Some(holder);
            return holder;
        }
        row.business_key = Some(key.to_owned());
        self.keys.insert(of, id);
        id
    }

    /// Inserts a conflict under the first derived id that no other delivery has.
    fn keep(&mut self, mut conflict: Conflict<'_>, now: OffsetDateTime) -> Accepted {
        while let Some(id) = self.ids.get(&key(conflict.entry, &conflict.delivery_id)) {
            let row = self.rows.get_mut(id).expect("ids and rows are deleted together");
            if conflict.is_same(&row.body_digest) {
                row.entry.last_seen_at = now;
                row.keeps_id |= conflict.entry.keeps_id;
                row.repeat(conflict.entry.clone(), now);
                return Accepted::Conflict(row.entry.id);
            }
            conflict = conflict.next();
        }
        let mut new = NewEntry { delivery_id: conflict.delivery_id.clone(), ..conflict.entry.clone() };
        if self.holder(&new).is_some() {
            new.business_key = None;
        }
        let id = self.insert(new, now);
        let row = self.rows.get_mut(&id).expect("it was inserted just now");
        row.entry.conflict_of = Some(conflict.of);
        row.end(State::Discarded, now);
        let reason = conflict.reason();
        row.entry.reason = Some(reason.to_string());
        row.note(now, "discarded", "the inbox", Some(&reason));
        Accepted::Conflict(id)
    }

    /// Claims entries: a share of each endpoint first, then the rest.
    pub(super) fn claim(&mut self, wanted: &ClaimRequest, now: OffsetDateTime) -> Vec<Claim> {
        let mut claims = Vec::new();
        // An endpoint with fewer entries than its share has no more in the second round.
        let mut endpoints: Vec<&String> = wanted.endpoints.iter().collect();
        for most_each in [wanted.share(), wanted.most] {
            endpoints.retain(|endpoint| {
                let most = most_each.min(wanted.most - claims.len());
                self.claim_at(wanted, endpoint, most, now, &mut claims) == most
            });
        }
        claims
    }

    /// Claims entries of one endpoint, and returns how many were due.
    fn claim_at(
        &mut self,
        wanted: &ClaimRequest,
        endpoint: &str,
        most: usize,
        now: OffsetDateTime,
        claims: &mut Vec<Claim>,
    ) -> usize {
        let has_isolated = claims.first().is_some_and(|first| first.isolated);
        let mut bytes = wanted.bytes_left(claims);
        let bounds = Bounds { most, bytes, may_isolate: claims.is_empty() };
        let mut due = if has_isolated { Vec::new() } else { self.due(endpoint, now, &bounds) };
        due.retain(|id| self.fits(*id, &mut bytes));
        let mut claimed = due.clone();
        claimed.retain(|id| self.rows.get_mut(id).is_some_and(|row| !row.was_abandoned(wanted, now)));
        due.iter().for_each(|id| self.promote(*id, now));
        let is_isolated = |id: &EntryId| self.rows.get(id).is_some_and(|row| row.isolated);
        let isolated = claims.is_empty() && claimed.first().is_some_and(is_isolated);
        if isolated {
            claimed.truncate(1);
        } else {
            claimed.retain(|id| !is_isolated(id));
        }
        let room = most - due.len();
        if !isolated && room > 0 && wanted.unknown.iter().any(|unknown| unknown == endpoint) {
            claimed.extend(self.parked(endpoint, room).into_iter().filter(|id| self.fits(*id, &mut bytes)));
        }
        let claim = |id: &EntryId| Some(self.rows.get_mut(id)?.claim(wanted, now).isolated(isolated));
        claims.extend(claimed.iter().filter_map(claim));
        due.len()
    }

    /// Returns whether bytes remain for the body of an entry, and subtracts it.
    fn fits(&self, id: EntryId, remaining: &mut u64) -> bool {
        let body = self.rows.get(&id).and_then(|row| row.delivery.as_ref());
        let fits = *remaining > 0;
        *remaining = remaining.saturating_sub(body.map_or(0, |delivery| delivery.body.len() as u64));
        fits
    }

    /// Returns the parked entries whose subjects have no unfinished entry, the oldest first and one per subject.
    fn parked(&self, endpoint: &str, most: usize) -> Vec<EntryId> {
        let all = || self.rows.values();
        let is_parked = |row: &&Row| row.entry.endpoint == endpoint && row.entry.state == State::Parked;
        let is_free = |row: &&Row| !all().any(|other| row.is_behind(other));
        let mut subjects = HashSet::new();
        let parked = all().filter(is_parked).filter(|row| row.delivery.is_some() && row.entry.unreadable.is_some());
        let parked = parked.filter(is_free);
        let first = parked.filter(|row| row.about().is_none_or(|about| subjects.insert(about)));
        first.map(|row| row.entry.id).take(most).collect()
    }

    /// Returns the due entries, the oldest first. If there are more than the claim takes, the tenants have turns.
    fn due(&mut self, endpoint: &str, now: OffsetDateTime, bounds: &Bounds) -> Vec<EntryId> {
        let mut due: Vec<_> = self.rows.values().filter(|row| row.is_due(endpoint, now)).collect();
        due.sort_by_key(|row| (row.entry.next_at, row.entry.id));
        if due.len() > bounds.most {
            return self.turns.shared(endpoint, &due, bounds);
        }
        due.iter().map(|row| row.entry.id).collect()
    }

    /// Makes the earliest waiting entry of an entry's subject available, unless another one is active. An available
    /// entry that has not begun yields to an earlier one.
    pub(super) fn promote(&mut self, id: EntryId, now: OffsetDateTime) {
        let Some(about) = self.rows.get(&id).and_then(Row::about) else { return };
        let mut unfinished: Vec<&mut Row> =
            self.rows.values_mut().filter(|row| row.about().as_ref() == Some(&about)).collect();
        unfinished.retain(|row| !row.entry.state.is_finished());
        unfinished.sort_by_key(|row| (row.ordered_at, row.entry.id));
        let begun = |row: &&mut Row| matches!(row.entry.state, State::Running | State::Retryable);
        let has_begun = unfinished.iter().any(begun);
        for (position, row) in unfinished.into_iter().enumerate() {
            match row.entry.state {
                State::Waiting if position == 0 && !has_begun => row.wait(State::Available, now),
                State::Available if position > 0 => (row.entry.state, row.entry.next_at) = (State::Waiting, None),
                _ => {}
            }
        }
    }

    /// Deletes the body of an erased entry from all processed entries of its other items. Returns whether an entry that
    /// is not processed keeps it.
    pub(super) fn erase_shared(&mut self, body: Arc<StoredDelivery>) -> bool {
        let has_it = |row: &&mut Row| row.delivery.as_ref().is_some_and(|other| Arc::ptr_eq(other, &body));
        let (processed, others): (Vec<_>, Vec<_>) =
            self.rows.values_mut().filter(has_it).partition(|row| row.is_processed());
        processed.into_iter().for_each(Row::forget_body);
        let is_needed = !others.is_empty();
        if is_needed {
            self.erased.push(body);
        }
        is_needed
    }

    /// Deletes old bodies, and then old entries without a body.
    pub(super) fn prune(&mut self, rule: &PruneRule, now: OffsetDateTime) -> Pruned {
        for body in std::mem::take(&mut self.erased) {
            self.erase_shared(body);
        }
        self.refused.prune(&rule.endpoint, rule.refused, now);
        let ((most, most_bytes), mut pruned, mut bytes) = (rule.bounds(), Pruned::default(), 0);
        let is_old = |row: &Row, limit: Option<std::time::Duration>| {
            limit.is_some_and(|limit| row.age(now).is_some_and(|age| age >= limit))
                && row.entry.endpoint == rule.endpoint
        };
        // The items of one delivery count its body once.
        let mut last: Option<Arc<StoredDelivery>> = None;
        for row in self.rows.values_mut() {
            let Some(delivery) = row.delivery.clone() else { continue };
            if !is_old(row, rule.body_age(row.entry.state)) {
                continue;
            }
            let is_counted = last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &delivery));
            if pruned.bodies >= most || bytes >= most_bytes && !is_counted {
                pruned.is_more = true;
                break;
            }
            bytes += if is_counted { 0 } else { delivery.body.len() as u64 };
            last = Some(delivery);
            row.forget();
            pruned.bodies += 1;
        }
        self.rows.retain(|_, row| {
            let is_deleted = is_old(row, rule.ids) && !row.entry.has_body && !row.keeps_id;
            if is_deleted && pruned.entries >= most {
                pruned.is_more = true;
                return true;
            }
            if is_deleted {
                let (endpoint, tenant) = (row.entry.endpoint.clone(), row.tenant().to_owned());
                self.ids.remove(&[endpoint.clone(), tenant.clone(), row.entry.delivery_id.clone()]);
                if let Some(key) = &row.business_key {
                    self.keys.remove(&[endpoint, tenant, key.clone()]);
                }
                pruned.entries += 1;
            }
            !is_deleted
        });
        pruned
    }
}

/// Returns the endpoint, the tenant and the delivery id, which identify an entry.
fn key(new: &NewEntry, delivery_id: &str) -> [String; 3] {
    [new.endpoint.clone(), new.tenant.clone().unwrap_or_default(), delivery_id.to_owned()]
}
