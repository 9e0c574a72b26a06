//! Prefinery: waiting lists and referral programs. On the wire, users are called testers.
//!
//! Documented: <https://www.prefinery.com/api/docs/webhooks>, `/events`, `/signatures` and `/best-practices`. The page with
//! the samples could not be read. Assumed: the place of the event's name, the envelope, and that the members are those of
//! the REST API (<https://www.prefinery.com/api/v2/docs/testers>).

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::decode::{Unreadable, decode_text, object};
use super::envelope::{Envelope, envelope};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::name::{no_other_spelling, text};
use super::why::Why;
use crate::value::{Amount, Id, Personal, RawJson, Timestamp, open_enum};
use crate::{Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme, TimestampedHmac, Tolerance};

/// Prefinery.
///
/// ```
/// use referral_webhooks::{Endpoint, platform::prefinery::Prefinery};
///
/// let endpoint = Endpoint::<Prefinery>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().transient, 429);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Prefinery;

impl Platform for Prefinery {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns a digest of the body, because no member is known to be the event's id. The timestamp is excluded, because it
    /// may differ between attempts. Assumed: a retry repeats the body byte by byte, and two events never have the same
    /// body. For payments, also check the reward's id and status.
    fn delivery_id(&self, _: &Event, signed: Signed<'_>) -> DeliveryId {
        DeliveryId::digest(signed.payload)
    }
}

// The scheme is documented, and confirmed by a public receiver. The secret's format is not published. Assumed: its text is
// the key.
pub(super) static FACTS: Facts = Facts::new(
    "prefinery",
    "Prefinery",
    Scheme::TimestampedHmac(TimestampedHmac::new("x-prefinery-signature")),
    &CONTRACT,
)
.with_tolerance(Tolerance::minutes(5));

static CONTRACT: Contract = Contract::builder()
    // Documented: only 200 in the help article, 200 and 201 on the developer page.
    .counts_as_success(200..=201)
    // Documented: 429 is the only status that leads to a retry. Every 5xx is final.
    .transient(429)
    .unproven(401)
    // A refusal would be final.
    .undecided(429)
    // A refusal would be final. Whether a retry has a new signature is unknown, so ask for one.
    .stale(429)
    .never(&[
        Forbidden::new(202..=299, "is recorded as rejected, and not tried again"),
        Forbidden::new(300..=399, "is recorded as rejected, and not tried again"),
        Forbidden::new(410..=410, "removes the endpoint from the project"),
        Forbidden::new(500..=599, "is recorded as rejected, and not tried again: the event is lost"),
    ])
    // Documented.
    .deadline(Duration::from_secs(15))
    // Documented: 5 s + N^4 s, 15 retries. Assumed: N begins at 1, as in the library that has this rule.
    .retries(Retries::at(&[
        Duration::from_secs(6),
        Duration::from_secs(27),
        Duration::from_secs(113),
        Duration::from_secs(374),
        Duration::from_secs(1_004),
        Duration::from_secs(2_305),
        Duration::from_secs(4_711),
        Duration::from_secs(8_812),
        Duration::from_secs(15_378),
        Duration::from_secs(25_383),
        Duration::from_secs(40_029),
        Duration::from_secs(60_770),
        Duration::from_secs(89_336),
        Duration::from_secs(127_757),
        Duration::from_secs(178_387),
    ]))
    // Documented.
    .redelivery(Redelivery::Never)
    // Documented.
    .disabling(Disabling::Never)
    .build();

/// Declares `Event` and the decoding by name from one table: variant, members, wire names.
macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($members:ident) = $name:literal $(| $alias:literal)*,)+) => {
        /// Prefinery's events. One action may cause several, in any order.
        ///
        /// ```
        /// use referral_webhooks::platform::Platform;
        /// use referral_webhooks::platform::prefinery::{Event, Prefinery, RewardStatus};
        ///
        /// let body = br#"{"event":"reward_delivered","reward":{"id":7,"status":"delivered"}}"#;
        /// let Event::RewardDelivered(reward) = Prefinery.decode(&body[..].into()) else { panic!("another event") };
        /// assert_eq!(reward.status, Some(RewardStatus::Delivered));
        /// ```
        #[derive(Debug, Clone, Serialize)]
        #[non_exhaustive]
        pub enum Event {
            $($(#[$doc])* $variant($members),)+
            /// Any other payload.
            Other(Other),
        }

        /// Returns whether an event has this name.
        fn is_known(name: &str) -> bool {
            matches!(name, $($name $(| $alias)*)|+)
        }

        fn event(name: &str, wire: &Wire<'_>, text: &str) -> Result<Event, Why> {
            match name {
                $($name $(| $alias)* => $members::within(wire, text).map(Event::$variant),)+
                _ => Err(Why::UnknownName),
            }
        }

        impl super::event::Event for Event {
            fn name(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(_) => Some($name),)+
                    Self::Other(other) => other.name.as_deref(),
                }
            }

            fn other(&self) -> Option<&Other> {
                if let Self::Other(other) = self { Some(other) } else { None }
            }
        }
    };
}

