//! LoyaltyLion: loyalty and referral programs for shops.
//!
//! Documented: <https://developers.loyaltylion.com/api-reference/v2/webhooks/overview>, a page for each topic, and
//! <https://developers.loyaltylion.com/docs/features/custom-rewards>.
//!
//! The samples disagree with the overview about the place of the members. All of these places are read:
//!
//! - under `payload.properties` (most program events),
//! - under `payload` (the overview, segments, expiring points),
//! - under `payload.unsubscribe` (unsubscribing),
//! - at the top (`customers/update`, and `rewards/store_fulfilment`, whose sample has neither an id nor a topic).
//!
//! The header with the topic is unsigned, and decides no event.

mod members;
mod summary;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use self::members::*;
use super::canonical::canonical_without;
use super::decode::{Unreadable, decode_text, object, read, top};
use super::event::Other;
use super::events::events;
use super::facts::{Facts, Platform, Signed};
use super::members::{Members, has, members};
use super::name::{no_other_spelling, text};
use super::why::Why;
use crate::summary::{Happening, Summary};
use crate::value::{Id, Timestamp};
use crate::{Acknowledges, BodyHmac, Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme};

/// LoyaltyLion.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::loyaltylion::LoyaltyLion;
///
/// // The secret of the site, or that of the OAuth application which made the subscription.
/// let endpoint = Endpoint::<LoyaltyLion>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().deadline.unwrap().as_secs(), 5);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct LoyaltyLion;

impl Platform for LoyaltyLion {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns the body's `id`, which is made for this purpose, also for an event that this version does not know.
    ///
    /// A body without an id has a digest. The sample of `rewards/store_fulfilment` is one: if the same customer redeems
    /// the same reward twice, the second body looks like a repeat of the first, and is not fulfilled again.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        let id = event.id().cloned().or_else(|| Some(top::<Identity>(signed.payload)?.id));
        DeliveryId::message_id_in(id.as_ref(), signed.payload)
    }

    /// Returns the payload without `created_at`, which is the time of sending.
    fn lasting<'p>(&self, payload: &'p [u8]) -> Cow<'p, [u8]> {
        canonical_without(payload, &["created_at"])
    }
}

// The age is not judged: `created_at` is the time of sending, and whether an attempt renews it is not published. Attempts
// have no end, so that a limit could refuse a genuine event on every attempt.
pub(super) static FACTS: Facts = Facts::new(
    "loyaltylion",
    "LoyaltyLion",
    Scheme::BodyHmac(BodyHmac::new("x-loyaltylion-hmac-sha256").base64()),
    &CONTRACT,
);

