//! The members of LoyaltyLion's events. They are documented, unless a line says otherwise.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, RawJson, Timestamp};

/// A customer of the shop. In some events, only a few members are present.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::Customer;
/// let json = r#"{"id":6932,"merchant_id":"u_1001","points_approved":200,"properties":{"name":"Ada"}}"#;
/// let customer: Customer = serde_json::from_str(json).unwrap();
/// assert_eq!((customer.points_approved.unwrap().units(0), customer.merchant_id.unwrap().as_str()), (Some(200), "u_1001"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// LoyaltyLion's id of the customer.
    pub id: Option<Id>,
    /// The merchant's id of the customer.
    pub merchant_id: Option<Id>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The points that can be spent.
    pub points_approved: Option<Amount>,
    /// The points that are not approved yet.
    pub points_pending: Option<Amount>,
    /// The points that were spent.
    pub points_spent: Option<Amount>,
    /// The number of claimed rewards.
    pub rewards_claimed: Option<Amount>,
    /// The name, and further members about the person.
    pub properties: Option<RawJson>,
    /// The merchant's own members.
    pub metadata: Option<RawJson>,
    /// The birthday: `YYYY-MM-DD`.
    pub birthday: Option<Personal>,
    /// Whether the customer is blocked.
    pub blocked: Option<bool>,
    /// Whether the customer is a guest.
    pub guest: Option<bool>,
    /// Whether the customer participates in the program.
    pub enrolled: Option<bool>,
    /// The time since which the customer participates.
    pub enrolled_at: Option<Timestamp>,
    /// The code in the customer's referral link.
    pub referral_id: Option<Id>,
    /// The referring customer.
    pub referred_by: Option<RawJson>,
    /// The customer's tier.
    pub loyalty_tier_membership: Option<RawJson>,
    /// The segment, such as `Loyal`.
    pub insights_segment: Option<String>,
    /// The customer's referral link.
    pub referral_url: Option<String>,
    /// The time of the customer's creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
}

/// A customer after a change. The events about tiers have further members, which are in the delivery's body.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::CustomerChange;
/// let change: CustomerChange = serde_json::from_str(r#"{"customer":{"id":6936,"email":"ada@example.com"}}"#).unwrap();
/// assert_eq!(change.customer.email.as_deref(), Some("ada@example.com"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CustomerChange {
    /// The customer.
    pub customer: Customer,
}

/// A redemption of a custom reward, which the merchant fulfils.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::Fulfilment;
/// let json = r#"{"test":true,"reward_id":6,"reward_identifier":"gift","customer_id":5,"customer_merchant_id":"u_1001"}"#;
/// let fulfilment: Fulfilment = serde_json::from_str(json).unwrap();
/// assert!(fulfilment.is_test());
/// assert_eq!(fulfilment.customer_merchant_id.unwrap().as_str(), "u_1001");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fulfilment {
    /// Whether this is a test. LoyaltyLion sends one when the custom reward is created or changed.
    pub test: Option<bool>,
    /// LoyaltyLion's id of the reward.
    pub reward_id: Id,
    /// The merchant's name of the reward.
    pub reward_identifier: String,
    /// LoyaltyLion's id of the customer.
    pub customer_id: Id,
    /// The merchant's id of the customer.
    pub customer_merchant_id: Option<Id>,
    /// The customer's e-mail address.
    pub customer_email: Option<Personal>,
}

impl Fulfilment {
    /// Returns whether this is a test, which must not be fulfilled.
    ///
    /// ```
    /// # use referral_webhooks::platform::loyaltylion::Fulfilment;
    /// let json = r#"{"test":false,"reward_id":6,"reward_identifier":"gift","customer_id":5}"#;
    /// assert!(!serde_json::from_str::<Fulfilment>(json).unwrap().is_test());
    /// ```
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.test == Some(true)
    }
}

/// A customer who joined the program.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::Enrolled;
/// let json = r#"{"customer":{"id":1},"enrollment":{"date":"2026-01-15T10:30:00Z","trigger":"signup"}}"#;
/// let enrolled: Enrolled = serde_json::from_str(json).unwrap();
/// assert_eq!(enrolled.enrollment.unwrap().trigger.as_deref(), Some("signup"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Enrolled {
    /// The customer.
    pub customer: Customer,
    /// The enrolment.
    pub enrollment: Option<Enrollment>,
}

/// An enrolment.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::Enrollment;
/// let enrollment: Enrollment = serde_json::from_str(r#"{"date":"2026-01-15T10:30:00Z"}"#).unwrap();
/// assert!(enrollment.date.unwrap().moment().is_some());
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Enrollment {
    /// The time.
    pub date: Option<Timestamp>,
    /// The cause.
    pub trigger: Option<String>,
}

/// Points that a customer earned.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::PointsEarned;
/// let json = r#"{"customer":{"id":1},"transaction":{"id":9,"points_approved":50},"available_rewards":[]}"#;
/// let earned: PointsEarned = serde_json::from_str(json).unwrap();
/// assert_eq!(earned.transaction.points_approved.unwrap().units(0), Some(50));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PointsEarned {
    /// The customer.
    pub customer: Customer,
    /// The change of the points.
    pub transaction: Transaction,
    /// The rewards that the customer can afford.
    pub available_rewards: Option<RawJson>,
}

/// A change of a customer's points.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::Transaction;
/// let json = r#"{"id":9,"points_approved":-50,"points_pending":0,"resource":"adjustment"}"#;
/// let transaction: Transaction = serde_json::from_str(json).unwrap();
/// assert_eq!(transaction.points_approved.unwrap().units(0), Some(-50));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transaction {
    /// The transaction's id.
    pub id: Option<Id>,
    /// The approved points, added or removed.
    pub points_approved: Option<Amount>,
    /// The pending points, added or removed.
    pub points_pending: Option<Amount>,
    /// The cause: `activity`, `adjustment`, `claimed_reward` or `expiry`.
    pub resource: Option<String>,
    /// The time.
    pub created_at: Option<Timestamp>,
}

