//! The members of GrowSurf's events. Times are milliseconds since 1970. Assumed from the documented samples: amounts are
//! whole numbers in the currency's smallest unit.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, RawJson, Timestamp};

/// A reward that a participant unlocked.
///
/// ```
/// # use referral_webhooks::platform::{Platform, growsurf::{Event, GrowSurf}};
/// let body = r#"{"event":"PARTICIPANT_REACHED_A_GOAL","createdAt":1768473000207,
///     "data":{"participant":{"id":"x9a7uu"},"reward":{"id":"prew_1","approved":true}}}"#;
/// let Event::GoalReached(goal) = GrowSurf.decode(&body.into()) else { panic!("another event") };
/// assert!(goal.reward.is_earned());
/// assert_eq!(goal.participant.unwrap().id.unwrap().as_str(), "x9a7uu");
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct GoalReached {
    /// The time of the event.
    pub created_at: Option<Timestamp>,
    /// The rewarded participant, with the other person as `referee` or `referrer`.
    pub participant: Option<Participant>,
    /// The reward.
    pub reward: Reward,
    /// The program.
    pub campaign: Option<Campaign>,
}

/// A participant who joined.
///
/// ```
/// # use referral_webhooks::platform::{Platform, growsurf::{Event, GrowSurf}};
/// let body = r#"{"event":"NEW_PARTICIPANT_ADDED","data":{"id":"p88y0a","referrer":{"id":"x9a7uu"}}}"#;
/// let Event::ParticipantAdded(added) = GrowSurf.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(added.participant.referrer.unwrap().id.unwrap().as_str(), "x9a7uu");
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ParticipantAdded {
    /// The time of the event.
    pub created_at: Option<Timestamp>,
    /// The participant, with the `referrer` if there is one.
    pub participant: Participant,
    /// The program.
    pub campaign: Option<Campaign>,
}

/// A participant whose fraud status changed.
///
/// ```
/// # use referral_webhooks::platform::{Platform, growsurf::{Event, GrowSurf}};
/// let body = r#"{"event":"PARTICIPANT_FRAUD_STATUS_UPDATED","data":{"participant":{"fraudRiskLevel":"HIGH"}}}"#;
/// let Event::FraudStatusUpdated(updated) = GrowSurf.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(updated.participant.fraud_risk_level.as_deref(), Some("HIGH"));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FraudStatusUpdated {
    /// The time of the event.
    pub created_at: Option<Timestamp>,
    /// The participant, with the new status.
    pub participant: Participant,
    /// The program.
    pub campaign: Option<Campaign>,
}

/// A commission that an affiliate earned.
///
/// ```
/// # use referral_webhooks::platform::{Platform, growsurf::{Event, GrowSurf}};
/// let body = r#"{"event":"NEW_COMMISSION_ADDED","data":{"commission":{"id":"comm_1","amount":2500}}}"#;
/// let Event::CommissionAdded(added) = GrowSurf.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(added.commission.amount.unwrap().units(0), Some(2500));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CommissionAdded {
    /// The time of the event.
    pub created_at: Option<Timestamp>,
    /// The affiliate.
    pub participant: Option<Participant>,
    /// The referred participant. It may be empty.
    pub referred_participant: Option<Participant>,
    /// The commission.
    pub commission: Commission,
    /// The program.
    pub campaign: Option<Campaign>,
}

/// A commission that changed after a refund, a chargeback or the end of one.
///
/// ```
/// # use referral_webhooks::platform::{Platform, growsurf::{Event, GrowSurf}};
/// let body = r#"{"event":"COMMISSION_ADJUSTED","data":{"adjustment":{"commissionAdjustedAmount":-9900},
///     "adjustedCommission":{"id":"comm_1","amount":0}}}"#;
/// let Event::CommissionAdjusted(adjusted) = GrowSurf.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(adjusted.adjustment.commission_adjusted_amount.unwrap().units(0), Some(-9900));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CommissionAdjusted {
    /// The time of the event.
    pub created_at: Option<Timestamp>,
    /// The affiliate.
    pub participant: Option<Participant>,
    /// The referred participant. It may be empty.
    pub referred_participant: Option<Participant>,
    /// The change.
    pub adjustment: Adjustment,
    /// The commission as it is after the change.
    pub adjusted_commission: Commission,
    /// The program.
    pub campaign: Option<Campaign>,
}

