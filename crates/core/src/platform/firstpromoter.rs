//! FirstPromoter: affiliate and referral programs for subscriptions. This is version 2 of its webhooks.
//!
//! Documented: <https://docs.firstpromoter.com/webhooks-v2/payload> and its pages on event types, deliveries and security.
//! The vendor's pages disagree about the signature: the page on security describes it for every request, and a later
//! overview lacks it. So a signature is required here.
//!
//! - **One change can arrive twice** (assumed): as `commission.updated` and as `commission.approved`, with two event ids.
//!   Pay on one of the two names only. [`Event::name`](super::Event::name) distinguishes them.
//! - The event's name and id are also in headers. Headers are unsigned, so the body's members count.
//! - If a subscription sends no signature, [`FirstPromoter::dangerously_unsigned`] accepts a static header or Basic
//!   credentials in its place. The subscription can send both.
//! - A test request is signed with a random secret, and its signature never matches. Only a real event tests an endpoint.
//! - After a rotation, requests that were on their way carry the previous key. Accept it with `or_previous`.
//! - The requests of version 1 are unsigned and unsupported.

mod members;
mod summary;
mod wire;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use self::members::*;
use self::summary::summary_of;
use self::wire::Wire;
use super::decode::{Unreadable, decode_text, is_object, read};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::why::Why;
use crate::summary::{Happening, Summary};
use crate::value::Id;
use crate::{BodyHmac, Contract, DeliveryId, Disabling, Forbidden, HeaderToken, Redelivery, Retries, Scheme};

/// FirstPromoter, with signed requests.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::firstpromoter::FirstPromoter;
///
/// let endpoint = Endpoint::<FirstPromoter>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().deadline.unwrap().as_secs(), 30);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct FirstPromoter;

impl Platform for FirstPromoter {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns `event_id`, which is documented for this purpose. The id of an unknown event is the same, so that an update
    /// of this crate does not change it.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        match event.event_id() {
            Some(id) if is_fit_to_print(id.as_str()) => DeliveryId::message_id(id.as_str()),
            Some(id) if !id.as_str().is_empty() => DeliveryId::business_fields(&[id.as_str()]),
            _ => DeliveryId::digest(signed.payload),
        }
    }
}

/// FirstPromoter, with a static secret in a header in place of a signature. Made by
/// [`FirstPromoter::dangerously_unsigned`]. Events, ids and answers are the same.
#[derive(Debug, Clone)]
pub struct Unsigned {
    facts: Facts,
}

impl FirstPromoter {
    /// Returns the platform for a subscription that sends no signature, with another proof: a header that the merchant
    /// sets, or Basic credentials.
    ///
    /// The secret proves that the sender knows it, and proves no content. So the caller owes a request to FirstPromoter's
    /// API before each payment, and a secret that no other service has.
    ///
    /// ```
    /// use referral_webhooks::platform::firstpromoter::FirstPromoter;
    /// use referral_webhooks::{Endpoint, HeaderToken, Message, Trust};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let platform = FirstPromoter.dangerously_unsigned(HeaderToken::new("authorization").with_prefix("Basic "));
    /// let endpoint = Endpoint::of(platform, "shop:kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
    /// let request = endpoint.sign(&Message::new("{}", now))?;
    /// assert_eq!(request.headers()["authorization"], "Basic c2hvcDprVDl2UTJtWDdjUjR3WjhiTjFzSjZoTDNwRjVkWTBnQQ==");
    /// assert_eq!(endpoint.receive(&request, now)?.trust(), Trust::SharedSecret);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn dangerously_unsigned(self, header: HeaderToken) -> Unsigned {
        let Facts { name, title, contract, .. } = FACTS;
        Unsigned { facts: Facts::new(name, title, Scheme::HeaderToken(header), contract) }
    }
}

impl Platform for Unsigned {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn decode(&self, payload: &Bytes) -> Event {
        FirstPromoter.decode(payload)
    }

    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        FirstPromoter.delivery_id(event, signed)
    }
}

