//! Referral Rocket: referral and affiliate campaigns.
//!
//! Documented: <https://referral-rocket.gitbook.io/docs/developer-tools/webhooks> and its pages on setup, testing and
//! events. The vendor's two samples disagree on the key: the secret's text (Java), or the secret decoded from hexadecimal
//! (JavaScript). Both are tried, strictly, and the match is reported. The decoding of the JavaScript sample stops at the
//! first character that is not a digit, so it makes an empty or tiny key of most secrets. Such a key is never used here.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;

use super::canonical::canonical_without;
use super::decode::{Unreadable, decode_text, is_object, read};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::why::Why;
use crate::summary::{Happening, Party, Summary};
use crate::value::{Amount, Id, Personal, Timestamp};
use crate::{BodyHmac, Contract, DeliveryId, Forbidden, Retries, RetryTime, Scheme, Tolerance};

/// Referral Rocket.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::referral_rocket::ReferralRocket;
///
/// let endpoint = Endpoint::<ReferralRocket>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().transient, 503);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct ReferralRocket;

impl Platform for ReferralRocket {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns a digest of all members but `updatedAt`, which may change on a retry (assumed). Two rewards of one
    /// participant in one millisecond have two ids if any other member differs.
    fn delivery_id(&self, _: &Event, signed: Signed<'_>) -> DeliveryId {
        DeliveryId::digest_without(signed.payload, &["updatedAt"])
    }

    /// Returns the payload without `updatedAt`, which may change on a retry (assumed).
    fn lasting<'p>(&self, payload: &'p [u8]) -> Cow<'p, [u8]> {
        canonical_without(payload, &["updatedAt"])
    }

    /// Returns `createdAt`, whether the event's name is known or not.
    fn signed_at(&self, event: &Event) -> Option<OffsetDateTime> {
        created_at(event)
    }
}

// Applied to the signed `createdAt`. Retries run for several days.
pub(super) static FACTS: Facts = Facts::new(
    "referral-rocket",
    "Referral Rocket",
    Scheme::BodyHmac(BodyHmac::new("x-rr-signature").or_hex_key()),
    &CONTRACT,
)
.with_body_time(Tolerance::past_and_future(Duration::from_secs(14 * 86_400), Duration::from_secs(5 * 60)));

