//! Stored deliveries, sent on to a URL.

use std::collections::BTreeMap;
use std::process::ExitCode;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::uri::Scheme;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use referral_webhooks::{Message, StoredDelivery};
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Store as _};
use serde_json::json;
use time::OffsetDateTime;

use super::act::{ActArgs, Chosen, print};
use super::database::failed;
use crate::client::{Answer, Client};
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::profile_file;
use crate::reading::{Kind, Reading};
use crate::secret::{RawSecret, SecretArgs, of_platform};
use crate::sender::Sender;
use crate::source::{Source, only_one_stdin};
use crate::terminal::{self, DIM, GREEN, RED, YELLOW, printable};
use crate::tls::TlsArgs;

/// The header that names the entry of a delivery that was sent on.
const MARKER: HeaderName = HeaderName::from_static("refhook-entry");

/// The word of the history.
const SENT_ON: &str = "sent_on";

/// The options of sending on.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sending on")]
pub(super) struct ForwardArgs {
    /// Sends the stored deliveries to this URL, with their exact bytes and stored headers and the header `refhook-entry`.
    /// The entries stay as they are, and their history says who sent them.
    #[arg(id = "by_hand_to", long = "to", value_name = "URL", value_parser = absolute)]
    to: Option<Uri>,

    /// Signs again with the present time, because a receiver refuses old times. It needs the secret of the receiver.
    #[arg(id = "by_hand_resign", long = "resign", requires = "by_hand_to")]
    resign: bool,

    /// A file with a secret of the receiver, or `-` for standard input; several during a rotation, the current one first.
    #[arg(long, value_name = "FILE", requires = "by_hand_resign")]
    secret_file: Vec<Source>,

    /// An environment variable with a secret of the receiver.
    #[arg(long, value_name = "NAME", requires = "by_hand_resign")]
    secret_env: Vec<String>,

    /// The profile of the platform, if a profile describes it.
    #[arg(long, value_name = "FILE", requires = "by_hand_to")]
    profile: Option<Source>,

    #[command(flatten)]
    tls: TlsArgs,
}

/// The settings of sending on.
pub(super) struct Forward<'a> {
    to: Uri,
    tls: &'a TlsArgs,
    /// The secrets of the new signatures, if the deliveries are signed again.
    secrets: Option<Vec<RawSecret>>,
    profile: Option<Sender>,
}

impl ForwardArgs {
    /// Returns the settings; `None` without a URL.
    pub(super) fn sender(&self) -> Result<Option<Forward<'_>>, Failure> {
        let Some(to) = &self.to else { return Ok(None) };
        only_one_stdin(self.secret_file.iter().chain(&self.profile))?;
        let secrets = SecretArgs::new(self.secret_file.clone(), self.secret_env.clone());
        let secrets = self.resign.then(|| secrets.read()).transpose()?;
        let profile = self.profile.as_ref().map(profile_file::read).transpose()?;
        let profile = profile.map(Sender::of_profile);
        Ok(Some(Forward { to: to.clone(), tls: &self.tls, secrets, profile }))
    }
}

/// The answer to a delivery that was sent on.
struct Sent<'e> {
    entry: &'e Entry,
    answer: Answer,
    took: std::time::Duration,
    reading: Reading,
}

