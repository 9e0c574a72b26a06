//! Tolt: affiliate programs for subscription products.
//!
//! Documented: <https://docs.tolt.com/webhooks/introduction> and its pages on event types, events and verifying. Svix
//! delivers the webhooks: <https://docs.svix.com/receiving/verifying-payloads/how-manual>. Tolt documents the headers
//! `svix-*`. Assumed: `webhook-*` may come too, as from other senders that use Svix.
//!
//! - Deliveries come in any order. Documented: compare `updated_at`.
//! - Documented: Tolt sends no events about deletions.
//! - A refund of a paid commission is a new commission with a negative amount, and arrives as `commission.created`.

mod members;
mod summary;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use self::members::*;
use super::decode::{Unreadable, decode_text, is_object, read};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::why::Why;
use crate::summary::{Happening, Summary};
use crate::value::Timestamp;
use crate::{Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, RetryTime, Scheme, Svix, Tolerance};

/// Tolt.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::tolt::Tolt;
///
/// let endpoint = Endpoint::<Tolt>::new("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")?;
/// assert_eq!(endpoint.contract().transient, 503);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Tolt;

impl Platform for Tolt {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns the message id, which Svix keeps over retries and replays.
    fn delivery_id(&self, _: &Event, signed: Signed<'_>) -> DeliveryId {
        match signed.message_id {
            Some(id) => DeliveryId::message_id(id),
            None => DeliveryId::digest(signed.payload),
        }
    }
}

/// The tolerance is documented.
pub(super) static FACTS: Facts =
    Facts::new("tolt", "Tolt", Scheme::Svix(Svix), &CONTRACT).with_tolerance(Tolerance::minutes(5));

