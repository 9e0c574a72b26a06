//! Redpin: foreign exchange for property purchases; referrals, customers, payments.
//!
//! Documented: <https://docs.redpincompany.com/api-guide/webhooks/webhooks> and the reference pages named at the
//! events. Delivered by Svix, which the guide names: <https://docs.svix.com/receiving/verifying-payloads/how-manual>.
//! Whether the headers are `svix-*` or `webhook-*` is not stated; both are taken.
//!
//! Measured with Svix's open-source server 1.100.0; the hosted service, which Redpin uses, may differ:
//!
//! - A manual resend that fails ends the automatic attempts of its message. Put the receiver right before resending.
//! - A message that is sent while the endpoint is disabled is not attempted. Enabling the endpoint does not bring it
//!   back, and neither does "recover": only a resend of that message does.
//! - "Recover" brings back failed messages of the last 14 days.
//! - Every status but 2xx counts towards disabling the endpoint, our own 401 (a rotation that was forgotten) and 413 (a
//!   message over the body limit) too.
//! - Messages come in any order, and up to 40 at once.

mod members;
mod wire;

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

pub use self::members::*;
use self::wire::decode;
use super::{Platform, Signed, Why, decode_text};
use crate::value::RawBody;
use crate::{Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme, Svix, Tolerance};

/// Redpin.
#[derive(Debug, Clone, Copy)]
pub struct Redpin;

const CONTRACT: Contract = Contract {
    // Documented: the guide counts every 2xx, the reference pages show 200.
    success: StatusCode::OK,
    counts_as_success: 200..=299,
    // Documented by Svix: every other status is tried again.
    transient: StatusCode::SERVICE_UNAVAILABLE,
    // Measured with Svix's open-source server: counts only between once and twice the planned delay, so 60 s makes the
    // first delay of 5 s one of 10 s, and changes no later one.
    retry_after: Some(Duration::from_secs(60)),
    unproven: StatusCode::UNAUTHORIZED,
    // A real retry carries a new timestamp.
    stale: StatusCode::UNAUTHORIZED,
    never: &[
        Forbidden::new(202..=299, "reads as a success, and other platforms do not take it for one"),
        Forbidden::new(300..=399, "is not followed, and counts as a failure"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ],
    // Documented for Svix: <https://docs.svix.com/retries>. Measured with its open-source server: 30 s.
    deadline: Some(Duration::from_secs(15)),
    // Documented: at most 5 retries, up to 7 days after the event. The offsets are assumed to be Svix's
    // schedule, cut short. Measured with its open-source server: each delay varies by 20 % in both directions, and
    // `Retry-After` can double it.
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
    // Documented by Svix: a message can be sent again while its payload is kept, by default for 90 days. Measured with
    // its open-source server: one by one for as long, together ("recover") for 14 days.
    redelivery: Redelivery::Within(Duration::from_secs(90 * 86_400)),
    // Documented. Measured with Svix's open-source server: it counts from the first message of which all attempts
    // failed to another one, without a success between; every failure counts, our own 401 and 413 too.
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

impl Platform for Redpin {
    const NAME: &'static str = "redpin";
    const TITLE: &'static str = "Redpin";
    const SCHEME: Scheme = Scheme::Svix(Svix);
    const TOLERANCE: Option<Tolerance> = Some(Tolerance::minutes(5));
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
