//! Bodies that were forms, or became forms.

use bytes::Bytes;
use referral_webhooks::{Message, Verifier};
use serde_json::Value;
use time::OffsetDateTime;

use super::circumstances::{Circumstances, RAW};
use crate::doctor::form;
use crate::doctor::undo::{Originals, Undo};

const FIELD: &str = "choose the scheme or platform that signs a form's field, or let the platform send JSON";

pub(super) const TRACES: &[Undo<Bytes, Circumstances>] = &[
    Undo { name: "body-form", help: FIELD, back: fields },
    Undo { name: "body-percent", help: RAW, back: percent },
    Undo { name: "body-multipart", help: FIELD, back: parts },
];

pub(super) const GUESSES: &[Undo<Bytes, Circumstances>] = &[
    Undo { name: "body-form", help: RAW, back: form_of_scheme },
    Undo { name: "body-form-rewritten", help: RAW, back: rewritten },
    Undo { name: "body-form-to-json", help: RAW, back: from_json },
];

/// The maximum number of fields that are tried.
const MOST_FIELDS: usize = 16;

fn fields(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    for (name, value) in form::fields(body).into_iter().flatten().take(MOST_FIELDS) {
        if value.is_empty() {
            originals.add("a parser of forms took the body for the name of a field", name.into());
        } else {
            let name = String::from_utf8_lossy(&name);
            let name: String = name.chars().take(40).collect();
            originals.add(format!("the signature covers the decoded field `{name}` of the form"), value.into());
        }
    }
}

fn percent(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    if body.contains(&b'%') && !body.contains(&b'{') {
        originals.add("the body was escaped with `%`", form::decode(body).into());
    }
}

fn parts(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(text) = std::str::from_utf8(body).ok().filter(|text| text.starts_with("--")) else { return };
    let boundary = text.lines().next().unwrap_or_default();
    for part in text.split(boundary).take(MOST_FIELDS) {
        let content = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n"));
        if let Some((_, content)) = content {
            let content = content.strip_suffix("\r\n").or_else(|| content.strip_suffix('\n')).unwrap_or(content);
            originals.add("the body was put into a form of several parts", body.slice_ref(content.as_bytes()));
        }
    }
}

/// Adds the form of the scheme around the body.
fn form_of_scheme(body: &Bytes, circumstances: &Circumstances, originals: &mut Originals<Bytes>) {
    // Only the scheme knows its form, so the form is taken from a request that it signs.
    let scheme = &circumstances.sender.scheme;
    let signer = Verifier::new(scheme.clone(), scheme.secret_from(&[7; 32]));
    let message = Message::new(body, OffsetDateTime::UNIX_EPOCH).as_form();
    let signed = signer.ok().and_then(|signer| signer.sign(&message).ok());
    if let Some(request) = signed.filter(|request| request.body().contains(&b'=')) {
        let what = "the signature covers a form, and only the decoded field of it came";
        originals.add(what, request.into_body());
    }
}

/// Adds the form as other programs escape it.
fn rewritten(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(fields) = form::fields(body) else { return };
    for style in form::STYLES {
        let what = format!("the form was parsed and written again; signed it was as {} writes it", style.name);
        originals.add(what, form::write_as(&fields, style).into());
    }
}

/// Adds the form behind an object with texts as its members.
fn from_json(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    if body.first() != Some(&b'{') {
        return;
    }
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return };
    let text = |value: &Value| value.as_str().map(|text| text.as_bytes().to_vec());
    let fields = members.iter().map(|(name, value)| Some((name.as_bytes().to_vec(), text(value)?)));
    let Some(fields) = fields.collect::<Option<Vec<_>>>() else { return };
    for style in form::STYLES {
        let what = format!("a parser made JSON of a form; signed it was as {} writes it", style.name);
        originals.add(what, form::write_as(&fields, style).into());
    }
}