/// Rewards that a customer can afford.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::AvailableRewards;
/// let json = r#"{"customer":{"id":1},"available_rewards":[],"points_approved_in_interval":70}"#;
/// let rewards: AvailableRewards = serde_json::from_str(json).unwrap();
/// assert_eq!(rewards.points_approved_in_interval.unwrap().units(0), Some(70));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AvailableRewards {
    /// The customer.
    pub customer: Customer,
    /// The rewards.
    pub available_rewards: Option<RawJson>,
    /// In a reminder, the points that the customer earned in its month.
    pub points_approved_in_interval: Option<Amount>,
    /// In a reminder, the beginning of its month.
    pub points_interval_start_date: Option<Timestamp>,
}

/// A reward that a customer claimed, or that expires soon.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::Reward;
/// let json = r#"{"customer":{"id":1},"title":"$5 voucher","reward_type":"voucher","discount_amount":5}"#;
/// let reward: Reward = serde_json::from_str(json).unwrap();
/// assert_eq!(reward.discount_amount.unwrap().units(2), Some(500));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reward {
    /// The customer.
    pub customer: Customer,
    /// The reward's title.
    pub title: Option<String>,
    /// The kind of reward: `voucher` or `gift_card`.
    pub reward_type: Option<String>,
    /// The kind of discount: `flat` or `percentage`.
    pub discount_type: Option<String>,
    /// The discount, as a decimal number.
    pub discount_amount: Option<Amount>,
    /// The code of a voucher.
    pub voucher_code: Option<Personal>,
    /// The origin of an expiring reward.
    pub source: Option<RawJson>,
    /// The time at which an expiring reward expires.
    pub expires_at: Option<Timestamp>,
}

/// A referral that led to an order.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::ReferralComplete;
/// let json = r#"{"referring_customer":{"id":1},"referred_customer":{"id":2},"order":{"id":771}}"#;
/// let referral: ReferralComplete = serde_json::from_str(json).unwrap();
/// assert_eq!(referral.order.unwrap().as_str(), r#"{"id":771}"#);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReferralComplete {
    /// The referring customer.
    pub referring_customer: Customer,
    /// The referred customer.
    pub referred_customer: Customer,
    /// The referring customer's activity, as the API describes it.
    pub activity: Option<RawJson>,
    /// The referred customer's order, as the API describes it.
    pub order: Option<RawJson>,
}

/// A rule of the program that a customer completed.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::RuleCompleted;
/// let json = r#"{"customer":{"id":1},"activity":{"id":991},"order":null}"#;
/// let completed: RuleCompleted = serde_json::from_str(json).unwrap();
/// assert_eq!(completed.activity.unwrap().as_str(), r#"{"id":991}"#);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleCompleted {
    /// The customer.
    pub customer: Customer,
    /// The activity, as the API describes it.
    pub activity: Option<RawJson>,
    /// The order, as the API describes it.
    pub order: Option<RawJson>,
    /// The profile that the customer followed.
    pub social_link: Option<String>,
    /// The review.
    pub review: Option<RawJson>,
}

/// The tier that a customer is close to.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::NextTier;
/// let json = r#"{"customer":{"id":1},"next_tier":{"name":"Gold"},"points_required":70,"spend_required":null}"#;
/// let next: NextTier = serde_json::from_str(json).unwrap();
/// assert_eq!(next.points_required.unwrap().units(0), Some(70));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NextTier {
    /// The customer.
    pub customer: Customer,
    /// The customer's tier.
    pub current_tier: Option<RawJson>,
    /// The next tier.
    pub next_tier: Option<RawJson>,
    /// The missing points, if tiers depend on points.
    pub points_required: Option<Amount>,
    /// The missing spending, if tiers depend on spending.
    pub spend_required: Option<Amount>,
}

/// The segment that a customer moved to.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::Segment;
/// let json = r#"{"customer":{"id":1},"new_insight_segment":"Loyal","total_spend":4500}"#;
/// let segment: Segment = serde_json::from_str(json).unwrap();
/// assert_eq!((segment.total_spend.unwrap().units(0), segment.new_insight_segment.as_deref()), (Some(4500), Some("Loyal")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Segment {
    /// The customer.
    pub customer: Customer,
    /// The segment.
    pub new_insight_segment: Option<String>,
    /// The segment before.
    pub previous_insight_segment: Option<String>,
    /// The number of orders.
    pub frequency: Option<Amount>,
    /// The amount of all orders, in cents.
    pub total_spend: Option<Amount>,
    /// The time of the last order.
    pub last_order_date: Option<Timestamp>,
    /// The average amount of an order.
    pub average_basket_size: Option<Amount>,
}

/// Points that expire soon.
///
/// ```
/// # use referral_webhooks::platform::loyaltylion::ExpiringPoints;
/// let json = r#"{"customer":{"id":1},"expire_points_at":"2026-02-01T00:00:00Z","points_to_expire":30}"#;
/// let expiring: ExpiringPoints = serde_json::from_str(json).unwrap();
/// assert_eq!(expiring.points_to_expire.unwrap().units(0), Some(30));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExpiringPoints {
    /// The customer.
    pub customer: Customer,
    /// The time at which the points expire.
    pub expire_points_at: Option<Timestamp>,
    /// The number of points.
    pub points_to_expire: Option<Amount>,
    /// The time at which the points were earned.
    pub earned_on: Option<Timestamp>,
}
