//! The output of `refhook dev`, for people or for scripts.

use std::io::{self, Write as _};

use serde_json::json;
use time::OffsetDateTime;

use referral_webhooks_axum::Trust;

use super::forward::{End, Forwarded, Words};
use super::missed::Missed;
use super::mount::Mount;
use super::report::{Report, Verdict};
use super::sample::Case;
use crate::client::Answer;
use crate::output::Output;
use crate::terminal::{self, BOLD, DIM, GREEN, RED, YELLOW, printable};

/// The length of the longest secret that is printed as text.
const LONGEST: usize = 200;

/// Standard output, in colour on a terminal unless `NO_COLOR` is set.
pub(super) struct Screen {
    output: Output,
    out: anstream::AutoStream<io::Stdout>,
    has_heading: bool,
}

impl Screen {
    pub(super) fn new(output: Output) -> Self {
        Self { output, out: anstream::stdout(), has_heading: false }
    }

    /// Prints the endpoints and their secrets.
    pub(super) fn mounts(&mut self, mounts: &[Mount]) -> io::Result<()> {
        for Mount { platform, url, secret, trust, origin, .. } in mounts {
            if self.output == Output::Json {
                self.json(&json!({
                    "kind": "endpoint", "platform": platform, "url": url, "secret": secret, "origin": origin.as_str(),
                }))?;
                continue;
            }
            let (label, secret) = match (secret, trust) {
                (Some(secret), _) if secret.len() > LONGEST => ("a set of keys", "; `--keep-secrets FILE` writes it"),
                (Some(secret), _) => ("secret ", secret.as_str()),
                (None, Trust::SecretUrl) => ("the URL is the secret", ""),
                (None, _) => ("the secret was given", ""),
            };
            let (indent, platform, url, secret) = ("", printable(platform), printable(url), printable(secret));
            writeln!(self.out, "{BOLD}{platform:<16}{BOLD:#}  {url}\n{indent:<16}  {DIM}{label}{DIM:#}{secret}")?;
        }
        self.out.flush()
    }

    /// Prints the link of the page.
    pub(super) fn page(&mut self, url: &str) -> io::Result<()> {
        match self.output {
            Output::Json => self.json(&json!({ "kind": "page", "url": url }))?,
            Output::Text => writeln!(self.out, "\n{BOLD}{:<16}{BOLD:#}  {url}", "deliveries page")?,
        }
        self.out.flush()
    }

    /// Prints an attempt to pass a delivery on.
    pub(super) fn forwarded(&mut self, forwarded: &Forwarded) -> io::Result<()> {
        let Forwarded { at, platform, event, id, entry, attempt, url, answer, took, end } = forwarded;
        let status = match answer {
            Answer::Status(status) => Some(status.as_u16()),
            Answer::Late(_) | Answer::Unreachable(_) => None,
        };
        let reason = Words(answer).to_string();
        if self.output == Output::Json {
            self.json(&json!({
                "kind": "forward", "at": at.unix_timestamp(), "platform": platform, "event": event, "id": id,
                "entry": entry, "attempt": attempt, "url": url, "status": status, "outcome": end.as_str(),
                "reason": reason, "microseconds": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            }))?;
            return self.out.flush();
        }
        let style = match end {
            End::Delivered => GREEN,
            End::Retry => YELLOW,
            End::GivenUp => RED,
        };
        let (clock, event, url) = (clock(*at), printable(event.as_deref().unwrap_or("-")), printable(url));
        let status = status.map_or("-".to_owned(), |status| status.to_string());
        let took = format!("{:.2} ms", took.as_secs_f64() * 1000.0);
        let (outcome, reason) = (end.as_str(), printable(&reason));
        write!(
            self.out,
            "{style}→{style:#} {clock}  {platform:<16}  {event:<18}  {:<10}  {status:<6}  {took:>8}  \
             {style}{outcome}{style:#}: POST {url}",
            format!("attempt {attempt}"),
        )?;
        match end {
            End::Delivered => writeln!(self.out)?,
            End::Retry => writeln!(self.out, "; the application {reason}")?,
            End::GivenUp => writeln!(self.out, "; the application {reason}; entry {entry} is a dead letter")?,
        }
        self.out.flush()
    }

    /// Prints a report. A sample's report has its case and whether the verdict was expected.
    pub(super) fn report(&mut self, report: &Report, sample: Option<(Case, bool)>) -> io::Result<()> {
        match self.output {
            Output::Json => self.json(&object(report, sample)),
            Output::Text => self.line(report, sample),
        }?;
        self.out.flush()
    }

    /// Prints the names of the columns.
    fn heading(&mut self) -> io::Result<()> {
        let heads = ("UTC", "platform", "event", "trust", "status", "time", "verdict");
        let (clock, platform, event, trust, status, took, verdict) = heads;
        writeln!(
            self.out,
            "\n  {DIM}{clock:<8}  {platform:<16}  {event:<18}  {trust:<10}  {status:<6}  {took:>8}  {verdict}{DIM:#}"
        )
    }

