//! A request that verified.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use time::OffsetDateTime;

use crate::platform::Platform;
use crate::proof::key::HmacKey;
use crate::{DeliveryId, Trust, Variant};

/// A request that verified: holding one is the proof, for only [`Endpoint::receive`](crate::Endpoint::receive)
/// makes it, and [`Endpoint::reopen`](crate::Endpoint::reopen) again from what was [stored](Self::stored).
///
/// It is one pointer wide: an event may have a kilobyte of members, and on its way into a handler a delivery is moved
/// through the futures of everything that is around it.
pub struct Delivery<P: Platform>(pub(crate) Box<Received<P>>);

/// What a delivery holds.
pub(crate) struct Received<P: Platform> {
    pub(crate) id: DeliveryId,
    pub(crate) event: P::Event,
    pub(crate) trust: Trust,
    pub(crate) secret: usize,
    pub(crate) variant: Variant,
    pub(crate) received_at: OffsetDateTime,
    pub(crate) signed_at: Option<OffsetDateTime>,
    pub(crate) stale: bool,
    pub(crate) sealer: Option<Arc<HmacKey>>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl<P: Platform> Delivery<P> {
    /// What a redelivery repeats: process each id once.
    #[must_use]
    pub const fn id(&self) -> &DeliveryId {
        &self.0.id
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
        self.0.trust
    }

    /// The position of the secret that matched: 0 is the current one, 1 the first `or_previous`.
    #[must_use]
    pub const fn secret_index(&self) -> usize {
        self.0.secret
    }

    /// The spelling of the proof that was found.
    #[must_use]
    pub const fn variant(&self) -> Variant {
        self.0.variant
    }

    /// The time given to `receive`.
    #[must_use]
    pub const fn received_at(&self) -> OffsetDateTime {
        self.0.received_at
    }

    /// The time that the platform signed. `None` if it signs no time, or if the time in this delivery's body is
    /// missing or unreadable. The age of such a delivery is not limited, so keep its [`id`](Self::id) for good.
    #[must_use]
    pub const fn signed_at(&self) -> Option<OffsetDateTime> {
        self.0.signed_at
    }

    /// Whether the delivery is older than the tolerance, and accepted because the endpoint says so.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.0.stale
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

impl<P: Platform> Clone for Delivery<P> {
    fn clone(&self) -> Self {
        let Received { id, event, sealer, headers, body, .. } = &*self.0;
        let (id, event, sealer) = (id.clone(), event.clone(), sealer.clone());
        let (headers, body) = (headers.clone(), body.clone());
        Self(Box::new(Received { id, event, sealer, headers, body, ..*self.0 }))
    }
}

/// Without headers and body: the one holds signatures, the other people.
impl<P: Platform> fmt::Debug for Delivery<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("platform", &P::NAME)
            .field("id", &self.0.id)
            .field("event", &self.0.event)
            .field("trust", &self.0.trust)
            .field("secret", &self.0.secret)
            .field("variant", &self.0.variant)
            .field("received_at", &self.0.received_at)
            .field("signed_at", &self.0.signed_at)
            .field("stale", &self.0.stale)
            .finish_non_exhaustive()
    }
}
