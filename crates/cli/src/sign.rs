//! `refhook sign`: the requests that a platform would send.

use std::io;
use std::process::ExitCode;

use bytes::Bytes;
use http::Uri;

use crate::failure::Outcome;
use crate::fixture::Fixture;
use crate::message::{self, Incoming};
use crate::output::is_json;
use crate::print::{Print, print_request};
use crate::secret::{SecretArgs, of_platform};
use crate::sender::SenderArgs;
use crate::signing::SigningArgs;
use crate::source::{Source, only_one_stdin};

const EXAMPLES: &str = "\
Examples:
  refhook sign --platform redpin --secret-file redpin.secret body.json
  refhook sign --platform dub --secret-env DUB_SECRET --print curl --to http://localhost:8080/hooks/dub body.json
  refhook sign --platform redpin --secret-file new.secret --secret-file old.secret body.json
  refhook sign --platform prefinery --secret-file prefinery.secret --bad stale body.json
  refhook sign fixtures/redpin/referral-created.http";

/// Writes the request that a platform would send for a body: signed with the first secret, or with all of them if the
/// scheme can carry several signatures.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sign {
    #[command(flatten)]
    sender: SenderArgs,

    #[command(flatten)]
    secrets: SecretArgs,

    #[command(flatten)]
    signing: SigningArgs,

    /// The URL of the request; a token is appended to its path.
    #[arg(long, value_name = "URL")]
    to: Option<Uri>,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", conflicts_with = "output")]
    print: Print,

    /// The exact body, in a file or from standard input; at most 8 MiB. Of a fixture, the body is signed with the fixture's
    /// secrets, and the platform is the name of its folder, unless the command line names others. A time in the body of a
    /// fixture becomes the time to sign.
    #[arg(value_name = "BODY")]
    body: Option<Source>,
}

impl Sign {
    /// Signs the body, and writes the request.
    pub(crate) fn run(self) -> Outcome {
        let body = self.body.clone().unwrap_or(Source::Stdin);
        only_one_stdin(self.secrets.secret_file.iter().chain([&body]).chain(self.sender.profile()))?;
        // What is given is checked before standard input is awaited, and a fixture names the rest.
        let may_be_fixture = !body.is_terminal();
        let sender = (self.sender.is_given() || !may_be_fixture).then(|| self.sender.sender()).transpose()?;
        let secrets = (!self.secrets.is_empty() || !may_be_fixture).then(|| self.secrets.read()).transpose()?;
        let secrets = match (&sender, secrets) {
            (Some(sender), Some(secrets)) => {
                let secrets = of_platform(secrets, &sender.name)?;
                sender.check(&secrets)?;
                Some(secrets)
            }
            (_, secrets) => secrets,
        };
        let fixture = Fixture::read(body.read(message::MOST)?, &body)?;
        let sender = match (sender, fixture.sender()) {
            (Some(sender), _) => sender,
            (None, Some(sender)) => sender?,
            (None, None) => self.sender.sender()?,
        };
        let secrets = match secrets {
            // A fixture may have named the sender.
            Some(secrets) => of_platform(secrets, &sender.name)?,
            None => {
                let secrets = of_platform(fixture.secrets().map_or_else(|| self.secrets.read(), Ok)?, &sender.name)?;
                sender.check(&secrets)?;
                secrets
            }
        };
        let to = match &self.to {
            Some(uri) => uri.clone(),
            None => format!("http://localhost/hooks/{}", sender.name).parse().map_err(io::Error::other)?,
        };
        let mut signing = self.signing;
        let at = signing.at();
        let body = if fixture.has_lines {
            let received = Incoming::read(fixture.message)?.request.into_body();
            let payload = payload(&received);
            signing.form |= payload.is_some();
            sender.dated(&payload.unwrap_or(received), at)
        } else {
            Bytes::from(fixture.message)
        };
        let request = signing.sign(&sender, &secrets, &body, &to, at)?;
        if is_json() {
            print_request(&sender.name, sender.event_name(&body).as_deref(), &request)?;
        } else {
            self.print.write(&request)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the JSON in a form. `None` if the body is not a form with one.
fn payload(body: &Bytes) -> Option<Bytes> {
    let is_form = !body.trim_ascii_start().starts_with(b"{") && body.contains(&b'=');
    let mut fields = form_urlencoded::parse(body).filter(|_| is_form);
    fields.find(|(_, value)| value.starts_with('{')).map(|(_, value)| Bytes::from(value.into_owned()))
}
