//! One stored delivery, as its store knows it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, StoredDelivery, Strength};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::store::State;
use crate::store::conflict;

/// The number of an entry in its store; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub i64);

/// What a store is asked to keep.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewEntry {
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The platform's name.
    pub platform: &'static str,
    /// The text of the [`DeliveryId`](referral_webhooks::DeliveryId): unique within the endpoint.
    pub delivery_id: String,
    /// How well the key tells two messages apart.
    pub strength: Strength,
    /// The event's name, where it has one.
    pub event: Option<String>,
    /// Why the event is `Other`, if it is.
    pub unreadable: Option<String>,
    /// What opens as the delivery again.
    pub delivery: StoredDelivery,
    /// The SHA-256 of the body, by which the same key with another body is found.
    pub body_digest: [u8; 32],
    /// How many attempts it gets.
    pub attempts: u32,
    /// Whether a dead letter with this key is processed again, because it came again.
    pub revives: bool,
    /// Whom or what it is about, as a digest: entries of one subject are processed one at a time, in their order.
    pub subject: Option<String>,
    /// The mark of what sealed the entry; `None` if it is not sealed.
    pub sealed_by: Option<String>,
    /// Its place among those of its subject: when it was signed, or received where the platform signs no time.
    pub ordered_at: OffsetDateTime,
    /// Whether the id is kept without end, because no signed time limits when a repeat is accepted.
    pub keeps_id: bool,
    /// The age from which a repeat of a `Digest` is neither a retry nor a redelivery by hand; `None` if a repeat can
    /// always be one.
    pub late_after: Option<Duration>,
}

impl NewEntry {
    /// What has to be kept of this delivery.
    #[must_use]
    pub fn of<P: Platform>(endpoint: &str, delivery: &Delivery<P>, attempts: u32) -> Self {
        let Decoded { event, unreadable, .. } = Decoded::of(delivery);
        Self {
            endpoint: endpoint.to_owned(),
            platform: P::NAME,
            delivery_id: delivery.id().as_str().to_owned(),
            strength: delivery.id().strength(),
            event,
            unreadable,
            delivery: delivery.stored(),
            body_digest: Sha256::digest(delivery.body()).into(),
            attempts,
            revives: true,
            subject: None,
            sealed_by: None,
            ordered_at: delivery.signed_at().unwrap_or(delivery.received_at()),
            keeps_id: delivery.signed_at().is_none(),
            late_after: conflict::late_after(P::CONTRACT),
        }
    }

    /// What the store's [mark](crate::store::SEAL_MARK) must be.
    #[must_use]
    pub fn seal_mark(&self) -> &str {
        self.sealed_by.as_deref().unwrap_or(NOT_SEALED)
    }

    /// Returns the state in which the entry is stored. A waiting one becomes available if no entry comes before it.
    #[must_use]
    pub const fn state(&self) -> State {
        match (&self.unreadable, &self.subject) {
            (Some(_), _) => State::Parked,
            (None, Some(_)) => State::Waiting,
            (None, None) => State::Available,
        }
    }

    /// The same as an entry about this subject. A digest of it is kept: it may be somebody's address.
    #[must_use]
    pub fn about(self, subject: impl AsRef<[u8]>) -> Self {
        Self { subject: Some(digest_of(subject.as_ref())), ..self }
    }
}

/// The mark of a store whose entries are not sealed.
pub const NOT_SEALED: &str = "none";

/// The longest event name that is kept, in bytes: an unknown one is whatever the sender wrote.
const MAX_EVENT_NAME: usize = 100;

/// The longest reason that is kept, in bytes.
const MAX_REASON: usize = 2_000;

/// What a store answered when it was asked to keep a delivery. All of them are durable, and answered 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is new.
    Stored(EntryId),
    /// The key and the body are known, whatever became of them; counted.
    Repeated(EntryId),
    /// The key is known with another body, or came too late to be a retry. The delivery is stored as this entry of its
    /// own: a dead letter, until a person redelivers or dismisses it.
    Conflict(EntryId),
    /// The key is known, and its entry was a dead letter: it is to be processed again, with a fresh budget.
    Revived(EntryId),
}

impl Accepted {
    /// The entry.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        match self {
            Self::Stored(id) | Self::Repeated(id) | Self::Conflict(id) | Self::Revived(id) => *id,
        }
    }

    /// The answer as one word, for logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Stored(_) => "stored",
            Self::Repeated(_) => "repeated",
            Self::Conflict(_) => "conflict",
            Self::Revived(_) => "revived",
        }
    }
}

