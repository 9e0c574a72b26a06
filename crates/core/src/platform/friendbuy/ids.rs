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

/// Returns the ids of the events in a body of this type, in their order.
pub(super) fn of(name: &str, payload: &[u8]) -> Vec<DeliveryId> {
    #[derive(Deserialize)]
    struct Body<'t> {
        #[serde(borrow)]
        data: Vec<&'t RawValue>,
    }
    // The body was decoded before, so it is readable here too.
    let elements = serde_json::from_slice::<Body<'_>>(payload).map(|body| body.data).unwrap_or_default();
    let mut equal_before: HashMap<&str, usize> = HashMap::new();
    let mut ids = Vec::with_capacity(elements.len());
    for element in elements.into_iter().map(RawValue::get) {
        ids.push(own_id(name, element).unwrap_or_else(|| {
            let position = equal_before.entry(element).or_default();
            *position += 1;
            digest(name, element, *position - 1)
        }));
    }
    ids
}

/// The members that form ids.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'t> {
    #[serde(borrow)]
    reward_id: Option<&'t RawValue>,
    #[serde(borrow)]
    event_id: Option<&'t RawValue>,
    #[serde(borrow)]
    receipt_id: Option<&'t RawValue>,
    #[serde(borrow)]
    transaction_id: Option<&'t RawValue>,
    #[serde(borrow)]
    email_address: Option<&'t RawValue>,
    #[serde(borrow)]
    campaign_id: Option<&'t RawValue>,
}

/// Returns the id that an event's own members form, or `None` if one of them is missing, empty or no text.
fn own_id(name: &str, element: &str) -> Option<DeliveryId> {
    if !is_object(element) {
        return None;
    }
    let members: Members<'_> = serde_json::from_str(element).ok()?;
    let texts: &[_] = match name {
        "advocateReward" | "friendIncentive" | "loyaltyReward" => &[members.reward_id],
        "emailCapture" => &[members.event_id],
        "emailOptOut" => &[members.email_address, members.campaign_id],
        "receipt" => &[members.receipt_id],
        "ledgerTransaction" => &[members.transaction_id],
        _ => return None,
    };
    let texts: Vec<Id> = texts.iter().map(|member| text((*member)?)).collect::<Option<_>>()?;
    let fields: Vec<&str> = std::iter::once(name).chain(texts.iter().map(Id::as_str)).collect();
    Some(DeliveryId::business_fields(&fields))
}

fn text(member: &RawValue) -> Option<Id> {
    serde_json::from_str(member.get()).ok().filter(|id: &Id| !id.as_str().is_empty())
}

/// Returns the digest of an event with its type. `position` counts the equal events before it.
fn digest(name: &str, element: &str, position: usize) -> DeliveryId {
    let mut text = serde_json::Value::from(name).to_string();
    text.push_str(element);
    if position > 0 {
        // No JSON text ends like this.
        text.push_str(&format!("#{position}"));
    }
    DeliveryId::digest(text.as_bytes())
}
