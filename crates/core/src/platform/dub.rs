//! Dub: short links, and the partner programs on them (Dub Partners).
//!
//! Documented: <https://dub.co/docs/webhooks/introduction>, `/verify-webhook-requests`, `/event-types` and a page for each
//! event. Captured: the sender, which is public (`dubinc/dub`, `apps/web/lib/webhook`), with its samples of all events.
//!
//! - The secret begins with `whsec_` and is no Svix secret: the key is the whole text. Partners' own webhooks ("postbacks")
//!   have secrets with `pbsec_` and the same scheme, envelope and id.
//! - Money is in integer cents.
//! - A commission that is taken back arrives as `commission.created` with a negative amount.
//! - The answer to `payout.confirmed` decides the payout: after a success, the partner sees it as paid.

mod members;
mod summary;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use self::members::*;
use super::decode::{Unreadable, decode_text, object, read, top};
use super::event::Other;
use super::events::events;
use super::facts::{Facts, Platform, Signed};
use super::members::{Members, members};
use super::name::text;
use super::why::Why;
use crate::summary::{Happening, Summary};
use crate::value::{Id, Timestamp};
use crate::{Acknowledges, BodyHmac, Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme};

/// Dub.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::dub::Dub;
///
/// let endpoint = Endpoint::<Dub>::new("whsec_3f9a1c7e5b2d8046a1c3e5f70b9d2846")?;
/// assert_eq!(endpoint.contract().transient, 503);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Dub;

impl Platform for Dub {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns the body's `id`, which every attempt repeats, also for an event that this version does not know.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        let id = event.id().cloned().or_else(|| Some(top::<Identity>(signed.payload)?.id));
        DeliveryId::message_id_in(id.as_ref(), signed.payload)
    }
}

// The age is not judged: `createdAt` is the time of the event, and retries have no end.
pub(super) static FACTS: Facts = Facts::new("dub", "Dub", Scheme::BodyHmac(BodyHmac::new("dub-signature")), &CONTRACT);

static CONTRACT: Contract = Contract::builder()
    // Documented: every 2xx. Captured: a status of at least 400, or none, counts as a failure.
    .counts_as_success(200..=299)
    .transient(503)
    .unproven(401)
    // Documented: retried, like every status that is not a success.
    .undecided(401)
    .stale(401)
    .never(&[
        Forbidden::new(202..=299, "reads as a success, and other platforms do not take it for one"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "unsubscribes an endpoint at Zapier"),
    ])
    // Documented: waits of 12 s, 2 min 28 s, 30 min 8 s, 6 h 7 min 6 s, then 24 h each, until delivered. The deadline is
    // not published. It is that of the sender's queue.
    .retries(
        Retries::at(&[
            Duration::from_secs(12),
            Duration::from_secs(160),
            Duration::from_secs(1_968),
            Duration::from_secs(23_995),
        ])
        .then_every(Duration::from_secs(86_400)),
    )
    // Not documented.
    .redelivery(Redelivery::Unknown)
    // Documented: 20 failed attempts in a row. Captured: the attempts of all messages count together.
    .disabling(Disabling::after_failures(20))
    // Captured: after a success the payout is marked as paid, and after the last attempt as failed.
    .acknowledges(&[("payout.confirmed", Acknowledges::Fulfilment)])
    .build();

