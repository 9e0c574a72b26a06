//! Names that a scheme is set up with: headers, prefixes, elements, members.
//!
//! The constant constructors assert these rules, and the fallible ones return an error. An owned name is interned, so that
//! errors and labels stay `Copy`.

use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};

use crate::{ConfigError, interned};

/// The maximum length of a prefix, in bytes.
const MAX_PREFIX: usize = 64;

/// The maximum length of an element name, in bytes.
const MAX_ELEMENT: usize = 32;

/// The maximum length of the name of a header, a member or a field, in bytes.
const MAX_NAME: usize = 256;

/// Returns a header with its name as a label, in lower case.
pub(super) fn header(name: &str) -> Result<(HeaderName, &'static str), ConfigError> {
    const RESERVED: [HeaderName; 9] =
        [CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| ConfigError::HeaderName)?;
    if name.len() > MAX_NAME {
        return Err(ConfigError::HeaderName);
    }
    if RESERVED.contains(&header) {
        return Err(ConfigError::ReservedHeader);
    }
    let label = text(header.as_str())?;
    Ok((header, label))
}

/// Returns the prefix of a header's value.
pub(super) fn prefix(prefix: &str) -> Result<&'static str, ConfigError> {
    if is_prefix(prefix) { text(prefix) } else { Err(ConfigError::HeaderPrefix) }
}

/// Returns the two element names of a header's value.
pub(super) fn elements(first: &str, second: &str) -> Result<(&'static str, &'static str), ConfigError> {
    if are_elements(first, second) { Ok((text(first)?, text(second)?)) } else { Err(ConfigError::ElementName) }
}

/// Returns the name of a member or of a form field.
pub(super) fn member(name: &str) -> Result<&'static str, ConfigError> {
    if is_member(name) { text(name) } else { Err(ConfigError::MemberName) }
}

fn text(name: &str) -> Result<&'static str, ConfigError> {
    interned::text(name).ok_or(ConfigError::TooManyNames)
}

/// Returns whether a text can begin a header's value.
pub(super) const fn is_prefix(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'!'..=b'~') && (bytes[at] != b' ' || at == 0) {
            return false;
        }
        at += 1;
    }
    bytes.len() <= MAX_PREFIX
}

/// Returns whether two texts can name different elements of a header's value.
pub(super) const fn are_elements(first: &str, second: &str) -> bool {
    is_element(first) && is_element(second) && !are_equal(first.as_bytes(), second.as_bytes())
}

/// Returns whether a text can name a member or a form field.
pub(super) const fn is_member(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_control() {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() <= MAX_NAME
}

const fn is_element(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'!'..=b'~') || matches!(bytes[at], b',' | b'=') {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() <= MAX_ELEMENT
}

const fn are_equal(first: &[u8], second: &[u8]) -> bool {
    if first.len() != second.len() {
        return false;
    }
    let mut at = 0;
    while at < first.len() {
        if first[at] != second[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_names_are_refused_with_their_fault() {
        for (name, want) in [
            ("X-Shop-Signature", Ok("x-shop-signature")),
            ("signature", Ok("signature")),
            ("", Err(ConfigError::HeaderName)),
            ("x shop", Err(ConfigError::HeaderName)),
            ("X-Shop-Signature:", Err(ConfigError::HeaderName)),
            ("x-sh\u{f6}p", Err(ConfigError::HeaderName)),
            ("x\r\nhost", Err(ConfigError::HeaderName)),
            (&"x".repeat(257), Err(ConfigError::HeaderName)),
            ("Content-Type", Err(ConfigError::ReservedHeader)),
            ("host", Err(ConfigError::ReservedHeader)),
            ("Transfer-Encoding", Err(ConfigError::ReservedHeader)),
        ] {
            assert_eq!(header(name).map(|(_, label)| label), want, "{name:?}");
        }
        for (text, want) in [
            ("", true),
            ("sha256=", true),
            ("Bearer ", true),
            ("HMAC SHA256 ", true),
            (" sha256=", false),
            ("sha256\t", false),
            ("sha\u{e4}=", false),
            ("x\n", false),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(prefix(text).is_ok(), want, "{text:?}");
        }
        for (first, second, want) in [
            ("t", "v1", true),
            ("ts", "v", true),
            ("v", "v1", true),
            ("t", "t", false),
            ("", "v1", false),
            ("t", "", false),
            ("t,", "v1", false),
            ("t", "v=1", false),
            ("t ", "v1", false),
            ("t", "v\u{e4}", false),
            ("t", &"v".repeat(33), false),
        ] {
            assert_eq!(elements(first, second).is_ok(), want, "{first:?}, {second:?}");
        }
        for (name, want) in [("key", true), ("k\u{e9}y", true), ("a b", true), ("", false), ("a\n", false)] {
            assert_eq!(member(name).is_ok(), want, "{name:?}");
        }
    }
}
