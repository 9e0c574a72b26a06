//! The members of FirstPromoter's events. Documented by the vendor's API description, which describes the resources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, RawJson, Timestamp, open_enum};

/// A resource, and the change that the event reports.
///
/// ```
/// # use referral_webhooks::platform::{Platform, firstpromoter::{Event, FirstPromoter}};
/// let body = r#"{"event_type":"referral.updated","changes":{"state":["signup","active"]},"data":{"uid":"u_1002"}}"#;
/// let Event::Referral(change) = FirstPromoter.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(change.changes["state"].new.as_str(), r#""active""#);
/// assert_eq!(change.data.uid.unwrap().as_str(), "u_1002");
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Change<R> {
    /// The event's id, which repeats have too.
    pub event_id: Option<Id>,
    /// The event's name, such as `commission.approved`.
    pub event_type: String,
    /// The action of the event's name.
    pub action: Action,
    /// The resource's number.
    pub entity_id: Option<Id>,
    /// The members that changed, by name. Empty unless the resource was updated. The members `auth_token` and
    /// `temp_password` are dropped.
    pub changes: BTreeMap<String, Changed>,
    /// The resource after the change.
    pub data: R,
    /// The event's time.
    pub timestamp: Option<Timestamp>,
}

/// The two values of a member that changed.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::Changed;
/// let changed: Changed = serde_json::from_str(r#"["pending","approved"]"#).unwrap();
/// assert_eq!(changed.old.json::<String>().unwrap(), "pending");
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Changed {
    /// The value before the change.
    pub old: RawJson,
    /// The value after the change.
    pub new: RawJson,
}

impl<'de> Deserialize<'de> for Changed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let [old, new] = Deserialize::deserialize(deserializer)?;
        Ok(Self { old, new })
    }
}

/// The action of an event's name.
///
/// ```
/// use referral_webhooks::platform::{Platform, firstpromoter::{Action, Event, FirstPromoter}};
///
/// let body = r#"{"event_type":"payout.commissions.added","data":{"id":5}}"#;
/// let Event::Payout(change) = FirstPromoter.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(change.action, Action::CommissionsAdded);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Action {
    /// The resource was created.
    Created,
    /// The resource was updated. The new state may also come as an event of that state.
    Updated,
    /// The resource was deleted.
    Deleted,
    /// A promoter's balance changed.
    BalanceUpdated,
    /// A promoter's profile changed.
    ProfileUpdated,
    /// A promoter was accepted in a campaign.
    Accepted,
    /// The resource waits for a decision, or for its payment.
    Pending,
    /// A promoter was rejected in a campaign.
    Rejected,
    /// A promoter was blocked in a campaign.
    Blocked,
    /// A promoter was set to inactive in a campaign.
    Inactive,
    /// A lead became a customer.
    Converted,
    /// The referral or payout was cancelled.
    Cancelled,
    /// A referral was moved to another campaign.
    Moved,
    /// A commission was approved.
    Approved,
    /// A commission was denied.
    Denied,
    /// The payment has begun.
    Processing,
    /// The payment is complete.
    Completed,
    /// The payment failed.
    Failed,
    /// A batch of payments was initiated.
    Initiated,
    /// A commission was added to a payout.
    CommissionsAdded,
    /// A commission was removed from a payout.
    CommissionsRemoved,
    /// A commission of a payout was created.
    CommissionsCreated,
    /// A commission of a payout was updated.
    CommissionsUpdated,
    /// A commission of a payout was deleted.
    CommissionsDeleted,
    /// A contract document was signed.
    Signed,
}

/// A promoter.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::Promoter;
/// let promoter: Promoter = serde_json::from_str(r#"{"id":3920164,"email":"ada@example.com"}"#).unwrap();
/// assert_eq!(promoter.email.as_deref(), Some("ada@example.com"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Promoter {
    /// The promoter's number.
    pub id: Option<Id>,
    /// The state, such as `active`.
    pub status: Option<String>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The name.
    pub name: Option<Personal>,
    /// The merchant's own id of the promoter.
    pub cust_id: Option<Id>,
    /// The sum of all commissions, by unit. Its shape is not published for this version.
    pub earnings_balance: Option<RawJson>,
    /// The unpaid part, by unit.
    pub current_balance: Option<RawJson>,
    /// The paid part, by unit.
    pub paid_balance: Option<RawJson>,
    /// The time of creation.
    pub created_at: Option<Timestamp>,
}

