//! The reading of one request by a profile.

use std::io::{self, Write as _};

use referral_webhooks::platform::{Event as _, Platform as _, Signed};
use referral_webhooks::profile::{Event, Profile};
use referral_webhooks::{DeliveryId, Endpoint, EndpointError, Error, ErrorKind, Strength};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::message::Incoming;
use crate::note::help;
use crate::output::Output;
use crate::terminal::{self, BOLD, DIM, GREEN, RED, YELLOW, printable};

/// The most items that are printed for people.
const MOST_SHOWN: usize = 20;

/// The reading of one request.
pub(super) struct Examined {
    verdict: Verdict,
    /// The reading of the body. `None` if the request is refused.
    read: Option<Read>,
}

/// Whether the request is the platform's.
enum Verdict {
    Accepted,
    Refused(Error),
    /// No secret was given.
    Unverified,
}

/// The content of a body.
struct Read {
    event: Event,
    id: DeliveryId,
    items: Vec<DeliveryId>,
}

impl Examined {
    /// Examines a request. Fails if a secret is invalid.
    pub(super) fn new(
        profile: Profile,
        secrets: &[&str],
        incoming: &Incoming,
        now: OffsetDateTime,
    ) -> Result<Self, EndpointError> {
        let request = &incoming.request;
        let Some((current, previous)) = secrets.split_first() else {
            let event = profile.decode_request(request.body(), request.headers());
            let signed = Signed { message_id: None, payload: request.body() };
            let id = profile.delivery_id(&event, signed);
            let items = profile.items(&event, signed).into_iter().map(|item| item.id).collect();
            return Ok(Self { verdict: Verdict::Unverified, read: Some(Read { event, id, items }) });
        };
        // The length of a message is already bounded.
        let endpoint = Endpoint::of(profile, current)?.with_body_limit(usize::MAX);
        let endpoint = previous.iter().try_fold(endpoint, Endpoint::or_previous)?;
        let refused = |error| Ok(Self { verdict: Verdict::Refused(error), read: None });
        if incoming.is_cut_off {
            let head = endpoint.check_head(request.uri(), request.headers());
            return refused(head.err().unwrap_or_else(|| ErrorKind::BodyIncomplete.into()));
        }
        let delivery = match endpoint.receive(request, now) {
            Ok(delivery) => delivery,
            Err(error) => return refused(error),
        };
        let items = delivery.items().iter().map(|item| item.id().clone()).collect();
        let read = Read { event: delivery.event().clone(), id: delivery.id().clone(), items };
        Ok(Self { verdict: Verdict::Accepted, read: Some(read) })
    }

    /// Whether a secret was given and does not prove the request.
    pub(super) const fn is_refused(&self) -> bool {
        matches!(self.verdict, Verdict::Refused(_))
    }

    /// Prints the reading to standard output, and advice for people to standard error.
    pub(super) fn print(&self, source: &str, output: Output) -> io::Result<()> {
        let mut out = anstream::stdout();
        if output == Output::Json {
            writeln!(out, "{}", terminal::json_line(&self.object(source)))?;
            return out.flush();
        }
        match &self.verdict {
            Verdict::Accepted => write!(out, "{GREEN}✓ accepted{GREEN:#} {source}")?,
            Verdict::Refused(error) => {
                writeln!(out, "{RED}✗ refused{RED:#} {source}: {error}")?;
                help(error.advice());
            }
            Verdict::Unverified => write!(out, "{YELLOW}? not verified{YELLOW:#} {source} (no secret is given)")?,
        }
        if let Some(read) = &self.read {
            read.print(&mut out)?;
        }
        out.flush()
    }

    fn object(&self, source: &str) -> Value {
        let (error, read) = match &self.verdict {
            Verdict::Refused(error) => (Some(error), None),
            _ => (None, self.read.as_ref()),
        };
        let verified = match self.verdict {
            Verdict::Accepted => Some(true),
            Verdict::Refused(_) => Some(false),
            Verdict::Unverified => None,
        };
        let event = read.map(|read| &read.event);
        json!({
            "request": source,
            "verified": verified,
            "kind": error.map(|error| error.kind().as_str()),
            "reason": error.map(ToString::to_string),
            "event": event.and_then(Event::name),
            "is_name_proven": event.map(Event::is_name_proven),
            "id": read.map(|read| read.id.as_str()),
            "strength": read.map(|read| strength(&read.id)),
            "items": read.map(|read| read.items.iter().map(item).collect::<Vec<_>>()),
            "is_test": event.map(Event::is_test),
            "time": event.and_then(Event::time).map(OffsetDateTime::unix_timestamp),
            "other": event.and_then(Event::why_other).map(ToString::to_string),
        })
    }
}

impl Read {
    fn print(&self, out: &mut impl io::Write) -> io::Result<()> {
        let name = printable(self.event.name().unwrap_or("-"));
        let mark = if self.event.is_name_proven() { "" } else { " (the name is in an unsigned header)" };
        writeln!(out, ": {BOLD}{name}{BOLD:#}{mark}")?;
        writeln!(out, "  {DIM}id{DIM:#}    {} ({})", printable(self.id.as_str()), strength(&self.id))?;
        for id in self.items.iter().take(MOST_SHOWN) {
            writeln!(out, "  {DIM}item{DIM:#}  {} ({})", printable(id.as_str()), strength(id))?;
        }
        if let Some(more) = self.items.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
            writeln!(out, "  {DIM}item{DIM:#}  and {more} more")?;
        }
        if let Some(time) = self.event.time() {
            writeln!(out, "  {DIM}time{DIM:#}  {}", time.unix_timestamp())?;
        }
        if self.event.is_test() {
            writeln!(out, "  {DIM}test{DIM:#}  yes")?;
        }
        if let Some(why) = self.event.why_other() {
            writeln!(out, "  {DIM}other{DIM:#} {}", printable(&why.to_string()))?;
        }
        Ok(())
    }
}

fn item(id: &DeliveryId) -> Value {
    json!({ "id": id.as_str(), "strength": strength(id) })
}

const fn strength(id: &DeliveryId) -> &'static str {
    match id.strength() {
        Strength::MessageId => "platform",
        Strength::BusinessFields => "fields",
        _ => "digest",
    }
}
