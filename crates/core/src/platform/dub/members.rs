//! The members of Dub's events. They are documented, unless a line says otherwise.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, RawJson, Timestamp};

/// A new lead.
///
/// ```
/// # use referral_webhooks::platform::dub::Lead;
/// let json = r#"{"eventName":"Sign up","customer":{"id":"cus_1"},"link":{"id":"link_1"},"partner":null}"#;
/// let lead: Lead = serde_json::from_str(json).unwrap();
/// assert_eq!((lead.event_name.as_deref(), lead.customer.id.as_str()), (Some("Sign up"), "cus_1"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Lead {
    /// The merchant's name for the event.
    pub event_name: Option<String>,
    /// The customer.
    pub customer: Customer,
    /// The click on the link: place, browser and address of the customer.
    pub click: Option<RawJson>,
    /// The link.
    pub link: Option<Link>,
    /// The partner, if the link is a partner's.
    pub partner: Option<Partner>,
    /// The merchant's own members.
    pub metadata: Option<RawJson>,
}

/// A sale.
///
/// ```
/// # use referral_webhooks::platform::dub::Sale;
/// let json = r#"{"customer":{"id":"cus_1"},"sale":{"amount":4900,"currency":"usd","invoiceId":null}}"#;
/// let sale: Sale = serde_json::from_str(json).unwrap();
/// assert_eq!((sale.sale.amount.units(0), sale.sale.currency.as_deref()), (Some(4900), Some("usd")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Sale {
    /// The merchant's name for the event.
    pub event_name: Option<String>,
    /// The customer.
    pub customer: Customer,
    /// The click on the link: place, browser and address of the customer.
    pub click: Option<RawJson>,
    /// The link.
    pub link: Option<Link>,
    /// The partner, if the link is a partner's.
    pub partner: Option<Partner>,
    /// The merchant's own members.
    pub metadata: Option<RawJson>,
    /// The customer's payment.
    pub sale: Payment,
}

/// A customer's payment.
///
/// ```
/// # use referral_webhooks::platform::dub::Payment;
/// let payment: Payment = serde_json::from_str(r#"{"amount":4900,"paymentProcessor":"stripe"}"#).unwrap();
/// assert_eq!(payment.payment_processor.as_deref(), Some("stripe"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Payment {
    /// The amount in cents.
    pub amount: Amount,
    /// The currency (ISO 4217), in lower case.
    pub currency: Option<String>,
    /// The payment processor, such as `stripe`.
    pub payment_processor: Option<String>,
    /// The invoice's id.
    pub invoice_id: Option<Id>,
}

/// A customer.
///
/// ```
/// # use referral_webhooks::platform::dub::Customer;
/// let customer: Customer = serde_json::from_str(r#"{"id":"cus_1","externalId":"user_1002"}"#).unwrap();
/// assert_eq!(customer.external_id.unwrap().as_str(), "user_1002");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Customer {
    /// The customer's id.
    pub id: Id,
    /// The merchant's id of the customer.
    pub external_id: Option<Id>,
    /// The name.
    pub name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The link to the customer's picture.
    pub avatar: Option<Personal>,
    /// The country (ISO 3166-1).
    pub country: Option<String>,
    /// The number of sales.
    pub sales: Option<Amount>,
    /// The amount of all sales, in cents.
    pub sale_amount: Option<Amount>,
    /// The time of the customer's creation.
    pub created_at: Option<Timestamp>,
}

