//! The bodies that a sender may have signed, if an accident changed the body on its way.

use std::io::{self, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder, GzEncoder, MultiGzDecoder, ZlibDecoder, ZlibEncoder};
use referral_webhooks::{Message, Scheme, Verifier};
use time::OffsetDateTime;

use super::accident::Repair;
use super::form;
use super::json::{self, Blanks, Escapes};
use crate::message;
use crate::secret::without_line_end;

/// The maximum length of a body that is rewritten in other styles, in bytes.
const MOST_REWRITTEN: usize = 256 * 1024;

const RAW: &str = "verify the bytes as they came, before anything parses, trims or logs them: take the raw body";

const PROXY: &str = "configure proxies, gateways and middleware before the receiver not to change bodies";

/// Returns every possible original of a body, the unchanged body first. `surplus` is the text after its end.
pub(super) fn bodies(body: &Bytes, surplus: &[u8], scheme: &Scheme) -> Vec<Repair<Bytes>> {
    let mut bodies = vec![Repair::none(body.clone())];
    ends(body, surplus, &mut bodies);
    packings(body, &mut bodies);
    forms(body, scheme, &mut bodies);
    encodings(body, &mut bodies);
    if body.len() <= MOST_REWRITTEN {
        styles(body, &mut bodies);
    }
    bodies
}

fn add(bodies: &mut Vec<Repair<Bytes>>, name: &'static str, what: impl Into<String>, help: &'static str, body: &[u8]) {
    bodies.push(Repair::new(name, what, help, Bytes::copy_from_slice(body)));
}

/// Adds bodies with other line ends, other white space around them and another length.
fn ends(body: &[u8], surplus: &[u8], bodies: &mut Vec<Repair<Bytes>>) {
    const NAME: &str = "body-line-end";
    let without = without_line_end(body);
    if without != body {
        add(bodies, NAME, "a line end was appended to the body", RAW, without);
    } else {
        for (end, name) in [("\n", "LF"), ("\r\n", "CR LF")] {
            let what = format!("the line end ({name}) after the body was cut off");
            add(bodies, NAME, what, RAW, &[body, end.as_bytes()].concat());
        }
    }
    if body.trim_ascii().len() != without.len() {
        add(bodies, NAME, "white space was put around the body", RAW, body.trim_ascii());
    }
    if !surplus.is_empty() {
        let help = "the body must be as long as it was sent; leave `content-length` out if the message was edited";
        let what = "`content-length` is smaller than the body";
        add(bodies, "body-length", what, help, &[body, surplus].concat());
    }
    let line_feeds = replace(body, b"\r\n", b"\n");
    if line_feeds != body {
        add(bodies, "body-line-ends", "the body's line ends became CR LF", RAW, &line_feeds);
    }
    if line_feeds.contains(&b'\n') {
        let what = "the body's line ends became LF";
        add(bodies, "body-line-ends", what, RAW, &replace(&line_feeds, b"\n", b"\r\n"));
    }
}

fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(old) {
            Some(after) => {
                replaced.extend_from_slice(new);
                rest = after;
            }
            None => {
                replaced.push(*first);
                rest = after;
            }
        }
    }
    replaced
}

/// Adds bodies without compression and base64.
fn packings(body: &[u8], bodies: &mut Vec<Repair<Bytes>>) {
    if let Some((packing, inflated)) = inflate(body) {
        let what = format!("the body was compressed ({}) after it was signed", packing.as_str());
        let help = "configure proxies not to compress requests to this URL, or inflate bodies before they are verified";
        add(bodies, "body-compressed", what, help, &inflated);
    }
    if let Ok(decoded) = STANDARD.decode(body.trim_ascii())
        && !decoded.is_empty()
    {
        let help = "decode it before it is verified (functions at AWS say so with `isBase64Encoded`)";
        add(bodies, "body-base64", "the body was wrapped in base64", help, &decoded);
    }
}

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zlib,
    Deflate,
}

impl Packing {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
        }
    }

    fn inflate(self, body: &[u8]) -> Option<Vec<u8>> {
        let mut inflated = Vec::new();
        let most = message::MOST as u64 + 1;
        let length = match self {
            Self::Gzip => MultiGzDecoder::new(body).take(most).read_to_end(&mut inflated),
            Self::Zlib => ZlibDecoder::new(body).take(most).read_to_end(&mut inflated),
            Self::Deflate => DeflateDecoder::new(body).take(most).read_to_end(&mut inflated),
        };
        (1..=message::MOST).contains(&length.ok()?).then_some(inflated)
    }

    /// Compresses a body in this format.
    pub(super) fn deflate(self, body: &[u8]) -> io::Result<Vec<u8>> {
        let mut packed = Vec::new();
        match self {
            Self::Gzip => GzEncoder::new(body, Compression::default()).read_to_end(&mut packed)?,
            Self::Zlib => ZlibEncoder::new(body, Compression::default()).read_to_end(&mut packed)?,
            Self::Deflate => DeflateEncoder::new(body, Compression::default()).read_to_end(&mut packed)?,
        };
        Ok(packed)
    }
}

