//! GrowSurf: referral and affiliate programs.
//!
//! Documented: <https://docs.growsurf.com/developer-tools/webhooks> and its pages on securing webhooks, events and examples.
//!
//! - Documented: the signature is present only if the merchant has set a secret. A request without it is refused here.
//! - Documented: the signed time `ts` counts **milliseconds**.
//! - Documented: a program with manual approval sends a reward twice, unapproved and approved. Only the approved one is
//!   earned, see [`Reward::is_earned`].
//! - Documented: a double-sided reward arrives once for each side, with different reward ids.
//! - Documented: repeated failures disable the webhook. The number is not published.
//! - The vendor's published sample of `NEW_COMMISSION_ADDED` has the name `COMMISSION_ADJUSTED`. An adjustment without the
//!   member `adjustment` is [`Event::Other`].
//! - Documented: `CAMPAIGN_ENDED` lists up to 1,000 winners. With large metadata, its body may exceed the
//!   [default limit](crate::DEFAULT_BODY_LIMIT), so raise the endpoint's limit for large programs.

mod members;
mod summary;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use self::members::*;
use super::decode::{Unreadable, decode_text, object, read};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::why::Why;
use crate::summary::{Happening, Summary};
use crate::value::Timestamp;
use crate::{Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme, TimestampedHmac, Tolerance};

/// GrowSurf.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::growsurf::GrowSurf;
///
/// let endpoint = Endpoint::<GrowSurf>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().transient, 503);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct GrowSurf;

impl Platform for GrowSurf {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns an id made of the event's name and its ids, because GrowSurf has no event id.
    ///
    /// A reward's id also contains whether the reward is approved, so that the second of two events, which is the one to
    /// pay, is not a repeat of the first. The time of the event is a part only if a change has no id: whether a retry
    /// keeps it is not published.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        match event.identity() {
            Some(fields) => DeliveryId::business_fields(&fields),
            None => DeliveryId::digest(signed.payload),
        }
    }
}

/// Not published: whether a retry has a new signed time. Documented: retries run for several days. Assumed: 14 days are enough
/// for the last retry with an old signature. A replay within that time has the id of the first delivery.
pub(super) static FACTS: Facts = Facts::new("growsurf", "GrowSurf", SCHEME, &CONTRACT)
    .with_tolerance(Tolerance::past_and_future(Duration::from_secs(14 * 86_400), Duration::from_secs(5 * 60)));

const SCHEME: Scheme =
    Scheme::TimestampedHmac(TimestampedHmac::new("growsurf-signature").with_elements("ts", "v").in_milliseconds());

static CONTRACT: Contract = Contract::builder()
    // Not published. A guide of the vendor answers 200.
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
    // Documented, in a guide.
    .deadline(Duration::from_secs(5))
    // Documented: exponential for several days, without numbers. Ids are kept without end, because a repeat with a new
    // signature can come at any time.
    .retries(Retries::UNKNOWN)
    .redelivery(Redelivery::Unknown)
    // Documented: repeated failures disable the webhook. The number is not published.
    .disabling(Disabling::Unknown)
    .build();

