//! The facts that a platform states about itself.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use time::OffsetDateTime;

use super::event::Event;
use crate::{Contract, DeliveryId, Scheme, Tolerance};

/// The facts about a platform: its names, its proof, its tolerance and its contract.
///
/// The texts and the contract live as long as the program. They appear in logs, metrics and answers.
///
/// ```
/// use referral_webhooks::platform::{Facts, Platform, redpin::Redpin};
/// use referral_webhooks::{Contract, Scheme, Svix, Tolerance};
///
/// // Another platform that delivers with Svix's service, under Redpin's contract.
/// fn facts(contract: &'static Contract) -> Facts {
///     Facts::new("acme", "Acme", Scheme::Svix(Svix), contract).with_tolerance(Tolerance::minutes(5))
/// }
/// let facts = facts(Redpin.facts().contract);
/// assert_eq!((facts.name, facts.contract.transient.as_u16()), ("acme", 503));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Facts {
    /// The name in URLs, logs and tools: lower case with hyphens.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The scheme that proves the platform's identity.
    pub scheme: Scheme,
    /// The default distance allowed between a signed time and now: at most 31 days in either direction.
    ///
    /// `None` if no time is signed, neither in a header nor in the body.
    pub tolerance: Option<Tolerance>,
    /// Whether [`Platform::signed_at`] reads a signed time from the body.
    pub has_body_time: bool,
    /// The effect of our answers on the platform.
    pub contract: &'static Contract,
    /// The SHA-256 of the settings by which the platform's bodies are read, if they were loaded at run time. An inbox keeps
    /// it with each entry, so that changed settings do not read old bodies silently. `None` for a built-in platform.
    pub digest: Option<[u8; 32]>,
    /// The header that names the event, if the body does not. No signature covers it. It is stored with the delivery.
    pub name_header: Option<HeaderName>,
    /// The cause of a refusal that is particular to this platform, for tools that explain refusals.
    pub hint: Option<&'static str>,
}

impl Facts {
    /// Returns the facts of a platform that signs no time.
    ///
    /// ```
    /// use referral_webhooks::platform::{Facts, Platform, refir::Refir};
    /// use referral_webhooks::{Scheme, UrlToken};
    ///
    /// let facts = Facts::new("acme", "Acme", Scheme::UrlToken(UrlToken), Refir.facts().contract);
    /// assert_eq!(facts.tolerance, None);
    /// ```
    ///
    /// # Panics
    ///
    /// If the contract contradicts itself, because fields of a copy were changed; see [`Contract::check`]. In a constant
    /// or static this is an error of the compiler.
    #[must_use]
    #[track_caller]
    pub const fn new(name: &'static str, title: &'static str, scheme: Scheme, contract: &'static Contract) -> Self {
        if let Err(contradiction) = contract.check() {
            contradiction.panic()
        }
        Self {
            name,
            title,
            scheme,
            tolerance: None,
            has_body_time: false,
            contract,
            digest: None,
            name_header: None,
            hint: None,
        }
    }

    /// Sets the cause of a refusal that is particular to this platform: a lower-case fragment.
    ///
    /// ```
    /// use referral_webhooks::platform::{Platform, refersion::Refersion};
    ///
    /// assert!(Refersion.facts().hint.unwrap().contains("base64"));
    /// ```
    #[must_use]
    pub const fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Sets the default distance allowed between a signed time and now.
    ///
    /// If the scheme signs a time and no distance is set, five minutes are allowed.
    ///
    /// ```
    /// use referral_webhooks::platform::{Facts, Platform, redpin::Redpin};
    /// use referral_webhooks::{Scheme, Svix, Tolerance};
    ///
    /// let facts = Facts::new("acme", "Acme", Scheme::Svix(Svix), Redpin.facts().contract);
    /// let facts = facts.with_tolerance(Tolerance::minutes(3));
    /// assert_eq!(facts.tolerance, Some(Tolerance::minutes(3)));
    /// ```
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Sets the default distance allowed between now and the signed time in the body, which [`Platform::signed_at`] reads.
    ///
    /// ```
    /// use referral_webhooks::platform::{Facts, Platform, refir::Refir};
    /// use referral_webhooks::{BodyHmac, Scheme, Tolerance};
    ///
    /// let scheme = Scheme::BodyHmac(BodyHmac::new("x-acme-signature"));
    /// let facts = Facts::new("acme", "Acme", scheme, Refir.facts().contract).with_body_time(Tolerance::minutes(60));
    /// assert!(facts.has_body_time);
    /// ```
    #[must_use]
    pub const fn with_body_time(mut self, tolerance: Tolerance) -> Self {
        self.has_body_time = true;
        self.with_tolerance(tolerance)
    }

    /// Sets the header that names the event, for [`Platform::decode_request`].
    ///
    /// ```
    /// use http::HeaderName;
    /// use referral_webhooks::platform::{Facts, Platform, refir::Refir};
    /// use referral_webhooks::{BodyHmac, Scheme};
    ///
    /// let facts = Facts::new("acme", "Acme", Scheme::BodyHmac(BodyHmac::new("x-acme-signature")), Refir.facts().contract)
    ///     .with_name_header(HeaderName::from_static("x-acme-topic"));
    /// assert_eq!(facts.name_header.unwrap(), "x-acme-topic");
    /// ```
    #[must_use]
    pub fn with_name_header(self, header: HeaderName) -> Self {
        Self { name_header: Some(header), ..self }
    }

