//! A verified request.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use time::OffsetDateTime;

use crate::platform::{Item, Platform};
use crate::proof::scheme::hmac_key::HmacKey;
use crate::{DeliveryId, Fingerprint, Trust, Variant};

/// A verified request. Holding one is the proof of verification.
///
/// Only [`Endpoint::receive`](crate::Endpoint::receive) makes it, and [`Endpoint::reopen`](crate::Endpoint::reopen) from
/// its [stored](Self::stored) form. A delivery is one pointer wide, because an event may have a kilobyte of members, and
/// a delivery is moved through the futures of every layer around its handler.
///
/// ```
/// use referral_webhooks::platform::redpin::{Event, Redpin};
/// use referral_webhooks::{Endpoint, Message, Trust, Variant};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
/// let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
///
/// assert_eq!(delivery.id().as_str(), "msg_1"); // a retry has the same
/// assert_eq!(delivery.trust(), Trust::Signed);
/// assert_eq!(delivery.variant(), Variant::SvixHeaders);
/// assert_eq!(delivery.secret_index(), 0);
/// assert_eq!((delivery.signed_at(), delivery.received_at()), (Some(now), now));
/// assert!(!delivery.is_stale());
/// assert_eq!(delivery.headers()["svix-id"], "msg_1");
/// assert_eq!(delivery.body(), body);
/// assert!(matches!(delivery.into_event(), Event::ReferralCreated(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Delivery<P: Platform>(Box<Received<P>>);

/// The content of a delivery.
#[derive(Clone)]
struct Received<P: Platform> {
    platform: P,
    event: P::Event,
    id: DeliveryId,
    trust: Trust,
    secret: usize,
    fingerprint: Fingerprint,
    variant: Variant,
    received_at: OffsetDateTime,
    signed_at: Option<OffsetDateTime>,
    stale: bool,
    sealer: Option<Arc<HmacKey>>,
    payload: Option<Bytes>,
    headers: HeaderMap,
    body: Bytes,
}

/// The result of verifying and decoding, without the event.
pub(super) struct Findings {
    pub(super) id: DeliveryId,
    pub(super) trust: Trust,
    pub(super) secret: usize,
    pub(super) fingerprint: Fingerprint,
    pub(super) variant: Variant,
    pub(super) received_at: OffsetDateTime,
    pub(super) signed_at: Option<OffsetDateTime>,
    pub(super) stale: bool,
    pub(super) sealer: Option<Arc<HmacKey>>,
    /// The payload, if it is not the body.
    pub(super) payload: Option<Bytes>,
}

impl<P: Platform> Delivery<P> {
    #[inline]
    pub(super) fn new(platform: P, event: P::Event, findings: Findings, headers: HeaderMap, body: Bytes) -> Self {
        let Findings { id, trust, secret, fingerprint, variant, received_at, signed_at, stale, sealer, payload } =
            findings;
        // The allocation comes first, so that the event is written into it. `Box::new` would move it once more.
        let place = Box::new_uninit();
        let received = Received {
            platform,
            event,
            id,
            trust,
            secret,
            fingerprint,
            variant,
            received_at,
            signed_at,
            stale,
            sealer,
            payload,
            headers,
            body,
        };
        Self(Box::write(place, received))
    }

