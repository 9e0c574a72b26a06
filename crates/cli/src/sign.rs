//! `refhook sign`: the requests that a platform would send.

use std::io::{self, Write as _};
use std::process::ExitCode;

use bytes::Bytes;
use clap::ValueEnum;
use http::header::CONTENT_TYPE;
use http::{HeaderName, Request, Uri};
use referral_webhooks::{Message, SignError, Variant, Verifier};
use time::{Duration, OffsetDateTime};

use crate::curl::curl;
use crate::failure::{Failure, Outcome};
use crate::inquiry::unix_time;
use crate::message::{self, Incoming};
use crate::secret::{RawSecret, SecretArgs};
use crate::sender::{Question, Sender, SenderArgs};
use crate::source::{Source, only_one_stdin};
use crate::verdict::Verdict;

/// Writes the request that a platform would send for a body: signed with the first secret, or with all of them if the
/// scheme can carry several signatures.
#[derive(Debug, clap::Args)]
pub(crate) struct Sign {
    #[command(flatten)]
    sender: SenderArgs,

    #[command(flatten)]
    secrets: SecretArgs,

    /// The message id, if the scheme has one; by default, it is derived from body and time.
    #[arg(long)]
    id: Option<String>,

    /// The time to sign, in Unix seconds; by default, this machine's time.
    #[arg(long, value_name = "UNIX", value_parser = unix_time, allow_hyphen_values = true)]
    at: Option<OffsetDateTime>,

    /// Sends the body as the payload field of a form.
    #[arg(long)]
    form: bool,

    /// The URL of the request; a token is appended to its path.
    #[arg(long, value_name = "URL")]
    to: Option<Uri>,

    /// One of the scheme's variants, such as `hex-key` or `webhook-headers`.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,

    /// Makes a request that must be refused.
    #[arg(long, value_enum, value_name = "PART")]
    bad: Option<Bad>,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    print: Print,

    /// The exact body, in a file or from standard input; at most 8 MiB.
    #[arg(value_name = "BODY")]
    body: Option<Source>,
}

/// A fault of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bad {
    /// A signature with another secret.
    Signature,
    /// A signed time that is an hour too old.
    Timestamp,
    /// A blank after the signed body.
    Body,
    /// No headers with a proof.
    Header,
}

/// A format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Print {
    /// The message as it is sent over the wire, which `refhook verify` reads.
    #[default]
    Request,
    /// A command that sends the request.
    Curl,
}

