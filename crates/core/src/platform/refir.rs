//! Refir: referral programs for small products.
//!
//! Documented: <https://deadalus.gitbook.io/refir-docs/get-started/webhook>, which names no members and no
//! signature. Member names are assumed from the vendor's clients (`champ3oy/refir.js`, `champ3oy/refir.py`).
//! Nothing is signed: mount the endpoint under a secret URL, and before paying ask
//! `GET https://refir.onrender.com/lead/{leadId}` whether the lead exists.

use std::borrow::Cow;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::name::{no_other_spelling, only_name};
use super::{Platform, Signed, Unreadable, Why, decode_text, read};
use crate::value::{Id, Personal, RawBody};
use crate::{Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme, Tolerance, UrlToken};

/// Refir.
#[derive(Debug, Clone, Copy)]
pub struct Refir;

const CONTRACT: Contract = Contract {
    // Documented: always answer 200.
    success: StatusCode::OK,
    counts_as_success: 200..=200,
    transient: StatusCode::SERVICE_UNAVAILABLE,
    retry_after: None,
    // A wrong token is a URL that does not exist.
    unproven: StatusCode::NOT_FOUND,
    stale: StatusCode::NOT_FOUND,
    never: &[
        Forbidden::new(201..=299, "is not documented as a success"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ],
    // Nothing is published: there may be no second try, and there may be many.
    deadline: None,
    retries: Retries::UNKNOWN,
    redelivery: Redelivery::Unknown,
    disabling: Disabling::Unknown,
};

/// What Refir tells, to be confirmed by asking it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub enum Event {
    /// A user was added. Documented; assumed to be the shape without a referrer.
    LeadAdded(Lead),
    /// A referral succeeded. Documented; assumed to be the shape with a referrer.
    Referral(Referral),
    /// Anything else.
    Other {
        /// The event's name, if it has one; no name is published.
        name: Option<String>,
        /// The payload.
        body: RawBody,
        /// Why it is none of the above.
        why: Why,
    },
}

/// A user who was added.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Lead {
    /// The user.
    pub lead: Person,
    /// A message for people.
    pub message: Option<Personal>,
}

/// A user who was referred, and by whom.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Referral {
    /// The referred user.
    pub lead: Person,
    /// The referring user.
    pub referrer: Person,
    /// A message for people.
    pub message: Option<Personal>,
}

/// A user.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Person {
    /// `leadId`, `id`, `_id` or `userId`: the first that is present.
    pub id: Option<Id>,
    /// Name.
    pub name: Option<Personal>,
    /// E-mail address.
    pub email: Option<Personal>,
    /// The user's own code.
    pub referral_code: Option<String>,
    /// The user's own link.
    pub referral_link: Option<String>,
}

impl Platform for Refir {
    const NAME: &'static str = "refir";
    const TITLE: &'static str = "Refir";
    const SCHEME: Scheme = Scheme::UrlToken(UrlToken);
    /// Nothing carries a time.
    const TOLERANCE: Option<Tolerance> = None;
    const CONTRACT: &'static Contract = &CONTRACT;

    type Event = Event;

    fn decode(payload: &Bytes) -> Event {
        decode_text(payload, decode, |name, body, why| Event::Other { name, body, why })
    }

    /// A user is added once and referred once, so the user alone is the id (or the address of one who has none): a
    /// repeat may know more of the referrer. Both events may come with a referrer, and then look the same and are
    /// one, so that one referral is paid once. Refir signs nothing, so this keeps off honest repeats only.
    fn delivery_id(event: &Event, signed: Signed<'_>) -> DeliveryId {
        let (kind, user) = match event {
            Event::LeadAdded(added) => ("lead", added.lead.key()),
            Event::Referral(referral) => ("referral", referral.lead.key()),
            Event::Other { .. } => ("", None),
        };
        match user {
            Some(user) => DeliveryId::business_fields(&[kind, user, "-"]),
            None => DeliveryId::digest(signed.payload),
        }
    }
}

impl Person {
    /// Returns the text that identifies the user.
    fn key(&self) -> Option<&str> {
        let address = self.email.as_deref().filter(|address| !address.is_empty());
        self.id.as_ref().map(Id::as_str).or(address)
    }
}

impl super::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::LeadAdded(_) => Some("lead added"),
            Self::Referral(_) => Some("referral"),
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

