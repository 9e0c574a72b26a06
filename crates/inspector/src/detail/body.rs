//! A body in parts: indented, as it came, or as bytes.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::json::indented;
use crate::mask::{Mask, Shown};
use crate::view::plain;

/// The length of a part of a text, in characters.
pub(super) const PART: usize = 64 * 1024;

/// The number of bytes of a part in hexadecimal.
pub(super) const HEX_PART: usize = 8 * 1024;

/// The longest indented text, in bytes. A longer one is shown as it came.
const LONGEST: usize = 8 * 1024 * 1024;

/// The presentation of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// JSON with a line for each value, and the fields of a form.
    Pretty,
    /// The text as it came.
    Text,
    /// Bytes in hexadecimal.
    Hex,
}

impl Look {
    pub(crate) const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::Pretty, "", "Indented"), (Self::Text, "text", "As it came"), (Self::Hex, "hex", "Bytes")];

    pub(crate) fn of(word: Option<&str>) -> Self {
        Self::ALL.iter().find(|(_, each, _)| Some(*each) == word).map_or(Self::Pretty, |(look, ..)| *look)
    }
}

/// A part of a body, with the number of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) number: usize,
    pub(crate) of: usize,
}

/// Returns a part of a body without a mask. A body that is not text is shown as bytes.
pub(crate) fn revealed(body: &[u8], look: Look, number: usize) -> Part {
    match std::str::from_utf8(body) {
        Ok(text) if look != Look::Hex => part(&shaped(Cow::Borrowed(text), look), number),
        _ => hex(body, number),
    }
}

/// Returns a part of a masked body.
pub(crate) fn masked(mask: &Mask, body: &[u8], look: Look, number: usize) -> Part {
    match (mask.body(body), look) {
        (Shown::Form(fields), Look::Pretty) => {
            let line = |(name, value): &(String, String)| format!("{name} = {}", shaped(Cow::Borrowed(value), look));
            part(&fields.iter().map(line).collect::<Vec<_>>().join("\n"), number)
        }
        (shown, look) => part(&shaped(shown.to_text(), look), number),
    }
}

/// Returns JSON with a line for each value, or another text unchanged. The values of a form are decoded.
fn shaped(text: Cow<'_, str>, look: Look) -> Cow<'_, str> {
    if look != Look::Pretty {
        return text;
    }
    match indented(&text, LONGEST) {
        Some((lines, true)) => Cow::Owned(lines),
        _ if is_form(&text) => Cow::Owned(fields(&text)),
        _ => text,
    }
}

fn is_form(text: &str) -> bool {
    matches!(Mask::new().body(text.as_bytes()), Shown::Form(_)) && text.contains('%')
}

fn fields(text: &str) -> String {
    let pairs = form_urlencoded::parse(text.as_bytes());
    let line = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
        let value = indented(&value, LONGEST).map_or_else(|| value.to_string(), |(lines, _)| lines);
        format!("{name} = {value}")
    };
    pairs.take(1_000).map(line).collect::<Vec<_>>().join("\n")
}

fn part(text: &str, number: usize) -> Part {
    // The beginnings of parts. A character is in one part.
    let mut starts: Vec<usize> = text.char_indices().step_by(PART).map(|(at, _)| at).collect();
    if starts.is_empty() {
        starts.push(0);
    }
    let number = number.min(starts.len() - 1);
    let end = starts.get(number + 1).copied().unwrap_or(text.len());
    Part { text: plain(&text[starts[number]..end], usize::MAX), number, of: starts.len() }
}

fn hex(body: &[u8], number: usize) -> Part {
    let of = body.len().div_ceil(HEX_PART).max(1);
    let number = number.min(of - 1);
    let start = number * HEX_PART;
    let mut text = String::new();
    for (line, bytes) in body[start..body.len().min(start + HEX_PART)].chunks(16).enumerate() {
        let _ = write!(text, "{:08x} ", start + line * 16);
        for at in 0..16 {
            let _ = match bytes.get(at) {
                Some(byte) => write!(text, " {byte:02x}"),
                None => write!(text, "   "),
            };
        }
        text.push_str("  ");
        text.extend(
            bytes.iter().map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' }),
        );
        text.push('\n');
    }
    Part { text, number, of }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_look_shows_the_body() {
        let body = br#"{"a":[1.50],"b":"x"}"#;
        assert_eq!(revealed(body, Look::Pretty, 0).text, "{\n  \"a\": [\n    1.50\n  ],\n  \"b\": \"x\"\n}");
        assert_eq!(revealed(body, Look::Text, 0).text, r#"{"a":[1.50],"b":"x"}"#);
        let line = "00000000  7b 22 61 22 3a 5b 31 2e 35 30 5d 2c 22 62 22 3a  {\"a\":[1.50],\"b\":\n";
        assert!(revealed(body, Look::Hex, 0).text.starts_with(line));
        assert_eq!(revealed(b"a\xff", Look::Text, 0), revealed(b"a\xff", Look::Hex, 0));
        let form = b"payload=%7B%22a%22%3A1%7D&b=c";
        assert_eq!(revealed(form, Look::Pretty, 0).text, "payload = {\n  \"a\": 1\n}\nb = c");
        assert_eq!(revealed(form, Look::Text, 0).text, "payload=%7B%22a%22%3A1%7D&b=c");
        assert_eq!(revealed(b"", Look::Pretty, 0), Part { text: String::new(), number: 0, of: 1 });
        assert_eq!(revealed(b"a\r\n\x1b[31m", Look::Text, 0).text, "a\\u{d}\n\\u{1b}[31m");
    }

    #[test]
    fn a_megabyte_comes_in_parts() {
        let body = format!("[{}]", vec!["\"é\""; 200_000].join(","));
        for look in [Look::Pretty, Look::Text, Look::Hex] {
            let first = revealed(body.as_bytes(), look, 0);
            assert!(first.of > 10 && first.text.len() < 8 * PART, "{look:?}: {} parts", first.of);
            let last = revealed(body.as_bytes(), look, usize::MAX);
            assert_eq!((last.number, last.of), (first.of - 1, first.of));
        }
        let whole: String = (0..)
            .map_while(|number| {
                let part = revealed(body.as_bytes(), Look::Text, number);
                (part.number == number).then_some(part.text)
            })
            .collect();
        assert_eq!(whole, body);
        let deep = "[".repeat(10_000);
        assert!(masked(&Mask::new(), deep.as_bytes(), Look::Pretty, 0).text.len() < 4 * PART);
    }

    #[test]
    fn a_masked_body_shows_no_person_in_any_look() {
        for body in [
            r#"{"email":"jane@example.com"}"#,
            "email=jane%40example.com",
            "jane@example.com",
            "payload=%7B%22email%22%3A%22jane%40example.com%22%7D",
        ] {
            for look in [Look::Pretty, Look::Text, Look::Hex] {
                let shown = masked(&Mask::new(), body.as_bytes(), look, 0).text;
                assert!(!shown.contains("jane"), "{look:?}: {shown}");
            }
        }
    }
}