/// A campaign.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::Campaign;
/// let campaign: Campaign = serde_json::from_str(r#"{"id":9,"name":"Friends"}"#).unwrap();
/// assert_eq!(campaign.name.as_deref(), Some("Friends"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Campaign {
    /// The campaign's number.
    pub id: Option<Id>,
    /// The campaign's name.
    pub name: Option<String>,
}

/// A promoter's participation in a campaign.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::PromoterCampaign;
/// let json = r#"{"id":77,"ref_token":"ada","promoter":{"id":3920164}}"#;
/// let participation: PromoterCampaign = serde_json::from_str(json).unwrap();
/// assert_eq!(participation.promoter.unwrap().id.unwrap().as_str(), "3920164");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PromoterCampaign {
    /// The participation's number.
    pub id: Option<Id>,
    /// The campaign's number.
    pub campaign_id: Option<Id>,
    /// The promoter's number.
    pub promoter_id: Option<Id>,
    /// The state.
    pub status: Option<String>,
    /// The promoter's code in this campaign.
    pub ref_token: Option<String>,
    /// The time of creation.
    pub created_at: Option<Timestamp>,
    /// The promoter.
    pub promoter: Option<Promoter>,
    /// The campaign.
    pub campaign: Option<Campaign>,
}

/// A referred lead or customer.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::Referral;
/// let referral: Referral = serde_json::from_str(r#"{"id":21381518,"uid":"u_1002","type":"customer"}"#).unwrap();
/// assert_eq!(referral.kind.as_deref(), Some("customer"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Referral {
    /// The referral's number.
    pub id: Option<Id>,
    /// `lead` or `customer`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The state, such as `signup`, `active`, `cancelled` or `refunded`.
    pub state: Option<String>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The merchant's own id of the customer.
    pub uid: Option<Id>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The result of the fraud check, such as `no_suspicion`.
    pub fraud_check: Option<String>,
    /// The time of creation.
    pub created_at: Option<Timestamp>,
    /// The time at which the lead became a customer.
    pub customer_since: Option<Timestamp>,
    /// The time at which the referral was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// The referring promoter's participation.
    pub promoter_campaign: Option<PromoterCampaign>,
}

open_enum! {
    /// The state of a commission.
    ///
    /// ```
    /// use referral_webhooks::platform::firstpromoter::CommissionStatus;
    ///
    /// let status: CommissionStatus = serde_json::from_str(r#""approved""#)?;
    /// assert_eq!(status, CommissionStatus::Approved);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum CommissionStatus {
        /// It waits for a decision.
        Pending = "pending",
        /// It was approved.
        Approved = "approved",
        /// It was denied.
        Denied = "denied",
    }
}

/// A commission.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::{Commission, CommissionStatus};
/// let json = r#"{"id":991204,"status":"approved","amount":980,"unit":"cash"}"#;
/// let commission: Commission = serde_json::from_str(json).unwrap();
/// assert_eq!(commission.status, Some(CommissionStatus::Approved));
/// assert_eq!(commission.amount.unwrap().units(0), Some(980)); // 9.80
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Commission {
    /// The commission's number.
    pub id: Option<Id>,
    /// The state.
    pub status: Option<CommissionStatus>,
    /// `sale` or `custom`.
    pub commission_type: Option<String>,
    /// The commission, of cash in cents. The currency is that of the account, and is not sent.
    pub amount: Option<Amount>,
    /// The unit: `cash`, `credits`, `points`, `free_months`, `mon_discount` or `discount_per`.
    pub unit: Option<String>,
    /// The amount of the sale, in cents.
    pub sale_amount: Option<Amount>,
    /// The amount of the sale in its own currency.
    pub original_sale_amount: Option<Amount>,
    /// The currency of the sale.
    pub original_sale_currency: Option<String>,
    /// The id of the sale at the billing provider.
    pub event_id: Option<Id>,
    /// The plan's id.
    pub plan_id: Option<Id>,
    /// Whether promoter and customer are the same person.
    pub is_self_referral: Option<bool>,
    /// Whether the commission was paid.
    pub is_paid: Option<bool>,
    /// Whether several promoters share it.
    pub is_split: Option<bool>,
    /// The result of the fraud check, such as `no_suspicion`.
    pub fraud_check: Option<String>,
    /// The time of creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change of the state.
    pub status_updated_at: Option<Timestamp>,
    /// The referred customer.
    pub referral: Option<Referral>,
    /// The participation of the promoter who earned it.
    pub promoter_campaign: Option<PromoterCampaign>,
}

