//! Redpin: foreign exchange for property purchases; referrals, customers, payments.
//!
//! Documented: <https://docs.redpincompany.com/api-guide/webhooks/webhooks> and the reference pages linked at the events.
//! Svix delivers the webhooks, as the guide says: <https://docs.svix.com/receiving/verifying-payloads/how-manual>. Whether
//! the headers are `svix-*` or `webhook-*` is not documented, and both are accepted.
//!
//! Measured with Svix's open-source server 1.100.0. The hosted service, which Redpin uses, may differ:
//!
//! - A manual resend that fails ends the automatic attempts of its message. Repair the receiver before resending.
//! - A message that is sent while the endpoint is disabled is not attempted. Neither enabling the endpoint nor "recover"
//!   delivers it afterwards. Only a resend of that message does.
//! - "Recover" resends failed messages of the last 14 days.
//! - Every status but 2xx counts towards disabling the endpoint. That includes our own 401 (a forgotten rotation) and 413
//!   (a message over the body limit).
//! - Messages come in any order, and up to 40 concurrently.

mod members;
mod wire;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use self::members::*;
use self::wire::Wire;
use super::decode::{Unreadable, decode_text};
use super::envelope::Envelope as _;
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::name::no_other_spelling;
use super::why::Why;
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::{Id, Word};
use crate::{Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, RetryTime, Scheme, Svix, Tolerance};

/// Redpin.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::redpin::Redpin;
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// assert_eq!(endpoint.contract().transient, 503);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Redpin;

impl Platform for Redpin {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns the message id, which Svix keeps over retries and resends.
    fn delivery_id(&self, _: &Event, signed: Signed<'_>) -> DeliveryId {
        match signed.message_id {
            Some(id) => DeliveryId::message_id(id),
            None => DeliveryId::digest(signed.payload),
        }
    }
}

pub(super) static FACTS: Facts =
    Facts::new("redpin", "Redpin", Scheme::Svix(Svix), &CONTRACT).with_tolerance(Tolerance::minutes(5));

