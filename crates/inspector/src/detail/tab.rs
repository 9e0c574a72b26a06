//! The parts of the page of a delivery.

use maud::{Markup, html};

use super::found::Found;
use crate::view::Frame;

/// A part of the page of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Event,
    Request,
    Verification,
    Attempts,
    Related,
    Repeats,
}

const TABS: [(Tab, &str, &str); 6] = [
    (Tab::Event, "event", "Event"),
    (Tab::Request, "request", "Request"),
    (Tab::Verification, "verification", "Verification"),
    (Tab::Attempts, "attempts", "Attempts"),
    (Tab::Related, "related", "Related"),
    (Tab::Repeats, "repeats", "Repeats and other bodies"),
];

impl Tab {
    /// Returns the part that a URL names.
    pub(super) fn of(name: Option<&str>) -> Self {
        TABS.iter().find(|(_, word, _)| Some(*word) == name).map_or(Self::Event, |(tab, ..)| *tab)
    }

    /// Returns the word of the part in URLs; an empty one for the first part.
    pub(super) fn word(self) -> &'static str {
        TABS.iter().find(|(tab, ..)| *tab == self).filter(|_| self != Self::Event).map_or("", |(_, word, _)| word)
    }
}

/// Returns the links to all parts.
pub(super) fn tabs(frame: &Frame, found: &Found) -> Markup {
    let number = |tab| match tab {
        Tab::Attempts => Some(u64::from(found.entry.attempt)),
        Tab::Repeats => Some(u64::from(found.entry.repeats) + u64::from(found.entry.conflicts)),
        _ => None,
    };
    html! {
        nav.tabs aria-label="Parts of the delivery" {
            @for (tab, _, title) in TABS {
                a href=(link(frame, found, tab)) aria-current=[(tab == found.tab).then_some("page")] {
                    (title) @if let Some(number) = number(tab).filter(|number| *number > 0) { " (" (number) ")" }
                }
            }
        }
    }
}

/// Returns the link to a part.
pub(super) fn link(frame: &Frame, found: &Found, tab: Tab) -> String {
    frame.link(&format!("/entries/{}", found.entry.id), &found.kept.with("tab", tab.word()))
}
