//! The members of Friendbuy's events.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, RawJson, Timestamp};

/// A reward of an advocate, a friend or a member of a loyalty program.
///
/// ```
/// # use referral_webhooks::platform::friendbuy::Reward;
/// let json = r#"{"rewardId":"rw-1","rewardAmount":10,"rewardUnit":"USD","friends":[{"conversionNumber":1}]}"#;
/// let reward: Reward = serde_json::from_str(json).unwrap();
/// assert_eq!(reward.reward_amount.unwrap().units(2), Some(1000));
/// assert_eq!(reward.friends.unwrap().len(), 1);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Reward {
    /// The reward's id.
    pub reward_id: Option<Id>,
    /// The kind of reward, such as `credit`.
    pub reward_type: Option<String>,
    /// The currency (ISO 4217), or another unit of the amount.
    pub reward_unit: Option<String>,
    /// The amount in its unit: a decimal number.
    pub reward_amount: Option<Amount>,
    /// The rewarded action, such as `purchase`.
    pub reward_trigger: Option<String>,
    /// Further information about the reward, without a published shape.
    pub reward_info: Option<RawJson>,
    /// The e-mail address of the rewarded person.
    pub email_address: Option<Personal>,
    /// The merchant's own id of the rewarded person.
    pub customer_id: Option<Id>,
    /// The IP address of the rewarded person.
    pub ip_address: Option<Personal>,
    /// The coupon's code.
    pub coupon_code: Option<String>,
    /// The time of the reward.
    pub created_on: Option<Timestamp>,
    /// The friends that led to an advocate's reward.
    pub friends: Option<Vec<Friend>>,
    /// The e-mail address of the advocate, of a friend's incentive.
    pub advocate_email_address: Option<Personal>,
    /// The merchant's own id of the advocate, of a friend's incentive.
    pub advocate_customer_id: Option<Id>,
}

/// A friend who led to an advocate's reward.
///
/// ```
/// # use referral_webhooks::platform::friendbuy::Friend;
/// let friend: Friend = serde_json::from_str(r#"{"friendCustomerId":"u_1002","conversionNumber":1}"#).unwrap();
/// assert_eq!(friend.friend_customer_id.unwrap().as_str(), "u_1002");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Friend {
    /// The e-mail address.
    pub friend_email_address: Option<Personal>,
    /// The merchant's own id of the friend.
    pub friend_customer_id: Option<Id>,
    /// The number of the friend's conversion.
    pub conversion_number: Option<Amount>,
}

/// An e-mail address that was entered.
///
/// ```
/// # use referral_webhooks::platform::friendbuy::EmailCapture;
/// let json = r#"{"eventId":"ev-1","emailAddress":"grace@example.com","referral":{"code":"ada"}}"#;
/// let capture: EmailCapture = serde_json::from_str(json).unwrap();
/// assert_eq!(capture.referral.unwrap().code.as_deref(), Some("ada"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct EmailCapture {
    /// The event's id.
    pub event_id: Option<Id>,
    /// The e-mail address.
    pub email_address: Option<Personal>,
    /// The person's name.
    pub name: Option<Personal>,
    /// The person's mobile number.
    pub mobile_number: Option<Personal>,
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// The channel and code of the referral.
    pub referral: Option<Referral>,
    /// The advocate.
    pub advocate: Option<Advocate>,
    /// The attribution's id.
    pub attribution_id: Option<Id>,
    /// The incentive.
    pub incentive: Option<Incentive>,
}

/// A campaign.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Campaign {
    /// The campaign's id.
    pub id: Option<Id>,
    /// The campaign's name.
    pub name: Option<String>,
}

/// The channel and code of a referral.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Referral {
    /// The channel, such as `email`.
    pub channel: Option<String>,
    /// The advocate's code.
    pub code: Option<String>,
}

/// An advocate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Advocate {
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The name.
    pub name: Option<Personal>,
}

/// An incentive for a friend.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Incentive {
    /// The coupon's code.
    pub coupon_code: Option<String>,
    /// The amount.
    pub amount: Option<Amount>,
}

/// A friend who unsubscribed from the e-mails of advocates.
///
/// ```
/// # use referral_webhooks::platform::friendbuy::EmailOptOut;
/// let out: EmailOptOut = serde_json::from_str(r#"{"emailAddress":"grace@example.com","campaignId":"c-1"}"#).unwrap();
/// assert_eq!(out.campaign_id.unwrap().as_str(), "c-1");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct EmailOptOut {
    /// The e-mail address.
    pub email_address: Option<Personal>,
    /// The campaign's id.
    pub campaign_id: Option<Id>,
    /// The campaign's name.
    pub campaign_name: Option<String>,
}