static CONTRACT: Contract = Contract::builder()
    // Documented: the guide counts every 2xx. The reference pages show 200.
    .counts_as_success(200..=299)
    // Documented by Svix: it retries after every other status.
    .transient(503)
    // Measured with Svix's open-source server: it is limited to between once and twice the planned delay. So 60 s
    // lengthens the first delay from 5 s to 10 s, and changes no later one.
    .retry_after(Duration::from_secs(60))
    .unproven(401)
    // Documented by Svix: retried, like every status that is not a success.
    .undecided(401)
    // A real retry carries a new timestamp.
    .stale(401)
    .never(&[
        Forbidden::new(202..=299, "reads as a success, and other platforms do not take it for one"),
        Forbidden::new(300..=399, "is not followed, and counts as a failure"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented for Svix: <https://docs.svix.com/retries>. Measured with its open-source server: 30 s.
    .deadline(Duration::from_secs(15))
    // Documented: at most 5 retries, up to 7 days after the event. Assumed: the offsets are the beginning of Svix's
    // schedule. Measured with its open-source server: each delay varies by 20 % in both directions, and `Retry-After` can
    // double it.
    .retries(
        Retries::at(&[
            Duration::from_secs(5),
            Duration::from_secs(305),
            Duration::from_secs(2_105),
            Duration::from_secs(9_305),
            Duration::from_secs(27_305),
        ])
        .until(Duration::from_secs(7 * 86_400)),
    )
    // Documented by Svix.
    .retry_time(RetryTime::Renewed)
    // Documented by Svix: a message can be resent while its payload is kept, by default for 90 days. Measured with its
    // open-source server: single messages for as long, many together ("recover") for 14 days.
    .redelivery(Redelivery::Within(Duration::from_secs(90 * 86_400)))
    // Documented. Measured with Svix's open-source server: the time runs from the first message whose attempts all
    // failed to another such message, without a success between them. Every failure counts, also our own 401 and 413.
    .disabling(Disabling::AfterFailingFor(Duration::from_secs(5 * 86_400)))
    .build();

/// Redpin's events.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::redpin::{Event, Redpin, ReferralStatus};
///
/// let body = br#"{"event_name":"REFERRAL_CREATED","status":"CREATED","referral_id":"r1"}"#;
/// match Redpin.decode(&body[..].into()) {
///     Event::ReferralCreated(referral) if referral.status == ReferralStatus::Created => {
///         assert_eq!(referral.referral_id.unwrap().as_str(), "r1");
///     }
///     event => panic!("{event:?}"),
/// }
/// ```
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::large_enum_variant, reason = "a program holds few events, and a box would complicate every pattern")]
#[non_exhaustive]
pub enum Event {
    /// A referral was created, or its creation failed. Documented:
    /// <https://docs.redpincompany.com/api-reference/webhooks/referrals/webhook-referral-created>.
    ReferralCreated(ReferralCreated),
    /// A customer became active or inactive. Documented:
    /// <https://docs.redpincompany.com/api-reference/webhooks/customers/webhook-customer-status-updated>.
    CustomerStatus(CustomerStatus),
    /// A payment reached a status. Documented:
    /// <https://docs.redpincompany.com/api-reference/webhooks/payments/webhook-payment-status-updated>.
    PaymentStatus(PaymentStatus),
    /// A third-party customer was approved or rejected. Documented:
    /// <https://docs.redpincompany.com/api-reference/webhooks/third-party-customers/webhook-third-party-customer-status-updated>.
    ThirdPartyCustomerStatus(ThirdPartyCustomerStatus),
    /// An endpoint was disabled after failures. The guide says that merchants receive it, but Svix documents it as sent to
    /// Svix's own customer. Do not rely on it.
    EndpointDisabled(EndpointDisabled),
    /// The attempts to deliver a message fail, are exhausted, or succeed at last. Documented by Svix.
    MessageAttempt(MessageAttempt),
    /// Any other payload.
    Other(Other),
}

impl super::event::Event for Event {
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
            Self::Other(other) => other.name.as_deref(),
        }
    }

    fn summary(&self) -> Summary<'_> {
        match self {
            Self::ReferralCreated(referral) => {
                let happening = match referral.status {
                    ReferralStatus::Created => Happening::ReferralStarted,
                    ReferralStatus::Failed => Happening::ReferralFailed,
                    ReferralStatus::Other(_) => Happening::ReferralChanged,
                };
                let mut friend = Party::of_id(referral.customer_id.as_ref());
                if let Some(contact) = &referral.contact {
                    friend = friend.named(contact.first_name.as_ref()).mailed(contact.email.as_ref());
                }
                let summary = Summary::of(happening).by(Party::of_id(referral.partner_id.as_ref())).with_friend(friend);
                summary.about(referral.referral_id.as_ref().map(Id::as_str)).at(referral.referral_date.as_ref())
            }
            Self::CustomerStatus(customer) => {
                let friend = Party::of_id(Some(&customer.customer_id)).own(customer.unique_identifier.as_ref());
                Summary::of(Happening::MemberChanged).with_friend(friend).about(Some(customer.customer_id.as_str()))
            }
            // A payment is the customer's own, and no reward.
            Self::PaymentStatus(payment) => {
                let (happening, money) = match payment.status {
                    PaymentState::Refunded => (Happening::ConversionRefunded, payment.data.refund_amount.as_ref()),
                    PaymentState::Cancelled | PaymentState::BouncedBack => (Happening::ConversionRefunded, None),
                    PaymentState::PaymentCompleted => (Happening::ConversionRecorded, None),
                    _ => (Happening::ConversionChanged, payment.data.amount.as_ref()),
                };
                let sum = money
                    .and_then(|money| Some(Sum::new(money.value.as_ref()?, Unit::Major, money.currency.as_deref())));
                let friend = Party::of_id(payment.customer_id.as_ref()).own(payment.client_customer_ref.as_ref());
                let summary = Summary::of(happening).with_friend(friend).worth(sum);
                summary.about(Some(payment.payment_id.as_str())).at(payment.event_timestamp.as_ref())
            }
            Self::ThirdPartyCustomerStatus(customer) => {
                let happening = match customer.status {
                    Verdict::Approved => Happening::MemberJoined,
                    Verdict::Rejected => Happening::MemberLeft,
                    Verdict::Other(_) => Happening::MemberChanged,
                };
                let person = Party::of_id(customer.customer_id.as_ref()).own(customer.client_customer_ref.as_ref());
                let summary = Summary::of(happening).with_friend(person).at(customer.event_timestamp.as_ref());
                summary.about(customer.customer_id.as_ref().map(Id::as_str))
            }
            Self::EndpointDisabled(_) | Self::MessageAttempt(_) => Summary::of(Happening::Notice),
            Self::Other(_) => Summary::of(Happening::Other),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
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

fn decode(text: &str) -> Result<Event, Unreadable> {
    let mut wire = Wire::default();
    wire.fill(text).map_err(|error| (wire::name_alone(text), Why::from(error)))?;
    let name = wire.name()?;
    if wire.event_type.is_none() && wire.event_name.is_none() {
        no_other_spelling(text, Wire::MEMBERS)?;
        wire.no_other_name_in_data(name.as_deref())?;
    }
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
        // An unknown event may look like a known one and mean its opposite.
        Some(_) => Err(Why::UnknownName),
        None => wire.by_shape().unwrap_or(Err(Why::UnknownShape)),
    };
    decoded.map_err(|why| (name.map(str::to_owned), why))
}

