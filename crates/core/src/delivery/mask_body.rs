//! A mask for the token in the body of a refused request.
//!
//! - Guarantees: the value of the token's member, under any letter case and escape of its name and at any depth, is masked,
//!   and so is each configured token wherever it is.
//! - Assumes: no format. The body may be cut off, invalid, a form, or JSON inside a string.
//! - Without it: a kept request would show the token of this endpoint, or that of another one with the same URL.

use std::borrow::Cow;

use bytes::Bytes;

use crate::proof::form;
use crate::proof::member::{MASK, contains, end_of_string, unescaped};

/// Masks a body.
pub(super) fn body(body: &Bytes, member: Option<&str>, tokens: &[&str]) -> Bytes {
    let secrets = Secrets { member, tokens };
    let masked = secrets.mask_json(body);
    let is_json = body.trim_ascii_start().first().is_some_and(|first| b"{[\"".contains(first));
    match if is_json { masked } else { Cow::Owned(secrets.mask_pairs(&masked)) } {
        Cow::Borrowed(_) => body.clone(),
        Cow::Owned(masked) => masked.into(),
    }
}

/// The texts that a body must not show.
struct Secrets<'s> {
    member: Option<&'s str>,
    tokens: &'s [&'s str],
}

impl Secrets<'_> {
    /// Masks the values of a form that hold or quote a token.
    fn mask_pairs(&self, body: &[u8]) -> Vec<u8> {
        let mut masked = Vec::with_capacity(body.len());
        for (number, pair) in body.split(|byte| *byte == b'&').enumerate() {
            if number > 0 {
                masked.push(b'&');
            }
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(equals);
            let decoded = form::decode_leniently(value.strip_prefix(b"=").unwrap_or(value));
            masked.extend_from_slice(name);
            match self.mask_json(&decoded) {
                _ if self.is_member(&form::decode_leniently(name)) && !value.is_empty() => {
                    masked.extend_from_slice(b"=***");
                }
                Cow::Borrowed(_) => masked.extend_from_slice(value),
                Cow::Owned(value) => masked.extend_from_slice(&form::encode("", &value)),
            }
        }
        masked
    }

    /// Masks the strings that hold or quote a token. Each quotation mark may begin a string, because the text may be
    /// invalid.
    fn mask_json<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let mut masked = Vec::new();
        let (mut copied, mut at) = (0, 0);
        while let Some(mark) = text[at..].iter().position(|byte| *byte == b'"').map(|found| at + found) {
            at = mark + 1;
            // In JSON inside a string, the quotation marks are escaped.
            let is_nested = mark > 0 && text[mark - 1] == b'\\';
            let string = string_at(text, at, is_nested);
            let secret = if self.is_member(&unescaped(&text[at..string])) {
                value_after(text, string, is_nested)
            } else {
                let inside = &text[at..string];
                let has_escape = !is_nested && inside.contains(&b'\\');
                (has_escape && self.quotes_token(&unescaped(inside))).then_some((at, string))
            };
            if let Some((start, end)) = secret {
                masked.extend_from_slice(&text[copied..start]);
                masked.extend_from_slice(MASK.as_bytes());
                (copied, at) = (end, end);
            }
        }
        masked.extend_from_slice(&text[copied..]);
        for token in self.tokens {
            masked = replaced(&masked, token.as_bytes());
        }
        if masked == text { Cow::Borrowed(text) } else { Cow::Owned(masked) }
    }

    fn is_member(&self, name: &[u8]) -> bool {
        self.member.is_some_and(|member| name.eq_ignore_ascii_case(member.as_bytes()))
    }

    fn quotes_token(&self, text: &[u8]) -> bool {
        self.tokens.iter().any(|token| contains(text, token.as_bytes()))
    }
}

/// Returns the end of the string that starts here: its quotation mark, or the end of the text.
fn string_at(text: &[u8], start: usize, is_nested: bool) -> usize {
    let rest = &text[start..];
    let end = if is_nested { rest.windows(2).position(|pair| pair == b"\\\"") } else { end_of_string(rest) };
    end.map_or(text.len(), |end| start + end)
}

/// Returns the place of the value that follows a member's name.
fn value_after(text: &[u8], end_of_name: usize, is_nested: bool) -> Option<(usize, usize)> {
    let mark = if is_nested { 2 } else { 1 };
    let blank = |at: usize| at + text[at..].len() - text[at..].trim_ascii_start().len();
    let colon = blank(end_of_name.checked_add(mark).filter(|at| *at <= text.len())?);
    let start = blank(text[colon..].starts_with(b":").then_some(colon + 1)?);
    let rest = &text[start..];
    let quotes: &[u8] = if is_nested { b"\\\"" } else { b"\"" };
    if rest.starts_with(quotes) {
        return Some((start + mark, string_at(text, start + mark, is_nested)));
    }
    let length = match rest.first()? {
        b'{' | b'[' => end_of_group(rest),
        _ => rest.iter().position(|byte| b",}]&\\".contains(byte) || byte.is_ascii_whitespace()),
    };
    Some((start, length.map_or(text.len(), |length| start + length)))
}