events! {
    /// A user was created. Documented.
    TesterCreated(Tester) = "tester_created",
    /// A user applied. Documented.
    TesterApplied(Tester) = "tester_applied",
    /// A user was changed. Documented.
    TesterUpdated(Tester) = "tester_updated",
    /// A user was invited. The event is documented, its wire name assumed.
    TesterInvited(Tester) = "tester_invited",
    /// A user participates. The event is documented, its wire names assumed.
    TesterActivated(Tester) = "tester_activated" | "tester_active" | "tester_joined",
    /// A user was rejected. The event is documented, its wire name assumed.
    TesterRejected(Tester) = "tester_rejected",
    /// A user was suspended. The event is documented, its wire name assumed.
    TesterSuspended(Tester) = "tester_suspended",
    /// A user has not confirmed. The event is documented, its wire name assumed.
    TesterUnconfirmed(Tester) = "tester_unconfirmed",
    /// A user was imported. The event is documented, its wire name assumed.
    TesterImported(Tester) = "tester_imported",
    /// A user was deleted. The event is documented, its wire name assumed.
    TesterDeleted(Tester) = "tester_deleted",
    /// A user unsubscribed. The event is documented, its wire name assumed.
    TesterUnsubscribed(Tester) = "tester_unsubscribed",
    /// A user subscribed again. The event is documented, its wire name assumed.
    TesterResubscribed(Tester) = "tester_resubscribed",
    /// A referral was made. The event is documented, its wire name assumed.
    ReferralCreated(Tester) = "referral_created",
    /// A reward was earned. With automatic delivery, `RewardDelivered` follows at once. The event is documented, its wire
    /// name assumed.
    RewardEarned(Reward) = "reward_earned",
    /// A reward was delivered. Pay on this event. Documented.
    RewardDelivered(Reward) = "reward_delivered",
    /// A reward was revoked. The event is documented, its wire name assumed.
    RewardRevoked(Reward) = "reward_revoked",
    /// Points were earned. The event is documented, its wire name assumed.
    PointsEarned(Points) = "points_earned",
    /// Points were revoked. The event is documented, its wire name assumed.
    PointsRevoked(Points) = "points_revoked",
}

/// A user. Counts and positions are momentary, and the vendor advises against copying them.
///
/// ```
/// use referral_webhooks::platform::{Platform, prefinery::{Event, Prefinery}};
///
/// let body = r#"{"event":"tester_joined","tester":{"id":9,"email":"avery@example.com","status":"active"}}"#;
/// let Event::TesterActivated(tester) = Prefinery.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((tester.id.unwrap().as_str(), tester.status.as_deref()), ("9", Some("active")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tester {
    /// The id of the user or of the event. Which of them is unknown.
    pub id: Option<Id>,
    /// The id that third parties see.
    pub uuid: Option<Id>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The user's status, such as `applied`, `invited`, `active`.
    pub status: Option<String>,
    /// The code of the invitation.
    pub invitation_code: Option<String>,
    /// The user's own referral code.
    pub referral_code: Option<String>,
    /// The user's own link.
    pub share_link: Option<String>,
    /// The link to the page of the user's shares.
    pub share_status_link: Option<String>,
    /// The number of clicks on the link.
    pub share_clicks_count: Option<Amount>,
    /// The number of sign-ups through the link.
    pub share_signups_count: Option<Amount>,
    /// The number of friends who may be invited.
    pub friend_invitations_allowed: Option<Amount>,
    /// The number of friends who were invited.
    pub friend_invitations_count: Option<Amount>,
    /// The number of friends who may still be invited.
    pub friend_invitations_remaining: Option<Amount>,
    /// The position on the waiting list.
    pub waitlist_position: Option<Amount>,
    /// The number of users ahead on the list.
    pub waitlist_ahead: Option<Amount>,
    /// The number of users behind on the list.
    pub waitlist_behind: Option<Amount>,
    /// The number of users on the list.
    pub waitlist_length: Option<Amount>,
    /// The referrer, in an undocumented format.
    pub referred_by: Option<RawJson>,
    /// The user's groups, separated by commas.
    pub groups: Option<String>,
    /// The name, the address and the project's own members.
    pub profile: Option<RawJson>,
    /// The time of the user's creation.
    pub created_at: Option<Timestamp>,
    /// The time of the import.
    pub imported_at: Option<Timestamp>,
    /// The time of the application.
    pub applied_at: Option<Timestamp>,
    /// The time of the invitation.
    pub invited_at: Option<Timestamp>,
    /// The time of joining.
    pub joined_at: Option<Timestamp>,
    /// The time of unsubscribing.
    pub unsubscribed_at: Option<Timestamp>,
}

