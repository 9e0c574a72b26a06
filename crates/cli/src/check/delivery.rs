//! The deliveries of a run. Each is recognisable by its id.

use bytes::Bytes;
use http::{Request, Uri};
use referral_webhooks::{DeliveryId, Message, SignError, Verifier};
use serde_json::Value;
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::message::Incoming;
use crate::send::Edit;
use crate::sender::{Question, Sender};
use crate::verdict::Verdict;

/// The members by which platforms mark a test, with the value of a test.
const TEST_MARKS: [&str; 3] = ["is_test_conversion=true", "live=false", "test=true"];

/// The name of the member that marks a body whose id is a digest.
const MARK: &str = "refhook_check";

/// The name of an event that no platform sends.
const UNKNOWN: &str = "refhook_check.unknown";

/// A delivery.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) body: Bytes,
    /// The message id, for schemes that have one.
    pub(super) id: String,
}

/// The maker of the deliveries of a run.
pub(super) struct Maker {
    pub(super) sender: Sender,
    pub(super) verifier: Verifier,
    secrets: Vec<String>,
    /// The URL without a token.
    to: Uri,
    sample: Bytes,
    /// The random number of the run.
    run: u32,
    made: u32,
    plan: Plan,
}

/// The part of a delivery that makes it another one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Plan {
    MessageId,
    Mark,
    /// The members at these pointers.
    Members(Vec<String>),
}

impl Maker {
    /// Returns a maker of deliveries with this body. Fails if the secrets cannot sign, or if the body cannot be sent.
    pub(super) fn new(sender: Sender, secrets: &[&str], to: Uri, sample: Bytes) -> Result<Self, Failure> {
        let fail = |cause: String| {
            Failure::usage(cause, "give the secret with which the platform signs, and a body that it sends")
        };
        let verifier = sender.verifier(secrets).map_err(|error| fail(error.to_string()))?;
        let mut random = [0; 4];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        let run = u32::from_be_bytes(random) % 100_000;
        let mut maker = Self { sender, verifier, secrets, to, sample, run, made: 0, plan: Plan::MessageId };
        let trial = maker.of_body(maker.sample.clone());
        maker.signed(&trial).map_err(|error| fail(format!("the delivery cannot be signed: {error}")))?;
        maker.plan = maker.planned();
        Ok(maker)
    }

    /// Marks the sample as a test, if the platform has a mark for tests.
    pub(super) fn mark_as_test(&mut self) {
        let name = self.sender.event_name(&self.sample);
        let marked = TEST_MARKS.iter().find_map(|mark| {
            let (member, _) = mark.split_once('=')?;
            serde_json::from_slice::<Value>(&self.sample).ok()?.get(member)?;
            let body = edited(&self.sample, mark)?;
            (self.sender.is_test(&body) && self.sender.event_name(&body) == name).then_some(body)
        });
        if let Some(body) = marked {
            self.sample = body;
        }
    }

    /// Returns the name of the sample's event.
    pub(super) fn event(&self) -> Option<String> {
        self.sender.event_name(&self.sample)
    }

    /// Whether the sample is marked as a test.
    pub(super) fn is_test(&self) -> bool {
        self.sender.is_test(&self.sample)
    }

    /// Returns the text by which the deliveries of this run are recognised.
    pub(super) fn mark(&self) -> String {
        format!("refhook-check-{:05}", self.run)
    }

    /// Returns a delivery with an id of its own.
    pub(super) fn fresh(&mut self) -> Delivery {
        self.made += 1;
        let (id, sample) = (self.id(), self.dated());
        let body = match &self.plan {
            Plan::MessageId => None,
            Plan::Mark => edited(&sample, &format!("{MARK}={id}")),
            Plan::Members(pointers) => {
                let mut parts = pointers.iter().enumerate();
                parts.try_fold(sample.clone(), |body, (part, pointer)| edited(&body, &self.edit(&body, pointer, part)?))
            }
        };
        Delivery { body: body.unwrap_or(sample), id }
    }

    /// Returns a delivery of this body, with an id of its own if the scheme has one.
    pub(super) fn of_body(&mut self, body: Bytes) -> Delivery {
        self.made += 1;
        Delivery { body, id: self.id() }
    }

