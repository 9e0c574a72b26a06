//! The output of `refhook simulate`, for people or for scripts.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::delivery::Delivery;
use super::played::Played;
use super::scenario::Script;
use super::span::written;
use super::tally::{End, Lost};
use crate::note::note;
use crate::output::Output;
use crate::sender::date;
use crate::terminal::{BOLD, DIM, GREEN, RED, printable};

/// The output of a simulation.
#[derive(Debug, Clone)]
pub(super) struct Screen<'s> {
    pub(super) sender: &'s str,
    /// The URL without its query, which may hold a secret.
    pub(super) url: &'s str,
    pub(super) output: Output,
    /// Whether each event has a line.
    pub(super) is_verbose: bool,
    /// The real and virtual time of the start.
    pub(super) started_at: OffsetDateTime,
}

impl Screen<'_> {
    /// Prints the first missing answer, with the help for an endpoint that is not running.
    pub(super) fn unreachable(&self, reason: &str, is_listening: bool) {
        let url = self.url;
        if is_listening {
            note(format_args!("no answer from {url}: {reason}"));
        } else {
            note(format_args!("nothing listens on {url}; start your app or pass --to ({reason})"));
        }
    }

    /// Prints the end of a delivery.
    pub(super) fn end(
        &self,
        delivery: &Delivery,
        event: Option<&str>,
        now: Duration,
        lost: Option<Lost>,
    ) -> io::Result<()> {
        if !self.is_verbose {
            return Ok(());
        }
        let mut out = anstream::stdout();
        match self.output {
            Output::Json => writeln!(
                out,
                "{}",
                json!({
                    "kind": "delivery",
                    "number": delivery.number + 1,
                    "event": event,
                    "result": lost.map_or("accepted", |_| "lost"),
                    "reason": lost.map(Lost::as_str),
                    "attempts": delivery.attempts,
                    "first_at": (delivery.attempts > 0).then(|| self.time(delivery.first_at)),
                    "ended_at": self.time(now),
                    "status": delivery.last_status,
                })
            )?,
            Output::Text => {
                let (mark, style, result) =
                    if lost.is_some() { ('✗', RED, "lost") } else { ('✓', GREEN, "accepted") };
                let attempts = delivery.attempts;
                let plural = if attempts == 1 { "" } else { "s" };
                let status = delivery.last_status.map_or_else(|| "-".to_owned(), |status| status.to_string());
                let why = lost.map(|lost| format!(": {lost}")).unwrap_or_default();
                let (number, event) = (delivery.number + 1, printable(event.unwrap_or("-")));
                writeln!(
                    out,
                    "{style}{mark}{style:#} {number}  {event}  {status}  {style}{result}{style:#}  {DIM}{attempts} attempt{plural}, at {}{DIM:#}{why}",
                    written(now),
                )?;
            }
        }
        out.flush()
    }

    /// Prints the table.
    pub(super) fn table(&self, script: &Script, played: &Played, took: Duration) -> io::Result<()> {
        let mut out = anstream::stdout();
        match self.output {
            Output::Json => writeln!(out, "{}", self.object(script, played, took))?,
            Output::Text => write!(out, "{}", self.text(script, played, took))?,
        }
        out.flush()
    }

    fn text(&self, script: &Script, played: &Played, took: Duration) -> String {
        let tally = &played.tally;
        let scenario = match script.down_for {
            Duration::ZERO => script.scenario.name(),
            down => format!("{}, down for {}", script.scenario.name(), written(down)),
        };
        let mut text = String::new();
        let mut row = |name: &str, value: &str, note: &str| {
            let space = if note.is_empty() { "" } else { "  " };
            // Writing to a text does not fail.
            let _ = writeln!(text, "{BOLD}{name:<10}{BOLD:#} {value}{space}{DIM}{note}{DIM:#}");
        };
        let count = |number: u64| number.to_string();
        row("platform", &printable(self.sender), "");
        row("endpoint", &printable(self.url), "");
        row("scenario", &scenario, &format!("seed {}", script.seed));
        row("played", &written(played.passed), &format!("in {}", written(took)));
        row("events", &count(tally.events), "");
        row("sent", &count(tally.sent), "");
        row("attempts", &count(tally.attempts), "");
        row("accepted", &count(tally.accepted), "");
        row("repeated", &count(tally.repeated), "");
        row("retried", &count(tally.retried), "");
        let causes: Vec<String> = match tally.lost.len() {
            1 => tally.lost.keys().map(ToString::to_string).collect(),
            _ => tally.lost.iter().map(|(lost, number)| format!("{number}: {lost}")).collect(),
        };
        row("lost", &count(tally.lost()), &causes.join("; "));
        let statuses: Vec<String> =
            tally.forbidden.iter().map(|(status, number)| format!("{number} x {status}")).collect();
        row("forbidden", &count(tally.forbidden.values().sum()), &statuses.join(", "));
        match tally.end {
            None => row("disabled", "no", ""),
            Some(End::Disabled(at)) => row("disabled", &format!("after {}", written(at)), ""),
            Some(End::Removed(at)) => row("removed", &format!("after {}", written(at)), ""),
        }
        if played.is_interrupted {
            row("open", &count(tally.open()), "interrupted");
        }
        text
    }

    fn object(&self, script: &Script, played: &Played, took: Duration) -> Value {
        let tally = &played.tally;
        let lost: Vec<Value> = tally
            .lost
            .iter()
            .map(|(lost, number)| json!({ "reason": lost.as_str(), "count": number, "text": lost.to_string() }))
            .collect();
        let forbidden: Vec<Value> =
            tally.forbidden.iter().map(|(status, number)| json!({ "status": status, "count": number })).collect();
        let (disabled, removed) = match tally.end {
            None => (None, None),
            Some(End::Disabled(at)) => (Some(at), None),
            Some(End::Removed(at)) => (None, Some(at)),
        };
        json!({
            "kind": "summary",
            "platform": self.sender,
            "url": self.url,
            "scenario": script.scenario.name(),
            "seed": script.seed,
            "down_for_seconds": script.down_for.as_secs(),
            "started_at": self.time(Duration::ZERO),
            "ended_at": self.time(played.passed),
            "virtual_seconds": played.passed.as_secs(),
            "real_milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "events": tally.events,
            "sent": tally.sent,
            "attempts": tally.attempts,
            "accepted": tally.accepted,
            "repeated": tally.repeated,
            "retried": tally.retried,
            "lost": tally.lost(),
            "lost_because": lost,
            "forbidden": tally.forbidden.values().sum::<u64>(),
            "forbidden_statuses": forbidden,
            "disabled_at": disabled.map(|at| self.time(at)),
            "disabled_after_seconds": disabled.map(|at| at.as_secs()),
            "removed_at": removed.map(|at| self.time(at)),
            "removed_after_seconds": removed.map(|at| at.as_secs()),
            "open": tally.open(),
            "interrupted": played.is_interrupted,
        })
    }

    /// Returns a virtual time as RFC 3339.
    fn time(&self, at: Duration) -> String {
        format!("{}Z", date(self.started_at.checked_add(at.try_into().unwrap_or_default()).unwrap_or(self.started_at)))
    }
}
