//! Bodies as programs print them: literals, lists of bytes, escaped texts, objects of scripting languages.

use bytes::Bytes;

use super::circumstances::{Circumstances, RAW};
use crate::doctor::undo::{Originals, Undo};
use crate::doctor::{entities, json, literal};

const PRINTED: &str = "pass the bytes on themselves, not a printed form of them";

pub(super) const UNDOS: &[Undo<Bytes, Circumstances>] = &[
    Undo { name: "body-json-string", help: "encode the body as JSON once, not twice", back: json_string },
    Undo { name: "body-escaped", help: PRINTED, back: escaped },
    Undo { name: "body-repr", help: PRINTED, back: literals },
    Undo { name: "body-bytes", help: PRINTED, back: list_of_bytes },
    Undo { name: "body-entities", help: "verify the body before it is escaped for HTML", back: html },
    Undo { name: "body-dump", help: PRINTED, back: objects },
    Undo { name: "body-surrounded", help: RAW, back: surrounded },
];

fn text(body: &Bytes) -> Option<&str> {
    std::str::from_utf8(body).ok()
}

fn json_string(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(text) = text(body).filter(|text| text.trim_start().starts_with('"')) else { return };
    if let Ok(inside) = serde_json::from_str::<String>(text) {
        originals.add("the body was encoded as JSON once more, as a string", inside.into());
    }
}

fn escaped(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(text) = text(body).filter(|text| text.contains("\\\"") || text.contains("\\'")) else { return };
    if let Ok(inside) = serde_json::from_str::<String>(&format!("\"{}\"", text.replace("\\'", "'"))) {
        originals.add("quotes in the body were escaped with `\\`", inside.into());
    }
    let slashed = text.replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\");
    originals.add("quotes in the body were escaped with `\\`", slashed.into());
}

fn literals(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(text) = text(body) else { return };
    if let Some(bytes) = literal::python(text.trim()) {
        originals.add("the body is a literal of Python, such as `b'…'`", bytes.into());
    }
    if let Some(bytes) = literal::quoted(text.trim()) {
        originals.add("the body is a literal with `\\x` escapes, as C, Go and Ruby print it", bytes.into());
    }
}

fn list_of_bytes(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    if let Some(bytes) = text(body).and_then(literal::bytes) {
        originals.add("the body is a list of the signed bytes as numbers", bytes.into());
    }
}

fn html(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    if let Some(decoded) = text(body).and_then(entities::decode) {
        originals.add("the body was escaped for HTML", decoded.into());
    }
}

fn objects(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let is_object = |text: &&str| ["'", "=>", "None"].iter().any(|sign| text.contains(sign)) && !json::is_json(text);
    let Some(text) = text(body).filter(is_object) else { return };
    if let Some(json) = literal::object(text).filter(|json| json.as_bytes() != body) {
        originals.add("the body is an object as Python or Ruby prints it", json.into());
    }
}

/// Adds the JSON inside a line of a log, or inside the dump of an object that holds it.
fn surrounded(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(text) = text(body) else { return };
    for (open, close) in [('{', '}'), ('[', ']')] {
        let (Some(start), Some(end)) = (text.find(open), text.rfind(close)) else { continue };
        let is_inside = start < end && (start > 0 || end + 1 < text.len());
        let inside = is_inside.then(|| &text[start..=end]);
        if let Some(inside) = inside.filter(|inside| json::is_json(inside)) {
            originals.add("text was put around the body", body.slice_ref(inside.as_bytes()));
        }
    }
}
