//! The rows of the list. The live stream sends the same rows.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use maud::{Markup, html};
use referral_webhooks_inbox::store::{Entry, State};

use crate::view::{Frame, Moments, plain, state, untrusted};

/// Returns the table of these entries. `live` is the URL of the stream of their changes.
pub(crate) fn table(entries: &[Entry], frame: &Frame, moments: Moments, live: Option<&str>) -> Markup {
    html! {
        table.deliveries data-live=[live] {
            caption.unseen { "Deliveries, the newest first" }
            thead {
                tr {
                    th scope="col" { "Received" }
                    th scope="col" { "Endpoint" }
                    th scope="col" { "Event" }
                    th scope="col" { "State" }
                    th.num.wide scope="col" { "Attempts" }
                    th.wide scope="col" { "Delivery id" }
                }
            }
            tbody { @for entry in entries { (row(entry, frame, moments)) } }
        }
    }
}

/// Returns the row of an entry.
pub(crate) fn row(entry: &Entry, frame: &Frame, moments: Moments) -> Markup {
    let event = entry.event.as_deref().filter(|event| !event.is_empty());
    html! {
        tr id={ "e" (entry.id) } data-version=(version(entry)) {
            td.when { (moments.short(entry.received_at)) }
            td.from {
                (entry.endpoint)
                div.sub { (entry.platform) @if let Some(tenant) = &entry.tenant { " · " (untrusted(tenant, 60)) } }
            }
            td.what {
                a href=(frame.path(&format!("/entries/{}", entry.id))) {
                    @match event { Some(event) => (untrusted(event, 80)), None => "without a name" }
                }
                @if let Some(sub) = about(entry) { div.sub { (sub) } }
            }
            td.how {
                (state(entry.state))
                @if let Some(why) = why(entry, moments) { div.sub { (why) } }
            }
            td.num.wide { (attempts(entry)) }
            td.mono.wide title=(plain(&entry.delivery_id, 200)) { (untrusted(&shortened(&entry.delivery_id), 40)) }
        }
    }
}

/// Returns a digest of a row's content, so that the stream sends changed rows only.
pub(crate) fn version(entry: &Entry) -> String {
    let mut hasher = DefaultHasher::new();
    let Entry { id, state, attempt, last_attempt, run, repeats, conflicts, .. } = entry;
    (id, state, attempt, last_attempt, run, repeats, conflicts).hash(&mut hasher);
    (&entry.event, &entry.unreadable, &entry.reason, &entry.next_at, entry.has_body).hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

/// Returns the special features of a delivery.
fn about(entry: &Entry) -> Option<String> {
    let mut parts = Vec::new();
    parts.extend(entry.item.map(|item| format!("event {} of its body", item + 1)));
    parts.extend(entry.conflict_of.map(|first| format!("conflict with {first}")));
    parts.extend(entry.repeat_of.map(|first| format!("same business key as {first}")));
    let plural = |number: u32, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    parts.extend((entry.repeats > 0).then(|| plural(entry.repeats, "repeat")));
    parts.extend((entry.conflicts > 0).then(|| plural(entry.conflicts, "conflict")));
    parts.extend((entry.run > 1).then(|| format!("run {}", entry.run)));
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// Returns the reason of an entry's state.
fn why(entry: &Entry, moments: Moments) -> Option<Markup> {
    let reason = entry.reason.as_deref().map(|reason| plain(reason, 160));
    match entry.state {
        State::Waiting => Some(html! { "for an earlier entry of its subject" }),
        State::Retryable => Some(html! {
            @if let Some(at) = entry.next_at { "again at " (moments.short(at)) }
            @if let Some(reason) = reason { " · " bdi { (reason) } }
        }),
        State::Running => entry.next_at.map(|end| html! { "leased until " (moments.short(end)) }),
        State::Parked => {
            let unreadable = entry.unreadable.as_deref().map(|why| plain(why, 160));
            unreadable.or(reason).map(|why| html! { bdi { (why) } })
        }
        _ => reason.map(|reason| html! { bdi { (reason) } }),
    }
}

/// Returns the attempts so far, and how many there are at most.
fn attempts(entry: &Entry) -> String {
    match entry.state {
        State::Parked | State::Waiting | State::Available if entry.attempt == 0 => "–".to_owned(),
        State::Completed | State::Cancelled => entry.attempt.to_string(),
        _ => format!("{} of {}", entry.attempt, entry.last_attempt),
    }
}

/// Returns the begin and the end of a long id.
fn shortened(id: &str) -> String {
    let characters = id.chars().count();
    if characters <= 24 {
        return id.to_owned();
    }
    let begin: String = id.chars().take(14).collect();
    let end: String = id.chars().skip(characters - 6).collect();
    format!("{begin}…{end}")
}
