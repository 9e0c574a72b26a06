//! The bound on the length of a reason.

/// The longest reason that is stored, in bytes.
pub(crate) const MAX_REASON: usize = 2_000;

/// Returns the longest prefix of at most `most` bytes that ends at a character boundary.
pub(crate) fn truncated(text: &str, most: usize) -> String {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or_default()].to_owned()
}
