//! The objects in Rewardful's events. They are documented, and have the shapes of the REST API.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, Timestamp, open_enum};

/// An affiliate.
///
/// ```
/// # use referral_webhooks::platform::rewardful::Affiliate;
/// let json = r#"{"id":"a1","email":"ada@example.com","state":"active","links":[{"id":"l1","token":"ada"}]}"#;
/// let affiliate: Affiliate = serde_json::from_str(json).unwrap();
/// assert_eq!(affiliate.links.unwrap()[0].token.as_deref(), Some("ada"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Affiliate {
    /// The affiliate's id, a UUID.
    pub id: Id,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The status.
    pub state: Option<String>,
    /// The time of the affiliate's creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
    /// The time of the confirmation of the e-mail address.
    pub confirmed_at: Option<Timestamp>,
    /// The address of the PayPal account.
    pub paypal_email: Option<Personal>,
    /// The address of the Wise account.
    pub wise_email: Option<Personal>,
    /// The affiliate's id as a customer at Stripe.
    pub stripe_customer_id: Option<Id>,
    /// The affiliate's account at Stripe.
    pub stripe_account_id: Option<Id>,
    /// The number of visitors.
    pub visitors: Option<Amount>,
    /// The number of leads.
    pub leads: Option<Amount>,
    /// The number of conversions.
    pub conversions: Option<Amount>,
    /// The number of referrals, in older objects.
    pub referrals: Option<Amount>,
    /// The number of sign-ins.
    pub sign_in_count: Option<Amount>,
    /// Whether the affiliate gets a message about each commission.
    pub receive_new_commission_notifications: Option<bool>,
    /// The affiliate's links.
    pub links: Option<Vec<AffiliateLink>>,
    /// The affiliate's coupon.
    pub coupon: Option<AffiliateCoupon>,
    /// The affiliate's campaign.
    pub campaign: Option<Campaign>,
}

/// A link of an affiliate.
///
/// ```
/// # use referral_webhooks::platform::rewardful::AffiliateLink;
/// let link: AffiliateLink = serde_json::from_str(r#"{"id":"l1","url":"https://example.com/?via=ada"}"#).unwrap();
/// assert_eq!(link.url.as_deref(), Some("https://example.com/?via=ada"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AffiliateLink {
    /// The link's id, a UUID.
    pub id: Id,
    /// The whole link.
    pub url: Option<String>,
    /// The token in the link.
    pub token: Option<String>,
    /// The number of visitors.
    pub visitors: Option<Amount>,
    /// The number of leads.
    pub leads: Option<Amount>,
    /// The number of conversions.
    pub conversions: Option<Amount>,
    /// The affiliate's id. It is absent in an affiliate's own links.
    pub affiliate_id: Option<Id>,
}

/// A coupon of an affiliate.
///
/// ```
/// # use referral_webhooks::platform::rewardful::AffiliateCoupon;
/// let coupon: AffiliateCoupon = serde_json::from_str(r#"{"id":"k1","token":"ADA20","affiliate_id":"a1"}"#).unwrap();
/// assert_eq!((coupon.token.as_deref(), coupon.affiliate_id.unwrap().as_str()), (Some("ADA20"), "a1"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AffiliateCoupon {
    /// The coupon's id, a UUID.
    pub id: Id,
    /// The coupon's id at the payment processor.
    pub external_id: Option<Id>,
    /// The code.
    pub token: Option<String>,
    /// Whether the code is deactivated.
    pub archived: Option<bool>,
    /// The time of its deactivation.
    pub archived_at: Option<Timestamp>,
    /// The number of leads.
    pub leads: Option<Amount>,
    /// The number of conversions.
    pub conversions: Option<Amount>,
    /// The affiliate's id.
    pub affiliate_id: Option<Id>,
}

/// A campaign.
///
/// ```
/// # use referral_webhooks::platform::rewardful::Campaign;
/// let campaign: Campaign = serde_json::from_str(r#"{"id":"g1","name":"Friends of Example"}"#).unwrap();
/// assert_eq!(campaign.name.as_deref(), Some("Friends of Example"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Campaign {
    /// The campaign's id, a UUID.
    pub id: Option<Id>,
    /// The name.
    pub name: Option<String>,
    /// The time of the campaign's creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
}

/// A referral: a visitor, lead or customer of an affiliate.
///
/// ```
/// # use referral_webhooks::platform::rewardful::{ConversionState, Referral};
/// let referral: Referral = serde_json::from_str(r#"{"id":"f1","conversion_state":"lead"}"#).unwrap();
/// assert_eq!(referral.conversion_state, Some(ConversionState::Lead));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Referral {
    /// The referral's id, a UUID.
    pub id: Id,
    /// The progress.
    pub conversion_state: Option<ConversionState>,
    /// The customer's id at Stripe.
    pub stripe_customer_id: Option<Id>,
    /// The merchant's account at Stripe.
    pub stripe_account_id: Option<Id>,
    /// The time of the deactivation.
    pub deactivated_at: Option<Timestamp>,
    /// The end of the time in which the referral can convert.
    pub expires_at: Option<Timestamp>,
    /// The time of the referral's creation.
    pub created_at: Option<Timestamp>,
    /// The time of the last change.
    pub updated_at: Option<Timestamp>,
    /// The link through which the visitor came.
    pub link: Option<AffiliateLink>,
    /// The customer at the payment processor.
    pub customer: Option<Customer>,
}

