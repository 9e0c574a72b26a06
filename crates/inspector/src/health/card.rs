//! The card of one endpoint.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{Activity, Store};
use time::OffsetDateTime;
use time::macros::format_description;

use super::chart::{Chart, Series, Shape};
use super::contract::{deadline, disabling, retries, words};
use super::view::View;
use crate::context::Context;
use crate::view::{Moments, cell, count, duration};
use crate::web::Form;

/// Returns the card of an endpoint.
pub(super) fn card<S: Store>(context: &Context<S>, view: &View) -> Markup {
    let (frame, moments) = (&context.frame, Moments::as_of(context.now));
    let facts = context.settings.platforms.facts(&view.platform);
    let list =
        |state: &str| frame.link("/", &Form::from_iter([("endpoint", view.endpoint.as_str())]).with("state", state));
    let troubles = view.troubles(context.now);
    let id = format!("endpoint-{}", view.endpoint);
    html! {
        section.panel aria-labelledby=(id) {
            h2 id=(id) {
                a.ref href=(list("")) { (cell(&view.endpoint)) } " "
                @if troubles.is_empty() { span.completed { span.mark aria-hidden="true" { "✓" } "no trouble" } }
                @else { span.discarded { span.mark aria-hidden="true" { "✕" } "trouble" } }
            }
            p.sub {
                (cell(facts.map_or(view.platform.as_str(), |facts| facts.title))) " · "
                @match view.last_at { Some(at) => { "last delivery " (moments.relative(at)) }, None => "no delivery yet" }
            }
            @for trouble in &troubles { p.discarded { "It " (trouble) "." } }
            @if !view.hour.is_empty() { (charts(view)) }
            dl {
                @if !view.day.is_empty() { dt { "Accepted" } dd { (count(sum(&view.hour, |it| it.received))) " in the last hour, " (count(sum(&view.day, |it| it.received))) " in the last day" } }
                dt { "Refused" } dd { (refused(context, view)) }
                @if let Some(silence) = view.silence {
                    dt { "Silence" }
                    dd { (duration(silence.since)) @match silence.usual { Some(usual) => { ", usually " (duration(usual)) " between two deliveries" }, None => ", with too few deliveries to compare" } }
                }
                @if let Some(stats) = view.stats {
                    dt { "Oldest due" } dd { @if stats.oldest_due.is_zero() { "none" } @else { (words(stats.oldest_due)) } }
                    @if stats.retryable > 0 { dt { "Retryable" } dd { a.ref.retryable href=(list("retryable")) { (count(stats.retryable)) } } }
                    dt { "Dead letters" } dd { (link(stats.discarded, &list("discarded"), "discarded")) @if stats.conflicts > 0 { " (conflicts: " (count(stats.conflicts)) ")" } }
                    dt { "Parked" } dd { (link(stats.parked, &list("parked"), "parked")) }
                }
                @if let Some(facts) = facts {
                    dt { "Disabled" }
                    dd {
                        (disabling(facts.contract))
                        @if let Some(share) = view.health.as_ref().and_then(|health| health.disabling_share) {
                            "; " @if share == 0.0 { "no failure so far" } @else { span.discarded { (percent(share)) " of it is used up" } }
                            " " meter aria-label="Share of the limit that is used up" min="0" max="1" high="0.2" low="0.2" optimum="0" value=(format!("{share:.3}")) { (percent(share)) }
                        }
                    }
                    dt { "Retries" } dd { (retries(facts.contract)) }
                    dt { "Answer" } dd { (facts.contract.success.as_u16()) (deadline(facts.contract)) }
                }
                dt { "Secrets" } dd { (secrets(view)) }
            }
        }
    }
}

