//! Entries with the subject or the business key of a delivery.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{Entry, Filter, Store};

use super::found::Found;
use crate::context::Context;
use crate::problem::Problem;
use crate::view::{Frame, Moments, cell, state};

/// The number of entries of each kind that are shown.
const MOST: u32 = 25;

/// Returns the part "Related".
pub(super) async fn tab<S: Store>(context: &Context<S>, found: &Found) -> Result<Markup, Problem> {
    let (id, store) = (found.entry.id, context.store());
    let without = |entries: Vec<Entry>| entries.into_iter().filter(|entry| entry.id != id).collect::<Vec<_>>();
    let subject = without(store.list(Filter::new().same_subject_as(id).most(MOST + 1)).await?);
    let key = without(store.list(Filter::new().same_key_as(id).most(MOST + 1)).await?);
    let moments = Moments::as_of(context.now);
    Ok(html! {
        h2.head { "The same subject" }
        p.sub.note { "Entries of one subject are processed one at a time, in the order of their signatures." }
        (entries(&context.frame, moments, &subject, "No other entry has its subject, or it has none."))
        h2.head { "The same business key" }
        p.sub.note { "Of several deliveries about one fact, the first is processed." }
        (entries(&context.frame, moments, &key, "No other entry has its business key, or it has none."))
        @if let Some(of) = found.entry.repeat_of {
            p.note { "It repeats " a.ref href=(context.frame.path(&format!("/entries/{of}"))) { "entry " (of) } ", which has the business key." }
        }
    })
}

/// Returns entries as a table.
pub(super) fn entries(frame: &Frame, moments: Moments, entries: &[Entry], none: &str) -> Markup {
    html! {
        @if entries.is_empty() { p.note { (none) } } @else {
            div.scroll tabindex="0" {
                table.data {
                    thead { tr { th scope="col" { "Received" } th scope="col" { "Event" } th scope="col" { "Id" } th scope="col" { "State" } } }
                    tbody {
                        @for entry in entries.iter().take(MOST as usize) {
                            tr {
                                td data-label="Received" { (moments.short(entry.received_at)) }
                                td data-label="Event" { a.ref href=(frame.path(&format!("/entries/{}", entry.id))) { (cell(entry.event.as_deref().unwrap_or("unnamed event"))) } }
                                td.mono data-label="Id" { (cell(&entry.delivery_id)) }
                                td data-label="State" { (state(entry.state)) }
                            }
                        }
                    }
                }
            }
            @if entries.len() > MOST as usize { p.note { "Only the newest " (MOST) " are shown." } }
        }
    }
}
