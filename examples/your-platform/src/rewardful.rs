//! Rewardful. Documented: <https://developers.rewardful.com/webhooks/signed-webhooks>, `/requests`, `/event-types`.

use std::time::Duration;

use bytes::Bytes;
use referral_webhooks::platform::{self, Facts, Other, Platform, Signed, Unreadable, Why, decode_text, read};
use referral_webhooks::value::Id;
use referral_webhooks::{BodyHmac, Contract, DeliveryId, Retries, Scheme};
use serde::{Deserialize, Serialize};

/// The platform.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rewardful;

// Documented: the signature is hexadecimal, of the raw body. No header has a time, so ids are kept without end.
const SCHEME: Scheme = Scheme::BodyHmac(BodyHmac::new("x-rewardful-signature"));
static FACTS: Facts = Facts::new("rewardful", "Rewardful", SCHEME, &CONTRACT);

// Documented: exactly 200 is a success, and retries go on for three days. The defaults of the builder cover the rest.
const THREE_DAYS: Duration = Duration::from_secs(3 * 24 * 60 * 60);
static CONTRACT: Contract = Contract::builder().retries(Retries::UNKNOWN.until(THREE_DAYS)).build();

impl Platform for Rewardful {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    // Documented: `event.id` identifies the event, and `request` changes in every attempt. An empty id identifies no event.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        match event {
            Event::Commission(made) if !made.event.id.as_str().is_empty() => {
                DeliveryId::message_id(made.event.id.as_str())
            }
            _ => DeliveryId::digest_without(signed.payload, &["request"]),
        }
    }
}

/// The events that the application needs. Every other event is `Other`, and waits in the inbox.
#[derive(Debug, Clone, Serialize)]
pub enum Event {
    Commission(Commission),
    Other(Other),
}

impl platform::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Commission(commission) => Some(&commission.event.kind),
            Self::Other(other) => other.name.as_deref(),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Commission {
    pub event: Head,
    pub object: Object,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    pub id: Id,
    #[serde(rename = "type")]
    pub kind: String,
}

/// A commission. The amount is in cents.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    pub id: Id,
    pub amount: i64,
    pub currency: String,
    pub state: String,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    #[derive(Deserialize)]
    struct Envelope {
        event: Head,
    }
    let Envelope { event } = read(None, text)?;
    match event.kind.as_str() {
        "commission.created" | "commission.paid" | "commission.voided" => {
            Ok(Event::Commission(read(Some(&event.kind), text)?))
        }
        _ => Err((Some(event.kind), Why::UnknownName)),
    }
}
