//! `refhook profile check`: the effects of a profile, and its reading of requests.

use std::io::{self, Write as _};
use std::process::ExitCode;

use referral_webhooks::platform::Platform as _;
use referral_webhooks::profile::Profile;
use serde_json::json;
use time::OffsetDateTime;

use super::examined::Examined;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::inquiry::unix_time;
use crate::message::{self, Incoming};
use crate::output::Output;
use crate::profile_file;
use crate::secret::{RawSecret, SecretArgs, of_platform};
use crate::source::{Source, only_one_stdin};
use crate::terminal::{self, BOLD, DIM, GREEN, YELLOW, printable};

/// The examples of `--help`.
const EXAMPLES: &str = "\
Examples:
  refhook profile check acme.toml
  refhook profile check acme.toml captured.http
  refhook profile check acme.toml --secret-env ACME_SECRET --now 1768473000 first.http second.http
  refhook profile check acme.toml --output json

A profile:
  name = \"acme\"
  personal = [\"/customer\"]

  [scheme]
  kind = \"body-hmac\"
  header = \"X-Acme-Signature\"
  encoding = \"hex\"

  [event]
  name = \"/type\"
  id = \"/id\"

  [contract]
  success = [200]
  give-up = \"3d\"";

/// Checks a profile, and explains it: proof, name, id and its strength, items, time, contract, and open
/// points. Shows its reading of each request. Ends with 0 if the profile is valid and no request is refused, with 1 if the
/// profile is invalid, and with 3 if a request is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    #[command(flatten)]
    secrets: SecretArgs,

    /// The time of arrival in Unix seconds; by default, this machine's time.
    #[arg(long, value_name = "UNIX", value_parser = unix_time, allow_hyphen_values = true)]
    now: Option<OffsetDateTime>,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,

    /// The profile, a TOML file.
    #[arg(value_name = "FILE")]
    file: Source,

    /// Requests as they came over the wire. Without a secret, they are read and not verified.
    #[arg(value_name = "REQUEST")]
    requests: Vec<Source>,
}

impl Check {
    /// Explains the profile, and examines the requests.
    pub(crate) fn run(self) -> Outcome {
        only_one_stdin(self.secrets.secret_file.iter().chain(&self.requests).chain([&self.file]))?;
        let profile = profile_file::read(&self.file)?;
        let secrets = if self.secrets.is_empty() { Vec::new() } else { self.secrets.read()? };
        if !secrets.is_empty() && self.requests.is_empty() {
            return Err(Failure::usage("a secret is given without a request", "name the requests that it signs"));
        }
        let secrets = of_platform(secrets, profile.facts().name)?;
        let texts: Vec<&str> = secrets.iter().map(RawSecret::text).collect::<Result<_, _>>()?;
        let now = self.now.unwrap_or_else(OffsetDateTime::now_utc);
        explain(profile, self.output)?;
        let mut all_accepted = true;
        for source in &self.requests {
            let incoming = Incoming::read(source.read(message::MOST)?)?;
            let examined = Examined::new(profile, &texts, &incoming, now).map_err(|error| {
                Failure::usage(
                    format!("the secret, for {}: {error}", profile.facts().name),
                    "give the secret of this endpoint",
                )
            })?;
            all_accepted &= !examined.is_refused();
            examined.print(&source.to_string(), self.output)?;
        }
        Ok(if all_accepted { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
    }
}

fn explain(profile: Profile, output: Output) -> io::Result<()> {
    let mut out = anstream::stdout();
    let facts = profile.facts();
    let digest: String = profile.digest().iter().map(|byte| format!("{byte:02x}")).collect();
    if output == Output::Json {
        let settings = profile.explain().into_iter().map(|(topic, text)| json!({ "topic": topic, "text": text }));
        let notices = profile.notices();
        let notices = notices.iter().map(|notice| json!({ "notice": notice.as_str(), "text": notice.to_string() }));
        let object = json!({
            "profile": facts.name,
            "title": facts.title,
            "digest": format!("sha256:{digest}"),
            "settings": settings.collect::<Vec<_>>(),
            "notices": notices.collect::<Vec<_>>(),
        });
        writeln!(out, "{}", terminal::json_line(&object))?;
        return out.flush();
    }
    let title = printable(facts.title);
    writeln!(out, "{GREEN}✓ valid profile{GREEN:#}: {BOLD}{title}{BOLD:#} ({})", facts.name)?;
    writeln!(out, "  {DIM}digest{DIM:#}      sha256:{digest}")?;
    for (topic, text) in profile.explain() {
        writeln!(out, "  {DIM}{topic:<10}{DIM:#}  {}", printable(&text))?;
    }
    for notice in profile.notices() {
        writeln!(out, "{YELLOW}note{YELLOW:#}: {notice}")?;
    }
    out.flush()
}
