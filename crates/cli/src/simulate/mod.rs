//! `refhook simulate`: a platform with its retries, played on a virtual clock against a running endpoint.
//!
//! `play.rs` is the course, `clock.rs` the virtual clock, `scenario.rs` the script. `events.rs` makes events with distinct
//! ids, `signer.rs` signs them so that the endpoint's real clock sees consistent times, `schedule.rs` has the times of
//! retries, `tally.rs` the counts, and `screen.rs` the output.

mod clock;
mod delivery;
mod events;
mod made;
mod play;
mod played;
mod random;
mod scenario;
mod schedule;
mod screen;
mod signer;
mod span;
mod tally;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Uri;
use time::OffsetDateTime;

use self::clock::{Clock, Speed};
use self::events::{Events, Trial};
use self::play::Play;
use self::scenario::{Scenario, Script};
use self::schedule::Schedule;
use self::screen::Screen;
use self::signer::{Keys, Signer, Timestamps};
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::Output;
use crate::progress::Progress;
use crate::secret::{RawSecret, SecretArgs, of_platform};
use crate::send::{absolute, bodies, shown};
use crate::sender::{Sender, SenderArgs};
use crate::source::only_one_stdin;
use crate::tls::TlsArgs;

const DAY: Duration = Duration::from_secs(86_400);

/// Plays a platform against a running endpoint, by the platform's contract and on a virtual clock.
///
/// It keeps the platform's deadline, reads each answer as the platform does, retries at the platform's times with the same
/// delivery id, gives up, and disables or removes the endpoint. A redirection is not followed. At the end, it prints a table.
///
/// Ends with 0 if every delivery was accepted, and with 1 if one was lost or the simulation was interrupted.
///
/// The clock: while a request is under way, the virtual clock has the pace of the real one, so that an answer takes the same
/// time on both. Between requests it runs at `--speed`, or jumps to the next attempt.
///
/// The signed times: your endpoint has the real clock. A fresh time is signed as the real present. A kept one is signed so
/// that its age at your endpoint equals its virtual age: 20 virtual hours after the first attempt it is 20 hours old, and a
/// tolerance of 5 minutes refuses it as in reality. A time inside the body is the same in all attempts, because it is a part
/// of the delivery, until the virtual age exceeds the platform's tolerance.
///
/// The events are the fixtures of the platform in turn, or the sample of a profile. Each has its own delivery id.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Simulate {
    /// The platform, by its name in URLs. `--platform` and `--profile` are the other ways to name it.
    #[arg(value_name = "PLATFORM")]
    name: Option<String>,

    #[command(flatten)]
    sender: SenderArgs,

    #[command(flatten)]
    secrets: SecretArgs,

    #[command(flatten)]
    tls: TlsArgs,

    /// The URL of the endpoint; a token is appended to its path.
    #[arg(long, value_name = "URL", value_parser = absolute)]
    to: Uri,

    /// The course of events.
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    scenario: Scenario,

    /// The pace of the virtual clock between requests: a factor such as `3600x`, or `max`.
    #[arg(long, default_value = "max", value_name = "FACTOR")]
    speed: Speed,

    /// The number of events; by default 24, and in a burst the rate times the duration.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: Option<u32>,

    /// The virtual time between the first event and the end of the last; by default 24h, and in a burst 10s.
    #[arg(long, value_name = "TIME", value_parser = span::parse)]
    duration: Option<Duration>,

    /// The virtual length of an outage, from the start; by default 24h. The simulator does not connect until its end, as if
    /// each connection was refused.
    #[arg(long, value_name = "TIME", value_parser = span::parse)]
    down_for: Option<Duration>,

    /// The number of events a second in a burst; by default 100.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,

    /// Sends only this event; several are possible.
    #[arg(long, value_name = "NAME")]
    event: Vec<String>,

    /// The signed time of retries, instead of the platform's own.
    #[arg(long, value_enum, value_name = "KIND")]
    timestamps: Option<Timestamps>,

    /// Assumes a single attempt if the platform does not publish the times of its retries.
    #[arg(long)]
    assume_no_retries: bool,

    /// The virtual time after which a delivery counts as lost although the platform goes on.
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = span::parse)]
    patience: Duration,

    /// The maximum number of concurrent requests.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,

    /// Decides about ids and chance; by default another one each time. The same seed makes the same ids.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u32>,

    /// Prints a line for each event.
    #[arg(long, short)]
    verbose: bool,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  refhook simulate redpin --to http://localhost:8080/hooks/redpin --secret-file redpin.secret
  refhook simulate redpin --to http://localhost:8080/hooks/redpin --secret-file redpin.secret --scenario outage
  refhook simulate dub --to http://localhost:8080/hooks/dub --secret-env DUB_SECRET --scenario retries --verbose
  refhook simulate tolt --to http://localhost:8080/hooks/tolt --secret-file new.secret --secret-file old.secret --scenario rotation
  refhook simulate --profile acme.toml --to http://localhost:8080/hooks/acme --secret-file acme.secret --scenario burst --rate 500