/// A reward.
///
/// ```
/// use referral_webhooks::platform::{Platform, prefinery::{Event, Prefinery}};
///
/// let body = r#"{"event":"reward_earned","reward":{"id":7,"type":"DoubleSided","user_role":"friend"}}"#;
/// let Event::RewardEarned(reward) = Prefinery.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((reward.id.unwrap().as_str(), reward.kind.as_deref()), ("7", Some("DoubleSided")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reward {
    /// The reward's id. Together with `status`, it is the key for paying once.
    ///
    /// Assumed: if the members are at the top of the body instead of under `reward`, it may be the event's id. Then compare
    /// it with Prefinery's API before paying.
    pub id: Option<Id>,
    /// The name in reports.
    pub descriptor: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The kind of reward: `SingleSided`, `DoubleSided` or `Milestone`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The role of the user: `referrer` or `friend`.
    pub user_role: Option<String>,
    /// The id of the user who gets the reward.
    pub user_id: Option<Id>,
    /// The reward's status.
    pub status: Option<RewardStatus>,
    /// The time of earning it.
    pub earned_at: Option<Timestamp>,
    /// The time of its delivery.
    pub delivered_at: Option<Timestamp>,
    /// The time of its revocation.
    pub revoked_at: Option<Timestamp>,
}

open_enum! {
    /// The status of a reward.
    ///
    /// ```
    /// use referral_webhooks::platform::prefinery::RewardStatus;
    ///
    /// let status: RewardStatus = serde_json::from_str(r#""revoked""#)?;
    /// assert_eq!((status.as_str(), &status), ("revoked", &RewardStatus::Revoked));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum RewardStatus {
        /// Earned.
        Earned = "earned",
        /// Delivered.
        Delivered = "delivered",
        /// Revoked.
        Revoked = "revoked",
    }
}

/// Points.
///
/// ```
/// use referral_webhooks::platform::{Platform, prefinery::{Event, Prefinery}};
///
/// let body = r#"{"event":"points_earned","points":{"id":3,"quantity":50,"activity":"signup"}}"#;
/// let Event::PointsEarned(points) = Prefinery.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(points.quantity.unwrap().units(0), Some(50));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Points {
    /// The points' id.
    pub id: Option<Id>,
    /// The number of points.
    pub quantity: Option<Amount>,
    /// The rewarded activity: `bonus`, `signup`, `share`, `referral`, `reward` or `friend_reward`.
    pub activity: Option<String>,
    /// The reason, free text.
    pub reason: Option<String>,
    /// The id of the user who gets the points.
    pub user_id: Option<Id>,
    /// The time of the points' creation.
    pub created_at: Option<Timestamp>,
}

