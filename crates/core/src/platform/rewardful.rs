//! Rewardful: affiliate and referral programs for software as a service.
//!
//! Documented: <https://developers.rewardful.com/webhooks/signed-webhooks>, `/requests`, `/event-types`, `/endpoints`, and
//! the pages of the REST API that describe the objects.
//!
//! - The event's name and id are under `event`. `request` belongs to one attempt.
//! - Money is in integer cents.
//! - Only 200 is a success.

mod members;
mod summary;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use self::members::*;
use super::decode::{Unreadable, decode_text, object, read, top};
use super::event::Other;
use super::events::events;
use super::facts::{Facts, Platform, Signed};
use super::members::{Members, members};
use super::name::text;
use super::why::Why;
use crate::summary::{Happening, Summary};
use crate::value::{Id, Timestamp};
use crate::{BodyHmac, Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme};

/// Rewardful.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::rewardful::Rewardful;
///
/// let endpoint = Endpoint::<Rewardful>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().counts_as_success, 200..=200);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Rewardful;

impl Platform for Rewardful {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns `event.id`, also for an event that this version does not know. Assumed from its name: every attempt repeats
    /// it. `request.id` belongs to one attempt, so that the bodies of two attempts differ.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        let id = event.id().cloned().or_else(|| Some(top::<Identity>(signed.payload)?.event.id));
        DeliveryId::message_id_in(id.as_ref(), signed.payload)
    }
}

// The age is not judged: `event.created_at` is the time of the event, and every attempt repeats it.
pub(super) static FACTS: Facts =
    Facts::new("rewardful", "Rewardful", Scheme::BodyHmac(BodyHmac::new("x-rewardful-signature")), &CONTRACT);