/// Returns the content of a compressed body, unless it is too long.
pub(super) fn inflate(body: &[u8]) -> Option<(Packing, Vec<u8>)> {
    let packings = [Packing::Gzip, Packing::Zlib, Packing::Deflate];
    let mut inflated = packings.into_iter().filter_map(|packing| Some((packing, packing.inflate(body)?)));
    // Deflate has no magic number and no checksum, so that some texts inflate to noise.
    inflated.find(|(packing, inflated)| *packing != Packing::Deflate || std::str::from_utf8(inflated).is_ok())
}

/// Adds the fields of a form, and a form around the body.
fn forms(body: &Bytes, scheme: &Scheme, bodies: &mut Vec<Repair<Bytes>>) {
    const NAME: &str = "body-form";
    for (name, value) in form::fields(body).into_iter().flatten() {
        let what = format!("the signature covers the decoded field `{}` of the form", String::from_utf8_lossy(&name));
        let help = "choose the scheme or platform that signs a form's field, or let the platform send JSON";
        add(bodies, NAME, what, help, &value);
    }
    // Only the scheme knows its form, so the form is taken from a request that it signs.
    let signer = Verifier::new(scheme.clone(), scheme.secret_from(&[7; 32]));
    let message = Message::new(body, OffsetDateTime::UNIX_EPOCH).as_form();
    let signed = signer.ok().and_then(|signer| signer.sign(&message).ok());
    if let Some(request) = signed.filter(|request| request.body() != body) {
        let what = "the signature covers a form, and only the decoded field of it came";
        add(bodies, NAME, what, RAW, request.body());
    }
}

/// Adds bodies in other character sets, with and without a byte order mark.
fn encodings(body: &[u8], bodies: &mut Vec<Repair<Bytes>>) {
    const NAME: &str = "body-encoding";
    const MARK: &[u8] = b"\xef\xbb\xbf";
    match body.strip_prefix(MARK) {
        Some(rest) => add(bodies, NAME, "a byte order mark was put before the body", PROXY, rest),
        None => add(bodies, NAME, "the byte order mark before the body was cut off", RAW, &[MARK, body].concat()),
    }
    if body.is_ascii() {
        return;
    }
    let from_latin: String = body.iter().map(|byte| char::from(*byte)).collect();
    add(bodies, NAME, "the body was changed from UTF-8 to ISO-8859-1", RAW, from_latin.as_bytes());
    let text = std::str::from_utf8(body).unwrap_or_default();
    let latin: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(character).ok()).collect();
    if let Some(latin) = latin.filter(|latin| !latin.is_empty()) {
        add(bodies, NAME, "the body was changed from ISO-8859-1 to UTF-8", RAW, &latin);
    }
}

/// Adds the same JSON as other serialisers write it.
fn styles(body: &[u8], bodies: &mut Vec<Repair<Bytes>>) {
    let Some(tokens) = std::str::from_utf8(body).ok().and_then(json::tokens) else { return };
    let blanks = [
        (Blanks::None, "compact"),
        (Blanks::Single, "a blank after commas and colons"),
        (Blanks::Lines("  "), "indented by two blanks"),
        (Blanks::Lines("    "), "indented by four blanks"),
        (Blanks::Lines("\t"), "indented by tabs"),
    ];
    let chosen = |non_ascii, slash| Escapes::Chosen { non_ascii, slash };
    let escapes = [
        (Escapes::Kept, ""),
        (chosen(false, false), ", with mandatory escapes only"),
        (chosen(true, false), ", non-ASCII characters escaped"),
        (chosen(false, true), ", slashes escaped"),
        (chosen(true, true), ", non-ASCII characters and slashes escaped"),
        (Escapes::Html, ", `<`, `>` and `&` escaped"),
    ];
    let mut seen: Vec<String> = Vec::new();
    for (escape, escaped) in escapes {
        for (blank, spaced) in blanks {
            let text = json::write(&tokens, blank, escape);
            if text.as_bytes() == body || seen.contains(&text) {
                continue;
            }
            let what = format!("the JSON was parsed and written again; signed it was {spaced}{escaped}");
            add(bodies, "body-re-serialised", what, RAW, text.as_bytes());
            seen.push(text);
        }
    }
}
