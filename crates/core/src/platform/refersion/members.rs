//! The members of Refersion's events. Documented by the samples of <https://www.refersion.dev/reference/webhooks-for-merchants>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, Timestamp, open_enum};

open_enum! {
    /// The state of a conversion.
    ///
    /// ```
    /// use referral_webhooks::platform::refersion::ConversionStatus;
    ///
    /// let status: ConversionStatus = serde_json::from_str(r#""DENIED""#)?;
    /// assert_eq!(status, ConversionStatus::Denied);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum ConversionStatus {
        /// It waits for a decision. Documented.
        Pending = "PENDING",
        /// It was approved. Documented.
        Approved = "APPROVED",
        /// It was denied. Assumed: this spelling.
        Denied = "DENIED",
    }
}

/// A sale, and the commission for it.
///
/// ```
/// # use referral_webhooks::platform::refersion::Conversion;
/// let json = r#"{"id":90210,"commission_total":9.80,"currency":"USD","is_test_conversion":true}"#;
/// let conversion: Conversion = serde_json::from_str(json).unwrap();
/// assert_eq!(conversion.commission_total.unwrap().units(2), Some(980));
/// assert_eq!(conversion.is_test_conversion, Some(true));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conversion {
    /// The conversion's number.
    pub id: Option<Id>,
    /// The time of creation.
    pub created: Option<Timestamp>,
    /// The time of the last change.
    pub updated: Option<Timestamp>,
    /// The state.
    pub status: Option<ConversionStatus>,
    /// The reason of a denial, as a code.
    pub denied_reason_code: Option<Id>,
    /// The reason of a denial, for people.
    pub reason: Option<Personal>,
    /// Whether it is a repeated payment of a subscription.
    pub is_recurring: Option<bool>,
    /// Whether it is a test. Do not pay for a test.
    pub is_test_conversion: Option<bool>,
    /// The number of items.
    pub total_items: Option<Amount>,
    /// The amount of the sale, in units of the currency. Assumed: a number or a text.
    pub total: Option<Amount>,
    /// The commission, in units of the currency. Assumed: a number or a text.
    pub commission_total: Option<Amount>,
    /// The currency (ISO 4217).
    pub currency: Option<String>,
    /// Whether the commission was paid, such as `UNPAID`.
    pub payment_status: Option<String>,
    /// The number of the payment.
    pub payment_id: Option<Id>,
    /// The affiliate who earned the commission.
    pub affiliate: Option<ConversionAffiliate>,
    /// The offer by which the commission was calculated.
    pub offer: Option<Offer>,
    /// The customer.
    pub customer: Option<Customer>,
    /// The coupon of the sale.
    pub coupon_code: Option<String>,
    /// The shop's order number.
    pub order_id: Option<Id>,
    /// The shop's subscription number.
    pub subscription_id: Option<Id>,
    /// Notes, for people.
    pub notes: Option<Personal>,
    /// The click before the sale.
    pub click: Option<Click>,
    /// The shop system, such as `SHOPIFY`.
    pub source: Option<String>,
}

/// The affiliate of a conversion.
///
/// ```
/// # use referral_webhooks::platform::refersion::ConversionAffiliate;
/// let affiliate: ConversionAffiliate = serde_json::from_str(r#"{"id":"7","code":"ada"}"#).unwrap();
/// assert_eq!(affiliate.code.as_deref(), Some("ada"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConversionAffiliate {
    /// The affiliate's number.
    pub id: Option<Id>,
    /// The affiliate's code.
    pub code: Option<String>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
}

/// An offer to affiliates.
///
/// ```
/// # use referral_webhooks::platform::refersion::Offer;
/// let offer: Offer = serde_json::from_str(r#"{"id":1,"type":"PERCENT_OF_SALE","amount":"20.00"}"#).unwrap();
/// assert_eq!(offer.kind.as_deref(), Some("PERCENT_OF_SALE"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offer {
    /// The offer's number.
    pub id: Option<Id>,
    /// The offer's name.
    pub name: Option<String>,
    /// The kind of commission, such as `PERCENT_OF_SALE`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The commission: a percentage or an amount, by the kind.
    pub amount: Option<Amount>,
}

/// A customer.
///
/// ```
/// # use referral_webhooks::platform::refersion::Customer;
/// let customer: Customer = serde_json::from_str(r#"{"email":"grace@example.com"}"#).unwrap();
/// assert_eq!(customer.email.as_deref(), Some("grace@example.com"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// The name.
    pub name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The browser's address.
    pub browser_ip: Option<Personal>,
}

/// A click on an affiliate's link.
///
/// ```
/// # use referral_webhooks::platform::refersion::Click;
/// let click: Click = serde_json::from_str(r#"{"created":"2026-01-15 10:30:00","sub_id":"a1"}"#).unwrap();
/// assert_eq!(click.sub_id.unwrap().as_str(), "a1");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Click {
    /// The time of the click.
    pub created: Option<Timestamp>,
    /// The page with the link.
    pub referer: Option<Personal>,
    /// The page that was opened.
    pub landed_url: Option<Personal>,
    /// The browser's address.
    pub ip: Option<Personal>,
    /// The affiliate's own id of the click.
    pub sub_id: Option<Id>,
    /// The number of the creative.
    pub creative_id: Option<Id>,
}

