//! The form of the filter. It is sent with GET, so that the URL has the filter.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{State, StoredEndpoint};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::selected::{ONLY, SPANS, Selected};
use crate::view::{Frame, plain, word};

/// The format of a field for a time.
const LOCAL: &[BorrowedFormatItem<'static>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

/// Returns the form.
pub(crate) fn form(selected: &Selected, endpoints: &[StoredEndpoint], frame: &Frame) -> Markup {
    let field = |name: &str| selected.fields.get(name).unwrap_or_default().to_owned();
    // A URL may have a date alone, which a field for a time refuses.
    let time = |name: &str, at: Option<OffsetDateTime>| {
        let at = selected.fields.get(name).and(at).map(|at| at.to_offset(UtcOffset::UTC));
        at.and_then(|at| at.format(LOCAL).ok()).unwrap_or_default()
    };
    let chosen = |name: &str, value: &str| selected.fields.get(name) == Some(value);
    let mut platforms: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.platform.as_str()).collect();
    platforms.sort_unstable();
    platforms.dedup();
    // A value that is not in a list stays chosen.
    let other = |name: &str, known: &[&str]| {
        selected.fields.get(name).filter(|value| !known.contains(value)).map(str::to_owned)
    };
    let names: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.endpoint.as_str()).collect();
    let has_more = ["tenant", "platform", "event", "from", "to"].iter().any(|name| selected.fields.get(name).is_some());
    let state = selected.filter.states.first().copied();
    html! {
        form.filter role="search" action=(frame.path("/")) method="get" aria-label="Filter" {
            label.grow {
                span { "Find" }
                input type="search" name="q" value=(field("q")) maxlength="500" placeholder="begin of a delivery id, or an event"
                    autocomplete="off" spellcheck="false";
            }
            label {
                span { "Endpoint" }
                select name="endpoint" {
                    option value="" { "all endpoints" }
                    @for name in &names { option value=(name) selected[chosen("endpoint", name)] { (name) } }
                    @if let Some(name) = other("endpoint", &names) { option value=(name) selected { (plain(&name, 60)) } }
                }
            }
            label {
                span { "State" }
                select name="state" {
                    option value="" { "all states" }
                    @for each in State::ALL { option value=(each.as_str()) selected[state == Some(each)] { (word(each)) } }
                }
            }
            label {
                span { "Received" }
                select name="in" {
                    option value="" { "any time" }
                    @for (value, name, _) in SPANS { option value=(value) selected[chosen("in", value)] { (name) } }
                }
            }
            label {
                span { "Show" }
                select name="only" {
                    option value="" { "everything" }
                    @for (value, name) in ONLY { option value=(value) selected[chosen("only", value)] { (name) } }
                }
            }
            details.more open[has_more] {
                summary { "More" }
                div.fields {
                    label { span { "Platform" }
                        select name="platform" {
                            option value="" { "all platforms" }
                            @for name in &platforms { option value=(name) selected[chosen("platform", name)] { (name) } }
                            @if let Some(name) = other("platform", &platforms) { option value=(name) selected { (plain(&name, 60)) } }
                        }
                    }
                    label { span { "Tenant" } input type="text" name="tenant" value=(field("tenant")) maxlength="500" autocomplete="off"; }
                    label { span { "Event" } input type="text" name="event" value=(field("event")) maxlength="500" autocomplete="off" spellcheck="false"; }
                    label { span { "From (UTC)" } input type="datetime-local" name="from" value=(time("from", selected.filter.received_from)) step="1"; }
                    label { span { "Until (UTC)" } input type="datetime-local" name="to" value=(time("to", selected.filter.received_before)) step="1"; }
                }
            }
            div.send {
                button type="submit" { "Filter" }
                @if !selected.is_everything() { a.button href=(frame.path("/")) { "Clear" } }
            }
        }
    }
}
