//! Referral Rocket: referral and affiliate campaigns.
//!
//! Documented: <https://referral-rocket.gitbook.io/docs/developer-tools/webhooks> and its pages on setup, testing
//! and events. The vendor's two samples disagree on the key: the secret's text (Java) or the secret decoded from
//! hexadecimal (JavaScript). Both are tried, strictly, and the match is reported. The decoding of the JavaScript
//! sample stops at the first character that is no digit, so that most secrets become an empty or tiny key; that is
//! never done here.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;

use super::{BodyTime, Platform, Signed, Unreadable, Why, decode_text, is_object, read};
use crate::value::{Amount, Id, Personal, RawBody, Timestamp};
use crate::{BodyHmac, Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme, Tolerance};

/// Referral Rocket.
#[derive(Debug, Clone, Copy)]
pub struct ReferralRocket;

const CONTRACT: Contract = Contract {
    // Documented: answer 200, very quickly. Other 2xx are not mentioned.
    success: StatusCode::OK,
    counts_as_success: 200..=200,
    transient: StatusCode::SERVICE_UNAVAILABLE,
    retry_after: None,
    unproven: StatusCode::UNAUTHORIZED,
    stale: StatusCode::UNAUTHORIZED,
    never: &[
        Forbidden::new(201..=299, "is not documented as a success, so the delivery may be sent again for days"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ],
    // Not published.
    deadline: None,
    // Documented: exponential for several days. No numbers are published; 14 days are assumed, the age up to
    // which deliveries are accepted.
    retries: Retries { offsets: &[], give_up: Some(Duration::from_secs(14 * 86_400)) },
    redelivery: Redelivery::Unknown,
    disabling: Disabling::Unknown,
};

/// What Referral Rocket tells. All three events are assumed to carry the participant that the one published
/// sample shows.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub enum Event {
    /// A referrer or affiliate joined. Documented: `referrer_added`.
    ReferrerAdded(Participation),
    /// A referee joined. The event is documented, its name `referee_added` is assumed.
    RefereeAdded(Participation),
    /// A participant unlocked a reward. The event is documented, its names `reward_unlocked`, `reward_earned` and
    /// `reward_added` are assumed.
    RewardUnlocked(Participation),
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

/// A participant, and when the event happened.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Participation {
    /// The name on the wire.
    pub event_type: String,
    /// When the event was recorded, in milliseconds since 1970. Signed: the delivery's age is judged by it.
    pub created_at: Timestamp,
    /// May change on a retry (assumed).
    pub updated_at: Option<Timestamp>,
    /// The participant.
    pub participant: Participant,
}

/// A participant of a campaign. Documented by the sample, meanings from the REST API's schema.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Participant {
    /// The participant.
    pub participant_id: Option<Id>,
    /// First name.
    pub first_name: Option<Personal>,
    /// Last name; the empty string in the sample.
    pub last_name: Option<Personal>,
    /// E-mail address, unique in a campaign.
    pub email: Option<Personal>,
    /// The participant's own referral code.
    pub code: Option<String>,
    /// The campaign.
    pub campaign_id: Option<Id>,
    /// The referrer's code, of those who were referred.
    pub referred_by_code: Option<String>,
    /// Earned by referring, in all.
    pub referral_reward: Option<Amount>,
    /// Earned by referring, left.
    pub referral_reward_balance: Option<Amount>,
    /// Earned by referring, redeemed.
    pub referral_reward_redeemed: Option<Amount>,
    /// Earned by joining, in all.
    pub referee_reward: Option<Amount>,
    /// Earned by joining, left.
    pub referee_reward_balance: Option<Amount>,
    /// Earned by joining, redeemed.
    pub referee_reward_redeemed: Option<Amount>,
    /// Whether the rewarded action was done.
    pub referee_action_completed: Option<bool>,
    /// What the rewarded action is called.
    pub referee_action_completed_label: Option<String>,
    /// Such as `Monetary`.
    pub reward_type: Option<String>,
    /// ISO 4217.
    pub reward_currency: Option<String>,
    /// When the participant was created.
    pub created_on: Option<Timestamp>,
    /// When the participant was last changed.
    pub updated_on: Option<Timestamp>,
    /// Whether the participant is approved.
    pub approval: Option<bool>,
    /// How many were referred.
    pub total_referred: Option<Amount>,
    /// How many of them did the rewarded action.
    pub total_completed_referred: Option<Amount>,
    /// Paid by the referred.
    pub amount_paid: Option<Amount>,
    /// How often they paid.
    pub payment_count: Option<Amount>,
    /// Revenue by the referred.
    pub revenue_generated: Option<Amount>,
    /// Reward not yet paid.
    pub reward_due: Option<Amount>,
    /// Reward paid.
    pub reward_paid: Option<Amount>,
    /// Fraud score, such as `Low`; empty for participants made through the API.
    pub score: Option<String>,
    /// How often the link was seen.
    pub impression_count: Option<Amount>,
}

