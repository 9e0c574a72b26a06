//! Redpin: foreign exchange for property purchases; referrals, customers, payments.
//!
//! Documented: <https://docs.redpincompany.com/api-guide/webhooks/webhooks> and the reference pages named at the
//! events. Delivered by Svix, which the guide names: <https://docs.svix.com/receiving/verifying-payloads/how-manual>.
//! Whether the headers are `svix-*` or `webhook-*` is not stated; both are taken.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Platform, Signed, Unreadable, Why, decode_text, read};
use crate::contract::{Contract, Disabling, Forbidden, Redelivery, Retries};
use crate::value::{Amount, Id, Personal, RawBody, Timestamp, open_enum};
use crate::{DeliveryId, Scheme, Svix, Tolerance};

/// Redpin.
#[derive(Debug, Clone, Copy)]
pub struct Redpin;

const CONTRACT: Contract = Contract {
    // Documented: the guide counts every 2xx, the reference pages show 200.
    success: StatusCode::OK,
    counts_as_success: 200..=299,
    // Documented by Svix: every other status is tried again.
    transient: StatusCode::SERVICE_UNAVAILABLE,
    // Honoured by Svix's open-source server, within its own schedule.
    retry_after: Some(Duration::from_secs(60)),
    unproven: StatusCode::UNAUTHORIZED,
    // A real retry carries a new timestamp.
    stale: StatusCode::UNAUTHORIZED,
    never: &[
        Forbidden::new(202..=299, "reads as a success, and other platforms do not take it for one"),
        Forbidden::new(300..=399, "is not followed, and counts as a failure"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ],
    // Documented for Svix: <https://docs.svix.com/retries>.
    deadline: Some(Duration::from_secs(15)),
    // Documented: at most 5 retries, up to 7 days after the event. The offsets are assumed to be Svix's
    // schedule, cut short.
    retries: Retries {
        offsets: &[
            Duration::from_secs(5),
            Duration::from_secs(305),
            Duration::from_secs(2_105),
            Duration::from_secs(9_305),
            Duration::from_secs(27_305),
        ],
        give_up: Some(Duration::from_secs(7 * 86_400)),
    },
    // Documented by Svix: a message can be sent again while its payload is kept, by default for 90 days.
    redelivery: Redelivery::Within(Duration::from_secs(90 * 86_400)),
    // Documented.
    disabling: Disabling::AfterFailingFor(Duration::from_secs(5 * 86_400)),
};

/// What Redpin tells.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::large_enum_variant, reason = "events are made one at a time, and a box would stand in every pattern")]
#[non_exhaustive]
pub enum Event {
    /// A referral was created, or failed to be. Documented:
    /// <https://docs.redpincompany.com/api-reference/webhooks/referrals/webhook-referral-created>.
    ReferralCreated(ReferralCreated),
    /// A customer became active or inactive. Documented:
    /// <https://docs.redpincompany.com/api-reference/webhooks/customers/webhook-customer-status-updated>.
    CustomerStatus(CustomerStatus),
    /// A payment went on. Documented:
    /// <https://docs.redpincompany.com/api-reference/webhooks/payments/webhook-payment-status-updated>.
    PaymentStatus(PaymentStatus),
    /// A third-party customer was approved or rejected. Documented:
    /// <https://docs.redpincompany.com/api-reference/webhooks/third-party-customers/webhook-third-party-customer-status-updated>.
    ThirdPartyCustomerStatus(ThirdPartyCustomerStatus),
    /// An endpoint was disabled after failures. The guide says that merchants receive it; Svix documents it as
    /// sent to its own customer, so do not rely on it.
    EndpointDisabled(EndpointDisabled),
    /// Attempts to deliver a message fail, are used up, or succeed again. Documented by Svix.
    MessageAttempt(MessageAttempt),
    /// Anything else.
    Other {
        /// The event's name, if it has one.
        name: Option<String>,
        /// The payload.
        body: RawBody,
        /// Why it is none of the above.
        why: Why,
    },
}

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
    pub failure_message: Option<String>,
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
    pub reason_for_inactive: Option<String>,
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
    pub reason_description: Option<String>,
    /// With `BOUNCED_BACK`.
    pub bounce_reason: Option<String>,
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
    pub reason: Option<String>,
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

impl Platform for Redpin {
    const NAME: &'static str = "redpin";
    const TITLE: &'static str = "Redpin";
    const SCHEME: Scheme = Scheme::Svix(Svix);
    const TOLERANCE: Tolerance = Tolerance::minutes(5);
    const CONTRACT: &'static Contract = &CONTRACT;

    type Event = Event;

    fn decode(payload: &Bytes) -> Event {
        decode_text(payload, decode, |name, body, why| Event::Other { name, body, why })
    }

    /// The message id, which Svix keeps over retries and replays.
    fn delivery_id(_: &Event, signed: Signed<'_>) -> DeliveryId {
        match signed.message_id {
            Some(id) => DeliveryId::message_id(id),
            None => DeliveryId::digest(signed.payload),
        }
    }
}

impl super::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::ReferralCreated(_) => Some(REFERRAL_CREATED),
            Self::CustomerStatus(_) => Some(CUSTOMER_STATUS),
            Self::PaymentStatus(_) => Some(PAYMENT_STATUS),
            Self::ThirdPartyCustomerStatus(_) => Some(THIRD_PARTY_CUSTOMER_STATUS),
            Self::EndpointDisabled(_) => Some(ENDPOINT_DISABLED),
            Self::MessageAttempt(attempt) => Some(match attempt.outcome {
                AttemptOutcome::Failing => MESSAGE_FAILING,
                AttemptOutcome::Exhausted => MESSAGE_EXHAUSTED,
                AttemptOutcome::Recovered => MESSAGE_RECOVERED,
            }),
            Self::Other { name, .. } => name.as_deref(),
        }
    }

    fn why_other(&self) -> Option<&Why> {
        match self {
            Self::Other { why, .. } => Some(why),
            _ => None,
        }
    }
}

