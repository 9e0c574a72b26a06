//! The bytes that carry an event.

use bytes::Bytes;
use http::HeaderMap;

/// Returns the document in a body: the body, or the value of a form that looks like JSON.
pub(super) fn payload(body: &[u8]) -> Bytes {
    let is_document = body.trim_ascii_start().first().is_none_or(|first| b"{[\"".contains(first));
    if is_document || !body.contains(&b'=') {
        return Bytes::copy_from_slice(body);
    }
    let mut values = form_urlencoded::parse(body).map(|(_, value)| value);
    match values.find(|value| value.trim_start().starts_with(['{', '['])) {
        Some(value) => value.into_owned().into_bytes().into(),
        None => Bytes::copy_from_slice(body),
    }
}

/// Returns the message id in the headers of Svix.
pub(super) fn message_id(headers: &HeaderMap) -> Option<&str> {
    ["svix-id", "webhook-id"].iter().find_map(|name| headers.get(*name)?.to_str().ok())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_of_a_form_is_its_payload() {
        for (body, want) in [
            ("{\"a\":1}", "{\"a\":1}"),
            ("payload=%7B%22a%22%3A1%7D", "{\"a\":1}"),
            ("a=b&payload=+%7B%7D", " {}"),
            ("a=b", "a=b"),
            ("hello", "hello"),
            ("", ""),
        ] {
            assert_eq!(super::payload(body.as_bytes()), want, "{body}");
        }
    }
}