/// An affiliate.
///
/// ```
/// # use referral_webhooks::platform::refersion::Affiliate;
/// let affiliate: Affiliate = serde_json::from_str(r#"{"id":7,"code":"ada","status":"ACTIVE"}"#).unwrap();
/// assert_eq!(affiliate.status.as_deref(), Some("ACTIVE"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Affiliate {
    /// The affiliate's number.
    pub id: Option<Id>,
    /// The affiliate's code.
    pub code: Option<String>,
    /// The state, such as `PENDING` or `ACTIVE`.
    pub status: Option<String>,
    /// The time of the last sign-in.
    pub last_login: Option<Timestamp>,
    /// The time of the last conversion.
    pub last_conversion: Option<Timestamp>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The e-mail address at PayPal.
    pub paypal_email: Option<Personal>,
    /// The company.
    pub company: Option<Personal>,
    /// The first line of the address.
    pub address_1: Option<Personal>,
    /// The second line of the address.
    pub address_2: Option<Personal>,
    /// The city.
    pub city: Option<Personal>,
    /// The state of the address.
    pub state: Option<Personal>,
    /// The post code. Documented as a text.
    pub zip: Option<Personal>,
    /// The country.
    pub country: Option<Personal>,
    /// The telephone number.
    pub phone_number: Option<Personal>,
    /// The source of the registration.
    pub source: Option<String>,
    /// The offer to this affiliate.
    pub offer: Option<Offer>,
    /// Whether the affiliate came from the marketplace.
    pub is_marketplace_user: Option<bool>,
}

/// A rule that credits a sale to an affiliate.
///
/// ```
/// # use referral_webhooks::platform::refersion::ConversionTrigger;
/// let json = r#"{"id":5,"affiliate_id":7,"trigger":"grace@example.com","type":"EMAIL"}"#;
/// let trigger: ConversionTrigger = serde_json::from_str(json).unwrap();
/// assert_eq!((trigger.kind.as_deref(), trigger.trigger.as_deref()), (Some("EMAIL"), Some("grace@example.com")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConversionTrigger {
    /// The trigger's number.
    pub id: Option<Id>,
    /// The affiliate's number.
    pub affiliate_id: Option<Id>,
    /// The coupon code or e-mail address of the sale.
    pub trigger: Option<Personal>,
    /// The kind, such as `EMAIL`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
}

/// Payments to affiliates.
///
/// ```
/// # use referral_webhooks::platform::refersion::Payment;
/// let json = r#"{"affiliates":{"7":{"id":7,"payments":[{"id":3,"commission_total":"9.80"}]}}}"#;
/// let payment: Payment = serde_json::from_str(json).unwrap();
/// assert_eq!(payment.affiliates["7"].payments[0].commission_total.as_ref().unwrap().units(2), Some(980));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Payment {
    /// The paid affiliates, by number.
    #[serde(default)]
    pub affiliates: BTreeMap<String, PaidAffiliate>,
    /// The payments, if they are beside the affiliates. Assumed: they may be at either place.
    #[serde(default)]
    pub payments: Vec<IssuedPayment>,
}

/// A paid affiliate.
///
/// ```
/// # use referral_webhooks::platform::refersion::PaidAffiliate;
/// let affiliate: PaidAffiliate = serde_json::from_str(r#"{"id":7,"payments":[{"id":3}]}"#).unwrap();
/// assert_eq!(affiliate.payments.len(), 1);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PaidAffiliate {
    /// The affiliate's number.
    pub id: Option<Id>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The e-mail address at PayPal.
    pub paypal_email: Option<Personal>,
    /// The payments to this affiliate.
    #[serde(default)]
    pub payments: Vec<IssuedPayment>,
}

/// A payment that was issued.
///
/// ```
/// # use referral_webhooks::platform::refersion::IssuedPayment;
/// let payment: IssuedPayment = serde_json::from_str(r#"{"id":3,"total":"9.80","currency":"USD"}"#).unwrap();
/// assert_eq!(payment.total.unwrap().units(2), Some(980));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssuedPayment {
    /// The payment's number.
    pub id: Option<Id>,
    /// The time of the payment.
    pub created: Option<Timestamp>,
    /// The number of paid conversions.
    pub total_conversions: Option<Amount>,
    /// The way of the payment.
    pub payment_method: Option<String>,
    /// The sum of the commissions, in units of the currency.
    pub commission_total: Option<Amount>,
    /// The paid amount, in units of the currency.
    pub total: Option<Amount>,
    /// The currency (ISO 4217).
    pub currency: Option<String>,
    /// A note, for people.
    pub note: Option<Personal>,
}

/// An affiliate who reached a bonus tier.
///
/// ```
/// # use referral_webhooks::platform::{Platform, refersion::{Event, Refersion}};
/// let body = r#"{"id":7,"code":"ada","offer":{"id":1},"reward":{"id":3,"amount_given":"50.00"}}"#;
/// let Event::BonusTier(movement) = Refersion.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(movement.reward.amount_given.unwrap().units(2), Some(5000));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct BonusTier {
    /// The affiliate.
    pub affiliate: Affiliate,
    /// The bonus.
    pub reward: Bonus,
}

/// The bonus of a tier.
///
/// ```
/// # use referral_webhooks::platform::refersion::Bonus;
/// let bonus: Bonus = serde_json::from_str(r#"{"id":3,"milestone_reached":10}"#).unwrap();
/// assert_eq!(bonus.milestone_reached.unwrap().as_str(), "10");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bonus {
    /// The bonus's number.
    pub id: Option<Id>,
    /// The number of the offer.
    pub offer_id: Option<Id>,
    /// The milestone.
    pub milestone_reached: Option<Amount>,
    /// The bonus, in units of the currency.
    pub amount_given: Option<Amount>,
    /// Notes, for people.
    pub notes: Option<Personal>,
}
