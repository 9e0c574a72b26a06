//! What Redpin's events are made of.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, Timestamp, open_enum};

/// A referral, created or failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReferralCreated {
    /// Whether it was created.
    pub status: ReferralStatus,
    /// Documented as required; optional because the failure sample could not be read in full.
    pub referral_id: Option<Id>,
    /// The partner; documented as required, and needed only with several accounts.
    pub partner_id: Option<Id>,
    /// The customer, after registration.
    pub customer_id: Option<Id>,
    /// Why it failed.
    pub failure_message: Option<Personal>,
    /// Documented sample: `2025-05-20T19:14:05.878`, without a zone; UTC is assumed.
    pub referral_date: Option<Timestamp>,
    /// When the customer registered.
    pub registration_date: Option<Timestamp>,
    /// When the customer first traded.
    pub first_trade_date: Option<Timestamp>,
    /// Assumed from the guide's text: personal or corporate.
    pub customer_type: Option<String>,
    /// What the partner said of the referral.
    pub additional_details: Option<AdditionalDetails>,
    /// The company, of corporate customers.
    pub company: Option<Company>,
    /// The person.
    pub contact: Option<Contact>,
}

open_enum! {
    /// Whether a referral was created.
    pub enum ReferralStatus {
        /// It was.
        Created = "CREATED",
        /// It was not; see `failure_message`.
        Failed = "FAILED",
    }
}

/// What the partner said of the referral.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AdditionalDetails {
    /// The partner's own reference.
    pub client_reference_id: Option<Id>,
    /// The service that the customer needs.
    pub service_required: Option<String>,
    /// The country that the customer moves to.
    pub country_moving_to: Option<String>,
    /// Six letters, such as `GBPUSD`.
    pub ccy_pair: Option<String>,
    /// The expected volume, free text such as `50,000 - 100,000`.
    pub etv: Option<String>,
    /// The partner, where the API guide shows it here.
    pub partner_id: Option<Id>,
    /// Free text.
    pub enquiry_notes: Option<Personal>,
}

/// A company.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Company {
    /// Its name.
    pub name: Option<String>,
    /// Its number in the register.
    pub registration_number: Option<Id>,
}

/// A person.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// First name.
    pub first_name: Option<Personal>,
    /// Last name.
    pub last_name: Option<Personal>,
    /// E-mail address.
    pub email: Option<Personal>,
    /// Telephone number.
    pub phone_number: Option<Personal>,
    /// Mobile telephone number.
    pub mobile_number: Option<Personal>,
    /// `YYYY-MM-DD`.
    pub date_of_birth: Option<Personal>,
    /// Postal address.
    pub address: Option<Address>,
}

/// A postal address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Address {
    /// Street and number.
    pub street: Option<Personal>,
    /// City.
    pub city: Option<Personal>,
    /// Country.
    pub country: Option<Personal>,
    /// State; may be the empty string.
    pub state: Option<Personal>,
    /// Post code.
    pub post_code: Option<Personal>,
}

/// A customer who became active or inactive.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CustomerStatus {
    /// The customer.
    pub customer_id: Id,
    /// `active` or `inactive`.
    pub status: String,
    /// When active the customer's unique id, when inactive a temporary id of this change.
    pub unique_identifier: Option<Id>,
    /// Why the customer is inactive.
    pub reason_for_inactive: Option<Personal>,
    /// What the customer has to hand in.
    pub documents_required: Vec<RequiredDocument>,
    /// The customer's people.
    pub contacts: Vec<CustomerContact>,
}

/// A document that a customer has to hand in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequiredDocument {
    /// Its kind, such as `POI`.
    pub document_type: Option<String>,
    /// Where to hand it in.
    pub uri: Option<Personal>,
}

/// One of a customer's people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CustomerContact {
    /// The person's id.
    pub contact_id: Option<Id>,
    /// First name.
    pub first_name: Option<Personal>,
    /// Middle name.
    pub middle_name: Option<Personal>,
    /// Last name.
    pub last_name: Option<Personal>,
    /// The person's status.
    pub status: Option<String>,
    /// What this person has to hand in.
    pub documents_required: Option<Vec<RequiredDocument>>,
}

/// A payment that went on. Deliveries come in any order and more than once.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PaymentStatus {
    /// The event.
    pub event_id: Option<Id>,
    /// The payment.
    pub payment_id: Id,
    /// How far it is.
    pub status: PaymentState,
    /// The customer.
    pub customer_id: Option<Id>,
    /// When.
    pub event_timestamp: Option<Timestamp>,
    /// Your reference of the customer.
    pub client_customer_ref: Option<Id>,
    /// Your reference of the payment.
    pub client_reference_id: Option<Id>,
    /// The hosted session, where there was one.
    pub session_id: Option<Id>,
    /// What belongs to the status.
    pub data: PaymentData,
}