static CONTRACT: Contract = Contract::builder()
    // Documented: every 2xx.
    .counts_as_success(200..=299)
    // Documented by Svix: it retries after every other status.
    .transient(503)
    // Measured with Svix's open-source server, see `redpin`: it lengthens the first delay only.
    .retry_after(Duration::from_secs(60))
    .unproven(401)
    // Documented by Svix: retried, like every status that is not a success.
    .undecided(401)
    // A retry carries a new timestamp.
    .stale(401)
    .never(&[
        Forbidden::new(202..=299, "reads as a success, and other platforms do not take it for one"),
        Forbidden::new(300..=399, "is not followed, and counts as a failure"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented for Svix: <https://docs.svix.com/retries>.
    .deadline(Duration::from_secs(15))
    // Documented by reference to Svix's schedule: <https://docs.svix.com/retries>.
    .retries(Retries::at(&[
        Duration::from_secs(5),
        Duration::from_secs(305),
        Duration::from_secs(2_105),
        Duration::from_secs(9_305),
        Duration::from_secs(27_305),
        Duration::from_secs(63_305),
        Duration::from_secs(99_305),
    ]))
    // Documented by Svix.
    .retry_time(RetryTime::Renewed)
    // Documented: a replay from the portal. Documented by Svix: while the payload is kept, by default for 90 days.
    .redelivery(Redelivery::Within(Duration::from_secs(90 * 86_400)))
    // Documented by Svix as its default: <https://docs.svix.com/retries>. Tolt publishes no other time.
    .disabling(Disabling::AfterFailingFor(Duration::from_secs(5 * 86_400)))
    .build();

/// Tolt's events. All are documented: <https://docs.tolt.com/webhooks/event-types>.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::tolt::{Event, Tolt};
///
/// // A refund is a commission too.
/// let body = r#"{"type":"commission.created","data":{"id":"comm_1","amount":"-980","type":"refund"}}"#;
/// let Event::CommissionCreated(created) = Tolt.decode(&body.into()) else { panic!("another event") };
/// assert!(created.data.is_refund());
/// assert_eq!(created.data.amount.unwrap().units(0), Some(-980));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub enum Event {
    /// A partner joined: `partner.created`.
    PartnerCreated(Change<Partner>),
    /// A partner's details or status changed: `partner.updated`.
    PartnerUpdated(Change<Partner>),
    /// A referral link was created: `link.created`.
    LinkCreated(Change<Link>),
    /// A referral link was edited: `link.updated`.
    LinkUpdated(Change<Link>),
    /// A referred visitor signed up: `customer.created`.
    CustomerCreated(Change<Customer>),
    /// A customer's details or status changed: `customer.updated`.
    CustomerUpdated(Change<Customer>),
    /// A payment of a referred customer was recorded: `transaction.created`.
    TransactionCreated(Change<Transaction>),
    /// A payment changed, such as by a refund: `transaction.updated`.
    TransactionUpdated(Change<Transaction>),
    /// A partner earned a commission, or a paid commission was refunded: `commission.created`. Ask
    /// [`Commission::is_refund`] before paying.
    CommissionCreated(Change<Commission>),
    /// A commission's status changed: `commission.updated`.
    CommissionUpdated(Change<Commission>),
    /// Any other payload.
    Other(Other),
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        Some(match self {
            Self::PartnerCreated(_) => PARTNER_CREATED,
            Self::PartnerUpdated(_) => PARTNER_UPDATED,
            Self::LinkCreated(_) => LINK_CREATED,
            Self::LinkUpdated(_) => LINK_UPDATED,
            Self::CustomerCreated(_) => CUSTOMER_CREATED,
            Self::CustomerUpdated(_) => CUSTOMER_UPDATED,
            Self::TransactionCreated(_) => TRANSACTION_CREATED,
            Self::TransactionUpdated(_) => TRANSACTION_UPDATED,
            Self::CommissionCreated(_) => COMMISSION_CREATED,
            Self::CommissionUpdated(_) => COMMISSION_UPDATED,
            Self::Other(other) => return other.name.as_deref(),
        })
    }

    fn summary(&self) -> Summary<'_> {
        match self {
            Self::PartnerCreated(created) => created.summary_of_partner(Happening::MemberJoined),
            Self::PartnerUpdated(updated) => updated.summary_of_partner(Happening::MemberChanged),
            Self::LinkCreated(change) | Self::LinkUpdated(change) => change.summary_of_link(),
            Self::CustomerCreated(created) => created.summary_of_customer(Happening::ReferralStarted),
            Self::CustomerUpdated(updated) => updated.summary_of_customer(Happening::ReferralChanged),
            Self::TransactionCreated(created) => created.summary_of_transaction(Happening::ConversionRecorded),
            Self::TransactionUpdated(updated) => updated.summary_of_transaction(Happening::ConversionChanged),
            Self::CommissionCreated(created) => created.summary_of_commission(Happening::RewardPending),
            Self::CommissionUpdated(updated) => updated.summary_of_commission(Happening::RewardChanged),
            Self::Other(_) => Summary::of(Happening::Other),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

const PARTNER_CREATED: &str = "partner.created";
const PARTNER_UPDATED: &str = "partner.updated";
const LINK_CREATED: &str = "link.created";
const LINK_UPDATED: &str = "link.updated";
const CUSTOMER_CREATED: &str = "customer.created";
const CUSTOMER_UPDATED: &str = "customer.updated";
const TRANSACTION_CREATED: &str = "transaction.created";
const TRANSACTION_UPDATED: &str = "transaction.updated";
const COMMISSION_CREATED: &str = "commission.created";
const COMMISSION_UPDATED: &str = "commission.updated";

#[derive(Deserialize)]
struct Wire<'t> {
    #[serde(rename = "type")]
    name: Option<String>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
    timestamp: Option<Timestamp>,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let mut wire: Wire<'_> = read(None, text)?;
    let name = wire.name.take().ok_or((None, Why::UnknownShape))?;
    let event = match name.as_str() {
        PARTNER_CREATED => wire.change().map(Event::PartnerCreated),
        PARTNER_UPDATED => wire.change().map(Event::PartnerUpdated),
        LINK_CREATED => wire.change().map(Event::LinkCreated),
        LINK_UPDATED => wire.change().map(Event::LinkUpdated),
        CUSTOMER_CREATED => wire.change().map(Event::CustomerCreated),
        CUSTOMER_UPDATED => wire.change().map(Event::CustomerUpdated),
        TRANSACTION_CREATED => wire.change().map(Event::TransactionCreated),
        TRANSACTION_UPDATED => wire.change().map(Event::TransactionUpdated),
        COMMISSION_CREATED => wire.change().map(Event::CommissionCreated),
        COMMISSION_UPDATED => wire.change().map(Event::CommissionUpdated),
        _ => Err(Why::UnknownName),
    };
    event.map_err(|why| (Some(name), why))
}

impl<'t> Wire<'t> {
    fn change<T: Deserialize<'t>>(self) -> Result<Change<T>, Why> {
        let data = self.data.ok_or(Why::MissingMember("data"))?.get();
        if !is_object(data) {
            return Err(Why::MissingMember("data"));
        }
        Ok(Change { timestamp: self.timestamp, data: serde_json::from_str(data)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::event::Event as _;

    #[test]
    fn a_commission_is_a_refund_by_its_type_or_its_sign() {
        for (members, is_refund) in [
            (r#""amount":"980","type":"sale""#, false),
            (r#""amount":"-980","type":"refund""#, true),
            // Either of the two signs is enough, because a mistaken refund pays less, and a mistaken sale more.
            (r#""amount":"980","type":"refund""#, true),
            (r#""amount":"-980","type":"sale""#, true),
            (r#""amount":"-980""#, true),
            (r#""amount":-980"#, true),
            (r#""amount":null,"type":"refund""#, true),
            (r#""amount":"0","type":"sale""#, false),
            (r#""amount":null,"type":null"#, false),
            (r#""amount":"980","type":"bonus""#, false),
        ] {
            let body = format!(r#"{{"type":"commission.created","data":{{"id":"comm_1",{members}}}}}"#);
            let Event::CommissionCreated(created) = Tolt.decode(&body.clone().into()) else { panic!("{body}") };
            assert_eq!(created.data.is_refund(), is_refund, "{body}");
        }
    }

    #[test]
    fn a_resource_without_an_id_or_an_object_is_no_event() {
        for (body, why) in [
            (r#"{"type":"link.created"}"#, Some(Why::MissingMember("data"))),
            (r#"{"type":"link.created","data":null}"#, Some(Why::MissingMember("data"))),
            (r#"{"type":"link.created","data":["lnk_1"]}"#, Some(Why::MissingMember("data"))),
            (r#"{"type":"link.created","data":"lnk_1"}"#, Some(Why::MissingMember("data"))),
            (r#"{"type":"link.created","data":{"value":"ada"}}"#, Some(Why::UnexpectedMember { line: 1, column: 15 })),
            (r#"{"type":"link.removed","data":{"id":"lnk_1"}}"#, Some(Why::UnknownName)),
            (r#"{"data":{"id":"lnk_1"}}"#, Some(Why::UnknownShape)),
            (r#"{"type":"link.created","data":{"id":"lnk_1"}}"#, None),
            (r#"{"type":"link.created","data":{"id":"lnk_1","new":{}}}"#, None),
        ] {
            assert_eq!(Tolt.decode(&body.into()).why_other(), why.as_ref(), "{body}");
        }
    }
}
