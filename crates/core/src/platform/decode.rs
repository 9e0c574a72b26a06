//! Decoding that all platforms share.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::event::Other;
use super::why::Why;
use crate::value::RawBody;

/// The name of an event that could not be decoded, if it was found, and the reason.
pub(super) type Unreadable = (Option<String>, Why);

/// Decodes a payload with a platform's decoder. If that fails, the event is `other`.
pub(super) fn decode_text<E>(
    payload: &Bytes,
    decode: impl FnOnce(&str) -> Result<E, Unreadable>,
    other: impl FnOnce(Other) -> E,
) -> E {
    let decoded = match simdutf8::basic::from_utf8(payload) {
        // Without this check, serde would read a list as the members of an object in their order.
        Ok(text) if !is_object(text) => Err((None, why_no_object(text))),
        Ok(text) => decode(text),
        Err(_) => Err((None, Why::NotUtf8)),
    };
    decoded.unwrap_or_else(|(name, why)| other(Other { name, body: RawBody::new(payload), why }))
}

/// Returns whether a text is an object, provided that it is JSON.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{')
}

fn why_no_object(text: &str) -> Why {
    serde_json::from_str::<IgnoredAny>(text).map_or_else(Why::from, |_| Why::UnknownShape)
}

/// Reads one JSON text as `T`.
pub(super) fn read<'t, T: Deserialize<'t>>(name: Option<&str>, text: &'t str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|error| (name.map(str::to_owned), Why::from(error)))
}

/// Reads a payload that is an object as `T`. `None` if it is something else.
pub(super) fn top<'t, T: Deserialize<'t>>(payload: &'t [u8]) -> Option<T> {
    // Without this check, serde would read a list as the members of an object in their order.
    let text = simdutf8::basic::from_utf8(payload).ok().filter(|text| is_object(text))?;
    serde_json::from_str(text).ok()
}

/// Returns the text of a member that holds an object.
pub(super) fn object(member: Option<&RawValue>) -> Option<&str> {
    member.map(RawValue::get).filter(|text| is_object(text))
}