/// A payout that was issued to an affiliate.
///
/// ```
/// # use referral_webhooks::platform::{Platform, growsurf::{Event, GrowSurf}};
/// let body = r#"{"event":"NEW_PAYOUT_ISSUED","data":{"payout":{"id":"po_1","amount":3600,"commissionIds":["c1"]}}}"#;
/// let Event::PayoutIssued(issued) = GrowSurf.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(issued.payout.commission_ids.unwrap()[0].as_str(), "c1");
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PayoutIssued {
    /// The time of the event.
    pub created_at: Option<Timestamp>,
    /// The affiliate.
    pub participant: Option<Participant>,
    /// The payout.
    pub payout: Payout,
    /// The program.
    pub campaign: Option<Campaign>,
}

/// A program that ended.
///
/// ```
/// # use referral_webhooks::platform::{Platform, growsurf::{Event, GrowSurf}};
/// let body = r#"{"event":"CAMPAIGN_ENDED","data":{"id":"ct8f71","winners":[{"id":"x9a7uu"}]}}"#;
/// let Event::CampaignEnded(ended) = GrowSurf.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(ended.campaign.winners.unwrap().len(), 1);
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CampaignEnded {
    /// The time of the event.
    pub created_at: Option<Timestamp>,
    /// The program, with at most 1,000 winners.
    pub campaign: Campaign,
}

/// A participant of a program.
///
/// ```
/// # use referral_webhooks::platform::growsurf::Participant;
/// let participant: Participant = serde_json::from_str(r#"{"id":"x9a7uu","referralCount":11}"#).unwrap();
/// assert_eq!(participant.referral_count.unwrap().units(0), Some(11));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Participant {
    /// The participant's id, which is also the referral code in the link.
    pub id: Option<Id>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The merchant's notes about the participant.
    pub notes: Option<Personal>,
    /// Whether the participant has unlocked a reward.
    pub is_winner: Option<bool>,
    /// The number of referrals.
    pub referral_count: Option<Amount>,
    /// The participant's own link.
    pub share_url: Option<String>,
    /// `DIRECT`, or `PARTICIPANT` for a referred participant.
    pub referral_source: Option<String>,
    /// The risk of fraud: `LOW`, `MEDIUM` or `HIGH`.
    pub fraud_risk_level: Option<String>,
    /// The reason for the risk, such as `UNIQUE_IDENTITY`.
    pub fraud_reason_code: Option<String>,
    /// The referrer's id.
    pub referred_by: Option<Id>,
    /// The referrer, if the participant was referred.
    pub referrer: Option<Box<Self>>,
    /// The referred person, if the reward is the referrer's.
    pub referee: Option<Box<Self>>,
    /// The merchant's own members, with keys in camel case.
    pub metadata: Option<RawJson>,
    /// Whether the participant receives no e-mail.
    pub unsubscribed: Option<bool>,
    /// The time of joining.
    pub created_at: Option<Timestamp>,
}

/// A reward of a participant.
///
/// ```
/// # use referral_webhooks::platform::growsurf::Reward;
/// let reward: Reward = serde_json::from_str(r#"{"id":"prew_1","rewardId":"crew_1","approved":true}"#).unwrap();
/// assert!(reward.is_earned());
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Reward {
    /// The id of this participant's reward: `prew_…`.
    pub id: Id,
    /// The id of the program's reward: `crew_…`. It is the same for all participants.
    pub reward_id: Option<Id>,
    /// Whether the reward is approved.
    pub approved: Option<bool>,
    /// The time of the approval.
    pub approved_at: Option<Timestamp>,
    /// The time of the fulfilment.
    pub fulfilled_at: Option<Timestamp>,
    /// Whether the reward is the referrer's.
    pub is_referrer: Option<bool>,
    /// The referrer's id.
    pub referrer_id: Option<Id>,
    /// The referred person's id.
    pub referred_id: Option<Id>,
    /// The kind of reward, such as `SINGLE_SIDED`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// The coupon's code.
    pub coupon_code: Option<String>,
    /// The number of referrals that unlock the reward.
    pub conversions_required: Option<Amount>,
    /// The merchant's own members, with keys in camel case.
    pub metadata: Option<RawJson>,
    /// The time of the creation.
    pub created_at: Option<Timestamp>,
}

impl Reward {
    /// Returns whether the reward is earned: the platform says that it is approved.
    ///
    /// A program with manual approval sends the reward twice, and only the second one is approved.
    ///
    /// ```
    /// # use referral_webhooks::platform::growsurf::Reward;
    /// let reward: Reward = serde_json::from_str(r#"{"id":"prew_1","approved":false}"#).unwrap();
    /// assert!(!reward.is_earned());
    /// ```
    #[must_use]
    pub fn is_earned(&self) -> bool {
        self.approved == Some(true)
    }
}

