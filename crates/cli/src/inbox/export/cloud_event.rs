//! Entries as structured CloudEvents 1.0.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_TYPE;
use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::store::Entry;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::inbox::forward::payload;
use crate::inbox::masked::Masked;
use crate::inbox::moment::written;
use crate::sender::Sender;

/// A structured CloudEvent: the attributes of version 1.0, and extensions with names in lower case.
///
/// Source and id together are unique, as they are in the inbox. The time is that of the event, if its body has one.
#[derive(Debug, Serialize)]
pub(super) struct CloudEvent {
    specversion: &'static str,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<String>,
    /// The time of receipt: the extension `recordedtime`.
    recordedtime: String,
    inboxentry: String,
    inboxstate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inboxmasked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
}

/// Returns the event of an entry; with a masked body, if there is one.
pub(super) fn event(
    entry: &Entry,
    delivery: Option<&StoredDelivery>,
    sender: Option<&Sender>,
    masked: Option<Masked>,
) -> CloudEvent {
    let tenant = entry.tenant.as_deref().map(|tenant| format!(":{}", escaped(tenant))).unwrap_or_default();
    let event = entry.event.as_deref().unwrap_or("unknown");
    let mut cloud_event = CloudEvent {
        specversion: "1.0",
        id: entry.delivery_id.clone(),
        source: format!("urn:webhook:{}:{}{tenant}", escaped(&entry.platform), escaped(&entry.endpoint)),
        kind: format!("webhook.{}.{event}", entry.platform),
        time: None,
        subject: None,
        datacontenttype: None,
        recordedtime: written(entry.received_at),
        inboxentry: entry.id.to_string(),
        inboxstate: entry.state.as_str(),
        inboxmasked: masked.as_ref().map(|_| true),
        data: None,
        data_base64: None,
    };
    let Some(StoredDelivery { headers, body, .. }) = delivery else { return cloud_event };
    let payload = payload(headers, body).unwrap_or_else(|| body.clone());
    let facts = sender.filter(|_| entry.item.is_none()).map(|sender| sender.summary(&payload)).unwrap_or_default();
    let fact = |name: &str| facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.clone());
    (cloud_event.time, cloud_event.subject) = (fact("occurred"), fact("subject"));
    let text = match &masked {
        Some(masked) => Some(masked.body.as_str()),
        None => std::str::from_utf8(&payload).ok(),
    };
    cloud_event.data = text.and_then(json);
    if cloud_event.data.is_some() {
        cloud_event.datacontenttype = Some("application/json".to_owned());
    } else if let Some(masked) = masked {
        cloud_event.data = serde_json::value::to_raw_value(&masked.body).ok();
        cloud_event.datacontenttype = Some("text/plain".to_owned());
    } else {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        cloud_event.datacontenttype = Some(media_type.unwrap_or("application/octet-stream").to_owned());
        cloud_event.data_base64 = Some(STANDARD.encode(body));
    }
    cloud_event
}

/// Returns a JSON document as it is, without line breaks between its values; `None` if it is not JSON.
fn json(text: &str) -> Option<Box<RawValue>> {
    // Within a text, JSON has no unescaped control character.
    RawValue::from_string(text.replace(['\n', '\r', '\t'], " ")).ok()
}

/// Escapes a part of a URN.
fn escaped(text: &str) -> String {
    let mut part = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            true => part.push(char::from(byte)),
            false => {
                let _ = write!(part, "%{byte:02X}");
            }
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_source_has_no_separator() {
        for (text, want) in [("redpin-main", "redpin-main"), ("a:b/c d", "a%3Ab%2Fc%20d"), ("Zoë", "Zo%C3%AB")] {
            assert_eq!(escaped(text), want);
        }
    }

    #[test]
    fn a_document_stays_as_it_is() {
        for (text, want) in [
            ("{\n\t\"a\": 1.10}", Some("{  \"a\": 1.10}")),
            ("a=1", None),
            ("", None),
            ("12345678901234567890123", Some("12345678901234567890123")),
        ] {
            assert_eq!(json(text).as_deref().map(RawValue::get), want, "{text}");
        }
    }
}