static CONTRACT: Contract = Contract::builder()
    // Documented: exactly 200.
    .counts_as_success(200..=200)
    .transient(503)
    .unproven(401)
    // Documented: retried, like every status that is not a success.
    .undecided(401)
    .stale(401)
    .never(&[
        Forbidden::new(201..=299, "counts as a failure, so the event is sent again for 3 days"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented: exponential for 3 days, without numbers. The deadline is not published.
    .retries(Retries::UNKNOWN.until(Duration::from_secs(3 * 86_400)))
    // Not published.
    .redelivery(Redelivery::Unknown)
    .disabling(Disabling::Unknown)
    .build();

events! {
    /// Rewardful's events. All are documented.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::platform::rewardful::{Event, Rewardful};
    ///
    /// let body = r#"{"object":{"id":"c1","amount":3000,"currency":"USD","state":"due"},
    ///     "event":{"id":"e1","type":"commission.created"},"request":{"id":"r1"}}"#;
    /// let Event::CommissionCreated(event) = Rewardful.decode(&body.into()) else { panic!("another event") };
    /// assert_eq!(event.object.amount.units(0), Some(3000)); // cents
    /// ```
    enum Event;

    /// An affiliate signed up or was created.
    AffiliateCreated(Affiliate) as MemberJoined = "affiliate.created",
    /// An affiliate confirmed the e-mail address.
    AffiliateConfirmed(Affiliate) as MemberChanged = "affiliate.confirmed",
    /// An affiliate was changed.
    AffiliateUpdated(Affiliate) as MemberChanged = "affiliate.updated",
    /// An affiliate was deleted.
    AffiliateDeleted(Affiliate) as MemberLeft = "affiliate.deleted",
    /// An affiliate's link was created.
    AffiliateLinkCreated(AffiliateLink) as ProgramChanged = "affiliate_link.created",
    /// An affiliate's link was changed.
    AffiliateLinkUpdated(AffiliateLink) as ProgramChanged = "affiliate_link.updated",
    /// An affiliate's link was deleted.
    AffiliateLinkDeleted(AffiliateLink) as ProgramChanged = "affiliate_link.deleted",
    /// An affiliate's coupon was created.
    AffiliateCouponCreated(AffiliateCoupon) as ProgramChanged = "affiliate_coupon.created",
    /// An affiliate's coupon was changed.
    AffiliateCouponUpdated(AffiliateCoupon) as ProgramChanged = "affiliate_coupon.updated",
    /// An affiliate's coupon was activated.
    AffiliateCouponActivated(AffiliateCoupon) as ProgramChanged = "affiliate_coupon.activated",
    /// An affiliate's coupon was deactivated.
    AffiliateCouponDeactivated(AffiliateCoupon) as ProgramChanged = "affiliate_coupon.deactivated",
    /// An affiliate's coupon was deleted.
    AffiliateCouponDeleted(AffiliateCoupon) as ProgramChanged = "affiliate_coupon.deleted",
    /// A visitor came through an affiliate's link.
    ReferralCreated(Referral) as ReferralStarted = "referral.created",
    /// A visitor became a lead.
    ReferralLead(Referral) as ReferralChanged = "referral.lead",
    /// A lead became a paying customer.
    ReferralConverted(Referral) as ReferralConverted = "referral.converted",
    /// A referral was deleted.
    ReferralDeleted(Referral) as ReferralFailed = "referral.deleted",
    /// A referred customer paid.
    SaleCreated(Sale) as ConversionRecorded = "sale.created",
    /// A sale was changed.
    SaleUpdated(Sale) as ConversionChanged = "sale.updated",
    /// A sale was refunded in part or as a whole.
    SaleRefunded(Sale) as ConversionRefunded = "sale.refunded",
    /// A sale was deleted.
    SaleDeleted(Sale) as ConversionRefunded = "sale.deleted",
    /// An affiliate earned a commission.
    CommissionCreated(Commission) as RewardPending = "commission.created",
    /// A commission was changed.
    CommissionUpdated(Commission) as RewardChanged = "commission.updated",
    /// A commission was paid.
    CommissionPaid(Commission) as RewardDelivered = "commission.paid",
    /// A commission was voided.
    CommissionVoided(Commission) as RewardRevoked = "commission.voided",
    /// A commission was deleted.
    CommissionDeleted(Commission) as RewardRevoked = "commission.deleted",
    /// A payout was created.
    PayoutCreated(Payout) as PayoutPending = "payout.created",
    /// A payout was changed.
    PayoutUpdated(Payout) as Other = "payout.updated",
    /// A payout became due.
    PayoutDue(Payout) as PayoutPending = "payout.due",
    /// A payout was paid.
    PayoutPaid(Payout) as PayoutSent = "payout.paid",
    /// A payout was deleted.
    PayoutDeleted(Payout) as PayoutFailed = "payout.deleted",
    /// A payout failed.
    PayoutFailed(Payout) as PayoutFailed = "payout.failed",
}

/// An event's id and time, and the object after the event.
///
/// ```
/// use referral_webhooks::platform::{Platform, rewardful::{Event, Rewardful}};
///
/// let body = r#"{"object":{"id":"p1","amount":3000},"event":{"id":"e1","type":"payout.paid","api_version":"v1",
///     "created_at":"2026-01-15T10:30:00.000Z"},"request":{"id":"r1"}}"#;
/// let Event::PayoutPaid(event) = Rewardful.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((event.id.as_str(), event.request_id.unwrap().as_str()), ("e1", "r1"));
/// assert_eq!(event.api_version.as_deref(), Some("v1"));
/// assert_eq!(event.created_at.unwrap().moment().unwrap().unix_timestamp(), 1_768_473_000);
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Envelope<T> {
    /// The event's id, a UUID.
    pub id: Id,
    /// The time of the event.
    pub created_at: Option<Timestamp>,
    /// The version of the API whose objects the event carries, such as `v1`.
    pub api_version: Option<String>,
    /// The id of this attempt.
    pub request_id: Option<Id>,
    /// The object after the event.
    pub object: T,
}

impl<T> Envelope<T> {
    const fn id(&self) -> Option<&Id> {
        Some(&self.id)
    }

    fn summary(&self, happening: Happening) -> Summary<'_>
    where
        T: Members,
    {
        self.object.summary(happening).at(self.created_at.as_ref())
    }
}

#[derive(Deserialize)]
struct Wire<'t> {
    #[serde(borrow)]
    object: Option<&'t RawValue>,
    event: Option<&'t RawValue>,
    request: Option<&'t RawValue>,
    /// The members under `event`.
    #[serde(skip)]
    head: Head<'t>,
}

#[derive(Default, Deserialize)]
struct Head<'t> {
    id: Option<Id>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'t RawValue>,
    created_at: Option<Timestamp>,
    api_version: Option<String>,
}

#[derive(Deserialize)]
struct Attempt {
    id: Option<Id>,
}

/// The id alone, of a body that may be unreadable otherwise.
#[derive(Deserialize)]
struct Identity {
    event: IdentityOfEvent,
}

#[derive(Deserialize)]
struct IdentityOfEvent {
    id: Id,
}

fn decode(json: &str) -> Result<Event, Unreadable> {
    let mut wire: Wire<'_> = read(None, json)?;
    wire.head = read(None, object(wire.event).ok_or((None, Why::UnknownShape))?)?;
    let name = wire.head.kind.ok_or((None, Why::UnknownShape))?;
    let name = text(name).ok_or((None, Why::NameNotText))?;
    event(&name, wire).map_err(|why| (Some(name.into_owned()), why))
}

impl<'t> Wire<'t> {
    fn envelope<T: Members + Deserialize<'t>>(self) -> Result<Envelope<T>, Why> {
        let attempt: Option<Attempt> = object(self.request).map(serde_json::from_str).transpose()?;
        Ok(Envelope {
            id: self.head.id.ok_or(Why::MissingMember("event.id"))?,
            created_at: self.head.created_at,
            api_version: self.head.api_version,
            request_id: attempt.and_then(|attempt| attempt.id),
            object: members(object(self.object).ok_or(Why::MissingMember("object"))?)?,
        })
    }
}
