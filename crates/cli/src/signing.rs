//! The making of a signed request, or of a faulty one.

use std::io;

use bytes::Bytes;
use clap::ValueEnum;
use http::header::CONTENT_TYPE;
use http::{HeaderName, Request, Uri};
use referral_webhooks::{Message, SignError, Variant, Verifier};
use time::{Duration, OffsetDateTime};

use crate::failure::Failure;
use crate::inquiry::unix_time;
use crate::message::{Announced, Incoming, announced};
use crate::note::note;
use crate::secret::RawSecret;
use crate::sender::{Question, Sender};
use crate::verdict::Verdict;

/// The choices of a signed request.
#[derive(Debug, clap::Args)]
pub(crate) struct SigningArgs {
    /// The message id, if the scheme has one; by default, it is derived from body and time.
    #[arg(long)]
    id: Option<String>,

    /// The time to sign, in Unix seconds; by default, this machine's time.
    #[arg(long, value_name = "UNIX", value_parser = unix_time, allow_hyphen_values = true)]
    at: Option<OffsetDateTime>,

    /// Sends the body as the payload field of a form.
    #[arg(long)]
    pub(crate) form: bool,

    /// One of the scheme's variants, such as `hex-key` or `webhook-headers`.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,

    /// Makes a request that must be refused.
    #[arg(long, value_enum, value_name = "PART")]
    bad: Option<Bad>,
}

/// A fault of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bad {
    /// A signature with another secret; also `wrong-secret`.
    #[value(alias = "wrong-secret")]
    Signature,
    /// A signed time that is an hour too old; also `stale`.
    #[value(alias = "stale")]
    Timestamp,
    /// A signed time that is an hour too new.
    Future,
    /// A blank after the signed body; also `altered-body`.
    #[value(alias = "altered-body")]
    Body,
    /// No headers with a proof; also `missing-header`.
    #[value(alias = "missing-header")]
    Header,
    /// A body that ends in its middle, because its sender hangs up.
    Cut,
}

impl SigningArgs {
    /// Returns the time to sign.
    pub(crate) fn at(&self) -> OffsetDateTime {
        self.at.unwrap_or_else(OffsetDateTime::now_utc)
    }

    /// Signs the body with secrets that [`Sender::check`] has passed. Fails if the request cannot have its fault, and prints why an endpoint would refuse a request
    /// without one.
    pub(crate) fn sign(
        &self,
        sender: &Sender,
        secrets: &[RawSecret],
        body: &Bytes,
        to: &Uri,
        at: OffsetDateTime,
    ) -> Result<Request<Bytes>, Failure> {
        let secrets: Vec<&str> = secrets.iter().map(RawSecret::text).collect::<Result<_, _>>()?;
        let verifier = sender.verifier(&secrets).map_err(io::Error::other)?;
        let request = self.request(sender, &verifier, body, to, at)?;
        let is_cut_off = request.body().len() < announced(&request);
        let incoming = Incoming { is_cut_off, ..Incoming::from(request) };
        let question = Question { secrets: &secrets, tolerance: None, incoming: &incoming, now: at };
        match (self.bad, sender.judge(&question).map_err(io::Error::other)?) {
            (Some(_), Verdict::Accepted(_)) => {
                let cause = format!("a request of {} cannot have this fault", sender.name);
                return Err(Failure::usage(cause, "its scheme does not protect that part; try another `--bad`"));
            }
            (None, Verdict::Refused(error)) => {
                note(format_args!("an endpoint would refuse it at that time: {error}"));
            }
            _ => {}
        }
        Ok(incoming.request)
    }

    /// Returns the request with its fault.
    fn request(
        &self,
        sender: &Sender,
        verifier: &Verifier,
        body: &Bytes,
        to: &Uri,
        at: OffsetDateTime,
    ) -> Result<Request<Bytes>, Failure> {
        let an_hour_beyond = |limit| Duration::try_from(limit).unwrap_or(Duration::ZERO) + Duration::HOUR;
        let sent_at = match self.bad {
            Some(Bad::Timestamp) => at.saturating_sub(an_hour_beyond(sender.tolerance.past())),
            Some(Bad::Future) => at.saturating_add(an_hour_beyond(sender.tolerance.future())),
            _ => at,
        };
        let body = if sent_at == at { body.clone() } else { sender.dated(body, sent_at) };
        let mut message = Message::new(&body, sent_at).uri(to.clone());
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
            Some(Bad::Cut) => {
                let announced = request.body().len();
                request.body_mut().truncate(announced / 2);
                request.extensions_mut().insert(Announced(announced));
            }
            Some(Bad::Timestamp | Bad::Future) | None => {}
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
fn forged(
    sender: &Sender,
    verifier: &Verifier,
    message: &Message,
    at: OffsetDateTime,
) -> Result<Request<Bytes>, Failure> {
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
