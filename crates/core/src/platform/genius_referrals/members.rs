//! What Genius Referrals' events are made of.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, RawJson, Timestamp};

/// Something that was made or changed.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Change<T> {
    /// The event's name, if the payload carries one.
    pub name: Option<String>,
    /// The merchant's account.
    pub account_slug: Option<String>,
    /// What it is after the change.
    pub record: T,
}

/// A member: who refers, or was referred.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Advocate {
    /// The member.
    pub token: Option<Id>,
    /// First name, as newer clients write it.
    pub name: Option<Personal>,
    /// First name, as older clients write it.
    pub firstname: Option<Personal>,
    /// Last name.
    pub lastname: Option<Personal>,
    /// E-mail address, or the merchant's reference instead of one.
    pub email: Option<Personal>,
    /// From which balance on the member is paid.
    pub payout_threshold: Option<Amount>,
    /// Picture.
    pub avatar_url: Option<Personal>,
    /// The merchant's own members; an empty map is written `[]`.
    pub metadata: Option<RawJson>,
    /// Whether the member may refer.
    pub can_refer: Option<bool>,
    /// ISO 4217.
    pub currency_code: Option<String>,
    /// Such as `active`.
    pub status: Option<String>,
    /// Whether fraud is suspected.
    pub fraudulent: Option<bool>,
    /// By what.
    pub fraud_detected_by: Option<String>,
    /// By which rule.
    pub fraud_rule: Option<String>,
    /// When the member was registered.
    pub created: Option<Timestamp>,
}

/// A bonus.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bonus {
    /// The bonus.
    pub id: Option<Id>,
    /// Who gets it.
    pub advocate_token: Option<Id>,
    /// Who was referred, in the older API.
    pub referred_advocate_token: Option<Id>,
    /// The merchant's own reference, such as an order.
    pub reference: Option<Id>,
    /// What the referred member paid.
    pub payment_amount: Option<Amount>,
    /// The bonus.
    pub bonus_amount: Option<Amount>,
    /// The bonus, in the older API.
    pub amount: Option<Amount>,
    /// ISO 4217.
    pub currency_code: Option<String>,
    /// Such as `denied`.
    pub status: Option<String>,
    /// When it was given.
    pub created: Option<Timestamp>,
}

/// A referral.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Referral {
    /// Who refers.
    pub advocate_token: Option<Id>,
    /// Who was referred.
    pub referred_advocate_token: Option<Id>,
    /// How: `facebook-share`, `direct-email`, `personal-url` and others.
    pub referral_origin_slug: Option<String>,
    /// In which campaign.
    pub campaign_slug: Option<String>,
    /// The page before.
    pub http_referer: Option<Personal>,
    /// When.
    pub created: Option<Timestamp>,
}

/// A request to pay a reward out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RedemptionRequest {
    /// The request.
    pub id: Option<Id>,
    /// Who asks.
    pub advocate_token: Option<Id>,
    /// Such as `requested`, `pending`, `approved`.
    pub request_status_slug: Option<String>,
    /// Such as `pay-out`.
    pub request_action_slug: Option<String>,
    /// ISO 4217.
    pub currency_code: Option<String>,
    /// How much.
    pub amount: Option<Amount>,
    /// Free text.
    pub description: Option<Personal>,
    /// Where to pay.
    pub advocates_paypal_username: Option<Personal>,
    /// How to pay.
    pub payment_method_slug: Option<String>,
    /// Free text.
    pub internal_note: Option<Personal>,
    /// Who changed it.
    pub modified_by: Option<Personal>,
    /// The merchant's own members; an empty map is written `[]`.
    pub schemaless_config: Option<RawJson>,
    /// When.
    pub created: Option<Timestamp>,
}

/// A record, of which every member is optional, and which must say something all the same.
pub(super) trait Record {
    /// The member that should be there, if none is by which the record could be told.
    fn missing(&self) -> Option<&'static str>;
}

impl Record for Advocate {
    fn missing(&self) -> Option<&'static str> {
        (self.token.is_none() && self.email.is_none()).then_some("token")
    }
}

impl Record for Bonus {
    fn missing(&self) -> Option<&'static str> {
        let amount = self.bonus_amount.as_ref().or(self.amount.as_ref()).or(self.payment_amount.as_ref());
        (self.id.is_none() && self.advocate_token.is_none() && amount.is_none()).then_some("id")
    }
}

impl Record for Referral {
    fn missing(&self) -> Option<&'static str> {
        (self.advocate_token.is_none() && self.referred_advocate_token.is_none()).then_some("advocate_token")
    }
}

impl Record for RedemptionRequest {
    fn missing(&self) -> Option<&'static str> {
        (self.id.is_none() && self.advocate_token.is_none()).then_some("id")
    }
}
