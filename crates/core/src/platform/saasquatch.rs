//! SaaSquatch, now impact.com Advocate: referral programs and rewards.
//!
//! Documented: <https://docs.saasquatch.com/api/webhooks/> and <https://docs.saasquatch.com/api/webhooks/security/>; the
//! public source of those pages shows a sample of every event (`content/api/webhooks.md` in
//! <https://github.com/saasquatch/saasquatch-docs>).
//!
//! - The platform sends two signatures. `X-Hook-JWS-RFC-7797` is the one that is verified. The older `X-Hook-Signature` is
//!   an HMAC-SHA1 under the tenant's API key, and is ignored.
//! - In spite of the header's name, the payload is encoded in the signed text, as in a plain JWS. Captured: the vendor's
//!   package `@saasquatch/integration-boilerplate-node` 2.4.2-0 refuses a signature over the body itself.
//! - The secret is the JWK set at `https://<app domain>/.well-known/jwks.json`. The application fetches it, and keeps it for
//!   a day, as the vendor's package does. A delivery with an unknown `kid` is answered with the status of undecided
//!   requests, so that it comes again after the set was fetched once more.
//! - No time is signed. `created` is the time of the event, which every attempt repeats.
//! - Deliveries come in any order, and new types of events appear at any time.
//! - The published sample of `referral.automoderation.complete` has the type `referral.started`. The table of types is
//!   taken for right.

mod members;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use self::members::*;
use super::decode::{Unreadable, decode_text, object, read};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::why::Why;
use crate::summary::{Happening, Party, Summary};
use crate::value::{Id, Timestamp, Word};
use crate::{Contract, DeliveryId, DetachedJws, Forbidden, Retries, Scheme};

/// SaaSquatch, now impact.com Advocate.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::saasquatch::SaaSquatch;
///
/// // The content of the platform's `jwks.json`.
/// let keys = r#"{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"hooktest/2026+1=","e":"AQAB","n":"tEVmBuXoqDBny80R6ZukrEWixvzqr2Gv6sOazW8u0pAkuKavCBgbC3X6t3oPoSMpynukJzLHkL6UfIPp936_Ca1_dxE1pbEejE9b4E8gRdfQpr0nMudrJhvNL6r6gCOgmSch5KTb71xEjobWM3duFXM_p3bT0IlqEMxYHdaSNUVZpAfRL4qvFKMWhyo1Rn8KJG9ljtIZO0rQaHQWdIAU06jcMifuEjSSYgAzxMg21F07jL0osD_K5Cv8IsqKXm7hwWmSc0F0EZVbf1CArD_AMYa1tLBJ9C6YUOpPF54HtHMICNovaQ15TlXn5iOWFuabTOZBELH-_4ukKi3PlulStQ"}]}"#;
/// let endpoint = Endpoint::<SaaSquatch>::new(keys)?;
/// assert_eq!(endpoint.contract().transient, 503);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SaaSquatch;

impl Platform for SaaSquatch {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns the event's id within its tenant, which every attempt repeats, also of an event that this version does not
    /// know. Without an id, the digest of the payload.
    fn delivery_id(&self, _: &Event, signed: Signed<'_>) -> DeliveryId {
        let wire = simdutf8::basic::from_utf8(signed.payload).ok().and_then(|text| read::<Scope>(None, text).ok());
        match wire {
            Some(Scope { id: Some(id), tenant_alias }) if !id.as_str().is_empty() => {
                let tenant = tenant_alias.as_ref().map_or("", Id::as_str);
                DeliveryId::message_id(DeliveryId::business_fields(&[tenant, id.as_str()]).as_str())
            }
            _ => DeliveryId::digest(signed.payload),
        }
    }
}

pub(super) static FACTS: Facts = Facts::new(
    "saasquatch",
    "SaaSquatch",
    Scheme::DetachedJws(DetachedJws::new("x-hook-jws-rfc-7797").rs256()),
    &CONTRACT,
);

/// The members of a payload that identify it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scope {
    id: Option<Id>,
    tenant_alias: Option<Id>,
}