envelope! {
    /// The places where the name may be, and where the members may be under their own key. All assumed.
    struct Wire {
        names: [
            event,
            event_type,
            event_name,
            camel_event_type ("eventType"),
            camel_event_name ("eventName"),
            webhook_event,
            action,
            topic,
        ],
        kind ("type"): &'t RawValue,
        name: &'t RawValue,
        data: &'t RawValue,
        tester: &'t RawValue,
        user: &'t RawValue,
        referral: &'t RawValue,
        reward: &'t RawValue,
        points: &'t RawValue,
        id: &'t RawValue,
        uuid: &'t RawValue,
        user_id: &'t RawValue,
        email: &'t RawValue,
    }
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let wire = Wire::read(None, text)?;
    let Some(name) = wire.event_name(text)? else { return Err((None, Why::UnknownShape)) };
    event(&name, &wire, text).map_err(|why| (Some(name.into_owned()), why))
}

impl<'t> Wire<'t> {
    /// Returns the text of the members that can only be a name. Without such a member, at the top or under `data`, the name
    /// of a known event counts: under `type`, or under `name` in an envelope. In other payloads `name` belongs to a reward
    /// or a person.
    fn event_name(&self, text: &'t str) -> Result<Option<Cow<'t, str>>, Unreadable> {
        if let Some(name) = self.agreed_name()? {
            return Ok(Some(name));
        }
        let Some(name) = self.doubtful_name()? else { return Ok(None) };
        no_other_spelling(text, Self::MEMBERS)?;
        if let Some(data) = object(self.data) {
            no_other_spelling(data, Self::MEMBERS)?;
            let nested = Self::read(Some(&name), data)?;
            if nested.agreed_name()?.is_some_and(|other| other != name) {
                return Err((Some(name.into_owned()), Why::Ambiguous));
            }
        }
        Ok(Some(name))
    }

    /// Returns the name of a known event under `type` or under an envelope's `name`.
    fn doubtful_name(&self) -> Result<Option<Cow<'t, str>>, Unreadable> {
        let known = |member: Option<&'t RawValue>| member.and_then(text).filter(|name| is_known(name));
        match (known(self.kind), known(self.name)) {
            (Some(kind), Some(name)) if kind != name => Err((Some(kind.into_owned()), Why::Ambiguous)),
            (Some(kind), _) => Ok(Some(kind)),
            (None, name) => Ok(name.filter(|_| self.kind.is_none() && self.is_envelope())),
        }
    }

    /// Returns whether the record is under a key, without any of its members at the top.
    fn is_envelope(&self) -> bool {
        let members = [self.id, self.uuid, self.user_id, self.email];
        let keys = [self.data, self.tester, self.user, self.referral, self.reward, self.points];
        members.iter().all(Option::is_none) && keys.into_iter().any(|place| object(place).is_some())
    }

    /// Returns the object in the first of these places, at the top or under `data`. If all of them are empty, returns `data`
    /// itself, or the whole text without `data`.
    fn record(&self, places: impl Fn(&Self) -> [Option<&'t RawValue>; 3], text: &'t str) -> Result<&'t str, Why> {
        if let Some(object) = places(self).into_iter().find_map(object) {
            return Ok(object);
        }
        let Some(data) = object(self.data) else { return Ok(text) };
        let mut nested = Self::default();
        nested.fill(data)?;
        Ok(places(&nested).into_iter().find_map(object).unwrap_or(data))
    }
}

impl Tester {
    fn within<'t>(wire: &Wire<'t>, text: &'t str) -> Result<Self, Why> {
        let members = wire.record(|wire| [wire.tester, wire.user, wire.referral], text)?;
        let tester: Self = serde_json::from_str(members)?;
        let is_identified = tester.id.is_some() || tester.uuid.is_some() || tester.email.is_some();
        if is_identified { Ok(tester) } else { Err(Why::MissingMember("id")) }
    }
}

impl Reward {
    fn within<'t>(wire: &Wire<'t>, text: &'t str) -> Result<Self, Why> {
        let reward: Self = serde_json::from_str(wire.record(|wire| [wire.reward, None, None], text)?)?;
        let is_identified = reward.id.is_some() || reward.user_id.is_some();
        if is_identified { Ok(reward) } else { Err(Why::MissingMember("id")) }
    }
}

impl Points {
    fn within<'t>(wire: &Wire<'t>, text: &'t str) -> Result<Self, Why> {
        let points: Self = serde_json::from_str(wire.record(|wire| [wire.points, None, None], text)?)?;
        let is_identified = points.id.is_some() || points.quantity.is_some();
        if is_identified { Ok(points) } else { Err(Why::MissingMember("id")) }
    }
}
