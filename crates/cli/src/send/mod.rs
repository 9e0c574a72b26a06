//! `refhook send`: deliveries as a platform sends them, and its reading of the answers.

pub(crate) mod edit;
pub(crate) mod events;
mod screen;

use std::process::ExitCode;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Uri};
use time::OffsetDateTime;

pub(crate) use self::edit::Edit;
pub(crate) use self::events::bodies;
pub(crate) use self::screen::shown;
use self::screen::{Sent, Series};
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::message;
use crate::output::Output;
use crate::print::{Print, print_request};
use crate::progress::Progress;
use crate::reading::Reading;
use crate::secret::{RawSecret, SecretArgs, of_platform};
use crate::sender::{Sender, SenderArgs};
use crate::signing::SigningArgs;
use crate::source::{Source, only_one_stdin};
use crate::tls::TlsArgs;

/// Sends a delivery as a platform does, and prints the status, the time and the platform's reading of the answer:
/// accepted, retried, lost, or a status that the platform's contract forbids because of its effect. Ends with 0 if every
/// delivery was accepted, and with 1 otherwise.
///
/// The body is an embedded fixture of the event with the present time, a file, or the sample of a profile. The ids in a
/// fixture's body are always the same, so that a receiver takes a second delivery as a repeat; `--set` changes them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Send {
    /// The platform and the event: `redpin REFERRAL_CREATED`. With `--platform`, the event alone.
    #[arg(value_name = "PLATFORM EVENT", num_args = 0..=2)]
    words: Vec<String>,

    #[command(flatten)]
    sender: SenderArgs,

    #[command(flatten)]
    secrets: SecretArgs,

    #[command(flatten)]
    signing: SigningArgs,

    #[command(flatten)]
    tls: TlsArgs,

    /// The URL of the endpoint; a token is appended to its path.
    #[arg(long, value_name = "URL", value_parser = absolute)]
    to: Uri,

    /// The exact body instead of a fixture, in a file or from standard input (`-`); at most 8 MiB.
    #[arg(long, value_name = "FILE")]
    body: Option<Source>,

    /// Changes a member of the body: a JSON pointer or a path with dots, and a value. A value that is not JSON is a text.
    /// Several are possible.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<Edit>,

    /// Sends the same delivery this many times, one after the other.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    times: u32,

    /// Prints the request in this format, and sends no request.
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "output")]
    print: Option<Print>,

    /// Prints the request, and sends no request.
    #[arg(long)]
    dry_run: bool,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  refhook send redpin REFERRAL_CREATED --to http://localhost:8080/hooks/redpin --secret-file redpin.secret
  refhook send dub sale.created --to http://localhost:8080/hooks/dub --secret-env DUB_SECRET --set /data/sale/amount=1250
  refhook send prefinery reward_earned --to http://localhost:8080/hooks --secret-env SECRET --bad wrong-secret
  refhook send redpin REFERRAL_CREATED --to https://shop.example/hooks --secret-file redpin.secret --print curl
  refhook send --profile acme.toml --body order.json --to http://localhost:8080/hooks/acme --secret-file acme.secret";

impl Send {
    /// Signs the delivery, and prints or sends it.
    pub(crate) fn run(self) -> Outcome {
        only_one_stdin(self.secrets.secret_file.iter().chain(&self.body).chain(self.sender.profile()))?;
        let (sender, event) = self.sender()?;
        let print = self.print.or_else(|| self.dry_run.then(Print::default));
        let secrets = of_platform(self.secrets.read()?, &sender.name)?;
        sender.check(&secrets)?;
        let at = self.signing.at();
        let body = self.set.iter().try_fold(self.body(&sender, event, at)?, |body, edit| edit.apply(&body))?;
        let request = self.signing.sign(&sender, &secrets, &body, &self.to, at)?;
        let name = sender.event_name(&body);
        match (print, self.output) {
            (Some(_), Output::Json) => print_request(&sender.name, name.as_deref(), &request)?,
            (Some(print), Output::Text) => print.write(&request)?,
            (None, _) => return self.send(&sender, name.as_deref(), &secrets, &request),
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the sender, and the event if it is named.
    fn sender(&self) -> Result<(Sender, Option<&str>), Failure> {
        let first = self.words.first().map(String::as_str);
        let second = self.words.get(1).map(String::as_str);
        let help = "give the platform once: `refhook send PLATFORM EVENT`, or `--platform NAME`, `--profile FILE` or `--scheme SCHEME`";
        match (self.sender.is_given(), first, second) {
            (true, _, Some(_)) => Err(Failure::usage("the sender is named twice", help)),
            (true, event, None) => Ok((self.sender.sender()?, event)),
            (false, Some(name), event) => {
                let sender = Sender::platform(name).map_err(|cause| Failure::usage(cause, help))?;
                Ok((sender, event))
            }
            (false, None, _) => Err(Failure::usage("the sender is missing", help)),
        }
    }

    /// Returns the body. A fixture has the time of the delivery, and a file has its own.
    fn body(&self, sender: &Sender, event: Option<&str>, at: OffsetDateTime) -> Result<Bytes, Failure> {
        match (&self.body, sender.profile, event) {
            (Some(_), _, Some(_)) => {
                Err(Failure::usage("an event and a body are given", "give `--body FILE`, or the name of an event"))
            }
            (Some(source), _, None) => Ok(source.read(message::MOST)?.into()),
            (None, Some(_), Some(_)) => {
                let help = "give `--body FILE`, or leave the event out for the sample of the profile";
                Err(Failure::usage("a profile has no fixtures", help))
            }
            (None, Some(profile), None) => Ok(profile.sample(at)),
            (None, None, event) if sender.is_platform() => Ok(sender.dated(&events::body(&sender.name, event)?, at)),
            (None, None, _) => Err(Failure::usage("the body is missing", "a scheme alone needs `--body FILE`")),
        }
    }

    /// Sends the request, and prints the answers.
    fn send(&self, sender: &Sender, event: Option<&str>, secrets: &[RawSecret], request: &Request<Bytes>) -> Outcome {
        let secrets: Vec<&str> = secrets.iter().map(RawSecret::text).collect::<Result<_, _>>()?;
        let url = shown(&self.to, &secrets);
        let series = Series { sender: &sender.name, event, url, output: self.output };
        let client = Client::new(&self.to, sender.contract.deadline, &self.tls)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut all_accepted = true;
        let progress = (self.times > 1).then(|| Progress::new("sending", self.times.into()));
        for number in 1..=self.times {
            let sent_at = OffsetDateTime::now_utc();
            let (answer, took) = runtime.block_on(client.send(request.clone()));
            let reading = Reading::of(sender.contract, event, &answer);
            all_accepted &= reading.kind.is_accepted();
            if number == 1 {
                runtime.block_on(answer.note_if_nothing_listens(&self.to, &series.url));
            }
            let sent = Sent { number, sent_at, answer, took, reading };
            match &progress {
                Some(progress) => {
                    progress.hidden(|| series.print(&sent))?;
                    progress.at(number.into());
                }
                None => series.print(&sent)?,
            }
        }
        Ok(if all_accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Parses the URL of an endpoint.
pub(crate) fn absolute(text: &str) -> Result<Uri, String> {
    let expected = || "expected a URL with scheme and host, such as http://localhost:8080/hooks/redpin".to_owned();
    let uri: Uri = text.parse().map_err(|_| expected())?;
    let is_web = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
    if is_web && uri.host().is_some_and(|host| !host.is_empty()) { Ok(uri) } else { Err(expected()) }
}
