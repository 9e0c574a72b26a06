//! The resources in Tolt's events.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, RawJson, Timestamp, open_enum};

/// A resource that was created or updated.
///
/// ```
/// # use referral_webhooks::platform::{Platform, tolt::{Event, Tolt}};
/// let body = r#"{"type":"link.updated","data":{"id":"lnk_1"},"timestamp":"2026-01-15T10:30:00.000Z"}"#;
/// let Event::LinkUpdated(updated) = Tolt.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(updated.data.id.as_str(), "lnk_1");
/// assert_eq!(updated.timestamp.unwrap().moment().unwrap().unix_timestamp(), 1_768_473_000);
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Change<T> {
    /// The time of the event.
    pub timestamp: Option<Timestamp>,
    /// The resource as it is after the event.
    pub data: T,
}

/// A partner, who refers customers.
///
/// ```
/// # use referral_webhooks::platform::tolt::Partner;
/// let partner: Partner = serde_json::from_str(r#"{"id":"part_1","email":"ada@example.com"}"#).unwrap();
/// assert_eq!(partner.email.as_deref(), Some("ada@example.com"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Partner {
    /// The partner's id: `part_…`.
    pub id: Id,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The merchant's own id of the partner.
    pub external_id: Option<Id>,
    /// The status, such as `active`.
    pub status: Option<String>,
    /// The answers in the partner's application.
    pub custom_fields: Option<RawJson>,
    /// The program's id.
    pub program_id: Option<Id>,
    /// The merchant's organization.
    pub organization_id: Option<Id>,
    /// The time of the creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
}

/// A referral link.
///
/// ```
/// # use referral_webhooks::platform::tolt::Link;
/// let link: Link = serde_json::from_str(r#"{"id":"lnk_1","param":"ref","value":"ada"}"#).unwrap();
/// assert_eq!(link.value.as_deref(), Some("ada"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// The link's id.
    pub id: Id,
    /// The status, such as `active`.
    pub status: Option<String>,
    /// The name of the parameter in the link's query.
    pub param: Option<String>,
    /// The parameter's value, which identifies the partner.
    pub value: Option<String>,
    /// The partner's id.
    pub partner_id: Option<Id>,
    /// The program's id.
    pub program_id: Option<Id>,
    /// The merchant's organization.
    pub organization_id: Option<Id>,
    /// The time of the creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
}

/// A referred customer.
///
/// ```
/// # use referral_webhooks::platform::tolt::{Customer, CustomerStatus};
/// let customer: Customer = serde_json::from_str(r#"{"id":"cust_1","customer_id":17,"status":"trialing"}"#).unwrap();
/// assert_eq!(customer.customer_id.unwrap().as_str(), "17");
/// assert_eq!(customer.status, Some(CustomerStatus::Trialing));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// Tolt's id of the customer.
    pub id: Id,
    /// The merchant's own id of the customer.
    pub customer_id: Option<Id>,
    /// The merchant's text for the customer: an e-mail address or an id.
    pub identifier: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The name.
    pub name: Option<Personal>,
    /// The status.
    pub status: Option<CustomerStatus>,
    /// The plan.
    pub plan: Option<String>,
    /// The subscription's id.
    pub subscription_id: Option<Id>,
    /// The time at which the customer became a lead.
    pub lead_at: Option<Timestamp>,
    /// The time at which the customer became active.
    pub active_at: Option<Timestamp>,
    /// The id of the click that led to the customer.
    pub click_id: Option<Id>,
    /// The id of the link.
    pub link_id: Option<Id>,
    /// The id of the referring partner.
    pub partner_id: Option<Id>,
    /// The program's id.
    pub program_id: Option<Id>,
    /// The id of the promotion code.
    pub promotion_code_id: Option<Id>,
    /// The merchant's organization.
    pub organization_id: Option<Id>,
    /// The time of the creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
}

open_enum! {
    /// The status of a customer.
    ///
    /// ```
    /// use referral_webhooks::platform::tolt::CustomerStatus;
    ///
    /// let status: CustomerStatus = serde_json::from_str(r#""active""#)?;
    /// assert_eq!(status, CustomerStatus::Active);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum CustomerStatus {
        /// A person who signed up.
        Lead = "lead",
        /// A person in a trial.
        Trialing = "trialing",
        /// A paying customer.
        Active = "active",
        /// A former customer.
        Canceled = "canceled",
    }
}

