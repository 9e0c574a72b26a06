//! A platform of the tests: several events in one body, events that are fulfilled or decided, and a profile.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use referral_webhooks::platform::{Event, Facts, Item, Other, Platform, Signed};
use referral_webhooks::{Acknowledges, BodyHmac, Contract, Delivery, DeliveryId, Endpoint, Message, Scheme};
use referral_webhooks_inbox::store::Store;
use referral_webhooks_inbox::{Inbox, Intake};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

const CONTRACT: Contract = Contract::builder()
    .deadline(Duration::from_secs(8))
    .acknowledges(&[
        ("payout", Acknowledges::Fulfilment),
        ("question", Acknowledges::Decision { yes: StatusCode::OK, no: StatusCode::BAD_REQUEST }),
    ])
    .build();

static FACTS: Facts = facts();
static EDITED: Facts = facts().with_digest([2; 32]);
static LOADED: Facts = facts().with_digest([1; 32]);

const fn facts() -> Facts {
    Facts::new("ledger", "Ledger", Scheme::BodyHmac(BodyHmac::new("x-ledger-signature")), &CONTRACT)
}

/// The platform, perhaps with a profile. Three values of one name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ledger {
    BuiltIn,
    Loaded,
    Edited,
}

/// One event, or a list of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LedgerEvent {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) cents: i64,
    pub(crate) items: Vec<Self>,
}

impl Event for LedgerEvent {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn other(&self) -> Option<&Other> {
        None
    }
}

impl Platform for Ledger {
    type Event = LedgerEvent;

    fn facts(&self) -> &Facts {
        match self {
            Self::BuiltIn => &FACTS,
            Self::Loaded => &LOADED,
            Self::Edited => &EDITED,
        }
    }

    fn decode(&self, payload: &Bytes) -> LedgerEvent {
        serde_json::from_slice(payload).unwrap_or_default()
    }

    fn delivery_id(&self, event: &LedgerEvent, signed: Signed<'_>) -> DeliveryId {
        if event.id.is_empty() { DeliveryId::digest(signed.payload) } else { DeliveryId::business_fields(&[&event.id]) }
    }

    fn items(&self, event: &LedgerEvent, signed: Signed<'_>) -> Vec<Item<LedgerEvent>> {
        let item = |event: &LedgerEvent| Item { id: self.delivery_id(event, signed), event: event.clone() };
        event.items.iter().map(item).collect()
    }
}

pub(crate) fn endpoint(platform: Ledger) -> Endpoint<Ledger> {
    Endpoint::of(platform, "a secret of the ledger").unwrap()
}

/// Returns a genuine delivery.
pub(crate) fn sent(platform: Ledger, body: &str) -> Delivery<Ledger> {
    let (endpoint, now) = (endpoint(platform), OffsetDateTime::now_utc());
    endpoint.receive(&endpoint.sign(&Message::new(body, now)).unwrap(), now).unwrap()
}

/// Returns a body of these items, each with its id and its cents.
pub(crate) fn body_of(items: &[(&str, i64)]) -> String {
    let item = |(id, cents): &(&str, i64)| format!(r#"{{"id":"{id}","name":"reward","cents":{cents}}}"#);
    let items: Vec<String> = items.iter().map(item).collect();
    format!(r#"{{"name":"rewards","items":[{}]}}"#, items.join(","))
}

pub(crate) fn several(items: &[(&str, i64)]) -> Delivery<Ledger> {
    sent(Ledger::BuiltIn, &body_of(items))
}

/// Adds the endpoint `ledger` to an inbox.
pub(crate) fn ledger<S: Store>(inbox: &Inbox<S>, platform: Ledger) -> Intake<Ledger, S> {
    inbox.intake("ledger", endpoint(platform)).unwrap()
}
