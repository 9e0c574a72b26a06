//! Friendbuy: referral and loyalty programs for shops.
//!
//! Documented: <https://developers.friendbuy.com>, sections webhooks, signature validation and callbacks. One sentence there names
//! SHA-1 for the signature. The header's name, the steps and the sample have SHA-256, and a SHA-1 signature is refused. The older
//! webhooks (1.0 and 2.0 of `friendbuy.com/webhooks`) are another system.
//!
//! - Documented: **one body holds several events** of one type. Each has its own id. The `id` of the call identifies
//!   no event. The event of a body is an [`Event::Batch`], and [`Platform::items`] has its events one by one.
//! - Documented: two calls are **questions**. Before a reward is paid, "reward validation" asks whether to pay it: exactly 200
//!   is yes, and exactly 400 is no. `emailAuth` asks which addresses may receive an e-mail, and the answer's body lists them.
//! - Not published: whether a retry has the same events under the same `id` of the call. The ids of events do not depend on it.

mod ids;
mod members;
mod summary;

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use self::members::*;
use super::decode::{Unreadable, decode_text, is_object, read};
use super::event::Other;
use super::facts::{Facts, Item, Platform, Signed};
use super::why::Why;
use crate::summary::{Happening, Summary};
use crate::value::{Id, RawBody, Timestamp};
use crate::{Acknowledges, BodyHmac, Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme};

/// Friendbuy.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::friendbuy::Friendbuy;
///
/// let endpoint = Endpoint::<Friendbuy>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().transient, 503);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Friendbuy;

impl Platform for Friendbuy {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns a digest of the body without the members that belong to the call: `id` and `createdOn`.
    ///
    /// An empty list keeps them, so that each such call has an id.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        match event {
            Event::Batch(batch) if batch.events.is_empty() => DeliveryId::digest(signed.payload),
            _ => DeliveryId::digest_without(signed.payload, &["id", "createdOn"]),
        }
    }

    /// Returns the events of a batch with their ids, which are made of their type and their own members.
    fn items(&self, event: &Event, signed: Signed<'_>) -> Vec<Item<Event>> {
        let Event::Batch(batch) = event else { return Vec::new() };
        let ids = ids::of(&batch.name, signed.payload);
        ids.into_iter().zip(&batch.events).map(|(id, event)| Item { id, event: event.clone() }).collect()
    }
}

/// No tolerance: `createdOn` is the time of the request, and whether a retry renews it is not published. Ids are kept without end
/// instead.
pub(super) static FACTS: Facts = Facts::new("friendbuy", "Friendbuy", SCHEME, &CONTRACT);

const SCHEME: Scheme = Scheme::BodyHmac(BodyHmac::new("x-friendbuy-hmac-sha256").base64());