const REFERRAL_CREATED: &str = "REFERRAL_CREATED";
const CUSTOMER_STATUS: &str = "CUSTOMER STATUS";
const PAYMENT_STATUS: &str = "PAYMENT STATUS";
const THIRD_PARTY_CUSTOMER_STATUS: &str = "THIRD PARTY CUSTOMER STATUS";
const ENDPOINT_DISABLED: &str = "endpoint.disabled";
const MESSAGE_FAILING: &str = "message.attempt.failing";
const MESSAGE_EXHAUSTED: &str = "message.attempt.exhausted";
const MESSAGE_RECOVERED: &str = "message.attempt.recovered";

/// The members of all events together.
///
/// Redpin has four envelopes and no common name, so the body is read once into this and then told apart: a
/// tagged enum would buffer it, and a first pass for the name would read it twice.
#[derive(Default, Deserialize)]
struct Wire<'t> {
    #[serde(borrow)]
    event_type: Option<Cow<'t, str>>,
    #[serde(borrow)]
    event_name: Option<Cow<'t, str>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'t, str>>,
    #[serde(borrow)]
    status: Option<Cow<'t, str>>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
    event_id: Option<Id>,
    event_timestamp: Option<Timestamp>,
    version: Option<String>,
    referral_id: Option<Id>,
    partner_id: Option<Id>,
    customer_id: Option<Id>,
    failure_message: Option<String>,
    referral_date: Option<Timestamp>,
    registration_date: Option<Timestamp>,
    first_trade_date: Option<Timestamp>,
    customer_type: Option<String>,
    additional_details: Option<AdditionalDetails>,
    company: Option<Company>,
    contact: Option<Contact>,
    unique_identifier: Option<Id>,
    reason_for_inactive: Option<String>,
    documents_required: Option<Vec<RequiredDocument>>,
    contacts: Option<Vec<CustomerContact>>,
    payment_id: Option<Id>,
    client_customer_ref: Option<Id>,
    client_reference_id: Option<Id>,
    session_id: Option<Id>,
    reasons: Option<Vec<Reason>>,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let wire: Wire<'_> = read(None, text).map_err(|(_, why)| (name_alone(text), why))?;
    let name = wire.event_type.as_ref().or(wire.event_name.as_ref()).or(wire.kind.as_ref()).cloned();
    let name = name.as_deref();
    let decoded = match name {
        Some(REFERRAL_CREATED) => wire.referral_created(),
        Some(CUSTOMER_STATUS) => wire.customer_status(),
        Some(PAYMENT_STATUS) => wire.payment_status(),
        Some(THIRD_PARTY_CUSTOMER_STATUS) => wire.third_party_customer_status(),
        Some(ENDPOINT_DISABLED) => wire.data().map(Event::EndpointDisabled),
        Some(MESSAGE_FAILING) => wire.message_attempt(AttemptOutcome::Failing),
        Some(MESSAGE_EXHAUSTED) => wire.message_attempt(AttemptOutcome::Exhausted),
        Some(MESSAGE_RECOVERED) => wire.message_attempt(AttemptOutcome::Recovered),
        Some(_) => Err(Why::UnknownName),
        None if wire.payment_id.is_some() => wire.payment_status(),
        None if wire.event_id.is_some() && wire.client_customer_ref.is_some() => wire.third_party_customer_status(),
        None if wire.customer_id.is_some() && wire.unique_identifier.is_some() => wire.customer_status(),
        None => Err(Why::UnknownShape),
    };
    decoded.map_err(|why| (name.map(str::to_owned), why))
}

