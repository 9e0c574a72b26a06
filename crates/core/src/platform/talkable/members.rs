//! The members of Talkable's payloads. Documented by the page of each webhook: <https://docs.talkable.com/web_hooks>.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, RawJson, Timestamp, open_enum};

/// A payload, and its site.
///
/// ```
/// # use referral_webhooks::platform::{Platform, talkable::{Event, Talkable}};
/// let body = r#"{"key":"***","site":"shop","type":"unsubscribe_web_hook","payload":{"person":{}}}"#;
/// let Event::Unsubscribe(hook) = Talkable.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(hook.site.as_deref(), Some("shop"));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Hook<T> {
    /// The site at Talkable.
    pub site: Option<String>,
    /// Members that the merchant configures.
    pub extras: Option<RawJson>,
    /// The payload.
    pub payload: T,
}

/// A campaign.
///
/// ```
/// # use referral_webhooks::platform::talkable::Campaign;
/// let campaign: Campaign = serde_json::from_str(r#"{"id":1,"type":"StandaloneCampaign","cached_slug":1}"#).unwrap();
/// assert_eq!(campaign.cached_slug.unwrap().as_str(), "1");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Campaign {
    /// The campaign's number.
    pub id: Option<Id>,
    /// The kind, such as `StandaloneCampaign`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The name in URLs. The samples have texts and numbers.
    pub cached_slug: Option<Id>,
    /// The tags.
    #[serde(default)]
    pub tag_names: Vec<String>,
}

/// An advocate's offer.
///
/// ```
/// # use referral_webhooks::platform::talkable::Offer;
/// let offer: Offer = serde_json::from_str(r#"{"email":"ada@example.com","short_url_code":"aB3dE5"}"#).unwrap();
/// assert_eq!(offer.short_url_code.as_deref(), Some("aB3dE5"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offer {
    /// The advocate's e-mail address.
    pub email: Option<Personal>,
    /// The code of the advocate's link.
    pub short_url_code: Option<String>,
}

/// A person.
///
/// ```
/// # use referral_webhooks::platform::talkable::Person;
/// let person: Person = serde_json::from_str(r#"{"email":"ada@example.com","customer_id":"u_1001"}"#).unwrap();
/// assert_eq!(person.customer_id.unwrap().as_str(), "u_1001");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Person {
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The user's name.
    pub username: Option<Personal>,
    /// The merchant's own id of the customer.
    pub customer_id: Option<Id>,
    /// Whether the person wants e-mails.
    pub sub_choice: Option<bool>,
    /// The time at which the person subscribed.
    pub opted_in_at: Option<Timestamp>,
    /// The time at which the person unsubscribed.
    pub unsubscribed_at: Option<Timestamp>,
}

/// The event behind an offer, a referral or a reward: a purchase, a membership, or an event of the merchant.
///
/// ```
/// # use referral_webhooks::platform::talkable::Origin;
/// let origin: Origin = serde_json::from_str(r#"{"id":9,"type":"Purchase","subtotal":"73.41"}"#).unwrap();
/// assert_eq!(origin.subtotal.unwrap().units(2), Some(7341));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Origin {
    /// The number at Talkable.
    pub id: Option<Id>,
    /// The kind: `Purchase`, `AffiliateMember` or `Event`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The person's e-mail address.
    pub email: Option<Personal>,
    /// The merchant's own id of the customer.
    pub customer_id: Option<Id>,
    /// The shop's order number. The samples have texts and numbers.
    pub order_number: Option<Id>,
    /// The number of the event within its category.
    pub event_number: Option<Id>,
    /// The category of the event.
    pub event_category: Option<String>,
    /// The amount of the order, in units of the currency. The samples have texts and numbers.
    pub subtotal: Option<Amount>,
    /// The currency (ISO 4217).
    pub currency_iso_code: Option<String>,
    /// The coupon of the order.
    pub coupon_code: Option<String>,
    /// The time of the order.
    pub order_date: Option<Timestamp>,
    /// The source of the visit.
    pub traffic_source: Option<String>,
    /// The browser's address.
    pub ip_address: Option<Personal>,
}

/// A person who signed up.
///
/// ```
/// # use referral_webhooks::platform::talkable::Signup;
/// let signup: Signup = serde_json::from_str(r#"{"email":"grace@example.com","offer":{"short_url_code":"a"}}"#).unwrap();
/// assert_eq!(signup.email.as_deref(), Some("grace@example.com"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Signup {
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// The advocate's offer.
    pub offer: Option<Offer>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// Whether the person wants e-mails.
    pub sub_choice: Option<bool>,
    /// The time at which the person subscribed.
    pub subscribed_at: Option<Timestamp>,
    /// The time at which the person unsubscribed.
    pub unsubscribed_at: Option<Timestamp>,
}

