//! The reader of text that a platform writes as a JSON string or number.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;
use smol_str::SmolStr;

/// Reads a JSON string, or a number with its digits unchanged. Any other value is an error.
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SmolStr, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    match raw.as_bytes().first() {
        // The reader has checked the string, so without escapes the text is everything between the quotation marks.
        Some(b'"') if !raw.contains('\\') => Ok(raw[1..raw.len() - 1].into()),
        Some(b'"') => serde_json::from_str(raw).map_err(|_| D::Error::custom("not a string")),
        Some(b'-' | b'0'..=b'9') => Ok(raw.into()),
        _ => Err(D::Error::custom("neither a string nor a number")),
    }
}
