//! The request of a delivery: headers and body.

use maud::{Markup, html};
use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::store::Store;

use super::body::{HEX_PART, Look, Part, masked, revealed};
use super::curl::curl;
use super::event::deleted;
use super::found::{Found, Stored};
use super::reveal::file;
use super::tab::Tab;
use crate::context::Context;
use crate::view::{Frame, cell, count, plain};

/// Returns the part "Request".
pub(super) fn tab<S: Store>(context: &Context<S>, found: &Found) -> Markup {
    match &found.body {
        Stored::Deleted => deleted(found),
        Stored::Sealed => html! { p.note { "The request is encrypted, and this program has no key of the inbox." } },
        Stored::Whole(stored) => whole(context, found, stored),
    }
}

fn whole<S: Store>(context: &Context<S>, found: &Found, stored: &StoredDelivery) -> Markup {
    let look = Look::of(context.query.get("look"));
    let number = context.query.get("part").and_then(|part| part.parse::<usize>().ok()).unwrap_or(1).max(1) - 1;
    let body = &stored.body;
    let part = if found.is_revealed { revealed(body, look, number) } else { masked(&found.mask, body, look, number) };
    html! {
        @if !found.is_revealed { p.note.sub { "Personal data and secrets are masked" @if !context.frame.can_reveal() { ", and you may not reveal them here" } "." } }
        h2.head { "Headers" }
        p.note.sub { "Stored are the headers of the proof, the content type, and the header that names the event. Tokens are never stored." }
        @if stored.headers.is_empty() { p.note { "No header is stored." } } @else {
            dl.mono {
                @for (name, value) in headers(found, stored) { dt { (cell(&name)) } dd { (cell(&value)) } }
            }
        }
        h2.head { "Body · " (count(body.len() as u64)) " bytes" }
        nav.looks aria-label="Forms of the body" {
            @for (each, word, title) in Look::ALL {
                a.button href=(of_part(&context.frame, found, word, 0)) aria-current=[(each == look).then_some("true")] { (title) }
            }
        }
        @if look == Look::Hex && !found.is_revealed { p.note { "The bytes are shown after the personal data are revealed." } }
        (parts(&context.frame, found, look, &part, "Parts of the body"))
        pre.code tabindex="0" role="region" aria-label="The body" { (part.text) }
        (parts(&context.frame, found, look, &part, "Parts of the body, again"))
        h2.head id="curl" { "As curl" }
        @if found.is_revealed {
            p.note.sub { "Set the variable " code { "URL" } " first. A receiver refuses the request if its signed time is too old."
                @if stored.seal.is_some() { " The token that proved the delivery is not stored, so the request proves nothing." }
                @if std::str::from_utf8(body).is_err() || body.len() > 16 * 1024 { " The body is sent from the file of “Raw bytes”." } }
            pre.code tabindex="0" role="region" aria-label="The command" { (plain(&curl(&stored.headers, body, &file(found.entry.id)), usize::MAX)) }
        } @else { p.note { "The command has the body, and is shown after the personal data are revealed." } }
    }
}

fn headers(found: &Found, stored: &StoredDelivery) -> Vec<(String, String)> {
    if !found.is_revealed {
        return found.mask.headers(&stored.headers);
    }
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    stored.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// Returns the links to the parts of a long body.
fn parts(frame: &Frame, found: &Found, look: Look, part: &Part, name: &str) -> Markup {
    let word = Look::ALL.iter().find(|(each, ..)| *each == look).map_or("", |(_, word, _)| word);
    let size = if look == Look::Hex { format!("{HEX_PART} bytes each") } else { "64 KiB each".to_owned() };
    html! {
        @if part.of > 1 {
            nav.pager aria-label=(name) {
                @if part.number > 0 { a.button href=(of_part(frame, found, word, part.number - 1)) { "← part " (part.number) } } @else { span {} }
                span { "Part " (part.number + 1) " of " (part.of) ", " (size) }
                @if part.number + 1 < part.of { a.button href=(of_part(frame, found, word, part.number + 1)) { "part " (part.number + 2) " →" } } @else { span {} }
            }
        }
    }
}

fn of_part(frame: &Frame, found: &Found, look: &str, number: usize) -> String {
    let part = if number == 0 { String::new() } else { (number + 1).to_string() };
    let fields = found.kept.with("tab", Tab::Request.word()).with("look", look).with("part", &part);
    frame.link(&format!("/entries/{}", found.entry.id), &fields)
}
