//! Refir: referral programs for small products.
//!
//! Documented: <https://deadalus.gitbook.io/refir-docs/get-started/webhook>, without member names and without a signature.
//! Assumed: the member names are those of the vendor's clients (`champ3oy/refir.js`, `champ3oy/refir.py`).
//!
//! Deliveries are unsigned. Mount the endpoint under a secret URL, and before paying ask
//! `GET https://refir.onrender.com/lead/{leadId}` whether the lead exists.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::decode::{Unreadable, decode_text, object, read};
use super::envelope::{Envelope, envelope};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::name::no_other_spelling;
use super::why::Why;
use crate::summary::{Happening, Party, Summary};
use crate::value::{Id, Personal};
use crate::{Contract, DeliveryId, Forbidden, Retries, Scheme, UrlToken};

/// Refir.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::refir::Refir;
///
/// // Refir signs no requests, so the secret is a token in the URL.
/// let endpoint = Endpoint::<Refir>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().unproven, 404);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Refir;

impl Platform for Refir {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns an id made of the kind of event and the user's id, or e-mail address if the id is missing.
    ///
    /// A user is added once and referred once, and a repeat may contain more about the referrer. If both events come with a
    /// referrer, they look the same and have one id, so that one referral is paid once. Refir signs no content, so the id
    /// detects honest repeats and stops no attacker.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        let (kind, user) = match event {
            Event::LeadAdded(added) => ("lead", added.lead.identity()),
            Event::Referral(referral) => ("referral", referral.lead.identity()),
            Event::Other(_) => ("", None),
        };
        match user {
            Some(user) => DeliveryId::business_fields(&[kind, user, "-"]),
            None => DeliveryId::digest(signed.payload),
        }
    }
}

// No member or header carries a time.
pub(super) static FACTS: Facts = Facts::new("refir", "Refir", Scheme::UrlToken(UrlToken), &CONTRACT);

static CONTRACT: Contract = Contract::builder()
    // Documented: always answer 200.
    .counts_as_success(200..=200)
    .transient(503)
    // A URL with a wrong token does not exist.
    .unproven(404)
    // Not published which statuses lead to a retry, so the one that asks for it.
    .undecided(503)
    .stale(404)
    .never(&[
        Forbidden::new(201..=299, "is not documented as a success"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Not published, like the deadline: there may be no retry, and there may be many.
    .retries(Retries::UNKNOWN)
    .build();

/// Refir's events. They are unsigned, so confirm them by a request to Refir's API.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::refir::{Event, Refir};
///
/// let body = br#"{"newLead":{"leadId":"u2"},"referrer":{"leadId":"u1"}}"#;
/// let Event::Referral(referral) = Refir.decode(&body[..].into()) else { panic!("another event") };
/// assert_eq!(referral.referrer.id.unwrap().as_str(), "u1");
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub enum Event {
    /// A user was added. Documented. Assumed: its shape has no referrer.
    LeadAdded(Lead),
    /// A referral succeeded. Documented. Assumed: its shape has a referrer.
    Referral(Referral),
    /// Any other payload.
    Other(Other),
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::LeadAdded(_) => Some("lead added"),
            Self::Referral(_) => Some("referral"),
            Self::Other(other) => other.name.as_deref(),
        }
    }

    fn summary(&self) -> Summary<'_> {
        match self {
            Self::LeadAdded(added) => Summary::of(Happening::MemberJoined).by(added.lead.party()),
            Self::Referral(referral) => {
                Summary::of(Happening::ReferralStarted).by(referral.referrer.party()).with_friend(referral.lead.party())
            }
            Self::Other(_) => Summary::of(Happening::Other),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

/// A user who was added.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::refir::{Event, Refir};
///
/// let body = r#"{"newLead":{"leadId":"u2","email":"avery@example.com"}}"#;
/// let Event::LeadAdded(added) = Refir.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(added.lead.id.unwrap().as_str(), "u2");
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Lead {
    /// The user.
    pub lead: Person,
    /// A message to be read by people.
    pub message: Option<Personal>,
}

/// A referred user and the referring user.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::refir::{Event, Refir};
///
/// let body = r#"{"newLead":{"leadId":"u2"},"referrer":{"leadId":"u1"},"message":"a new referral"}"#;
/// let Event::Referral(referral) = Refir.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((referral.lead.id.unwrap().as_str(), referral.referrer.id.unwrap().as_str()), ("u2", "u1"));
/// assert_eq!(referral.message.as_deref(), Some("a new referral"));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Referral {
    /// The referred user.
    pub lead: Person,
    /// The referring user.
    pub referrer: Person,
    /// A message to be read by people.
    pub message: Option<Personal>,
}

/// A user.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::refir::{Event, Refir};
///
/// let body = r#"{"newLead":{"_id":"u2","referralCode":"AVERY1"}}"#;
/// let Event::LeadAdded(added) = Refir.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(added.lead.id.unwrap().as_str(), "u2");
/// assert_eq!(added.lead.referral_code.as_deref(), Some("AVERY1"));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Person {
    /// The first of `leadId`, `id`, `_id` and `userId` that is present. Assumed.
    pub id: Option<Id>,
    /// The user's name.
    pub name: Option<Personal>,
    /// The user's e-mail address.
    pub email: Option<Personal>,
    /// The user's own code.
    pub referral_code: Option<String>,
    /// The user's own link.
    pub referral_link: Option<String>,
}

impl Person {
    /// Returns the user in the words of all platforms.
    fn party(&self) -> Party<'_> {
        let party = Party::of_id(self.id.as_ref()).coded(self.referral_code.as_deref());
        party.named(self.name.as_ref()).mailed(self.email.as_ref())
    }

    /// Returns the text that identifies the user.
    fn identity(&self) -> Option<&str> {
        let address = self.email.as_deref().filter(|address| !address.is_empty());
        self.id.as_ref().map(Id::as_str).or(address)
    }
}

