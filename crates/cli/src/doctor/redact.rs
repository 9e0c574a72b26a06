//! Masks for personal data and secrets, which keep lengths, letter cases, escapes and blanks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use time::OffsetDateTime;

use super::body::inflate;
use super::form;
use super::json::{self, Token};
use crate::sender::Sender;

/// Members whose values name an event, a state or a currency.
const KEPT_MEMBERS: [&str; 4] = ["status", "type", "currency", "currency_code"];

/// Masks the personal data of a body. The event's name and the signed time are kept.
pub(super) fn body(body: &Bytes, sender: &Sender) -> Bytes {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if let Some(rest) = body.strip_prefix(MARK) {
        return [MARK, &self::body(&Bytes::copy_from_slice(rest), sender)].concat().into();
    }
    if let Some((packing, inflated)) = inflate(body) {
        let packed = packing.deflate(&self::body(&inflated.into(), sender));
        return packed.unwrap_or_else(|_| bytes(body)).into();
    }
    if let Some(fields) = form::fields(body) {
        let redacted = fields.into_iter().map(|(name, value)| (name, self::body(&value.into(), sender).to_vec()));
        return form::write(&redacted.collect::<Vec<_>>()).into();
    }
    if let Some(text) = std::str::from_utf8(body).ok().filter(|text| json::tokens(text).is_some()) {
        return json_text(text, sender).into();
    }
    match STANDARD.decode(body.trim_ascii()) {
        Ok(inner) if !inner.is_empty() => STANDARD.encode(self::body(&inner.into(), sender)).into(),
        _ => bytes(body).into(),
    }
}

/// Masks the strings and long numbers of JSON. Blanks and escapes are kept.
fn json_text(text: &str, sender: &Sender) -> String {
    let payload = Bytes::copy_from_slice(text.as_bytes());
    let event = sender.event_name(&payload);
    let milliseconds = |time: OffsetDateTime| (time.unix_timestamp_nanos() / 1_000_000).to_string();
    let kept_number = sender.signed_at(&payload).map(milliseconds);
    let tokens = json::tokens(text).unwrap_or_default();
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    let mut member = "";
    for (position, token) in tokens.iter().enumerate() {
        let (length, shown) = match token {
            Token::Mark(mark) => (1, mark.to_string()),
            Token::Text(name) if tokens.get(position + 1) == Some(&Token::Mark(':')) => {
                member = name;
                let kept = is_plain(name.trim_end_matches(|end: char| end.is_ascii_digit()));
                (name.len() + 2, format!("\"{}\"", if kept { (*name).to_owned() } else { string(name) }))
            }
            Token::Text(value) => {
                let says_what = KEPT_MEMBERS.iter().any(|kept| member.to_ascii_lowercase().ends_with(kept));
                let kept = event.as_deref() == Some(*value) || says_what && is_plain(value);
                (value.len() + 2, format!("\"{}\"", if kept { (*value).to_owned() } else { string(value) }))
            }
            Token::Word(word) if kept_number.as_deref() == Some(*word) => (word.len(), (*word).to_owned()),
            Token::Word(word) => (word.len(), number(word)),
        };
        // Blanks between tokens are kept.
        let blanks = rest.len() - rest.trim_start().len();
        redacted.push_str(&rest[..blanks]);
        redacted.push_str(&shown);
        rest = &rest[blanks + length..];
    }
    redacted + rest
}

/// Whether a text looks like an identifier of a program.
fn is_plain(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-')
}

/// Masks the digits of long numbers, which may be identifiers or phone numbers.
fn number(word: &str) -> String {
    let digits = word.bytes().take_while(|byte| *byte != b'.').filter(u8::is_ascii_digit).count();
    if digits < 4 { word.to_owned() } else { word.replace(|character: char| character.is_ascii_digit(), "1") }
}

/// Masks the content of a JSON string. Escapes keep their positions.
fn string(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let escape = rest.strip_prefix('\\').and_then(|after| after.chars().next());
        let length = match escape {
            Some('u') => {
                let unit = rest.get(2..6).and_then(|digits| u16::from_str_radix(digits, 16).ok()).unwrap_or_default();
                match unit {
                    0x30..0x7b => masked.push_str("\\u0078"),
                    0..0x80 => masked.push_str(&rest[..6]),
                    // A surrogate pair becomes another surrogate pair.
                    0xd800..0xdc00 => masked.push_str("\\ud83d"),
                    0xdc00..0xe000 => masked.push_str("\\ude00"),
                    _ => masked.push_str("\\u00e9"),
                }
                6
            }
            Some(_) => {
                masked.push_str(&rest[..2]);
                2
            }
            None => {
                masked.push(character(first));
                first.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    masked
}

/// Returns another character of the same kind and length.
fn character(character: char) -> char {
    match character {
        'a'..='z' => 'x',
        'A'..='Z' => 'X',
        '0'..='9' => '1',
        _ if character.is_ascii() => character,
        _ => match character.len_utf8() {
            2 => 'é',
            3 => '語',
            _ => '😀',
        },
    }
}

/// Masks bytes of unknown content.
pub(super) fn bytes(text: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(text) {
        Ok(text) => text.chars().map(character).collect::<String>().into_bytes(),
        Err(_) => {
            text.iter().map(|byte| if byte.is_ascii() { character(char::from(*byte)) as u8 } else { 0xe9 }).collect()
        }
    }
}

/// Masks a header of unknown content. A long word may be a misplaced secret, so even the kinds of its characters are
/// masked.
pub(super) fn header(value: &[u8]) -> Vec<u8> {
    let words = value.split_inclusive(|byte| !byte.is_ascii_alphanumeric());
    words.flat_map(|word| if word.len() > 16 { blind(word) } else { bytes(word) }).collect()
}

/// Masks letters and digits with one letter.
pub(super) fn blind(text: &[u8]) -> Vec<u8> {
    bytes(text).into_iter().map(|byte| if byte.is_ascii_alphanumeric() { b'x' } else { byte }).collect()
}

/// Returns a made-up secret of the same length and alphabet. Prefixes, blanks and quotes are kept.
pub(super) fn secret(raw: &[u8]) -> Vec<u8> {
    const HEXADECIMAL: &[u8] = b"0123456789abcdef";
    const ALPHABET: &[u8] = b"QRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOP";
    let text = String::from_utf8_lossy(raw);
    let kept = ["whsec_", "whpk_", "whsk_", "v1,"].iter().filter_map(|prefix| Some((text.find(prefix)?, prefix.len())));
    let kept: Vec<_> = kept.map(|(start, length)| start..start + length).collect();
    // The name of a variable before the secret.
    let name = raw.iter().position(|byte| !byte.is_ascii_uppercase() && *byte != b'_').filter(|at| raw[*at] == b'=');
    let is_replaced = |(position, byte): &(usize, &u8)| {
        byte.is_ascii_alphanumeric() && !kept.iter().any(|range| range.contains(position)) && Some(*position) > name
    };
    let mut replaced = raw.iter().enumerate().filter(is_replaced).map(|(_, byte)| byte);
    let alphabet = if replaced.all(u8::is_ascii_hexdigit) { HEXADECIMAL } else { ALPHABET };
    let made_up = raw.iter().enumerate().map(|(position, byte)| {
        if is_replaced(&(position, byte)) {
            alphabet[position * 11 % alphabet.len()]
        } else if Some(position) < name && byte.is_ascii_uppercase() {
            b'X'
        } else {
            *byte
        }
    });
    made_up.collect()
}
