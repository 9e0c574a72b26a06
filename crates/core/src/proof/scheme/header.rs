//! Strict reading of the headers that carry a proof.

use http::header::{GetAll, HeaderValue};

use crate::{Error, ErrorKind};

/// Returns the value of a header that must be sent exactly once and be no longer than `most` bytes.
pub(super) fn only_value<'r>(
    values: &GetAll<'r, HeaderValue>,
    label: &'static str,
    most: usize,
) -> Result<&'r [u8], Error> {
    let mut values = values.iter();
    let value = values.next().ok_or(ErrorKind::MissingHeader(label))?;
    if values.next().is_some() {
        return Err(ErrorKind::RepeatedHeader(label).into());
    }
    if value.len() > most {
        return Err(ErrorKind::MalformedHeader(label).into());
    }
    Ok(HeaderValue::as_bytes(value))
}

/// Parses a Unix time written as `[0-9]{1,19}`. Values beyond `i64` saturate.
pub(super) fn timestamp(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let mut number: u64 = 0;
    for character in text {
        if !character.is_ascii_digit() {
            return None;
        }
        // 19 digits fit into 64 bits, so the arithmetic does not wrap.
        number = number.wrapping_mul(10).wrapping_add(u64::from(character - b'0'));
    }
    Some(i64::try_from(number).unwrap_or(i64::MAX))
}
