//! The facts that a platform states about itself.

use bytes::Bytes;
use time::OffsetDateTime;

use super::event::Event;
use crate::{Contract, DeliveryId, Scheme, Tolerance};

/// A service that delivers webhooks.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::redpin::Redpin;
///
/// /// Returns the path of a platform's endpoint.
/// fn path<P: Platform>() -> String {
///     format!("/hooks/{}", P::NAME)
/// }
/// assert_eq!(path::<Redpin>(), "/hooks/redpin");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a platform",
    label = "no `impl referral_webhooks::platform::Platform for {Self}`",
    note = "the built-in platforms are the types in the modules of `referral_webhooks::platform`, such as `redpin::Redpin`",
    note = "a type of your own becomes a platform by `impl Platform`, see the guide `your_own_platform` of `referral_webhooks`"
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
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::referral_rocket::ReferralRocket;
///
/// let event = ReferralRocket::decode(&r#"{"eventType":"referrer_added","createdAt":1614265330000,"data":{}}"#.into());
/// let signed_at = ReferralRocket::BODY_TIME.and_then(|read| read(&event)).unwrap();
/// assert_eq!(signed_at.unix_timestamp(), 1_614_265_330);
/// ```
pub type BodyTime<E> = fn(&E) -> Option<OffsetDateTime>;

/// The signed content from which a delivery id is made.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::platform::{Platform, Signed};
///
/// let payload = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
/// let signed = Signed { message_id: Some("msg_1"), payload: payload.as_bytes() };
/// assert_eq!(Redpin::delivery_id(&Redpin::decode(&payload.into()), signed).as_str(), "msg_1");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Signed<'r> {
    /// The signed message id, of schemes that have one.
    pub message_id: Option<&'r str>,
    /// The payload.
    pub payload: &'r [u8],
}
