//! The members of SaaSquatch's events. All may be absent. The samples and the tables of the documentation show them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::{Amount, Id, Personal, RawJson, Timestamp, open_enum};

/// A referral: a referrer, a friend, and the state between them.
///
/// ```
/// use referral_webhooks::platform::saasquatch::{ModerationStatus, Referral};
///
/// let json = r#"{"id":"r1","referrer":{"id":"u_1001"},"referredUser":"u_1002","moderationStatus":"PENDING"}"#;
/// let referral: Referral = serde_json::from_str(json)?;
/// assert_eq!(referral.referrer_id().unwrap().as_str(), "u_1001");
/// assert_eq!(referral.referred_id().unwrap().as_str(), "u_1002");
/// assert_eq!(referral.moderation_status, Some(ModerationStatus::Pending));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Referral {
    /// The referral's id.
    pub id: Option<Id>,
    /// The friend.
    pub referred: Option<UserKey>,
    /// The referrer.
    pub referrer: Option<UserKey>,
    /// Classic: the friend's id.
    pub referred_user: Option<Id>,
    /// Classic: the referrer's id.
    pub referrer_user: Option<Id>,
    /// The referrer's code that the friend used.
    pub referral_code_used: Option<String>,
    /// The referrer's link that the friend used.
    pub share_link_used: Option<String>,
    /// Classic: the friend's reward, which the samples show as null.
    pub referred_reward: Option<RawJson>,
    /// Classic: the referrer's reward, which the samples show as null.
    pub referrer_reward: Option<RawJson>,
    /// Whether the referral waits for moderation.
    pub moderation_status: Option<ModerationStatus>,
    /// Classic: the moderation of the friend.
    pub referred_moderation_status: Option<ModerationStatus>,
    /// Classic: the moderation of the referrer.
    pub referrer_moderation_status: Option<ModerationStatus>,
    /// The time of the start.
    pub date_referral_started: Option<Timestamp>,
    /// The time of the conversion. Null before it.
    pub date_converted: Option<Timestamp>,
    /// Classic: the time of the conversion.
    pub date_referral_paid: Option<Timestamp>,
    /// Classic: the time of the end.
    pub date_referral_ended: Option<Timestamp>,
    /// Classic: the time of the moderation.
    pub date_moderated: Option<Timestamp>,
    /// Classic: the reasons for suspicion, each with a message and a score.
    pub fraud_signals: Option<RawJson>,
}

impl Referral {
    /// Returns the friend's id.
    ///
    /// ```
    /// # use referral_webhooks::platform::saasquatch::Referral;
    /// let referral: Referral = serde_json::from_str(r#"{"referred":{"id":"u_1002","accountId":"a_1"}}"#).unwrap();
    /// assert_eq!(referral.referred_id().unwrap().as_str(), "u_1002");
    /// ```
    #[must_use]
    pub fn referred_id(&self) -> Option<&Id> {
        self.referred.as_ref().and_then(|user| user.id.as_ref()).or(self.referred_user.as_ref())
    }

    /// Returns the referrer's id.
    ///
    /// ```
    /// # use referral_webhooks::platform::saasquatch::Referral;
    /// let referral: Referral = serde_json::from_str(r#"{"referrerUser":"u_1001"}"#).unwrap();
    /// assert_eq!(referral.referrer_id().unwrap().as_str(), "u_1001");
    /// ```
    #[must_use]
    pub fn referrer_id(&self) -> Option<&Id> {
        self.referrer.as_ref().and_then(|user| user.id.as_ref()).or(self.referrer_user.as_ref())
    }
}

impl Referral {
    pub(super) fn summary(&self, happening: Happening) -> Summary<'_> {
        let advocate = Party::of_id(self.referrer_id()).coded(self.referral_code_used.as_deref());
        let summary = Summary::of(happening).by(advocate).with_friend(Party::of_id(self.referred_id()));
        summary.about(self.id.as_ref().map(Id::as_str))
    }
}

