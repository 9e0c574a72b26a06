//! The members of Redpin's events.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, Id, Personal, Timestamp, open_enum};

/// A referral that was created, or whose creation failed.
///
/// ```
/// # use referral_webhooks::platform::{Platform, redpin::{Event, Redpin}};
/// let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED","contact":{"email":"avery@example.com"}}"#;
/// let Event::ReferralCreated(referral) = Redpin.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(referral.contact.unwrap().email.as_deref(), Some("avery@example.com"));
/// ```
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
///
/// ```
/// # use referral_webhooks::platform::redpin::AdditionalDetails;
/// let details: AdditionalDetails = serde_json::from_str(r#"{"client_reference_id":17,"ccy_pair":"GBPUSD"}"#).unwrap();
/// assert_eq!(details.client_reference_id.unwrap().as_str(), "17");
/// ```
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
///
/// ```
/// # use referral_webhooks::platform::{Platform, redpin::{Event, Redpin}};
/// let body = r#"{"event_name":"CUSTOMER STATUS","customer_id":"c1","status":"inactive","unique_identifier":"x9"}"#;
/// let Event::CustomerStatus(customer) = Redpin.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((customer.customer_id.as_str(), customer.status.as_str()), ("c1", "inactive"));
/// ```
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
///
/// ```
/// # use referral_webhooks::platform::redpin::CustomerContact;
/// let json = r#"{"contact_id":"p1","documents_required":[{"document_type":"POI"}]}"#;
/// let contact: CustomerContact = serde_json::from_str(json).unwrap();
/// assert_eq!(contact.documents_required.unwrap()[0].document_type.as_deref(), Some("POI"));
/// ```
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
///
/// ```
/// # use referral_webhooks::platform::{Platform, redpin::{Event, PaymentState, Redpin}};
/// let body = r#"{"event_name":"PAYMENT STATUS","payment_id":"p1","status":"PAYMENT_COMPLETED"}"#;
/// let Event::PaymentStatus(payment) = Redpin.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((payment.payment_id.as_str(), payment.status), ("p1", PaymentState::PaymentCompleted));
/// ```
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
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::PaymentState;
    /// let state: PaymentState = serde_json::from_str(r#""BOUNCED_BACK""#).unwrap();
    /// assert_eq!((state.as_str(), &state), ("BOUNCED_BACK", &PaymentState::BouncedBack));
    /// ```
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
///
/// ```
/// # use referral_webhooks::platform::redpin::PaymentData;
/// let data: PaymentData = serde_json::from_str(r#"{"amount":{"currency":"GBP","value":"1200.00"}}"#).unwrap();
/// assert_eq!(data.amount.unwrap().currency.as_deref(), Some("GBP"));
/// ```
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
///
/// ```
/// # use referral_webhooks::platform::redpin::Money;
/// let money: Money = serde_json::from_str(r#"{"currency":"GBP","value":1200.5}"#).unwrap();
/// assert_eq!(money.value.unwrap().units(2), Some(120_050));
/// ```
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
///
/// ```
/// # use referral_webhooks::platform::{Platform, redpin::{Event, Redpin, Verdict}};
/// let body = r#"{"event_name":"THIRD PARTY CUSTOMER STATUS","data":{"customer_id":"c1","status":"APPROVED"}}"#;
/// let Event::ThirdPartyCustomerStatus(customer) = Redpin.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((customer.customer_id.unwrap().as_str(), customer.status), ("c1", Verdict::Approved));
/// ```
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
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Verdict;
    /// let verdict: Verdict = serde_json::from_str(r#""REJECTED""#).unwrap();
    /// assert_eq!((verdict.as_str(), &verdict), ("REJECTED", &Verdict::Rejected));
    /// ```
    pub enum Verdict {
        /// Approved.
        Approved = "APPROVED",
        /// Rejected.
        Rejected = "REJECTED",
    }
}

/// A reason for which a third-party customer was rejected.
///
/// ```
/// # use referral_webhooks::platform::redpin::Reason;
/// let reason: Reason = serde_json::from_str(r#"{"code":"COMPLIANCE_CHECK_FAILED"}"#).unwrap();
/// assert_eq!(reason.code.as_deref(), Some("COMPLIANCE_CHECK_FAILED"));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// The reason in words.
    pub reason: Option<Personal>,
    /// The reason's code, such as `COMPLIANCE_CHECK_FAILED`.
    pub code: Option<String>,
}

/// An endpoint that was disabled. Documented by Svix: type `endpoint.disabled`.
///
/// ```
/// # use referral_webhooks::platform::{Platform, redpin::{Event, Redpin}};
/// let body = r#"{"type":"endpoint.disabled","data":{"appId":"a1","endpointId":"e1","trigger":"automatic"}}"#;
/// let Event::EndpointDisabled(disabled) = Redpin.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((disabled.endpoint_id.as_str(), disabled.trigger.as_deref()), ("e1", Some("automatic")));
/// ```
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
///
/// ```
/// # use referral_webhooks::platform::{Platform, redpin::{AttemptOutcome, Event, Redpin}};
/// let body = r#"{"type":"message.attempt.exhausted","data":{"appId":"a1","msgId":"m1","endpointId":"e1",
///     "lastAttempt":{"id":"t1","responseStatusCode":503,"timestamp":"2026-01-15T10:30:00Z"}}}"#;
/// let Event::MessageAttempt(attempt) = Redpin.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((attempt.msg_id.as_str(), attempt.outcome), ("m1", AttemptOutcome::Exhausted));
/// ```
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
///
/// ```
/// # use referral_webhooks::platform::redpin::Attempt;
/// let json = r#"{"id":"t1","responseStatusCode":0,"timestamp":"2026-01-15T10:30:00Z"}"#;
/// let attempt: Attempt = serde_json::from_str(json).unwrap();
/// assert_eq!(attempt.timestamp.moment().unwrap().unix_timestamp(), 1_768_473_000);
/// ```
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