/// The name of an event whose other members are not as described.
fn name_alone(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Names {
        event_type: Option<String>,
        event_name: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    let names: Names = serde_json::from_str(text).ok()?;
    names.event_type.or(names.event_name).or(names.kind)
}

impl<'t> Wire<'t> {
    /// The object under `data`, as another type.
    fn data<T: Deserialize<'t>>(&self) -> Result<T, Why> {
        let data = self.data.ok_or(Why::MissingMember("data"))?;
        Ok(serde_json::from_str(data.get())?)
    }

    /// Where an event's members stand: at the top, or under `data` in the newer envelope.
    fn members(self, at_top: bool) -> Result<Self, Why> {
        match self.data {
            Some(data) if !at_top && data.get().starts_with('{') => Ok(Self {
                event_id: self.event_id,
                event_timestamp: self.event_timestamp,
                version: self.version,
                ..serde_json::from_str(data.get())?
            }),
            _ => Ok(self),
        }
    }

    fn referral_created(self) -> Result<Event, Why> {
        let at_top = self.status.is_some();
        let wire = self.members(at_top)?;
        Ok(Event::ReferralCreated(ReferralCreated {
            status: open(wire.status)?,
            referral_id: wire.referral_id,
            partner_id: wire.partner_id,
            customer_id: wire.customer_id,
            failure_message: wire.failure_message,
            referral_date: wire.referral_date,
            registration_date: wire.registration_date,
            first_trade_date: wire.first_trade_date,
            customer_type: wire.customer_type,
            additional_details: wire.additional_details,
            company: wire.company,
            contact: wire.contact,
        }))
    }

    fn customer_status(self) -> Result<Event, Why> {
        let at_top = self.status.is_some();
        let wire = self.members(at_top)?;
        Ok(Event::CustomerStatus(CustomerStatus {
            customer_id: wire.customer_id.ok_or(Why::MissingMember("customer_id"))?,
            status: wire.status.ok_or(Why::MissingMember("status"))?.into_owned(),
            unique_identifier: wire.unique_identifier,
            reason_for_inactive: wire.reason_for_inactive,
            documents_required: wire.documents_required.unwrap_or_default(),
            contacts: wire.contacts.unwrap_or_default(),
        }))
    }

    fn payment_status(self) -> Result<Event, Why> {
        let data = match self.data {
            Some(data) if data.get() != "null" => serde_json::from_str(data.get())?,
            _ => PaymentData::default(),
        };
        Ok(Event::PaymentStatus(PaymentStatus {
            event_id: self.event_id,
            payment_id: self.payment_id.ok_or(Why::MissingMember("payment_id"))?,
            status: open(self.status)?,
            customer_id: self.customer_id,
            event_timestamp: self.event_timestamp,
            client_customer_ref: self.client_customer_ref,
            client_reference_id: self.client_reference_id,
            session_id: self.session_id,
            data,
        }))
    }

    fn third_party_customer_status(self) -> Result<Event, Why> {
        // The older shape has its members at the top, and under `data` a list of reasons or nothing.
        let at_top = self.status.is_some();
        let listed = match self.data {
            Some(data) if data.get().starts_with('[') => Some(serde_json::from_str(data.get())?),
            _ => None,
        };
        let wire = self.members(at_top)?;
        Ok(Event::ThirdPartyCustomerStatus(ThirdPartyCustomerStatus {
            event_id: wire.event_id,
            version: wire.version,
            event_timestamp: wire.event_timestamp,
            customer_id: wire.customer_id,
            client_customer_ref: wire.client_customer_ref,
            status: open(wire.status)?,
            reasons: listed.or(wire.reasons).unwrap_or_default(),
        }))
    }

    fn message_attempt(self, outcome: AttemptOutcome) -> Result<Event, Why> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Data {
            app_id: Id,
            app_uid: Option<Id>,
            msg_id: Id,
            msg_event_id: Option<Id>,
            endpoint_id: Id,
            last_attempt: Attempt,
        }
        let data: Data = self.data()?;
        Ok(Event::MessageAttempt(MessageAttempt {
            outcome,
            app_id: data.app_id,
            app_uid: data.app_uid,
            msg_id: data.msg_id,
            msg_event_id: data.msg_event_id,
            endpoint_id: data.endpoint_id,
            last_attempt: data.last_attempt,
        }))
    }
}

/// An open enum from the member `status`, without which no event says anything.
fn open<'t, T: From<Cow<'t, str>>>(status: Option<Cow<'t, str>>) -> Result<T, Why> {
    status.map(T::from).ok_or(Why::MissingMember("status"))
}
