//! The link from a list to its stream, with the rows that the browser has.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use maud::{Markup, html};
use referral_webhooks_inbox::store::Entry;

use crate::list::version;
use crate::view::Frame;
use crate::web::Form;

/// The rows that a browser has: the newest entry, and a digest of all rows. It is the id of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen(String);

impl Seen {
    /// Returns the digest of a page of these entries.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let newest = entries.first().map_or(0, |entry| entry.id.0);
        let mut hasher = DefaultHasher::new();
        entries.iter().map(version).for_each(|version| version.hash(&mut hasher));
        Self(format!("{newest}-{:x}", hasher.finish()))
    }

    /// Returns whether a text of a browser is the same.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.0 == text
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// Returns the URL of the stream of a list.
pub(crate) fn url(frame: &Frame, fields: &Form, entries: &[Entry]) -> String {
    frame.link("/live", &fields.with("seen", Seen::of(entries).text()))
}

/// Returns the switch of live rows. The script shows it.
pub(crate) fn switch() -> Markup {
    html! {
        span.live id="live" hidden {
            button type="button" id="live-switch" aria-pressed="true" { "Live" }
            span id="live-note" role="status" {}
        }
    }
}
