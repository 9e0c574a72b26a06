//! One string member of a JSON object, found without decoding the object.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{hex, json};

/// The text in place of a token.
pub(crate) const MASK: &str = "***";

/// Returns the decoded value of the only top-level member of this name. `None` if the text is not a JSON object, or has the
/// member twice (under any escape of its name), or lacks it, or if the value is not a string.
pub(crate) fn only_string(text: &[u8], name: &str) -> Option<Zeroizing<Vec<u8>>> {
    let value = only_value(text, name)?;
    Some(unescaped(text.get(value)?))
}

/// Returns the text with this string as the only member of this name: as the first member, or in place of its value.
pub(crate) fn with_string(text: &[u8], name: &str, value: &str) -> Option<Vec<u8>> {
    let encoded = escaped(value);
    if let Some(place) = only_value(text, name) {
        return Some([&text[..place.start], encoded.as_bytes(), &text[place.end..]].concat());
    }
    let has_name = is_object(text) && !members(text).any(|member| is_named(text, &member, name));
    let start = text.iter().position(|byte| *byte == b'{').filter(|_| has_name)? + 1;
    let is_empty = text[start..].trim_ascii_start().starts_with(b"}");
    let comma = if is_empty { "" } else { "," };
    let member = ["\"", escaped(name).as_str(), "\":\"", encoded.as_str(), "\"", comma].concat();
    Some([&text[..start], member.as_bytes(), &text[start..]].concat())
}

/// Returns a text whose only member of this name is masked, and each other string that quotes its value too.
pub(crate) fn redacted(text: &[u8], name: &str) -> Vec<u8> {
    let Some(value) = only_value(text, name) else { return text.to_vec() };
    let token = unescaped(&text[value.clone()]);
    let mut redacted = Vec::with_capacity(text.len());
    let mut copied = 0;
    for string in Strings::of(text) {
        redacted.extend_from_slice(&text[copied..string.start]);
        copied = string.end;
        if string == value {
            redacted.extend_from_slice(MASK.as_bytes());
        } else {
            redacted.extend_from_slice(&without(&text[string], &token));
        }
    }
    redacted.extend_from_slice(&text[copied..]);
    redacted
}

/// Returns the inside of a JSON string without the token.
fn without(string: &[u8], token: &[u8]) -> Vec<u8> {
    // A string with escapes is masked as a whole, because half an escape would not be JSON.
    if string.contains(&b'\\') {
        return if contains(&unescaped(string), token) { MASK.as_bytes().to_vec() } else { string.to_vec() };
    }
    let mut kept = Vec::with_capacity(string.len());
    let mut rest = string;
    while let Some(at) = position(rest, token) {
        kept.extend_from_slice(&rest[..at]);
        kept.extend_from_slice(MASK.as_bytes());
        rest = &rest[at + token.len()..];
    }
    kept.extend_from_slice(rest);
    kept
}

/// Returns whether a text has a part.
pub(crate) fn contains(text: &[u8], part: &[u8]) -> bool {
    position(text, part).is_some()
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() { None } else { text.windows(part.len()).position(|window| window == part) }
}

/// Returns the place of the value of the only member of this name, between its quotation marks.
fn only_value(text: &[u8], name: &str) -> Option<Range<usize>> {
    if !is_object(text) {
        return None;
    }
    let mut named = members(text).filter(|member| is_named(text, member, name));
    let only = named.next().filter(|_| named.next().is_none())?;
    // The string after the name is the value, if only white space and the colon are between them.
    let value = Strings::after(text, only.end + 1).next()?;
    let between = text[only.end + 1..value.start - 1].trim_ascii();
    (between == b":").then_some(value)
}

fn is_object(text: &[u8]) -> bool {
    json::is_json(text.iter().copied()) && text.trim_ascii_start().starts_with(b"{")
}

fn is_named(text: &[u8], member: &Range<usize>, name: &str) -> bool {
    **unescaped(&text[member.clone()]) == *name.as_bytes()
}

/// Returns the places of the names of the top-level members.
fn members(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut strings = Strings::of(text);
    std::iter::from_fn(move || {
        loop {
            let string = strings.next()?;
            if strings.depth == 1 && text[string.end + 1..].trim_ascii_start().starts_with(b":") {
                return Some(string);
            }
        }
    })
}

/// The places of the strings of a JSON text, between their quotation marks.
struct Strings<'t> {
    text: &'t [u8],
    at: usize,
    /// The number of objects and lists around the string.
    depth: usize,
}

impl<'t> Strings<'t> {
    const fn of(text: &'t [u8]) -> Self {
        Self::after(text, 0)
    }

    const fn after(text: &'t [u8], at: usize) -> Self {
        Self { text, at, depth: 0 }
    }
}

impl Iterator for Strings<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        while let Some(byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'"' => {
                    let start = self.at;
                    let end = start + end_of_string(self.text.get(start..)?)?;
                    self.at = end + 1;
                    return Some(start..end);
                }
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        None
    }
}

/// Returns the position of the quotation mark that ends a string.
pub(crate) fn end_of_string(rest: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    rest.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    })
}

