//! The pages of the list, by the ids of their first and last entries.

use maud::{Markup, html};
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Filter, Store, StoreError};

use crate::problem::Problem;
use crate::view::Frame;
use crate::web::Form;

/// The entries of one page.
pub(crate) const MOST: usize = 50;

/// The place of a page in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Newest,
    /// The entries that are older than this one.
    Before(EntryId),
    /// The entries that are newer than this one.
    After(EntryId),
}

impl Place {
    /// Reads the fields `before` and `after` of a URL.
    pub(crate) fn read(query: &Form) -> Result<Self, Problem> {
        let id = |name: &str| {
            let id = query.get(name).map(|text| text.parse::<EntryId>());
            id.transpose().map_err(|_| Problem::bad_input(format!("The field `{name}` is no number of an entry.")))
        };
        Ok(match (id("before")?, id("after")?) {
            (Some(id), _) => Self::Before(id),
            (None, Some(id)) => Self::After(id),
            (None, None) => Self::Newest,
        })
    }
}

/// One page of the list, the newest entry first.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    has_newer: bool,
    has_older: bool,
}

impl Page {
    /// Reads a page.
    pub(crate) async fn read<S: Store>(store: &S, filter: &Filter, place: Place) -> Result<Self, StoreError> {
        // One more entry says whether another page follows.
        let mut filter = filter.clone().most(MOST as u32 + 1);
        match place {
            Place::Newest => {}
            Place::Before(id) => filter = filter.before(id),
            Place::After(id) => {
                filter = filter.oldest_first();
                filter.after = Some(id);
            }
        }
        let mut entries = store.list(filter).await?;
        let has_more = entries.len() > MOST;
        entries.truncate(MOST);
        Ok(match place {
            Place::After(_) => {
                entries.reverse();
                Self { entries, has_newer: has_more, has_older: true }
            }
            _ => Self { entries, has_newer: place != Place::Newest, has_older: has_more },
        })
    }

    /// Returns whether newer pages end within this one, so that the newest page shows more.
    pub(crate) const fn is_newest(&self, place: Place) -> bool {
        matches!(place, Place::After(_)) && !self.has_newer
    }

    /// Returns whether the page has every entry of the list.
    pub(crate) const fn is_everything(&self, place: Place) -> bool {
        matches!(place, Place::Newest) && !self.has_older
    }

    /// Returns the links to the pages around this one.
    pub(crate) fn pager(&self, frame: &Frame, fields: &Form) -> Markup {
        let ends = self.entries.first().zip(self.entries.last());
        let link = |name, entry: &Entry| frame.link("/", &fields.with(name, &entry.id.to_string()));
        html! {
            nav.pager aria-label="Pages" {
                @match ends {
                    Some((first, last)) => {
                        span {
                            @if self.has_newer {
                                a.button href=(frame.link("/", fields)) { "Newest" } " "
                                a.button rel="prev" href=(link("after", first)) { "← Newer" }
                            } @else { "newest first" }
                        }
                        @if self.has_older { a.button rel="next" href=(link("before", last)) { "Older →" } }
                        @else { span { "no older ones" } }
                    }
                    None => a.button href=(frame.link("/", fields)) { "Newest" }
                }
            }
        }
    }
}
