//! Masked JSON.
//!
//! - Guarantees: the masked text has the structure, the names and the blanks of the original. A part that is not JSON is not
//!   shown.
//! - Assumes: the name of a personal value says so, and values with a known look are recognised under every name.
//! - Without it: a cut-off or nested document would show the values that are hidden in a whole one.

use super::known::Known;
use super::name::{Sense, is_own_name, is_party, is_thing, sense};
use super::value::{MASK, masked, masked_number};
use crate::json::{Token, Tokens, is_valid, text_of};

/// The depth of JSON in strings of JSON that is read.
const DEEPEST: usize = 4;

/// An open object or list, with the sense of its values.
#[derive(Clone, Copy)]
struct Place {
    /// The sense that all values inherit.
    inherited: Sense,
    /// The sense of the next value.
    next: Sense,
    /// Whether the next value describes a party, by members with names of their own.
    next_is_party: bool,
    /// Whether the next value is a thing, which has a name of its own.
    next_is_thing: bool,
    is_thing: bool,
    is_object: bool,
}

/// Returns a JSON text with masked values, at a place with this sense. The part after the first fault of invalid JSON is masked as a whole.
pub(super) fn json(known: &Known, text: &str, root: Sense, depth: usize) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut places: Vec<Place> = Vec::new();
    let mut tokens = Tokens::of(text);
    let mut copied = 0;
    for token in tokens.by_ref() {
        let next = places.last().map_or(root, |place| place.next);
        let (place, replaced) = match token {
            Token::Open(at) => {
                let is_object = text.as_bytes()[at] == b'{';
                let is_party = is_object && places.last().is_some_and(|place| place.next_is_party);
                let is_hidden = matches!(next, Sense::Personal | Sense::Secret) && !is_party;
                let inherited = if is_hidden { next } else { Sense::Unknown };
                let is_thing = is_object && places.last().is_some_and(|place| place.next_is_thing);
                let next = if is_object { inherited } else { next };
                places.push(Place { inherited, next, next_is_party: false, next_is_thing: false, is_thing, is_object });
                continue;
            }
            Token::Close(_) => {
                places.pop();
                continue;
            }
            Token::Name(place) => {
                let name = text_of(&text[place.clone()]);
                if let Some(last) = places.last_mut() {
                    let own = match name.as_deref() {
                        Some(name) if last.is_thing && is_own_name(name) => Sense::Open,
                        name => name.map_or(Sense::Personal, sense),
                    };
                    last.next_is_thing = name.as_deref().is_some_and(is_thing);
                    // Within hidden data, a party is hidden too.
                    last.next_is_party = last.inherited == Sense::Unknown && name.as_deref().is_some_and(is_party);
                    last.next = if last.inherited == Sense::Unknown { own } else { last.inherited };
                }
                // A name may be an address, and is shown otherwise.
                (place, name.and_then(|name| masked(&name, Sense::Open)).map(|masked| quoted(&masked)))
            }
            Token::Text(place) => {
                let replaced = string(known, &text[place.clone()], next, depth);
                (place, replaced)
            }
            Token::Number(place) => {
                let replaced = masked_number(&text[place.clone()], next).map(|masked| quoted(&masked));
                (place, replaced)
            }
            Token::Word(_) | Token::Comma(_) | Token::Colon(_) => continue,
        };
        if let Some(replaced) = replaced {
            shown.push_str(&text[copied..place.start]);
            shown.push_str(&replaced);
            copied = place.end;
        }
        debug_assert!(
            places.last().is_none_or(|place| place.is_object || place.next == next),
            "a list keeps its sense"
        );
    }
    match tokens.fault() {
        Some(at) => {
            shown.push_str(text.get(copied..at).unwrap_or_default());
            shown.push_str(&format!("{MASK} (no JSON from byte {at} on)"));
        }
        None => shown.push_str(&text[copied..]),
    }
    shown
}

/// Returns the masked form of a string with its quotation marks, or `None` if it is shown.
fn string(known: &Known, string: &str, sense: Sense, depth: usize) -> Option<String> {
    // Half of a surrogate pair has no text that could be judged.
    let Some(text) = text_of(string) else { return Some(quoted(MASK)) };
    if known.hides(&text) && sense != Sense::Open {
        return Some(quoted(&masked(&text, Sense::Personal).unwrap_or_else(|| MASK.to_owned())));
    }
    let is_document = text.trim_start().starts_with(['{', '[']);
    let is_hidden = matches!(sense, Sense::Personal | Sense::Secret);
    if is_document && !is_hidden && depth < DEEPEST && is_valid(&text) {
        let inner = json(known, &text, Sense::Unknown, depth + 1);
        return (inner != text).then(|| quoted(&inner));
    }
    match is_document {
        true => Some(quoted(MASK)),
        false => masked(&text, sense).map(|masked| quoted(&masked)),
    }
}