/// Returns the bytes of a JSON string. An invalid escape remains as it is.
pub(crate) fn unescaped(string: &[u8]) -> Zeroizing<Vec<u8>> {
    // No escape is shorter than its character, so the buffer does not move.
    let mut bytes = Zeroizing::new(Vec::with_capacity(string.len()));
    let mut rest = string;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let Some((kind, tail)) = after.split_first().filter(|_| *first == b'\\') else {
            bytes.push(*first);
            continue;
        };
        rest = tail;
        match kind {
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'u' => match code_point(tail) {
                Some((character, length)) => {
                    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    rest = &tail[length..];
                }
                None => bytes.extend_from_slice(b"\\u"),
            },
            other => bytes.push(*other),
        }
    }
    bytes
}

/// Returns the character after `\u`, and the length of its digits. Half a surrogate pair is the replacement character.
fn code_point(digits: &[u8]) -> Option<(char, usize)> {
    let unit = |digits: &[u8]| digits.get(..4).and_then(hex::decode::<2>).map(u16::from_be_bytes);
    let first = unit(digits)?;
    let second = digits.get(4..).and_then(|rest| rest.strip_prefix(b"\\u")).and_then(unit);
    let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    match char::from_u32(u32::from(first)) {
        Some(character) => Some((character, 4)),
        None => Some(pair.map_or((char::REPLACEMENT_CHARACTER, 4), |character| (character, 10))),
    }
}

/// Returns the inside of a JSON string with these characters.
fn escaped(text: &str) -> Zeroizing<String> {
    let mut escaped = Zeroizing::new(String::with_capacity(text.len() * 6));
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            '\0'..='\x1f' => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_top_level_string_is_the_member() {
        for (text, want) in [
            (r#"{"key":"a"}"#, Some("a")),
            (" \n{ \"type\" : 1 ,\t\"key\" : \"a\" } ", Some("a")),
            (r#"{"k\u0065y":"a"}"#, Some("a")),
            (r#"{"\u006B\u0065\u0079":"a"}"#, Some("a")),
            (r#"{"key":"\u0061\/\"\\\n\u00e9\ud83d\ude00"}"#, Some("a/\"\\\n\u{e9}\u{1f600}")),
            (r#"{"key":""}"#, Some("")),
            (r#"{"key":"a","b":{"key":"c"},"d":[{"key":"e"}],"f":"key"}"#, Some("a")),
            (r#"{"b":"\",\"key\":\"c\"","key":"a"}"#, Some("a")),
            (r#"{"key":"a","key":"a"}"#, None),
            (r#"{"key":"a","key":"b"}"#, None),
            (r#"{"key":"a","k\u0065y":"b"}"#, None),
            (r#"{"key":"a","key":null}"#, None),
            (r#"{"key":1,"b":"a"}"#, None),
            (r#"{"key":null,"b":"a"}"#, None),
            (r#"{"key":["a"]}"#, None),
            (r#"{"key":{"b":"a"}}"#, None),
            (r#"{"b":{"key":"a"}}"#, None),
            (r#"{"Key":"a"}"#, None),
            (r#"{"key ":"a"}"#, None),
            (r#"["key","a"]"#, None),
            (r#"[{"key":"a"}]"#, None),
            (r#""key""#, None),
            (r#"{"key":"a"} {"#, None),
            (r#"{"key":"a""#, None),
            ("{'key':'a'}", None),
            ("\u{feff}{\"key\":\"a\"}", None),
            ("", None),
        ] {
            let got = only_string(text.as_bytes(), "key").map(|value| value.to_vec());
            assert_eq!(got.as_deref(), want.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn a_redacted_text_is_json_without_the_token() {
        for (text, want) in [
            (r#"{"key":"t0ken","type":"a"}"#, r#"{"key":"***","type":"a"}"#),
            (r#"{ "k\u0065y" : "t\u0030ken" }"#, r#"{ "k\u0065y" : "***" }"#),
            (r#"{"key":"t0ken","a":{"key":"t0ken","b":["t0ken"]}}"#, r#"{"key":"***","a":{"key":"***","b":["***"]}}"#),
            (r#"{"u":"/x?key=t0ken&y","key":"t0ken","t0ken":1}"#, r#"{"u":"/x?key=***&y","key":"***","***":1}"#),
            (r#"{"key":"t0ken","a":"\u0074\u0030ken"}"#, r#"{"key":"***","a":"***"}"#),
            (r#"{"key":"t\/0","a":"t/0","b":"xt\/0"}"#, r#"{"key":"***","a":"***","b":"***"}"#),
            (r#"{"key":"nken","a":"\nken","b":"\\nken"}"#, r#"{"key":"***","a":"\nken","b":"***"}"#),
            (r#"{"type":"a"}"#, r#"{"type":"a"}"#),
        ] {
            assert_eq!(
                String::from_utf8(redacted(text.as_bytes(), "key")).expect("the test made it so"),
                want,
                "{text}"
            );
        }
    }

    #[test]
    fn a_string_is_set_once() {
        for (text, want) in [
            ("{}", Some(r#"{"key":"a\"\\"}"#)),
            (" { } ", Some(r#" {"key":"a\"\\" } "#)),
            (r#"{"b":1}"#, Some(r#"{"key":"a\"\\","b":1}"#)),
            (r#"{"b":1,"key":"old"}"#, Some(r#"{"b":1,"key":"a\"\\"}"#)),
            (r#"{"key":1}"#, None),
            (r#"{"key":"a","key":"a"}"#, None),
            ("[]", None),
            ("x", None),
        ] {
            let got = with_string(text.as_bytes(), "key", "a\"\\")
                .map(|text| String::from_utf8(text).expect("the test made it so"));
            assert_eq!(got.as_deref(), want, "{text}");
        }
    }
}
