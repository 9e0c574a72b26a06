//! The event of a platform that is described by a profile.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use smol_str::SmolStr;
use time::OffsetDateTime;

use super::loaded::Loaded;
use super::pointer::Pointer;
use super::scan::value_at;
use crate::DeliveryId;
use crate::platform::Other;
use crate::summary::{Happening, Summary};
use crate::value::RawBody;

/// An event of a platform that is described by a [`Profile`](super::Profile): its name and its JSON.
///
/// It has no typed members. [`get`](Self::get) reads a value by its JSON pointer (RFC 6901).
///
/// A body with a repeated member is `Other`, at any depth, because readers disagree about which of the two counts. So all
/// readers of an event see the same values.
///
/// `Debug` prints the name and the length. A serialised event has `[personal]` and `[secret]` in place of the members that
/// the profile names, and no body if the profile names none, because everything in it may be personal. Its digest is there in
/// any case.
///
/// ```
/// use referral_webhooks::platform::{Event as _, Platform};
/// use referral_webhooks::profile::Profile;
/// use referral_webhooks::value::Amount;
///
/// let profile: Profile = toml::from_str(r#"
///     name = "acme"
///     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
///     event = { name = "/type", id = "/id" }
///     personal = ["/email"]
/// "#)?;
/// let event = profile.decode(&r#"{"type":"reward.paid","id":7,"reward":{"amount":"12.50"},"email":"a@b.c"}"#.into());
/// assert_eq!((event.name(), event.id()), (Some("reward.paid"), Some("7")));
/// assert_eq!(event.get::<Amount>("/reward/amount")?.unwrap().units(2), Some(1250));
/// assert_eq!(event.get::<String>("/reward/currency")?, None);
/// assert!(serde_json::to_string(&event)?.contains(r#""email":"[personal]""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Event {
    pub(super) loaded: &'static Loaded,
    pub(super) name: Option<SmolStr>,
    pub(super) is_name_proven: bool,
    /// Made of members of the body.
    pub(super) id: Option<DeliveryId>,
    pub(super) body: RawBody,
    /// The whole body of an item.
    pub(super) envelope: Option<RawBody>,
    pub(super) time: Option<OffsetDateTime>,
    pub(super) is_test: bool,
    pub(super) other: Option<Box<Other>>,
}

impl Event {
    /// Returns whether the signature, the sender's token or the URL proves the name. The name in a header that no
    /// signature covers is not proven, so decide no payment by it alone.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::profile::Profile;
    ///
    /// let profile: Profile = toml::from_str(r#"
    ///     name = "acme"
    ///     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
    ///     event = { name = { header = "X-Acme-Topic" }, id = "/id" }
    /// "#)?;
    /// assert!(!profile.decode(&r#"{"id":7}"#.into()).is_name_proven());
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub const fn is_name_proven(&self) -> bool {
        self.is_name_proven
    }