/// Returns the sense of a place, whose outer names count too.
pub(super) fn sense_at(pointer: &str) -> Sense {
    let mut found = Sense::Unknown;
    for segment in pointer.split('/').skip(1) {
        let is_position = segment.bytes().all(|byte| byte.is_ascii_digit());
        if !is_position && !matches!(found, Sense::Personal | Sense::Secret) {
            found = sense(&segment.replace("~1", "/").replace("~0", "~"));
        }
    }
    found
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_masked_and_the_structure_stays() {
        for (text, want) in [
            (r#"{"email":"jane@example.com","id":"r-50"}"#, r#"{"email":"j•••@example.com","id":"r-50"}"#),
            (r#"{ "name" : "Ada" , "amount" : 12.50 }"#, r#"{ "name" : "•••" , "amount" : 12.50 }"#),
            (r#"{"a":{"b":[{"phone":491701234567}]}}"#, r#"{"a":{"b":[{"phone":"•••"}]}}"#),
            (
                r#"{"address":{"street":"x","geo":[1,2],"ok":true}}"#,
                r#"{"address":{"street":"•••","geo":["•••","•••"],"ok":true}}"#,
            ),
            (r#"{"emails":["a@b.c","d@e.f"]}"#, r#"{"emails":["a•••@b.c","d•••@e.f"]}"#),
            (r#"{"name":{"given":"a","family":["b"]}}"#, r#"{"name":{"given":"•••","family":["•••"]}}"#),
            (r#"{"names":["a"],"b":"c"}"#, r#"{"names":["•••"],"b":"c"}"#),
            (r#"{"n\u0061me":"a"}"#, r#"{"n\u0061me":"•••"}"#),
            (r#"{"x":"\u0061da@example.org"}"#, r#"{"x":"a•••@example.org"}"#),
            (r#"{"ada@example.org":1}"#, r#"{"a•••@example.org":1}"#),
            (r#"["Ada Lovelace","created",null,true]"#, r#"["•••","created",null,true]"#),
            (r#"{"raw":"{\"email\":\"a@b.c\",\"id\":1}"}"#, r#"{"raw":"{\"email\":\"a•••@b.c\",\"id\":1}"}"#),
            (r#"{"raw":"{\"email\":\"a@b.c"}"#, r#"{"raw":"•••"}"#),
            (r#"{"x":"\ud800"}"#, r#"{"x":"•••"}"#),
            (r#"{"key":"s","token":["t"]}"#, r#"{"key":"•••","token":["•••"]}"#),
            (r#"{"id":1,"email":"jane@exam"#, r#"{"id":1,"email":••• (no JSON from byte 16 on)"#),
            (r#"{"id":1} trailing jane"#, r#"{"id":1} ••• (no JSON from byte 9 on)"#),
            ("not json", "••• (no JSON from byte 0 on)"),
            ("\"Ada\"", "\"•••\""),
            ("{}", "{}"),
            (
                r#"{"campaign":{"name":"Friends","x":{"name":"Ada"}}}"#,
                r#"{"campaign":{"name":"Friends","x":{"name":"•••"}}}"#,
            ),
            (r#"{"rewards":[{"name":"Ada"}],"name":"Ada"}"#, r#"{"rewards":[{"name":"•••"}],"name":"•••"}"#),
            (
                r#"{"campaign":{"name":"ada@b.c","first_name":"Ada"}}"#,
                r#"{"campaign":{"name":"a•••@b.c","first_name":"•••"}}"#,
            ),
            (
                r#"{"person":{"id":"u-1","nick":"ada","first_name":"Ada"}}"#,
                r#"{"person":{"id":"u-1","nick":"•••","first_name":"•••"}}"#,
            ),
            (r#"{"person":"ada","contact":["ada"]}"#, r#"{"person":"•••","contact":["•••"]}"#),
            (r#"{"metadata":{"person":{"x":"ada"}}}"#, r#"{"metadata":{"person":{"x":"•••"}}}"#),
            (r#"{"metadata":{"campaign":{"name":"Ada"}}}"#, r#"{"metadata":{"campaign":{"name":"•••"}}}"#),
        ] {
            assert_eq!(json(&Known::default(), text, Sense::Unknown, 0), want, "{text}");
        }
    }

    #[test]
    fn nested_documents_end_at_a_depth_and_not_at_the_stack() {
        let mut text = r#"{"email":"a@b.c"}"#.to_owned();
        for _ in 0..8 {
            text = format!(r#"{{"raw":{}}}"#, quoted(&text));
        }
        let shown = json(&Known::default(), &text, Sense::Unknown, 0);
        assert!(!shown.contains("a@b.c") && shown.contains("•••"), "{shown}");
        let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        assert_eq!(json(&Known::default(), &deep, Sense::Unknown, 0), deep);
    }
}