static CONTRACT: Contract = Contract::builder()
    // Documented: 200 is asked for, and every 2xx counts.
    .counts_as_success(200..=299)
    .transient(503)
    .unproven(401)
    // Documented: retried, like every status that is not a success.
    .undecided(401)
    .stale(401)
    .never(&[
        Forbidden::new(202..=299, "reads as a success, and other platforms do not take it for one"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented.
    .deadline(Duration::from_secs(5))
    // Documented: exponential, without numbers, until a success or until the subscription is removed.
    .retries(Retries::UNKNOWN)
    // Not published.
    .redelivery(Redelivery::Unknown)
    // The documentation names no effect of failures.
    .disabling(Disabling::Never)
    // Documented.
    .acknowledges(&[("rewards/store_fulfilment", Acknowledges::Fulfilment)])
    .build();

events! {
    /// LoyaltyLion's events. All are documented.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::platform::loyaltylion::{Event, LoyaltyLion};
    ///
    /// let body = r#"{"id":"bff1bddb","topic":"program_events/customer.referral_complete","payload":{"properties":{
    ///     "referring_customer":{"id":6932,"merchant_id":"u_1001"},"referred_customer":{"id":45254}}}}"#;
    /// let Event::ReferralComplete(event) = LoyaltyLion.decode(&body.into()) else { panic!("another event") };
    /// assert_eq!(event.payload.referring_customer.merchant_id.unwrap().as_str(), "u_1001");
    /// ```
    #[expect(clippy::large_enum_variant, reason = "a program holds few events, and a box would complicate every pattern")]
    enum Event;

    /// A customer changed: points, tier or profile.
    CustomerUpdated(CustomerChange) as MemberChanged = "customers/update",
    /// A customer unsubscribed from e-mail.
    EmailUnsubscribed(CustomerChange) as MemberChanged = "loyalty_emails/unsubscribe",
    /// A customer redeemed a custom reward. LoyaltyLion takes a success for the fulfilment.
    StoreFulfilment(Fulfilment) as RewardEarned = "rewards/store_fulfilment",
    /// A customer joined the program.
    CustomerEnrolled(Enrolled) as MemberJoined = "program_events/customer.enrolled",
    /// A customer moved up a tier.
    TierUpgraded(CustomerChange) as MemberChanged = "program_events/customer.tier_upgraded",
    /// A customer moved down a tier.
    TierDowngraded(CustomerChange) as MemberChanged = "program_events/customer.tier_downgraded",
    /// A customer earned points. It is sent five minutes later.
    PointsEarned(PointsEarned) as Activity = "program_events/customer.points_earned",
    /// A customer can afford a new reward.
    RewardAvailable(AvailableRewards) as Other = "program_events/customer.reward_available_notification",
    /// A monthly reminder of affordable rewards.
    RewardReminder(AvailableRewards) as Other = "program_events/customer.recurring_reward_available_reminder",
    /// A customer claimed a voucher or a gift card.
    RewardClaimed(Reward) as RewardDelivered = "program_events/customer.claimed_reward",
    /// A referred customer completed an order.
    ReferralComplete(ReferralComplete) as ReferralConverted = "program_events/customer.referral_complete",
    /// A customer completed a rule of the program.
    RuleCompleted(RuleCompleted) as Activity = "program_events/customer.rule_completed",
    /// A customer is close to the next tier.
    ApproachingTierUpgrade(NextTier) as Other = "program_events/customer.approaching_tier_upgrade",
    /// A customer moved to the segment "At Risk".
    MovedToAtRiskSegment(Segment) as MemberChanged = "program_events/customer.moved_to_at_risk_segment",
    /// A customer moved to the segment "Win Back".
    MovedToDefectedSegment(Segment) as MemberChanged = "program_events/customer.moved_to_defected_segment",
    /// A customer moved to the segment "Loyal".
    MovedToLoyalSegment(Segment) as MemberChanged = "program_events/customer.moved_to_loyal_segment",
    /// A customer's points expire soon.
    ApproachingPointsExpiration(ExpiringPoints) as Other = "program_events/customer.approaching_points_expiration",
    /// A customer's reward expires soon.
    ApproachingRewardExpiration(Reward) as Other = "program_events/customer.approaching_reward_expiration",
}

/// An event's id, time of sending and members.
///
/// ```
/// use referral_webhooks::platform::{Platform, loyaltylion::{Event, LoyaltyLion}};
///
/// let body = r#"{"id":"bff1bddb","topic":"customers/update","created_at":"2026-01-15T10:30:00Z","customer":{"id":1}}"#;
/// let Event::CustomerUpdated(event) = LoyaltyLion.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((event.id.unwrap().as_str(), event.payload.customer.id.unwrap().as_str()), ("bff1bddb", "1"));
/// assert_eq!(event.sent_at.unwrap().moment().unwrap().unix_timestamp(), 1_768_473_000);
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Envelope<T> {
    /// The event's id, a UUID. `None` if a fulfilment comes without an envelope.
    pub id: Option<Id>,
    /// The time of sending, which may differ from that of the event. It is `created_at` on the wire.
    pub sent_at: Option<Timestamp>,
    /// The members.
    pub payload: T,
}

impl<T> Envelope<T> {
    const fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    fn summary(&self, happening: Happening) -> Summary<'_>
    where
        T: Members,
    {
        self.payload.summary(happening)
    }
}

#[derive(Deserialize)]
struct Wire<'t> {
    id: Option<Id>,
    #[serde(borrow)]
    topic: Option<&'t RawValue>,
    created_at: Option<Timestamp>,
    payload: Option<&'t RawValue>,
    /// The whole body.
    #[serde(skip)]
    body: &'t str,
}

/// The id alone, of a body that may be unreadable otherwise.
#[derive(Deserialize)]
struct Identity {
    id: Id,
}

/// The objects in a payload that may hold the members.
#[derive(Default, Deserialize)]
struct Nested<'t> {
    #[serde(borrow)]
    properties: Option<&'t RawValue>,
    unsubscribe: Option<&'t RawValue>,
}

fn decode(json: &str) -> Result<Event, Unreadable> {
    let mut wire: Wire<'_> = read(None, json)?;
    wire.body = json;
    let Some(topic) = wire.topic else { return wire.without_a_topic() };
    let name = text(topic).ok_or((None, Why::NameNotText))?;
    let decoded = if wire.id.is_some() { event(&name, wire) } else { Err(Why::MissingMember("id")) };
    decoded.map_err(|why| (Some(name.into_owned()), why))
}

impl<'t> Wire<'t> {
    /// Reads the fulfilment of a custom reward, the only event whose sample has no topic.
    fn without_a_topic(self) -> Result<Event, Unreadable> {
        let is_fulfilment = Fulfilment::NEEDED.iter().all(|member| has(self.body, member));
        if !is_fulfilment || self.payload.is_some() {
            return Err((None, Why::UnknownShape));
        }
        no_other_spelling(self.body, &["topic"])?;
        self.envelope().map(Event::StoreFulfilment).map_err(|why| (None, why))
    }

    /// Reads the members from the one place that holds them.
    fn envelope<T: Members + Deserialize<'t>>(self) -> Result<Envelope<T>, Why> {
        let payload = object(self.payload);
        let nested: Nested<'t> = payload.map_or_else(|| Ok(Nested::default()), serde_json::from_str)?;
        let places = [object(nested.properties), object(nested.unsubscribe), payload, Some(self.body)];
        // The first needed member identifies the place. Two places might tell two stories.
        let first = T::NEEDED.first().copied().unwrap_or_default();
        let mut holding = places.into_iter().flatten().filter(|place| has(place, first));
        let place = holding.next().ok_or(Why::MissingMember(first))?;
        if holding.next().is_some() {
            return Err(Why::Ambiguous);
        }
        Ok(Envelope { id: self.id, sent_at: self.created_at, payload: members(place)? })
    }
}
