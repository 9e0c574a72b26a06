//! A stored delivery, without its body.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use referral_webhooks::Fingerprint;
use serde::Serialize;
use time::OffsetDateTime;

use super::state::State;

/// The number of an entry in its store. Numbers are never reused.
///
/// ```
/// use referral_webhooks_inbox::EntryId;
///
/// let id: EntryId = "1204".parse()?;
/// assert!(id > EntryId(1_203));
/// assert_eq!(id.to_string(), "1204");
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EntryId(pub i64);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EntryId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

/// A stored delivery, without its body. It serializes with times in the form of RFC 3339.
///
/// ```
/// use referral_webhooks_inbox::store::Entry;
///
/// fn line(entry: &Entry) -> String {
///     let Entry { endpoint, delivery_id, state, .. } = entry;
///     format!("{endpoint} {delivery_id}: {}", state.as_str())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// The number of the entry.
    pub id: EntryId,
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The tenant, if one route serves many.
    pub tenant: Option<String>,
    /// The platform's name.
    pub platform: String,
    /// The delivery id, unique within the endpoint and the tenant.
    pub delivery_id: String,
    /// Whether the delivery id is a digest, so that two messages with the same bytes share it.
    pub is_derived: bool,
    /// The event's name, if it has one.
    pub event: Option<String>,
    /// Why the event is `Other`, if it is.
    pub unreadable: Option<String>,
    /// The position of the event in a body that holds several, from 0; `None` if the body is one event.
    pub item: Option<u32>,
    /// The digest of the profile that read the event; `None` for a platform without a profile.
    pub profile: Option<String>,
    /// The state.
    pub state: State,
    /// The number of attempts so far.
    pub attempt: u32,
    /// The number of the last attempt, if no earlier one succeeds.
    pub last_attempt: u32,
    /// The number of times that the effect was requested: 1, and 1 more for each redelivery after completion.
    pub run: u32,
    /// The number of repeats with the same body, and of deliveries with other ids and the same business key.
    pub repeats: u32,
    /// The number of conflicts: repeats with another body, or too late to be a retry.
    pub conflicts: u32,
    /// The entry that has the delivery id or the business key, if this one is a [conflict](super::Accepted::Conflict).
    pub conflict_of: Option<EntryId>,
    /// The entry that has the business key, if this one [repeats](super::Accepted::SameKey) it under another id.
    pub repeat_of: Option<EntryId>,
    /// The fingerprint of the secret that proved the body, [as the store keeps it](super::Store::kept_fingerprint);
    /// `None` without a body.
    pub secret: Option<Fingerprint>,
    /// The time of the first delivery, by the receiver's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    /// The time of the last delivery, by the store's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen_at: OffsetDateTime,
    /// The due time, or the end of the lease; `None` if it is waiting or finished.
    #[serde(with = "time::serde::rfc3339::option")]
    pub next_at: Option<OffsetDateTime>,
    /// The time of the end.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
    /// The last reason.
    pub reason: Option<String>,
    /// Whether the body is still stored.
    pub has_body: bool,
}

impl Entry {
    /// Creates an entry whose other fields are empty. All fields are public, so that a store fills them in.
    ///
    /// ```
    /// use referral_webhooks_inbox::{EntryId, store::{Entry, State}};
    /// # let received_at = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let mut entry = Entry::new(EntryId(7), State::Parked, received_at, received_at);
    /// entry.endpoint = "redpin-main".to_owned();
    /// assert_eq!((entry.run, entry.attempt, entry.has_body), (1, 0, true));
    /// ```
    #[must_use]
    pub fn new(id: EntryId, state: State, received_at: OffsetDateTime, last_seen_at: OffsetDateTime) -> Self {
        Self {
            id,
            endpoint: String::new(),
            tenant: None,
            platform: String::new(),
            delivery_id: String::new(),
            is_derived: false,
            event: None,
            unreadable: None,
            item: None,
            profile: None,
            state,
            attempt: 0,
            last_attempt: 0,
            run: 1,
            repeats: 0,
            conflicts: 0,
            conflict_of: None,
            repeat_of: None,
            secret: None,
            received_at,
            last_seen_at,
            next_at: None,
            finished_at: None,
            reason: None,
            has_body: true,
        }
    }
}