    /// Returns a delivery of an event that no platform sends. `None` if no text of the body names the event.
    pub(super) fn unknown(&mut self) -> Option<Delivery> {
        let fresh = self.fresh();
        let name = self.sender.event_name(&fresh.body);
        let body = leaves(&fresh.body).into_iter().find_map(|(pointer, value)| {
            value.is_string().then_some(())?;
            let body = edited(&fresh.body, &format!("{pointer}={UNKNOWN}"))?;
            // An unknown event in a batch leaves the batch readable.
            let named = self.sender.event_name(&body);
            let is_unknown = self.unread(&body).is_some() || named.as_deref() == Some(UNKNOWN);
            (is_unknown && named != name).then_some(body)
        });
        body.map(|body| Delivery { body, ..fresh })
    }

    /// Returns the request of a delivery, signed now.
    pub(super) fn signed(&self, delivery: &Delivery) -> Result<Request<Bytes>, SignError> {
        self.signed_by(&self.verifier, delivery, OffsetDateTime::now_utc())
    }

    /// Returns the request of a delivery, signed at a time by this signer.
    pub(super) fn signed_by(
        &self,
        signer: &Verifier,
        delivery: &Delivery,
        at: OffsetDateTime,
    ) -> Result<Request<Bytes>, SignError> {
        signer.sign(&Message::new(&delivery.body, at).id(&delivery.id).uri(self.to.clone()))
    }

    /// Returns a signer with another secret of the same format.
    pub(super) fn forger(&self) -> Option<Verifier> {
        let trial = Message::new(&self.sample, OffsetDateTime::now_utc()).id("trial").uri(self.to.clone());
        let genuine = self.verifier.sign(&trial).ok()?;
        // A scheme of key pairs has few secrets for tests, and one of them may be the sender's.
        std::iter::repeat_with(|| {
            let mut random = [0; 32];
            getrandom::fill(&mut random).ok()?;
            let forger = self.sender.verifier(&[&self.sender.scheme.secret_from(&random)]).ok()?;
            forger.verify(&genuine, OffsetDateTime::now_utc()).is_err().then_some(forger)
        })
        .take(64)
        .find_map(|forger| forger)
    }

    /// Returns the ids under which an inbox keeps a delivery.
    pub(super) fn ids(&self, delivery: &Delivery) -> Vec<DeliveryId> {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let request = self.signed(delivery).ok();
        request.map(|request| self.sender.ids(&secrets, &request, OffsetDateTime::now_utc())).unwrap_or_default()
    }

    /// Returns the delivery with this as the signed time in its body, if its platform signs one there.
    pub(super) fn dated_at(&self, delivery: &Delivery, at: OffsetDateTime) -> Delivery {
        Delivery { body: self.sender.dated(&delivery.body, at), ..delivery.clone() }
    }

    /// Whether the platform signs a time.
    pub(super) fn signs_time(&self) -> bool {
        self.sender.scheme.signs_time() || self.sender.signed_at(&self.sample).is_some()
    }

    /// Whether an endpoint of this library refuses a request now.
    pub(super) fn refuses(&self, request: &Request<Bytes>) -> bool {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let incoming = Incoming::from(request.clone());
        let now = OffsetDateTime::now_utc();
        let question = Question { secrets: &secrets, tolerance: None, incoming: &incoming, now };
        matches!(self.sender.judge(&question), Ok(Verdict::Refused(_)))
    }

    /// Returns the URL without a token.
    pub(super) const fn url(&self) -> &Uri {
        &self.to
    }

    /// Returns the body with another value of its first member, or with other text if it has none.
    pub(super) fn changed(&self, body: &Bytes) -> Bytes {
        let mut edits = leaves(body).into_iter().filter_map(|(pointer, _)| self.edit(body, &pointer, 0));
        let changed = edits.find_map(|edit| edited(body, &edit).filter(|changed| changed != body));
        changed.unwrap_or_else(|| [&body[..], b"changed"].concat().into())
    }

    /// Returns the body with an empty text in place of each secret.
    pub(super) fn without_secret(&self, body: &Bytes) -> Bytes {
        let text = String::from_utf8_lossy(body).into_owned();
        self.secrets.iter().fold(text, |text, secret| text.replace(secret.as_str(), "")).into()
    }

    /// Returns the request with the token at the end of its path in its query.
    pub(super) fn in_query(&self, request: &Request<Bytes>) -> Option<Request<Bytes>> {
        let (_, token) = request.uri().path().rsplit_once('/')?;
        let query = self.to.query().map(|query| format!("{query}&")).unwrap_or_default();
        let mut parts = self.to.clone().into_parts();
        parts.path_and_query = Some(format!("{}?{query}token={token}", self.to.path()).parse().ok()?);
        let mut moved = request.clone();
        *moved.uri_mut() = Uri::from_parts(parts).ok()?;
        Some(moved)
    }

