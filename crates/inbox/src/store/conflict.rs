//! Another delivery under an id that an entry has already.
//!
//! - Guarantees: the delivery is stored as an entry of its own under a key of its own, before it is acknowledged. Every
//!   store makes the same key, so a repeat of the other delivery finds the same entry.
//! - Assumes: the store decides by its index whether a key is taken.
//! - Without it: two events that a platform gives one id are acknowledged, and one of them is lost.

use std::time::Duration;

use referral_webhooks::{Contract, Redelivery, Strength};

use crate::store::{EntryId, NewEntry, Reason};

/// A delivery under the id of another entry, as the entry of its own that a store inserts: a dead letter.
///
/// A store that finds the key taken by another delivery takes the [`next`](Self::next) one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Conflict<'e> {
    /// The delivery.
    pub entry: &'e NewEntry,
    /// The entry that has the id.
    pub of: EntryId,
    /// The key under which the delivery is stored: the id, `~` and 16 hexadecimal digits.
    pub delivery_id: String,
    suffix: String,
    is_late: bool,
}

/// A byte between an id and the suffix that tells a conflict apart from the entry that has the id.
const MARK: char = '~';

/// The digits of a suffix.
const DIGITS: usize = 16;

/// The allowance for queues and slow attempts, on top of the last time at which a platform sends.
const SLACK: Duration = Duration::from_secs(24 * 60 * 60);

impl<'e> Conflict<'e> {
    /// Returns the conflict of a delivery whose body is not that of the entry with its id.
    #[must_use]
    pub fn other_body(entry: &'e NewEntry, of: EntryId) -> Self {
        let suffix = entry.body_digest[..DIGITS / 2].iter().map(|byte| format!("{byte:02x}")).collect();
        Self::new(entry, of, suffix, false)
    }

    /// Returns the conflict of a delivery that came too late to be a retry of the entry with its id.
    #[must_use]
    pub fn late(entry: &'e NewEntry, of: EntryId) -> Self {
        let micros = entry.delivery.received_at.unix_timestamp_nanos() / 1_000;
        let suffix = format!("{:016x}", i64::try_from(micros).unwrap_or_default());
        Self::new(entry, of, suffix, true)
    }

    fn new(entry: &'e NewEntry, of: EntryId, suffix: String, is_late: bool) -> Self {
        Self { entry, of, delivery_id: format!("{}{MARK}{suffix}", entry.delivery_id), suffix, is_late }
    }

    /// Returns the same conflict under the next key, where another delivery has this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self { delivery_id: format!("{}{MARK}{}", self.delivery_id, self.suffix), ..self }
    }

    /// Returns whether an entry with this key and this digest of its body is the same delivery.
    #[must_use]
    pub fn is_same(&self, body_digest: &[u8]) -> bool {
        self.entry.body_digest == *body_digest
    }

    /// Returns the reason of the dead letter.
    #[must_use]
    pub fn reason(&self) -> Reason {
        let of = self.of.0;
        match self.is_late {
            true => format!("the id of entry {of} came too late for a retry or a redelivery").into(),
            false => format!("another body under the id of entry {of}").into(),
        }
    }
}

impl NewEntry {
    /// Returns whether a delivery with the key of an entry is a repeat of it, whatever its body is: a digest of the
    /// meaning is the same for two spellings of one message.
    #[must_use]
    pub fn is_same_by_key(&self) -> bool {
        self.strength == Strength::Digest
    }

    /// Returns the age since which an entry must have been seen for this delivery to be its repeat.
    #[must_use]
    pub fn late_age(&self) -> Option<Duration> {
        self.late_after.filter(|_| self.is_same_by_key())
    }
}

/// Returns the key of the entry with the id, if this may be the key of a conflict.
#[cfg(any(feature = "encrypt", test))]
pub(crate) fn original_of(key: &str) -> Option<&str> {
    let (original, suffix) = key.rsplit_once(MARK)?;
    let is_suffix = suffix.len() == DIGITS && suffix.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_suffix.then_some(original)
}

/// Returns the time after which a platform with this contract sends no delivery again, neither by itself nor by hand.
pub(crate) fn late_after(contract: &Contract) -> Option<Duration> {
    let horizon = contract.retries.horizon()?;
    match contract.redelivery {
        Redelivery::Never => Some(horizon.saturating_add(SLACK)),
        Redelivery::Within(window) => Some(horizon.max(window).saturating_add(SLACK)),
        // What is not known is no ground to hold a repeat for something else.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use referral_webhooks::Retries;
    use referral_webhooks::platform::Platform;
    use referral_webhooks::platform::redpin::Redpin;

    #[test]
    fn a_late_repeat_needs_a_known_horizon_and_no_redelivery_by_hand() {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        let mut known = Retries::UNKNOWN;
        known.give_up = Some(48 * HOUR);
        let rows = [
            (known, Redelivery::Never, Some(72 * HOUR)),
            (known, Redelivery::Within(HOUR), Some(72 * HOUR)),
            (known, Redelivery::Within(100 * HOUR), Some(124 * HOUR)),
            (known, Redelivery::AnyTime, None),
            (known, Redelivery::Unknown, None),
            (Retries::UNKNOWN, Redelivery::Never, None),
            (Retries::UNKNOWN, Redelivery::Within(HOUR), None),
        ];
        for (retries, redelivery, want) in rows {
            let mut contract = Redpin::CONTRACT.clone();
            (contract.retries, contract.redelivery) = (retries, redelivery);
            assert_eq!(late_after(&contract), want, "{retries:?}, {redelivery:?}");
        }
    }

    #[test]
    fn a_key_of_a_conflict_leads_to_the_id() {
        let rows = [
            ("m1~0123456789abcdef", Some("m1")),
            ("m~1~0123456789abcdef", Some("m~1")),
            ("~0123456789abcdef", Some("")),
            ("m1", None),
            ("m1~0123456789abcde", None),
            ("m1~0123456789abcdeg", None),
            ("m1~0123456789abcdef0", None),
        ];
        for (key, want) in rows {
            assert_eq!(original_of(key), want, "{key}");
        }
    }
}
