//! Events with distinct delivery ids.
//!
//! A fixture has the same ids in each copy. For each of them, this module searches the member that decides the delivery
//! id: it changes one member after the other, those with names of ids first, and asks the platform for the delivery id of
//! the changed body. A scheme with a message id needs no change of the body.

use bytes::Bytes;
use referral_webhooks::{Message, Verifier};
use serde_json::Value;
use time::OffsetDateTime;

use super::made::Made;
use crate::failure::Failure;
use crate::message::Incoming;
use crate::send::edit::Edit;
use crate::sender::{Question, Sender};
use crate::verdict::Verdict;

/// The maximum number of members to try.
const MOST_TRIALS: usize = 400;

/// Events to send, one after the other.
#[derive(Debug)]
pub(super) struct Events {
    templates: Vec<Template>,
    /// A part of every id, so that two simulations have different ones.
    run: u64,
}

/// A body, and the place of its id.
#[derive(Debug)]
struct Template {
    name: Option<String>,
    body: Bytes,
    place: Place,
    /// Whether the proven time is a member of the body.
    has_time: bool,
}

/// The place of an id.
#[derive(Debug)]
enum Place {
    /// The message id of the scheme.
    Message,
    Member {
        path: Vec<String>,
        value: Value,
    },
}

/// The parts that decide about a delivery id.
pub(super) struct Trial<'t> {
    pub(super) sender: &'t Sender,
    pub(super) verifier: &'t Verifier,
    pub(super) secrets: &'t [&'t str],
    pub(super) now: OffsetDateTime,
}

/// The reading of a body by the platform.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    event: Option<String>,
    unread: Option<String>,
    id: Option<String>,
}

impl Events {
    /// Returns events with these bodies, in turn. Fails if the platform takes two different ones for the same delivery.
    pub(super) fn new(bodies: Vec<Bytes>, run: u64, trial: &Trial<'_>) -> Result<Self, Failure> {
        let templates = bodies.into_iter().map(|body| Template::new(body, run, trial)).collect::<Result<_, _>>()?;
        Ok(Self { templates, run })
    }

    /// Returns whether the proven time of an event is a member of its body.
    pub(super) fn have_times(&self) -> bool {
        self.templates.iter().any(|template| template.has_time)
    }

    /// Returns the event of this number.
    pub(super) fn make(&self, number: u32) -> Result<Made<'_>, Failure> {
        let position = usize::try_from(number).unwrap_or_default() % self.templates.len().max(1);
        let help = "name an event with `--event`";
        let template = self.templates.get(position).ok_or_else(|| Failure::usage("there is no event", help))?;
        let message_id = message_id(self.run, number);
        let body = template.place.fill(&template.body, self.run, number)?;
        Ok(Made { name: template.name.as_deref(), body, message_id, has_time: template.has_time })
    }
}

impl Template {
    fn new(body: Bytes, run: u64, trial: &Trial<'_>) -> Result<Self, Failure> {
        let body = trial.sender.dated(&body, trial.now);
        let has_time = trial.sender.signed_at(&body).is_some();
        let first = trial.read(&body, &message_id(run, 0))?;
        let place = Self::place(&body, run, trial, &first)?;
        Ok(Self { name: first.event, body, place, has_time })
    }

    fn place(body: &Bytes, run: u64, trial: &Trial<'_>, first: &Seen) -> Result<Place, Failure> {
        if trial.read(body, &message_id(run, 1))?.id != first.id {
            return Ok(Place::Message);
        }
        let mut members = Vec::new();
        if let Ok(value) = serde_json::from_slice(body) {
            collect(&value, &mut Vec::new(), &mut members);
        }
        members.sort_by_key(|(path, value)| (rank(path, value), path.len()));
        members.truncate(MOST_TRIALS);
        // A digest also covers a member that the platform does not have.
        members.push((vec!["simulated".to_owned()], Value::from("event")));
        for (path, value) in members {
            let place = Place::Member { path, value };
            let (Ok(one), Ok(two)) = (place.fill(body, run, 0), place.fill(body, run, 1)) else { continue };
            let (Ok(one), Ok(two)) = (trial.read(&one, "msg_1"), trial.read(&two, "msg_1")) else { continue };
            let is_same_kind = |seen: &Seen| seen.event == first.event && seen.unread == first.unread;
            if one.id != two.id && one.id != first.id && is_same_kind(&one) && is_same_kind(&two) {
                return Ok(place);
            }
        }
        let name = first.event.as_deref().unwrap_or("without a name");
        let cause = format!("no member of the event `{}` decides its delivery id", crate::terminal::printable(name));
        Err(Failure::new(cause, "name other events with `--event`"))
    }
}

