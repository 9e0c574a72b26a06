//! The links to the parts of the page of a delivery.

use maud::{Markup, html};

use super::found::Found;
use super::tab::{TABS, Tab};
use crate::view::Frame;

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
