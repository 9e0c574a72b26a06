//! The actions on one delivery.

use maud::{Markup, html};
use referral_webhooks_inbox::store::Store;

use super::found::Found;
use super::tab::Tab;
use super::tabs::link;
use crate::act::Action;
use crate::context::Context;
use crate::web::Form;

/// Returns the actions on a delivery, and its files.
pub(super) fn actions<S: Store>(context: &Context<S>, found: &Found) -> Markup {
    let frame = &context.frame;
    let path = |part: &str| frame.link(&format!("/entries/{}/{part}", found.entry.id), &found.kept);
    html! {
        div.actions {
            @if frame.can_act() { @for action in permitted(context, found) { (act(context, found, action)) } }
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

/// Returns the actions that the state of a delivery permits.
fn permitted<S: Store>(context: &Context<S>, found: &Found) -> Vec<Action> {
    let entry = &found.entry;
    let can_redecode = context.settings.has_intake(&entry.endpoint);
    let is_useful = |action: Action| match action {
        Action::Again | Action::Erase => entry.has_body,
        Action::Redecode => entry.has_body && can_redecode && entry.unreadable.is_some(),
        // A person is searched in all deliveries, from the list.
        Action::ErasePerson => false,
        Action::Cancel | Action::Discard | Action::Done => true,
    };
    Action::ALL.into_iter().filter(|action| action.permits(entry.state) && is_useful(*action)).collect()
}

fn act<S: Store>(context: &Context<S>, found: &Found, action: Action) -> Markup {
    let fields = Form::from_iter([("do", action.word().to_owned()), ("entry", found.entry.id.to_string())]);
    let class = match action {
        Action::Again => "button primary",
        action if action.is_dangerous() => "button danger",
        _ => "button",
    };
    html! { a class=(class) href=(context.frame.link("/act", &fields)) { (action.verb()) " …" } }
}
