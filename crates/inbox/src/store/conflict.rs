//! Another delivery under a known id.
//!
//! - Guarantees: the delivery is stored as an entry with a derived id before it is acknowledged. Every store derives
//!   the same id, so a repeat of the other delivery finds the same entry.
//! - Assumes: the store's unique index decides whether a derived id is taken. Concurrent conflicts derive the same
//!   sequence of ids, and each insert either succeeds or finds its repeat.
//! - Without it: a platform that gives two events one id gets both acknowledged, and one of them is never processed.

use super::entry::EntryId;
use super::new_entry::NewEntry;
use crate::reason::Reason;

/// A delivery under the id of another entry, as the dead letter that a store inserts.
///
/// A store inserts it under [`delivery_id`](Self::delivery_id). If another delivery has that id, the store tries the
/// [`next`](Self::next) one.
///
/// ```
/// use referral_webhooks_inbox::EntryId;
/// use referral_webhooks_inbox::store::{Conflict, NewEntry};
///
/// fn derived_id(entry: &NewEntry) -> String {
///     Conflict::other_body(entry, EntryId(7)).delivery_id // "msg_2a9~5f70bf18a0860070"
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Conflict<'e> {
    /// The delivery.
    pub entry: &'e NewEntry,
    /// The entry that has the id.
    pub of: EntryId,
    /// The derived id: the original id, `~` and 16 hexadecimal digits.
    pub delivery_id: String,
    suffix: String,
    is_late: bool,
}

/// The byte between an id and the suffix of a derived id.
const MARK: char = '~';

/// The number of digits in a suffix.
const DIGITS: usize = 16;

impl<'e> Conflict<'e> {
    /// Creates the conflict of a delivery whose body differs from that of the entry with its id.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{EntryId, store::{Conflict, NewEntry}};
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// # let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// let conflict = Conflict::other_body(&entry, EntryId(7));
    /// assert_eq!(conflict.delivery_id.len(), "msg_1~".len() + 16);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn other_body(entry: &'e NewEntry, of: EntryId) -> Self {
        let suffix = entry.body_digest[..DIGITS / 2].iter().map(|byte| format!("{byte:02x}")).collect();
        Self::new(entry, of, suffix, false)
    }

    /// Creates the conflict of a delivery that came too late to be a retry of the entry with its id.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{EntryId, store::{Conflict, NewEntry}};
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// # let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// // The delivery was received one second after 1970 began: 1,000,000 microseconds, or f4240 in hexadecimal.
    /// assert_eq!(Conflict::late(&entry, EntryId(7)).delivery_id, "msg_1~00000000000f4240");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn late(entry: &'e NewEntry, of: EntryId) -> Self {
        let micros = entry.delivery.received_at.unix_timestamp_nanos() / 1_000;
        let suffix = format!("{:016x}", i64::try_from(micros).unwrap_or_default());
        Self::new(entry, of, suffix, true)
    }

    fn new(entry: &'e NewEntry, of: EntryId, suffix: String, is_late: bool) -> Self {
        Self { entry, of, delivery_id: format!("{}{MARK}{suffix}", entry.delivery_id), suffix, is_late }
    }

    /// Returns the same conflict under the next derived id, if another delivery has the present one.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{EntryId, store::{Conflict, NewEntry}};
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// # let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// let next = Conflict::late(&entry, EntryId(7)).next();
    /// assert_eq!(next.delivery_id, "msg_1~00000000000f4240~00000000000f4240");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn next(self) -> Self {
        Self { delivery_id: format!("{}{MARK}{}", self.delivery_id, self.suffix), ..self }
    }

    /// Returns whether an entry with the derived id and this body digest is the same delivery.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{EntryId, store::{Conflict, NewEntry}};
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// # let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// let conflict = Conflict::other_body(&entry, EntryId(7));
    /// assert!(conflict.is_same(&entry.body_digest));
    /// assert!(!conflict.is_same(&[0; 32]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_same(&self, body_digest: &[u8]) -> bool {
        self.entry.body_digest == *body_digest
    }

    /// Returns the reason of the dead letter.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{EntryId, store::{Conflict, NewEntry}};
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// # let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// let conflict = Conflict::other_body(&entry, EntryId(7));
    /// assert_eq!(conflict.reason().as_str(), "another body under the id of entry 7");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn reason(&self) -> Reason {
        let of = self.of.0;
        match self.is_late {
            true => format!("the id of entry {of} came too late for a retry or a redelivery").into(),
            false => format!("another body under the id of entry {of}").into(),
        }
    }
}

/// Returns the id that a derived id was made from; `None` if it does not have the form of a derived id.
#[cfg(any(feature = "encrypt", test))]
pub(crate) fn original_of(delivery_id: &str) -> Option<&str> {
    let (original, suffix) = delivery_id.rsplit_once(MARK)?;
    let is_suffix = suffix.len() == DIGITS && suffix.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_suffix.then_some(original)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_leads_to_the_original() {
        let rows = [
            ("m1~0123456789abcdef", Some("m1")),
            ("m~1~0123456789abcdef", Some("m~1")),
            ("~0123456789abcdef", Some("")),
            ("m1", None),
            ("m1~0123456789abcde", None),
            ("m1~0123456789abcdeg", None),
            ("m1~0123456789abcdef0", None),
        ];
        for (derived, want) in rows {
            assert_eq!(original_of(derived), want, "{derived}");
        }
    }
}
