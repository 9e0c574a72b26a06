//! The table of a run, for people or for scripts.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::Duration;

use serde_json::json;

use super::case::Case;
use super::delivery::Maker;
use super::finding::{Finding, Verdict};
use crate::output::Output;
use crate::terminal::{BOLD, DIM, GREEN, RED, YELLOW, printable};

/// A case, and its result.
pub(super) struct Row {
    pub(super) case: &'static Case,
    pub(super) finding: Finding,
    pub(super) took: Duration,
}

/// The table of a run.
pub(super) struct Report {
    platform: String,
    url: String,
    output: Output,
}

impl Report {
    pub(super) fn new(platform: &str, url: String, output: Output) -> Self {
        Self { platform: platform.to_owned(), url, output }
    }

    /// Prints what is about to happen, and the head of the table.
    pub(super) fn begin(&self, maker: &Maker, cases: usize) -> io::Result<()> {
        let mark = maker.mark();
        let kind = if maker.is_test() { "deliveries marked as tests" } else { "real deliveries to its handler" };
        anstream::eprintln!(
            "note: the valid deliveries are {kind}; their ids have the mark `{mark}`, or are numbers that begin with 9"
        );
        if self.output == Output::Json {
            return Ok(());
        }
        let mut out = anstream::stdout();
        let (platform, url) = (&self.platform, printable(&self.url));
        writeln!(out, "{BOLD}{platform}{BOLD:#} at {url}, {cases} cases")?;
        writeln!(out, "\n  {BOLD}{:<17} {:<28} {:<8}  came{BOLD:#}", "case", "expected", "verdict")?;
        out.flush()
    }

    /// Prints a result.
    pub(super) fn row(&self, row: &Row) -> io::Result<()> {
        let mut out = anstream::stdout();
        match self.output {
            Output::Json => writeln!(out, "{}", self.object(row))?,
            Output::Text => {
                let Row { case, finding, .. } = row;
                let (mark, style) = match finding.verdict {
                    Verdict::Passed => ('✓', GREEN),
                    Verdict::Noted => ('!', YELLOW),
                    Verdict::Unseen => ('?', YELLOW),
                    Verdict::Skipped => ('-', DIM),
                    Verdict::Failed => ('✗', RED),
                };
                let verdict = finding.verdict.as_str();
                let (name, expected) = (case.name, case.expected);
                let is_skipped = finding.verdict == Verdict::Skipped;
                // The reason of a skipped case is all that there is to say.
                let came = finding.reason.as_deref().filter(|_| is_skipped).unwrap_or(&finding.came);
                let came = printable(came);
                writeln!(out, "{style}{mark}{style:#} {name:<17} {expected:<28} {style}{verdict:<8}{style:#}  {came}")?;
                let details = [("why", &finding.reason), ("next", &finding.next)].into_iter().filter(|_| !is_skipped);
                for (word, text) in details.filter_map(|(word, text)| Some((word, text.as_ref()?))) {
                    writeln!(out, "    {DIM}{word:<5}{DIM:#} {}", printable(text))?;
                }
            }
        }
        out.flush()
    }

    /// Prints the number of results of each kind.
    pub(super) fn end(&self, rows: &[Row]) -> io::Result<()> {
        let mut counts = BTreeMap::new();
        for row in rows {
            *counts.entry(row.finding.verdict).or_insert(0_u32) += 1;
        }
        let count = |verdict| counts.get(&verdict).copied().unwrap_or_default();
        let mut out = anstream::stdout();
        match self.output {
            Output::Json => {
                let object = json!({
                    "kind": "summary",
                    "platform": self.platform,
                    "url": self.url,
                    "passed": count(Verdict::Passed),
                    "noted": count(Verdict::Noted),
                    "not_seen": count(Verdict::Unseen),
                    "skipped": count(Verdict::Skipped),
                    "failed": count(Verdict::Failed),
                });
                writeln!(out, "{object}")?;
            }
            Output::Text => {
                let verdicts = [Verdict::Passed, Verdict::Noted, Verdict::Unseen, Verdict::Skipped, Verdict::Failed];
                let parts = verdicts.map(|verdict| format!("{} {}", count(verdict), verdict.as_str()));
                let style = if count(Verdict::Failed) == 0 { GREEN } else { RED };
                writeln!(out, "\n{style}{}{style:#}", parts.join(", "))?;
            }
        }
        out.flush()
    }

    fn object(&self, row: &Row) -> serde_json::Value {
        let Row { case, finding, took } = row;
        json!({
            "kind": "case",
            "platform": self.platform,
            "case": case.name,
            "expected": case.expected,
            "came": finding.came,
            "verdict": finding.verdict.as_str().replace(' ', "_"),
            "reason": finding.reason,
            "next": finding.next,
            "microseconds": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        })
    }
}

/// Prints the cases.
pub(super) fn list(cases: &[&Case], output: Output) -> io::Result<()> {
    let mut out = anstream::stdout();
    for case in cases {
        let Case { name, expected, about, .. } = case;
        match output {
            Output::Json => {
                writeln!(out, "{}", json!({ "kind": "case", "case": name, "expected": expected, "about": about }))?;
            }
            Output::Text => writeln!(out, "{BOLD}{name:<17}{BOLD:#} {expected:<28} {about}")?,
        }
    }
    out.flush()
}