events! {
    /// Dub's events. All are documented.
    ///
    /// ```
    /// use referral_webhooks::platform::Platform;
    /// use referral_webhooks::platform::dub::{Dub, Event};
    ///
    /// let body = r#"{"id":"evt_1","event":"commission.created","createdAt":"2026-01-15T10:30:00.207Z",
    ///     "data":{"id":"cm_1","amount":4900,"earnings":980,"currency":"usd"}}"#;
    /// let Event::CommissionCreated(event) = Dub.decode(&body.into()) else { panic!("another event") };
    /// assert_eq!(event.data.earnings.units(0), Some(980)); // cents
    /// ```
    enum Event;

    /// A customer became a lead.
    LeadCreated(Lead) as ReferralStarted = "lead.created",
    /// A customer paid.
    SaleCreated(Sale) as ConversionRecorded = "sale.created",
    /// A partner applied for a program.
    PartnerApplicationSubmitted(Application) as MemberChanged = "partner.application_submitted",
    /// A partner joined a program.
    PartnerEnrolled(Partner) as MemberJoined = "partner.enrolled",
    /// Two partners became one.
    PartnerMerged(Merger) as MemberChanged = "partner.merged",
    /// A partner earned a commission.
    CommissionCreated(Commission) as RewardPending = "commission.created",
    /// A bounty was created.
    BountyCreated(Bounty) as ProgramChanged = "bounty.created",
    /// A bounty was changed.
    BountyUpdated(Bounty) as ProgramChanged = "bounty.updated",
    /// The merchant has to pay a partner. Dub takes a success for the payment: it shows the payout as paid to the partner.
    PayoutConfirmed(Payout) as PayoutPending = "payout.confirmed",
    /// A discount code was created.
    DiscountCodeCreated(DiscountCode) as ProgramChanged = "discount_code.created",
    /// A discount code was deleted.
    DiscountCodeDeleted(DiscountCode) as ProgramChanged = "discount_code.deleted",
    /// A link was created.
    LinkCreated(Link) as ProgramChanged = "link.created",
    /// A link was changed.
    LinkUpdated(Link) as ProgramChanged = "link.updated",
    /// A link was deleted.
    LinkDeleted(Link) as ProgramChanged = "link.deleted",
    /// A link was clicked.
    LinkClicked(Click) as Activity = "link.clicked",
    ..
    /// A commission was taken back: the amount or the earnings of a `commission.created` are negative. Captured from the
    /// sender.
    CommissionTakenBack(Commission) as RewardRevoked = "commission.created",
}

/// An event's id, time and members.
///
/// ```
/// use referral_webhooks::platform::{Platform, dub::{Dub, Event}};
///
/// let body = r#"{"id":"evt_1","event":"link.deleted","createdAt":"2026-01-15T10:30:00Z","data":{"id":"link_1"}}"#;
/// let Event::LinkDeleted(event) = Dub.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((event.id.as_str(), event.data.id.as_str()), ("evt_1", "link_1"));
/// assert_eq!(event.created_at.unwrap().moment().unwrap().unix_timestamp(), 1_768_473_000);
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Envelope<T> {
    /// The event's id: `evt_` and 25 characters. Every attempt repeats it.
    pub id: Id,
    /// The time of the event.
    pub created_at: Option<Timestamp>,
    /// The members.
    pub data: T,
}

impl<T> Envelope<T> {
    const fn id(&self) -> Option<&Id> {
        Some(&self.id)
    }

    fn summary(&self, happening: Happening) -> Summary<'_>
    where
        T: Members,
    {
        self.data.summary(happening).at(self.created_at.as_ref())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'t> {
    id: Option<Id>,
    #[serde(borrow)]
    event: Option<&'t RawValue>,
    created_at: Option<Timestamp>,
    data: Option<&'t RawValue>,
}

/// The id alone, of a body that may be unreadable otherwise.
#[derive(Deserialize)]
struct Identity {
    id: Id,
}

fn decode(json: &str) -> Result<Event, Unreadable> {
    let wire: Wire<'_> = read(None, json)?;
    let name = wire.event.ok_or((None, Why::UnknownShape))?;
    let name = text(name).ok_or((None, Why::NameNotText))?;
    match event(&name, wire) {
        Ok(Event::CommissionCreated(envelope)) if envelope.data.is_taken_back() => {
            Ok(Event::CommissionTakenBack(envelope))
        }
        decoded => decoded.map_err(|why| (Some(name.into_owned()), why)),
    }
}

impl<'t> Wire<'t> {
    fn envelope<T: Members + Deserialize<'t>>(self) -> Result<Envelope<T>, Why> {
        let data = object(self.data).ok_or(Why::MissingMember("data"))?;
        Ok(Envelope { id: self.id.ok_or(Why::MissingMember("id"))?, created_at: self.created_at, data: members(data)? })
    }
}