/// A payout to a promoter.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::Payout;
/// let json = r#"{"id":5,"status":"completed","amount":980,"promoter":{"id":3920164}}"#;
/// let payout: Payout = serde_json::from_str(json).unwrap();
/// assert_eq!((payout.status.as_deref(), payout.amount.unwrap().as_str()), (Some("completed"), "980"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Payout {
    /// The payout's number.
    pub id: Option<Id>,
    /// The state: `pending`, `processing`, `completed`, `failed` or `cancelled`.
    pub status: Option<String>,
    /// The amount. Documented as a number; assumed to be cents if the unit is `cash`, like a commission.
    pub amount: Option<Amount>,
    /// The amount with tax.
    pub total_incl_tax: Option<Amount>,
    /// The unit, such as `cash`.
    pub unit: Option<String>,
    /// The number of the batch that pays it.
    pub payments_batch_id: Option<Id>,
    /// The beginning of the paid period.
    pub period_start: Option<Timestamp>,
    /// The end of the paid period.
    pub period_end: Option<Timestamp>,
    /// The time of the payment.
    pub paid_at: Option<Timestamp>,
    /// The time of the failure.
    pub failed_at: Option<Timestamp>,
    /// The reason of the failure, for people.
    pub error: Option<Personal>,
    /// The time of creation.
    pub created_at: Option<Timestamp>,
    /// The promoter.
    pub promoter: Option<Promoter>,
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// The payout method.
    pub payout_method: Option<PayoutMethod>,
}

/// A promoter's payout method, without its account data.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::PayoutMethod;
/// let method: PayoutMethod = serde_json::from_str(r#"{"id":3,"method":"paypal","is_selected":true}"#).unwrap();
/// assert_eq!(method.method.as_deref(), Some("paypal"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PayoutMethod {
    /// The method's number.
    pub id: Option<Id>,
    /// The kind, such as `paypal`, `bank` or `wise`.
    pub method: Option<String>,
    /// The time at which it was added.
    pub date_added: Option<Timestamp>,
    /// Whether it is disabled.
    pub is_disabled: Option<bool>,
    /// Whether it is the promoter's choice.
    pub is_selected: Option<bool>,
}

/// A batch of payments.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::PaymentsBatch;
/// let batch: PaymentsBatch = serde_json::from_str(r#"{"id":8,"status":"processing","total":98000}"#).unwrap();
/// assert_eq!(batch.status.as_deref(), Some("processing"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PaymentsBatch {
    /// The batch's number.
    pub id: Option<Id>,
    /// The state: `awaiting_confirmation`, `pending`, `processing`, `completed` or `failed`.
    pub status: Option<String>,
    /// The id at the payment provider.
    pub ext_id: Option<Id>,
    /// The reference at the payment provider.
    pub ext_reference: Option<Id>,
    /// The sum. Documented as a number.
    pub total: Option<Amount>,
    /// The number of promoters.
    pub promoters_count: Option<Amount>,
    /// The planned time.
    pub scheduled_at: Option<Timestamp>,
    /// The time of completion.
    pub completed_at: Option<Timestamp>,
    /// The reason of a failure, for people.
    pub error: Option<Personal>,
}

/// A contract document. Its members are not published.
///
/// ```
/// # use referral_webhooks::platform::firstpromoter::ContractDocument;
/// let document: ContractDocument = serde_json::from_str(r#"{"id":12}"#).unwrap();
/// assert_eq!(document.id.unwrap().as_str(), "12");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContractDocument {
    /// The document's number.
    pub id: Option<Id>,
}
