//! Prefinery: waiting lists and referral programs; users are called testers on the wire.
//!
//! Documented: <https://www.prefinery.com/api/docs/webhooks>, `/events`, `/signatures` and `/best-practices`.
//! The page with the samples could not be read, so where the event's name stands and what surrounds the members is
//! assumed, and members are those of the REST API (<https://www.prefinery.com/api/v2/docs/testers>).

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::name::{no_other_spelling, only_name, text};
use super::{Platform, Signed, Unreadable, Why, decode_text, read};
use crate::value::{Amount, Id, Personal, RawBody, RawJson, Timestamp, open_enum};
use crate::{Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme, TimestampedHmac, Tolerance};

/// Prefinery.
#[derive(Debug, Clone, Copy)]
pub struct Prefinery;

const CONTRACT: Contract = Contract {
    // Documented: the help article takes 200 only, the developer page 200 and 201.
    success: StatusCode::OK,
    counts_as_success: 200..=201,
    // Documented: 429 is the only status that asks for another try; every 5xx is final.
    transient: StatusCode::TOO_MANY_REQUESTS,
    retry_after: None,
    unproven: StatusCode::UNAUTHORIZED,
    // A refusal would be final, and whether retries are signed anew is not known: ask for another try.
    stale: StatusCode::TOO_MANY_REQUESTS,
    never: &[
        Forbidden::new(202..=299, "is recorded as rejected, and not tried again"),
        Forbidden::new(300..=399, "is recorded as rejected, and not tried again"),
        Forbidden::new(410..=410, "removes the endpoint from the project"),
        Forbidden::new(500..=599, "is recorded as rejected, and not tried again: the event is lost"),
    ],
    // Documented.
    deadline: Some(Duration::from_secs(15)),
    // Documented: 5 s + N^4 s, 15 retries; that N begins at 1 is inferred from the library whose rule it is.
    retries: Retries {
        offsets: &[
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
        ],
        give_up: None,
    },
    // Documented.
    redelivery: Redelivery::Never,
    // Documented.
    disabling: Disabling::Never,
};