open_enum! {
    /// How far a payment is.
    pub enum PaymentState {
        /// Money is awaited.
        AwaitingFunds = "AWAITING_FUNDS",
        /// Money has come.
        ReceivedFunds = "RECEIVED_FUNDS",
        /// It has been exchanged.
        FxCompleted = "FX_COMPLETED",
        /// It is on its way to the recipient.
        PayoutInitiated = "PAYOUT_INITIATED",
        /// It has reached the recipient; once for each recipient.
        PayoutCredited = "PAYOUT_CREDITED",
        /// It was cancelled.
        Cancelled = "CANCELLED",
        /// It is being worked on.
        Processing = "PROCESSING",
        /// It came back.
        BouncedBack = "BOUNCED_BACK",
        /// It was given back.
        Refunded = "REFUNDED",
        /// It is done.
        PaymentCompleted = "PAYMENT_COMPLETED",
    }
}

/// What belongs to a payment's status.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PaymentData {
    /// With `RECEIVED_FUNDS`.
    pub amount: Option<Money>,
    /// With `FX_COMPLETED`.
    pub sell_amount: Option<Money>,
    /// With `FX_COMPLETED`.
    pub buy_amount: Option<Money>,
    /// With `PAYOUT_INITIATED` and `PAYOUT_CREDITED`.
    pub recipient_id: Option<Id>,
    /// With `CANCELLED`.
    pub reason_description: Option<Personal>,
    /// With `BOUNCED_BACK`.
    pub bounce_reason: Option<Personal>,
    /// With `REFUNDED`.
    pub refund_amount: Option<Money>,
}

/// An amount in a currency.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Money {
    /// ISO 4217.
    pub currency: Option<String>,
    /// How much.
    pub value: Option<Amount>,
}

/// A third-party customer who was approved or rejected.
///
/// The page has shown two shapes: in the newer one the members stand under `data`, in the older one at the top.
/// Both are read into this.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ThirdPartyCustomerStatus {
    /// The event.
    pub event_id: Option<Id>,
    /// `v1.0.0`, in the newer shape.
    pub version: Option<String>,
    /// When.
    pub event_timestamp: Option<Timestamp>,
    /// The customer.
    pub customer_id: Option<Id>,
    /// Your reference of the customer.
    pub client_customer_ref: Option<Id>,
    /// The verdict.
    pub status: Verdict,
    /// Why, if rejected.
    pub reasons: Vec<Reason>,
}

open_enum! {
    /// The verdict on a third-party customer.
    pub enum Verdict {
        /// Approved.
        Approved = "APPROVED",
        /// Rejected.
        Rejected = "REJECTED",
    }
}

/// Why a third-party customer was rejected.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// In words.
    pub reason: Option<Personal>,
    /// Such as `COMPLIANCE_CHECK_FAILED`.
    pub code: Option<String>,
}

/// An endpoint that was disabled. Documented by Svix: type `endpoint.disabled`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct EndpointDisabled {
    /// Svix's application.
    pub app_id: Id,
    /// The sender's name for it.
    pub app_uid: Option<Id>,
    /// The endpoint.
    pub endpoint_id: Id,
    /// The sender's name for it.
    pub endpoint_uid: Option<Id>,
    /// Since when it failed.
    pub fail_since: Option<Timestamp>,
    /// `manual` or `automatic`.
    pub trigger: Option<String>,
}

/// Attempts to deliver a message. Documented by Svix: types `message.attempt.*`.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct MessageAttempt {
    /// What became of them.
    pub outcome: AttemptOutcome,
    /// Svix's application.
    pub app_id: Id,
    /// The sender's name for it.
    pub app_uid: Option<Id>,
    /// The message.
    pub msg_id: Id,
    /// The sender's id of the event.
    pub msg_event_id: Option<Id>,
    /// The endpoint.
    pub endpoint_id: Id,
    /// The last attempt.
    pub last_attempt: Attempt,
}

/// What became of the attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// They fail; sent after the fourth.
    Failing,
    /// All have failed.
    Exhausted,
    /// One has succeeded after all.
    Recovered,
}

/// One attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Attempt {
    /// Its id.
    pub id: Id,
    /// The answer; 0 where there was none.
    pub response_status_code: i32,
    /// When.
    pub timestamp: Timestamp,
}