/// A receipt that was processed.
///
/// ```
/// # use referral_webhooks::platform::friendbuy::Receipt;
/// let receipt: Receipt = serde_json::from_str(r#"{"receiptId":"rc-1","status":"approved","total":20.5}"#).unwrap();
/// assert_eq!(receipt.total.unwrap().units(2), Some(2050));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Receipt {
    /// The event's id.
    pub event_id: Option<Id>,
    /// The receipt's id.
    pub receipt_id: Option<Id>,
    /// The status of the approval.
    pub status: Option<String>,
    /// The customer's e-mail address.
    pub email: Option<Personal>,
    /// The merchant's own id of the customer.
    pub customer_id: Option<Id>,
    /// The store's id.
    pub store_id: Option<Id>,
    /// The store's name.
    pub store_name: Option<String>,
    /// The time of the purchase.
    pub purchase_date: Option<Timestamp>,
    /// The sum of the products.
    pub subtotal: Option<Amount>,
    /// The total.
    pub total: Option<Amount>,
    /// The currency (ISO 4217).
    pub currency: Option<String>,
    /// The products, without a published shape.
    pub products: Option<RawJson>,
}

/// A credit or debit of a loyalty balance.
///
/// ```
/// # use referral_webhooks::platform::friendbuy::LedgerTransaction;
/// let json = r#"{"transactionId":"tx-1","value":-50,"ledgerBalance":150,"ledgerCurrency":"points"}"#;
/// let debit: LedgerTransaction = serde_json::from_str(json).unwrap();
/// assert_eq!(debit.value.unwrap().units(0), Some(-50));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct LedgerTransaction {
    /// The transaction's id.
    pub transaction_id: Option<Id>,
    /// The merchant's own id of the customer.
    pub customer_id: Option<Id>,
    /// The unit of the balance.
    pub ledger_currency: Option<String>,
    /// The change of the balance.
    pub value: Option<Amount>,
    /// The balance after the change.
    pub ledger_balance: Option<Amount>,
    /// The name of the source.
    pub source_name: Option<String>,
    /// A note.
    pub note: Option<Personal>,
    /// The time of the transaction.
    pub created_on: Option<Timestamp>,
}

/// A customer whose loyalty status or tier changed.
///
/// ```
/// # use referral_webhooks::platform::friendbuy::CustomerUpdate;
/// let json = r#"{"customerId":"u_1001","memberTierDetails":{"memberTierId":"gold"}}"#;
/// let update: CustomerUpdate = serde_json::from_str(json).unwrap();
/// assert_eq!(update.member_tier_details.unwrap().as_str(), r#"{"memberTierId":"gold"}"#);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct CustomerUpdate {
    /// The merchant's own id of the customer.
    pub customer_id: Option<Id>,
    /// The customer's e-mail address.
    pub customer_email: Option<Personal>,
    /// The customer's name.
    pub customer_name: Option<Personal>,
    /// The status in the loyalty program, such as `loyaltyOptInStatus`.
    pub loyalty_details: Option<RawJson>,
    /// The tier, such as `memberTierId`.
    pub member_tier_details: Option<RawJson>,
    /// The time of the change.
    pub updated_on: Option<Timestamp>,
}

/// The question whether to pay a reward. Assumed: the members are those that public receivers read.
///
/// ```
/// # use referral_webhooks::platform::friendbuy::RewardValidation;
/// let question: RewardValidation = serde_json::from_str(r#"{"recipientType":"advocate","campaignId":"c-1"}"#).unwrap();
/// assert_eq!(question.recipient_type.as_deref(), Some("advocate"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct RewardValidation {
    /// The kind of the conversion, such as `purchase`.
    pub event_type: Option<String>,
    /// The rewarded person: `advocate` or `friend`.
    pub recipient_type: Option<String>,
    /// The campaign's id.
    pub campaign_id: Option<Id>,
    /// The conversion, without a published shape.
    pub event: Option<RawJson>,
    /// The advocate, without a published shape.
    pub advocate: Option<RawJson>,
}

/// The question which addresses may receive an e-mail.
///
/// ```
/// # use referral_webhooks::platform::{Platform, friendbuy::{Event, Friendbuy}};
/// let body = r#"{"type":"emailAuth","data":["grace@example.com"]}"#;
/// let Event::EmailAuthorization(question) = Friendbuy.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(&*question.addresses[0], "grace@example.com");
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EmailAuthorization {
    /// The id of the call.
    pub id: Option<Id>,
    /// The time of the call.
    pub created_on: Option<Timestamp>,
    /// The addresses.
    pub addresses: Vec<Personal>,
}