envelope! {
    /// The places where a name, the two people and the message may be, at the top or under `data`. All assumed. If a
    /// person is in several places, the first counts.
    struct Wire {
        names: [
            event,
            event_type,
            camel_event_type ("eventType"),
            event_name,
            camel_event_name ("eventName"),
            kind ("type"),
            action,
            topic,
            name,
        ],
        new_lead ("newLead"): &'t RawValue,
        snake_new_lead ("new_lead"): &'t RawValue,
        lead: &'t RawValue,
        new_user ("newUser"): &'t RawValue,
        snake_new_user ("new_user"): &'t RawValue,
        user: &'t RawValue,
        referrer: &'t RawValue,
        referring_user ("referringUser"): &'t RawValue,
        snake_referring_user ("referring_user"): &'t RawValue,
        referred_by ("referredBy"): &'t RawValue,
        referral: &'t RawValue,
        message: Personal,
        msg: Personal,
        data: &'t RawValue,
    }
}

/// A user, with the names that the id may have.
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

fn decode(text: &str) -> Result<Event, Unreadable> {
    let top = Wire::read(None, text)?;
    let data = object(top.data);
    let nested = data.map(|data| Wire::read(None, data)).transpose()?.unwrap_or_default();
    // No name is published, and an unknown event may look like a known one and mean its opposite.
    if let Some(name) = top.agreed_name()?.or(nested.agreed_name()?) {
        return Err((Some(name.into_owned()), Why::UnknownName));
    }
    for object in [Some(text), data].into_iter().flatten() {
        no_other_spelling(object, Wire::MEMBERS)?;
    }
    let lead = first_object(top.leads(), nested.leads()).ok_or((None, Why::UnknownShape))?;
    let lead = person(lead)?;
    let referrer = first_object(top.referrers(), nested.referrers()).map(person).transpose()?;
    let message = top.message.or(top.msg).or(nested.message);
    Ok(match referrer {
        Some(referrer) => Event::Referral(Referral { lead, referrer, message }),
        None => Event::LeadAdded(Lead { lead, message }),
    })
}

impl<'t> Wire<'t> {
    /// Returns the places of the added or referred user. `user` is the last, because it may be the referrer if a new
    /// user is present.
    const fn leads(&self) -> [Option<&'t RawValue>; 6] {
        [self.new_lead, self.snake_new_lead, self.lead, self.new_user, self.snake_new_user, self.user]
    }

    const fn referrers(&self) -> [Option<&'t RawValue>; 5] {
        [self.referrer, self.referring_user, self.snake_referring_user, self.referred_by, self.referral]
    }
}

/// Returns the object in the first of these places, at the top or under `data`.
fn first_object<'t, const N: usize>(
    top: [Option<&'t RawValue>; N],
    nested: [Option<&'t RawValue>; N],
) -> Option<&'t str> {
    top.into_iter().zip(nested).flat_map(|(top, nested)| [top, nested]).find_map(object)
}

fn person(object: &str) -> Result<Person, Unreadable> {
    let wire: WirePerson = read(None, object)?;
    let ids = [wire.lead_id, wire.id, wire.document_id, wire.user_id];
    Ok(Person {
        // An empty id identifies no user.
        id: ids.into_iter().flatten().find(|id| !id.as_str().is_empty()),
        name: wire.name,
        email: wire.email,
        referral_code: wire.referral_code,
        referral_link: wire.referral_link,
    })
}
