//! Decoding never fails, whatever the payload is.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use referral_webhooks::platform::{Event as _, Platform, Signed};
use serde_json::{Value, json};

pub(crate) fn findings<P: Platform>(platform: &P, payload: &Bytes) -> Vec<String> {
    let mut found = Vec::new();
    for body in hostile(payload) {
        let shown = || String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        match catch_unwind(AssertUnwindSafe(|| read(platform, &body))) {
            Ok(read) => found.extend(read.into_iter().map(|what| format!("decoding {}: {what}", shown()))),
            Err(_) => found.push(format!("decoding {} panics", shown())),
        }
    }
    found
}

/// Reads everything: the event, its name, its id, its items, its time, all members as JSON, and the debug output.
fn read<P: Platform>(platform: &P, payload: &Bytes) -> Vec<String> {
    let mut found = Vec::new();
    let event = platform.decode(payload);
    let signed = Signed { message_id: None, payload };
    let id = platform.delivery_id(&event, signed);
    let (_, debug) = (platform.signed_at(&event), format!("{event:?}"));
    if id.as_str().is_empty() {
        found.push("the id is empty, so that two events would be one".to_owned());
    }
    if id.as_str().contains('@') {
        found.push("the id has an e-mail address".to_owned());
    }
    for item in platform.items(&event, signed) {
        if item.id.as_str().is_empty() {
            found.push("the id of an item is empty".to_owned());
        }
    }
    if let Err(error) = serde_json::to_string(&event) {
        found.push(format!("the event cannot be serialised: {error}"));
    }
    if event.name().is_none() && event.other().is_none() {
        found.push("a known event has no name".to_owned());
    }
    if event.other().is_some_and(|other| other.body.as_bytes() != payload) {
        found.push("the event `Other` has another body".to_owned());
    }
    if addresses(payload).iter().any(|address| debug.contains(address.as_str())) {
        found.push("the debug output has an e-mail address".to_owned());
    }
    found
}

/// Returns payloads that a platform does not send, many of them made of a genuine one.
fn hostile(genuine: &Bytes) -> Vec<Bytes> {
    let mut bodies: Vec<Bytes> = [
        &b""[..],
        b" ",
        b"{",
        b"{}",
        b"[]",
        b"[{}]",
        b"null",
        b"1e999999",
        b"\"text\"",
        b"\xff\xfe",
        b"{\"\\u0000\":\"\\ud800\"}",
        b"{\"a\":1,\"a\":2}",
        b"\xef\xbb\xbf{}",
    ]
    .into_iter()
    .map(Bytes::from_static)
    .collect();
    bodies.push(format!("{{\"data\":{}", "[".repeat(100_000)).into());
    bodies.extend((0..genuine.len()).map(|end| genuine.slice(..end)));
    bodies.push([genuine, genuine].map(|body| &body[..]).concat().into());
    if let Ok(whole) = serde_json::from_slice::<Value>(genuine) {
        bodies.push(json!([whole]).to_string().into());
        let values = [
            json!(null),
            json!(-1),
            json!(1e300),
            json!(""),
            json!([]),
            json!({}),
            json!(true),
            json!("x".repeat(5_000)),
        ];
        for place in places(&whole, String::new()) {
            for value in &values {
                let mut changed = whole.clone();
                if let Some(member) = changed.pointer_mut(&place) {
                    *member = value.clone();
                }
                bodies.push(changed.to_string().into());
            }
        }
    }
    bodies
}

/// Returns pointers to all members and elements of a value.
fn places(value: &Value, place: String) -> Vec<String> {
    let mut inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (escaped(name), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (name, value) in inside.drain(..) {
        let place = format!("{place}/{name}");
        found.extend(places(value, place.clone()));
        found.push(place);
    }
    found
}

/// Returns a member's name as in a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Returns the texts of a payload that look like e-mail addresses.
fn addresses(payload: &[u8]) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) if text.contains('@') => found.push(text.clone()),
            Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
            Value::Object(members) => members.values().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice(payload) {
        collect(&value, &mut found);
    }
    found
}