static CONTRACT: Contract = Contract::builder()
    // Documented: answer 200, very quickly. Other 2xx are not mentioned.
    .counts_as_success(200..=200)
    .transient(503)
    .unproven(401)
    // Assumed: retried, like every status that is not a success.
    .undecided(401)
    .stale(401)
    .never(&[
        Forbidden::new(201..=299, "is not documented as a success, so the delivery may be sent again for days"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented: exponential for several days, without numbers. Assumed: 14 days, as long as the tolerance. The deadline,
    // redelivery and disabling are not published.
    .retries(Retries::UNKNOWN.until(Duration::from_secs(14 * 86_400)))
    // Assumed: `createdAt` belongs to the event, so every attempt repeats it.
    .retry_time(RetryTime::Kept)
    .build();

/// Referral Rocket's events. Assumed: all three carry the participant that the one published sample shows.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::referral_rocket::{Event, ReferralRocket};
///
/// let body = br#"{"eventType":"reward_unlocked","createdAt":1614265330000,"data":{"rewardDue":"12.50"}}"#;
/// let Event::RewardUnlocked(unlocked) = ReferralRocket.decode(&body[..].into()) else { panic!("another event") };
/// assert_eq!(unlocked.participant.reward_due.unwrap().units(2), Some(1250));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub enum Event {
    /// A referrer or affiliate joined. Documented: `referrer_added`.
    ReferrerAdded(Participation),
    /// A referee joined. The event is documented, its wire name `referee_added` assumed.
    RefereeAdded(Participation),
    /// A participant unlocked a reward. The event is documented, its wire names `reward_unlocked`, `reward_earned` and
    /// `reward_added` assumed.
    RewardUnlocked(Participation),
    /// Any other payload.
    Other(Other),
}

impl Event {
    /// Returns the participant and the time of a known event.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::platform::referral_rocket::ReferralRocket;
    ///
    /// let body = r#"{"eventType":"referee_added","createdAt":1614265330000,"data":{"code":"AVERY1"}}"#;
    /// let event = ReferralRocket.decode(&body.into());
    /// assert_eq!(event.participation().unwrap().participant.code.as_deref(), Some("AVERY1"));
    /// ```
    #[must_use]
    pub const fn participation(&self) -> Option<&Participation> {
        match self {
            Self::ReferrerAdded(participation)
            | Self::RefereeAdded(participation)
            | Self::RewardUnlocked(participation) => Some(participation),
            Self::Other(_) => None,
        }
    }
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Other(other) => other.name.as_deref(),
            known => known.participation().map(|participation| participation.event_type.as_str()),
        }
    }

    fn summary(&self) -> Summary<'_> {
        let Some(participation) = self.participation() else { return Summary::of(Happening::Other) };
        let participant = &participation.participant;
        let person = Party::of_id(participant.participant_id.as_ref()).coded(participant.code.as_deref());
        let person = person.named(participant.first_name.as_ref()).mailed(participant.email.as_ref());
        let summary = match self {
            Self::RefereeAdded(_) => {
                let advocate = Party::default().coded(participant.referred_by_code.as_deref());
                Summary::of(Happening::ReferralStarted).by(advocate).with_friend(person)
            }
            // No member is the amount of this one reward, so none is stated.
            Self::RewardUnlocked(_) => Summary::of(Happening::RewardEarned).by(person),
            _ => Summary::of(Happening::MemberJoined).by(person),
        };
        let subject = participant.participant_id.as_ref().map(Id::as_str);
        summary.about(subject).at(Some(&participation.created_at))
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

/// A participant, and the time of the event.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::referral_rocket::{Event, ReferralRocket};
///
/// let body = r#"{"eventType":"reward_earned","createdAt":1614265330000,"data":{}}"#;
/// let Event::RewardUnlocked(unlocked) = ReferralRocket.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(unlocked.event_type, "reward_earned");
/// assert_eq!(unlocked.created_at.moment().unwrap().unix_timestamp(), 1_614_265_330);
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Participation {
    /// The name on the wire.
    pub event_type: String,
    /// The time of the event's record, in milliseconds since 1970. It is signed, and gives the delivery's age.
    pub created_at: Timestamp,
    /// The time of the last change. Assumed: it may change on a retry.
    pub updated_at: Option<Timestamp>,
    /// The participant.
    pub participant: Participant,
}

/// A participant of a campaign. The sample documents the members, and the REST API's schema their meaning.
///
/// ```
/// use referral_webhooks::platform::referral_rocket::Participant;
///
/// let json = r#"{"email":"avery@example.com","referralReward":"12.50","rewardCurrency":"EUR"}"#;
/// let participant: Participant = serde_json::from_str(json)?;
/// assert_eq!(participant.referral_reward.unwrap().units(2), Some(1250));
/// assert_eq!(participant.reward_currency.as_deref(), Some("EUR"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Participant {
    /// The participant's id.
    pub participant_id: Option<Id>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name. It is empty in the sample.
    pub last_name: Option<Personal>,
    /// The e-mail address, which is unique in a campaign.
    pub email: Option<Personal>,
    /// The participant's own referral code.
    pub code: Option<String>,
    /// The campaign's id.
    pub campaign_id: Option<Id>,
    /// The referrer's code, if the participant was referred.
    pub referred_by_code: Option<String>,
    /// The total reward for referring.
    pub referral_reward: Option<Amount>,
    /// The reward for referring that is not redeemed.
    pub referral_reward_balance: Option<Amount>,
    /// The reward for referring that is redeemed.
    pub referral_reward_redeemed: Option<Amount>,
    /// The total reward for joining.
    pub referee_reward: Option<Amount>,
    /// The reward for joining that is not redeemed.
    pub referee_reward_balance: Option<Amount>,
    /// The reward for joining that is redeemed.
    pub referee_reward_redeemed: Option<Amount>,
    /// Whether the rewarded action was done.
    pub referee_action_completed: Option<bool>,
    /// The label of the rewarded action.
    pub referee_action_completed_label: Option<String>,
    /// The kind of reward, such as `Monetary`.
    pub reward_type: Option<String>,
    /// The currency (ISO 4217).
    pub reward_currency: Option<String>,
    /// The time of the participant's creation.
    pub created_on: Option<Timestamp>,
    /// The time of the participant's last change.
    pub updated_on: Option<Timestamp>,
    /// Whether the participant is approved.
    pub approval: Option<bool>,
    /// The number of referred participants.
    pub total_referred: Option<Amount>,
    /// The number of referred participants who did the rewarded action.
    pub total_completed_referred: Option<Amount>,
    /// The amount that the referred participants paid.
    pub amount_paid: Option<Amount>,
    /// The number of their payments.
    pub payment_count: Option<Amount>,
    /// The revenue from the referred participants.
    pub revenue_generated: Option<Amount>,
    /// The reward that is not paid yet.
    pub reward_due: Option<Amount>,
    /// The reward that is paid.
    pub reward_paid: Option<Amount>,
    /// The fraud score, such as `Low`. It is empty for participants created through the API.
    pub score: Option<String>,
    /// The number of views of the link.
    pub impression_count: Option<Amount>,
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

/// Returns the signed time, also of an event that this version does not know.
fn created_at(event: &Event) -> Option<OffsetDateTime> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Record {
        created_at: Option<Timestamp>,
    }
    match event {
        Event::Other(other) => {
            // Without this check, serde would read a list as the members in their order.
            let text = other.body.as_str().filter(|text| is_object(text))?;
            serde_json::from_str::<Record>(text).ok()?.created_at?.moment()
        }
        event => event.participation()?.created_at.moment(),
    }
}
