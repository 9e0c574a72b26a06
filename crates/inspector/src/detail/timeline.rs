//! What happened to a delivery, from its signature to now.

use maud::{Markup, html};
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{HistoryLine, State};
use time::{Duration, OffsetDateTime};

use super::found::Found;
use crate::view::{Frame, Moments, cell, duration};

/// The minimum number of equal attempts in a row that are shown as one step.
const ALIKE: usize = 4;

/// One step of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// The class of its colour: the word of a state.
    pub(super) class: &'static str,
    pub(super) title: String,
    pub(super) at: Option<OffsetDateTime>,
    pub(super) took: Option<Duration>,
    /// Facts, in words of this page.
    pub(super) facts: Vec<String>,
    /// The person or the worker.
    pub(super) by: Option<String>,
    /// The reason, in words of a handler or a person.
    pub(super) reason: Option<String>,
    /// The entry that it concerns.
    pub(super) entry: Option<EntryId>,
}

impl Step {
    fn new(class: &'static str, title: impl Into<String>, at: Option<OffsetDateTime>) -> Self {
        let (title, facts) = (title.into(), Vec::new());
        Self { class, title, at, took: None, facts, by: None, reason: None, entry: None }
    }

    fn saying(mut self, fact: impl Into<String>) -> Self {
        self.facts.push(fact.into());
        self
    }
}

/// Returns the steps of a delivery, the oldest first.
pub(super) fn steps(found: &Found, now: OffsetDateTime) -> Vec<Step> {
    let entry = &found.entry;
    let mut steps = Vec::new();
    let signed_at = found.decoded.as_ref().and_then(|decoded| decoded.signed_at);
    if let Some(signed_at) = signed_at {
        let step = Step::new("available", "Signed", Some(signed_at)).saying(format!("by {}", found.platform()));
        steps.push(step.saying(age(entry.received_at - signed_at)));
    }
    let received = Step::new("completed", "Received and stored", Some(entry.received_at));
    let received = received.saying(format!("at the endpoint {}, after its proof was checked", entry.endpoint));
    steps.push(match entry.item {
        Some(item) => received.saying(format!("event {} of a body that holds several", item + 1)),
        None => received,
    });
    steps.extend(alike(found.history.iter().map(step).collect()));
    if found.left_out > 0 {
        let at = steps.len().min(20);
        steps.insert(at, Step::new("available", format!("{} lines are left out", found.left_out), None));
    }
    if entry.repeats > 0 {
        let title =
            if entry.repeats == 1 { "Repeated once".to_owned() } else { format!("Repeated {} times", entry.repeats) };
        steps.push(
            Step::new("available", title, Some(entry.last_seen_at)).saying("the last time; a repeat is not processed"),
        );
    }
    if entry.conflicts > 0 {
        let title = format!("Other bodies under the id: {}", entry.conflicts);
        steps.push(Step::new("discarded", title, None).saying("each is a dead letter of its own"));
    }
    steps.extend(present(found, now));
    steps
}

/// Returns the step of a line of the history.
fn step(line: &HistoryLine) -> Step {
    let attempt = line.attempt;
    let (class, title) = match line.what.as_str() {
        "completed" => ("completed", format!("Attempt {attempt} succeeded")),
        "retry" => ("retryable", format!("Attempt {attempt} failed")),
        "discarded" if line.by_hand => ("discarded", "Discarded by hand".to_owned()),
        // No attempt comes before a conflict.
        "discarded" if attempt == 0 => ("discarded", "A dead letter".to_owned()),
        "discarded" => ("discarded", format!("Attempt {attempt} failed: now a dead letter")),
        "parked" => ("parked", "Parked: this version cannot read the event".to_owned()),
        "held" => ("parked", "Parked: another event or profile than when it came".to_owned()),
        "released" if line.by_hand => ("available", "Released from its worker by hand".to_owned()),
        "released" => ("available", format!("Attempt {attempt} returned, without counting")),
        "postponed" => ("waiting", "Postponed: the secret is missing".to_owned()),
        "abandoned" => ("retryable", format!("Attempt {attempt} abandoned: its lease expired")),
        "revived" => ("available", "Due again: a repeat came".to_owned()),
        "repeated" => ("cancelled", "Repeats another entry: not processed".to_owned()),
        "redelivered" => ("available", "Processed again by hand".to_owned()),
        "redecoded" => ("available", "Decoded again".to_owned()),
        "marked_done" => ("completed", "Marked as done by hand".to_owned()),
        "cancelled" => ("cancelled", "Cancelled".to_owned()),
        "erased" => ("cancelled", "Body and reasons erased".to_owned()),
        "revealed" => ("parked", "Personal data revealed".to_owned()),
        other => ("available", other.replace('_', " ")),
    };
    Step {
        took: line.took.and_then(|took| took.try_into().ok()),
        by: Some(line.actor.clone()),
        reason: line.reason.clone(),
        ..Step::new(class, title, Some(line.at))
    }
}