impl Sign {
    /// Signs the body, and writes the request.
    pub(crate) fn run(self) -> Outcome {
        let sender = self.sender.sender()?;
        let body = self.body.clone().unwrap_or(Source::Stdin);
        only_one_stdin(self.secrets.secret_file.iter().chain([&body]))?;
        let raw_secrets = self.secrets.read()?;
        let secrets: Vec<&str> = raw_secrets.iter().map(RawSecret::text).collect::<Result<_, _>>()?;
        sender.check(&raw_secrets)?;
        let verifier = sender.verifier(&secrets).map_err(io::Error::other)?;
        let body = Bytes::from(body.read(message::MOST)?);
        let at = self.at.unwrap_or_else(OffsetDateTime::now_utc);
        let request = self.request(&sender, &verifier, &body, at)?;

        let incoming = Incoming::from(request);
        let question = Question { secrets: &secrets, tolerance: None, incoming: &incoming, now: at };
        let verdict = sender.judge(&question).map_err(io::Error::other)?;
        match (self.bad, verdict) {
            (Some(_), Verdict::Accepted(_)) => {
                let cause = format!("a request of {} cannot have this fault", sender.name);
                return Err(Failure::usage(cause, "its scheme does not protect that part; try another `--bad`"));
            }
            (None, Verdict::Refused(error)) => {
                anstream::eprintln!("note: an endpoint would refuse it at that time: {error}");
            }
            _ => {}
        }
        let mut out = io::stdout().lock();
        match self.print {
            Print::Request => out.write_all(&message::write(&incoming.request, "\r\n"))?,
            Print::Curl => {
                let help = "a command holds only text; write the request (`--print request`) and send it as it is";
                let command =
                    curl(&incoming.request).ok_or_else(|| Failure::new("the body is not plain text", help))?;
                writeln!(out, "{command}")?;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the request with its fault.
    fn request(
        &self,
        sender: &Sender,
        verifier: &Verifier,
        body: &Bytes,
        at: OffsetDateTime,
    ) -> Result<Request<Bytes>, Failure> {
        let uri = match &self.to {
            Some(uri) => uri.clone(),
            None => format!("http://localhost/hooks/{}", sender.name).parse().map_err(io::Error::other)?,
        };
        let too_long = Duration::try_from(sender.tolerance.past()).unwrap_or(Duration::ZERO) + Duration::HOUR;
        let stale = at.saturating_sub(too_long);
        let (body, sent_at) = match self.bad {
            Some(Bad::Timestamp) => (sender.dated(body, stale), stale),
            _ => (body.clone(), at),
        };
        let mut message = Message::new(&body, sent_at).uri(uri);
        if let Some(id) = &self.id {
            message = message.id(id);
        }
        if self.form {
            message = message.as_form();
        }
        let variant = self.variant(verifier)?;
        if let Some(variant) = variant {
            message = message.variant(variant);
        }
        let mut request = sign(verifier, &message)?;
        self.check_choices(verifier, &request, variant, sent_at)?;
        match self.bad {
            Some(Bad::Signature) => request = forged(sender, verifier, &message, sent_at)?,
            Some(Bad::Body) => *request.body_mut() = [request.body(), &b" "[..]].concat().into(),
            Some(Bad::Header) => {
                let names: Vec<HeaderName> = request.headers().keys().cloned().collect();
                for name in names.iter().filter(|name| **name != CONTENT_TYPE) {
                    request.headers_mut().remove(name);
                }
            }
            Some(Bad::Timestamp) | None => {}
        }
        Ok(request)
    }

    /// Returns the requested variant.
    fn variant(&self, verifier: &Verifier) -> Result<Option<Variant>, Failure> {
        let Some(name) = &self.variant else { return Ok(None) };
        let offered = verifier.scheme().variants();
        let named = offered.iter().find(|variant| variant.as_str() == name);
        named.copied().map(Some).ok_or_else(|| {
            let names: Vec<&str> = offered.iter().map(Variant::as_str).collect();
            let cause = format!("the scheme has no variant `{name}`");
            Failure::usage(cause, format!("it has {}", names.join(", ")))
        })
    }

    /// Fails if the scheme ignored a choice, because it does so silently.
    fn check_choices(
        &self,
        verifier: &Verifier,
        request: &Request<Bytes>,
        wanted: Option<Variant>,
        sent_at: OffsetDateTime,
    ) -> Result<(), Failure> {
        let media_type = request.headers().get(CONTENT_TYPE);
        if self.form && media_type.is_some_and(|value| value == "application/json") {
            return Err(Failure::usage("the scheme does not support forms", "leave `--form` out"));
        }
        let found = verifier.verify(request, sent_at).ok().map(|verified| verified.variant());
        match wanted {
            Some(wanted) if found != Some(wanted) => {
                let help = "`form-payload` goes with `--form`, `hex-key` with a secret in hexadecimal";
                Err(Failure::usage(format!("the request cannot be signed as `{}`", wanted.as_str()), help))
            }
            _ => Ok(()),
        }
    }
}

fn sign(verifier: &Verifier, message: &Message) -> Result<Request<Bytes>, Failure> {
    verifier.sign(message).map_err(|error| {
        let help = match error {
            SignError::BadId => "choose another `--id`",
            SignError::BadTime => "choose a later `--at`",
            SignError::BadUri => "choose another `--to`",
            SignError::NoMember => "give the body as the platform sends it, a JSON object",
            _ => "give the key with which the sender signs",
        };
        Failure::usage(error.to_string(), help)
    })
}

/// Returns the message signed with another secret of the same format.
fn forged(sender: &Sender, verifier: &Verifier, message: &Message, at: OffsetDateTime) -> Result<Request<Bytes>, Failure> {
    let mut random = [0; 32];
    loop {
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let secret = sender.scheme.secret_from(&random);
        let forger = sender.verifier(&[&secret]).map_err(io::Error::other)?;
        let request = sign(&forger, message)?;
        // A scheme of key pairs has few secrets for tests, and this one may be the sender's.
        if verifier.verify(&request, at).is_err() {
            return Ok(request);
        }
    }
}