The 48 hours of Genius Referrals in ten seconds:
  refhook simulate genius-referrals --to http://localhost:8080/hooks/genius --secret-file genius.secret --scenario outage --down-for 48h --count 1 --speed 17280x

The table:
  events     in the script
  sent       events with at least one attempt
  attempts   requests, and connections that failed
  accepted   the platform takes the delivery as done
  repeated   attempts after an answer that accepts it
  retried    attempts that the platform's schedule asks for
  lost       the platform does not send the delivery again
  forbidden  answers that lose events or harm the endpoint

Not played: random delays, and `Retry-After`.";

impl Simulate {
    /// Plays the platform, and prints the table.
    pub(crate) fn run(self) -> Outcome {
        only_one_stdin(self.secrets.secret_file.iter().chain(self.sender.profile()))?;
        let sender = self.sender()?;
        let script = self.script()?;
        let raw = of_platform(self.secrets.read()?, &sender.name)?;
        sender.check(&raw)?;
        let secrets: Vec<&str> = raw.iter().map(RawSecret::text).collect::<Result<_, _>>()?;
        let keys = self.keys(&sender, &secrets, &script)?;
        let started_at = OffsetDateTime::now_utc();
        let events = self.events(&sender, &secrets, u64::from(self.run_number(&script)), started_at)?;
        let timestamps = self.timestamps(&sender, &events)?;
        let schedule = Schedule::of(sender.contract, !self.assume_no_retries, self.patience);
        self.print_assumptions(&sender, &schedule);
        let url = shown(&self.to, &secrets);
        let screen =
            Screen { sender: &sender.name, url: &url, output: self.output, is_verbose: self.verbose, started_at };
        let real_until = if script.scenario == Scenario::Burst { script.duration } else { Duration::ZERO };
        let total = u64::from(script.count);
        let play = Play {
            script,
            schedule,
            events: &events,
            signer: Signer { sender: &sender, keys, timestamps, to: self.to.clone() },
            client: Arc::new(Client::new(&self.to, sender.contract.deadline, &self.tls)?),
            connections: usize::from(self.connections),
            clock: Clock::new(self.speed, real_until),
            screen: screen.clone(),
            progress: if self.verbose {
                Progress::beside_output("ended", total)
            } else {
                Progress::new("ended", total)
            },
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let begun = Instant::now();
        let played = runtime.block_on(play.run())?;
        screen.table(&script, &played, begun.elapsed())?;
        let is_whole = played.tally.lost() == 0 && !played.is_interrupted;
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Returns the platform.
    fn sender(&self) -> Result<Sender, Failure> {
        let help = "give it once: `refhook simulate PLATFORM`, or `--platform NAME`, or `--profile FILE`";
        let sender = match (&self.name, self.sender.is_given()) {
            (Some(_), true) => return Err(Failure::usage("the platform is named twice", help)),
            (None, false) => return Err(Failure::usage("the platform is missing", help)),
            (Some(name), false) => Sender::platform(name).map_err(|cause| Failure::usage(cause, help))?,
            (None, true) => self.sender.sender()?,
        };
        if !sender.is_platform() {
            return Err(Failure::usage(
                "a scheme alone has no contract to play",
                "describe it by a profile: `--profile FILE`",
            ));
        }
        Ok(sender)
    }

    /// Returns the script. Fails if an option belongs to another scenario.
    fn script(&self) -> Result<Script, Failure> {
        let (is_outage, is_burst) = (self.scenario == Scenario::Outage, self.scenario == Scenario::Burst);
        for (is_given, belongs, option, scenario) in [
            (self.down_for.is_some(), is_outage, "--down-for", "outage"),
            (self.rate.is_some(), is_burst, "--rate", "burst"),
        ] {
            if is_given && !belongs {
                let cause = format!("`{option}` belongs to `--scenario {scenario}`");
                return Err(Failure::usage(cause, format!("add `--scenario {scenario}`, or leave `{option}` out")));
            }
        }
        let (count, duration) = match (is_burst, self.count, self.duration) {
            (false, count, duration) => (count.unwrap_or(24), duration.unwrap_or(DAY)),
            (true, Some(_), Some(_)) => {
                let help = "leave `--count` or `--duration` out: a burst has `--rate` events a second";
                return Err(Failure::usage("a burst has two lengths", help));
            }
            (true, Some(count), None) => (count, Duration::from_secs(1) * count / self.rate.unwrap_or(100)),
            (true, None, duration) => {
                let duration = duration.unwrap_or(Duration::from_secs(10));
                let count = duration.as_millis().saturating_mul(u128::from(self.rate.unwrap_or(100))) / 1_000;
                let count = u32::try_from(count).unwrap_or(u32::MAX).clamp(1, 100_000);
                (count, duration)
            }
        };
        let down_for = if is_outage { self.down_for.unwrap_or(DAY) } else { Duration::ZERO };
        let seed = match self.seed {
            Some(seed) => seed,
            None => {
                let mut random = [0; 4];
                getrandom::fill(&mut random).map_err(std::io::Error::other)?;
                u32::from_ne_bytes(random)
            }
        };
        Ok(Script { scenario: self.scenario, seed: u64::from(seed), count, duration, down_for })
    }

    /// Returns the part of all ids that belongs to this simulation.
    fn run_number(&self, script: &Script) -> u32 {
        u32::try_from(random::draw(script.seed, 0, 0) >> 32).unwrap_or_default()
    }

    /// Returns the keys. A rotation needs two secrets.
    fn keys(&self, sender: &Sender, secrets: &[&str], script: &Script) -> Result<Keys, Failure> {
        let verifier = |secrets: &[&str]| sender.verifier(secrets).map_err(std::io::Error::other);
        if self.scenario != Scenario::Rotation {
            return Ok(Keys::constant(verifier(secrets)?));
        }
        let [current, previous] = secrets else {
            let help = "give the new one first: `--secret-file new.secret --secret-file old.secret`";
            return Err(Failure::usage("a rotation needs two secrets", help));
        };
        Ok(Keys::rotated(script.rotates_at(), verifier(&[previous])?, verifier(secrets)?, verifier(&[current])?))
    }

    /// Returns the events.
    fn events(&self, sender: &Sender, secrets: &[&str], run: u64, now: OffsetDateTime) -> Result<Events, Failure> {
        let bodies: Vec<Bytes> = match (sender.profile, self.event.is_empty()) {
            (Some(_), false) => {
                return Err(Failure::usage("a profile has no fixtures", "leave `--event` out for its sample"));
            }
            (Some(profile), true) => vec![profile.sample(now)],
            (None, _) => bodies(&sender.name, &self.event)?,
        };
        let verifier = sender.verifier(secrets).map_err(std::io::Error::other)?;
        Events::new(bodies, run, &Trial { sender, verifier: &verifier, secrets, now })
    }

    /// Returns the signed time of retries.
    fn timestamps(&self, sender: &Sender, events: &Events) -> Result<Timestamps, Failure> {
        if events.have_times() && self.timestamps == Some(Timestamps::Fresh) {
            let help = "leave `--timestamps` out: the time of the first attempt is a part of the body";
            return Err(Failure::usage("the signed time is in the body, and a retry has the same body", help));
        }
        let (own, _) = Timestamps::of(sender.contract.retry_time);
        Ok(self.timestamps.unwrap_or(own))
    }

    /// Prints the assumptions that a table of this platform rests on.
    fn print_assumptions(&self, sender: &Sender, schedule: &Schedule) {
        if let Some(assumption) = schedule.assumption() {
            note(format_args!("assumed: {assumption}"));
        }
        let (_, is_assumed) = Timestamps::of(sender.contract.retry_time);
        if is_assumed && self.timestamps.is_none() && sender.scheme.signs_time() {
            note(
                "assumed: a retry has a fresh signed time, because the platform does not publish it; `--timestamps kept` \
                 plays the other reading",
            );
        }
    }
}