impl Forward<'_> {
    /// Counts, asks, and sends.
    pub(super) async fn run(&self, args: &ActArgs) -> Outcome {
        let opened = args.db.open().await?;
        opened.need_bodies()?;
        let store = opened.store();
        let mut chosen = Chosen::of(args, store).await?;
        let (count, place) = (chosen.count(), place(&self.to));
        let consequence = format!("They are sent to {place}.");
        if !args.may("send", &consequence, count, !args.ids.is_empty())? {
            return Ok(if args.is_dry_run() || count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        let most = args.most().unwrap_or(count).min(count);
        let (mut clients, mut seen, mut accepted, mut unsent) = (BTreeMap::new(), 0, 0_u64, 0_u64);
        let mut is_begun = false;
        while seen < most {
            let page = chosen.next(store, most - seen).await.map_err(failed)?;
            if page.is_empty() {
                break;
            }
            seen += page.len() as u64;
            for id in page {
                let Some(entry) = store.get(id).await.map_err(failed)? else {
                    unsent += 1;
                    unchanged(args.output, id, "there is no such entry")?;
                    continue;
                };
                let Some(delivery) = store.body(id).await.map_err(failed)? else {
                    unsent += 1;
                    unchanged(args.output, id, "its body was deleted")?;
                    continue;
                };
                let sender = match &self.profile {
                    Some(profile) if profile.name == entry.platform => profile.clone(),
                    _ => Sender::platform(&entry.platform).map_err(|cause| {
                        Failure::usage(
                            format!("entry {id}: {cause}"),
                            "give the platform's profile with `--profile FILE`",
                        )
                    })?,
                };
                let request = self.request(&sender, &entry, &delivery)?;
                if !clients.contains_key(&sender.name) {
                    clients.insert(sender.name.clone(), Client::new(&self.to, sender.contract.deadline, self.tls)?);
                }
                let (answer, took) = clients[&sender.name].send(request).await;
                let reading = Reading::of(sender.contract, entry.event.as_deref(), &answer);
                accepted += u64::from(reading.kind.is_accepted());
                if !std::mem::replace(&mut is_begun, true) {
                    answer.note_if_nothing_listens(&self.to, &place).await;
                }
                let sent = Sent { entry: &entry, answer, took, reading };
                let note = format!("to {place}: {} {}", sent.status(), sent.reading.kind.as_str());
                let who = args.who.who();
                let note = who.reason().map_or_else(|| note.clone(), |reason| format!("{}; {note}", reason.as_str()));
                store.record(id, SENT_ON, who.because(note).by_hand()).await.map_err(failed)?;
                sent.print(args.output, &place)?;
            }
        }
        let sent = seen - unsent;
        match args.output {
            Output::Text => print(&format!("{sent} sent, {accepted} accepted, {unsent} without a body"))?,
            Output::Json => print(&terminal::json_line(
                &json!({ "kind": "sent_all", "sent": sent, "accepted": accepted, "unsent": unsent }),
            ))?,
        }
        Ok(if accepted == seen { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Returns the request of a delivery: as it was stored, or signed again.
    fn request(&self, sender: &Sender, entry: &Entry, delivery: &StoredDelivery) -> Result<Request<Bytes>, Failure> {
        let mut request = match &self.secrets {
            Some(secrets) => resigned(sender, secrets, &self.to, delivery)?,
            None => {
                let mut request = Request::new(delivery.body.clone());
                request.headers_mut().clone_from(&delivery.headers);
                *request.uri_mut() = self.to.clone();
                request
            }
        };
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(MARKER, HeaderValue::from(entry.id.0));
        Ok(request)
    }
}

/// Signs a stored delivery with the present time. Id, form and content type stay.
fn resigned(
    sender: &Sender,
    secrets: &[RawSecret],
    to: &Uri,
    delivery: &StoredDelivery,
) -> Result<Request<Bytes>, Failure> {
    let secrets = of_platform(secrets.to_vec(), &sender.name)?;
    let texts: Vec<&str> = secrets.iter().map(RawSecret::text).collect::<Result<_, _>>()?;
    let help = "give the secret of the receiver, in the form of the platform";
    let verifier = sender
        .verifier(&texts)
        .map_err(|error| Failure::usage(format!("the secret is invalid for {}: {error}", sender.name), help))?;
    let now = OffsetDateTime::now_utc();
    let variants = verifier.scheme().variants();
    let variant = |name: &str| variants.iter().copied().find(|variant| variant.as_str() == name);
    let payload = variant("form-payload").and_then(|_| payload(&delivery.headers, &delivery.body));
    let body = sender.dated(payload.as_ref().unwrap_or(&delivery.body), now);
    let mut message = Message::new(&body, now).uri(to.clone());
    let id_of = |name: &str| Some(delivery.headers.get(name)?.to_str().ok()?.to_owned());
    if let Some(id) = id_of("svix-id") {
        message = message.id(id);
    } else if let Some(id) = id_of("webhook-id") {
        message = message.id(id);
        message = variant("webhook-headers").into_iter().fold(message, Message::variant);
    }
    if payload.is_some() {
        message = message.as_form();
    }
    let help = "send without `--resign`, or give the key with which the sender signs";
    let mut request = verifier
        .sign(&message)
        .map_err(|error| Failure::new(format!("the delivery cannot be signed: {error}"), help))?;
    if let Some(media_type) = delivery.headers.get(CONTENT_TYPE).filter(|_| payload.is_none()) {
        request.headers_mut().insert(CONTENT_TYPE, media_type.clone());
    }
    // Headers that no signature covers, such as the event's name.
    for (name, value) in
        delivery.headers.iter().filter(|(name, _)| !request.headers().contains_key(*name)).map(own).collect::<Vec<_>>()
    {
        request.headers_mut().append(name, value);
    }
    Ok(request)
}

fn own((name, value): (&HeaderName, &HeaderValue)) -> (HeaderName, HeaderValue) {
    (name.clone(), value.clone())
}

/// Returns the signed payload of a form.
pub(super) fn payload(headers: &HeaderMap, body: &[u8]) -> Option<Bytes> {
    let media_type = headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let is_form = media_type.starts_with("application/x-www-form-urlencoded");
    let (_, payload) = form_urlencoded::parse(body).filter(|_| is_form).find(|(name, _)| name == "payload")?;
    Some(Bytes::from(payload.into_owned()))
}

impl Sent<'_> {
    fn status(&self) -> String {
        match &self.answer {
            Answer::Status(status) => status.as_u16().to_string(),
            Answer::Late(_) | Answer::Unreachable(_) => "-".to_owned(),
        }
    }

    fn print(&self, output: Output, place: &str) -> std::io::Result<()> {
        let Self { entry, took, reading, .. } = self;
        if output == Output::Json {
            let status = match &self.answer {
                Answer::Status(status) => Some(status.as_u16()),
                Answer::Late(_) | Answer::Unreachable(_) => None,
            };
            return print(&terminal::json_line(&json!({
                "kind": "sent", "id": entry.id, "platform": entry.platform, "event": entry.event, "url": place,
                "status": status, "microseconds": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                "reading": reading.kind.as_str(), "accepted": reading.kind.is_accepted(), "note": reading.note,
            })));
        }
        let (mark, style) = match reading.kind {
            Kind::Accepted | Kind::Yes => ('✓', GREEN),
            Kind::RetriedAfter(_) | Kind::RetriedSometime | Kind::No => ('=', YELLOW),
            Kind::Lost | Kind::Forbidden => ('✗', RED),
        };
        let event = printable(entry.event.as_deref().unwrap_or("-"));
        let note = reading.note.as_deref().map(|note| format!(": {}", printable(note))).unwrap_or_default();
        let (id, platform, status, kind) = (entry.id, printable(&entry.platform), self.status(), reading.kind.as_str());
        let took = took.as_secs_f64() * 1000.0;
        print(&format!(
            "{style}{mark}{style:#} {id}  {platform}  {event}  {DIM}{place}{DIM:#}  {status}  {took:.2} ms  {style}{kind}{style:#}{note}"
        ))
    }
}

fn unchanged(output: Output, id: EntryId, why: &str) -> std::io::Result<()> {
    match output {
        Output::Text => print(&format!("entry {id} was not sent: {why}")),
        Output::Json => print(&terminal::json_line(&json!({ "kind": "unsent", "id": id, "why": why }))),
    }
}

/// Returns the scheme and the host of a URL: its path and query may have a token.
fn place(url: &Uri) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme_str().unwrap_or("http"), url.host().unwrap_or_default())
}

/// Parses the URL of an endpoint.
fn absolute(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;
    let is_web = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
    if is_web && uri.host().is_some_and(|host| !host.is_empty()) {
        Ok(uri)
    } else {
        Err("expected a URL with scheme and host, such as http://localhost:8080/hooks/redpin".to_owned())
    }
}
