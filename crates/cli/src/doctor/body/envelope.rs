//! Bodies inside the event of a function, a queue or a proxy.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::circumstances::Circumstances;
use crate::doctor::secret::from_base64;
use crate::doctor::undo::{Originals, Undo};

const FUNCTION: &str =
    "verify `event.body`, decoded from base64 if `isBase64Encoded` is true, with the event's `headers`";

const ENVELOPE: &str = "take the body out of its envelope before it is verified, with every byte as it was sent";

pub(super) const UNDOS: &[Undo<Bytes, Circumstances>] = &[
    Undo { name: "body-aws-event", help: FUNCTION, back: function },
    Undo { name: "body-envelope", help: ENVELOPE, back: envelope },
];

/// The maximum number of members that are tried.
const MOST_MEMBERS: usize = 40;

/// The maximum depth of an envelope.
const MOST_DEPTH: usize = 6;

/// Names of members that hold a body.
const BODIES: [&str; 14] = [
    "body",
    "rawbody",
    "raw",
    "payload",
    "data",
    "data_base64",
    "message",
    "content",
    "event",
    "detail",
    "body-json",
    "requestbody",
    "text",
    "value",
];

type Members<'t> = BTreeMap<Cow<'t, str>, &'t RawValue>;

/// Returns the members of an object, each as it is written.
pub(in crate::doctor) fn members(body: &[u8]) -> Option<Members<'_>> {
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    is_object.then(|| serde_json::from_slice(body).ok()).flatten()
}

fn string(value: &RawValue) -> Option<String> {
    value.get().starts_with('"').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

fn function(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(members) = members(body) else { return };
    let is_event = ["requestContext", "isBase64Encoded", "httpMethod", "rawPath", "multiValueHeaders"]
        .iter()
        .any(|name| members.contains_key(*name));
    let Some(inner) = members.get("body").filter(|_| is_event) else { return };
    let Some(text) = string(inner) else {
        originals.add(
            "the body is an event of AWS, whose member `body` was parsed",
            Bytes::copy_from_slice(inner.get().as_bytes()),
        );
        return;
    };
    let is_base64 = members.get("isBase64Encoded").is_some_and(|value| value.get() == "true");
    match from_base64(&text).filter(|_| is_base64) {
        Some(decoded) => {
            originals.add("the body is an event of AWS, with the signed body as base64 in it", decoded.into())
        }
        None => originals.add("the body is an event of AWS, with the signed body in it", text.into()),
    }
}

fn envelope(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let mut left = MOST_MEMBERS;
    walk(body, 0, &mut left, originals);
}

fn walk(text: &[u8], depth: usize, left: &mut usize, originals: &mut Originals<Bytes>) {
    if depth > MOST_DEPTH {
        return;
    }
    if let Some(members) = members(text) {
        for (name, value) in members {
            visit(&name, value, depth, left, originals);
        }
    } else if text.trim_ascii_start().first() == Some(&b'[') {
        let elements: Vec<&RawValue> = serde_json::from_slice(text).unwrap_or_default();
        for element in elements.into_iter().take(MOST_MEMBERS) {
            visit("0", element, depth, left, originals);
        }
    }
}

fn visit(name: &str, value: &RawValue, depth: usize, left: &mut usize, originals: &mut Originals<Bytes>) {
    if *left == 0 {
        return;
    }
    let shown: String = name.chars().take(40).collect();
    let is_known = BODIES.contains(&name.to_ascii_lowercase().as_str());
    if let Some(text) = string(value) {
        let may_be_body =
            text.len() > 1 && (is_known || text.trim_start().starts_with(['{', '[', '"']) || text.contains('='));
        if may_be_body {
            *left -= 1;
            originals.add(format!("the signed body is the text in the member `{shown}`"), text.into());
        } else if let Some(inner) = form_in_name(name, &text) {
            *left -= 1;
            originals.add("a parser of forms took the body for the name of a field", inner.into());
        }
    } else if value.get().starts_with(['{', '[']) && value.get().len() > 2 {
        if depth < 3 || is_known {
            *left -= 1;
            let inner = Bytes::copy_from_slice(value.get().as_bytes());
            originals.add(format!("the signed body is the member `{shown}`"), inner);
        }
        walk(value.get().as_bytes(), depth + 1, left, originals);
    }
}

/// Returns the JSON that a parser of forms took for a name without a value.
fn form_in_name(name: &str, value: &str) -> Option<String> {
    (name.starts_with('{') && value.is_empty()).then(|| name.to_owned())
}
