//! The log of an entry.

use std::time::Duration;

use serde::{Serialize, Serializer};
use time::OffsetDateTime;

use super::by_hand::ByHand;
use super::entry::EntryId;
use crate::reason::Reason;

/// One line of an entry's history: the end of an attempt, or an operator's action. Lines are only appended.
///
/// ```
/// # use referral_webhooks_inbox::EntryId;
/// # use referral_webhooks_inbox::store::{Store, StoreError};
/// async fn print<S: Store>(store: &S, id: EntryId) -> Result<(), StoreError> {
///     for line in store.history(id).await? {
///         println!("{} {} by {}: {}", line.at, line.what, line.actor, line.reason.unwrap_or_default());
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HistoryLine {
    /// The time, by the store's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The action: `completed`, `retry`, `discarded`, `parked`, `held`, `released`, `abandoned`, `revived`, `repeated`,
    /// `redelivered`, `redecoded`, `marked_done`, `cancelled` or `erased`, or a word that was
    /// [recorded](super::Store::record).
    pub what: String,
    /// The number of the attempt that ended, or of the last one before the action.
    pub attempt: u32,
    /// The worker or the person.
    pub actor: String,
    /// Whether the actor is a person.
    pub by_hand: bool,
    /// The reason, if one was given.
    pub reason: Option<String>,
    /// The duration of the attempt that ended, from its claim, in milliseconds: until its lease expired, if it was
    /// abandoned. `None` if no attempt ended. Serializes as seconds.
    #[serde(rename = "took_seconds", serialize_with = "seconds")]
    pub took: Option<Duration>,
}

impl HistoryLine {
    /// Creates a line about an entry that no attempt and no person has changed.
    ///
    /// ```
    /// use referral_webhooks_inbox::{Reason, store::HistoryLine};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let line = HistoryLine::new(now, "retry", 2, "worker-1", Some(&Reason::from("the shop is down")));
    /// assert_eq!((line.attempt, line.reason.as_deref()), (2, Some("the shop is down")));
    /// assert_eq!((line.by_hand, line.took), (false, None));
    /// ```
    #[must_use]
    pub fn new(at: OffsetDateTime, what: &str, attempt: u32, actor: &str, reason: Option<&Reason>) -> Self {
        let reason = reason.map(|reason| reason.as_str().to_owned());
        Self { at, what: what.to_owned(), attempt, actor: actor.to_owned(), by_hand: false, reason, took: None }
    }

    /// Creates the line of a person's action.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::HistoryLine;
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// assert!(HistoryLine::by_hand(now, "cancelled", 2, "dana".into()).by_hand);
    /// ```
    #[must_use]
    pub fn by_hand(at: OffsetDateTime, what: &str, attempt: u32, by: ByHand<'_>) -> Self {
        Self { by_hand: true, ..Self::new(at, what, attempt, by.by, by.reason) }
    }
}

/// The action of a person, with the entry that it concerns.
///
/// ```
/// # use referral_webhooks_inbox::store::{Store, StoreError};
/// async fn print_all<S: Store>(store: &S) -> Result<(), StoreError> {
///     let mut before = None;
///     loop {
///         let page = store.acts_by_hand(before, 100).await?;
///         let Some(last) = page.last() else { return Ok(()) };
///         before = Some(last.number);
///         for act in &page {
///             println!("{} {} {} by {}", act.line.at, act.entry, act.line.what, act.line.actor);
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Act {
    /// The number of the line in its store. Later lines have higher numbers.
    pub number: i64,
    /// The entry.
    pub entry: EntryId,
    /// The endpoint of the entry.
    pub endpoint: String,
    /// The line of the entry's history.
    #[serde(flatten)]
    pub line: HistoryLine,
}

impl Act {
    /// Creates an act of a store's columns.
    ///
    /// ```
    /// use referral_webhooks_inbox::EntryId;
    /// use referral_webhooks_inbox::store::{Act, HistoryLine};
    ///
    /// fn act(number: i64, line: HistoryLine) -> Act {
    ///     Act::new(number, EntryId(7), "redpin-main".to_owned(), line)
    /// }
    /// ```
    #[must_use]
    pub const fn new(number: i64, entry: EntryId, endpoint: String, line: HistoryLine) -> Self {
        Self { number, entry, endpoint, line }
    }
}

/// Serializes a duration as a number of seconds.
fn seconds<S: Serializer>(took: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    took.map(|took| took.as_secs_f64()).serialize(serializer)
}
