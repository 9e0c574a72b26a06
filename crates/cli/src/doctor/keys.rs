//! The keys that a sender may have derived from a secret, if an accident changed the secret.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use referral_webhooks::{ConfigError, Scheme, Verifier};
use zeroize::Zeroizing;

use super::accident::{Accident, Repair};
use crate::secret::without_line_end;

/// A key, as text in the scheme's format or as bytes.
#[derive(Clone)]
pub(super) enum Key {
    Text(Zeroizing<String>),
    Bytes(Zeroizing<Vec<u8>>),
}

impl Key {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(Zeroizing::new(text.into()))
    }

    fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Bytes(Zeroizing::new(bytes.into()))
    }

    /// Returns a verifier with this key. Fails if the key is invalid for the scheme.
    pub(super) fn verifier(&self, scheme: Scheme) -> Result<Verifier, ConfigError> {
        match self {
            Self::Text(text) => Verifier::new(scheme, text.as_str()),
            Self::Bytes(bytes) => Verifier::from_key(scheme, bytes.as_slice()),
        }
    }
}

const SECRET: &str = "give the secret without it to the program that receives";

const ENCODING: &str = "save the file as UTF-8 without a byte order mark";

const SENDER_KEY: &str = "platform and receiver must read the secret in one way: set the receiver's key to these bytes \
                          (`Verifier::from_key`), or let the platform's support put its side right";

/// Returns every possible key of a secret, the key of the unchanged secret first.
pub(super) fn keys(raw: &[u8]) -> Vec<Repair<Key>> {
    let as_it_is = String::from_utf8_lossy(without_line_end(raw)).into_owned();
    let (clean, accidents) = cleaned(raw);
    let mut keys = vec![Repair::none(Key::text(&as_it_is))];
    if clean != as_it_is {
        keys.push(Repair { accidents: accidents.clone(), repaired: Key::text(&clean) });
    }
    if raw != as_it_is.as_bytes() {
        let what = "the sender's key has the line end of the secret's file in it";
        let help = "enter the secret at the sender again, without a line end";
        keys.push(Repair::new("secret-white-space", what, help, Key::bytes(raw)));
    }
    let is_padded_by_hand = as_it_is.trim().len() != as_it_is.len();
    if is_padded_by_hand {
        let what = "the sender's key has white space around it";
        let help = "enter the secret at the sender again, without white space";
        keys.push(Repair::new("secret-white-space", what, help, Key::bytes(as_it_is)));
    }
    keys.extend(readings(&clean).into_iter().map(|reading| reading.after(&accidents)));
    keys
}

/// Returns the secret as it was probably meant, and the accidents whose traces were removed.
fn cleaned(raw: &[u8]) -> (String, Vec<Accident>) {
    let mut accidents = Vec::new();
    let mut accident = |name, what: &str, help| accidents.push(Accident { name, what: what.to_owned(), help });
    let mut text = match raw {
        [0xff, 0xfe, rest @ ..] => {
            accident("secret-encoding", "the secret's file is UTF-16", ENCODING);
            let units = rest.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            accident("secret-encoding", "the secret's file begins with a byte order mark", ENCODING);
            String::from_utf8_lossy(without_line_end(rest)).into_owned()
        }
        _ => String::from_utf8_lossy(without_line_end(raw)).into_owned(),
    };
    if let Some((name, value)) = text.split_once('=')
        && !name.is_empty()
        && !value.trim_matches(['=', ' ', '\n', '\r']).is_empty()
        && name.trim_start_matches("export ").bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    {
        accident("secret-assignment", "the secret follows the name of a variable", SECRET);
        text = value.to_owned();
    }
    let blank = |character: char| character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}');
    if text.contains(blank) && !text.trim_matches(blank).contains(' ') {
        accident("secret-white-space", "the secret has white space in or around it", SECRET);
        text.retain(|character| !blank(character));
    } else if text.trim_matches(blank).len() != text.len() {
        accident("secret-white-space", "the secret has white space around it", SECRET);
        text = text.trim_matches(blank).to_owned();
    }
    for quote in ['"', '\'', '`'] {
        if let Some(inside) = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) {
            accident("secret-quotes", "the secret has quotes around it", SECRET);
            text = inside.to_owned();
        }
    }
    (text, accidents)
}

/// Returns the other keys that a sender may derive from a clean text.
fn readings(text: &str) -> Vec<Repair<Key>> {
    const PREFIX: &str = "give the secret exactly as the platform shows it, from its prefix on";
    let mut readings = Vec::new();
    let mut add = |name, what: &str, help, key| readings.push(Repair::new(name, what, help, key));
    if let Some(rest) = text.strip_prefix("v1,") {
        add("secret-prefix", "the secret begins with `v1,`, which does not belong to it", PREFIX, Key::text(rest));
    }
    let body = match text.rsplit_once("whsec_") {
        Some((_, rest)) => {
            add("secret-prefix", "the key is the secret without `whsec_`", PREFIX, Key::text(rest));
            rest
        }
        None => {
            add(
                "secret-prefix",
                "the key is the secret with `whsec_` before it",
                PREFIX,
                Key::text(format!("whsec_{text}")),
            );
            text
        }
    };
    // A prefix of another scheme, perhaps with a typing error.
    if let Some((_, rest)) = text.split_once('_') {
        add("secret-prefix", "the secret begins with a prefix that does not belong to it", PREFIX, Key::text(rest));
    }
    let standard = body.replace('-', "+").replace('_', "/");
    if standard != body {
        let what = "the secret is written in the URL-safe base64 alphabet";
        let help = "replace `-` by `+` and `_` by `/` in the secret";
        add("secret-url-safe", what, help, Key::text(&standard));
    }
    let raw = "the key is the secret's text itself, not decoded";
    add("secret-raw", raw, SENDER_KEY, Key::bytes(text));
    if body != text {
        add("secret-raw", "the key is the text after `whsec_` itself, not decoded", SENDER_KEY, Key::bytes(body));
    }
    if let Some(bytes) = from_hexadecimal(body) {
        add("secret-hex", "the key is the secret decoded from hexadecimal", SENDER_KEY, Key::bytes(bytes));
    }
    if let Some(bytes) = from_base64(body) {
        add("secret-base64", "the key is the secret decoded from base64", SENDER_KEY, Key::bytes(bytes));
    }
    readings
}

/// Accepts missing padding, and unused bits in the last character.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes a text in either alphabet of base64.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('-', "+").replace('_', "/")).ok()
}

/// Decodes a text in hexadecimal.
pub(super) fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|character| character.to_digit(16)).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len() % 2 == 0)?;
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}
