//! The page of one delivery.

use maud::{Markup, html};
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{State, Store};

use super::actions::actions;
use super::found::{Found, Stored};
use super::tab::Tab;
use super::tabs::tabs;
use super::timeline::{steps, timeline};
use super::{attempts, event, related, repeats, request, verification};
use crate::context::Context;
use crate::problem::Problem;
use crate::view::{Frame, Moments, Section, cell, plain, state};
use crate::web::answer::{self, Answer};

/// Returns the page of an entry.
pub(crate) async fn page<S: Store>(context: &Context<S>, id: EntryId) -> Result<Answer, Problem> {
    let found = Found::of(context, id).await?;
    let content = match found.tab {
        Tab::Event => event::tab(&found),
        Tab::Request => request::tab(context, &found),
        Tab::Verification => verification::tab(context, &found),
        Tab::Attempts => attempts::tab(context, &found),
        Tab::Related => related::tab(context, &found).await?,
        Tab::Repeats => repeats::tab(context, &found).await?,
    };
    let (frame, moments) = (&context.frame, Moments::as_of(context.now));
    let title = found.entry.event.as_deref().unwrap_or("unnamed event");
    let markup = html! {
        (crumbs(frame, &found))
        h1.title { (cell(title)) " " (state(found.entry.state)) }
        p.sub.mono { (cell(&found.entry.delivery_id)) " · " (cell(&found.entry.endpoint))
            @if let Some(tenant) = &found.entry.tenant { " · tenant " (cell(tenant)) } }
        p { (words(&found)) }
        (actions(context, &found))
        div.two {
            section.panel aria-label=(format!("{:?}", found.tab)) { (tabs(frame, &found)) (content) }
            section.panel aria-labelledby="timeline" {
                h2.head id="timeline" { "Timeline" }
                (timeline(frame, moments, &steps(&found, context.now)))
            }
        }
    };
    let short = plain(title, 80);
    Ok(answer::page(frame.page(Section::Deliveries, &format!("{short} · {id}"), markup)))
}

/// Returns the way back to the list, and the neighbours.
fn crumbs(frame: &Frame, found: &Found) -> Markup {
    let neighbour = |id: &EntryId| frame.path(&format!("/entries/{id}"));
    html! {
        nav.crumbs aria-label="Position" {
            a href=(frame.path("/")) { "Deliveries" } " / entry " (found.entry.id)
            span.neighbours {
                @match &found.newer { Some(id) => a.button rel="prev" href=(neighbour(id)) { "← newer" }, None => span.sub { "the newest" } }
                @match &found.older { Some(id) => a.button rel="next" href=(neighbour(id)) { "older →" }, None => span.sub { "the oldest" } }
            }
        }
    }
}

/// Returns the state in words, with its consequence for an operator.
fn words(found: &Found) -> Markup {
    let entry = &found.entry;
    let reason = entry.reason.as_deref();
    html! {
        @match entry.state {
            State::Available => "It is due and waits for a worker.",
            State::Waiting => "It waits for the earlier entry of its subject.",
            State::Running => "A worker processes it now.",
            State::Retryable => { "Attempt " (entry.attempt) " of " (entry.last_attempt) " failed. It is tried again." },
            State::Completed => "It is processed.",
            State::Parked => { "It is kept, because this version cannot read its event"
                @if let Some(why) = &entry.unreadable { ": " (cell(why)) } ". It becomes due after an upgrade that reads it." },
            State::Discarded if entry.conflict_of.is_some() => "It has the id of another entry and another body, so a person decides whether it is processed.",
            State::Discarded => "It is a dead letter: it is not tried again until a repeat comes or a person acts.",
            State::Cancelled if entry.repeat_of.is_some() => "It repeats another entry under another id, and is not processed.",
            State::Cancelled => "It was cancelled, and is not processed.",
            _ => "",
        }
        @if let Some(reason) = reason { " The last reason: “" (cell(reason)) "”." }
        @if matches!(found.body, Stored::Deleted) { " Its body was deleted or erased, so it cannot be processed again." }
    }
}
