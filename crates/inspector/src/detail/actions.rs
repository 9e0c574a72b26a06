//! The actions on one delivery.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{State, Store};

use super::found::Found;
use super::tab::{Tab, link};
use crate::context::Context;
use crate::web::Form;

/// Returns the actions on a delivery, and its files.
pub(super) fn actions<S: Store>(context: &Context<S>, found: &Found) -> Markup {
    let frame = &context.frame;
    let path = |part: &str| frame.link(&format!("/entries/{}/{part}", found.entry.id), &found.kept);
    html! {
        div.actions {
            @if frame.can_act() { @for (word, title, class) in permitted(context, found) { (act(context, found, word, title, class)) } }
            @if found.body.whole().is_some() {
                @if found.is_revealed {
                    a.button href=(path("raw")) { "Raw bytes" }
                    a.button href=(path("request.http")) { ".http" }
                    a.button href={ (link(frame, found, Tab::Request)) "#curl" } { "As curl" }
                    a.button href=(frame.link(&format!("/entries/{}", found.entry.id), &Form::default().with("tab", found.tab.word()))) { "Mask again" }
                } @else if frame.can_reveal() {
                    form method="post" action=(path("reveal")) {
                        (frame.token_field())
                        input type="hidden" name="tab" value=(found.tab.word());
                        button type="submit" title="Writes a line with your name to the history" { "Reveal personal data" }
                    }
                }
            }
        }
    }
}

/// Returns the actions that the state of a delivery permits, as words of the page of actions.
fn permitted<S: Store>(context: &Context<S>, found: &Found) -> Vec<(&'static str, &'static str, &'static str)> {
    let entry = &found.entry;
    let state = entry.state;
    let can_redecode = context.settings.has_intake(&entry.endpoint) && state != State::Running;
    let is_unread = entry.unreadable.is_some();
    let rows = [
        (entry.has_body && state.is_finished(), "again", "Process again …", "primary"),
        (entry.has_body && is_unread && can_redecode, "redecode", "Decode again …", ""),
        (!matches!(state, State::Running | State::Completed), "done", "Mark as done …", ""),
        (!matches!(state, State::Running | State::Completed | State::Cancelled), "cancel", "Cancel …", "danger"),
        (
            matches!(state, State::Available | State::Waiting | State::Retryable | State::Parked),
            "discard",
            "Discard …",
            "",
        ),
        (entry.has_body && state != State::Running, "erase", "Erase …", "danger"),
    ];
    rows.into_iter()
        .filter(|(is_permitted, ..)| *is_permitted)
        .map(|(_, word, title, class)| (word, title, class))
        .collect()
}

fn act<S: Store>(context: &Context<S>, found: &Found, word: &str, title: &str, class: &str) -> Markup {
    let fields = Form::from_iter([("do", word.to_owned()), ("entry", found.entry.id.to_string())]);
    html! { a class={ "button " (class) } href=(context.frame.link("/act", &fields)) { (title) } }
}