static CONTRACT: Contract = Contract::builder()
    // Documented: every status other than 200 is a failure.
    .counts_as_success(200..=200)
    .transient(503)
    .unproven(401)
    // Documented: retried, like every status other than 200.
    .undecided(503)
    // No time is signed.
    .stale(401)
    .never(&[
        Forbidden::new(201..=299, "counts as a failure, so the delivery is sent again every hour for three days"),
        Forbidden::new(300..=399, "counts as a failure, and is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented: every hour after a failed attempt, until 72 attempts have been made. Assumed: the first attempt is not one
    // of them.
    .retries(Retries::every(Duration::from_secs(3_600)).times(72))
    // Not published: a deadline, whether an operator can have a delivery sent again, the effect of failures on the endpoint.
    .build();

/// SaaSquatch's events, one for each documented type. Those called classic come from programs of the older kind only.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::saasquatch::{Event, SaaSquatch};
///
/// let body = br#"{"id":"1","type":"referral.converted","live":false,"data":{"id":"r1","referralCodeUsed":"ADA10"}}"#;
/// let event = SaaSquatch.decode(&body[..].into());
/// assert!(event.is_test());
/// let Event::ReferralConverted(converted) = event else { panic!("another event") };
/// assert_eq!(converted.data.referral_code_used.as_deref(), Some("ADA10"));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub enum Event {
    /// A user was created: `user.created`.
    UserCreated(Notification<User>),
    /// The balance of a user in one unit changed: `user.reward.balance.changed`.
    RewardBalanceChanged(Notification<Balance>),
    /// A referral code was created: `coupon.created`.
    CouponCreated(Notification<Coupon>),
    /// A reward was created: `reward.created`.
    RewardCreated(Notification<Reward>),
    /// A friend was connected with a referrer: `referral.started`.
    ReferralStarted(Notification<Referral>),
    /// A referral was converted: `referral.converted`.
    ReferralConverted(Notification<Referral>),
    /// A referral, or the referred user, was cancelled: `referral.ended`.
    ReferralEnded(Notification<Referral>),
    /// A referral was moderated automatically for the first time: `referral.automoderation.complete`.
    ReferralModerated(Notification<Referral>),
    /// An export was queued: `export.created`.
    ExportCreated(Notification<Export>),
    /// An export is ready: `export.completed`.
    ExportCompleted(Notification<Export>),
    /// A theme was published: `theme.publish.finished`.
    ThemePublished(Notification<Theme>),
    /// A subscription is tested: `test`.
    Test(Notification<Subscription>),
    /// Classic: the text for a referred user who earned a reward: `email.referred.reward.earned`.
    ReferredRewardEarnedEmail(Notification<Email>),
    /// Classic: the text about a referral that started: `email.referral.started`.
    ReferralStartedEmail(Notification<Email>),
    /// Classic: the text about a referral that was converted: `email.referral.paid`.
    ReferralPaidEmail(Notification<Email>),
    /// Classic: the text about the limit of rewards: `email.referral.rewardLimitReached`.
    RewardLimitReachedEmail(Notification<Email>),
    /// Any other payload.
    Other(Other),
}

/// An event with its envelope.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::saasquatch::{Event, SaaSquatch};
///
/// let body = r#"{"id":"1","type":"coupon.created","created":1768473000453,"data":{"code":"ADA10"}}"#;
/// let Event::CouponCreated(coupon) = SaaSquatch.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(coupon.envelope.created.unwrap().moment().unwrap().unix_timestamp(), 1_768_473_000);
/// assert_eq!(coupon.data.code.as_deref(), Some("ADA10"));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Notification<T> {
    /// The members that all events have.
    pub envelope: Envelope,
    /// The members of this event.
    pub data: T,
}

/// The members that all events have.
///
/// ```
/// # use referral_webhooks::platform::{Platform, saasquatch::SaaSquatch};
/// let event = SaaSquatch.decode(&r#"{"id":"1","type":"test","tenantAlias":"test_a","live":false}"#.into());
/// let envelope = event.envelope().unwrap();
/// assert_eq!((envelope.event_type.as_str(), envelope.live), ("test", Some(false)));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Envelope {
    /// The event's id, which is unique within the tenant.
    pub id: Option<Id>,
    /// The type on the wire.
    pub event_type: String,
    /// The name of the tenant.
    pub tenant_alias: Option<Id>,
    /// Whether the tenant is live. `false` for a test tenant, whose rewards must not be paid.
    pub live: Option<bool>,
    /// The time of the event, in milliseconds since 1970.
    pub created: Option<Timestamp>,
}

impl Event {
    /// Returns the envelope of a known event.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, saasquatch::SaaSquatch};
    /// let event = SaaSquatch.decode(&r#"{"id":"1","type":"reward.created","data":{}}"#.into());
    /// assert_eq!(event.envelope().unwrap().id.as_ref().unwrap().as_str(), "1");
    /// ```
    #[must_use]
    pub const fn envelope(&self) -> Option<&Envelope> {
        Some(match self {
            Self::UserCreated(event) => &event.envelope,
            Self::RewardBalanceChanged(event) => &event.envelope,
            Self::CouponCreated(event) => &event.envelope,
            Self::RewardCreated(event) => &event.envelope,
            Self::ReferralStarted(event)
            | Self::ReferralConverted(event)
            | Self::ReferralEnded(event)
            | Self::ReferralModerated(event) => &event.envelope,
            Self::ExportCreated(event) | Self::ExportCompleted(event) => &event.envelope,
            Self::ThemePublished(event) => &event.envelope,
            Self::Test(event) => &event.envelope,
            Self::ReferredRewardEarnedEmail(event)
            | Self::ReferralStartedEmail(event)
            | Self::ReferralPaidEmail(event)
            | Self::RewardLimitReachedEmail(event) => &event.envelope,
            Self::Other(_) => return None,
        })
    }

