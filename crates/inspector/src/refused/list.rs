//! The list of refused requests of all endpoints.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{RefusedRequest, Store, StoredEndpoint};

use super::one::micros;
use crate::context::Context;
use crate::mask::Mask;
use crate::problem::Problem;
use crate::view::{Frame, Moments, Section, cell, count};
use crate::web::Form;
use crate::web::answer::{self, Answer};

/// The number of requests on a page.
const MOST: usize = 50;

/// The number of endpoints whose requests are read at once, because each keeps up to some megabytes.
const ENDPOINTS: usize = 20;

/// Returns the list of refused requests, the newest first.
pub(crate) async fn list<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let endpoints: Vec<StoredEndpoint> =
        context.store().endpoints().await?.into_iter().filter(|endpoint| endpoint.refused > 0).collect();
    let wanted = context.query.get("endpoint");
    let chosen = endpoints.iter().filter(|each| wanted.is_none_or(|wanted| each.endpoint == wanted));
    let before = context.query.get("before").and_then(|at| at.parse::<i64>().ok()).unwrap_or(i64::MAX);
    let mut kept: Vec<RefusedRequest> = Vec::new();
    for endpoint in chosen.clone().take(ENDPOINTS) {
        let refused = context.store().refused(&endpoint.endpoint).await?;
        kept.extend(refused.into_iter().filter(|each| micros(each) < before).map(without_content));
        kept.sort_by_key(|each| std::cmp::Reverse(each.at));
        kept.truncate(MOST + 1);
    }
    let older = (kept.len() > MOST).then(|| micros(&kept[MOST - 1]));
    kept.truncate(MOST);
    let is_cut = chosen.count() > ENDPOINTS;
    let content = html! {
        h1 { "Refused requests" }
        p { "Requests that did not prove to be the platform's. They reached no handler, and are kept for a look: up to a bound of each endpoint, with requests of every kind." }
        (filter(&context.frame, &endpoints, wanted))
        @if is_cut { p.banner role="status" { "Only the requests of the first " (ENDPOINTS) " endpoints are shown. Choose an endpoint." } }
        @if kept.is_empty() { (empty(wanted.is_some() || before != i64::MAX)) } @else { (rows(context, &kept)) }
        @if let Some(older) = older {
            nav.pager aria-label="Pages" {
                span {}
                a.button rel="next" href=(context.frame.link("/refused", &context.query.only(&["endpoint"]).with("before", &older.to_string()))) { "Older →" }
            }
        }
    };
    Ok(answer::page(context.frame.page(Section::Refused, "Refused requests", content)))
}

/// Returns a request without its content, so that a list holds no bodies.
fn without_content(mut refused: RefusedRequest) -> RefusedRequest {
    refused.body = bytes::Bytes::new();
    refused.headers.clear();
    refused
}

fn filter(frame: &Frame, endpoints: &[StoredEndpoint], wanted: Option<&str>) -> Markup {
    html! {
        @if endpoints.len() > 1 {
            form.filter method="get" action=(frame.path("/refused")) {
                label { "Endpoint "
                    select name="endpoint" {
                        option value="" { "all" }
                        @for endpoint in endpoints {
                            option value=(endpoint.endpoint) selected[wanted == Some(&endpoint.endpoint)] { (endpoint.endpoint) " (" (count(endpoint.refused)) ")" }
                        }
                    }
                }
                button type="submit" { "Show" }
            }
        }
    }
}

fn rows<S: Store>(context: &Context<S>, kept: &[RefusedRequest]) -> Markup {
    let moments = Moments::as_of(context.now);
    html! {
        div.panel.scroll tabindex="0" {
            table.data {
                caption.unseen { "Refused requests, the newest first" }
                thead { tr { th scope="col" { "Time" } th scope="col" { "Endpoint" } th scope="col" { "Reason" } th scope="col" { "Request" } th.num scope="col" { "Body" } th.num scope="col" { "Answer" } } }
                tbody {
                    @for refused in kept {
                        tr {
                            td data-label="Time" { (moments.short(refused.at)) }
                            td data-label="Endpoint" { (cell(&refused.endpoint)) }
                            td data-label="Reason" { a.ref href=(of(&context.frame, refused)) { (cell(&refused.reason)) } }
                            td.mono data-label="Request" { (cell(&refused.method)) " " (cell(&Mask::new().path(&refused.path))) }
                            td.num data-label="Body" { @match refused.body_length { Some(length) => { (count(length)) " B" }, None => "unknown" } }
                            td.num data-label="Answer" { (refused.status) }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the link to a refused request.
fn of(frame: &Frame, refused: &RefusedRequest) -> String {
    frame.link(&format!("/refused/{}/{}", refused.endpoint, micros(refused)), &Form::default())
}

fn empty(is_filtered: bool) -> Markup {
    html! {
        div.panel.empty {
            @if is_filtered { p { "No refused request is kept for this filter." } } @else {
                p { "No refused request is kept." }
                p.sub { "An endpoint keeps them if its intake was made with " code { "keep_refused" } ". This command sends one to a receiver on this machine:" }
                pre { "refhook send redpin --bad signature --to http://localhost:3000/hooks/redpin" }
            }
        }
    }
}
