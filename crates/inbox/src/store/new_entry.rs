//! A delivery on its way into a store.

use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::{Contract, Delivery, Fingerprint, Redelivery, StoredDelivery, Strength};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::decoded::{Decoded, digest_of};
use super::state::State;

/// The name of the mark that records how the entries of a store are sealed: see
/// [`Store::accept`](super::Store::accept).
///
/// ```
/// use referral_webhooks_inbox::store::{NewEntry, SEAL_MARK, Store, StoreError};
///
/// async fn check_seal<S: Store>(store: &S, entry: &NewEntry) -> Result<(), StoreError> {
///     let stored = store.mark(SEAL_MARK, entry.seal_mark()).await?;
///     if stored == entry.seal_mark() { Ok(()) } else { Err(StoreError::other_seal()) }
/// }
/// ```
pub const SEAL_MARK: &str = "seal";

/// The value of that mark in a store whose entries are not sealed.
///
/// ```
/// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
/// # use referral_webhooks_inbox::store::{NOT_SEALED, NewEntry};
/// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
/// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
/// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
/// let entry = NewEntry::of("redpin-main", &delivery, 20);
/// assert_eq!(entry.sealed_by, None);
/// assert_eq!(entry.seal_mark(), NOT_SEALED);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const NOT_SEALED: &str = "none";

/// The allowance for queues and slow attempts, on top of the last retry or redelivery of a platform.
const SLACK: Duration = Duration::from_secs(24 * 60 * 60);

/// A delivery on its way into a store.
///
/// ```
/// use referral_webhooks::Delivery;
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_inbox::store::{Accepted, NewEntry, Store, StoreError};
///
/// async fn keep<S: Store>(store: &S, delivery: &Delivery<Redpin>) -> Result<Accepted, StoreError> {
///     store.accept(NewEntry::of("redpin-main", delivery, 20).about("referral-17")).await
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewEntry {
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The tenant, if one route serves many. An empty name is no tenant.
    pub tenant: Option<String>,
    /// The platform's name.
    pub platform: &'static str,
    /// The text of the [`DeliveryId`](referral_webhooks::DeliveryId), unique within the endpoint and the tenant.
    pub delivery_id: String,
    /// How reliably the id distinguishes two messages.
    pub strength: Strength,
    /// The event's name, if it has one.
    pub event: Option<String>,
    /// Why the event is `Other`, if it is.
    pub unreadable: Option<String>,
    /// The request as received, to be verified again before a handler gets it. The items of one delivery share it.
    pub delivery: Arc<StoredDelivery>,
    /// The position of the event in a body that holds several, from 0; `None` if the body is one event.
    pub item: Option<u32>,
    /// The digest of the profile that read the event; `None` for a platform without a profile.
    pub profile: Option<String>,
    /// The SHA-256 of the [payload](Delivery::payload) or of the item, to find another body under the same id.
    pub body_digest: [u8; 32],
    /// The fingerprint of the secret that proved the delivery. It is kept as long as the body.
    pub secret: Option<Fingerprint>,
    /// The digest of the business key, unique within the endpoint.
    pub business_key: Option<String>,
    /// The number of attempts.
    pub attempts: u32,
    /// Whether a repeat revives a dead letter with this id.
    pub revives: bool,
    /// The digest of the subject, which belongs to the endpoint and the tenant. Entries of one subject are processed one
    /// at a time and in order.
    pub subject: Option<String>,
    /// The mark of the key ring that sealed the entry; `None` if it is not sealed.
    pub sealed_by: Option<String>,
    /// The entry's position within its subject: the signed time, or the received time if the platform signs none.
    pub ordered_at: OffsetDateTime,
    /// Whether the id is kept without end, because no signed time limits when a repeat is accepted.
    pub keeps_id: bool,
    /// The age from which a repeat of a `Digest` is neither a retry nor a manual redelivery; `None` if a repeat can
    /// always be one.
    pub late_after: Option<Duration>,
}