/// A payment of a referred customer.
///
/// ```
/// # use referral_webhooks::platform::tolt::Transaction;
/// let paid: Transaction = serde_json::from_str(r#"{"id":"txn_1","amount":"4900","currency":"usd"}"#).unwrap();
/// assert_eq!(paid.amount.unwrap().units(0), Some(4900)); // cents
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transaction {
    /// The payment's id: `txn_…`.
    pub id: Id,
    /// The status, such as `paid` or `refunded`.
    pub status: Option<String>,
    /// The amount in cents.
    pub amount: Option<Amount>,
    /// The currency (ISO 4217), in lower case.
    pub currency: Option<String>,
    /// The payment's source, such as `stripe`.
    pub source: Option<String>,
    /// The id of the charge in the source.
    pub charge_id: Option<Id>,
    /// The kind of billing, such as `subscription`.
    pub billing_type: Option<String>,
    /// The interval of billing, such as `month`.
    pub interval: Option<String>,
    /// The names of the products.
    pub product_names: Option<Vec<String>>,
    /// The number of units.
    pub quantity: Option<Amount>,
    /// The id of the credited partner.
    pub partner_id: Option<Id>,
    /// Tolt's id of the customer.
    pub customer_id: Option<Id>,
    /// The merchant's organization.
    pub organization_id: Option<Id>,
    /// The time of the creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
}

/// A partner's commission, or the refund of a paid one.
///
/// ```
/// # use referral_webhooks::platform::tolt::Commission;
/// let earned: Commission = serde_json::from_str(r#"{"id":"comm_1","amount":"980","type":"sale"}"#).unwrap();
/// assert!(!earned.is_refund());
/// assert_eq!(earned.amount.unwrap().units(0), Some(980)); // cents
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Commission {
    /// The commission's id: `comm_…`.
    pub id: Id,
    /// The partner's share in cents, which is negative for a refund.
    pub amount: Option<Amount>,
    /// The underlying payment in cents.
    pub revenue: Option<Amount>,
    /// The currency (ISO 4217), in lower case.
    pub currency: Option<String>,
    /// The status.
    pub status: Option<CommissionStatus>,
    /// The kind of commission.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<CommissionKind>,
    /// The payment's source, such as `stripe`.
    pub source: Option<String>,
    /// The partner's id.
    pub partner_id: Option<Id>,
    /// The payment's id.
    pub transaction_id: Option<Id>,
    /// The merchant's organization.
    pub organization_id: Option<Id>,
    /// The time of the creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
}

impl Commission {
    /// Returns whether the commission takes money back: its kind is `refund`, or its amount is negative.
    ///
    /// ```
    /// # use referral_webhooks::platform::tolt::Commission;
    /// let refund: Commission = serde_json::from_str(r#"{"id":"comm_2","amount":"-980","type":"refund"}"#).unwrap();
    /// assert!(refund.is_refund());
    /// ```
    #[must_use]
    pub fn is_refund(&self) -> bool {
        let is_negative = self.amount.as_ref().is_some_and(|amount| amount.as_str().trim_start().starts_with('-'));
        is_negative || self.kind == Some(CommissionKind::Refund)
    }
}

open_enum! {
    /// The kind of a commission.
    ///
    /// ```
    /// use referral_webhooks::platform::tolt::CommissionKind;
    ///
    /// let kind: CommissionKind = serde_json::from_str(r#""refund""#)?;
    /// assert_eq!(kind, CommissionKind::Refund);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum CommissionKind {
        /// A share of a payment.
        Sale = "sale",
        /// The return of a share that was paid.
        Refund = "refund",
    }
}

open_enum! {
    /// The status of a commission.
    ///
    /// ```
    /// use referral_webhooks::platform::tolt::CommissionStatus;
    ///
    /// let status: CommissionStatus = serde_json::from_str(r#""approved""#)?;
    /// assert_eq!(status, CommissionStatus::Approved);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum CommissionStatus {
        /// The commission waits for approval.
        Pending = "pending",
        /// The commission may be paid.
        Approved = "approved",
        /// The commission is paid.
        Paid = "paid",
        /// The commission is not paid.
        Rejected = "rejected",
        /// The payment was returned.
        Refunded = "refunded",
    }
}
