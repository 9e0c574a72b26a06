//! The entries that a filter selects.

use super::row::Row;
use super::rows::Rows;
use crate::store::{EntryId, Filter};

/// A filter, with what it takes from the entries that it names.
pub(super) struct Wanted<'f> {
    filter: &'f Filter,
    /// The endpoint, the tenant and the subject of the entry whose subject is wanted.
    about: Option<[String; 3]>,
    /// The entry that has the wanted business key.
    holder: Option<EntryId>,
}

impl Rows {
    /// Returns the entries that a filter selects, the oldest first.
    pub(super) fn matching<'r>(&'r self, filter: &'r Filter) -> impl DoubleEndedIterator<Item = &'r Row> {
        let row = |id: Option<EntryId>| self.rows.get(&id?);
        let about = row(filter.same_subject_as).and_then(Row::about);
        let holder = filter.same_key_as.map(|id| row(Some(id)).and_then(|row| row.entry.repeat_of).unwrap_or(id));
        let wanted = Wanted { filter, about, holder };
        self.rows.values().filter(move |row| wanted.matches(row))
    }
}

impl Wanted<'_> {
    fn matches(&self, row: &Row) -> bool {
        let (filter, entry) = (self.filter, &row.entry);
        self.has_texts(row)
            && (filter.states.is_empty() || filter.states.contains(&entry.state))
            && filter.received_from.is_none_or(|from| entry.received_at >= from)
            && filter.received_before.is_none_or(|before| entry.received_at < before)
            && filter.secret.is_none_or(|secret| entry.secret == Some(secret))
            && (!filter.is_conflict || entry.conflict_of.is_some())
            && (!filter.is_repeated || entry.repeats > 0)
            && (!filter.is_unreadable || entry.unreadable.is_some())
            && (!filter.has_body || entry.has_body)
            && filter.before.is_none_or(|before| entry.id < before)
            && filter.after.is_none_or(|after| entry.id > after)
            && self.is_related(row)
    }

    fn has_texts(&self, row: &Row) -> bool {
        fn is(wanted: Option<&String>, found: Option<&String>) -> bool {
            wanted.is_none() || wanted == found
        }
        let (filter, entry) = (self.filter, &row.entry);
        let is_found = |text: &String| entry.delivery_id.starts_with(text) || entry.event.as_ref() == Some(text);
        is(filter.endpoint.as_ref(), Some(&entry.endpoint))
            && filter.tenant.as_ref().is_none_or(|tenant| tenant == row.tenant())
            && is(filter.platform.as_ref(), Some(&entry.platform))
            && is(filter.event.as_ref(), entry.event.as_ref())
            && is(filter.subject.as_ref(), row.subject.as_ref())
            && (filter.delivery_ids.is_empty() || filter.delivery_ids.contains(&entry.delivery_id))
            && (filter.find.is_empty() || filter.find.iter().any(is_found))
    }

    /// Returns whether the entry has the wanted relations to other entries.
    fn is_related(&self, row: &Row) -> bool {
        let (filter, entry) = (self.filter, &row.entry);
        let is_copy_of = |id| entry.conflict_of == Some(id) || entry.repeat_of == Some(id);
        (filter.same_subject_as.is_none() || self.about.is_some() && row.about() == self.about)
            && self.holder.is_none_or(|holder| entry.id == holder || entry.repeat_of == Some(holder))
            && filter.copies_of.is_none_or(is_copy_of)
    }
}