impl Trial<'_> {
    /// Returns the platform's reading of a body.
    fn read(&self, body: &Bytes, message_id: &str) -> Result<Seen, Failure> {
        let message = Message::new(body, self.now).id(message_id);
        let request = super::signer::sign(self.verifier, &message)?;
        let incoming = Incoming::from(request);
        let question = Question { secrets: self.secrets, tolerance: None, incoming: &incoming, now: self.now };
        match self.sender.judge(&question).map_err(std::io::Error::other)? {
            Verdict::Accepted(receipt) => Ok(Seen { event: receipt.event, unread: receipt.unread, id: receipt.id }),
            Verdict::Refused(error) => {
                Err(Failure::new(format!("the event would be refused: {error}"), "name other events with `--event`"))
            }
        }
    }
}

impl Place {
    /// Returns the body with the id of this number.
    fn fill(&self, body: &Bytes, run: u64, number: u32) -> Result<Bytes, Failure> {
        match self {
            Self::Message => Ok(body.clone()),
            Self::Member { path, value } => Edit::new(path.clone(), &another(value, run, number)).apply(body),
        }
    }
}

/// Returns a message id of this run and number.
fn message_id(run: u64, number: u32) -> String {
    format!("msg_{run:016x}{number:08x}")
}

/// Collects all texts and whole numbers with their paths.
fn collect(value: &Value, path: &mut Vec<String>, members: &mut Vec<(Vec<String>, Value)>) {
    let mut inner = |name: String, value: &Value| {
        path.push(name);
        collect(value, path, members);
        path.pop();
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| inner(name.clone(), value)),
        Value::Array(list) => list.iter().enumerate().for_each(|(index, value)| inner(index.to_string(), value)),
        Value::String(_) => members.push((path.clone(), value.clone())),
        Value::Number(number) if number.is_u64() => members.push((path.clone(), value.clone())),
        _ => {}
    }
}

/// Returns the order of trial: names of ids first, names and amounts last.
fn rank(path: &[String], value: &Value) -> u8 {
    let name = path.last().map(|name| name.to_ascii_lowercase().replace(['_', '-'], "")).unwrap_or_default();
    match name.as_str() {
        "eventid" => 0,
        "id" => 1,
        name if name.ends_with("id") => 2,
        name if name.contains("email") || name.contains("token") || name.contains("reference") => 3,
        _ if value.is_string() => 4,
        _ => 5,
    }
}

/// Returns another value of the same form, which depends on run and number.
fn another(value: &Value, run: u64, number: u32) -> Value {
    match value {
        // Below 2^53, so that every reader keeps it.
        Value::Number(_) => Value::from(whole_number(run, number)),
        Value::String(text) => Value::from(another_text(text, run, number)),
        value => value.clone(),
    }
}

fn whole_number(run: u64, number: u32) -> u64 {
    (1 + run % 4_000_000) * 1_000_000 + u64::from(number)
}

fn another_text(text: &str, run: u64, number: u32) -> String {
    let is_uuid = text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if let (true, Some(begin)) = (is_uuid, text.get(..24)) {
        return format!("{begin}{:04x}{number:08x}", run % 0x1_0000);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return whole_number(run, number).to_string();
    }
    let run = run % 0x1_0000_0000;
    match text.split_once('@') {
        Some((name, domain)) => format!("{name}+{run:x}-{number}@{domain}"),
        None => format!("{text}-{run:x}-{number}"),
    }
}