    fn id(&self) -> String {
        format!("{}-{}", self.mark(), self.made)
    }

    fn dated(&self) -> Bytes {
        self.sender.dated(&self.sample, OffsetDateTime::now_utc())
    }

    /// Answers a question about a delivery that is signed now.
    fn ask<T>(&self, delivery: &Delivery, answer: impl FnOnce(&Question<'_>) -> Option<T>) -> Option<T> {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let incoming = Incoming::from(self.signed(delivery).ok()?);
        let now = OffsetDateTime::now_utc();
        answer(&Question { secrets: &secrets, tolerance: None, incoming: &incoming, now })
    }

    /// Returns the reason for which the event of a body is unknown.
    fn unread(&self, body: &Bytes) -> Option<String> {
        let delivery = Delivery { body: body.clone(), id: "trial".to_owned() };
        self.ask(&delivery, |question| match self.sender.judge(question).ok()? {
            Verdict::Accepted(receipt) => receipt.unread,
            Verdict::Refused(_) => None,
        })
    }

    /// Returns the part that makes a delivery another one.
    fn planned(&self) -> Plan {
        let sample = self.dated();
        let known = self.ids(&Delivery { body: sample.clone(), id: "first".to_owned() });
        let common = |body: &Bytes, id: &str| {
            let ids = self.ids(&Delivery { body: body.clone(), id: id.to_owned() });
            // A refused body has no ids, and is of no use.
            if ids.is_empty() { usize::MAX } else { ids.iter().filter(|id| known.contains(id)).count() }
        };
        if common(&sample, "second") == 0 {
            return Plan::MessageId;
        }
        let is_same_event = |body: &Bytes| {
            self.sender.event_name(body) == self.sender.event_name(&sample) && self.unread(body) == self.unread(&sample)
        };
        let marked = edited(&sample, &format!("{MARK}=1"));
        if marked.is_some_and(|body| common(&body, "first") == 0 && is_same_event(&body)) {
            return Plan::Mark;
        }
        let (mut body, mut left, mut pointers) = (sample.clone(), common(&sample, "first"), Vec::new());
        for (pointer, _) in leaves(&sample) {
            let Some(next) = self.edit(&body, &pointer, pointers.len()).and_then(|edit| edited(&body, &edit)) else { continue };
            let now_left = common(&next, "first");
            if now_left < left && is_same_event(&next) {
                (body, left) = (next, now_left);
                pointers.push(pointer);
            }
            if left == 0 {
                break;
            }
        }
        Plan::Members(pointers)
    }

    /// Returns the edit that gives a member a new value of the same kind. The values of several parts differ.
    fn edit(&self, body: &Bytes, pointer: &str, part: usize) -> Option<String> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let (run, made) = (self.run, self.made);
        // A number of 32 bits.
        let number = 900_000_000 + run * 1000 + (made * 8 + part as u32) % 1000;
        let value = match body.pointer(pointer)? {
            Value::Number(_) => number.to_string(),
            Value::String(text) if is_uuid(text) => format!("\"c4ecc4ec-0000-4000-8000-{run:06}{made:04}{:02}\"", part % 100),
            Value::String(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("\"{number}\"")
            }
            Value::String(_) if part > 0 => format!("\"{}-{part}\"", self.id()),
            Value::String(_) => format!("\"{}\"", self.id()),
            _ => return None,
        };
        Some(format!("{pointer}={value}"))
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Returns the body after an edit. `None` if it cannot be edited.
fn edited(body: &Bytes, edit: &str) -> Option<Bytes> {
    edit.parse::<Edit>().ok()?.apply(body).ok()
}

/// Returns the texts and numbers of a JSON body by their pointers: those that are called an id first, and then the outer ones.
fn leaves(body: &Bytes) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    if let Ok(body) = serde_json::from_slice(body) {
        collect(String::new(), body, &mut found);
    }
    found.sort_by_key(|(pointer, _)| {
        let name = pointer.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        (!name.ends_with("id"), pointer.matches('/').count())
    });
    found
}

fn collect(pointer: String, value: Value, found: &mut Vec<(String, Value)>) {
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        // The path of an edit ends at the first equals sign.
        Value::Object(members) => {
            for (name, value) in members.into_iter().filter(|(name, _)| !name.contains('=')) {
                collect(format!("{pointer}/{}", escaped(&name)), value, found);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.into_iter().enumerate() {
                collect(format!("{pointer}/{index}"), value, found);
            }
        }
        Value::String(_) | Value::Number(_) => found.push((pointer, value)),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