/// Declares the events of one list: variant, members, wire names.
macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($members:ident) = $name:literal $(| $alias:literal)*,)+) => {
        /// What Prefinery tells. One action may cause several, in any order.
        #[derive(Debug, Clone, Serialize)]
        #[non_exhaustive]
        pub enum Event {
            $($(#[$doc])* $variant($members),)+
            /// Anything else.
            Other {
                /// The event's name, if it has one.
                name: Option<String>,
                /// The payload.
                body: RawBody,
                /// Why it is none of the above.
                why: Why,
            },
        }

        /// Whether an event is called this.
        fn is_known(name: &str) -> bool {
            matches!(name, $($name $(| $alias)*)|+)
        }

        fn event(name: &str, wire: &Wire<'_>, text: &str) -> Result<Event, Why> {
            match name {
                $($name $(| $alias)* => $members::within(wire, text).map(Event::$variant),)+
                _ => Err(Why::UnknownName),
            }
        }

        impl super::Event for Event {
            fn name(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(_) => Some($name),)+
                    Self::Other { name, .. } => name.as_deref(),
                }
            }

            fn why_other(&self) -> Option<&Why> {
                match self {
                    Self::Other { why, .. } => Some(why),
                    _ => None,
                }
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
    /// A user was invited. The event is documented, its name assumed.
    TesterInvited(Tester) = "tester_invited",
    /// A user participates. The event is documented, its names assumed.
    TesterActivated(Tester) = "tester_activated" | "tester_active" | "tester_joined",
    /// A user was rejected. The event is documented, its name assumed.
    TesterRejected(Tester) = "tester_rejected",
    /// A user was suspended. The event is documented, its name assumed.
    TesterSuspended(Tester) = "tester_suspended",
    /// A user has not confirmed. The event is documented, its name assumed.
    TesterUnconfirmed(Tester) = "tester_unconfirmed",
    /// A user was imported. The event is documented, its name assumed.
    TesterImported(Tester) = "tester_imported",
    /// A user was deleted. The event is documented, its name assumed.
    TesterDeleted(Tester) = "tester_deleted",
    /// A user unsubscribed. The event is documented, its name assumed.
    TesterUnsubscribed(Tester) = "tester_unsubscribed",
    /// A user subscribed again. The event is documented, its name assumed.
    TesterResubscribed(Tester) = "tester_resubscribed",
    /// A referral was made. The event is documented, its name assumed.
    ReferralCreated(Tester) = "referral_created",
    /// A reward was earned; with automatic delivery `RewardDelivered` follows at once. The name is assumed.
    RewardEarned(Reward) = "reward_earned",
    /// A reward was delivered: fulfil on this one. Documented.
    RewardDelivered(Reward) = "reward_delivered",
    /// A reward was revoked. The event is documented, its name assumed.
    RewardRevoked(Reward) = "reward_revoked",
    /// Points were earned. The event is documented, its name assumed.
    PointsEarned(Points) = "points_earned",
    /// Points were revoked. The event is documented, its name assumed.
    PointsRevoked(Points) = "points_revoked",
}

/// A user. Counts and positions are those of the moment; the vendor advises against copying them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tester {
    /// The user, or the event: which of them is not known.
    pub id: Option<Id>,
    /// Seen by third parties.
    pub uuid: Option<Id>,
    /// E-mail address.
    pub email: Option<Personal>,
    /// Such as `applied`, `invited`, `active`.
    pub status: Option<String>,
    /// Code of the invitation.
    pub invitation_code: Option<String>,
    /// The user's own referral code.
    pub referral_code: Option<String>,
    /// The user's own link.
    pub share_link: Option<String>,
    /// The page of the user's shares.
    pub share_status_link: Option<String>,
    /// Clicks on the link.
    pub share_clicks_count: Option<Amount>,
    /// Sign-ups by the link.
    pub share_signups_count: Option<Amount>,
    /// Friends who may be invited.
    pub friend_invitations_allowed: Option<Amount>,
    /// Friends who were invited.
    pub friend_invitations_count: Option<Amount>,
    /// Friends who may still be invited.
    pub friend_invitations_remaining: Option<Amount>,
    /// Position on the waiting list.
    pub waitlist_position: Option<Amount>,
    /// Users before.
    pub waitlist_ahead: Option<Amount>,
    /// Users behind.
    pub waitlist_behind: Option<Amount>,
    /// Users on the list.
    pub waitlist_length: Option<Amount>,
    /// The referrer, in a form that is not documented.
    pub referred_by: Option<RawJson>,
    /// Separated by commas.
    pub groups: Option<String>,
    /// Name, address and the project's own members.
    pub profile: Option<RawJson>,
    /// When the user was created.
    pub created_at: Option<Timestamp>,
    /// When the user was imported.
    pub imported_at: Option<Timestamp>,
    /// When the user applied.
    pub applied_at: Option<Timestamp>,
    /// When the user was invited.
    pub invited_at: Option<Timestamp>,
    /// When the user joined.
    pub joined_at: Option<Timestamp>,
    /// When the user unsubscribed.
    pub unsubscribed_at: Option<Timestamp>,
}

/// A reward.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reward {
    /// The reward; with `status`, the key for paying once. Assumed: where the members stand at the top of the body
    /// and not under `reward`, it may be the event's id, so compare with Prefinery's API before paying by it.
    pub id: Option<Id>,
    /// What it is called in reports.
    pub descriptor: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// `SingleSided`, `DoubleSided` or `Milestone`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// `referrer` or `friend`.
    pub user_role: Option<String>,
    /// Who gets it.
    pub user_id: Option<Id>,
    /// How far it is.
    pub status: Option<RewardStatus>,
    /// When it was earned.
    pub earned_at: Option<Timestamp>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

open_enum! {
    /// How far a reward is.
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Points {
    /// The points.
    pub id: Option<Id>,
    /// How many.
    pub quantity: Option<Amount>,
    /// `bonus`, `signup`, `share`, `referral`, `reward` or `friend_reward`.
    pub activity: Option<String>,
    /// Free text.
    pub reason: Option<String>,
    /// Who gets them.
    pub user_id: Option<Id>,
    /// When.
    pub created_at: Option<Timestamp>,
}

impl Platform for Prefinery {
    const NAME: &'static str = "prefinery";
    const TITLE: &'static str = "Prefinery";
    /// Documented, and confirmed by a public receiver. The secret's format is not published: its text is the key.
    const SCHEME: Scheme = Scheme::TimestampedHmac(TimestampedHmac::new("x-prefinery-signature"));
    const TOLERANCE: Option<Tolerance> = Some(Tolerance::minutes(5));
    const CONTRACT: &'static Contract = &CONTRACT;

    type Event = Event;

    fn decode(payload: &Bytes) -> Event {
        decode_text(payload, decode, |name, body, why| Event::Other { name, body, why })
    }

    /// A digest of the body: no id of the event is known. The timestamp stays out, for it may differ between
    /// attempts. Assumed: a retry repeats the body byte by byte, and two events never have the same body. For money
    /// use the reward's id and status on top.
    fn delivery_id(_: &Event, signed: Signed<'_>) -> DeliveryId {
        DeliveryId::digest(signed.payload)
    }
}

/// The envelope: where the name may stand, and where the members may stand under a key of their own. All assumed.
#[derive(Deserialize)]
struct Wire<'t> {
    #[serde(borrow)]
    event: Option<&'t RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'t RawValue>,
    #[serde(borrow)]
    event_type: Option<&'t RawValue>,
    #[serde(borrow)]
    event_name: Option<&'t RawValue>,
    #[serde(borrow, rename = "eventType")]
    camel_event_type: Option<&'t RawValue>,
    #[serde(borrow, rename = "eventName")]
    camel_event_name: Option<&'t RawValue>,
    #[serde(borrow)]
    topic: Option<&'t RawValue>,
    #[serde(borrow)]
    name: Option<&'t RawValue>,
    #[serde(borrow)]
    webhook_event: Option<&'t RawValue>,
    #[serde(borrow)]
    action: Option<&'t RawValue>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
    #[serde(borrow)]
    tester: Option<&'t RawValue>,
    #[serde(borrow)]
    user: Option<&'t RawValue>,
    #[serde(borrow)]
    referral: Option<&'t RawValue>,
    #[serde(borrow)]
    reward: Option<&'t RawValue>,
    #[serde(borrow)]
    points: Option<&'t RawValue>,
    #[serde(borrow)]
    id: Option<&'t RawValue>,
    #[serde(borrow)]
    uuid: Option<&'t RawValue>,
    #[serde(borrow)]
    user_id: Option<&'t RawValue>,
    #[serde(borrow)]
    email: Option<&'t RawValue>,
}

/// The members of [`Wire`] other than `name` that may name the event.
const NAMES: [&str; 9] =
    ["event", "type", "event_type", "event_name", "eventType", "eventName", "topic", "webhook_event", "action"];

fn decode(text: &str) -> Result<Event, Unreadable> {
    let wire: Wire<'_> = read(None, text)?;
    let Some(name) = wire.event_name(text)? else { return Err((None, Why::UnknownShape)) };
    event(&name, &wire, text).map_err(|why| (Some(name.into_owned()), why))
}

impl<'t> Wire<'t> {
    /// Returns the text of the members that can only be a name. Without such a member, here or under `data`, the name of
    /// a known event counts: under `type`, or under `name` in an envelope, because elsewhere `name` belongs to a reward
    /// or a person.
    fn event_name(&self, text: &'t str) -> Result<Option<Cow<'t, str>>, Unreadable> {
        if let Some(name) = self.certain_name()? {
            return Ok(Some(name));
        }
        let Some(name) = self.doubtful_name()? else { return Ok(None) };
        no_other_spelling(text, &NAMES)?;
        if let Some(data) = object(self.data) {
            no_other_spelling(data, &NAMES)?;
            let nested: Self = read(Some(&name), data)?;
            if nested.certain_name()?.is_some_and(|other| other != name) {
                return Err((Some(name.into_owned()), Why::Ambiguous));
            }
        }
        Ok(Some(name))
    }

    fn certain_name(&self) -> Result<Option<Cow<'t, str>>, Unreadable> {
        only_name(&[
            self.event,
            self.event_type,
            self.event_name,
            self.camel_event_type,
            self.camel_event_name,
            self.webhook_event,
            self.action,
            self.topic,
        ])
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

    /// The first of these places that holds an object, here or under `data`; else `data` itself, else the whole text.
    fn object(&self, places: impl Fn(&Self) -> [Option<&'t RawValue>; 3], text: &'t str) -> Result<&'t str, Why> {
        if let Some(object) = places(self).into_iter().find_map(object) {
            return Ok(object);
        }
        let Some(data) = object(self.data) else { return Ok(text) };
        let nested: Self = serde_json::from_str(data)?;
        Ok(places(&nested).into_iter().find_map(object).unwrap_or(data))
    }
}

/// The text of a place that holds an object.
fn object(place: Option<&RawValue>) -> Option<&str> {
    place.map(RawValue::get).filter(|text| text.starts_with('{'))
}

impl Tester {
    fn within<'t>(wire: &Wire<'t>, text: &'t str) -> Result<Self, Why> {
        let members = wire.object(|wire| [wire.tester, wire.user, wire.referral], text)?;
        let tester: Self = serde_json::from_str(members)?;
        let is_told = tester.id.is_some() || tester.uuid.is_some() || tester.email.is_some();
        if is_told { Ok(tester) } else { Err(Why::MissingMember("id")) }
    }
}

impl Reward {
    fn within<'t>(wire: &Wire<'t>, text: &'t str) -> Result<Self, Why> {
        let reward: Self = serde_json::from_str(wire.object(|wire| [wire.reward, None, None], text)?)?;
        let is_told = reward.id.is_some() || reward.user_id.is_some();
        if is_told { Ok(reward) } else { Err(Why::MissingMember("id")) }
    }
}

impl Points {
    fn within<'t>(wire: &Wire<'t>, text: &'t str) -> Result<Self, Why> {
        let points: Self = serde_json::from_str(wire.object(|wire| [wire.points, None, None], text)?)?;
        let is_told = points.id.is_some() || points.quantity.is_some();
        if is_told { Ok(points) } else { Err(Why::MissingMember("id")) }
    }
}
