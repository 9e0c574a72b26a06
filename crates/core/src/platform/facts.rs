//! The facts that a platform states about itself.

use bytes::Bytes;
use time::OffsetDateTime;

use super::event::Event;
use crate::{Contract, DeliveryId, Scheme, Tolerance};

/// A service that delivers webhooks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a platform",
    note = "the platforms are the types in `referral_webhooks::platform`, such as `redpin::Redpin`"
)]
pub trait Platform: Sized + Send + Sync + 'static {
    /// The name in URLs, logs and tools: lower case with hyphens.
    const NAME: &'static str;
    /// The name for people.
    const TITLE: &'static str;
    /// The scheme that proves its identity.
    const SCHEME: Scheme;
    /// The default distance allowed between a signed time and now: at most 31 days in either direction.
    ///
    /// `None` if no time is signed. If a time is signed all the same, five minutes are allowed.
    const TOLERANCE: Option<Tolerance>;
    /// The effect of our answers on it.
    const CONTRACT: &'static Contract;

    /// The reader of a signed time in the body. `None` if the time is in a header, or no time is signed.
    ///
    /// The reader returns `None` for a body whose time is missing or unreadable. Such a delivery has no age, and
    /// its [`signed_at`](crate::Delivery::signed_at) is `None`.
    const BODY_TIME: Option<BodyTime<Self::Event>> = None;

    /// Its events.
    type Event: Event;

    /// Decodes a verified payload. An unreadable payload becomes the event's `Other`, so decoding never fails.
    fn decode(payload: &Bytes) -> Self::Event;

    /// Returns the id that a redelivery repeats.
    fn delivery_id(event: &Self::Event, signed: Signed<'_>) -> DeliveryId;
}

/// The reader of the signed time in an event's body.
pub type BodyTime<E> = fn(&E) -> Option<OffsetDateTime>;

/// The signed content from which a delivery id is made.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'r> {
    /// The signed message id, of schemes that have one.
    pub message_id: Option<&'r str>,
    /// The payload.
    pub payload: &'r [u8],
}