/// Returns the position after the object or list with which a text begins.
fn end_of_group(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => at += end_of_string(&text[at..])? + 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Returns a text with a mask in place of each token.
fn replaced(text: &[u8], token: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(token.len().max(1)).position(|part| part == token) {
        kept.extend_from_slice(&rest[..at]);
        kept.extend_from_slice(MASK.as_bytes());
        rest = &rest[at + token.len()..];
    }
    kept.extend_from_slice(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "rT7kQ2mX9vB4nL6p/W3sY8zD5";

    #[test]
    fn tokens_in_bodies_are_masked() {
        for (came, want) in [
            (r#"{"key":"another-token","a":1}"#, r#"{"key":"***","a":1}"#),
            (r#"{ "KEY" : "another" }"#, r#"{ "KEY" : "***" }"#),
            (r#"{"k\u0065y":"another"}"#, r#"{"k\u0065y":"***"}"#),
            (r#"{"key":"one","key":"two"}"#, r#"{"key":"***","key":"***"}"#),
            (r#"{"a":{"key":"nested"}}"#, r#"{"a":{"key":"***"}}"#),
            (r#"{"key":"a\"b","c":"d"}"#, r#"{"key":"***","c":"d"}"#),
            (r#"{"key":12345,"c":"d"}"#, r#"{"key":***,"c":"d"}"#),
            (r#"{"key":["a","]",{"b":"c"}],"d":1}"#, r#"{"key":***,"d":1}"#),
            (r#"{"a":1,"key":"cut off he"#, r#"{"a":1,"key":"***"#),
            (r#"{"a":1,"key":["cut","#, r#"{"a":1,"key":***"#),
            (r#"{"a":1,"key":"#, r#"{"a":1,"key":"#),
            (r#"{"a":1,"key"#, r#"{"a":1,"key"#),
            (r#"x "{"key":"another"}"#, r#"x "{"key":"***"}"#),
            (r#""{\"key\":\"another\",\"a\":1}""#, r#""{\"key\":\"***\",\"a\":1}""#),
            (r#"{"a":"rT7kQ2mX9vB4nL6p/W3sY8zD5"}"#, r#"{"a":"***"}"#),
            (r#"{"a":"rT7kQ2mX9vB4nL6p\/W3sY8zD5"}"#, r#"{"a":"***"}"#),
            (r#"{"a":"\u0072T7kQ2mX9vB4nL6p/W3sY8zD5"}"#, r#"{"a":"***"}"#),
            ("rT7kQ2mX9vB4nL6p/W3sY8zD5", "***"),
            ("key=another&a=b", "key=***&a=b"),
            ("a=b&k%65y=another", "a=b&k%65y=***"),
            ("a=b+c&payload=%7B%22key%22%3A%22another%22%7D", "a=b+c&payload=%7B%22key%22%3A%22***%22%7D"),
            ("payload=%7B%22key%22%3A%22cut%2", "payload=%7B%22key%22%3A%22***"),
            ("a=rT7kQ2mX9vB4nL6p%2FW3sY8zD5&b", "a=***&b"),
            ("a=rT7kQ2mX9vB4nL6p%2fW3sY8zD5&b", "a=***&b"),
            (r#"{"monkey":"a","b":"key","c":"key: d"}"#, r#"{"monkey":"a","b":"key","c":"key: d"}"#),
            ("", ""),
            ("&&=", "&&="),
            ("\"", "\""),
            ("\\\"", "\\\""),
        ] {
            let masked = body(&Bytes::from_static(came.as_bytes()), Some("key"), &[TOKEN]);
            let masked = String::from_utf8(masked.to_vec()).expect("the test made it so").replace("%2A", "*");
            assert_eq!(masked, want, "{came}");
        }
    }

    #[test]
    fn a_body_cut_anywhere_shows_no_part_of_its_token() {
        let json = r#"{"type":"a","key":"0123456789abcdef","payload":{"key":"0123456789abcdef"}}"#;
        let form = String::from_utf8(form::encode("payload", json.as_bytes())).expect("the test made it so");
        let nested = format!("{{\"a\":\"{}\"}}", json.replace('"', "\\\""));
        for whole in [json, &form, &nested] {
            for end in 0..=whole.len() {
                let masked = body(&Bytes::copy_from_slice(&whole.as_bytes()[..end]), Some("key"), &[]);
                let masked = String::from_utf8(masked.to_vec()).expect("the test made it so");
                assert!(!masked.contains("0123"), "{masked}");
            }
        }
    }
}
