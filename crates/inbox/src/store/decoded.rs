//! The event that this version decodes from a delivery.

use referral_webhooks::Delivery;
use referral_webhooks::platform::{Event as _, Facts, Platform};
use sha2::{Digest as _, Sha256};

use crate::reason::{MAX_REASON, Reason, truncated};

/// The longest event name that is stored, in bytes. The sender chooses the name of an unknown event.
const MAX_EVENT_NAME: usize = 100;

/// The event that this version decodes from a delivery, as columns.
///
/// ```
/// use referral_webhooks::Delivery;
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_inbox::store::Decoded;
///
/// fn decoded(delivery: &Delivery<Redpin>) -> Decoded {
///     Decoded::of(delivery).about("referral-17")
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded {
    /// The event's name, if it has one.
    pub event: Option<String>,
    /// Why the event is `Other`, if it is.
    pub unreadable: Option<String>,
    /// The digest of the subject: see [`NewEntry::subject`](super::NewEntry::subject).
    pub subject: Option<String>,
    /// The digest of the profile that read the event: see [`NewEntry::profile`](super::NewEntry::profile).
    pub profile: Option<String>,
}

impl Decoded {
    /// Decodes a delivery, without a subject.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::store::Decoded;
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let body = r#"{"event_name":"REFERRAL_ARCHIVED"}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now))?, now)?;
    /// let decoded = Decoded::of(&delivery);
    /// assert_eq!(decoded.event.as_deref(), Some("REFERRAL_ARCHIVED"));
    /// assert_eq!(decoded.unreadable.as_deref(), Some("unknown event name"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of<P: Platform>(delivery: &Delivery<P>) -> Self {
        Self {
            event: delivery.event().name().map(|name| truncated(name, MAX_EVENT_NAME)),
            unreadable: delivery.event().why_other().map(|why| truncated(&why.to_string(), MAX_REASON)),
            subject: None,
            profile: profile_of(delivery.platform().facts()),
        }
    }

    /// Sets the subject. Its digest is stored.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Decoded;
    ///
    /// let decoded = Decoded::default().about("avery@example.com");
    /// assert!(!decoded.subject.unwrap().contains('@'));
    /// ```
    #[must_use]
    pub fn about(self, subject: impl AsRef<[u8]>) -> Self {
        Self { subject: Some(digest_of(subject.as_ref())), ..self }
    }
}

/// Returns the digest of a subject or of a business key, as stores keep it.
pub(crate) fn digest_of(subject: &[u8]) -> String {
    hex(&Sha256::digest(subject))
}

/// Returns the digest of a platform's profile, as a column.
pub(crate) fn profile_of(facts: &Facts) -> Option<String> {
    facts.digest.map(|digest| hex(&digest))
}

/// Returns the reason of an entry that was read with another profile than the endpoint's.
pub(crate) fn other_profile(entry: Option<&str>, endpoint: Option<&str>) -> Reason {
    let shown = |digest: Option<&str>| digest.map_or("none", |digest| digest.get(..12).unwrap_or(digest)).to_owned();
    let (entry, endpoint) = (shown(entry), shown(endpoint));
    format!("its profile was changed: {entry} has read it, and the endpoint has {endpoint}").into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
