//! The result of accepting a delivery.

use super::entry::EntryId;

/// The result of accepting a delivery. Every variant is durable and is answered with 200.
///
/// ```
/// use referral_webhooks_inbox::EntryId;
/// use referral_webhooks_inbox::store::Accepted;
///
/// let accepted = Accepted::Repeated(EntryId(7));
/// assert_eq!((accepted.id(), accepted.as_str()), (EntryId(7), "repeated"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// A new entry.
    Stored(EntryId),
    /// A repeat of a known entry, in any state. The repeat was counted.
    Repeated(EntryId),
    /// A known id with another body, or a repeat that came too late to be a retry, or a repeat by business key of an
    /// entry that waits for a person without its body. The delivery is stored as this entry: a dead letter, until a
    /// person redelivers or cancels it.
    Conflict(EntryId),
    /// A repeat of a dead letter, which is processed again with fresh attempts. The repeat may have another id and the
    /// same business key.
    Revived(EntryId),
    /// A new id with the [business key](super::NewEntry::business_key) of another entry. The delivery is stored as this
    /// entry, which is cancelled. The other entry counts the repeat, and [`Entry::repeat_of`](super::Entry::repeat_of)
    /// names it.
    SameKey(EntryId),
}

impl Accepted {
    /// Returns the entry.
    ///
    /// ```
    /// use referral_webhooks_inbox::{EntryId, store::Accepted};
    ///
    /// assert_eq!(Accepted::Conflict(EntryId(8)).id(), EntryId(8));
    /// ```
    #[must_use]
    pub const fn id(&self) -> EntryId {
        match self {
            Self::Stored(id) | Self::Repeated(id) | Self::Conflict(id) | Self::Revived(id) | Self::SameKey(id) => *id,
        }
    }

    /// Returns the result as one word, for logs and metrics.
    ///
    /// ```
    /// use referral_webhooks_inbox::{EntryId, store::Accepted};
    ///
    /// assert_eq!(Accepted::Stored(EntryId(7)).as_str(), "stored");
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Stored(_) => "stored",
            Self::Repeated(_) => "repeated",
            Self::Conflict(_) => "conflict",
            Self::Revived(_) => "revived",
            Self::SameKey(_) => "same_key",
        }
    }
}