    /// Returns the id, which a redelivery repeats. Process each id once.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// let later = now + time::Duration::minutes(1);
    /// let retry = endpoint.sign(&Message::new("{}", later).id("msg_1"))?;
    /// assert_eq!(endpoint.receive(&retry, later)?.id(), delivery.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn id(&self) -> &DeliveryId {
        &self.0.id
    }

    /// Returns the platform.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::{Platform, redpin::Redpin}};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let delivery = endpoint.receive(&endpoint.sign(&Message::new("{}", now))?, now)?;
    /// assert_eq!(delivery.platform().facts().name, "redpin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn platform(&self) -> &P {
        &self.0.platform
    }

    /// Returns the event.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::{Event, Redpin}};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new(r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#, now))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert!(matches!(delivery.event(), Event::ReferralCreated(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn event(&self) -> &P::Event {
        &self.0.event
    }

    /// Returns the event by value.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::{Event, Redpin, ReferralStatus}};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new(r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#, now))?;
    /// let event = endpoint.receive(&request, now)?.into_event();
    /// assert!(matches!(event, Event::ReferralCreated(referral) if referral.status == ReferralStatus::Created));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_event(self) -> P::Event {
        self.0.event
    }

    /// Returns how much the sender has proved.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, Trust, platform::refir::Refir};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Refir>::new("rT7kQ2mX9vB4nL6pW3sY8zD5")?;
    /// # let request = endpoint.sign(&Message::new("{}", now))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert_eq!(delivery.trust(), Trust::SecretUrl); // Refir signs no content
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn trust(&self) -> Trust {
        self.0.trust
    }

    /// Returns the position of the secret that matched: 0 is the current one, 1 the first `or_previous`. The secrets of
    /// `reopens_with` follow, and match stored deliveries only.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// let rotated = Endpoint::<Redpin>::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?
    ///     .or_previous("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(rotated.receive(&request, now)?.secret_index(), 1); // still signed with the old secret
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn secret_index(&self) -> usize {
        self.0.secret
    }

    /// Returns the name of the secret that matched.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert!(endpoint.fingerprints().any(|(_, fingerprint)| fingerprint == delivery.fingerprint()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// Returns the variant of the proof.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, Variant, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let request = endpoint.sign(&Message::new("{}", now).variant(Variant::WebhookHeaders))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert_eq!(delivery.variant(), Variant::WebhookHeaders);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn variant(&self) -> Variant {
        self.0.variant
    }

    /// Returns the time given to `receive`.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// let delivery = endpoint.receive(&request, now + time::Duration::seconds(2))?;
    /// assert_eq!(delivery.received_at(), now + time::Duration::seconds(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn received_at(&self) -> OffsetDateTime {
        self.0.received_at
    }

    /// Returns the time that the platform signed. `None` if it signs no time, or if the time in this delivery's body is
    /// missing or unreadable. The age of such a delivery is unlimited, so keep its [`id`](Self::id) without a limit.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// let delivery = endpoint.receive(&request, now + time::Duration::seconds(2))?;
    /// assert_eq!(delivery.signed_at(), Some(now)); // the time in `svix-timestamp`
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn signed_at(&self) -> Option<OffsetDateTime> {
        self.0.signed_at
    }

    /// Returns whether the delivery is older than the tolerance, and accepted because the endpoint's settings say so.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// let endpoint = endpoint.dangerously_accept_stale();
    /// assert!(endpoint.receive(&request, now + time::Duration::hours(1))?.is_stale());
    /// assert!(!endpoint.receive(&request, now)?.is_stale());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.0.stale
    }

    /// Returns one item of this delivery. The event of the whole body is not cloned, because it may hold thousands of
    /// items.
    pub(super) fn with_item(&self, item: Item<P::Event>) -> Self {
        let Item { id, event } = item;
        let whole = &*self.0;
        Self(Box::new(Received {
            platform: whole.platform.clone(),
            event,
            id,
            trust: whole.trust,
            secret: whole.secret,
            fingerprint: whole.fingerprint,
            variant: whole.variant,
            received_at: whole.received_at,
            signed_at: whole.signed_at,
            stale: whole.stale,
            sealer: whole.sealer.clone(),
            payload: whole.payload.clone(),
            headers: whole.headers.clone(),
            body: whole.body.clone(),
        }))
    }

    /// Returns the key that seals this delivery for the store, if its proof is a token, which must not be stored.
    pub(super) fn sealer(&self) -> Option<&HmacKey> {
        self.0.sealer.as_deref()
    }

    /// Returns the headers as they came. They hold the signature. Headers that are not part of the proof are unproven. A
    /// header that holds or quotes a token of the scheme is `***`.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert_eq!(delivery.headers()["svix-id"], "msg_1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the body as it came. A token in it is `***`.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let request = endpoint.sign(&Message::new("{ }", now))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert_eq!(delivery.body(), "{ }");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// Returns the bytes that carry the event: the body, or the decoded payload field of a form. One message has the
    /// same payload in each media type and each encoding of a form.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::genius_referrals::GeniusReferrals};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let endpoint = Endpoint::<GeniusReferrals>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
    /// let delivery = endpoint.receive(&endpoint.sign(&Message::new("{}", now).as_form())?, now)?;
    /// assert_eq!((&delivery.body()[..], &delivery.payload()[..]), (&b"payload=%7B%7D"[..], &b"{}"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn payload(&self) -> &Bytes {
        match &self.0.payload {
            Some(payload) => payload,
            None => &self.0.body,
        }
    }
}

/// Manual impl: `#[derive]` would require `P: Clone`.
impl<P: Platform> Clone for Delivery<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Omits headers and body, because they hold signatures and personal data.
impl<P: Platform> fmt::Debug for Delivery<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let received = &*self.0;
        f.debug_struct("Delivery")
            .field("platform", &received.platform.facts().name)
            .field("id", &received.id)
            .field("event", &received.event)
            .field("trust", &received.trust)
            .field("secret", &received.secret)
            .field("variant", &received.variant)
            .field("received_at", &received.received_at)
            .field("signed_at", &received.signed_at)
            .field("stale", &received.stale)
            .finish_non_exhaustive()
    }
}
