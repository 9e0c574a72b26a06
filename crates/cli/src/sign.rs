//! `refhook sign`: the requests that a platform would send.

use std::io;
use std::process::ExitCode;

use bytes::Bytes;
use http::Uri;

use crate::failure::Outcome;
use crate::message;
use crate::print::Print;
use crate::secret::SecretArgs;
use crate::sender::SenderArgs;
use crate::signing::SigningArgs;
use crate::source::{Source, only_one_stdin};

/// Writes the request that a platform would send for a body: signed with the first secret, or with all of them if the
/// scheme can carry several signatures.
#[derive(Debug, clap::Args)]
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
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    print: Print,

    /// The exact body, in a file or from standard input; at most 8 MiB.
    #[arg(value_name = "BODY")]
    body: Option<Source>,
}

impl Sign {
    /// Signs the body, and writes the request.
    pub(crate) fn run(self) -> Outcome {
        let body = self.body.clone().unwrap_or(Source::Stdin);
        only_one_stdin(self.secrets.secret_file.iter().chain([&body]).chain(self.sender.profile()))?;
        let sender = self.sender.sender()?;
        let secrets = self.secrets.read()?;
        // An invalid secret is named before standard input is awaited.
        sender.check(&secrets)?;
        let to = match &self.to {
            Some(uri) => uri.clone(),
            None => format!("http://localhost/hooks/{}", sender.name).parse().map_err(io::Error::other)?,
        };
        let body = Bytes::from(body.read(message::MOST)?);
        self.print.write(&self.signing.sign(&sender, &secrets, &body, &to, self.signing.at())?)?;
        Ok(ExitCode::SUCCESS)
    }
}
