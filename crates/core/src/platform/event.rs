//! Events, and the event of a payload that this version cannot read.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use super::why::Why;
use crate::summary::{Happening, Summary};
use crate::value::RawBody;

/// The events of one platform: an enum that ends in [`Other`].
///
/// An event can be serialised for logs and pages, and cannot be deserialised. Store
/// [`Delivery::body`](crate::Delivery::body) instead.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::platform::{Event, Platform};
///
/// let event = Redpin.decode(&r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#.into());
/// assert_eq!(event.name(), Some("REFERRAL_CREATED"));
/// assert!(event.other().is_none());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of a platform",
    label = "no `impl referral_webhooks::platform::Event for {Self}`",
    note = "an event derives `Debug`, `Clone` and `serde::Serialize`, and `platform::Event` names it and its variant `Other`",
    note = "the guide `your_own_platform` of `referral_webhooks` shows a whole platform"
)]
pub trait Event: fmt::Debug + Clone + Serialize + Send + Sync + 'static {
    /// Returns the event's name: the one on the wire, or ours if a known event has no name there.
    fn name(&self) -> Option<&str>;

    /// Returns the content of the variant `Other`, if the event is one.
    fn other(&self) -> Option<&Other>;

    /// Returns the platform-neutral view of the event. An event that this version cannot read has no counterpart.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::platform::{Event, Platform};
    /// use referral_webhooks::summary::Happening;
    ///
    /// let event = Redpin.decode(&r#"{"event_name":"UNHEARD_OF"}"#.into());
    /// assert_eq!(event.summary().happening, Happening::Other);
    /// ```
    fn summary(&self) -> Summary<'_> {
        Summary::of(Happening::Other)
    }

    /// Returns the reason for which the event is the variant `Other`, if it is.
    fn why_other(&self) -> Option<&Why> {
        self.other().map(|other| &other.why)
    }
}

/// A verified payload that this version cannot read as an event.
///
/// ```
/// use referral_webhooks::platform::redpin::{Event, Redpin};
/// use referral_webhooks::platform::{Platform, Why};
///
/// let body = br#"{"event_name":"REFERRAL_ARCHIVED","referral_id":"r1"}"#;
/// let Event::Other(other) = Redpin.decode(&body[..].into()) else { panic!("a known event") };
/// assert_eq!(other.name.as_deref(), Some("REFERRAL_ARCHIVED"));
/// assert_eq!(other.why, Why::UnknownName);
/// assert_eq!(other.body.as_bytes(), body);
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Other {
    /// The event's name, if it has one.
    pub name: Option<String>,
    /// The payload.
    pub body: RawBody,
    /// The reason for which it is no known event.
    pub why: Why,
}

impl Other {
    /// Makes the content of the variant `Other`: the event's name if it is known, the whole payload, and the reason.
    /// [`decode_text`](super::decode_text) calls it.
    ///
    /// ```
    /// use referral_webhooks::platform::{Other, Why};
    ///
    /// let other = Other::new(Some("referral.merged".to_owned()), &r#"{"event":"referral.merged"}"#.into(), Why::UnknownName);
    /// assert_eq!((other.name.as_deref(), other.why), (Some("referral.merged"), Why::UnknownName));
    /// ```
    #[must_use]
    pub fn new(name: Option<String>, payload: &Bytes, why: Why) -> Self {
        Self { name, body: RawBody::new(payload), why }
    }
}