/// A partner. Which members are present depends on the event.
///
/// ```
/// # use referral_webhooks::platform::dub::Partner;
/// let partner: Partner = serde_json::from_str(r#"{"id":"pn_1","tenantId":"t1","totalCommissions":980}"#).unwrap();
/// assert_eq!(partner.total_commissions.unwrap().units(0), Some(980));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Partner {
    /// The partner's id.
    pub id: Id,
    /// The name.
    pub name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The link to the partner's picture.
    pub image: Option<Personal>,
    /// The country (ISO 3166-1).
    pub country: Option<String>,
    /// The merchant's id of the partner.
    pub tenant_id: Option<Id>,
    /// The program's id.
    pub program_id: Option<Id>,
    /// The id of the partner's group.
    pub group_id: Option<Id>,
    /// The status in the program, such as `approved`.
    pub status: Option<String>,
    /// The time since which payouts are possible.
    pub payouts_enabled_at: Option<Timestamp>,
    /// The number of clicks.
    pub total_clicks: Option<Amount>,
    /// The number of leads.
    pub total_leads: Option<Amount>,
    /// The number of conversions.
    pub total_conversions: Option<Amount>,
    /// The number of sales.
    pub total_sales: Option<Amount>,
    /// The amount of all sales, in cents.
    pub total_sale_amount: Option<Amount>,
    /// The amount of all commissions, in cents.
    pub total_commissions: Option<Amount>,
    /// The partner's links.
    pub links: Option<Vec<Link>>,
}

/// A link. Dub sends more members with the events about links. They are in the delivery's body.
///
/// ```
/// # use referral_webhooks::platform::dub::Link;
/// let link: Link = serde_json::from_str(r#"{"id":"link_1","domain":"go.example.com","key":"ada"}"#).unwrap();
/// assert_eq!((link.domain.as_deref(), link.key.as_deref()), (Some("go.example.com"), Some("ada")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Link {
    /// The link's id.
    pub id: Id,
    /// The whole short link.
    pub short_link: Option<String>,
    /// The domain.
    pub domain: Option<String>,
    /// The path after the domain.
    pub key: Option<String>,
}

/// A click on a link.
///
/// ```
/// # use referral_webhooks::platform::dub::Click;
/// let click: Click = serde_json::from_str(r#"{"click":{"ip":"192.0.2.1"},"link":{"id":"link_1"}}"#).unwrap();
/// assert_eq!(format!("{:?}", click.click.unwrap()), "RawJson(18 bytes)");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Click {
    /// The click: place, browser and address of a person.
    pub click: Option<RawJson>,
    /// The link.
    pub link: Link,
}

/// An application for a program.
///
/// ```
/// # use referral_webhooks::platform::dub::Application;
/// let json = r#"{"id":"pga_1","applicationFormData":[{"label":"Website","value":null}]}"#;
/// let application: Application = serde_json::from_str(json).unwrap();
/// assert_eq!(application.application_form_data.unwrap()[0].label.as_deref(), Some("Website"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Application {
    /// The application's id.
    pub id: Id,
    /// The time of the application.
    pub created_at: Option<Timestamp>,
    /// The partner who applies.
    pub partner: Option<Partner>,
    /// The answers in the form.
    pub application_form_data: Option<Vec<Answer>>,
}

/// An answer in an application's form.
///
/// ```
/// # use referral_webhooks::platform::dub::Answer;
/// let answer: Answer = serde_json::from_str(r#"{"label":"Website","value":"https://ada.example.com"}"#).unwrap();
/// assert_eq!(answer.value.as_deref(), Some("https://ada.example.com"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// The question.
    pub label: Option<String>,
    /// The answer.
    pub value: Option<Personal>,
}

/// Two partners who became one.
///
/// ```
/// # use referral_webhooks::platform::dub::Merger;
/// let json = r#"{"sourcePartner":{"id":"pn_1"},"targetPartner":{"id":"pn_2"},"targetAlreadyEnrolled":true}"#;
/// let merger: Merger = serde_json::from_str(json).unwrap();
/// assert_eq!((merger.source_partner.id.as_str(), merger.target_partner.id.as_str()), ("pn_1", "pn_2"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Merger {
    /// The partner who ceased to exist.
    pub source_partner: Partner,
    /// The partner who remains.
    pub target_partner: Partner,
    /// Whether the remaining partner was in the program before.
    pub target_already_enrolled: Option<bool>,
}

