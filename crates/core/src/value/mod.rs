//! The values that events are made of: text that is kept as it came, with readings that cannot lie.

mod amount;
mod id;
mod open;
mod personal;
mod raw;
mod timestamp;

pub use amount::Amount;
pub use id::Id;
pub(crate) use open::{Word, open_enum};
pub use personal::Personal;
pub use raw::{RawBody, RawJson};
pub use timestamp::Timestamp;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;
use smol_str::SmolStr;

/// The text of a JSON string or number, digits untouched; anything else is refused.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SmolStr, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    match raw.as_bytes().first() {
        // Without escapes the text is what stands between the quotation marks: the reader has checked the rest.
        Some(b'"') if !raw.contains('\\') => Ok(raw[1..raw.len() - 1].into()),
        Some(b'"') => serde_json::from_str(raw).map_err(|_| D::Error::custom("not a string")),
        Some(b'-' | b'0'..=b'9') => Ok(raw.into()),
        _ => Err(D::Error::custom("neither a string nor a number")),
    }
}