/// A share of an offer.
///
/// ```
/// # use referral_webhooks::platform::talkable::Share;
/// let share: Share = serde_json::from_str(r#"{"share_type":"email","sharer_info":{}}"#).unwrap();
/// assert_eq!(share.share_type.as_deref(), Some("email"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// The channel, such as `email` or `facebook`.
    pub share_type: Option<String>,
    /// Members of the channel, such as the recipients.
    pub share_info: Option<RawJson>,
    /// The advocate.
    pub sharer_info: Option<Person>,
    /// The link in the message.
    pub share_link: Option<String>,
    /// The event behind the offer.
    pub origin: Option<Origin>,
}

/// A purchase or another event that was registered.
///
/// ```
/// # use referral_webhooks::platform::talkable::Registered;
/// let json = r#"{"origin":{"id":5,"type":"Event","event_category":"app_installed"},"person":{}}"#;
/// let registered: Registered = serde_json::from_str(json).unwrap();
/// assert_eq!(registered.origin.event_category.as_deref(), Some("app_installed"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Registered {
    /// The purchase or event.
    pub origin: Origin,
    /// The person.
    pub person: Option<Person>,
}

/// An approved referral.
///
/// ```
/// # use referral_webhooks::platform::talkable::Referral;
/// let json = r#"{"referred_origin":{"id":543},"advocate_rewards":[{"id":316,"amount":"5.00"}],"friend_rewards":[]}"#;
/// let referral: Referral = serde_json::from_str(json).unwrap();
/// assert_eq!(referral.advocate_rewards[0].amount.as_ref().unwrap().units(2), Some(500));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Referral {
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// The advocate's offer.
    pub offer: Option<Offer>,
    /// The friend's purchase, or another event.
    pub referred_origin: Option<Origin>,
    /// The advocate's rewards.
    #[serde(default)]
    pub advocate_rewards: Vec<ReferralReward>,
    /// The friend's rewards.
    #[serde(default)]
    pub friend_rewards: Vec<ReferralReward>,
    /// The advocate's first reward, as in older samples. It repeats one of `advocate_rewards`.
    pub referrer: Option<ReferralReward>,
    /// The friend's first reward, as in older samples. It repeats one of `friend_rewards`.
    pub referred: Option<ReferralReward>,
    /// The share that led to the referral.
    pub share: Option<ReferralShare>,
}

/// The share that led to a referral.
///
/// ```
/// # use referral_webhooks::platform::talkable::ReferralShare;
/// let share: ReferralShare = serde_json::from_str(r#"{"channel":"email"}"#).unwrap();
/// assert_eq!(share.channel.as_deref(), Some("email"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReferralShare {
    /// The channel.
    pub channel: Option<String>,
}

/// A reward of a referral.
///
/// ```
/// # use referral_webhooks::platform::talkable::ReferralReward;
/// let json = r#"{"id":316145153,"amount":"5.00","incentive":"rebate"}"#;
/// let reward: ReferralReward = serde_json::from_str(json).unwrap();
/// assert_eq!(reward.amount.unwrap().units(2), Some(500));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReferralReward {
    /// The reward's number.
    pub id: Option<Id>,
    /// The amount of money. `None` if the reward is something else.
    pub amount: Option<Amount>,
    /// The rewarded person's e-mail address.
    pub email: Option<Personal>,
    /// The rewarded person.
    pub person: Option<Person>,
    /// The kind: `rebate`, `discount_coupon` or `other`.
    pub incentive: Option<String>,
    /// The reward in words.
    pub incentive_description: Option<String>,
    /// The coupon, if the reward is one.
    pub reward_coupon_code: Option<String>,
    /// The event behind the reward.
    pub origin: Option<Origin>,
}

open_enum! {
    /// The reason for a reward.
    ///
    /// ```
    /// use referral_webhooks::platform::talkable::RewardReason;
    ///
    /// let reason: RewardReason = serde_json::from_str(r#""referrer""#)?;
    /// assert_eq!(reason, RewardReason::Referrer);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum RewardReason {
        /// The advocate signed up.
        Signup = "signup",
        /// The advocate shared the offer.
        Shared = "shared",
        /// The friend followed the link.
        Click = "click",
        /// The advocate's friend bought something. The advocate is rewarded.
        Referrer = "referrer",
        /// The friend bought something. The friend is rewarded.
        Referred = "referred",
    }
}

