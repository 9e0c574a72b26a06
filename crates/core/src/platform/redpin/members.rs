//! The members of Redpin's events.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, Timestamp, open_enum};

/// A referral that was created, or whose creation failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReferralCreated {
    /// The result.
    pub status: ReferralStatus,
    /// The referral's id. Documented as required, and optional because the failure sample could not be read in full.
    pub referral_id: Option<Id>,
    /// The partner's id. Documented as required, and needed only with several accounts.
    pub partner_id: Option<Id>,
    /// The customer's id, after registration.
    pub customer_id: Option<Id>,
    /// The reason for a failure.
    pub failure_message: Option<Personal>,
    /// The time of the referral. Documented sample: `2025-05-20T19:14:05.878`, without a zone. UTC is assumed.
    pub referral_date: Option<Timestamp>,
    /// The time of the customer's registration.
    pub registration_date: Option<Timestamp>,
    /// The time of the customer's first trade.
    pub first_trade_date: Option<Timestamp>,
    /// The kind of customer. Assumed from the guide's text: personal or corporate.
    pub customer_type: Option<String>,
    /// The partner's details of the referral.
    pub additional_details: Option<AdditionalDetails>,
    /// The company of a corporate customer.
    pub company: Option<Company>,
    /// The contact person.
    pub contact: Option<Contact>,
}

open_enum! {
    /// The result of creating a referral.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::ReferralStatus;
    ///
    /// let status: ReferralStatus = serde_json::from_str(r#""CREATED""#)?;
    /// assert_eq!(status, ReferralStatus::Created);
    /// let later: ReferralStatus = serde_json::from_str(r#""MERGED""#)?;
    /// assert_eq!(later, ReferralStatus::Other("MERGED".into()));
    /// assert_eq!(later.as_str(), "MERGED");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum ReferralStatus {
        /// The referral was created.
        Created = "CREATED",
        /// The creation failed. See `failure_message`.
        Failed = "FAILED",
    }
}

/// A partner's details of a referral.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AdditionalDetails {
    /// The partner's own reference.
    pub client_reference_id: Option<Id>,
    /// The service that the customer needs.
    pub service_required: Option<String>,
    /// The country that the customer moves to.
    pub country_moving_to: Option<String>,
    /// The currency pair: six letters, such as `GBPUSD`.
    pub ccy_pair: Option<String>,
    /// The expected volume: free text such as `50,000 - 100,000`.
    pub etv: Option<String>,
    /// The partner's id, which the API guide shows here.
    pub partner_id: Option<Id>,
    /// The enquiry, free text.
    pub enquiry_notes: Option<Personal>,
}

/// A company.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Company {
    /// The company's name.
    pub name: Option<String>,
    /// The company's number in the register.
    pub registration_number: Option<Id>,
}

/// A person.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The telephone number.
    pub phone_number: Option<Personal>,
    /// The mobile telephone number.
    pub mobile_number: Option<Personal>,
    /// The date of birth: `YYYY-MM-DD`.
    pub date_of_birth: Option<Personal>,
    /// The postal address.
    pub address: Option<Address>,
}

/// A postal address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Address {
    /// The street and number.
    pub street: Option<Personal>,
    /// The city.
    pub city: Option<Personal>,
    /// The country.
    pub country: Option<Personal>,
    /// The state, which may be the empty string.
    pub state: Option<Personal>,
    /// The post code.
    pub post_code: Option<Personal>,
}

/// A customer who became active or inactive.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CustomerStatus {
    /// The customer's id.
    pub customer_id: Id,
    /// The customer's status: `active` or `inactive`.
    pub status: String,
    /// The unique id of an active customer, or a temporary id of this change to inactive.
    pub unique_identifier: Option<Id>,
    /// The reason for which the customer is inactive.
    pub reason_for_inactive: Option<Personal>,
    /// The documents that the customer has to submit.
    pub documents_required: Vec<RequiredDocument>,
    /// The customer's contact persons.
    pub contacts: Vec<CustomerContact>,
}

/// A document that a customer has to submit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequiredDocument {
    /// The document's kind, such as `POI`.
    pub document_type: Option<String>,
    /// The address for submitting it.
    pub uri: Option<Personal>,
}

/// A contact person of a customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CustomerContact {
    /// The person's id.
    pub contact_id: Option<Id>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The middle name.
    pub middle_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The person's status.
    pub status: Option<String>,
    /// The documents that the person has to submit.
    pub documents_required: Option<Vec<RequiredDocument>>,
}