// Documented: hexadecimal. The key is the text of the secret, although it looks like hexadecimal.
// The signed `timestamp` is the event's time, which a redelivery repeats, so it says nothing about the age.
pub(super) static FACTS: Facts =
    Facts::new("firstpromoter", "FirstPromoter", Scheme::BodyHmac(BodyHmac::new("x-webhook-signature")), &CONTRACT)
        .with_hint("FirstPromoter signs a test request with a random secret, so that only a real event can match");

static CONTRACT: Contract = Contract::builder()
    // Documented: every 2xx.
    .counts_as_success(200..=299)
    // Documented: retried after every other status.
    .transient(503)
    .unproven(401)
    .undecided(401)
    // No time is signed for each attempt.
    .stale(401)
    .never(&[
        Forbidden::new(202..=299, "reads as a success, and other platforms do not take it for one"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented: 30 s, configurable from 1 to 120 s.
    .deadline(Duration::from_secs(30))
    // Documented: each delay is 20 minutes longer than the one before; 3 retries, configurable from 0 to 10. Ten retries
    // end after 20 minutes times 55.
    .retries(
        Retries::at(&[Duration::from_secs(20 * 60), Duration::from_secs(60 * 60), Duration::from_secs(120 * 60)])
            .until(Duration::from_secs(20 * 60 * 55)),
    )
    // Documented, without a time limit.
    .redelivery(Redelivery::AnyTime)
    // Not documented.
    .disabling(Disabling::Unknown)
    .build();

/// FirstPromoter's events: a resource and an action on it. Documented: the names, and the envelope of all events.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::firstpromoter::{Action, Event, FirstPromoter};
///
/// let body = r#"{"event_id":"e1","event_type":"commission.approved","data":{"id":7,"amount":980,"unit":"cash"}}"#;
/// let Event::Commission(change) = FirstPromoter.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((change.action, change.data.amount.unwrap().units(0)), (Action::Approved, Some(980)));
/// ```
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::large_enum_variant, reason = "a program holds few events, and a box would complicate every pattern")]
#[non_exhaustive]
pub enum Event {
    /// A promoter: created, updated or deleted, or the balance or profile updated.
    Promoter(Change<Promoter>),
    /// A promoter's participation in a campaign: created, updated or deleted, or a new state.
    PromoterCampaign(Change<PromoterCampaign>),
    /// A referred lead or customer: created, updated, deleted, moved, converted or cancelled.
    Referral(Change<Referral>),
    /// A commission: created, updated or deleted, or a new state.
    Commission(Change<Commission>),
    /// A payout: created, updated or deleted, a new state, or other commissions in it.
    Payout(Change<Payout>),
    /// A promoter's payout method: created, updated or deleted.
    PayoutMethod(Change<PayoutMethod>),
    /// A batch of payments: created, updated or deleted, or a new state.
    PaymentsBatch(Change<PaymentsBatch>),
    /// A contract document was signed.
    ContractDocument(Change<ContractDocument>),
    /// Any other payload.
    Other(Other),
}

impl Event {
    /// Returns the id that repeats have, also of an event that this version does not know.
    fn event_id(&self) -> Option<Id> {
        #[derive(Deserialize)]
        struct Identified {
            event_id: Option<Id>,
        }
        match self {
            Self::Promoter(change) => change.event_id.clone(),
            Self::PromoterCampaign(change) => change.event_id.clone(),
            Self::Referral(change) => change.event_id.clone(),
            Self::Commission(change) => change.event_id.clone(),
            Self::Payout(change) => change.event_id.clone(),
            Self::PayoutMethod(change) => change.event_id.clone(),
            Self::PaymentsBatch(change) => change.event_id.clone(),
            Self::ContractDocument(change) => change.event_id.clone(),
            Self::Other(other) => {
                // Without this check, serde would read a list as the members in their order.
                let text = other.body.as_str().filter(|text| is_object(text))?;
                serde_json::from_str::<Identified>(text).ok()?.event_id
            }
        }
    }
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        Some(match self {
            Self::Promoter(change) => &change.event_type,
            Self::PromoterCampaign(change) => &change.event_type,
            Self::Referral(change) => &change.event_type,
            Self::Commission(change) => &change.event_type,
            Self::Payout(change) => &change.event_type,
            Self::PayoutMethod(change) => &change.event_type,
            Self::PaymentsBatch(change) => &change.event_type,
            Self::ContractDocument(change) => &change.event_type,
            Self::Other(other) => return other.name.as_deref(),
        })
    }

    fn summary(&self) -> Summary<'_> {
        match self {
            Self::Promoter(change) => summary_of(change),
            Self::PromoterCampaign(change) => summary_of(change),
            Self::Referral(change) => summary_of(change),
            Self::Commission(change) => summary_of(change),
            Self::Payout(change) => summary_of(change),
            Self::PayoutMethod(change) => summary_of(change),
            Self::PaymentsBatch(change) => summary_of(change),
            Self::ContractDocument(change) => summary_of(change),
            Self::Other(_) => Summary::of(Happening::Other),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

/// Returns whether a text can be a delivery id as it is.
fn is_fit_to_print(id: &str) -> bool {
    !id.is_empty() && id.len() <= 200 && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@')
}

/// Reads the data of one resource, and makes the event's variant of it.
type Resource = fn(Wire<'_>, &'static str, Action) -> Result<Event, Why>;

const PROMOTER: Resource = |wire, name, action| wire.change(name, action).map(Event::Promoter);
const PROMOTER_CAMPAIGN: Resource = |wire, name, action| wire.change(name, action).map(Event::PromoterCampaign);
const REFERRAL: Resource = |wire, name, action| wire.change(name, action).map(Event::Referral);
const COMMISSION: Resource = |wire, name, action| wire.change(name, action).map(Event::Commission);
const PAYOUT: Resource = |wire, name, action| wire.change(name, action).map(Event::Payout);
const PAYOUT_METHOD: Resource = |wire, name, action| wire.change(name, action).map(Event::PayoutMethod);
const PAYMENTS_BATCH: Resource = |wire, name, action| wire.change(name, action).map(Event::PaymentsBatch);
const CONTRACT_DOCUMENT: Resource = |wire, name, action| wire.change(name, action).map(Event::ContractDocument);

/// The names of both published lists. The older list alone has `promoter.profile.updated` and
/// `payout.commissions.created`, `.updated` and `.deleted`.
const NAMES: [(&str, Action, Resource); 49] = [
    ("promoter.created", Action::Created, PROMOTER),
    ("promoter.updated", Action::Updated, PROMOTER),
    ("promoter.deleted", Action::Deleted, PROMOTER),
    ("promoter.profile.updated", Action::ProfileUpdated, PROMOTER),
    ("promoter.balance.updated", Action::BalanceUpdated, PROMOTER),
    ("promoter_campaign.created", Action::Created, PROMOTER_CAMPAIGN),
    ("promoter_campaign.updated", Action::Updated, PROMOTER_CAMPAIGN),
    ("promoter_campaign.deleted", Action::Deleted, PROMOTER_CAMPAIGN),
    ("promoter_campaign.accepted", Action::Accepted, PROMOTER_CAMPAIGN),
    ("promoter_campaign.pending", Action::Pending, PROMOTER_CAMPAIGN),
    ("promoter_campaign.rejected", Action::Rejected, PROMOTER_CAMPAIGN),
    ("promoter_campaign.blocked", Action::Blocked, PROMOTER_CAMPAIGN),
    ("promoter_campaign.inactive", Action::Inactive, PROMOTER_CAMPAIGN),
    ("referral.created", Action::Created, REFERRAL),
    ("referral.updated", Action::Updated, REFERRAL),
    ("referral.deleted", Action::Deleted, REFERRAL),
    ("referral.converted", Action::Converted, REFERRAL),
    ("referral.cancelled", Action::Cancelled, REFERRAL),
    ("referral.moved", Action::Moved, REFERRAL),
    ("commission.created", Action::Created, COMMISSION),
    ("commission.updated", Action::Updated, COMMISSION),
    ("commission.deleted", Action::Deleted, COMMISSION),
    ("commission.approved", Action::Approved, COMMISSION),
    ("commission.pending", Action::Pending, COMMISSION),
    ("commission.denied", Action::Denied, COMMISSION),
    ("payout.created", Action::Created, PAYOUT),
    ("payout.updated", Action::Updated, PAYOUT),
    ("payout.deleted", Action::Deleted, PAYOUT),
    ("payout.pending", Action::Pending, PAYOUT),
    ("payout.processing", Action::Processing, PAYOUT),
    ("payout.completed", Action::Completed, PAYOUT),
    ("payout.failed", Action::Failed, PAYOUT),
    ("payout.cancelled", Action::Cancelled, PAYOUT),
    ("payout.commissions.added", Action::CommissionsAdded, PAYOUT),
    ("payout.commissions.removed", Action::CommissionsRemoved, PAYOUT),
    ("payout.commissions.created", Action::CommissionsCreated, PAYOUT),
    ("payout.commissions.updated", Action::CommissionsUpdated, PAYOUT),
    ("payout.commissions.deleted", Action::CommissionsDeleted, PAYOUT),
    ("payout_method.created", Action::Created, PAYOUT_METHOD),
    ("payout_method.updated", Action::Updated, PAYOUT_METHOD),
    ("payout_method.deleted", Action::Deleted, PAYOUT_METHOD),
    ("payments_batch.created", Action::Created, PAYMENTS_BATCH),
    ("payments_batch.updated", Action::Updated, PAYMENTS_BATCH),
    ("payments_batch.deleted", Action::Deleted, PAYMENTS_BATCH),
    ("payments_batch.initiated", Action::Initiated, PAYMENTS_BATCH),
    ("payments_batch.processing", Action::Processing, PAYMENTS_BATCH),
    ("payments_batch.completed", Action::Completed, PAYMENTS_BATCH),
    ("payments_batch.failed", Action::Failed, PAYMENTS_BATCH),
    ("contract_document.signed", Action::Signed, CONTRACT_DOCUMENT),
];

fn decode(text: &str) -> Result<Event, Unreadable> {
    let wire: Wire<'_> = read(None, text)?;
    let found = wire.event_type.clone().ok_or((None, Why::UnknownShape))?;
    let known = NAMES.iter().find(|(name, ..)| *name == found);
    let decoded = match known {
        Some((name, ..)) if wire.contradicts(name) => Err(Why::Ambiguous),
        Some((name, action, resource)) => resource(wire, name, *action),
        None => Err(Why::UnknownName),
    };
    decoded.map_err(|why| (Some(found), why))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;
    use crate::platform::event::Event as _;

    #[test]
    fn every_published_name_is_an_event_of_its_resource() {
        for (name, action, _) in NAMES {
            let event = FirstPromoter.decode(&format!(r#"{{"event_type":"{name}","data":{{"id":1}}}}"#).into());
            assert_eq!(event.name(), Some(name));
            assert!(event.other().is_none(), "{name}");
            let json = serde_json::to_value(&event).unwrap();
            let (variant, change) = json.as_object().unwrap().iter().next().unwrap();
            assert_eq!(variant.to_lowercase(), name.split('.').next().unwrap().replace('_', ""), "{name}");
            assert_eq!(change["action"], serde_json::to_value(action).unwrap(), "{name}");
        }
    }

    #[test]
    fn an_envelope_that_contradicts_the_name_makes_no_event() {
        for (name, members, is_read) in [
            ("commission.approved", r#""entity_type":"commission","action":"approved""#, true),
            // Documented: the member `action` is only one of `created`, `updated` and `deleted`.
            ("commission.approved", r#""entity_type":"commission","action":"updated""#, true),
            ("payout.pending", r#""entity_type":"payout","action":"created""#, true),
            ("commission.approved", r#""entity_type":null,"action":null"#, true),
            ("payout.commissions.added", r#""entity_type":"commission","action":"created""#, true),
            ("promoter.balance.updated", r#""entity_type":"promoter","action":"updated""#, true),
            ("commission.approved", r#""entity_type":"payout""#, false),
            ("promoter.created", r#""entity_type":"promoter_campaign""#, false),
            ("commission.updated", r#""action":"deleted""#, false),
            ("commission.approved", r#""action":"deleted""#, false),
            ("commission.approved", r#""action":"denied""#, false),
            ("commission.created", r#""action":"updated""#, false),
        ] {
            let body = format!(r#"{{"event_type":"{name}",{members},"data":{{}}}}"#);
            let event = FirstPromoter.decode(&body.clone().into());
            assert_eq!(event.other().is_none(), is_read, "{body}");
            assert!(is_read || event.why_other() == Some(&Why::Ambiguous), "{body}");
        }
    }

    #[test]
    fn one_change_under_two_names_has_two_ids_and_is_paid_once() {
        let body = |id: &str, name: &str| {
            format!(
                r#"{{"event_id":"{id}","event_type":"{name}","action":"updated","entity_type":"commission","entity_id":7,"changes":{{"status":["pending","approved"]}},"data":{{"id":7,"status":"approved","amount":980}}}}"#
            )
        };
        let mut paid = Vec::new();
        let mut ids = Vec::new();
        for body in [body("e1", "commission.updated"), body("e2", "commission.approved")] {
            let event = FirstPromoter.decode(&body.clone().into());
            let signed = Signed { message_id: None, payload: body.as_bytes() };
            ids.push(FirstPromoter.delivery_id(&event, signed).as_str().to_owned());
            if let Event::Commission(Change { action: Action::Approved, data, .. }) = event {
                paid.push(data.id.unwrap().as_str().to_owned());
            }
        }
        assert_eq!((ids, paid), (vec!["e1".to_owned(), "e2".to_owned()], vec!["7".to_owned()]));
    }

    #[test]
    fn an_id_is_that_of_the_event_even_if_its_name_is_unknown() {
        for (members, want) in [
            (r#""event_id":"0b9a2f6e","event_type":"commission.approved""#, "0b9a2f6e"),
            (r#""event_id":"0b9a2f6e","event_type":"commission.voided""#, "0b9a2f6e"),
            (r#""event_id":17"#, "17"),
            (r#""event_id":"a b""#, "sha256:c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65"),
        ] {
            let body = format!(r#"{{{members},"data":{{}}}}"#);
            let signed = Signed { message_id: None, payload: body.as_bytes() };
            let id = FirstPromoter.delivery_id(&FirstPromoter.decode(&body.clone().into()), signed);
            assert_eq!(id.as_str(), want, "{body}");
        }
        for body in
            [r#"{"event_id":"","data":{}}"#, r#"{"data":{}}"#, r#"{"event_id":"a","event_id":"a"}"#, r#"["a"]"#, ""]
        {
            let signed = Signed { message_id: None, payload: body.as_bytes() };
            let id = FirstPromoter.delivery_id(&FirstPromoter.decode(&body.into()), signed);
            assert_eq!(id, DeliveryId::digest(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn credentials_of_a_promoter_are_in_no_event() {
        let body = r#"{"event_type":"promoter.updated","changes":{"auth_token":["told","tnew"],"temp_password":["pold","pnew"],"email":["a","b"]},"data":{"id":1,"auth_token":"tnew","temp_password":"pnew","user":{"auth_token":"tnew"}}}"#;
        let event = FirstPromoter.decode(&body.into());
        let shown = format!("{event:?} {}", serde_json::to_string(&event).unwrap());
        for hidden in ["told", "tnew", "pold", "pnew"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        let Event::Promoter(change) = event else { panic!("another event") };
        assert_eq!(change.changes.keys().collect::<Vec<_>>(), ["email"]);
    }

    #[test]
    fn a_commission_is_earned_under_one_name_only() {
        for (name, want) in [
            ("commission.created", Happening::RewardPending),
            ("commission.updated", Happening::RewardChanged),
            ("commission.approved", Happening::RewardEarned),
            ("commission.denied", Happening::RewardRevoked),
            ("commission.deleted", Happening::RewardRevoked),
            ("payout.completed", Happening::PayoutSent),
            ("payout.updated", Happening::Other),
            ("payments_batch.completed", Happening::Notice),
            ("promoter_campaign.accepted", Happening::MemberChanged),
        ] {
            let data = r#"{"id":7,"status":"approved","amount":980,"unit":"cash"}"#;
            let body = format!(r#"{{"event_type":"{name}","entity_id":7,"data":{data}}}"#);
            let event = FirstPromoter.decode(&body.into());
            let summary = event.summary();
            assert_eq!((summary.happening, summary.subject.as_deref()), (want, Some("7")), "{name}");
            let is_commission = name.starts_with("commission");
            let cents = summary.sum.and_then(|sum| sum.minor_units(2));
            assert_eq!(cents, is_commission.then_some(980), "{name}");
        }
    }
}
