//! Prefinery: waiting lists and referral programs. On the wire, users are called testers.
//!
//! Documented: <https://www.prefinery.com/api/docs/webhooks>, `/events`, `/signatures` and `/best-practices`. The page with
//! the samples could not be read. Assumed: the place of the event's name, the envelope, and that the members are those of
//! the REST API (<https://www.prefinery.com/api/v2/docs/testers>).

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

mod members;

pub use self::members::{Points, Reward, RewardStatus, Tester};
use super::decode::{Unreadable, decode_text, object};
use super::envelope::{Envelope, envelope};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::name::{no_other_spelling, text};
use super::why::Why;
use crate::summary::{Happening, Summary};
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
    // Documented: every other status is final. A missing answer is retried.
    .retries_on(429..=429)
    // Documented.
    .redelivery(Redelivery::Never)
    // Documented.
    .disabling(Disabling::Never)
    // Documented.
    .removal(410)
    .build();

/// Declares `Event` and the decoding by name from one table: variant, members, wire names.
macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($members:ident) as $happening:ident = $name:literal $(| $alias:literal)*,)+) => {
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

            fn summary(&self) -> Summary<'_> {
                match self {
                    $(Self::$variant(members) => members.summary(Happening::$happening),)+
                    Self::Other(_) => Summary::of(Happening::Other),
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
    TesterCreated(Tester) as MemberJoined = "tester_created",
    /// A user applied. Documented.
    TesterApplied(Tester) as MemberChanged = "tester_applied",
    /// A user was changed. Documented.
    TesterUpdated(Tester) as MemberChanged = "tester_updated",
    /// A user was invited. The event is documented, its wire name assumed.
    TesterInvited(Tester) as MemberChanged = "tester_invited",
    /// A user participates. The event is documented, its wire names assumed.
    TesterActivated(Tester) as MemberJoined = "tester_activated" | "tester_active" | "tester_joined",
    /// A user was rejected. The event is documented, its wire name assumed.
    TesterRejected(Tester) as MemberLeft = "tester_rejected",
    /// A user was suspended. The event is documented, its wire name assumed.
    TesterSuspended(Tester) as MemberLeft = "tester_suspended",
    /// A user has not confirmed. The event is documented, its wire name assumed.
    TesterUnconfirmed(Tester) as MemberChanged = "tester_unconfirmed",
    /// A user was imported. The event is documented, its wire name assumed.
    TesterImported(Tester) as MemberJoined = "tester_imported",
    /// A user was deleted. The event is documented, its wire name assumed.
    TesterDeleted(Tester) as MemberLeft = "tester_deleted",
    /// A user unsubscribed. The event is documented, its wire name assumed.
    TesterUnsubscribed(Tester) as MemberChanged = "tester_unsubscribed",
    /// A user subscribed again. The event is documented, its wire name assumed.
    TesterResubscribed(Tester) as MemberChanged = "tester_resubscribed",
    /// A referral was made. The event is documented, its wire name assumed.
    ReferralCreated(Tester) as ReferralStarted = "referral_created",
    /// A reward was earned. With automatic delivery, `RewardDelivered` follows at once. The event is documented, its wire
    /// name assumed.
    RewardEarned(Reward) as RewardEarned = "reward_earned",
    /// A reward was delivered. Pay on this event. Documented.
    RewardDelivered(Reward) as RewardDelivered = "reward_delivered",
    /// A reward was revoked. The event is documented, its wire name assumed.
    RewardRevoked(Reward) as RewardRevoked = "reward_revoked",
    /// Points were earned. The event is documented, its wire name assumed.
    PointsEarned(Points) as Activity = "points_earned",
    /// Points were revoked. The event is documented, its wire name assumed.
    PointsRevoked(Points) as Activity = "points_revoked",
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
