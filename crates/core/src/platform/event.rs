//! Events, and the event of a payload that this version cannot read.

use std::fmt;

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