fn link(number: u64, href: &str, class: &str) -> Markup {
    html! { @if number == 0 { "0" } @else { a.ref class=(class) href=(href) { (count(number)) } } }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn sum(buckets: &[Activity], of: impl Fn(&Activity) -> u64) -> u64 {
    buckets.iter().map(of).sum()
}

/// Returns the number and the share of refusals, with the way to them.
fn refused<S: Store>(context: &Context<S>, view: &View) -> Markup {
    let href = context.frame.link("/refused", &Form::from_iter([("endpoint", view.endpoint.as_str())]));
    let accepted = sum(&view.hour, |it| it.received);
    let (refused, all) = (view.refused.hour, view.refused.hour + accepted);
    html! {
        @if view.kept == 0 { "none is kept" } @else {
            @if !view.hour.is_empty() {
                @if refused == 0 { "none in the last hour; " } @else {
                    span.discarded {
                        (count(refused)) " of " (count(all)) " requests in the last hour"
                        " (" (percent(refused as f64 / all.max(1) as f64)) ")"
                    }
                    "; "
                }
            }
            a.ref href=(href) { (count(view.kept)) " kept" }
            @if let Some(reason) = &view.refused.reason { ", the newest: " (cell(reason)) }
        }
    }
}

/// Returns the secrets that stored entries need.
fn secrets(view: &View) -> Markup {
    html! {
        @if view.health.is_none() {
            @if view.used.is_empty() { "no stored body needs one" } @else {
                @for (number, (secret, entries)) in view.used.iter().enumerate() {
                    @if number > 0 { ", " }
                    span.mono { (secret) } " for " (count(*entries)) " entries"
                }
            }
        } @else if view.secrets.is_empty() { "the current one opens every stored body" } @else {
            @for needed in &view.secrets {
                div {
                    @match needed.role {
                        Some(role) => { "keep the " (role) " for " (count(needed.entries)) " entries" },
                        None => span.discarded { "missing for " (count(needed.entries)) " entries: " span.mono { (needed.secret) } },
                    }
                }
            }
        }
    }
}

/// Returns the charts of the last hour and day.
fn charts(view: &View) -> Markup {
    let clock = |at: OffsetDateTime| {
        at.to_offset(time::UtcOffset::UTC).format(format_description!("[hour]:[minute]")).unwrap_or_default()
    };
    let times = |buckets: &[Activity]| buckets.iter().map(|it| clock(it.at)).collect::<Vec<_>>();
    let values = |buckets: &[Activity], of: fn(&Activity) -> f64| buckets.iter().map(of).collect::<Vec<f64>>();
    let bars = |name, class, values| Series { name, class, values, shape: Shape::Up };
    let faults = |name, class, values| Series { name, class, values, shape: Shape::Down };
    let failed = |it: &Activity| it.failed as f64;
    let received = |it: &Activity| it.received as f64;
    let hour = Chart {
        id: format!("{}-hour", view.endpoint),
        title: "Last hour".to_owned(),
        description: described(&view.hour, "minute", view.refused.hour),
        series: vec![
            bars("received", "received", values(&view.hour, received)),
            faults("failed attempts", "failed", values(&view.hour, failed)),
            faults("refused", "refused", view.refused.minutes.clone()),
        ],
        times: times(&view.hour),
        words: |value| count(value as u64),
    };
    let day = Chart {
        id: format!("{}-day", view.endpoint),
        title: "Last day".to_owned(),
        description: described(&view.day, "half hour", view.refused.day),
        series: vec![
            bars("received", "received", values(&view.day, received)),
            faults("failed attempts", "failed", values(&view.day, failed)),
            faults("refused", "refused", view.refused.half_hours.clone()),
        ],
        times: times(&view.day),
        words: |value| count(value as u64),
    };
    let seconds = |time: std::time::Duration| duration(time.try_into().unwrap_or(time::Duration::MAX));
    let slowest = view.day.iter().map(|it| it.max_latency).max().unwrap_or_default();
    let latency = Chart {
        id: format!("{}-latency", view.endpoint),
        title: "From receipt to completion".to_owned(),
        description: format!("mean of each half hour of the last day; the slowest took {}", seconds(slowest)),
        series: vec![Series {
            name: "mean",
            class: "latency",
            values: values(&view.day, |it| it.mean_latency.as_secs_f64()),
            shape: Shape::Up,
        }],
        times: times(&view.day),
        words: |value| duration(time::Duration::seconds_f64(value)),
    };
    html! { div.charts { (hour.markup()) (day.markup()) @if !slowest.is_zero() { (latency.markup()) } } }
}

/// Returns a chart in words.
fn described(buckets: &[Activity], bucket: &str, refused: u64) -> String {
    let received: Vec<u64> = buckets.iter().map(|it| it.received).collect();
    let (least, most) = (received.iter().min().copied().unwrap_or(0), received.iter().max().copied().unwrap_or(0));
    let failed = sum(buckets, |it| it.failed);
    let mut words = match (received.iter().sum::<u64>(), least == most) {
        (0, _) => "no delivery".to_owned(),
        (_, true) => format!("{} deliveries a {bucket}", count(most)),
        _ => format!("{} to {} deliveries a {bucket}", count(least), count(most)),
    };
    if failed > 0 {
        words.push_str(&format!(", {} failed attempts", count(failed)));
    }
    if refused > 0 {
        words.push_str(&format!(", {} refused requests kept", count(refused)));
    }
    words
}