open_enum! {
    /// The progress of a referral.
    ///
    /// ```
    /// use referral_webhooks::platform::rewardful::ConversionState;
    ///
    /// let state: ConversionState = serde_json::from_str(r#""conversion""#)?;
    /// assert_eq!((state.as_str(), &state), ("conversion", &ConversionState::Conversion));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum ConversionState {
        /// A visitor.
        Visitor = "visitor",
        /// A lead.
        Lead = "lead",
        /// A paying customer.
        Conversion = "conversion",
    }
}

/// A customer at the payment processor. Further members are in the delivery's body.
///
/// ```
/// # use referral_webhooks::platform::rewardful::Customer;
/// let customer: Customer = serde_json::from_str(r#"{"platform":"stripe","id":"cus_1"}"#).unwrap();
/// assert_eq!((customer.platform.as_deref(), customer.id.unwrap().as_str()), (Some("stripe"), "cus_1"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// The payment processor.
    pub platform: Option<String>,
    /// The customer's id there.
    pub id: Option<Id>,
}

/// A sale. All amounts are in cents.
///
/// ```
/// # use referral_webhooks::platform::rewardful::Sale;
/// let json = r#"{"id":"s1","currency":"USD","sale_amount_cents":4900,"refund_amount_cents":4900}"#;
/// let sale: Sale = serde_json::from_str(json).unwrap();
/// assert_eq!(sale.refund_amount_cents.unwrap().units(0), Some(4900));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sale {
    /// The sale's id, a UUID.
    pub id: Id,
    /// The currency (ISO 4217).
    pub currency: Option<String>,
    /// The amount that the customer paid.
    pub charge_amount_cents: Option<Amount>,
    /// The refunded amount.
    pub refund_amount_cents: Option<Amount>,
    /// The tax.
    pub tax_amount_cents: Option<Amount>,
    /// The amount on which the commission is calculated.
    pub sale_amount_cents: Option<Amount>,
    /// The time of the payment.
    pub charged_at: Option<Timestamp>,
    /// The time of the invoice.
    pub invoiced_at: Option<Timestamp>,
    /// The payment's id at Stripe.
    pub stripe_charge_id: Option<Id>,
    /// The referral.
    pub referral: Option<Referral>,
}

/// A commission.
///
/// ```
/// # use referral_webhooks::platform::rewardful::Commission;
/// let json = r#"{"id":"c1","amount":3000,"currency":"USD","state":"paid","sale":{"id":"s1"}}"#;
/// let commission: Commission = serde_json::from_str(json).unwrap();
/// assert_eq!((commission.amount.units(0), commission.sale.unwrap().id.as_str()), (Some(3000), "s1"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Commission {
    /// The commission's id, a UUID.
    pub id: Id,
    /// The amount in cents.
    pub amount: Amount,
    /// The currency (ISO 4217).
    pub currency: Option<String>,
    /// The status, such as `due` or `paid`.
    pub state: Option<String>,
    /// The time from which the commission is due.
    pub due_at: Option<Timestamp>,
    /// The time of its payment.
    pub paid_at: Option<Timestamp>,
    /// The time of its voiding.
    pub voided_at: Option<Timestamp>,
    /// The time of its creation.
    pub created_at: Option<Timestamp>,
    /// The time of its last change.
    pub updated_at: Option<Timestamp>,
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// The sale.
    pub sale: Option<Sale>,
}

/// A payout to an affiliate.
///
/// ```
/// # use referral_webhooks::platform::rewardful::Payout;
/// let json = r#"{"id":"p1","amount":3000,"state":"due","affiliate":{"id":"a1"},"commissions":[]}"#;
/// let payout: Payout = serde_json::from_str(json).unwrap();
/// assert_eq!((payout.amount.units(0), payout.affiliate.unwrap().id.as_str()), (Some(3000), "a1"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Payout {
    /// The payout's id, a UUID.
    pub id: Id,
    /// The amount in cents.
    pub amount: Amount,
    /// The currency (ISO 4217).
    pub currency: Option<String>,
    /// The status.
    pub state: Option<String>,
    /// The time of its payment.
    pub paid_at: Option<Timestamp>,
    /// The id of the person at the merchant who paid.
    pub paid_by_id: Option<Id>,
    /// The affiliate.
    pub affiliate: Option<Affiliate>,
    /// The commissions that are paid.
    pub commissions: Option<Vec<Commission>>,
}
