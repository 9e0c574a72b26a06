//! Bodies in a compression format, in base64 or in hexadecimal.

use std::io::{self, Read as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder, GzEncoder, MultiGzDecoder, ZlibDecoder, ZlibEncoder};

use super::circumstances::Circumstances;
use crate::doctor::secret::{from_base64, from_hexadecimal};
use crate::doctor::undo::{Originals, Undo};
use crate::message;

const INFLATE: &str =
    "configure proxies not to compress requests to this URL, or inflate bodies before they are verified";

const DECODE: &str = "decode it before it is verified (functions at AWS say so with `isBase64Encoded`)";

pub(super) const UNDOS: &[Undo<Bytes, Circumstances>] = &[
    Undo { name: "body-compressed", help: INFLATE, back: compressed },
    Undo { name: "body-base64", help: DECODE, back: in_base64 },
    Undo { name: "body-hex", help: DECODE, back: in_hexadecimal },
];

fn compressed(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    // Text is never compressed.
    if body.is_ascii() || std::str::from_utf8(body).is_ok_and(|text| text.trim_start().starts_with(['{', '[', '"'])) {
        return;
    }
    for (packing, inflated) in inflated(body) {
        let what = format!("the body was compressed ({}) after it was signed", packing.as_str());
        originals.add(what, inflated.into());
    }
}

/// Returns the text of a body without line breaks, if all of it is ASCII without marks of JSON.
fn one_word(body: &[u8]) -> Option<String> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=\r\n:,;\\ ".contains(byte);
    if body.len() < 4 || !body.iter().all(is_word) {
        return None;
    }
    Some(body.iter().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| char::from(*byte)).collect())
}

fn in_base64(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let body = body.strip_prefix(b"data:application/json;base64,").unwrap_or(body);
    if let Some(decoded) = one_word(body).and_then(|word| from_base64(&word)).filter(|decoded| !decoded.is_empty()) {
        originals.add("the body was wrapped in base64", decoded.into());
    }
}

fn in_hexadecimal(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(word) = one_word(body) else { return };
    let digits = word.replace("\\x", "").replace("0x", "").replace([':', ','], "");
    if let Some(decoded) = from_hexadecimal(&digits) {
        originals.add("the body was written in hexadecimal", decoded.into());
    }
}

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::doctor) enum Packing {
    Gzip,
    Zlib,
    Deflate,
    Brotli,
}

impl Packing {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
        }
    }

    /// Whether the format has neither a magic number nor a checksum, so that some texts inflate to noise.
    const fn is_unmarked(self) -> bool {
        matches!(self, Self::Deflate | Self::Brotli)
    }

    fn inflate(self, body: &[u8]) -> Option<Vec<u8>> {
        let mut inflated = Vec::new();
        let most = message::MOST as u64 + 1;
        let length = match self {
            Self::Gzip => MultiGzDecoder::new(body).take(most).read_to_end(&mut inflated),
            Self::Zlib => ZlibDecoder::new(body).take(most).read_to_end(&mut inflated),
            Self::Deflate => DeflateDecoder::new(body).take(most).read_to_end(&mut inflated),
            Self::Brotli => brotli_decompressor::Decompressor::new(body, 4096).take(most).read_to_end(&mut inflated),
        };
        (1..=message::MOST).contains(&length.ok()?).then_some(inflated)
    }

    /// Compresses a body in this format. Fails for a format that this program only reads.
    pub(in crate::doctor) fn deflate(self, body: &[u8]) -> io::Result<Vec<u8>> {
        let mut packed = Vec::new();
        match self {
            Self::Gzip => GzEncoder::new(body, Compression::default()).read_to_end(&mut packed)?,
            Self::Zlib => ZlibEncoder::new(body, Compression::default()).read_to_end(&mut packed)?,
            Self::Deflate => DeflateEncoder::new(body, Compression::default()).read_to_end(&mut packed)?,
            Self::Brotli => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(packed)
    }
}

/// Returns the content of a compressed body, unless it is too long.
pub(in crate::doctor) fn inflate(body: &[u8]) -> Option<(Packing, Vec<u8>)> {
    inflated(body).next()
}

/// Returns the contents of a body in all formats that it may have.
fn inflated(body: &[u8]) -> impl Iterator<Item = (Packing, Vec<u8>)> {
    let packings = [Packing::Gzip, Packing::Zlib, Packing::Deflate, Packing::Brotli];
    let inflated = packings.into_iter().filter_map(|packing| Some((packing, packing.inflate(body)?)));
    inflated.filter(|(packing, inflated)| !packing.is_unmarked() || std::str::from_utf8(inflated).is_ok())
}