/// The key of a user: two accounts may have users of the same id.
///
/// ```
/// # use referral_webhooks::platform::saasquatch::UserKey;
/// let key: UserKey = serde_json::from_str(r#"{"id":"u_1001","accountId":"a_1"}"#).unwrap();
/// assert_eq!(key.account_id.unwrap().as_str(), "a_1");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct UserKey {
    /// The user's id.
    pub id: Option<Id>,
    /// The account's id.
    pub account_id: Option<Id>,
}

open_enum! {
    /// The moderation of a referral, or (classic) of one of its two users.
    ///
    /// ```
    /// use referral_webhooks::platform::saasquatch::ModerationStatus;
    ///
    /// let status: ModerationStatus = serde_json::from_str(r#""DENIED""#)?;
    /// assert_eq!(status, ModerationStatus::Denied);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum ModerationStatus {
        /// It waits for a decision.
        Pending = "PENDING",
        /// It was decided.
        Actioned = "ACTIONED",
        /// Classic: it was approved.
        Approved = "APPROVED",
        /// Classic: it was denied.
        Denied = "DENIED",
    }
}

/// A reward. The members after `reward_source` depend on its kind.
///
/// ```
/// use referral_webhooks::platform::saasquatch::{Reward, RewardKind};
///
/// let json = r#"{"id":"w1","type":"CREDIT","unit":"USD","assignedCredit":1000,"dateScheduledFor":null}"#;
/// let reward: Reward = serde_json::from_str(json)?;
/// assert_eq!(reward.kind, Some(RewardKind::Credit));
/// assert_eq!(reward.assigned_credit.unwrap().units(0), Some(1000));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Reward {
    /// The reward's id.
    pub id: Option<Id>,
    /// The kind, under `type`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<RewardKind>,
    /// The time of the creation.
    pub date_created: Option<Timestamp>,
    /// The time from which the user has the reward. Assumed: null while the reward is pending.
    pub date_given: Option<Timestamp>,
    /// The time of the expiry.
    pub date_expires: Option<Timestamp>,
    /// The time of the cancellation.
    pub date_cancelled: Option<Timestamp>,
    /// The time for which the reward is planned.
    pub date_scheduled_for: Option<Timestamp>,
    /// The account's id.
    pub account_id: Option<Id>,
    /// The user's id.
    pub user_id: Option<Id>,
    /// Whether the reward can be cancelled.
    pub cancellable: Option<bool>,
    /// The program's id.
    pub program_id: Option<Id>,
    /// The cause, one of eight values such as `FRIEND_SIGNUP`, `REFERRED` or `MANUAL`.
    pub reward_source: Option<String>,
    /// The unit: a currency, `POINTS`, `CENTS`, `%`.
    pub unit: Option<String>,
    /// `PCT_DISCOUNT`: the discount in per cent.
    pub discount_percent: Option<Amount>,
    /// `FUELTANK`: the code to redeem, which is as good as money.
    pub fuel_tank_code: Option<Personal>,
    /// `CREDIT`: the amount that was assigned, in the unit.
    pub assigned_credit: Option<Amount>,
    /// `CREDIT`: the amount that was redeemed, in the unit.
    pub redeemed_credit: Option<Amount>,
    /// `INTEGRATION`: the value in hundredths of the currency.
    pub value_in_cents: Option<Amount>,
    /// `INTEGRATION`: the integration that pays it.
    pub integration_id: Option<Id>,
}

