//! Another delivery about a known business fact.
//!
//! - Guarantees: every store decides the same, so that a fact is processed once and each delivery about it is kept.
//! - Assumes: the store's unique index decides which entry has a business key, and its row is locked before the decision.
//! - Without it: one referral under two message ids pays two rewards, or a retry under another id is dropped although
//!   the first delivery failed.

use super::entry::EntryId;
use super::state::State;
use crate::reason::Reason;

/// The fate of a delivery with a new id whose business key another entry has.
///
/// ```
/// use referral_webhooks_inbox::store::{SameKey, State};
///
/// let (has_body, is_conflict, revives) = (true, false, true);
/// assert_eq!(SameKey::judge(State::Completed, has_body, is_conflict, revives), SameKey::Repeat);
/// assert_eq!(SameKey::judge(State::Discarded, has_body, is_conflict, revives), SameKey::Revive);
/// assert_eq!(SameKey::judge(State::Discarded, false, is_conflict, revives), SameKey::Keep);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameKey {
    /// The delivery is stored as a cancelled entry, and counts as a repeat of the first one.
    Repeat,
    /// The same, and the first entry is a dead letter that is processed again with its own body and id.
    Revive,
    /// The first entry waits for a person, and its body was deleted. The delivery is stored as a dead letter, because it
    /// is the only body of the fact.
    Keep,
}

impl SameKey {
    /// Decides by the entry that has the key: its state, whether it has its body, whether it is a
    /// [conflict](super::Conflict); and whether repeats [revive](super::NewEntry::revives) dead letters.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{SameKey, State};
    ///
    /// // A person decides about conflicts.
    /// assert_eq!(SameKey::judge(State::Discarded, true, true, true), SameKey::Repeat);
    /// ```
    #[must_use]
    pub const fn judge(first: State, has_body: bool, is_conflict: bool, revives: bool) -> Self {
        match first {
            State::Discarded | State::Parked if !has_body => Self::Keep,
            State::Discarded if revives && !is_conflict => Self::Revive,
            _ => Self::Repeat,
        }
    }

    /// Returns the reason of the delivery's entry, which names the entry that has the key.
    ///
    /// ```
    /// use referral_webhooks_inbox::{EntryId, store::SameKey};
    ///
    /// assert_eq!(SameKey::Repeat.reason(EntryId(7)).as_str(), "entry 7 has the same business key");
    /// ```
    #[must_use]
    pub fn reason(&self, of: EntryId) -> Reason {
        match self {
            Self::Repeat | Self::Revive => format!("entry {} has the same business key", of.0).into(),
            Self::Keep => format!("entry {} has the same business key, and its body was deleted", of.0).into(),
        }
    }
}