static CONTRACT: Contract = Contract::builder()
    // Documented.
    .counts_as_success(200..=200)
    .transient(503)
    .unproven(401)
    // Documented: everything but 200 is retried, and to a question everything but 200 and 400.
    .undecided(401)
    .stale(401)
    .never(&[
        Forbidden::new(201..=299, "is not the documented success, so the delivery is sent again for a day"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented.
    .deadline(Duration::from_secs(10))
    // Documented: every 15 minutes for 24 hours, and a question for 72 hours. After them, the reward is rejected.
    .retries(Retries::every(Duration::from_secs(15 * 60)).until(Duration::from_secs(24 * 3_600)))
    .redelivery(Redelivery::Unknown)
    .disabling(Disabling::Unknown)
    // Documented: the status answers the validation, and the body answers `emailAuth`. Assumed: 400 denies the second too.
    .acknowledges(&[(REWARD_VALIDATION, DECISION), (EMAIL_AUTH, DECISION)])
    .build();

const DECISION: Acknowledges = Acknowledges::Decision { yes: StatusCode::OK, no: StatusCode::BAD_REQUEST };

/// The maximum number of events in one body. A body with more is [`Event::Other`].
const MAX_EVENTS: usize = 10_000;

/// Friendbuy's events. The event of a body is a `Batch`, a question, or `Other`. The events in a batch are of the other kinds.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::friendbuy::{Event, Friendbuy};
///
/// let body = r#"{"type":"advocateReward","data":[{"rewardId":"rw-1","rewardAmount":10},{"rewardId":"rw-2"}]}"#;
/// let event = Friendbuy.decode(&body.into());
/// let rewards: Vec<&str> = event.each().iter().filter_map(|event| match event {
///     Event::AdvocateReward(reward) => reward.reward_id.as_ref().map(|id| id.as_str()),
///     _ => None,
/// }).collect();
/// assert_eq!(rewards, ["rw-1", "rw-2"]);
/// ```
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::large_enum_variant, reason = "a program holds few events, and a box would complicate every pattern")]
#[non_exhaustive]
pub enum Event {
    /// The events of one body, which have one type.
    Batch(Batch),
    /// An advocate earned a reward. Documented: `advocateReward`.
    AdvocateReward(Reward),
    /// A friend earned an incentive. Documented: `friendIncentive`.
    FriendIncentive(Reward),
    /// A member of a loyalty program earned a reward. Documented: `loyaltyReward`.
    LoyaltyReward(Reward),
    /// An e-mail address was entered. Documented: `emailCapture`.
    EmailCapture(EmailCapture),
    /// A friend unsubscribed from the e-mails of advocates. Documented: `emailOptOut`.
    EmailOptOut(EmailOptOut),
    /// A receipt was processed. Documented: `receipt`.
    Receipt(Receipt),
    /// A loyalty balance was credited or debited. Documented: `ledgerTransaction`.
    LedgerTransaction(LedgerTransaction),
    /// A customer's loyalty status or tier changed. Documented: `customerUpdate`.
    CustomerUpdate(CustomerUpdate),
    /// The question whether to pay a reward. The status answers it: exactly 200 is yes, and exactly 400 is no.
    RewardValidation(RewardValidation),
    /// The question which addresses may receive an e-mail. The answer's body lists them. Documented: `emailAuth`.
    EmailAuthorization(EmailAuthorization),
    /// Any other payload, or any other element of a batch.
    Other(Other),
}

/// The events of one body.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::friendbuy::{Event, Friendbuy};
///
/// let body = r#"{"id":"call-1","type":"receipt","data":[{"receiptId":"r1"},"unreadable"]}"#;
/// let Event::Batch(batch) = Friendbuy.decode(&body.into()) else { panic!("another event") };
/// assert!(matches!(&batch.events[..], [Event::Receipt(_), Event::Other(_)]));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Batch {
    /// The id of the call, for questions to Friendbuy. It identifies no event.
    pub id: Option<Id>,
    /// The type of the events.
    pub name: String,
    /// The time of the call.
    pub created_on: Option<Timestamp>,
    /// The events, in the order of the body. An element that this version cannot read is [`Event::Other`].
    pub events: Vec<Event>,
}

impl Event {
    /// Returns the events of a batch, in the order of the body, or the event alone if it is of another kind.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::platform::friendbuy::Friendbuy;
    ///
    /// let event = Friendbuy.decode(&r#"{"type":"receipt","data":[{"receiptId":"r1"},{"receiptId":"r2"}]}"#.into());
    /// assert_eq!(event.each().len(), 2);
    /// ```
    #[must_use]
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Batch(batch) => &batch.events,
            event => std::slice::from_ref(event),
        }
    }
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        Some(match self {
            Self::Batch(batch) => &batch.name,
            Self::AdvocateReward(_) => ADVOCATE_REWARD,
            Self::FriendIncentive(_) => FRIEND_INCENTIVE,
            Self::LoyaltyReward(_) => LOYALTY_REWARD,
            Self::EmailCapture(_) => EMAIL_CAPTURE,
            Self::EmailOptOut(_) => EMAIL_OPT_OUT,
            Self::Receipt(_) => RECEIPT,
            Self::LedgerTransaction(_) => LEDGER_TRANSACTION,
            Self::CustomerUpdate(_) => CUSTOMER_UPDATE,
            Self::RewardValidation(_) => REWARD_VALIDATION,
            Self::EmailAuthorization(_) => EMAIL_AUTH,
            Self::Other(other) => return other.name.as_deref(),
        })
    }

    /// Returns the view of one event. A batch has none, because each of its events has its own.
    fn summary(&self) -> Summary<'_> {
        match self {
            Self::AdvocateReward(reward) => reward.summary_of_advocate(),
            Self::FriendIncentive(reward) => reward.summary_of_friend(),
            Self::LoyaltyReward(reward) => reward.summary_of_member(),
            Self::EmailCapture(capture) => capture.summary(),
            Self::EmailOptOut(out) => out.summary(),
            Self::Receipt(receipt) => receipt.summary(),
            Self::LedgerTransaction(transaction) => transaction.summary(),
            Self::CustomerUpdate(update) => update.summary(),
            Self::RewardValidation(question) => question.summary(),
            Self::Batch(_) | Self::EmailAuthorization(_) | Self::Other(_) => Summary::of(Happening::Other),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

const ADVOCATE_REWARD: &str = "advocateReward";
const FRIEND_INCENTIVE: &str = "friendIncentive";
const LOYALTY_REWARD: &str = "loyaltyReward";
const EMAIL_CAPTURE: &str = "emailCapture";
const EMAIL_OPT_OUT: &str = "emailOptOut";
const RECEIPT: &str = "receipt";
const LEDGER_TRANSACTION: &str = "ledgerTransaction";
const CUSTOMER_UPDATE: &str = "customerUpdate";
const EMAIL_AUTH: &str = "emailAuth";
/// Our name. The question has none on the wire.
const REWARD_VALIDATION: &str = "reward validation";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'t> {
    id: Option<Id>,
    #[serde(rename = "type")]
    name: Option<String>,
    created_on: Option<Timestamp>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
    #[serde(borrow)]
    event_type: Option<&'t RawValue>,
    #[serde(borrow)]
    recipient_type: Option<&'t RawValue>,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let wire: Wire<'_> = read(None, text)?;
    let name = wire.name.clone();
    let event = match (name.as_deref(), wire.data) {
        (Some(EMAIL_AUTH), Some(data)) => wire.email_authorization(data),
        (Some(_), Some(data)) => wire.batch(data),
        // Assumed: the question's shape, from public code. A mistaken question is answered by the application, and a question
        // that is mistaken for another event would be answered with yes.
        (_, None) if wire.event_type.is_some() || wire.recipient_type.is_some() => {
            serde_json::from_str(text).map(Event::RewardValidation).map_err(Why::from)
        }
        (Some(name), None) if name == EMAIL_AUTH || reader(name).is_some() => Err(Why::MissingMember("data")),
        (Some(_), None) => Err(Why::UnknownName),
        (None, _) => Err(Why::UnknownShape),
    };
    event.map_err(|why| (name, why))
}