impl Reward {
    /// Assumed: a reward without `dateGiven`, or planned for a time, is not due yet. The unit of an amount in a currency is
    /// not published, except for `CENTS` and `valueInCents`.
    pub(super) fn summary(&self) -> Summary<'_> {
        let happening = match (&self.date_cancelled, &self.date_given, &self.date_scheduled_for) {
            (Some(_), _, _) => Happening::RewardRevoked,
            (None, Some(_), None) => Happening::RewardEarned,
            _ => Happening::RewardPending,
        };
        let currency = self.unit.as_deref().map(|unit| unit.strip_prefix("CASH/").unwrap_or(unit));
        let sum = match (&self.value_in_cents, &self.assigned_credit, currency) {
            (Some(cents), ..) => Some(Sum::new(cents, Unit::Minor, currency)),
            (None, Some(credit), Some("CENTS")) => Some(Sum::new(credit, Unit::Minor, None)),
            (None, Some(credit), Some("POINTS")) => Some(Sum::new(credit, Unit::Points, None)),
            (None, Some(credit), _) => Some(Sum::new(credit, Unit::Unknown, currency)),
            (None, None, _) => None,
        };
        let summary = Summary::of(happening).by(Party::of_id(self.user_id.as_ref())).worth(sum);
        summary.about(self.id.as_ref().map(Id::as_str))
    }
}

open_enum! {
    /// The kind of a reward.
    ///
    /// ```
    /// use referral_webhooks::platform::saasquatch::RewardKind;
    ///
    /// let kind: RewardKind = serde_json::from_str(r#""FUELTANK""#)?;
    /// assert_eq!(kind, RewardKind::FuelTank);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum RewardKind {
        /// A discount in per cent.
        PercentDiscount = "PCT_DISCOUNT",
        /// A code out of a list.
        FuelTank = "FUELTANK",
        /// An amount of a unit.
        Credit = "CREDIT",
        /// A reward that an integration pays.
        Integration = "INTEGRATION",
    }
}

/// The balance of a user in one unit.
///
/// Deliveries come in any order, so drop a balance whose `resource_version` is less than the one that you have stored.
///
/// ```
/// use referral_webhooks::platform::saasquatch::Balance;
///
/// let json = r#"{"userId":"u_1001","unit":"USD","availableValue":4500,"resourceVersion":1579030928001}"#;
/// let balance: Balance = serde_json::from_str(json)?;
/// assert!(balance.resource_version.unwrap().units(0) > Some(1_579_030_928_000));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Balance {
    /// The user's id.
    pub user_id: Option<Id>,
    /// The account's id.
    pub account_id: Option<Id>,
    /// The unit.
    pub unit: Option<String>,
    /// The available amount, in the unit.
    pub available_value: Option<Amount>,
    /// A counter that increases with every change of the balance.
    pub resource_version: Option<Amount>,
}

/// A referral code.
///
/// ```
/// # use referral_webhooks::platform::saasquatch::Coupon;
/// let coupon: Coupon = serde_json::from_str(r#"{"code":"ADA10","programId":null}"#).unwrap();
/// assert_eq!(coupon.code.as_deref(), Some("ADA10"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Coupon {
    /// The code.
    pub code: Option<String>,
    /// The time of the creation.
    pub date_created: Option<Timestamp>,
    /// The program's id, or null.
    pub program_id: Option<Id>,
}

/// A user.
///
/// ```
/// # use referral_webhooks::platform::saasquatch::User;
/// let json = r#"{"id":"u_1001","email":"ada@example.com","referralCodes":{"partner-program":"ADA10"}}"#;
/// let user: User = serde_json::from_str(json).unwrap();
/// assert_eq!(user.referral_codes.unwrap()["partner-program"].as_deref(), Some("ADA10"));
/// assert_eq!(format!("{:?}", user.email), "Some([personal])");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct User {
    /// The user's id.
    pub id: Option<Id>,
    /// The account's id.
    pub account_id: Option<Id>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// Classic: the first letter of the last name.
    pub last_initial: Option<Personal>,
    /// Classic: the user's own code.
    pub referral_code: Option<String>,
    /// The user's own codes, by program.
    pub referral_codes: Option<BTreeMap<String, Option<String>>>,
    /// The address of a picture.
    pub image_url: Option<Personal>,
    /// The address from which the user came first.
    #[serde(rename(deserialize = "firstSeenIP"))]
    pub first_seen_ip: Option<Personal>,
    /// The address from which the user came last.
    #[serde(rename(deserialize = "lastSeenIP"))]
    pub last_seen_ip: Option<Personal>,
    /// The time of the creation.
    pub date_created: Option<Timestamp>,
    /// Classic: the time from which the user is blocked.
    pub date_blocked: Option<Timestamp>,
    /// Classic: the MD5 of the e-mail address.
    pub email_hash: Option<Personal>,
    /// Classic: the way by which the user came.
    pub referral_source: Option<String>,
    /// The locale: `fr_CA`.
    pub locale: Option<String>,
    /// The country: two letters.
    pub country_code: Option<String>,
    /// Classic: the user's own links, by medium.
    pub share_links: Option<RawJson>,
    /// The user's own links, by program.
    pub program_share_links: Option<RawJson>,
    /// The merchant's own members.
    pub custom_fields: Option<RawJson>,
    /// The segments of the user.
    pub segments: Option<Vec<String>>,
    /// The codes by which the user was referred.
    pub referred_by_codes: Option<Vec<String>>,
}

