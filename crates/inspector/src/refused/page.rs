//! The page of one refused request.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{RefusedRequest, Store};

use super::explained::{command, explained};
use super::one::{file, find, revealable};
use crate::context::Context;
use crate::detail::{Look, body_masked, body_revealed};
use crate::explanation::{ExplanationLine, Finding};
use crate::mask::Mask;
use crate::problem::Problem;
use crate::view::{Moments, Section, cell, count, duration, plain};
use crate::web::Form;
use crate::web::answer::{self, Answer};

/// Returns the page of a request that an endpoint refused at a time, in microseconds since 1970.
pub(crate) async fn page<S: Store>(context: &Context<S>, endpoint: &str, at: i64) -> Result<Answer, Problem> {
    let refused = find(context, endpoint, at).await?;
    let (lines, is_own) = explained(context, &refused).await;
    let is_revealed = context.frame.can_reveal() && context.is_revealed(&revealable(endpoint, at));
    let frame = &context.frame;
    let content = html! {
        nav.crumbs aria-label="Position" { a href=(frame.path("/refused")) { "Refused requests" } " / " (cell(endpoint)) }
        h1.title { (cell(&refused.reason)) " " span.state.refused { span.mark aria-hidden="true" { "✕" } "refused" } }
        p.sub.mono { (cell(&refused.method)) " " (cell(&Mask::new().path(&refused.path))) " · " (cell(&refused.endpoint)) }
        (actions(context, &refused, at, is_revealed))
        div.two {
            section.panel aria-label="The request" {
                (request(context, &refused, is_revealed))
            }
            div {
                section.panel aria-labelledby="why" {
                    h2.head id="why" { "Why it was refused" }
                    ul.findings { @for line in &lines { (finding(line)) } }
                    @if !is_own { (by_hand(&refused, at)) }
                }
                section.panel aria-labelledby="facts" {
                    h2.head id="facts" { "What happened" }
                    (facts(context, &refused))
                }
            }
        }
    };
    Ok(answer::page(frame.page(Section::Refused, &plain(&refused.reason, 80), content)))
}

fn finding(line: &ExplanationLine) -> Markup {
    let (class, mark, word) = match line.finding {
        Finding::Right => ("completed", "✓", "right: "),
        Finding::Wrong => ("discarded", "✕", "wrong: "),
        Finding::Advice => ("parked", "→", "to do: "),
        Finding::Note => ("available", "·", ""),
    };
    html! { li class=(class) { span.mark aria-hidden="true" { (mark) } span.unseen { (word) } span.text { bdi { (plain(&line.text, 1_000)) } } } }
}

/// Returns the command of the doctor, for a program without one.
fn by_hand(refused: &RefusedRequest, at: i64) -> Markup {
    let file = file(&refused.endpoint, at, "http");
    html! {
        p.note.sub { "The doctor tries known accidents with your secret. Reveal the personal data, take the file “.http”, and run:" }
        pre.code tabindex="0" role="region" aria-label="The command" { (plain(&command(refused, &file), 1_000)) }
    }
}

fn facts<S: Store>(context: &Context<S>, refused: &RefusedRequest) -> Markup {
    let moments = Moments::as_of(context.now);
    let facts = context.settings.platforms.facts(&refused.platform);
    html! {
        dl {
            dt { "Time" } dd { (moments.long(refused.at)) }
            dt { "Endpoint" } dd { (cell(&refused.endpoint)) }
            dt { "Platform" } dd { (cell(facts.map_or(refused.platform.as_str(), |facts| facts.title))) }
            dt { "Kind" } dd { span.mono { (cell(&refused.kind)) } }
            dt { "Answer" } dd { (refused.status) @if let Some(facts) = facts { ", " (reading(facts.contract, refused.status)) } }
            dt { "Body" }
            dd {
                @match refused.body_length {
                    Some(length) => { (count(length)) " bytes" },
                    None => "of unknown length",
                }
                @if !refused.is_whole() { ", of which the first " (count(refused.body.len() as u64)) " are kept" }
            }
            @if let Some(hint) = facts.and_then(|facts| facts.hint) { dt { "At this platform" } dd { (hint) } }
        }
    }
}

/// Returns the reaction of a platform to an answer.
fn reading(contract: &referral_webhooks::Contract, status: u16) -> String {
    if contract.counts_as_success.contains(&status) {
        return "which the platform reads as a success: it does not send the event again".to_owned();
    }
    let forbidden = contract.never.iter().find(|forbidden| forbidden.statuses.contains(&status));
    if let Some(forbidden) = forbidden {
        return format!("which {}", forbidden.effect);
    }
    match contract.retries.horizon() {
        Some(horizon) if horizon.is_zero() => "and the platform does not send it again".to_owned(),
        Some(horizon) => {
            let words = duration(horizon.try_into().unwrap_or(time::Duration::MAX));
            format!("and the platform sends it again for up to {words}")
        }
        None => "and the platform publishes no end of its retries".to_owned(),
    }
}

fn request<S: Store>(context: &Context<S>, refused: &RefusedRequest, is_revealed: bool) -> Markup {
    if refused.is_sealed {
        return html! { p.note { "Headers and body are encrypted, and this program has no key of the inbox." } };
    }
    let mask = Mask::new();
    let value = |name: &http::HeaderName, value: &http::HeaderValue| match is_revealed {
        true => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        false => mask.header(name.as_str(), value.as_bytes()),
    };
    let look = Look::of(context.query.get("look"));
    let part = match is_revealed {
        true => body_revealed(&refused.body, look, 0),
        false => body_masked(&mask, &refused.body, look, 0),
    };
    let path = context.head.uri.path().to_owned();
    let base = context.query.only(&["reveal"]);
    html! {
        @if !is_revealed { p.note.sub { "Personal data and secrets are masked. Nothing here is proven: anyone can have sent it." } }
        h2.head { "Headers" }
        dl.mono { @for (name, each) in refused.headers.iter().take(200) { dt { (cell(name.as_str())) } dd { (cell(&value(name, each))) } } }
        h2.head { "Body" }
        nav.looks aria-label="Forms of the body" {
            @for (each, word, title) in Look::ALL {
                a.button href={ (path) (base.with("look", word).to_query()) } aria-current=[(each == look).then_some("true")] { (title) }
            }
        }
        pre.code tabindex="0" role="region" aria-label="The body" { (part.text) }
        @if part.of > 1 { p.note { "The first of " (part.of) " parts is shown. The files have all of it." } }
    }
}

fn actions<S: Store>(context: &Context<S>, refused: &RefusedRequest, at: i64, is_revealed: bool) -> Markup {
    let frame = &context.frame;
    let path = format!("/refused/{}/{at}", refused.endpoint);
    let kept: Form = context.query.only(&["reveal"]);
    html! {
        div.actions {
            @if refused.is_sealed {} @else if is_revealed {
                a.button href=(frame.link(&format!("{path}/raw"), &kept.with("as", "http"))) { ".http" }
                a.button href=(frame.link(&format!("{path}/raw"), &kept)) { "Raw bytes" }
                a.button href=(frame.path(&path)) { "Mask again" }
            } @else if frame.can_reveal() {
                form method="post" action=(frame.path(&format!("{path}/reveal"))) {
                    (frame.token_field())
                    button type="submit" title="Writes a line with your name to the log" { "Reveal personal data" }
                }
            }
        }
    }
}