    /// Returns whether the event must not be paid: its tenant is not known to be live, or it is the event `test`.
    ///
    /// Documented: `live` is false for test tenants. Assumed: an event without `live` is a test.
    ///
    /// ```
    /// # use referral_webhooks::platform::{Platform, saasquatch::SaaSquatch};
    /// let is_test = |live: &str| {
    ///     SaaSquatch.decode(&format!(r#"{{"type":"reward.created"{live},"data":{{}}}}"#).into()).is_test()
    /// };
    /// assert!(!is_test(r#","live":true"#));
    /// assert!(is_test(r#","live":false"#) && is_test(""));
    /// ```
    #[must_use]
    pub fn is_test(&self) -> bool {
        matches!(self, Self::Test(_)) || self.envelope().is_some_and(|envelope| envelope.live != Some(true))
    }
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Other(other) => other.name.as_deref(),
            known => known.envelope().map(|envelope| envelope.event_type.as_str()),
        }
    }

    fn summary(&self) -> Summary<'_> {
        let summary = match self {
            Self::UserCreated(created) => created.data.summary(),
            Self::RewardBalanceChanged(changed) => {
                let user = changed.data.user_id.as_ref();
                Summary::of(Happening::MemberChanged).by(Party::of_id(user)).about(user.map(Id::as_str))
            }
            Self::RewardCreated(created) => created.data.summary(),
            Self::ReferralStarted(started) => started.data.summary(Happening::ReferralStarted),
            Self::ReferralConverted(converted) => converted.data.summary(Happening::ReferralConverted),
            Self::ReferralEnded(ended) => ended.data.summary(Happening::ReferralFailed),
            Self::ReferralModerated(moderated) => moderated.data.summary(Happening::ReferralChanged),
            Self::CouponCreated(_) | Self::ThemePublished(_) => Summary::of(Happening::ProgramChanged),
            // A text repeats another event.
            Self::ReferredRewardEarnedEmail(_)
            | Self::ReferralStartedEmail(_)
            | Self::ReferralPaidEmail(_)
            | Self::RewardLimitReachedEmail(_) => Summary::of(Happening::Notice),
            Self::ExportCreated(_) | Self::ExportCompleted(_) | Self::Test(_) => Summary::of(Happening::Notice),
            Self::Other(_) => Summary::of(Happening::Other),
        };
        let created = self.envelope().and_then(|envelope| envelope.created.as_ref());
        Summary { is_test: self.is_test(), ..summary.at(created) }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'t> {
    id: Option<Id>,
    #[serde(borrow, rename = "type")]
    kind: Option<Word<'t>>,
    tenant_alias: Option<Id>,
    live: Option<bool>,
    created: Option<Timestamp>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let wire: Wire<'_> = read(None, text)?;
    let Some(Word(name)) = wire.kind.clone() else { return Err((None, Why::UnknownShape)) };
    let event = match &*name {
        "user.created" => wire.with_data().map(Event::UserCreated),
        "user.reward.balance.changed" => wire.with_data().map(Event::RewardBalanceChanged),
        "coupon.created" => wire.with_data().map(Event::CouponCreated),
        "reward.created" => wire.with_data().map(Event::RewardCreated),
        "referral.started" => wire.with_data().map(Event::ReferralStarted),
        "referral.converted" => wire.with_data().map(Event::ReferralConverted),
        "referral.ended" => wire.with_data().map(Event::ReferralEnded),
        "referral.automoderation.complete" => wire.with_data().map(Event::ReferralModerated),
        "export.created" => wire.with_data().map(Event::ExportCreated),
        "export.completed" => wire.with_data().map(Event::ExportCompleted),
        "theme.publish.finished" => wire.with_data().map(Event::ThemePublished),
        "test" if wire.data.is_none() => Ok(Event::Test(wire.notification(Subscription::default()))),
        "test" => wire.with_data().map(Event::Test),
        "email.referred.reward.earned" => wire.with_data().map(Event::ReferredRewardEarnedEmail),
        "email.referral.started" => wire.with_data().map(Event::ReferralStartedEmail),
        "email.referral.paid" => wire.with_data().map(Event::ReferralPaidEmail),
        "email.referral.rewardLimitReached" => wire.with_data().map(Event::RewardLimitReachedEmail),
        _ => Err(Why::UnknownName),
    };
    event.map_err(|why| (Some(name.into_owned()), why))
}

impl<'t> Wire<'t> {
    fn with_data<T: Deserialize<'t>>(self) -> Result<Notification<T>, Why> {
        let data = object(self.data).ok_or(Why::MissingMember("data"))?;
        let data = serde_json::from_str(data)?;
        Ok(self.notification(data))
    }

    fn notification<T>(self, data: T) -> Notification<T> {
        let Self { id, kind, tenant_alias, live, created, .. } = self;
        let event_type = kind.map(|kind| kind.0.into_owned()).unwrap_or_default();
        Notification { envelope: Envelope { id, event_type, tenant_alias, live, created }, data }
    }
}