/// Replaces the middle of a row of failed attempts that have one reason.
fn alike(steps: Vec<Step>) -> Vec<Step> {
    let mut shown: Vec<Step> = Vec::with_capacity(steps.len());
    let is_like =
        |one: &Step, other: &Step| one.class == "retryable" && (one.class, &one.reason) == (other.class, &other.reason);
    for group in steps.chunk_by(is_like) {
        match group {
            [first, middle @ .., last] if group.len() >= ALIKE => {
                let lasted = last.at.zip(first.at).map(|(last, first)| duration(last - first));
                let step = Step::new("retryable", format!("{} more attempts", middle.len()), None);
                let step = step.saying(format!("with the same reason, over {}", lasted.unwrap_or_default()));
                shown.extend([first.clone(), step, last.clone()]);
            }
            group => shown.extend_from_slice(group),
        }
    }
    shown
}

/// Returns the present state as the last step, if the entry is not finished.
fn present(found: &Found, now: OffsetDateTime) -> Option<Step> {
    let entry = &found.entry;
    let next = entry.next_at;
    let is_over = next.is_some_and(|next| next <= now);
    let attempt = format!("attempt {} of {}", entry.attempt + 1, entry.last_attempt);
    Some(match entry.state {
        State::Available | State::Retryable if is_over => {
            Step::new("waiting", "Due", next).saying(format!("{attempt} begins when a worker is free"))
        }
        State::Available | State::Retryable => Step::new("waiting", "Next attempt", next).saying(attempt),
        State::Waiting => {
            let step = Step::new("waiting", "Waiting", None);
            Step { entry: found.waits_for, ..step.saying("for the earlier entry of its subject") }
        }
        State::Running if is_over => Step::new("running", format!("Attempt {} is abandoned", entry.attempt), next)
            .saying("its lease expired, and a worker will take it over"),
        State::Running => Step::new("running", format!("Attempt {} runs", entry.attempt), None)
            .saying(format!("its lease ends in {}", next.map_or_else(String::new, |next| duration(next - now)))),
        _ => return None,
    })
}

/// Returns how long a delivery was on its way.
pub(super) fn age(age: Duration) -> String {
    match age.whole_milliseconds() {
        ..0 => format!("{} after it came, by the platform's clock", duration(-age)),
        _ => format!("{} before it came", duration(age)),
    }
}

/// Returns a timeline.
pub(super) fn timeline(frame: &Frame, moments: Moments, steps: &[Step]) -> Markup {
    html! {
        ol.timeline {
            @for step in steps {
                li class=(step.class) {
                    b { (step.title) }
                    @if let Some(at) = step.at { " " span { (moments.short(at)) } }
                    @if let Some(took) = step.took { " " span { "· took " (duration(took)) } }
                    @for fact in &step.facts { div.sub { (cell(fact)) } }
                    @if let Some(entry) = step.entry {
                        div.sub { a.ref href=(frame.path(&format!("/entries/{entry}"))) { "entry " (entry) } }
                    }
                    @if let Some(reason) = &step.reason { div.sub { "“" (cell(reason)) "”" } }
                    @if let Some(by) = &step.by { div.sub { "by " (cell(by)) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use referral_webhooks_inbox::Reason;

    use super::*;

    fn line(what: &str, attempt: u32, reason: &str) -> HistoryLine {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::hours(attempt.into());
        HistoryLine::new(at, what, attempt, "worker-1", Some(&Reason::from(reason.to_owned())))
    }

    #[test]
    fn failed_attempts_with_one_reason_are_one_step() {
        for (reasons, want) in [
            (&["a"; 20][..], &["Attempt 1 failed", "18 more attempts", "Attempt 20 failed"][..]),
            (&["a", "a", "a"], &["Attempt 1 failed", "Attempt 2 failed", "Attempt 3 failed"]),
            (
                &["a", "b", "b", "b", "b", "a"],
                &["Attempt 1 failed", "Attempt 2 failed", "2 more attempts", "Attempt 5 failed", "Attempt 6 failed"],
            ),
            (&[], &[]),
        ] {
            let lines = reasons.iter().zip(1..).map(|(reason, attempt)| step(&line("retry", attempt, reason)));
            let titles: Vec<String> = alike(lines.collect()).into_iter().map(|step| step.title).collect();
            assert_eq!(titles, want, "{reasons:?}");
        }
    }

    #[test]
    fn every_line_of_a_history_has_words() {
        for what in [
            "completed",
            "retry",
            "discarded",
            "parked",
            "held",
            "released",
            "postponed",
            "abandoned",
            "revived",
            "repeated",
            "redelivered",
            "redecoded",
            "marked_done",
            "cancelled",
            "erased",
            "revealed",
        ] {
            let step = step(&line(what, 3, "r"));
            assert!(!step.title.contains('_') && step.title.chars().next().is_some_and(char::is_uppercase), "{what}");
        }
        assert_eq!(step(&line("some_new_word", 1, "")).title, "some new word");
    }
}