/// A payment that reached a status. Deliveries come in any order, and more than once.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PaymentStatus {
    /// The event's id.
    pub event_id: Option<Id>,
    /// The payment's id.
    pub payment_id: Id,
    /// The status that the payment reached.
    pub status: PaymentState,
    /// The customer's id.
    pub customer_id: Option<Id>,
    /// The time of the event.
    pub event_timestamp: Option<Timestamp>,
    /// The merchant's reference of the customer.
    pub client_customer_ref: Option<Id>,
    /// The merchant's reference of the payment.
    pub client_reference_id: Option<Id>,
    /// The hosted session, if there was one.
    pub session_id: Option<Id>,
    /// The data of this status.
    pub data: PaymentData,
}

open_enum! {
    /// The status of a payment.
    pub enum PaymentState {
        /// The funds are awaited.
        AwaitingFunds = "AWAITING_FUNDS",
        /// The funds were received.
        ReceivedFunds = "RECEIVED_FUNDS",
        /// The funds were exchanged.
        FxCompleted = "FX_COMPLETED",
        /// The payout to the recipient was initiated.
        PayoutInitiated = "PAYOUT_INITIATED",
        /// The payout reached the recipient. Sent once for each recipient.
        PayoutCredited = "PAYOUT_CREDITED",
        /// The payment was cancelled.
        Cancelled = "CANCELLED",
        /// The payment is being processed.
        Processing = "PROCESSING",
        /// The payout bounced.
        BouncedBack = "BOUNCED_BACK",
        /// The funds were refunded.
        Refunded = "REFUNDED",
        /// The payment is complete.
        PaymentCompleted = "PAYMENT_COMPLETED",
    }
}

/// The data of a payment's status.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PaymentData {
    /// The received amount, with `RECEIVED_FUNDS`.
    pub amount: Option<Money>,
    /// The sold amount, with `FX_COMPLETED`.
    pub sell_amount: Option<Money>,
    /// The bought amount, with `FX_COMPLETED`.
    pub buy_amount: Option<Money>,
    /// The recipient's id, with `PAYOUT_INITIATED` and `PAYOUT_CREDITED`.
    pub recipient_id: Option<Id>,
    /// The reason, with `CANCELLED`.
    pub reason_description: Option<Personal>,
    /// The reason, with `BOUNCED_BACK`.
    pub bounce_reason: Option<Personal>,
    /// The refunded amount, with `REFUNDED`.
    pub refund_amount: Option<Money>,
}

/// An amount in a currency.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Money {
    /// The currency (ISO 4217).
    pub currency: Option<String>,
    /// The amount.
    pub value: Option<Amount>,
}

/// A third-party customer who was approved or rejected.
///
/// The page has shown two shapes: the members are under `data` in the newer one, and at the top in the older one. Both are
/// read.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ThirdPartyCustomerStatus {
    /// The event's id.
    pub event_id: Option<Id>,
    /// The version, in the newer shape: `v1.0.0`.
    pub version: Option<String>,
    /// The time of the event.
    pub event_timestamp: Option<Timestamp>,
    /// The customer's id.
    pub customer_id: Option<Id>,
    /// The merchant's reference of the customer.
    pub client_customer_ref: Option<Id>,
    /// The verdict.
    pub status: Verdict,
    /// The reasons for a rejection.
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

/// A reason for which a third-party customer was rejected.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// The reason in words.
    pub reason: Option<Personal>,
    /// The reason's code, such as `COMPLIANCE_CHECK_FAILED`.
    pub code: Option<String>,
}

/// An endpoint that was disabled. Documented by Svix: type `endpoint.disabled`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct EndpointDisabled {
    /// The id of Svix's application.
    pub app_id: Id,
    /// The sender's id of the application.
    pub app_uid: Option<Id>,
    /// The endpoint's id.
    pub endpoint_id: Id,
    /// The sender's id of the endpoint.
    pub endpoint_uid: Option<Id>,
    /// The time since which it failed.
    pub fail_since: Option<Timestamp>,
    /// The trigger: `manual` or `automatic`.
    pub trigger: Option<String>,
}

/// Attempts to deliver a message. Documented by Svix: types `message.attempt.*`.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct MessageAttempt {
    /// The outcome of the attempts.
    pub outcome: AttemptOutcome,
    /// The id of Svix's application.
    pub app_id: Id,
    /// The sender's id of the application.
    pub app_uid: Option<Id>,
    /// The message's id.
    pub msg_id: Id,
    /// The sender's id of the event.
    pub msg_event_id: Option<Id>,
    /// The endpoint's id.
    pub endpoint_id: Id,
    /// The last attempt.
    pub last_attempt: Attempt,
}

/// The outcome of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// The attempts fail. Sent after the fourth.
    Failing,
    /// All attempts have failed.
    Exhausted,
    /// An attempt has succeeded after failures.
    Recovered,
}

/// One attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
#[non_exhaustive]
pub struct Attempt {
    /// The attempt's id.
    pub id: Id,
    /// The status of the answer, or 0 without an answer.
    pub response_status_code: i32,
    /// The time of the attempt.
    pub timestamp: Timestamp,
}
