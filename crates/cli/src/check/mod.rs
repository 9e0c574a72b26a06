//! `refhook check`: acts as a platform against a running endpoint, and judges the answers.
//!
//! - Guarantees: every case ends in time. A passed case was seen; what answers do not show is named as such.
//! - Assumes: the secret is the endpoint's, and the clocks agree.
//! - Without it: a forgotten check of the signature shows when rewards are invented, and a wrong status when they are lost.

mod after;
mod age;
mod bench;
mod case;
mod connection;
mod delivery;
mod effects;
mod finding;
mod forged;
mod genuine;
mod inbox;
mod judge;
mod junit;
mod method;
mod processed;
mod question;
mod report;
mod size;
mod spelling;
mod table;
mod unread;
mod url;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Uri;
use referral_webhooks_fixtures::sample;
use time::OffsetDateTime;

use self::bench::{Bench, Settings};
use self::case::Case;
use self::delivery::Maker;
use self::effects::Effects;
use self::finding::{Finding, Verdict};
use self::inbox::Inbox;
use self::report::{Report, Row};
use self::wire::Target;
use crate::client::PATIENCE;
use crate::failure::{Failure, Outcome};
use crate::inbox::database::DbArgs;
use crate::message;
use crate::output::Output;
use crate::secret::{RawSecret, SecretArgs, of_platform};
use crate::send::{absolute, events, shown};
use crate::sender::{Sender, SenderArgs};
use crate::source::{Source, only_one_stdin};
use crate::tls::TlsArgs;

/// Acts as a platform against a running endpoint, and prints a table: the case, the expected answer, the answer, and the
/// verdict with its reason and the next step. Ends with 0 if no case failed, and with 1 otherwise.
///
/// The valid deliveries are real deliveries to the handler, and it processes them. Run this command against staging, or with
/// the event of a test campaign (`--event`, `--body`). Their ids begin with `refhook-check-`, as UUIDs with `c4ecc4ec`, and as
/// numbers with 9. Every request has the header `refhook-case` with the name of its case. A platform's mark for tests is set.
///
/// An answer does not show how often a delivery was processed. Give the endpoint's inbox (`--db`), or a count of the effects
/// (`--effects`): a URL that answers with a number, or a command that prints one.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// The URL of the endpoint. A token at its end may be left out.
    #[arg(value_name = "URL", value_parser = absolute, required_unless_present = "list")]
    url: Option<Uri>,

    #[command(flatten)]
    sender: SenderArgs,

    #[command(flatten)]
    secrets: SecretArgs,

    /// The event of the valid delivery; by default, the platform's sample.
    #[arg(long, value_name = "NAME", conflicts_with = "body")]
    event: Option<String>,

    /// The body of the valid delivery, in a file or from standard input (`-`). Its ids are replaced.
    #[arg(long, value_name = "FILE")]
    body: Option<Source>,

    /// Runs this case alone; several are possible.
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    only: Vec<String>,

    /// Leaves this case out; several are possible.
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    skip: Vec<String>,

    /// Lists the cases, and sends no request.
    #[arg(long)]
    list: bool,

    /// The time to wait for an answer, in seconds; by default, the platform's deadline, or 30 seconds if it has none.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: Option<u64>,

    /// The time that processing may take, in seconds, for `--db` and `--effects`.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    wait: u64,

    /// The endpoint's limit on bodies, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 1_048_576, value_parser = clap::value_parser!(u32).range(1..=67_108_864))]
    limit: u32,

    #[command(flatten)]
    db: DbArgs,

    /// A count of the effects of deliveries: a URL that answers with a number, or a command that prints one.
    #[arg(long, value_name = "URL-OR-COMMAND")]
    effects: Option<String>,

    /// Also writes the results as a JUnit report, for CI.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    #[command(flatten)]
    tls: TlsArgs,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  refhook check http://localhost:3000/hooks/redpin --platform redpin --secret-file redpin.secret
  refhook check https://staging.shop.example/hooks/dub --platform dub --secret-env DUB_SECRET --junit check.xml
  refhook check http://localhost:3000/hooks/redpin --platform redpin --secret-file redpin.secret --db shop.db
  refhook check http://localhost:3000/hooks/dub --platform dub --secret-env DUB_SECRET \\
    --effects 'psql -Atc \"SELECT count(*) FROM reward\" shop'
  refhook check http://localhost:3000/hooks/acme --profile acme.toml --secret-file acme.secret --only valid,wrong-secret
  refhook check --list";