/// A stored delivery, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its number.
    pub id: EntryId,
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The platform's name.
    pub platform: String,
    /// The key under which it is unique within the endpoint.
    pub delivery_id: String,
    /// Whether the key is a digest: two messages with the same bytes are one.
    pub is_derived: bool,
    /// The event's name, where it has one.
    pub event: Option<String>,
    /// Why the event is `Other`, if it is.
    pub unreadable: Option<String>,
    /// What became of it.
    pub state: State,
    /// How often it has been taken up.
    pub attempt: u32,
    /// The number of its last attempt, if none succeeds before.
    pub last_attempt: u32,
    /// How often its effect was wanted: 1, and 1 more for each time that it was redelivered after it was completed.
    pub run: u32,
    /// How often it came again with the same body.
    pub repeats: u32,
    /// How often it came again with another body, or too late to be a retry.
    pub conflicts: u32,
    /// The entry that has the id, if this one is a [conflict](Accepted::Conflict).
    pub conflict_of: Option<EntryId>,
    /// When it came first, by the receiver's clock.
    pub received_at: OffsetDateTime,
    /// When it came last, by the store's clock.
    pub last_seen_at: OffsetDateTime,
    /// When it is due, or its lease ends; nothing while it waits for an earlier entry, and once it is finished.
    pub next_at: Option<OffsetDateTime>,
    /// When it was finished.
    pub finished_at: Option<OffsetDateTime>,
    /// The reason that was given last.
    pub reason: Option<String>,
    /// Whether its body is still kept.
    pub has_body: bool,
}

impl Entry {
    /// An entry as a store finds it; the remaining fields are public.
    #[must_use]
    pub fn new(id: EntryId, state: State, received_at: OffsetDateTime, last_seen_at: OffsetDateTime) -> Self {
        Self {
            id,
            endpoint: String::new(),
            platform: String::new(),
            delivery_id: String::new(),
            is_derived: false,
            event: None,
            unreadable: None,
            state,
            attempt: 0,
            last_attempt: 0,
            run: 1,
            repeats: 0,
            conflicts: 0,
            conflict_of: None,
            received_at,
            last_seen_at,
            next_at: None,
            finished_at: None,
            reason: None,
            has_body: true,
        }
    }
}

/// What this version reads in a stored delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded {
    /// The event's name, where it has one.
    pub event: Option<String>,
    /// Why the event is `Other`, if it is.
    pub unreadable: Option<String>,
    /// The subject, as a digest: see [`NewEntry::subject`].
    pub subject: Option<String>,
}

impl Decoded {
    /// What this version reads in a delivery.
    #[must_use]
    pub fn of<P: Platform>(delivery: &Delivery<P>) -> Self {
        Self {
            event: delivery.event().name().map(|name| shortened(name, MAX_EVENT_NAME)),
            unreadable: delivery.event().why_other().map(|why| shortened(&why.to_string(), MAX_REASON)),
            subject: None,
        }
    }

    /// The same as a reading of an entry about this subject.
    #[must_use]
    pub fn about(self, subject: impl AsRef<[u8]>) -> Self {
        Self { subject: Some(digest_of(subject.as_ref())), ..self }
    }
}

/// A subject as it is kept.
fn digest_of(subject: &[u8]) -> String {
    Sha256::digest(subject).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A reason in words: for the dead letters, and for whoever reads them. Cut at 2,000 bytes.
///
/// It is stored and shown: put no names and addresses into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Reason {
    fn from(words: T) -> Self {
        Self(shortened(&words.into(), MAX_REASON))
    }
}

/// A text without its end, where it is longer than `most` bytes.
fn shortened(text: &str, most: usize) -> String {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or_default()].to_owned()
}

/// A claim on an entry: who holds it may process it until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The entry.
    pub id: EntryId,
    /// The attempt: together with the entry it names this claim and no other, for attempts are counted when an entry
    /// is claimed and never go back.
    pub attempt: u32,
    /// The last attempt that it gets.
    pub last_attempt: u32,
    /// For how long, from the claim on.
    pub length: Duration,
}

impl Lease {
    /// The longest lease: what a worker that died has left is claimed again after it.
    pub const LONGEST: Duration = Duration::from_secs(60 * 60);

    /// A lease as a store gives it, of [an hour](Self::LONGEST) at most.
    #[must_use]
    pub const fn new(id: EntryId, attempt: u32, last_attempt: u32, length: Duration) -> Self {
        let length = if length.as_secs() < Self::LONGEST.as_secs() { length } else { Self::LONGEST };
        Self { id, attempt, last_attempt, length }
    }
}

/// An entry that was claimed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Claim {
    /// The claim.
    pub lease: Lease,
    /// How often its effect was wanted; see [`Entry::run`].
    pub run: u32,
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The key under which the entry is unique within the endpoint.
    pub delivery_id: String,
    /// What opens as the delivery again; nothing if its body was erased.
    pub delivery: Option<StoredDelivery>,
    /// Whether it is to be processed alone: it was left by its worker more than once, and may be what kills it.
    pub isolated: bool,
}

impl Claim {
    /// A claim as a store gives it.
    #[must_use]
    pub const fn new(
        lease: Lease,
        run: u32,
        endpoint: String,
        delivery_id: String,
        delivery: Option<StoredDelivery>,
    ) -> Self {
        Self { lease, run, endpoint, delivery_id, delivery, isolated: false }
    }

    /// To be processed alone.
    #[must_use]
    pub fn isolated(self, isolated: bool) -> Self {
        Self { isolated, ..self }
    }
}