impl Platform for ReferralRocket {
    const NAME: &'static str = "referral-rocket";
    const TITLE: &'static str = "Referral Rocket";
    const SCHEME: Scheme = Scheme::BodyHmac(BodyHmac::new("x-rr-signature").or_hex_key());
    /// By the signed `createdAt`; retries run for several days.
    const TOLERANCE: Option<Tolerance> =
        Some(Tolerance::past_and_future(Duration::from_secs(14 * 86_400), Duration::from_secs(5 * 60)));
    const CONTRACT: &'static Contract = &CONTRACT;
    /// `createdAt`, whether the event's name is known or not.
    const BODY_TIME: Option<BodyTime<Event>> = Some(created_at);

    type Event = Event;

    fn decode(payload: &Bytes) -> Event {
        decode_text(payload, decode, |name, body, why| Event::Other { name, body, why })
    }

    /// A digest of everything but `updatedAt`, which may change on a retry (assumed). Two rewards of one participant in
    /// one millisecond are two, as long as anything else in them differs.
    fn delivery_id(_: &Event, signed: Signed<'_>) -> DeliveryId {
        DeliveryId::digest_without(signed.payload, &["updatedAt"])
    }
}

fn created_at(event: &Event) -> Option<OffsetDateTime> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Record {
        created_at: Option<Timestamp>,
    }
    match event {
        Event::Other { body, .. } => {
            // A list would be read as the members in order.
            let text = body.as_str().filter(|text| is_object(text))?;
            serde_json::from_str::<Record>(text).ok()?.created_at?.moment()
        }
        event => event.participation()?.created_at.moment(),
    }
}

impl Event {
    /// The participant and the time, of events that are known.
    #[must_use]
    pub const fn participation(&self) -> Option<&Participation> {
        match self {
            Self::ReferrerAdded(participation)
            | Self::RefereeAdded(participation)
            | Self::RewardUnlocked(participation) => Some(participation),
            Self::Other { .. } => None,
        }
    }
}

impl super::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Other { name, .. } => name.as_deref(),
            known => known.participation().map(|participation| participation.event_type.as_str()),
        }
    }

    fn why_other(&self) -> Option<&Why> {
        match self {
            Self::Other { why, .. } => Some(why),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'t> {
    event_type: Option<String>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let wire: Wire<'_> = read(None, text)?;
    let name = wire.event_type.clone();
    let variant = match name.as_deref() {
        Some("referrer_added") => Event::ReferrerAdded,
        Some("referee_added") => Event::RefereeAdded,
        Some("reward_unlocked" | "reward_earned" | "reward_added") => Event::RewardUnlocked,
        Some(_) => return Err((name, Why::UnknownName)),
        None => return Err((None, Why::UnknownShape)),
    };
    wire.participation().map(variant).map_err(|why| (name, why))
}

impl Wire<'_> {
    fn participation(self) -> Result<Participation, Why> {
        Ok(Participation {
            event_type: self.event_type.unwrap_or_default(),
            created_at: self.created_at.ok_or(Why::MissingMember("createdAt"))?,
            updated_at: self.updated_at,
            participant: serde_json::from_str(self.data.ok_or(Why::MissingMember("data"))?.get())?,
        })
    }
}
