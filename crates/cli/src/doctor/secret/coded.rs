//! Secrets whose text was encoded once more.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::key::{Key, Origin};
use crate::doctor::undo::{Originals, Undo};
use crate::doctor::{entities, form};
use crate::secret::without_line_end;

const DECODE: &str = "decode the secret once before it is given to the program that receives";

pub(super) const UNDOS: &[Undo<Key, Origin>] = &[
    Undo { name: "secret-in-base64", help: DECODE, back: in_base64 },
    Undo { name: "secret-in-hex", help: DECODE, back: in_hexadecimal },
    Undo { name: "secret-percent", help: DECODE, back: percent },
    Undo { name: "secret-entities", help: DECODE, back: in_html },
];

/// Adds a decoded text. Random bytes are no text.
fn add_text(what: &'static str, decoded: Option<Vec<u8>>, originals: &mut Originals<Key>) {
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let is_text =
        |text: &&String| !text.contains(|character: char| character.is_control() && !"\t\r\n".contains(character));
    if let Some(text) = text.as_ref().filter(is_text) {
        originals.text(what, text);
        // The line feed of `echo … | base64` is part of this accident.
        if let Ok(line) = std::str::from_utf8(without_line_end(text.as_bytes())) {
            originals.text("the secret was encoded as base64 or hexadecimal, with its line end", line);
        }
    }
}

fn in_base64(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    let joined: String = text.split_whitespace().collect();
    let joined =
        ["base64:", "data:text/plain;base64,"].iter().find_map(|it| joined.strip_prefix(it)).unwrap_or(&joined);
    add_text("the secret's text was encoded as base64", from_base64(joined), originals);
}

fn in_hexadecimal(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    let digits: String = text.replace("\\x", "").replace([':', ' '], "");
    let digits = digits.strip_prefix("0x").unwrap_or(&digits);
    add_text("the secret's text was encoded as hexadecimal", from_hexadecimal(digits), originals);
}

fn percent(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text().filter(|text| text.contains('%')) else { return };
    // A plus sign is a blank in a form, and itself in a path.
    for text in [text.replace('+', "%2B"), text.to_owned()] {
        if let Ok(decoded) = String::from_utf8(form::decode(text.as_bytes())) {
            originals.text("the secret is escaped for a URL, with `%`", &decoded);
        }
    }
}

fn in_html(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    if let Some(decoded) = key.text().and_then(entities::decode) {
        originals.text("the secret is escaped for HTML or XML", &decoded);
    }
}

/// Accepts missing padding, and unused bits in the last character.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes a text in either alphabet of base64.
pub(in crate::doctor) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('-', "+").replace('_', "/")).ok()
}

/// Decodes a text in hexadecimal.
pub(in crate::doctor) fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|character| character.to_digit(16)).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len() % 2 == 0)?;
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}
