//! Bodies in other character sets, and accents in another form.

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use unicode_normalization::UnicodeNormalization as _;

use super::circumstances::{Circumstances, PROXY, RAW};
use crate::doctor::undo::{Originals, Undo};

const MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) const TRACES: &[Undo<Bytes, Circumstances>] =
    &[Undo { name: "body-encoding", help: PROXY, back: mark }, Undo { name: "body-encoding", help: RAW, back: utf_16 }];

pub(super) const GUESSES: &[Undo<Bytes, Circumstances>] = &[
    Undo { name: "body-encoding", help: RAW, back: single_bytes },
    Undo { name: "body-accents", help: RAW, back: accents },
    Undo { name: "body-encoding", help: RAW, back: to_utf_16 },
];

fn mark(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    if let Some(rest) = body.strip_prefix(MARK) {
        originals.add("a byte order mark was put before the body", body.slice_ref(rest));
    }
}

fn utf_16(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    if body.len() < 4 || !body.len().is_multiple_of(2) || !body[..4].iter().any(|byte| matches!(byte, 0 | 0xfe | 0xff))
    {
        return;
    }
    for encoding in [UTF_16LE, UTF_16BE] {
        let (text, is_broken) = encoding.decode_with_bom_removal(body);
        if !is_broken {
            let what = format!("the body was changed from UTF-8 to {}", encoding.name());
            originals.add(what, text.into_owned().into());
        }
    }
}

/// Adds UTF-8 that was read or written in a character set of single bytes.
fn single_bytes(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    if body.is_ascii() {
        return;
    }
    let text = std::str::from_utf8(body).ok();
    if text.is_none() {
        let latin: String = body.iter().map(|byte| char::from(*byte)).collect();
        originals.add("the body was changed from UTF-8 to ISO-8859-1", latin.into());
        if let Some(text) = decode(WINDOWS_1252, body) {
            originals.add("the body was changed from UTF-8 to Windows-1252", text.into());
        }
    }
    let Some(text) = text else { return };
    let latin: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(character).ok()).collect();
    if let Some(latin) = latin {
        // UTF-8 that was taken for ISO-8859-1, and written as UTF-8 once more, is UTF-8 here.
        originals.add("the body was read as ISO-8859-1 and written as UTF-8", latin.into());
    }
    let (bytes, _, is_broken) = WINDOWS_1252.encode(text);
    if !is_broken {
        originals.add("the body was read as Windows-1252 and written as UTF-8", bytes.into_owned().into());
    }
}

fn decode(encoding: &'static Encoding, body: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(body).map(std::borrow::Cow::into_owned)
}

/// Adds the text with accents as parts of their letters, and as characters after them.
fn accents(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(text) = std::str::from_utf8(body).ok().filter(|text| !text.is_ascii()) else { return };
    originals.add("accents were split from their letters (NFD)", text.nfc().collect::<String>().into());
    originals.add("accents were joined with their letters (NFC)", text.nfd().collect::<String>().into());
}

fn to_utf_16(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(text) = std::str::from_utf8(body).ok().filter(|text| text.len() <= 64 * 1024) else { return };
    for (marked, unit) in
        [(true, u16::to_le_bytes as fn(u16) -> [u8; 2]), (false, u16::to_le_bytes), (true, u16::to_be_bytes)]
    {
        let units = marked.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        let bytes: Vec<u8> = units.flat_map(unit).collect();
        originals.add("the body was changed from UTF-16 to UTF-8", bytes.into());
    }
}