/// A commission.
///
/// ```
/// # use referral_webhooks::platform::dub::Commission;
/// let json = r#"{"id":"cm_1","amount":0,"earnings":-980,"currency":"usd"}"#;
/// let commission: Commission = serde_json::from_str(json).unwrap();
/// assert!(commission.is_taken_back());
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Commission {
    /// The commission's id.
    pub id: Id,
    /// The kind, such as `sale`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The amount of the sale, in cents.
    pub amount: Amount,
    /// The partner's share, in cents.
    pub earnings: Amount,
    /// The currency (ISO 4217), in lower case.
    pub currency: Option<String>,
    /// The status, such as `pending`.
    pub status: Option<String>,
    /// The invoice's id.
    pub invoice_id: Option<Id>,
    /// The description, free text.
    pub description: Option<Personal>,
    /// The quantity.
    pub quantity: Option<Amount>,
    /// The id of the person at the merchant who made the commission.
    pub user_id: Option<Id>,
    /// The time of the commission's creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
    /// The partner.
    pub partner: Option<Partner>,
    /// The customer.
    pub customer: Option<Customer>,
    /// The link.
    pub link: Option<Link>,
}

impl Commission {
    /// Returns whether the commission takes money back: the amount or the earnings are negative.
    ///
    /// ```
    /// # use referral_webhooks::platform::dub::Commission;
    /// let earned: Commission = serde_json::from_str(r#"{"id":"cm_1","amount":4900,"earnings":980}"#).unwrap();
    /// assert!(!earned.is_taken_back());
    /// ```
    #[must_use]
    pub fn is_taken_back(&self) -> bool {
        // An amount with a sign that is no plain number is not paid out either.
        [&self.amount, &self.earnings].into_iter().any(|amount| amount.as_str().trim_start().starts_with('-'))
    }
}

/// A bounty. Captured: the members are those of the sender's sample. More are in the delivery's body.
///
/// ```
/// # use referral_webhooks::platform::dub::Bounty;
/// let bounty: Bounty = serde_json::from_str(r#"{"id":"bnty_1","type":"submission","rewardAmount":50000}"#).unwrap();
/// assert_eq!(bounty.reward_amount.unwrap().units(0), Some(50_000));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Bounty {
    /// The bounty's id.
    pub id: Id,
    /// The name.
    pub name: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The kind, such as `submission`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The beginning.
    pub starts_at: Option<Timestamp>,
    /// The end.
    pub ends_at: Option<Timestamp>,
    /// The reward, in cents.
    pub reward_amount: Option<Amount>,
    /// The description of a reward without an amount.
    pub reward_description: Option<String>,
}

/// A payout that the merchant makes.
///
/// ```
/// # use referral_webhooks::platform::dub::Payout;
/// let payout: Payout = serde_json::from_str(r#"{"id":"po_1","amount":5000,"mode":"external"}"#).unwrap();
/// assert_eq!((payout.amount.units(0), payout.mode.as_deref()), (Some(5000), Some("external")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Payout {
    /// The payout's id. It is the key for paying once.
    pub id: Id,
    /// The invoice's id.
    pub invoice_id: Option<Id>,
    /// The amount in cents.
    pub amount: Amount,
    /// The currency (ISO 4217).
    pub currency: Option<String>,
    /// The status.
    pub status: Option<String>,
    /// Whether the merchant pays, such as `external`.
    pub mode: Option<String>,
    /// The beginning of the time that is paid for.
    pub period_start: Option<Timestamp>,
    /// The end of the time that is paid for.
    pub period_end: Option<Timestamp>,
    /// The partner who is paid.
    pub partner: Option<Partner>,
}

/// A discount code.
///
/// ```
/// # use referral_webhooks::platform::dub::DiscountCode;
/// let code: DiscountCode = serde_json::from_str(r#"{"id":"dcode_1","code":"ADA20","partnerId":"pn_1"}"#).unwrap();
/// assert_eq!(code.code.as_deref(), Some("ADA20"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct DiscountCode {
    /// The code's id.
    pub id: Id,
    /// The code.
    pub code: Option<String>,
    /// The id of the code's partner.
    pub partner_id: Option<Id>,
    /// The id of the code's link.
    pub link_id: Option<Id>,
    /// The time of its disabling.
    pub disabled_at: Option<Timestamp>,
    /// The discount.
    pub discount: Option<RawJson>,
}