impl Check {
    /// Runs the cases, and prints their results.
    pub(crate) fn run(self) -> Outcome {
        let cases = self.cases()?;
        if self.list {
            report::list(&cases, self.output)?;
            return Ok(ExitCode::SUCCESS);
        }
        let sources = self.secrets.secret_file.iter().chain(&self.body).chain(self.sender.profile());
        only_one_stdin(sources.chain(self.db.keyring_file()))?;
        let sender = self.sender.sender()?;
        let secrets = of_platform(self.secrets.read()?, &sender.name)?;
        sender.check(&secrets)?;
        let secrets: Vec<&str> = secrets.iter().map(RawSecret::text).collect::<Result<_, _>>()?;
        let url = self.url.clone().unwrap_or_default();
        let to = without_token(&url, &secrets);
        let patience = self.timeout.map(Duration::from_secs).or(sender.contract.deadline).unwrap_or(PATIENCE);
        let (name, sample) = (sender.name.clone(), self.sample(&sender)?);
        let mut maker = Maker::new(sender, &secrets, to.clone(), sample)?;
        if self.body.is_none() {
            maker.mark_as_test();
        }
        let target = Target::new(&to, &self.tls)?;
        let effects = self.effects.as_deref().map(|text| Effects::new(text, &self.tls)).transpose()?;
        let report = Report::new(&name, shown(&to, &secrets), self.output);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let rows = runtime.block_on(async {
            let inbox = Inbox::open(&self.db).await?;
            if let Some(effects) = &effects {
                let help = "give a URL that answers with a number, or a command that prints one";
                effects.number().await.map_err(|error| Failure::new(format!("`--effects`: {error}"), help))?;
            }
            report.begin(&maker, cases.len())?;
            let wait = Duration::from_secs(self.wait);
            let settings = Settings { patience, wait, limit: self.limit as usize, inbox, effects };
            run(Bench::new(maker, target, &secrets, settings), &cases, &report).await
        })?;
        report.end(&rows)?;
        if let Some(file) = &self.junit {
            let help = "give a path that can be written";
            junit::write(file, &name, &rows)
                .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", file.display()), help))?;
        }
        let has_failed = rows.iter().any(|row| row.finding.verdict == Verdict::Failed);
        Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Returns the chosen cases. Fails if a name is unknown, or if none is left.
    fn cases(&self) -> Result<Vec<&'static Case>, Failure> {
        let help = || format!("the cases are {}", table::names());
        let is_known = |name: &&String| table::all().any(|case| case.name == **name);
        if let Some(unknown) = self.only.iter().chain(&self.skip).find(|name| !is_known(name)) {
            let name = crate::terminal::printable(unknown);
            return Err(Failure::usage(format!("there is no case `{name}`"), help()));
        }
        let chosen = |case: &&Case| {
            let is_in = |names: &[String]| names.iter().any(|name| name == case.name);
            (self.only.is_empty() || is_in(&self.only)) && !is_in(&self.skip)
        };
        let cases: Vec<&Case> = table::all().filter(chosen).collect();
        if cases.is_empty() { Err(Failure::usage("no case is left", help())) } else { Ok(cases) }
    }

    /// Returns the body of the valid delivery.
    fn sample(&self, sender: &Sender) -> Result<Bytes, Failure> {
        match (&self.body, &self.event, sender.profile) {
            (Some(source), ..) => Ok(source.read(message::MOST)?.into()),
            (None, Some(_), Some(_)) => {
                let help = "give `--body FILE`, or leave the event out for the sample of the profile";
                Err(Failure::usage("a profile has no fixtures", help))
            }
            (None, None, Some(profile)) => Ok(profile.sample(OffsetDateTime::now_utc())),
            (None, Some(event), None) if sender.is_platform() => events::body(&sender.name, Some(event)),
            (None, None, None) if sender.is_platform() => match sample(&sender.name) {
                Some(fixture) => Ok(fixture.request.into_body()),
                None => Err(Failure::usage("the platform has no sample", "name an event: `--event NAME`")),
            },
            _ => Err(Failure::usage("the body is missing", "a scheme alone needs `--body FILE`")),
        }
    }
}

/// Runs the cases, and prints each result.
async fn run(mut bench: Bench, cases: &[&'static Case], report: &Report) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for case in cases {
        bench.case = case.name;
        let start = Instant::now();
        let finding = match bench.is_unreachable {
            true => Finding::skipped("the endpoint cannot be reached"),
            false => (case.run)(&mut bench).await,
        };
        let row = Row { case, finding, took: start.elapsed() };
        report.row(&row)?;
        rows.push(row);
    }
    Ok(rows)
}

/// Returns the URL without a secret at the end of its path or in its query, because requests get their token there.
fn without_token(url: &Uri, secrets: &[&str]) -> Uri {
    let is_secret = |text: &str| secrets.contains(&text);
    let path = match url.path().trim_end_matches('/').rsplit_once('/') {
        Some((path, last)) if is_secret(last) => path,
        _ => url.path(),
    };
    let is_kept = |pair: &&str| !pair.split_once('=').is_some_and(|(name, value)| name == "token" && is_secret(value));
    let query: Vec<&str> = url.query().into_iter().flat_map(|query| query.split('&')).filter(is_kept).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let mut parts = url.clone().into_parts();
    parts.path_and_query = format!("{}{query}", if path.is_empty() { "/" } else { path }).parse().ok();
    Uri::from_parts(parts).unwrap_or_else(|_| url.clone())
}
