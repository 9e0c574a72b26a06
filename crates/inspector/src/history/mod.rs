//! The actions by hand on all entries.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{Act, Store};

use crate::context::Context;
use crate::problem::Problem;
use crate::view::{Moments, Section, cell, plain};
use crate::web::answer::{self, Answer};

/// The number of actions on a page.
const MOST: usize = 50;

/// The number of lines that are read for a page of one person. Rare actions may be on a later page.
const READ: u32 = 1_000;

/// Returns the list of actions, the newest first.
pub(crate) async fn list<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let before = context.query.get("before").and_then(|number| number.parse::<i64>().ok());
    let by = context.query.get("by");
    let read = context.store().acts_by_hand(before, if by.is_some() { READ } else { MOST as u32 + 1 }).await?;
    let is_of = |act: &&Act| by.is_none_or(|by| act.line.actor == by);
    let acts: Vec<&Act> = read.iter().filter(is_of).take(MOST).collect();
    // The next page begins after the last line that this one has looked at.
    let next = match acts.last() {
        Some(last) if acts.len() == MOST => read.iter().filter(is_of).nth(MOST).map(|_| last.number),
        _ => None,
    };
    let next =
        next.or_else(|| read.last().filter(|_| by.is_some() && read.len() == READ as usize).map(|act| act.number));
    let content = html! {
        h1 { "History" }
        p { "Actions by hand, the newest first: who has processed again, cancelled, erased or revealed, and why. Lines are only appended." }
        form.filter method="get" action=(context.frame.path("/history")) {
            label { "Person " input type="search" name="by" value=(plain(by.unwrap_or_default(), 100)) maxlength="100"; }
            button type="submit" { "Show" }
            @if by.is_some() { a.button href=(context.frame.path("/history")) { "All persons" } }
        }
        @if acts.is_empty() { (empty(by.is_some() || before.is_some())) } @else { (rows(context, &acts)) }
        @if let Some(next) = next {
            nav.pager aria-label="Pages" {
                span {}
                a.button rel="next" href=(context.frame.link("/history", &context.query.only(&["by"]).with("before", &next.to_string()))) { "Older →" }
            }
        }
    };
    Ok(answer::page(context.frame.page(Section::History, "History", content)))
}

fn rows<S: Store>(context: &Context<S>, acts: &[&Act]) -> Markup {
    let (frame, moments) = (&context.frame, Moments::as_of(context.now));
    html! {
        div.panel.scroll tabindex="0" {
            table.data {
                caption.unseen { "Actions by hand, the newest first" }
                thead { tr { th scope="col" { "Time" } th scope="col" { "Person" } th scope="col" { "Action" } th scope="col" { "Entry" } th scope="col" { "Endpoint" } th scope="col" { "Reason" } } }
                tbody {
                    @for act in acts {
                        tr {
                            td data-label="Time" { (moments.short(act.line.at)) }
                            td data-label="Person" { a.ref href=(frame.link("/history", &[("by", act.line.actor.as_str())].into_iter().collect())) { (cell(&act.line.actor)) } }
                            td data-label="Action" { (words(&act.line.what)) }
                            td data-label="Entry" { a.ref href=(frame.path(&format!("/entries/{}", act.entry))) { (act.entry) } }
                            td data-label="Endpoint" { (cell(&act.endpoint)) }
                            td data-label="Reason" { @match &act.line.reason { Some(reason) => (cell(reason)), None => span.sub { "none" } } }
                        }
                    }
                }
            }
        }
    }
}

/// Returns an action in words.
fn words(what: &str) -> Markup {
    let (class, words) = match what {
        "redelivered" => ("available", "processed again"),
        "redecoded" => ("available", "decoded again"),
        "marked_done" => ("completed", "marked as done"),
        "cancelled" => ("cancelled", "cancelled"),
        "discarded" => ("discarded", "made a dead letter"),
        "released" => ("available", "released from its worker"),
        "erased" => ("discarded", "erased"),
        "revealed" => ("parked", "revealed personal data"),
        other => return html! { (cell(&other.replace('_', " "))) },
    };
    html! { span class=(class) { (words) } }
}

fn empty(is_filtered: bool) -> Markup {
    html! {
        div.panel.empty {
            @if is_filtered { p { "No action of this person is among the lines of this page." } }
            @else { p { "No person has acted yet. Open a delivery to process it again, to cancel or to erase it." } }
        }
    }
}
