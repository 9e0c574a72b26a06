//! The ids of the events in one body.
//!
//! - Guarantees: an event has the same id in every body that contains it, whether this version can read the event or not. Equal
//!   events without an id of their own have different ids within one body.
//! - Assumes: a retry may group the events in another way, and the call may have another `id`. Neither is published.
//! - Without it: a reward is paid twice if a retry groups the rewards in another way, or lost if it shares a body with a repeat.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::DeliveryId;
use crate::platform::decode::is_object;
use crate::value::Id;

/// The types whose events have an id, each with the members that form it.
const IDS: [(&str, &[&str]); 7] = [
    ("advocateReward", &["rewardId"]),
    ("friendIncentive", &["rewardId"]),
    ("loyaltyReward", &["rewardId"]),
    ("emailCapture", &["eventId"]),
    ("emailOptOut", &["emailAddress", "campaignId"]),
    ("receipt", &["receiptId"]),
    ("ledgerTransaction", &["transactionId"]),
];

/// Returns the ids of the elements of a body of this type, in their order.
pub(super) fn ids(name: &str, elements: &[&RawValue]) -> Vec<DeliveryId> {
    let members = IDS.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, members)| members);
    let mut equal_before = HashMap::new();
    let mut id = |element: &RawValue| {
        fields(name, members, element.get()).unwrap_or_else(|| {
            let position: &mut usize = equal_before.entry(element.get().to_owned()).or_default();
            *position += 1;
            digest(name, element.get(), *position - 1)
        })
    };
    elements.iter().map(|element| id(element)).collect()
}

/// Returns the id that an element's own members form, or `None` if one of them is missing or empty.
fn fields(name: &str, members: &[&str], element: &str) -> Option<DeliveryId> {
    if members.is_empty() || !is_object(element) {
        return None;
    }
    let values: HashMap<String, &RawValue> = serde_json::from_str(element).ok()?;
    let ids: Vec<Id> = members.iter().map(|member| id(values.get(*member)?)).collect::<Option<_>>()?;
    let fields: Vec<&str> = std::iter::once(name).chain(ids.iter().map(Id::as_str)).collect();
    Some(DeliveryId::business_fields(&fields))
}

fn id(value: &RawValue) -> Option<Id> {
    Id::deserialize(value).ok().filter(|id| !id.as_str().is_empty())
}

/// Returns the digest of an element with its type. `position` counts the equal elements before it.
fn digest(name: &str, element: &str, position: usize) -> DeliveryId {
    let mut text = serde_json::Value::from(name).to_string();
    text.push_str(element);
    if position > 0 {
        text.push_str(&position.to_string());
    }
    DeliveryId::digest(text.as_bytes())
}