impl<'t> Wire<'t> {
    /// Returns the event that these members identify without a name.
    fn by_shape(&mut self) -> Option<Result<Event, Why>> {
        if self.payment_id.is_some() {
            Some(self.payment_status())
        } else if self.event_id.is_some() && self.client_customer_ref.is_some() {
            Some(self.third_party_customer_status())
        } else if self.customer_id.is_some() && self.unique_identifier.is_some() {
            Some(self.customer_status())
        } else {
            None
        }
    }

    /// Returns the value under `data`.
    fn data<T: Deserialize<'t>>(&self) -> Result<T, Why> {
        let data = self.data.ok_or(Why::MissingMember("data"))?;
        Ok(serde_json::from_str(data.get())?)
    }

    fn referral_created(&mut self) -> Result<Event, Why> {
        self.find_members()?;
        Ok(Event::ReferralCreated(ReferralCreated {
            status: open(self.status.take())?,
            referral_id: self.referral_id.take(),
            partner_id: self.partner_id.take(),
            customer_id: self.customer_id.take(),
            failure_message: self.failure_message.take(),
            referral_date: self.referral_date.take(),
            registration_date: self.registration_date.take(),
            first_trade_date: self.first_trade_date.take(),
            customer_type: self.customer_type.take(),
            additional_details: self.additional_details.take(),
            company: self.company.take(),
            contact: self.contact.take(),
        }))
    }

    fn customer_status(&mut self) -> Result<Event, Why> {
        self.find_members()?;
        Ok(Event::CustomerStatus(CustomerStatus {
            customer_id: self.customer_id.take().ok_or(Why::MissingMember("customer_id"))?,
            status: self.status.take().ok_or(Why::MissingMember("status"))?.0.into_owned(),
            unique_identifier: self.unique_identifier.take(),
            reason_for_inactive: self.reason_for_inactive.take(),
            documents_required: self.documents_required.take().unwrap_or_default(),
            contacts: self.contacts.take().unwrap_or_default(),
        }))
    }

    fn payment_status(&mut self) -> Result<Event, Why> {
        // In the envelope of the other events, `data` holds the members instead of the status's own data.
        if self.payment_id.is_none() {
            self.find_members()?;
        }
        let data = self.data.map_or(Ok(PaymentData::default()), |data| serde_json::from_str(data.get()))?;
        Ok(Event::PaymentStatus(PaymentStatus {
            event_id: self.event_id.take(),
            payment_id: self.payment_id.take().ok_or(Why::MissingMember("payment_id"))?,
            status: open(self.status.take())?,
            customer_id: self.customer_id.take(),
            event_timestamp: self.event_timestamp.take(),
            client_customer_ref: self.client_customer_ref.take(),
            client_reference_id: self.client_reference_id.take(),
            session_id: self.session_id.take(),
            data,
        }))
    }

    fn third_party_customer_status(&mut self) -> Result<Event, Why> {
        // The older shape has its members at the top, and at most a list of reasons under `data`.
        let listed = match self.data {
            Some(data) if data.get().starts_with('[') => Some(serde_json::from_str(data.get())?),
            _ => None,
        };
        self.find_members()?;
        Ok(Event::ThirdPartyCustomerStatus(ThirdPartyCustomerStatus {
            event_id: self.event_id.take(),
            version: self.version.take(),
            event_timestamp: self.event_timestamp.take(),
            customer_id: self.customer_id.take(),
            client_customer_ref: self.client_customer_ref.take(),
            status: open(self.status.take())?,
            reasons: listed.or(self.reasons.take()).unwrap_or_default(),
        }))
    }

    fn message_attempt(&self, outcome: AttemptOutcome) -> Result<Event, Why> {
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

/// Returns the member `status`, which every one of these events needs, as an open enum.
fn open<'t, T: From<Cow<'t, str>>>(status: Option<Word<'t>>) -> Result<T, Why> {
    status.map(|status| T::from(status.0)).ok_or(Why::MissingMember("status"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::event::Event as _;

    #[test]
    fn a_member_that_occurs_twice_makes_no_event() {
        for (members, is_read) in [
            (r#""status":"CREATED","contact":null"#, true),
            (r#""status":"CREATED","unknown":1,"unknown":2"#, true),
            (r#""status":"CREATED","status":"FAILED""#, false),
            (r#""status":null,"status":"CREATED""#, false),
            (r#""status":"CREATED","stat\u0075s":"CREATED""#, false),
            (r#""status":"CREATED","type":"A","type":"A""#, false),
        ] {
            let body = format!(r#"{{"event_name":"REFERRAL_CREATED",{members}}}"#);
            let event = Redpin.decode(&body.clone().into());
            let is_refused = matches!(event.why_other(), Some(Why::UnexpectedMember { .. }));
            assert_eq!((event.why_other().is_none(), is_refused), (is_read, !is_read), "{body}");
        }
    }
}