/// A reward, and how it was earned.
///
/// ```
/// # use referral_webhooks::platform::talkable::{RewardGiven, RewardReason};
/// let json = r#"{"reward":{"id":77,"reason":"referred","status":"Paid"},"person":null}"#;
/// let given: RewardGiven = serde_json::from_str(json).unwrap();
/// assert_eq!(given.reward.reason, Some(RewardReason::Referred));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RewardGiven {
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// The advocate's offer.
    pub offer: Option<Offer>,
    /// The rewarded person.
    pub person: Option<Person>,
    /// The event behind the offer.
    pub origin: Option<Origin>,
    /// The reward.
    pub reward: Reward,
    /// The advocate's event.
    pub advocate_origin: Option<Origin>,
    /// The friend's event.
    pub friend_origin: Option<Origin>,
}

/// A reward.
///
/// ```
/// # use referral_webhooks::platform::talkable::Reward;
/// let reward: Reward = serde_json::from_str(r#"{"id":77,"amount":10.0,"status":"paid"}"#).unwrap();
/// assert_eq!(reward.amount.unwrap().units(2), Some(1000));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reward {
    /// The reward's number.
    pub id: Option<Id>,
    /// The reason.
    pub reason: Option<RewardReason>,
    /// The state. The samples have `Paid` and `paid`.
    pub status: Option<String>,
    /// The kind: `rebate`, `discount_coupon` or `other`.
    pub incentive_type: Option<String>,
    /// The reward in words.
    pub incentive_description: Option<String>,
    /// The amount of money. The samples have texts and numbers.
    pub amount: Option<Amount>,
    /// The coupon's code, if the reward is a coupon.
    pub coupon_code: Option<String>,
    /// The coupon, if the reward is one.
    pub coupon: Option<RawJson>,
}

/// A coupon that must be created in the shop.
///
/// ```
/// # use referral_webhooks::platform::talkable::CreateCoupon;
/// let json = r#"{"coupon_code":"WHT58574","discount_amount":10,"percentage_discount":false,"coupon_list_id":1}"#;
/// let coupon: CreateCoupon = serde_json::from_str(json).unwrap();
/// assert_eq!((coupon.coupon_code.as_str(), coupon.percentage_discount), ("WHT58574", Some(false)));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateCoupon {
    /// The code.
    pub coupon_code: String,
    /// The discount: an amount of money or a percentage.
    pub discount_amount: Option<Amount>,
    /// Whether the discount is a percentage.
    pub percentage_discount: Option<bool>,
    /// The time after which the coupon is invalid.
    pub expires_at: Option<Timestamp>,
    /// The number of times that the coupon can be used.
    pub usage_limit: Option<Amount>,
    /// The number of the list of coupons.
    pub coupon_list_id: Option<Id>,
    /// The name of the list.
    pub coupon_list_name: Option<String>,
}

/// A person who unsubscribed.
///
/// ```
/// # use referral_webhooks::platform::talkable::Unsubscribe;
/// let unsubscribe: Unsubscribe = serde_json::from_str(r#"{"person":{"email":"ada@example.com"}}"#).unwrap();
/// assert_eq!(unsubscribe.person.email.as_deref(), Some("ada@example.com"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unsubscribe {
    /// The person.
    pub person: Person,
}

/// A question: does the merchant know that this person unsubscribed?
///
/// ```
/// # use referral_webhooks::platform::talkable::CheckUnsubscribe;
/// let json = r#"{"recipient":{"email":"ada@example.com"},"email_type":"advocate_rewards_paid"}"#;
/// let question: CheckUnsubscribe = serde_json::from_str(json).unwrap();
/// assert_eq!(question.recipient.email.as_deref(), Some("ada@example.com"));
/// assert_eq!(CheckUnsubscribe::answer(true), r#"{"result":{"unsubscribed":true}}"#);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckUnsubscribe {
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// The person.
    pub recipient: Person,
    /// The kind of e-mail that Talkable wants to send.
    pub email_type: Option<String>,
}

impl CheckUnsubscribe {
    /// Returns the body of the answer, which has the status 200.
    ///
    /// ```
    /// # use referral_webhooks::platform::talkable::CheckUnsubscribe;
    /// assert_eq!(CheckUnsubscribe::answer(false), r#"{"result":{"unsubscribed":false}}"#);
    /// ```
    #[must_use]
    pub const fn answer(unsubscribed: bool) -> &'static str {
        if unsubscribed { r#"{"result":{"unsubscribed":true}}"# } else { r#"{"result":{"unsubscribed":false}}"# }
    }
}
