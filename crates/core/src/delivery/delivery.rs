//! A request that verified.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use time::OffsetDateTime;

use crate::platform::Platform;
use crate::proof::scheme::hmac_key::HmacKey;
use crate::{DeliveryId, Trust, Variant};

/// A request that verified: holding one is the proof, for only [`Endpoint::receive`](crate::Endpoint::receive)
/// makes it, and [`Endpoint::reopen`](crate::Endpoint::reopen) again from what was [stored](Self::stored).
///
/// It is one pointer wide: an event may have a kilobyte of members, and on its way into a handler a delivery is moved
/// through the futures of everything that is around it.
pub struct Delivery<P: Platform>(Box<Received<P::Event>>);

/// The content of a delivery.
#[derive(Clone)]
struct Received<E> {
    event: E,
    findings: Findings,
    headers: HeaderMap,
    body: Bytes,
}

/// What verifying and decoding found in a request.
#[derive(Clone)]
pub(super) struct Findings {
    pub(super) id: DeliveryId,
    pub(super) trust: Trust,
    pub(super) secret: usize,
    pub(super) variant: Variant,
    pub(super) received_at: OffsetDateTime,
    pub(super) signed_at: Option<OffsetDateTime>,
    pub(super) stale: bool,
    pub(super) sealer: Option<Arc<HmacKey>>,
}

impl<P: Platform> Delivery<P> {
    pub(super) fn new(event: P::Event, findings: Findings, headers: HeaderMap, body: Bytes) -> Self {
        // The place comes first: `Box::new` would move the whole delivery there.
        Self(Box::write(Box::new_uninit(), Received { event, findings, headers, body }))
    }

    /// What a redelivery repeats: process each id once.
    #[must_use]
    pub const fn id(&self) -> &DeliveryId {
        &self.0.findings.id
    }

    /// What happened.
    #[must_use]
    pub const fn event(&self) -> &P::Event {
        &self.0.event
    }

    /// What happened, by value.
    #[must_use]
    pub fn into_event(self) -> P::Event {
        self.0.event
    }

    /// How much the sender has proved.
    #[must_use]
    pub const fn trust(&self) -> Trust {
        self.0.findings.trust
    }

    /// The position of the secret that matched: 0 is the current one, 1 the first `or_previous`.
    #[must_use]
    pub const fn secret_index(&self) -> usize {
        self.0.findings.secret
    }

    /// The spelling of the proof that was found.
    #[must_use]
    pub const fn variant(&self) -> Variant {
        self.0.findings.variant
    }

    /// The time given to `receive`.
    #[must_use]
    pub const fn received_at(&self) -> OffsetDateTime {
        self.0.findings.received_at
    }

    /// The time that the platform signed. `None` if it signs no time, or if the time in this delivery's body is
    /// missing or unreadable. The age of such a delivery is not limited, so keep its [`id`](Self::id) for good.
    #[must_use]
    pub const fn signed_at(&self) -> Option<OffsetDateTime> {
        self.0.findings.signed_at
    }

    /// Whether the delivery is older than the tolerance, and accepted because the endpoint says so.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.0.findings.stale
    }

    /// Returns the key that seals this delivery for the store, if its proof is a token, which must not be stored.
    pub(super) fn sealer(&self) -> Option<&HmacKey> {
        self.0.findings.sealer.as_deref()
    }

    /// The headers as they came. They hold the signature, and other than by it nothing in them is proven.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body as it came.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.0.body
    }
}

/// Manual impl: `#[derive]` would require `P: Clone`.
impl<P: Platform> Clone for Delivery<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Without headers and body: the one holds signatures, the other people.
impl<P: Platform> fmt::Debug for Delivery<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = &self.0.findings;
        f.debug_struct("Delivery")
            .field("platform", &P::NAME)
            .field("id", &findings.id)
            .field("event", &self.0.event)
            .field("trust", &findings.trust)
            .field("secret", &findings.secret)
            .field("variant", &findings.variant)
            .field("received_at", &findings.received_at)
            .field("signed_at", &findings.signed_at)
            .field("stale", &findings.stale)
            .finish_non_exhaustive()
    }
}
