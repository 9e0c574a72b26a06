//! The log of an entry.

use serde::Serialize;
use time::OffsetDateTime;

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
    /// `redelivered`, `redecoded`, `marked_done`, `cancelled` or `erased`.
    pub what: String,
    /// The number of the attempt that ended, or of the last one before the action.
    pub attempt: u32,
    /// The worker or the person.
    pub actor: String,
    /// The reason, if one was given.
    pub reason: Option<String>,
}

impl HistoryLine {
    /// Creates a line.
    ///
    /// ```
    /// use referral_webhooks_inbox::{Reason, store::HistoryLine};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let line = HistoryLine::new(now, "retry", 2, "worker-1", Some(&Reason::from("the shop is down")));
    /// assert_eq!((line.attempt, line.reason.as_deref()), (2, Some("the shop is down")));
    /// ```
    #[must_use]
    pub fn new(at: OffsetDateTime, what: &str, attempt: u32, actor: &str, reason: Option<&Reason>) -> Self {
        let reason = reason.map(|reason| reason.as_str().to_owned());
        Self { at, what: what.to_owned(), attempt, actor: actor.to_owned(), reason }
    }
}
