//! The attempts of a delivery.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{HistoryLine, Store};

use super::found::Found;
use crate::context::Context;
use crate::view::{Moments, cell, duration};

/// Words of history lines that end an attempt.
const ENDS: &[&str] = &["completed", "retry", "discarded", "parked", "held", "released", "postponed", "abandoned"];

/// Returns the part "Attempts".
pub(super) fn tab<S: Store>(context: &Context<S>, found: &Found) -> Markup {
    let moments = Moments::as_of(context.now);
    let is_attempt = |line: &&HistoryLine| ENDS.contains(&line.what.as_str()) && !line.by_hand && line.attempt > 0;
    let attempts: Vec<&HistoryLine> = found.history.iter().rev().filter(is_attempt).collect();
    let entry = &found.entry;
    html! {
        p.note {
            @if entry.attempt == 0 { "No attempt has begun." }
            @else { "Attempt " (entry.attempt) " of " (entry.last_attempt) " at most" @if entry.run > 1 { ", in run " (entry.run) } "." }
            @if let Some(next) = entry.next_at.filter(|_| !entry.state.is_finished()) { " Next: " (moments.relative(next)) "." }
        }
        @if !attempts.is_empty() {
            div.scroll tabindex="0" {
                table.data {
                    caption.unseen { "Attempts, the newest first" }
                    thead { tr { th scope="col" { "Attempt" } th scope="col" { "Ended" } th.num scope="col" { "Took" } th scope="col" { "Result" } th scope="col" { "Reason" } th scope="col" { "Worker" } } }
                    tbody {
                        @for line in attempts {
                            tr {
                                td data-label="Attempt" { (line.attempt) }
                                td data-label="Ended" { (moments.short(line.at)) }
                                td.num data-label="Took" { @match line.took.and_then(|took| took.try_into().ok()) { Some(took) => (duration(took)), None => "–" } }
                                td data-label="Result" { (result(&line.what)) }
                                td data-label="Reason" { @if let Some(reason) = &line.reason { (cell(reason)) } @else { "–" } }
                                td data-label="Worker" { (cell(&line.actor)) }
                            }
                        }
                    }
                }
            }
            @if found.left_out > 0 { p.note { (found.left_out) " lines in the middle of the history are left out." } }
        }
    }
}

fn result(what: &str) -> Markup {
    let (class, words) = match what {
        "completed" => ("completed", "succeeded"),
        "retry" => ("retryable", "failed, tried again"),
        "discarded" => ("discarded", "failed, a dead letter"),
        "parked" | "held" => ("parked", "parked"),
        "released" => ("available", "returned without counting"),
        "postponed" => ("waiting", "postponed: the secret is missing"),
        "abandoned" => ("retryable", "abandoned: the lease expired"),
        _ => ("available", "other"),
    };
    html! { span class=(class) { (words) } }
}
