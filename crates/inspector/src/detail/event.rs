//! The event of a delivery: its platform-neutral view and its typed form.

use std::borrow::Cow;

use maud::{Markup, html};
use referral_webhooks::StoredDelivery;

use super::found::{Found, Stored};
use super::typed;
use crate::view::{cell, plain};

/// Labels whose texts are about a person.
const PERSONAL: &[&str] = &["Advocate's name", "Advocate's mail", "Friend's name", "Friend's mail"];

/// Returns the part "Event".
pub(super) fn tab(found: &Found) -> Markup {
    html! {
        @match (&found.decoded, &found.body) {
            (_, Stored::Deleted) => (deleted(found)),
            (_, Stored::Sealed) => p.note { "The body is encrypted, and this program has no key of the inbox. Start it with the key file to see the event." },
            (None, Stored::Whole(_)) => p.note { "The platform " (cell(&found.entry.platform)) " is not known to this program, so the event has no typed form. An application adds it with " code { "Inspector::platform" } ". The request is readable under “Request”." },
            (Some(decoded), Stored::Whole(stored)) => {
                @if let Some(why) = &decoded.unreadable {
                    p.note { b { "This version cannot read the event: " } (cell(why)) ". The body is kept, and becomes due after an upgrade that reads it." }
                }
                @if let Some(items) = decoded.items {
                    p.note { "The body holds " (items) " events, which share it. This is "
                        @match found.entry.item { Some(item) => { "event " (item + 1) "." }, None => { "the whole body." } } }
                }
                h2.head { "Summary" }
                dl {
                    @for (label, text) in &decoded.summary {
                        dt { (label) }
                        dd { @if found.is_revealed { (cell(text)) } @else { (masked(found, label, text)) } }
                    }
                    dt { "Event" } dd { (cell(decoded.event.as_deref().unwrap_or("without a name"))) }
                    dt { "Platform" } dd { (decoded.facts.title) }
                }
                h2.head { "Typed, as a handler gets it" }
                p.sub.note { "Printed with " code { "Debug" } ", which leaves personal data out. What the request masks is masked here, too. Absent members are not shown." }
                pre.code tabindex="0" role="region" aria-label="The typed event" { (plain(&typed(found, stored, &decoded.typed), usize::MAX)) }
            },
        }
    }
}

/// Returns the typed form. Until personal data are revealed, it shows no text that the masked request leaves out.
fn typed<'a>(found: &Found, stored: &StoredDelivery, typed: &'a str) -> Cow<'a, str> {
    match found.is_revealed {
        true => typed.into(),
        false => typed::masked(typed, &found.mask.body(&stored.body)).into(),
    }
}

/// Returns the cause of a missing body.
pub(super) fn deleted(found: &Found) -> Markup {
    let is_erased = found.history.iter().any(|line| line.what == "erased");
    html! {
        p.note {
            @if is_erased { "The body was erased by hand, and its id is kept so that a repeat is recognised." }
            @else { "The body was deleted after its period, and its id is kept so that a repeat is recognised." }
        }
    }
}

fn masked(found: &Found, label: &str, text: &str) -> Markup {
    let masked = match PERSONAL.contains(&label) {
        true if text.contains('@') => found.mask.text(text),
        true => "•••".to_owned(),
        // A happening and a time are words of this page.
        false if ["What happened", "Amount", "Occurred at", "Test"].contains(&label) => text.to_owned(),
        false => found.mask.text(text),
    };
    html! { @if masked == text { (cell(&masked)) } @else { span.mask { (cell(&masked)) } } }
}
