//! A restorable line of JSON.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::store::{Entry, HistoryLine, State};
use referral_webhooks_inbox::{EntryId, Reason};
use referral_webhooks_inbox_sqlx::EntryCopy;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The version of the format. A reader refuses another one.
pub(crate) const VERSION: u32 = 1;

/// The kind of a line that can be restored.
pub(crate) const KIND: &str = "entry";

/// A restorable line of JSON. Unknown members are refused, because one of them might forbid processing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) kind: String,
    pub(crate) version: u32,
    id: i64,
    endpoint: String,
    tenant: Option<String>,
    platform: String,
    delivery_id: String,
    is_derived: bool,
    event: Option<String>,
    unreadable: Option<String>,
    item: Option<u32>,
    profile: Option<String>,
    state: String,
    attempt: u32,
    last_attempt: u32,
    run: u32,
    repeats: u32,
    conflicts: u32,
    conflict_of: Option<i64>,
    repeat_of: Option<i64>,
    secret: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    received_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    last_seen_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    next_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    finished_at: Option<OffsetDateTime>,
    reason: Option<String>,
    body_digest: String,
    subject: Option<String>,
    business_key: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    ordered_at: OffsetDateTime,
    keeps_id: bool,
    /// How the entries of the inbox are sealed.
    seal_mark: String,
    /// Whether the body of a sealed inbox was opened for this line, which cannot be restored therefore.
    pub(crate) is_opened: bool,
    /// The reason of a missing request: `erased` or `pruned`.
    body_is: Option<String>,
    request: Option<Request>,
    history: Vec<Line>,
}

/// A stored request. A character of a header's value is one byte, as in the cases of `refhook verify`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    headers: Vec<(String, String)>,
    body_base64: String,
    seal_base64: Option<String>,
}

/// A line of the history.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    what: String,
    attempt: u32,
    actor: String,
    by_hand: bool,
    reason: Option<String>,
    took_milliseconds: Option<u64>,
}

impl Record {
    /// Returns the line of an entry.
    pub(crate) fn of(copy: &EntryCopy, body_is: Option<String>, is_opened: bool) -> Self {
        let Entry { id, received_at, last_seen_at, next_at, finished_at, .. } = copy.entry;
        let entry = copy.entry.clone();
        Self {
            kind: KIND.to_owned(),
            version: VERSION,
            id: id.0,
            endpoint: entry.endpoint,
            tenant: entry.tenant,
            platform: entry.platform,
            delivery_id: entry.delivery_id,
            is_derived: entry.is_derived,
            event: entry.event,
            unreadable: entry.unreadable,
            item: entry.item,
            profile: entry.profile,
            state: entry.state.as_str().to_owned(),
            attempt: entry.attempt,
            last_attempt: entry.last_attempt,
            run: entry.run,
            repeats: entry.repeats,
            conflicts: entry.conflicts,
            conflict_of: entry.conflict_of.map(|id| id.0),
            repeat_of: entry.repeat_of.map(|id| id.0),
            secret: entry.secret.map(|secret| secret.to_string()),
            received_at,
            last_seen_at,
            next_at,
            finished_at,
            reason: entry.reason,
            body_digest: STANDARD.encode(copy.body_digest),
            subject: copy.subject.clone(),
            business_key: copy.business_key.clone(),
            ordered_at: copy.ordered_at,
            keeps_id: copy.keeps_id,
            seal_mark: copy.seal_mark.clone(),
            is_opened,
            body_is,
            request: copy.delivery.as_ref().map(Request::of),
            history: copy.history.iter().map(Line::of).collect(),
        }
    }

    /// Returns the number in the exported inbox.
    pub(crate) const fn id(&self) -> EntryId {
        EntryId(self.id)
    }

    /// Returns the original of a conflict, by its number in the exported inbox.
    pub(crate) fn conflict_of(&self) -> Option<EntryId> {
        self.conflict_of.map(EntryId)
    }

    /// Returns the number of the entry that has its business key, in the exported inbox.
    pub(crate) fn repeat_of(&self) -> Option<EntryId> {
        self.repeat_of.map(EntryId)
    }