impl NewEntry {
    /// Creates the entry of a delivery, without a subject.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::NewEntry;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// assert_eq!((entry.endpoint.as_str(), entry.delivery_id.as_str(), entry.attempts), ("redpin-main", "msg_1", 20));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of<P: Platform>(endpoint: &str, delivery: &Delivery<P>, attempts: u32) -> Self {
        let body_digest = Sha256::digest(delivery.platform().lasting(delivery.payload())).into();
        Self::new(endpoint, delivery, attempts, (Arc::new(delivery.stored()), body_digest))
    }

    /// Creates the entries of the [items](Delivery::items) of a delivery, without subjects. They share the delivery.
    ///
    /// The digest of an item is that of its event in JSON, because the whole body has other items too.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::NewEntry;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let entries = NewEntry::of_items("redpin-main", &delivery, &delivery.items(), 20);
    /// assert!(entries.is_empty()); // Redpin sends one event in a body
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_items<P: Platform>(
        endpoint: &str,
        delivery: &Delivery<P>,
        items: &[Delivery<P>],
        attempts: u32,
    ) -> Vec<Self> {
        let stored = Arc::new(delivery.stored());
        let of_item = |(position, item): (u32, &Delivery<P>)| {
            let event = serde_json::to_vec(item.event()).unwrap_or_default();
            let body_digest = Sha256::digest(event).into();
            Self::new(endpoint, item, attempts, (Arc::clone(&stored), body_digest)).at_item(position)
        };
        (0..).zip(items).map(of_item).collect()
    }

    fn new<P: Platform>(
        endpoint: &str,
        delivery: &Delivery<P>,
        attempts: u32,
        (stored, body_digest): (Arc<StoredDelivery>, [u8; 32]),
    ) -> Self {
        let facts = delivery.platform().facts();
        let Decoded { event, unreadable, profile, .. } = Decoded::of(delivery);
        Self {
            endpoint: endpoint.to_owned(),
            tenant: None,
            platform: facts.name,
            delivery_id: delivery.id().as_str().to_owned(),
            strength: delivery.id().strength(),
            event,
            unreadable,
            delivery: stored,
            item: None,
            profile,
            body_digest,
            secret: Some(delivery.fingerprint()),
            business_key: None,
            attempts,
            revives: true,
            subject: None,
            sealed_by: None,
            ordered_at: delivery.signed_at().unwrap_or(delivery.received_at()),
            keeps_id: delivery.signed_at().is_none(),
            late_after: late_after(facts.contract),
        }
    }

    /// Sets the subject. Its digest is stored, because a subject may be an e-mail address.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::NewEntry;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// let entry = entry.about("avery@example.com");
    /// assert!(!entry.subject.unwrap().contains('@'));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn about(self, subject: impl AsRef<[u8]>) -> Self {
        Self { subject: Some(digest_of(subject.as_ref())), ..self }
    }

    /// Sets the tenant.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::NewEntry;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// assert_eq!(entry.tenant, None);
    /// assert_eq!(entry.of_tenant("acme").tenant.as_deref(), Some("acme"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_tenant(self, tenant: &str) -> Self {
        Self { tenant: named(tenant), ..self }
    }

    /// Sets the business key. Its digest is stored, because a key may be an e-mail address.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::NewEntry;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// let entry = entry.with_business_key("avery@example.com created");
    /// assert!(!entry.business_key.unwrap().contains('@'));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_business_key(self, key: impl AsRef<[u8]>) -> Self {
        Self { business_key: Some(digest_of(key.as_ref())), ..self }
    }

    /// Sets the position of the event in a body that holds several.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::NewEntry;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// assert_eq!(entry.item, None);
    /// assert_eq!(entry.at_item(2).item, Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn at_item(self, position: u32) -> Self {
        Self { item: Some(position), ..self }
    }

    /// Returns the value that the store's [mark](SEAL_MARK) must have.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::NewEntry;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let mut entry = NewEntry::of("redpin-main", &delivery, 20);
    /// assert_eq!(entry.seal_mark(), "none");
    /// entry.sealed_by = Some("pepper-1".to_owned());
    /// assert_eq!(entry.seal_mark(), "pepper-1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn seal_mark(&self) -> &str {
        self.sealed_by.as_deref().unwrap_or(NOT_SEALED)
    }

    /// Returns the initial state. A waiting entry becomes available if no other entry of its
    /// subject precedes it.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::{NewEntry, State};
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// assert_eq!(entry.state(), State::Available);
    /// assert_eq!(entry.about("referral-17").state(), State::Waiting);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn state(&self) -> State {
        match (&self.unreadable, &self.subject) {
            (Some(_), _) => State::Parked,
            (None, Some(_)) => State::Waiting,
            (None, None) => State::Available,
        }
    }

    /// Returns whether a delivery with the id of an entry is its repeat even if the bodies differ. A digest of the
    /// meaning is the same for two serializations of one message.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::NewEntry;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let entry = NewEntry::of("redpin-main", &delivery, 20);
    /// assert!(!entry.is_same_by_id()); // Redpin sends a message id.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_same_by_id(&self) -> bool {
        self.strength == Strength::Digest
    }

    /// Returns the maximum time since an entry was last seen for this delivery to be its repeat.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks::{Endpoint, Message, Strength, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::NewEntry;
    /// # let now = time::OffsetDateTime::from_unix_timestamp(1)?;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let mut entry = NewEntry::of("redpin-main", &delivery, 20);
    /// assert_eq!(entry.late_age(), None);
    /// entry.strength = Strength::Digest;
    /// assert_eq!(entry.late_age(), Some(Duration::from_secs(91 * 86_400)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn late_age(&self) -> Option<Duration> {
        self.late_after.filter(|_| self.is_same_by_id())
    }
}

/// Returns a tenant as stores keep it: an empty name is no tenant.
pub(crate) fn named(tenant: &str) -> Option<String> {
    Some(tenant.to_owned()).filter(|tenant| !tenant.is_empty())
}

/// Returns the time after which a platform with this contract sends no delivery again, automatically or on request.
fn late_after(contract: &Contract) -> Option<Duration> {
    let horizon = contract.retries.horizon()?;
    match contract.redelivery {
        Redelivery::Never => Some(horizon.saturating_add(SLACK)),
        Redelivery::Within(window) => Some(horizon.max(window).saturating_add(SLACK)),
        // An undocumented redelivery may come at any time, and its body must not become a second event.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use referral_webhooks::Retries;
    use referral_webhooks::platform::redpin::Redpin;

    #[test]
    fn a_late_repeat_needs_a_known_horizon_and_redelivery() {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        let known = Retries::UNKNOWN.until(48 * HOUR);
        let rows = [
            (known, Redelivery::Never, Some(72 * HOUR)),
            (known, Redelivery::Within(HOUR), Some(72 * HOUR)),
            (known, Redelivery::Within(100 * HOUR), Some(124 * HOUR)),
            (known, Redelivery::AnyTime, None),
            (known, Redelivery::Unknown, None),
            (Retries::UNKNOWN, Redelivery::Never, None),
            (Retries::UNKNOWN, Redelivery::Within(HOUR), None),
            (Retries::every(HOUR), Redelivery::Never, None),
            (Retries::NONE, Redelivery::Never, Some(24 * HOUR)),
        ];
        for (retries, redelivery, want) in rows {
            let mut contract = Redpin.facts().contract.clone();
            (contract.retries, contract.redelivery) = (retries, redelivery);
            assert_eq!(late_after(&contract), want, "{retries:?}, {redelivery:?}");
        }
    }
}
