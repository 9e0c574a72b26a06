//! The records in Genius Referrals' events.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, RawJson, Timestamp};

/// A record that was created or changed.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::genius_referrals::{Event, GeniusReferrals};
///
/// let body = r#"{"event":"bonus_created","account_slug":"shop","data":{"id":7}}"#;
/// let Event::Bonus(change) = GeniusReferrals.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(change.name.as_deref(), Some("bonus_created"));
/// assert_eq!(change.account_slug.as_deref(), Some("shop"));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Change<T> {
    /// The event's name, if the payload carries one.
    pub name: Option<String>,
    /// The merchant's account.
    pub account_slug: Option<String>,
    /// The record after the change.
    pub record: T,
}

/// A member, who refers others or was referred.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::genius_referrals::{Event, GeniusReferrals};
///
/// let body = r#"{"event":"advocate_created","data":{"token":"t1","email":"avery@example.com","can_refer":true}}"#;
/// let Event::Advocate(change) = GeniusReferrals.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(change.record.token.unwrap().as_str(), "t1");
/// assert_eq!(change.record.can_refer, Some(true));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Advocate {
    /// The member's token.
    pub token: Option<Id>,
    /// The first name, as newer clients write it.
    pub name: Option<Personal>,
    /// The first name, as older clients write it.
    pub firstname: Option<Personal>,
    /// The last name.
    pub lastname: Option<Personal>,
    /// The e-mail address, or the merchant's reference instead of one.
    pub email: Option<Personal>,
    /// The lowest balance that is paid out.
    pub payout_threshold: Option<Amount>,
    /// The link to the member's picture.
    pub avatar_url: Option<Personal>,
    /// The merchant's own members. An empty map is written `[]`.
    pub metadata: Option<RawJson>,
    /// Whether the member may refer.
    pub can_refer: Option<bool>,
    /// The currency (ISO 4217).
    pub currency_code: Option<String>,
    /// The member's status, such as `active`.
    pub status: Option<String>,
    /// Whether fraud is suspected.
    pub fraudulent: Option<bool>,
    /// The detector of the fraud.
    pub fraud_detected_by: Option<String>,
    /// The rule that detected the fraud.
    pub fraud_rule: Option<String>,
    /// The time of the member's registration.
    pub created: Option<Timestamp>,
}

/// A bonus.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::genius_referrals::{Event, GeniusReferrals};
///
/// let body = r#"{"event":"bonus_created","data":{"id":7,"amount":"10.50","currency_code":"EUR"}}"#;
/// let Event::Bonus(change) = GeniusReferrals.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(change.record.amount.unwrap().units(2), Some(1050));
/// assert_eq!(change.record.currency_code.as_deref(), Some("EUR"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bonus {
    /// The bonus's id.
    pub id: Option<Id>,
    /// The token of the member who gets the bonus.
    pub advocate_token: Option<Id>,
    /// The token of the referred member, in the older API.
    pub referred_advocate_token: Option<Id>,
    /// The merchant's own reference, such as an order.
    pub reference: Option<Id>,
    /// The amount that the referred member paid.
    pub payment_amount: Option<Amount>,
    /// The amount of the bonus.
    pub bonus_amount: Option<Amount>,
    /// The amount of the bonus, in the older API.
    pub amount: Option<Amount>,
    /// The currency (ISO 4217).
    pub currency_code: Option<String>,
    /// The bonus's status, such as `denied`.
    pub status: Option<String>,
    /// The time of the bonus.
    pub created: Option<Timestamp>,
}

/// A referral.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::genius_referrals::{Event, GeniusReferrals};
///
/// let body = r#"{"event":"referral_created","data":{"advocate_token":"t1","referred_advocate_token":"t2"}}"#;
/// let Event::Referral(change) = GeniusReferrals.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(change.record.referred_advocate_token.unwrap().as_str(), "t2");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Referral {
    /// The token of the referring member.
    pub advocate_token: Option<Id>,
    /// The token of the referred member.
    pub referred_advocate_token: Option<Id>,
    /// The origin: `facebook-share`, `direct-email`, `personal-url` and others.
    pub referral_origin_slug: Option<String>,
    /// The campaign.
    pub campaign_slug: Option<String>,
    /// The page that links to the merchant's.
    pub http_referer: Option<Personal>,
    /// The time of the referral.
    pub created: Option<Timestamp>,
}

/// A request to pay a reward out.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::genius_referrals::{Event, GeniusReferrals};
///
/// let body = r#"{"event":"redemption_request_created","data":{"id":5,"amount":20,"request_action_slug":"pay-out"}}"#;
/// let Event::RedemptionRequest(change) = GeniusReferrals.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(change.record.amount.unwrap().units(2), Some(2000));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RedemptionRequest {
    /// The request's id.
    pub id: Option<Id>,
    /// The token of the member who requests.
    pub advocate_token: Option<Id>,
    /// The request's status, such as `requested`, `pending`, `approved`.
    pub request_status_slug: Option<String>,
    /// The requested action, such as `pay-out`.
    pub request_action_slug: Option<String>,
    /// The currency (ISO 4217).
    pub currency_code: Option<String>,
    /// The requested amount.
    pub amount: Option<Amount>,
    /// The description, free text.
    pub description: Option<Personal>,
    /// The PayPal account to pay to.
    pub advocates_paypal_username: Option<Personal>,
    /// The payment method.
    pub payment_method_slug: Option<String>,
    /// The merchant's note, free text.
    pub internal_note: Option<Personal>,
    /// The person who changed the request.
    pub modified_by: Option<Personal>,
    /// The merchant's own members. An empty map is written `[]`.
    pub schemaless_config: Option<RawJson>,
    /// The time of the request.
    pub created: Option<Timestamp>,
}

/// A record whose members are all optional, and which needs one of some members to be identified.
pub(super) trait Record {
    /// Returns the expected member, if every member that identifies the record is missing.
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