/// GrowSurf's events. All are documented: <https://docs.growsurf.com/developer-tools/webhooks/events-reference>.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::growsurf::{Event, GrowSurf};
///
/// let body = r#"{"event":"PARTICIPANT_REACHED_A_GOAL","data":{"reward":{"id":"prew_1","approved":false}}}"#;
/// let Event::GoalReached(goal) = GrowSurf.decode(&body.into()) else { panic!("another event") };
/// assert!(!goal.reward.is_earned()); // it comes again when it is approved
/// ```
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::large_enum_variant, reason = "a program holds few events, and a box would complicate every pattern")]
#[non_exhaustive]
pub enum Event {
    /// A participant unlocked a reward, which may wait for approval: `PARTICIPANT_REACHED_A_GOAL`. Ask
    /// [`Reward::is_earned`] before paying.
    GoalReached(GoalReached),
    /// A participant joined, referred or not: `NEW_PARTICIPANT_ADDED`.
    ParticipantAdded(ParticipantAdded),
    /// A participant's fraud status changed: `PARTICIPANT_FRAUD_STATUS_UPDATED`.
    FraudStatusUpdated(FraudStatusUpdated),
    /// An affiliate earned a commission: `NEW_COMMISSION_ADDED`.
    CommissionAdded(CommissionAdded),
    /// A commission changed after a refund, a chargeback or the end of one: `COMMISSION_ADJUSTED`.
    CommissionAdjusted(CommissionAdjusted),
    /// A payout was issued to an affiliate: `NEW_PAYOUT_ISSUED`.
    PayoutIssued(PayoutIssued),
    /// The program ended: `CAMPAIGN_ENDED`.
    CampaignEnded(CampaignEnded),
    /// Any other payload.
    Other(Other),
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        Some(match self {
            Self::GoalReached(_) => GOAL_REACHED,
            Self::ParticipantAdded(_) => PARTICIPANT_ADDED,
            Self::FraudStatusUpdated(_) => FRAUD_STATUS_UPDATED,
            Self::CommissionAdded(_) => COMMISSION_ADDED,
            Self::CommissionAdjusted(_) => COMMISSION_ADJUSTED,
            Self::PayoutIssued(_) => PAYOUT_ISSUED,
            Self::CampaignEnded(_) => CAMPAIGN_ENDED,
            Self::Other(other) => return other.name.as_deref(),
        })
    }

    fn summary(&self) -> Summary<'_> {
        match self {
            Self::GoalReached(goal) => goal.summary(),
            Self::ParticipantAdded(added) => added.summary(),
            Self::FraudStatusUpdated(updated) => updated.summary(),
            Self::CommissionAdded(added) => added.summary(),
            Self::CommissionAdjusted(adjusted) => adjusted.summary(),
            Self::PayoutIssued(issued) => issued.summary(),
            Self::CampaignEnded(ended) => ended.summary(),
            Self::Other(_) => Summary::of(Happening::Other),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

const GOAL_REACHED: &str = "PARTICIPANT_REACHED_A_GOAL";
const PARTICIPANT_ADDED: &str = "NEW_PARTICIPANT_ADDED";
const FRAUD_STATUS_UPDATED: &str = "PARTICIPANT_FRAUD_STATUS_UPDATED";
const COMMISSION_ADDED: &str = "NEW_COMMISSION_ADDED";
const COMMISSION_ADJUSTED: &str = "COMMISSION_ADJUSTED";
const PAYOUT_ISSUED: &str = "NEW_PAYOUT_ISSUED";
const CAMPAIGN_ENDED: &str = "CAMPAIGN_ENDED";

impl Event {
    /// Returns the texts that a repeat keeps and another event changes, or `None` if one of them is missing.
    fn identity(&self) -> Option<[&str; 3]> {
        Some(match self {
            Self::GoalReached(goal) => {
                let state = if goal.reward.is_earned() { "approved" } else { "unapproved" };
                [GOAL_REACHED, goal.reward.id.as_str(), state]
            }
            Self::ParticipantAdded(added) => [PARTICIPANT_ADDED, added.participant.id.as_ref()?.as_str(), "-"],
            Self::FraudStatusUpdated(updated) => {
                let participant = updated.participant.id.as_ref()?;
                [FRAUD_STATUS_UPDATED, participant.as_str(), updated.created_at.as_ref()?.as_str()]
            }
            Self::CommissionAdded(added) => [COMMISSION_ADDED, added.commission.id.as_str(), "-"],
            Self::CommissionAdjusted(adjusted) => {
                let adjusted_at = adjusted.adjustment.adjusted_at.as_ref()?;
                [COMMISSION_ADJUSTED, adjusted.adjusted_commission.id.as_str(), adjusted_at.as_str()]
            }
            Self::PayoutIssued(issued) => [PAYOUT_ISSUED, issued.payout.id.as_str(), "-"],
            Self::CampaignEnded(ended) => {
                let campaign = ended.campaign.id.as_ref()?;
                [CAMPAIGN_ENDED, campaign.as_str(), ended.created_at.as_ref()?.as_str()]
            }
            Self::Other(_) => return None,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'t> {
    event: Option<String>,
    created_at: Option<Timestamp>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
}

/// The members under `data`. In two events, `data` is the participant or the campaign itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    participant: Option<Participant>,
    referred_participant: Option<Participant>,
    reward: Option<Reward>,
    commission: Option<Commission>,
    adjustment: Option<Adjustment>,
    adjusted_commission: Option<Commission>,
    payout: Option<Payout>,
    campaign: Option<Campaign>,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let mut wire: Wire<'_> = read(None, text)?;
    let name = wire.event.take().ok_or((None, Why::UnknownShape))?;
    let event = match name.as_str() {
        GOAL_REACHED => wire.goal_reached(),
        PARTICIPANT_ADDED => wire.participant_added(),
        FRAUD_STATUS_UPDATED => wire.fraud_status_updated(),
        COMMISSION_ADDED => wire.commission_added(),
        COMMISSION_ADJUSTED => wire.commission_adjusted(),
        PAYOUT_ISSUED => wire.payout_issued(),
        CAMPAIGN_ENDED => wire.campaign_ended(),
        _ => Err(Why::UnknownName),
    };
    event.map_err(|why| (Some(name), why))
}

impl<'t> Wire<'t> {
    fn data<T: Deserialize<'t>>(&self) -> Result<T, Why> {
        let data = object(self.data).ok_or(Why::MissingMember("data"))?;
        Ok(serde_json::from_str(data)?)
    }

    fn goal_reached(self) -> Result<Event, Why> {
        let data: Data = self.data()?;
        Ok(Event::GoalReached(GoalReached {
            created_at: self.created_at,
            participant: data.participant,
            reward: data.reward.ok_or(Why::MissingMember("reward"))?,
            campaign: data.campaign,
        }))
    }

    fn participant_added(self) -> Result<Event, Why> {
        #[derive(Deserialize)]
        struct Around {
            campaign: Option<Campaign>,
        }
        let participant: Participant = self.data()?;
        let Around { campaign } = self.data()?;
        if participant.id.is_none() {
            return Err(Why::MissingMember("id"));
        }
        Ok(Event::ParticipantAdded(ParticipantAdded { created_at: self.created_at, participant, campaign }))
    }

    fn fraud_status_updated(self) -> Result<Event, Why> {
        let data: Data = self.data()?;
        Ok(Event::FraudStatusUpdated(FraudStatusUpdated {
            created_at: self.created_at,
            participant: data.participant.ok_or(Why::MissingMember("participant"))?,
            campaign: data.campaign,
        }))
    }

    fn commission_added(self) -> Result<Event, Why> {
        let data: Data = self.data()?;
        Ok(Event::CommissionAdded(CommissionAdded {
            created_at: self.created_at,
            participant: data.participant,
            referred_participant: data.referred_participant,
            commission: data.commission.ok_or(Why::MissingMember("commission"))?,
            campaign: data.campaign,
        }))
    }

    fn commission_adjusted(self) -> Result<Event, Why> {
        let data: Data = self.data()?;
        Ok(Event::CommissionAdjusted(CommissionAdjusted {
            created_at: self.created_at,
            participant: data.participant,
            referred_participant: data.referred_participant,
            adjustment: data.adjustment.ok_or(Why::MissingMember("adjustment"))?,
            adjusted_commission: data.adjusted_commission.ok_or(Why::MissingMember("adjustedCommission"))?,
            campaign: data.campaign,
        }))
    }

    fn payout_issued(self) -> Result<Event, Why> {
        let data: Data = self.data()?;
        Ok(Event::PayoutIssued(PayoutIssued {
            created_at: self.created_at,
            participant: data.participant,
            payout: data.payout.ok_or(Why::MissingMember("payout"))?,
            campaign: data.campaign,
        }))
    }

    fn campaign_ended(self) -> Result<Event, Why> {
        let campaign: Campaign = self.data()?;
        if campaign.id.is_none() {
            return Err(Why::MissingMember("id"));
        }
        Ok(Event::CampaignEnded(CampaignEnded { created_at: self.created_at, campaign }))
    }
}