    /// Returns the copy of the entry, with the numbers of the exported inbox.
    pub(crate) fn copy(&self) -> Result<EntryCopy, String> {
        let state: State = self.state.parse().map_err(|_| "its state is unknown".to_owned())?;
        let mut entry = Entry::new(EntryId(self.id), state, self.received_at, self.last_seen_at);
        entry.endpoint.clone_from(&self.endpoint);
        entry.tenant.clone_from(&self.tenant);
        entry.platform.clone_from(&self.platform);
        entry.delivery_id.clone_from(&self.delivery_id);
        entry.is_derived = self.is_derived;
        entry.event.clone_from(&self.event);
        entry.unreadable.clone_from(&self.unreadable);
        entry.item = self.item;
        entry.profile.clone_from(&self.profile);
        (entry.attempt, entry.last_attempt, entry.run) = (self.attempt, self.last_attempt, self.run);
        (entry.repeats, entry.conflicts) = (self.repeats, self.conflicts);
        (entry.conflict_of, entry.repeat_of) = (self.conflict_of(), self.repeat_of());
        let secret = self.secret.as_deref().map(str::parse).transpose();
        entry.secret = secret.map_err(|_| "its secret is no fingerprint".to_owned())?;
        (entry.next_at, entry.finished_at) = (self.next_at, self.finished_at);
        entry.reason.clone_from(&self.reason);
        entry.has_body = self.request.is_some();
        let digest = STANDARD.decode(&self.body_digest).ok().and_then(|digest| digest.try_into().ok());
        let mut copy = EntryCopy::new(entry, digest.ok_or("its digest of the body is not 32 bytes")?);
        copy.subject.clone_from(&self.subject);
        copy.business_key.clone_from(&self.business_key);
        copy.ordered_at = self.ordered_at;
        copy.keeps_id = self.keeps_id;
        copy.seal_mark.clone_from(&self.seal_mark);
        copy.delivery = self.request.as_ref().map(|request| request.delivery(self.received_at)).transpose()?;
        copy.history = self.history.iter().map(Line::line).collect();
        Ok(copy)
    }
}

impl Request {
    fn of(delivery: &StoredDelivery) -> Self {
        let text = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
        let headers = delivery.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let seal_base64 = delivery.seal.map(|seal| STANDARD.encode(seal));
        Self { headers, body_base64: STANDARD.encode(&delivery.body), seal_base64 }
    }

    fn delivery(&self, received_at: OffsetDateTime) -> Result<StoredDelivery, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let bytes: Option<Vec<u8>> = value.chars().map(|character| u8::try_from(character).ok()).collect();
            let value = bytes.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
            let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_bytes()), value) else {
                return Err("one of its headers is invalid".to_owned());
            };
            headers.append(name, value);
        }
        let body = STANDARD.decode(&self.body_base64).map_err(|_| "its body is not base64".to_owned())?;
        let seal = match &self.seal_base64 {
            Some(seal) => {
                let seal = STANDARD.decode(seal).ok().and_then(|seal| seal.try_into().ok());
                Some(seal.ok_or("its seal is not 32 bytes")?)
            }
            None => None,
        };
        Ok(StoredDelivery::new(headers, Bytes::from(body), received_at, seal))
    }
}

impl Line {
    fn of(line: &HistoryLine) -> Self {
        Self {
            at: line.at,
            what: line.what.clone(),
            attempt: line.attempt,
            actor: line.actor.clone(),
            by_hand: line.by_hand,
            reason: line.reason.clone(),
            took_milliseconds: line.took.and_then(|took| u64::try_from(took.as_millis()).ok()),
        }
    }

    fn line(&self) -> HistoryLine {
        let reason = self.reason.clone().map(Reason::from);
        let mut line = HistoryLine::new(self.at, &self.what, self.attempt, &self.actor, reason.as_ref());
        line.by_hand = self.by_hand;
        line.took = self.took_milliseconds.map(Duration::from_millis);
        line
    }
}