    fn line(&mut self, report: &Report, sample: Option<(Case, bool)>) -> io::Result<()> {
        if !std::mem::replace(&mut self.has_heading, true) {
            self.heading()?;
        }
        let (mark, style) = match &report.verdict {
            Verdict::Accepted => ('✓', GREEN),
            Verdict::Repeated => ('=', YELLOW),
            Verdict::Conflict => ('!', YELLOW),
            Verdict::NotStored(_) | Verdict::Refused(_) => ('✗', RED),
        };
        let platform = report.platform;
        let event = printable(report.event.as_deref().unwrap_or("-"));
        let trust = report.trust.unwrap_or("-");
        let status = report.status.as_u16();
        let took = format!("{:.2} ms", report.took.as_secs_f64() * 1000.0);
        let verdict = report.verdict.as_str();
        let reason = report.reason().map(|reason| format!(": {}", printable(&reason))).unwrap_or_default();
        let note = match sample {
            Some((case, true)) => format!(" {DIM}({}){DIM:#}", case.as_str()),
            Some((case, false)) => format!(" {RED}({}, NOT AS EXPECTED){RED:#}", case.as_str()),
            None => String::new(),
        };
        let clock = clock(report.received_at);
        writeln!(
            self.out,
            "{style}{mark}{style:#} {clock}  {platform:<16}  {event:<18}  {trust:<10}  {status:<6}  {took:>8}  \
             {style}{verdict}{style:#}{reason}{note}"
        )?;
        // Refused samples are intended. A request by hand is not, so its report has advice.
        if let (Verdict::Refused(error), None) = (&report.verdict, sample) {
            writeln!(self.out, "  {DIM}{}{DIM:#}", error.advice())?;
        }
        Ok(())
    }

    /// Prints a request that reached no endpoint.
    pub(super) fn missed(&mut self, missed: &Missed) -> io::Result<()> {
        let Missed { method, received, near, status, received_at } = missed;
        let platform = near.as_ref().map(|near| near.terms().platform());
        let path = near.as_ref().and_then(|near| near.terms().path());
        let difference = near.as_ref().map(|near| near.difference().to_string());
        match self.output {
            Output::Json => self.json(&json!({
                "kind": if near.is_some() { "near_miss" } else { "unknown_path" },
                "received_at": received_at.unix_timestamp(),
                "method": method,
                "received": received,
                "platform": platform,
                "nearest": path,
                "difference": difference,
                "status": status.as_u16(),
            }))?,
            Output::Text => {
                if !std::mem::replace(&mut self.has_heading, true) {
                    self.heading()?;
                }
                let (clock, request) = (clock(*received_at), printable(&format!("{method} {received}")));
                let (platform, status) = (platform.unwrap_or("-"), status.as_u16());
                write!(self.out, "{YELLOW}?{YELLOW:#} {clock}  {platform:<16}  {request}  {status}  ")?;
                match (path, difference) {
                    (Some(path), Some(difference)) => writeln!(
                        self.out,
                        "{YELLOW}near miss{YELLOW:#}: {difference}; the nearest endpoint is POST {path}"
                    )?,
                    _ => writeln!(self.out, "{YELLOW}unknown path{YELLOW:#}: no endpoint is near")?,
                }
            }
        }
        self.out.flush()
    }

    /// Prints whether all samples had the expected verdicts.
    pub(super) fn verdict(&mut self, as_expected: bool) -> io::Result<()> {
        match (self.output, as_expected) {
            (Output::Json, _) => self.json(&json!({ "kind": "sample", "as_expected": as_expected }))?,
            (Output::Text, true) => writeln!(self.out, "\n{GREEN}every verdict was as expected{GREEN:#}")?,
            (Output::Text, false) => writeln!(self.out, "\n{RED}not every verdict was as expected{RED:#}")?,
        }
        self.out.flush()
    }

    /// Prints a command that sends a delivery.
    pub(super) fn invitation(&mut self, command: Option<&str>) -> io::Result<()> {
        if self.output == Output::Text {
            match command {
                Some(command) => writeln!(self.out, "\n{DIM}receiving until Ctrl-C; try{DIM:#}\n{command}")?,
                None => writeln!(self.out, "\n{DIM}receiving until Ctrl-C{DIM:#}")?,
            }
        }
        self.out.flush()
    }

    fn json(&mut self, object: &serde_json::Value) -> io::Result<()> {
        writeln!(self.out, "{}", terminal::json_line(object))
    }
}

fn object(report: &Report, sample: Option<(Case, bool)>) -> serde_json::Value {
    let kind = match &report.verdict {
        Verdict::Refused(error) => Some(error.kind()),
        Verdict::Accepted | Verdict::Repeated | Verdict::Conflict | Verdict::NotStored(_) => None,
    };
    json!({
        "kind": "delivery",
        "received_at": report.received_at.unix_timestamp(),
        "platform": report.platform,
        "event": report.event,
        "id": report.id,
        "trust": report.trust,
        "verdict": report.verdict.as_str(),
        "error": kind.map(|kind| kind.as_str()),
        "reason": report.reason(),
        "status": report.status.as_u16(),
        "microseconds": u64::try_from(report.took.as_micros()).unwrap_or(u64::MAX),
        "sample": sample.map(|(case, _)| case.as_str()),
        "as_expected": sample.map(|(_, as_expected)| as_expected),
    })
}

fn clock(time: OffsetDateTime) -> String {
    let (hour, minute, second) = time.to_hms();
    format!("{hour:02}:{minute:02}:{second:02}")
}