/// The places where a name, the two people and the message may stand. All assumed. Of several places for a person the
/// first that is present counts, at the top or under `data`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'t> {
    #[serde(borrow)]
    event: Option<&'t RawValue>,
    #[serde(borrow)]
    event_type: Option<&'t RawValue>,
    #[serde(borrow, rename = "eventType")]
    camel_event_type: Option<&'t RawValue>,
    #[serde(borrow)]
    event_name: Option<&'t RawValue>,
    #[serde(borrow, rename = "eventName")]
    camel_event_name: Option<&'t RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'t RawValue>,
    #[serde(borrow)]
    action: Option<&'t RawValue>,
    #[serde(borrow)]
    topic: Option<&'t RawValue>,
    #[serde(borrow)]
    name: Option<&'t RawValue>,
    #[serde(borrow, rename = "newLead")]
    new_lead: Option<&'t RawValue>,
    #[serde(borrow, rename = "new_lead")]
    snake_new_lead: Option<&'t RawValue>,
    #[serde(borrow)]
    lead: Option<&'t RawValue>,
    #[serde(borrow, rename = "newUser")]
    new_user: Option<&'t RawValue>,
    #[serde(borrow, rename = "new_user")]
    snake_new_user: Option<&'t RawValue>,
    #[serde(borrow)]
    user: Option<&'t RawValue>,
    #[serde(borrow)]
    referrer: Option<&'t RawValue>,
    #[serde(borrow, rename = "referringUser")]
    referring_user: Option<&'t RawValue>,
    #[serde(borrow, rename = "referring_user")]
    snake_referring_user: Option<&'t RawValue>,
    #[serde(borrow, rename = "referredBy")]
    referred_by: Option<&'t RawValue>,
    #[serde(borrow)]
    referral: Option<&'t RawValue>,
    message: Option<Personal>,
    msg: Option<Personal>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
}

/// A user, with the names under which the id may stand.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePerson {
    lead_id: Option<Id>,
    id: Option<Id>,
    #[serde(rename = "_id")]
    document_id: Option<Id>,
    user_id: Option<Id>,
    name: Option<Personal>,
    email: Option<Personal>,
    referral_code: Option<String>,
    referral_link: Option<String>,
}

/// The members of [`Wire`] other than `name` that may name the event.
const NAMES: [&str; 8] = ["event", "event_type", "eventType", "event_name", "eventName", "type", "action", "topic"];

fn decode(text: &str) -> Result<Event, Unreadable> {
    let top: Wire<'_> = read(None, text)?;
    let nested: Wire<'_> = match top.data {
        Some(data) if data.get().starts_with('{') => read(None, data.get())?,
        _ => Wire::default(),
    };
    // No name is published, and an unknown event may look like a known one and mean its opposite.
    if let Some(name) = top.name()?.or(nested.name()?) {
        return Err((Some(name.into_owned()), Why::UnknownName));
    }
    no_other_spelling(text, &NAMES)?;
    if let Some(data) = top.data.map(RawValue::get).filter(|data| data.starts_with('{')) {
        no_other_spelling(data, &NAMES)?;
    }
    let Some(lead) = first_object(top.leads(), nested.leads()) else { return Err((None, Why::UnknownShape)) };
    let lead = person(lead)?;
    let referrer = first_object(top.referrers(), nested.referrers()).map(person).transpose()?;
    let message = top.message.or(top.msg).or(nested.message);
    Ok(match referrer {
        Some(referrer) => Event::Referral(Referral { lead, referrer, message }),
        None => Event::LeadAdded(Lead { lead, message }),
    })
}

impl<'t> Wire<'t> {
    fn name(&self) -> Result<Option<Cow<'t, str>>, Unreadable> {
        only_name(&[
            self.event,
            self.event_type,
            self.camel_event_type,
            self.event_name,
            self.camel_event_name,
            self.kind,
            self.action,
            self.topic,
            self.name,
        ])
    }

    /// `user` comes last: beside a new user, it may be the one who refers.
    const fn leads(&self) -> [Option<&'t RawValue>; 6] {
        [self.new_lead, self.snake_new_lead, self.lead, self.new_user, self.snake_new_user, self.user]
    }

    const fn referrers(&self) -> [Option<&'t RawValue>; 5] {
        [self.referrer, self.referring_user, self.snake_referring_user, self.referred_by, self.referral]
    }
}

/// The object in the first of these places, at the top or under `data`.
fn first_object<'t, const N: usize>(
    top: [Option<&'t RawValue>; N],
    nested: [Option<&'t RawValue>; N],
) -> Option<&'t RawValue> {
    let places = top.into_iter().zip(nested).flat_map(|(top, nested)| [top, nested]);
    places.flatten().find(|value| value.get().starts_with('{'))
}

fn person(object: &RawValue) -> Result<Person, Unreadable> {
    let wire: WirePerson = read(None, object.get())?;
    let ids = [wire.lead_id, wire.id, wire.document_id, wire.user_id];
    Ok(Person {
        // An empty id names nobody.
        id: ids.into_iter().flatten().find(|id| !id.as_str().is_empty()),
        name: wire.name,
        email: wire.email,
        referral_code: wire.referral_code,
        referral_link: wire.referral_link,
    })
}
