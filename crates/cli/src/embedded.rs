//! `refhook fixtures`: the embedded deliveries of every platform.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use referral_webhooks_fixtures::{Expected, Fixture, all, of_platform};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::failure::{Failure, Outcome};
use crate::message;
use crate::output::is_json;
use crate::sender::{Sender, date};
use crate::terminal::{self, DIM};

/// Shows the embedded fixtures: deliveries as on the wire, with their expected verdicts.
#[derive(Debug, Args)]
pub(crate) struct FixturesCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    List(List),
    Show(Show),
}

const LIST_EXAMPLES: &str = "\
Examples:
  refhook fixtures list
  refhook fixtures list redpin --output json";

/// Lists the fixtures of a platform, or all of them, with the expected event or refusal of each.
#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
struct List {
    /// The platform, by its name in URLs.
    #[arg(value_name = "PLATFORM")]
    platform: Option<String>,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  refhook fixtures show redpin/referral-created
  refhook fixtures show redpin/too-old | refhook verify --platform redpin";

/// Writes a fixture, which `refhook verify` and `refhook sign` read: its origin, secret and time, and the request.
#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
struct Show {
    /// The platform and the name, as `refhook fixtures list` has them.
    #[arg(value_name = "NAME")]
    name: String,
}

impl FixturesCommand {
    /// Runs the subcommand.
    pub(crate) fn run(self) -> Outcome {
        match self.act {
            Act::List(list) => list.run(),
            Act::Show(show) => show.run(),
        }
    }
}

impl List {
    fn run(self) -> Outcome {
        let help = "`refhook fixtures list` lists the fixtures of all platforms";
        let fixtures: Vec<Fixture> = match &self.platform {
            Some(name) => {
                let sender = Sender::platform(name).map_err(|cause| Failure::usage(cause, help))?;
                of_platform(&sender.name).collect()
            }
            None => all().collect(),
        };
        let mut out = anstream::stdout();
        for fixture in fixtures {
            let (event, refusal) = outcome(&fixture);
            if is_json() {
                let object = json!({
                    "kind": "fixture",
                    "platform": fixture.platform,
                    "name": fixture.name,
                    "accepted": refusal.is_none(),
                    "event": event,
                    "refusal": refusal,
                    "is_sample": fixture.is_sample,
                });
                writeln!(out, "{}", terminal::json_line(&object))?;
            } else {
                let expected = refusal.map(str::to_owned).or(event).unwrap_or_else(|| "-".to_owned());
                writeln!(out, "{}  {DIM}{}{DIM:#}", fixture.path(), terminal::printable(&expected))?;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the name of the expected event, and the expected refusal as one word.
fn outcome(fixture: &Fixture) -> (Option<String>, Option<&'static str>) {
    match fixture.expected {
        Expected::Event(text) => {
            let expected: Value = serde_json::from_str(text).unwrap_or_default();
            (expected["name"].as_str().map(str::to_owned), None)
        }
        Expected::Error { kind, .. } => (None, Some(kind)),
    }
}

impl Show {
    fn run(self) -> Outcome {
        let fixture = all().find(|fixture| fixture.path() == self.name).ok_or_else(|| {
            let help = "`refhook fixtures list` lists the names, such as `redpin/referral-created`";
            Failure::usage(format!("there is no fixture `{}`", self.name), help)
        })?;
        let text = text(&fixture)?;
        let mut out = io::stdout().lock();
        if is_json() {
            let text = String::from_utf8_lossy(&text);
            writeln!(out, "{}", terminal::json_line(&json!({ "kind": "fixture", "name": fixture.path(), "text": text })))?;
        } else {
            crate::print::write_exactly(&mut out, &text)?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns a fixture in the format of `fixtures/README.md`.
fn text(fixture: &Fixture) -> Result<Vec<u8>, Failure> {
    let mut lines = Vec::new();
    let mut line = |key: &str, value: &dyn std::fmt::Display| lines.push(format!("# {key}: {value}\n"));
    fixture.sources.iter().for_each(|source| line("source", source));
    fixture.secrets.iter().for_each(|secret| line("secret", secret));
    let now = OffsetDateTime::from_unix_timestamp(fixture.now).map_err(io::Error::other)?;
    line("now", &format_args!("{}Z", date(now)));
    fixture.tokens.iter().for_each(|token| line("token", token));
    fixture.pin.iter().for_each(|pin| line("pin", pin));
    fixture.tolerance.iter().for_each(|seconds| line("tolerance", seconds));
    fixture.body_limit.iter().for_each(|bytes| line("body-limit", bytes));
    for (key, is_set) in [
        ("accept-stale", fixture.accept_stale),
        ("retry-bad-signatures", fixture.retry_bad_signatures),
        ("sample", fixture.is_sample),
    ] {
        if is_set {
            line(key, &"yes");
        }
    }
    let message = message::write_announcing(&fixture.request, "\n", fixture.content_length);
    Ok([lines.concat().as_bytes(), &message, b"\n"].concat())
}
