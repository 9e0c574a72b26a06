//! A copy of an entry, for another inbox.

use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, HistoryLine};
use time::OffsetDateTime;

/// Everything that a store keeps about an entry, for a copy in another inbox: a backup, or a move between engines.
///
/// The bodies of a sealed inbox stay sealed, so a copy of one is restored only into an inbox that has the same mark, and no
/// key is needed for it.
///
/// ```no_run
/// # #[cfg(feature = "sqlite")]
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use referral_webhooks_inbox::EntryId;
/// use referral_webhooks_inbox_sqlx::{Restored, SqliteStore};
///
/// let (shop, backup) = (SqliteStore::connect("shop.db").await?, SqliteStore::connect("backup.db").await?);
/// if let Some(copy) = shop.copy(EntryId(1_204)).await? {
///     match backup.restore(copy, "dana@example.com").await? {
///         Restored::New(id) => println!("it is entry {id}"),
///         Restored::Known(id) => println!("entry {id} has its delivery id"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryCopy {
    /// The entry.
    pub entry: Entry,
    /// The digest of its payload, by which another body under its id is found.
    pub body_digest: [u8; 32],
    /// The digest of the subject.
    pub subject: Option<String>,
    /// The digest of the business key.
    pub business_key: Option<String>,
    /// The entry's position within its subject.
    pub ordered_at: OffsetDateTime,
    /// Whether the id is kept without end.
    pub keeps_id: bool,
    /// The [mark](referral_webhooks_inbox::store::SEAL_MARK) of the inbox, which says how its entries are sealed.
    pub seal_mark: String,
    /// The request as it is stored; `None` if it was deleted.
    pub delivery: Option<StoredDelivery>,
    /// The history, the oldest line first.
    pub history: Vec<HistoryLine>,
}

impl EntryCopy {
    /// Creates the copy of an entry without subject, business key, request and history.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Entry;
    /// use referral_webhooks_inbox_sqlx::EntryCopy;
    ///
    /// fn copy(entry: Entry) -> EntryCopy {
    ///     EntryCopy::new(entry, [0; 32])
    /// }
    /// ```
    #[must_use]
    pub fn new(entry: Entry, body_digest: [u8; 32]) -> Self {
        let ordered_at = entry.received_at;
        Self {
            entry,
            body_digest,
            subject: None,
            business_key: None,
            ordered_at,
            keeps_id: true,
            seal_mark: referral_webhooks_inbox::store::NOT_SEALED.to_owned(),
            delivery: None,
            history: Vec::new(),
        }
    }
}

/// The result of restoring a copy.
///
/// ```
/// use referral_webhooks_inbox::EntryId;
/// use referral_webhooks_inbox_sqlx::Restored;
///
/// assert_eq!(Restored::Known(EntryId(7)).id(), EntryId(7));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// The inbox had no entry with the delivery id, and has this one now.
    New(EntryId),
    /// This entry has the delivery id. It was not changed.
    Known(EntryId),
}

impl Restored {
    /// Returns the entry.
    ///
    /// ```
    /// use referral_webhooks_inbox::EntryId;
    /// use referral_webhooks_inbox_sqlx::Restored;
    ///
    /// assert_eq!(Restored::New(EntryId(7)).id(), EntryId(7));
    /// ```
    #[must_use]
    pub const fn id(&self) -> EntryId {
        match self {
            Self::New(id) | Self::Known(id) => *id,
        }
    }
}