impl Wire<'_> {
    fn batch(self, data: &RawValue) -> Result<Event, Why> {
        let name = self.name.unwrap_or_default();
        let elements = elements(data)?;
        if elements.len() > MAX_EVENTS {
            return Err(Why::TooManyEvents);
        }
        let reader = reader(&name);
        let read = |element: &RawValue| reader.map_or(Err(Why::UnknownName), |read| read(element.get()));
        let other = |element: &RawValue, why| {
            let body = RawBody::new(&Bytes::copy_from_slice(element.get().as_bytes()));
            Event::Other(Other { name: Some(name.clone()), body, why })
        };
        // An unreadable element is an event too, so that the others keep their positions.
        let event = |element: &RawValue| read(element).unwrap_or_else(|why| other(element, why));
        let events = elements.into_iter().map(event).collect();
        Ok(Event::Batch(Batch { id: self.id, name, created_on: self.created_on, events }))
    }

    fn email_authorization(self, data: &RawValue) -> Result<Event, Why> {
        let addresses = serde_json::from_str(data.get())?;
        Ok(Event::EmailAuthorization(EmailAuthorization { id: self.id, created_on: self.created_on, addresses }))
    }
}

fn elements(data: &RawValue) -> Result<Vec<&RawValue>, Why> {
    Ok(serde_json::from_str(data.get())?)
}

/// The reader of one element.
type Reader = fn(&str) -> Result<Event, Why>;

/// Returns the reader of the elements in a body of this type, or `None` if this version does not know the type.
fn reader(name: &str) -> Option<Reader> {
    Some(match name {
        ADVOCATE_REWARD => |element| member(element).map(Event::AdvocateReward),
        FRIEND_INCENTIVE => |element| member(element).map(Event::FriendIncentive),
        LOYALTY_REWARD => |element| member(element).map(Event::LoyaltyReward),
        EMAIL_CAPTURE => |element| member(element).map(Event::EmailCapture),
        EMAIL_OPT_OUT => |element| member(element).map(Event::EmailOptOut),
        RECEIPT => |element| member(element).map(Event::Receipt),
        LEDGER_TRANSACTION => |element| member(element).map(Event::LedgerTransaction),
        CUSTOMER_UPDATE => |element| member(element).map(Event::CustomerUpdate),
        _ => return None,
    })
}

fn member<T: DeserializeOwned>(element: &str) -> Result<T, Why> {
    // Without this check, serde would read a list as the members of an object in their order.
    if !is_object(element) {
        return Err(Why::UnknownShape);
    }
    Ok(serde_json::from_str(element)?)
}