impl User {
    pub(super) fn summary(&self) -> Summary<'_> {
        let user = Party::of_id(self.id.as_ref()).coded(self.referral_code.as_deref());
        let user = user.named(self.first_name.as_ref()).mailed(self.email.as_ref());
        Summary::of(Happening::MemberJoined).by(user).about(self.id.as_ref().map(Id::as_str))
    }
}

/// An export of data.
///
/// ```
/// # use referral_webhooks::platform::saasquatch::Export;
/// let export: Export = serde_json::from_str(r#"{"id":"x1","type":"USER","status":"COMPLETED"}"#).unwrap();
/// assert_eq!((export.kind.as_deref(), export.status.as_deref()), (Some("USER"), Some("COMPLETED")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Export {
    /// The export's id.
    pub id: Option<Id>,
    /// The export's name.
    pub name: Option<String>,
    /// The name of the person who asked for it.
    pub requester: Option<Personal>,
    /// The state: `PENDING`, `COMPLETED`.
    pub status: Option<String>,
    /// The exported objects, under `type`: `USER`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The format: `CSV`.
    pub output_format: Option<String>,
    /// The limits of the export.
    pub params: Option<RawJson>,
    /// The time of the request.
    pub date_created: Option<Timestamp>,
    /// The time until which it can be downloaded.
    pub date_expires: Option<Timestamp>,
    /// The time at which it was ready.
    pub date_completed: Option<Timestamp>,
}

/// A published theme.
///
/// ```
/// # use referral_webhooks::platform::saasquatch::Theme;
/// let theme: Theme = serde_json::from_str(r#"{"newAssetsVersion":"CQOkemZF"}"#).unwrap();
/// assert_eq!(theme.new_assets_version.as_deref(), Some("CQOkemZF"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Theme {
    /// The version of the new files.
    pub new_assets_version: Option<String>,
}

/// A subscription that is tested.
///
/// ```
/// # use referral_webhooks::platform::saasquatch::Subscription;
/// let subscription: Subscription = serde_json::from_str(r#"{"name":"Example"}"#).unwrap();
/// assert_eq!(subscription.name.as_deref(), Some("Example"));
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Subscription {
    /// The URL of the endpoint, which may carry a token.
    pub endpoint_url: Option<Personal>,
    /// The name of the subscription.
    pub name: Option<String>,
}

/// Classic: a text that the platform would have sent by e-mail.
///
/// ```
/// # use referral_webhooks::platform::saasquatch::Email;
/// let email: Email = serde_json::from_str(r#"{"recipientUserId":"u_1001","referralRewardLimit":4}"#).unwrap();
/// assert_eq!(email.referral_reward_limit.unwrap().units(0), Some(4));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Email {
    /// The recipient's id.
    pub recipient_user_id: Option<Id>,
    /// The id of the recipient's account.
    pub recipient_account_id: Option<Id>,
    /// The subject, which may name people.
    pub subject: Option<Personal>,
    /// The text in HTML, which may name people.
    pub message: Option<Personal>,
    /// The values that were put into the text.
    pub merge_vars: Option<RawJson>,
    /// `email.referral.rewardLimitReached`: the limit.
    pub referral_reward_limit: Option<Amount>,
}
