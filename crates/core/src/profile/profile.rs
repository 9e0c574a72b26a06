//! A platform that is described at run time.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use serde::de::{Deserialize, Deserializer, Error as _};
use time::OffsetDateTime;

use super::event::Event;
use super::explain::explain;
use super::identify::lasting;
use super::loaded::{Loaded, load};
use super::node::Node;
use super::notice::{Notice, notices};
use super::reading::{decode, delivery_id, items, named_by};
use super::sample::sample;
use crate::DeliveryId;
use crate::platform::{Facts, Item, Platform, Signed};

/// A platform that is described by a file. See the [module](crate::profile) for the settings.
///
/// It is read with serde, so the file is TOML, JSON or YAML, as you choose. A mistake is an error that names its place. It
/// is as cheap to copy as a reference. Load each profile once, at start-up: equal profiles share their memory, which is
/// never freed, and a process can have at most 1,000 different ones.
///
/// ```
/// use referral_webhooks::profile::Profile;
/// use referral_webhooks::{Endpoint, Message};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let profile: Profile = toml::from_str(r#"
///     name = "acme"
///     scheme = { kind = "body-hmac", header = "X-Acme-Signature", encoding = "hex" }
///     event = { name = "/type", id = "/id", strength = "platform" }
///     personal = ["/customer"]
///     contract = { success = [200], give-up = "3d", redelivery = "never" }
/// "#)?;
/// let endpoint = Endpoint::of(profile, "acme-signing-secret-7f3a")?;
///
/// let request = endpoint.sign(&Message::new(r#"{"id":"evt_1","type":"reward.paid","customer":{}}"#, now))?;
/// let delivery = endpoint.receive(&request, now)?;
/// assert_eq!(delivery.id().as_str(), "evt_1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Profile(&'static Loaded);

impl Profile {
    /// Returns the SHA-256 of the profile's meaning. It is the same for every notation of the same settings, and another
    /// one after each change but that of the title. It is in [`Facts::digest`], too.
    ///
    /// ```
    /// use referral_webhooks::profile::Profile;
    ///
    /// let toml: Profile = toml::from_str(r#"
    ///     name = "acme"
    ///     event.name = "/type"
    ///     scheme = { header = "X-Acme-Signature", kind = "body-hmac" }
    /// "#)?;
    /// let json: Profile = serde_json::from_str(r#"{
    ///     "name": "acme", "title": "Acme", "event": {"name": ["/type"]},
    ///     "scheme": {"kind": "body-hmac", "header": "x-acme-signature", "encoding": "hex"}
    /// }"#)?;
    /// assert_eq!(toml.digest(), json.digest());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.0.digest
    }

    /// Returns the open points of the profile, the gravest first. Print it at start-up.
    ///
    /// ```
    /// use referral_webhooks::profile::{Notice, Profile};
    ///
    /// let profile: Profile = toml::from_str(r#"
    ///     name = "acme"
    ///     scheme = "url-token"
    ///     event = { name = "/type", id = "/id" }
    ///     personal = []
    ///     contract = { give-up = "3d" }
    /// "#)?;
    /// assert_eq!(profile.notices(), [Notice::TokenOnly]);
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        notices(&self.0.spec)
    }

    /// Returns a body that the profile can read, with invented values, as it would be sent at this time. For tests and
    /// tools.
    ///
    /// ```
    /// use referral_webhooks::platform::{Event as _, Platform as _};
    /// use referral_webhooks::profile::Profile;
    /// use time::OffsetDateTime;
    ///
    /// let profile: Profile = toml::from_str(r#"
    ///     name = "acme"
    ///     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
    ///     event = { name = "/event/type", id = "/event/id" }
    /// "#)?;
    /// let body = profile.sample(OffsetDateTime::UNIX_EPOCH);
    /// assert_eq!(body, r#"{"event":{"id":"sample-1-0","type":"sample"}}"#);
    /// assert_eq!(profile.decode(&body).name(), Some("sample"));
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub fn sample(&self, now: OffsetDateTime) -> Bytes {
        sample(&self.0.spec, now).to_string().into()
    }

    /// Returns the effects of the profile, as pairs of a topic and a sentence for people. A topic can occur several times.
    ///
    /// ```
    /// use referral_webhooks::profile::Profile;
    ///
    /// let profile: Profile = toml::from_str(r#"
    ///     name = "acme"
    ///     scheme = "svix"
    ///     event = { name = ["/type", "/event"] }
    /// "#)?;
    /// let explained = profile.explain();
    /// assert!(explained.contains(&("name", "the first present of /type, /event".to_owned())));
    /// assert!(explained.contains(&("id", "the scheme's message id (strength: platform)".to_owned())));
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub fn explain(&self) -> Vec<(&'static str, String)> {
        explain(&self.0.spec)
    }
}

impl Platform for Profile {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &self.0.facts
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode(self.0, payload)
    }

    /// Names the event by its header, if the profile says so. A header that is sent twice is ignored.
    fn decode_request(&self, payload: &Bytes, headers: &HeaderMap) -> Event {
        let event = decode(self.0, payload);
        match &self.0.facts.name_header {
            Some(header) => named_by(event, headers, header),
            None => event,
        }
    }

    /// Returns the id that the profile names, or else a digest of the body without the values that a retry changes.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        delivery_id(event, signed)
    }

    /// Returns the payload without the values that a retry may change: those of `digest-without`, and the time of the sending.
    fn lasting<'p>(&self, payload: &'p [u8]) -> Cow<'p, [u8]> {
        lasting(&self.0.spec, payload)
    }

    fn signed_at(&self, event: &Event) -> Option<OffsetDateTime> {
        // Only the time of the sending tells the age of a delivery.
        event.time.filter(|_| self.0.facts.has_body_time && self.0.spec.sending().is_some())
    }

    fn items(&self, event: &Event, _: Signed<'_>) -> Vec<Item<Event>> {
        items(event)
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::read(deserializer)?;
        load(node).map(Self).map_err(D::Error::custom)
    }
}

/// Equal if all settings are, the title among them.
impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Profile {}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Profile").field(&self.0.spec.name).finish()
    }
}