    /// Returns the id that members of the body make, as the profile says. `None` if the delivery has the scheme's message
    /// id or a digest, which are in [`Delivery::id`](crate::Delivery::id).
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::profile::Profile;
    ///
    /// let profile: Profile = toml::from_str(r#"
    ///     name = "acme"
    ///     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
    ///     event = { name = "/type", id = ["/type", "/reward/id"] }
    /// "#)?;
    /// let event = profile.decode(&r#"{"type":"reward.paid","reward":{"id":7}}"#.into());
    /// assert_eq!(event.id(), Some("reward.paid|7"));
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(DeliveryId::as_str)
    }

    /// Returns the JSON of the event: the payload, or the element of the list if the body has several events.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::profile::Profile;
    ///
    /// # let profile: Profile = toml::from_str(r#"
    /// #     name = "acme"
    /// #     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
    /// #     event = { name = "/type" }
    /// # "#)?;
    /// assert_eq!(profile.decode(&r#"{"type":"a"}"#.into()).body().as_bytes(), br#"{"type":"a"}"#);
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub const fn body(&self) -> &RawBody {
        &self.body
    }

    /// Returns the whole payload around an item. `None` if the event is the whole payload.
    ///
    /// ```
    /// use referral_webhooks::platform::{Platform, Signed};
    /// use referral_webhooks::profile::Profile;
    ///
    /// let profile: Profile = toml::from_str(r#"
    ///     name = "acme"
    ///     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
    ///     event = { name = "/type" }
    ///     items = { at = "/data", id = "/rewardId" }
    /// "#)?;
    /// let payload = r#"{"type":"reward","data":[{"rewardId":"r1"},{"rewardId":"r2"}]}"#;
    /// let event = profile.decode(&payload.into());
    /// let items = profile.items(&event, Signed { message_id: None, payload: payload.as_bytes() });
    /// assert_eq!(items[1].event.body().as_str(), Some(r#"{"rewardId":"r2"}"#));
    /// assert_eq!(items[1].event.envelope().unwrap().as_str(), Some(payload));
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub const fn envelope(&self) -> Option<&RawBody> {
        self.envelope.as_ref()
    }

    /// Returns the JSON text of the value at a pointer. `None` if the value is absent or `null`, if the pointer is invalid,
    /// or if the event is `Other`.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::profile::Profile;
    ///
    /// # let profile: Profile = toml::from_str(r#"
    /// #     name = "acme"
    /// #     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
    /// #     event = { name = "/type" }
    /// # "#)?;
    /// let event = profile.decode(&r#"{"type":"a","friends":[{"id":1},{"id":2}],"note":null}"#.into());
    /// assert_eq!(event.json("/friends/1"), Some(r#"{"id":2}"#));
    /// assert_eq!((event.json("/friends/2"), event.json("/note")), (None, None));
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub fn json(&self, pointer: &str) -> Option<&str> {
        if self.other.is_some() {
            return None;
        }
        let value = value_at(self.body.as_str()?, &Pointer::new(pointer)?)?;
        (value != "null").then_some(value)
    }

    /// Reads the value at a pointer. `None` as for [`json`](Self::json).
    ///
    /// # Errors
    ///
    /// If the value is there and has another type.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::profile::Profile;
    /// use referral_webhooks::value::Id;
    ///
    /// # let profile: Profile = toml::from_str(r#"
    /// #     name = "acme"
    /// #     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
    /// #     event = { name = "/type" }
    /// # "#)?;
    /// let event = profile.decode(&r#"{"type":"a","order":981}"#.into());
    /// assert_eq!(event.get::<Id>("/order")?.unwrap().as_str(), "981");
    /// assert!(event.get::<String>("/order").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get<T: DeserializeOwned>(&self, pointer: &str) -> Result<Option<T>, serde_json::Error> {
        self.json(pointer).map(serde_json::from_str).transpose()
    }

    /// Returns the time in the body: of the event or of the sending, as the profile says. `None` if the profile names none,
    /// or if it is absent or in another notation.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::profile::Profile;
    ///
    /// let profile: Profile = toml::from_str(r#"
    ///     name = "acme"
    ///     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
    ///     event = { name = "/type" }
    ///     time = { at = "/at", unit = "ms", of = "event" }
    /// "#)?;
    /// let event = profile.decode(&r#"{"type":"a","at":1768473000207}"#.into());
    /// assert_eq!(event.time().unwrap().unix_timestamp(), 1_768_473_000);
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub const fn time(&self) -> Option<OffsetDateTime> {
        self.time
    }

    /// Returns whether the delivery is a test, as the profile's `test` says.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::profile::Profile;
    ///
    /// let profile: Profile = toml::from_str(r#"
    ///     name = "acme"
    ///     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
    ///     event = { name = "/type" }
    ///     test = { at = "/live", is = false }
    /// "#)?;
    /// assert!(profile.decode(&r#"{"type":"a","live":false}"#.into()).is_test());
    /// assert!(!profile.decode(&r#"{"type":"a","live":true}"#.into()).is_test());
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub const fn is_test(&self) -> bool {
        self.is_test
    }
}

impl crate::platform::Event for Event {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn other(&self) -> Option<&Other> {
        self.other.as_deref()
    }

    /// Returns the view that the profile's `summary` maps the event's name to, and `Happening::Other` for every other name.
    fn summary(&self) -> Summary<'_> {
        let view = self.name.as_deref().filter(|_| self.other.is_none());
        let view = view.and_then(|name| self.loaded.spec.views.get(name));
        let mut summary = match (view, self.body.as_str()) {
            (Some(view), Some(text)) => view.summary(text),
            _ => Summary::of(Happening::Other),
        };
        let is_of_event = self.loaded.spec.sending().is_none();
        summary.occurred_at = self.time.filter(|_| is_of_event);
        summary.test(self.is_test)
    }
}

/// Omits the body, which may hold personal data.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("platform", &self.loaded.spec.name)
            .field("name", &self.name)
            .field("is_test", &self.is_test)
            .field("body", &self.body)
            .field("why_other", &self.other.as_ref().map(|other| &other.why))
            .finish_non_exhaustive()
    }
}

/// Writes the body without personal and secret members, and its digest.
impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The patterns begin at the payload, so an item alone has none that fit.
        let text = self.body.as_str().filter(|_| self.other.is_none() && self.envelope.is_none());
        let redacted = text.and_then(|text| self.loaded.spec.privacy.redacted(text));
        let body = redacted.and_then(|text| RawValue::from_string(text).ok());
        let mut event = serializer.serialize_struct("Event", 6)?;
        event.serialize_field("platform", &self.loaded.spec.name)?;
        event.serialize_field("name", &self.name)?;
        event.serialize_field("is_test", &self.is_test)?;
        event.serialize_field("body", &body)?;
        // Two events that differ in hidden members only are two texts.
        event.serialize_field("body_digest", DeliveryId::digest(self.body.as_bytes()).as_str())?;
        event.serialize_field("why_other", &self.other.as_ref().map(|other| &other.why))?;
        event.end()
    }
}