/// A commission of an affiliate.
///
/// ```
/// # use referral_webhooks::platform::growsurf::Commission;
/// let json = r#"{"id":"comm_1","amount":2500,"currencyISO":"USD","status":"APPROVED"}"#;
/// let commission: Commission = serde_json::from_str(json).unwrap();
/// assert_eq!(commission.currency.as_deref(), Some("USD"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Commission {
    /// The commission's id: `comm_…`.
    pub id: Id,
    /// The affiliate's id.
    pub referrer_id: Option<Id>,
    /// The referred person's id.
    pub referred_id: Option<Id>,
    /// The amount in the currency's smallest unit.
    pub amount: Option<Amount>,
    /// The currency (ISO 4217).
    #[serde(rename(deserialize = "currencyISO"))]
    pub currency: Option<String>,
    /// The amount of the sale in the currency's smallest unit.
    pub sale_amount: Option<Amount>,
    /// The status, such as `PENDING` or `APPROVED`.
    pub status: Option<String>,
    /// The payment's source, such as `stripe`.
    pub provider: Option<String>,
    /// The time of the creation.
    pub created_at: Option<Timestamp>,
    /// The time of the approval.
    pub approved_at: Option<Timestamp>,
    /// The time of the payout.
    pub paid_at: Option<Timestamp>,
    /// The time of the reversal.
    pub reversed_at: Option<Timestamp>,
}

/// A change of a commission.
///
/// ```
/// # use referral_webhooks::platform::growsurf::Adjustment;
/// let json = r#"{"originalCommissionAmount":9900,"newCommissionAmount":0,"reason":"FULL_REFUND"}"#;
/// let adjustment: Adjustment = serde_json::from_str(json).unwrap();
/// assert_eq!(adjustment.new_commission_amount.unwrap().units(0), Some(0));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Adjustment {
    /// The currency (ISO 4217).
    #[serde(rename(deserialize = "currencyISO"))]
    pub currency: Option<String>,
    /// The commission before the change.
    pub original_commission_amount: Option<Amount>,
    /// The commission after the change.
    pub new_commission_amount: Option<Amount>,
    /// The difference, which is negative after a refund.
    pub commission_adjusted_amount: Option<Amount>,
    /// The reason, such as `FULL_REFUND`.
    pub reason: Option<String>,
    /// The time of the change.
    pub adjusted_at: Option<Timestamp>,
}

/// A payout to an affiliate.
///
/// ```
/// # use referral_webhooks::platform::growsurf::Payout;
/// let payout: Payout = serde_json::from_str(r#"{"id":"po_1","amount":3600,"status":"ISSUED"}"#).unwrap();
/// assert_eq!(payout.amount.unwrap().units(0), Some(3600));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Payout {
    /// The payout's id: `po_…`.
    pub id: Id,
    /// The affiliate's id.
    pub participant_id: Option<Id>,
    /// The ids of the commissions in the payout.
    pub commission_ids: Option<Vec<Id>>,
    /// The amount in the currency's smallest unit.
    pub amount: Option<Amount>,
    /// The currency (ISO 4217).
    #[serde(rename(deserialize = "currencyISO"))]
    pub currency: Option<String>,
    /// The status, such as `ISSUED`.
    pub status: Option<String>,
    /// The service that pays, such as `paypal`.
    pub provider: Option<String>,
    /// The time of the creation.
    pub created_at: Option<Timestamp>,
    /// The time of the payout.
    pub issued_at: Option<Timestamp>,
    /// The time of a failure.
    pub failed_at: Option<Timestamp>,
}

/// A referral or affiliate program.
///
/// ```
/// # use referral_webhooks::platform::growsurf::Campaign;
/// let campaign: Campaign = serde_json::from_str(r#"{"id":"ct8f71","type":"REFERRAL"}"#).unwrap();
/// assert_eq!(campaign.kind.as_deref(), Some("REFERRAL"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Campaign {
    /// The program's id.
    pub id: Option<Id>,
    /// The program's name.
    pub name: Option<String>,
    /// `REFERRAL` or `AFFILIATE`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The currency (ISO 4217).
    #[serde(rename(deserialize = "currencyISO"))]
    pub currency: Option<String>,
    /// The status, such as `COMPLETE`.
    pub status: Option<String>,
    /// The time of the start.
    pub started_at: Option<Timestamp>,
    /// The time of the end.
    pub ended_at: Option<Timestamp>,
    /// The number of winners.
    pub winner_count: Option<Amount>,
    /// The first 1,000 winners, of a program that ended.
    pub winners: Option<Vec<Participant>>,
}
