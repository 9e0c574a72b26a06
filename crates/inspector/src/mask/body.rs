//! Masked bodies: JSON, forms, and all others.

use std::borrow::Cow;

use super::json::json;
use super::known::Known;
use super::name::{Sense, sense};
use super::value::{MASK, masked};

/// The number of fields of a form that are shown.
const FIELDS: usize = 1_000;

/// A body without personal data.
///
/// ```
/// use referral_webhooks_inspector::mask::{Mask, Shown};
///
/// match Mask::new().body(b"call me: +49 170 1234567") {
///     Shown::Hidden { bytes, .. } => println!("{bytes} bytes that are neither JSON nor a form"),
///     shown => println!("{}", shown.to_text()),
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shown {
    /// The body is empty.
    Empty,
    /// JSON. If it is invalid, the part after the first fault is masked.
    Json(String),
    /// The decoded names and values of a form. JSON in a value is masked as JSON.
    Form(Vec<(String, String)>),
    /// Any other content. It is hidden.
    Hidden {
        /// The length of the body.
        bytes: usize,
        /// Whether it is text.
        is_text: bool,
    },
}

impl Shown {
    /// Returns the body as one text. A form is decoded.
    ///
    /// ```
    /// use referral_webhooks_inspector::mask::Mask;
    ///
    /// assert_eq!(Mask::new().body(b"a=1&email=jane%40example.com").to_text(), "a=1&email=j•••@example.com");
    /// assert_eq!(Mask::new().body(b"hello").to_text(), "••• (5 bytes of text that is neither JSON nor a form)");
    /// ```
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Json(text) => Cow::Borrowed(text),
            Self::Form(fields) => {
                fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&").into()
            }
            Self::Hidden { bytes, is_text: true } => {
                format!("{MASK} ({bytes} bytes of text that is neither JSON nor a form)").into()
            }
            Self::Hidden { bytes, is_text: false } => format!("{MASK} ({bytes} bytes that are not text)").into(),
        }
    }
}

pub(super) fn body(known: &Known, bytes: &[u8]) -> Shown {
    if bytes.is_empty() {
        return Shown::Empty;
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Shown::Hidden { bytes: bytes.len(), is_text: false } };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.trim_start().bytes().next().unwrap_or(b' ');
    match first {
        b'{' | b'[' | b'"' => Shown::Json(json(known, text, Sense::Unknown, 0)),
        _ if is_form(text) => Shown::Form(form(known, text)),
        _ if crate::json::is_valid(text) => Shown::Json(json(known, text, Sense::Unknown, 0)),
        _ => Shown::Hidden { bytes: bytes.len(), is_text: true },
    }
}

/// Returns whether a text is pairs of names and values. A sentence with an equals sign is not.
fn is_form(text: &str) -> bool {
    let name = text.split(['=', '&']).next().unwrap_or_default();
    text.contains('=') && !name.is_empty() && !text.bytes().any(|byte| byte <= b' ' || byte == b'"' || byte == b'<')
}

fn form(known: &Known, text: &str) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(text.as_bytes());
    let mut fields: Vec<(String, String)> =
        pairs.take(FIELDS).map(|(name, value)| field(known, &name, &value)).collect();
    if fields.len() == FIELDS {
        fields.push((MASK.to_owned(), MASK.to_owned()));
    }
    fields
}

fn field(known: &Known, name: &str, value: &str) -> (String, String) {
    let last = name.trim_end_matches(']').rsplit(['[', '.']).next().unwrap_or_default();
    // `customer[email]` has the sense of its last word, unless an outer one is personal.
    let senses = [sense(last), sense(name)];
    let own = match senses {
        [Sense::Open, _] => Sense::Open,
        _ if senses.contains(&Sense::Secret) => Sense::Secret,
        _ if senses.contains(&Sense::Personal) => Sense::Personal,
        _ => Sense::Unknown,
    };
    let is_document = value.trim_start().starts_with(['{', '[', '"']);
    let value = match own {
        _ if known.hides(value) => MASK.to_owned(),
        Sense::Open | Sense::Unknown if is_document => json(known, value, Sense::Unknown, 1),
        _ => masked(value, own).unwrap_or_else(|| value.to_owned()),
    };
    (masked(name, Sense::Open).unwrap_or_else(|| name.to_owned()), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_body_is_masked() {
        for (body, want) in [
            ("", ""),
            (r#"{"email":"a@b.c"}"#, r#"{"email":"a•••@b.c"}"#),
            (" \n[\"a@b.c\"]", " \n[\"a•••@b.c\"]"),
            ("\u{feff}{\"email\":\"a@b.c\"}", r#"{"email":"a•••@b.c"}"#),
            ("email=a%40b.c&id=7", "email=a•••@b.c&id=7"),
            ("customer%5Bfirst_name%5D=ada&customer%5Bid%5D=7", "customer[first_name]=•••&customer[id]=7"),
            ("first_name=ada+l&q=x", "first_name=•••&q=x"),
            ("payload=%7B%22name%22%3A%22Ada%22%7D", r#"payload={"name":"•••"}"#),
            ("payload=%7B%22name%22%3A%22Ad", "payload={\"name\":••• (no JSON from byte 8 on)"),
            ("a=Ada+Lovelace", "a=•••"),
            ("a@b.c=1", "a•••@b.c=1"),
            ("true", "true"),
            ("42", "42"),
            ("Ada", "••• (3 bytes of text that is neither JSON nor a form)"),
            ("Ada = ada@example.org", "••• (21 bytes of text that is neither JSON nor a form)"),
            ("<name>Ada</name>", "••• (16 bytes of text that is neither JSON nor a form)"),
            ("<a b=\"Ada\"/>", "••• (12 bytes of text that is neither JSON nor a form)"),
        ] {
            assert_eq!(super::body(&Known::default(), body.as_bytes()).to_text(), want, "{body}");
        }
        assert_eq!(super::body(&Known::default(), b"{\"a\":\"\xff\"}").to_text(), "••• (9 bytes that are not text)");
    }

    #[test]
    fn a_form_of_a_megabyte_is_bounded() {
        let shown = super::body(&Known::default(), "a=b&".repeat(250_000).as_bytes());
        assert!(matches!(shown, Shown::Form(fields) if fields.len() == FIELDS + 1));
    }
}