    /// Sets the digest of the settings that were loaded at run time.
    ///
    /// ```
    /// use referral_webhooks::platform::{Facts, Platform, refir::Refir};
    /// use referral_webhooks::{Scheme, UrlToken};
    ///
    /// let facts = Facts::new("acme", "Acme", Scheme::UrlToken(UrlToken), Refir.facts().contract);
    /// assert_eq!(facts.with_digest([7; 32]).digest, Some([7; 32]));
    /// ```
    #[must_use]
    pub const fn with_digest(mut self, digest: [u8; 32]) -> Self {
        self.digest = Some(digest);
        self
    }
}

/// A service that delivers webhooks.
///
/// The built-in platforms are types without content. A platform that is described at run time is a value with content.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::redpin::Redpin;
///
/// /// Returns the path of a platform's endpoint.
/// fn path(platform: &impl Platform) -> String {
///     format!("/hooks/{}", platform.facts().name)
/// }
/// assert_eq!(path(&Redpin), "/hooks/redpin");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a platform",
    label = "no `impl referral_webhooks::platform::Platform for {Self}`",
    note = "the built-in platforms are the types in the modules of `referral_webhooks::platform`, such as `redpin::Redpin`",
    note = "a type of your own becomes a platform by `impl Platform`, see the guide `your_own_platform` of `referral_webhooks`"
)]
pub trait Platform: Clone + Send + Sync + 'static {
    /// Its events.
    type Event: Event;

    /// Returns its facts.
    fn facts(&self) -> &Facts;

    /// Decodes a verified payload. An unreadable payload becomes the event's `Other`, so decoding never fails.
    fn decode(&self, payload: &Bytes) -> Self::Event;

    /// Decodes a verified payload whose event is named in a header. A platform that names its events in the body, as
    /// almost all do, leaves this out.
    ///
    /// No signature covers the headers, so they can name an event and never identify it, and never decide a payment alone.
    /// The [header of the facts](Facts::name_header) is stored with a delivery; others are missing when it is reopened.
    fn decode_request(&self, payload: &Bytes, headers: &HeaderMap) -> Self::Event {
        let _ = headers;
        self.decode(payload)
    }

    /// Returns the id that a redelivery repeats.
    fn delivery_id(&self, event: &Self::Event, signed: Signed<'_>) -> DeliveryId;

    /// Returns the content that every attempt of one event repeats: by default the whole payload. A store compares it, so that
    /// another event under a known id is noticed.
    ///
    /// A platform whose body has the time of the attempt leaves that time out. Otherwise its second attempt would look like
    /// another event.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::platform::loyaltylion::LoyaltyLion;
    ///
    /// let first = LoyaltyLion.lasting(br#"{"id":"7","created_at":"2026-01-15T10:30:05.000Z"}"#);
    /// assert_eq!(first, LoyaltyLion.lasting(br#"{"id":"7","created_at":"2026-01-15T11:00:00.000Z"}"#));
    /// ```
    fn lasting<'p>(&self, payload: &'p [u8]) -> Cow<'p, [u8]> {
        Cow::Borrowed(payload)
    }

    /// Returns the signed time in the body, if the platform signs a time there. It is not asked for if a header has the
    /// signed time.
    ///
    /// `None` stands for a body whose time is missing or unreadable. Such a delivery has no age, and its
    /// [`signed_at`](crate::Delivery::signed_at) is `None`.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::platform::referral_rocket::ReferralRocket;
    ///
    /// let body = r#"{"eventType":"referrer_added","createdAt":1614265330000,"data":{}}"#;
    /// let event = ReferralRocket.decode(&body.into());
    /// assert_eq!(ReferralRocket.signed_at(&event).unwrap().unix_timestamp(), 1_614_265_330);
    /// ```
    fn signed_at(&self, event: &Self::Event) -> Option<OffsetDateTime> {
        let _ = event;
        None
    }

    /// Returns the items of a body that holds several events, in the order of the body. Empty if the body is one event.
    ///
    /// An element that cannot be read is the item `Other`, so that every element keeps its position.
    fn items(&self, event: &Self::Event, signed: Signed<'_>) -> Vec<Item<Self::Event>> {
        let _ = (event, signed);
        Vec::new()
    }
}

/// One event of a body that holds several.
///
/// ```
/// use referral_webhooks::DeliveryId;
/// use referral_webhooks::platform::Item;
///
/// let item = Item { id: DeliveryId::message_id("reward-1"), event: "reward" };
/// assert_eq!(item.id.as_str(), "reward-1");
/// ```
#[derive(Debug, Clone)]
pub struct Item<E> {
    /// The id that a redelivery of the event repeats, in this body or in another.
    pub id: DeliveryId,
    /// The event.
    pub event: E,
}

/// The signed content from which a delivery id is made.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::platform::{Platform, Signed};
///
/// let payload = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
/// let signed = Signed { message_id: Some("msg_1"), payload: payload.as_bytes() };
/// assert_eq!(Redpin.delivery_id(&Redpin.decode(&payload.into()), signed).as_str(), "msg_1");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Signed<'r> {
    /// The signed message id, of schemes that have one.
    pub message_id: Option<&'r str>,
    /// The payload.
    pub payload: &'r [u8],
}
