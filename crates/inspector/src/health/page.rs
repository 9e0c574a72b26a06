//! The page of all endpoints.

use std::collections::BTreeMap;

use maud::{Markup, html};
use referral_webhooks_inbox::Health;
use referral_webhooks_inbox::store::{Store, StoredEndpoint};

use super::card::card;
use super::contract::{retries, words};
use super::view::View;
use crate::context::Context;
use crate::problem::Problem;
use crate::view::{Section, cell, count};
use crate::web::Form;
use crate::web::answer::{self, Answer};

/// The number of endpoints whose charts are on one page.
const CHARTS: usize = 12;

/// The number of endpoints on one page.
const MOST: usize = 100;

/// Returns the page of all endpoints, or of the one that the URL names.
pub(crate) async fn page<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let health = context.inbox().health().await;
    let wanted = context.query.get("endpoint");
    let mut endpoints: BTreeMap<String, StoredEndpoint> = BTreeMap::new();
    for stored in context.store().endpoints().await? {
        endpoints.insert(stored.endpoint.clone(), stored);
    }
    for each in &health.endpoints {
        let stored = || StoredEndpoint::new(&each.endpoint, &each.platform);
        endpoints.entry(each.endpoint.clone()).or_insert_with(stored);
    }
    let number = endpoints.len();
    let shown = endpoints.values().filter(|each| wanted.is_none_or(|wanted| each.endpoint == wanted)).take(MOST);
    let mut views = Vec::new();
    for (at, stored) in shown.enumerate() {
        let own = health.endpoints.iter().find(|each| each.endpoint == stored.endpoint).cloned();
        let needed = health.secrets.iter().flatten().filter(|needed| needed.endpoint == stored.endpoint);
        views.push(View::of(context, stored, own, needed.cloned().collect(), at < CHARTS).await?);
    }
    let content = html! {
        h1 { "Endpoints" }
        (banner(context, &health, &views))
        (filter(context, &endpoints, wanted))
        @if views.is_empty() { (empty(wanted)) } @else { div.health { @for view in &views { (card(context, view)) } } }
        @if number > CHARTS && wanted.is_none() {
            p.note { "Charts are shown for the first " (CHARTS) " of " (count(number as u64)) " endpoints. Choose an endpoint to see its own." }
        }
    };
    Ok(answer::page(context.frame.page(Section::Endpoints, "Endpoints", content)))
}

/// Returns the readiness of the inbox and the troubles of its endpoints.
fn banner<S: Store>(context: &Context<S>, health: &Health, views: &[View]) -> Markup {
    let troubles: Vec<(&View, String)> =
        views.iter().filter_map(|view| Some((view, view.troubles(context.now).into_iter().next()?))).collect();
    html! {
        @if let Some(trouble) = &health.trouble {
            div.banner role="alert" { b.discarded { "Deliveries cannot be accepted now" } " — " (cell(trouble)) ". The platforms are asked to send them again." }
        }
        @for (view, trouble) in troubles.iter().take(5) {
            div.banner role="status" {
                b.discarded { (cell(&view.endpoint)) " " (trouble) } "."
                @if let Some(facts) = context.settings.platforms.facts(&view.platform) { " " (facts.title) " repeats a failed delivery: " (retries(facts.contract)) "." }
                @if let Some(newest) = view.refused.newest {
                    " " a.ref href=(context.frame.path(&format!("/refused/{}/{}", view.endpoint, newest.unix_timestamp_nanos() / 1_000))) { "Explain the newest refusal →" }
                } @else if view.kept > 0 { " " a.ref href=(context.frame.link("/refused", &Form::from_iter([("endpoint", view.endpoint.as_str())]))) { "See the refused requests →" } }
            }
        }
        @if troubles.len() > 5 { p.note { (troubles.len() - 5) " more endpoints have trouble." } }
        @if health.trouble.is_none() && troubles.is_empty() {
            div.banner.fine role="status" { b.completed { "Ready" } " — deliveries are accepted"
                @if health.in_flight > 0 { ", " (health.in_flight) " are being stored" } ", and no endpoint has trouble." }
        }
        @if let Some(stats) = &health.stats {
            @if !stats.clock_ahead.is_zero() { div.banner role="status" { b.discarded { "The store's clock is " (words(stats.clock_ahead)) " ahead of proven time" } ". Nothing is deleted because of the jump for a day. Compare the clocks of the machines." } }
            @if stats.log_pending { div.banner role="status" { "Erased text remains in the write-ahead log of the database until its next checkpoint." } }
        }
    }
}

fn filter<S: Store>(
    context: &Context<S>,
    endpoints: &BTreeMap<String, StoredEndpoint>,
    wanted: Option<&str>,
) -> Markup {
    html! {
        @if endpoints.len() > 1 {
            form.filter method="get" action=(context.frame.path("/endpoints")) {
                label { "Endpoint "
                    select name="endpoint" {
                        option value="" { "all" }
                        @for name in endpoints.keys() { option value=(name) selected[wanted == Some(name)] { (name) } }
                    }
                }
                button type="submit" { "Show" }
            }
        }
    }
}

fn empty(wanted: Option<&str>) -> Markup {
    html! {
        div.panel.empty {
            @match wanted {
                Some(name) => p { "The inbox has no endpoint " (cell(name)) "." },
                None => {
                    p { "No endpoint has received anything yet." }
                    p.sub { "An endpoint appears with its intake or with its first delivery. This command sends one to a receiver on this machine:" }
                    pre { "refhook send redpin --to http://localhost:3000/hooks/redpin" }
                },
            }
        }
    }
}
