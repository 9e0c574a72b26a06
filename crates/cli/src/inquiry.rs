//! A received request with everything that its verdict depends on.

use referral_webhooks::Tolerance;
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::fixture::Fixture;
use crate::message::{self, Incoming};
use crate::note::note;
use crate::secret::{RawSecret, SecretArgs, of_platform, without_line_end};
use crate::sender::{Question, Sender, SenderArgs};
use crate::source::{Source, only_one_stdin};
use crate::verdict::Verdict;

/// The arguments of an inquiry.
#[derive(Debug, clap::Args)]
pub(crate) struct InquiryArgs {
    #[command(flatten)]
    sender: SenderArgs,

    #[command(flatten)]
    secrets: SecretArgs,

    /// The time of arrival in Unix seconds; by default, this machine's time.
    #[arg(long, value_name = "UNIX", value_parser = unix_time, allow_hyphen_values = true)]
    now: Option<OffsetDateTime>,

    /// The maximum distance of the signed time from `--now`, in both directions, at most a day; by default, the
    /// platform's own, and five minutes for a scheme alone.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=86_400))]
    tolerance: Option<u64>,

    /// The request as it came over the wire (request line, headers, an empty line, the body), in a file or from
    /// standard input; at most 8 MiB. The body ends after `content-length` bytes, or else with the file. A fixture has lines
    /// `# key: value` before the request, which name secret, time and the rest, unless the command line does; its platform is the
    /// name of its folder.
    #[arg(value_name = "REQUEST")]
    request: Option<Source>,
}

/// A received request with everything that its verdict depends on.
pub(crate) struct Inquiry {
    pub(crate) sender: Sender,
    pub(crate) secrets: Vec<RawSecret>,
    pub(crate) incoming: Incoming,
    pub(crate) now: OffsetDateTime,
    pub(crate) tolerance: Option<Tolerance>,
}

impl InquiryArgs {
    /// Reads secrets and request.
    pub(crate) fn read(&self) -> Result<Inquiry, Failure> {
        let request = self.request.clone().unwrap_or(Source::Stdin);
        only_one_stdin(self.secrets.secret_file.iter().chain([&request]).chain(self.sender.profile()))?;
        // What is given is checked before standard input is awaited, and a fixture names the rest.
        let may_be_fixture = !request.is_terminal();
        let sender = (self.sender.is_given() || !may_be_fixture).then(|| self.sender.sender()).transpose()?;
        let secrets = (!self.secrets.is_empty() || !may_be_fixture).then(|| self.secrets.read()).transpose()?;
        let fixture = Fixture::read(request.read(message::MOST)?, &request)?;
        let mut sender = match (sender, fixture.sender()) {
            (Some(sender), _) => sender,
            (None, Some(sender)) => sender?,
            (None, None) => self.sender.sender()?,
        };
        sender.demands = fixture.demands.clone();
        let secrets = match secrets {
            Some(secrets) => secrets,
            None => fixture.secrets().map_or_else(|| self.secrets.read(), Ok)?,
        };
        let secrets = of_platform(secrets, &sender.name)?;
        let (now, tolerance) = (self.now.or(fixture.now), self.tolerance.or(fixture.tolerance));
        let incoming = Incoming::read(fixture.message)?;
        // An editor appends a line end after the body, so it needs no note.
        if !without_line_end(&incoming.surplus).is_empty() {
            let length = incoming.surplus.len();
            note(format_args!("{length} bytes after the end of the body are ignored"));
        }
        let now = now.unwrap_or_else(OffsetDateTime::now_utc);
        Ok(Inquiry { sender, secrets, incoming, now, tolerance: tolerance.map(Tolerance::seconds) })
    }
}

impl Inquiry {
    /// Returns the verdict of the sender's endpoint, or the reason for which a secret is invalid.
    pub(crate) fn judge(&self) -> Result<Verdict, String> {
        let Self { sender, secrets, incoming, now, tolerance } = self;
        let secrets: Result<Vec<&str>, _> = secrets.iter().map(RawSecret::text).collect();
        let secrets = secrets.map_err(|_| "it is not UTF-8")?;
        let question = Question { secrets: &secrets, tolerance: *tolerance, incoming, now: *now };
        sender.judge(&question).map_err(|error| error.to_string())
    }
}

/// Parses Unix seconds.
pub(crate) fn unix_time(text: &str) -> Result<OffsetDateTime, String> {
    let seconds: i64 = text.parse().map_err(|_| "expected Unix seconds, such as 1768473000".to_owned())?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| "beyond the year 9999; are these milliseconds?".to_owned())
}
