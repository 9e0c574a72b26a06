//! The canonical text of a JSON object.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::{Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::value::Word;

/// The maximum nesting depth. Deeper values keep their text.
const MAX_DEPTH: u8 = 32;

/// Returns the canonical text of an object without some of its members, or `None` if the text is not a JSON object.
///
/// Members are sorted by name, white space is left out, and strings are escaped only where JSON demands it. Numbers
/// keep their digits, and members that have one name keep their order. Two texts become one only if they have the
/// same members and values.
pub(crate) fn canonical(object: &str, without: &[&str]) -> Option<Vec<u8>> {
    let mut writer = Writer { text: Vec::with_capacity(object.len()), without, depth: MAX_DEPTH };
    let object = object.trim_matches([' ', '\t', '\n', '\r']);
    object.starts_with('{').then_some(())?;
    writer.value(object)?;
    Some(writer.text)
}

/// Returns the canonical text of a payload without some of its members, or the payload if it is not a JSON object.
pub(crate) fn canonical_without<'p>(payload: &'p [u8], members: &[&str]) -> Cow<'p, [u8]> {
    let text = simdutf8::basic::from_utf8(payload).ok().and_then(|text| canonical(text, members));
    text.map_or(Cow::Borrowed(payload), Cow::Owned)
}

struct Writer<'w> {
    text: Vec<u8>,
    /// The members to leave out of the next object.
    without: &'w [&'w str],
    /// The remaining levels of nesting.
    depth: u8,
}

impl Writer<'_> {
    /// Writes one value, which has no white space around it.
    fn value(&mut self, json: &str) -> Option<()> {
        let is_nested = self.depth > 0 && json.starts_with(['{', '[']);
        if is_nested {
            let mut reader = serde_json::Deserializer::from_str(json);
            self.depth -= 1;
            reader.deserialize_any(&mut *self).and_then(|()| reader.end()).ok()?;
            self.depth += 1;
        } else if json.starts_with('"') && json.contains('\\') {
            self.string(json);
        } else {
            self.text.extend_from_slice(json.as_bytes());
        }
        Some(())
    }

    /// Writes a string that has escapes.
    fn string(&mut self, json: &str) {
        let decoded = serde_json::from_str::<Cow<'_, str>>(json).ok();
        // Half a surrogate pair cannot be decoded, so it keeps its escape.
        let written = decoded.and_then(|text| serde_json::to_vec(&text).ok());
        self.text.extend_from_slice(written.as_deref().unwrap_or(json.as_bytes()));
    }

    /// Sorts the members that begin at `start` by name.
    fn sort(&mut self, start: usize, mut members: Vec<(Cow<'_, str>, Range<usize>)>) {
        if members.is_sorted_by(|(left, _), (right, _)| left <= right) {
            return;
        }
        members.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut sorted = Vec::with_capacity(self.text.len() - start);
        for (_, place) in members {
            if !sorted.is_empty() {
                sorted.push(b',');
            }
            sorted.extend_from_slice(&self.text[place]);
        }
        self.text.truncate(start);
        self.text.append(&mut sorted);
    }
}

impl<'t> Visitor<'t> for &mut Writer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut object: A) -> Result<(), A::Error> {
        let without = std::mem::take(&mut self.without);
        self.text.push(b'{');
        let start = self.text.len();
        let mut members = Vec::with_capacity(32);
        while let Some((Word(name), value)) = object.next_entry::<Word<'t>, &RawValue>()? {
            if without.contains(&&*name) {
                continue;
            }
            if self.text.len() > start {
                self.text.push(b',');
            }
            let member = self.text.len();
            serde_json::to_writer(&mut self.text, &name).map_err(A::Error::custom)?;
            self.text.push(b':');
            self.value(value.get()).ok_or_else(|| A::Error::custom("no JSON"))?;
            members.push((name, member..self.text.len()));
        }
        self.sort(start, members);
        self.text.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        self.without = &[];
        self.text.push(b'[');
        let start = self.text.len();
        while let Some(value) = list.next_element::<&RawValue>()? {
            if self.text.len() > start {
                self.text.push(b',');
            }
            self.value(value.get()).ok_or_else(|| A::Error::custom("no JSON"))?;
        }
        self.text.push(b']');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_has_one_text_however_it_is_written() {
        let deep = |inside: &str| format!("{{\"a\":{}{inside}{}}}", "[".repeat(40), "]".repeat(40));
        for (written, want) in [
            ("{}", Some("{}")),
            (" { } \r\n", Some("{}")),
            (r#"{"b":1,"a":2}"#, Some(r#"{"a":2,"b":1}"#)),
            (r#"{"a": {"d" : [ 1 , {"z":1,"y":2} ], "c":null}}"#, Some(r#"{"a":{"c":null,"d":[1,{"y":2,"z":1}]}}"#)),
            (r#"{"a":1.0,"b":1.00,"c":1e400,"d":12345678901234567890123}"#, None),
            (r#"{"\u0061":"\u00e9\/\n\u0001"}"#, Some("{\"a\":\"é/\\n\\u0001\"}")),
            (r#"{"a":"\ud800"}"#, None),
            (r#"{"b":1,"a":2,"b":0}"#, Some(r#"{"a":2,"b":1,"b":0}"#)),
            (r#"{"v":1,"a":{"v":2}}"#, Some(r#"{"a":{"v":2}}"#)),
            (r#"{"\u0076":1,"a":[{"v":2}],"v":{}}"#, Some(r#"{"a":[{"v":2}]}"#)),
            (r#"{"a":1,"v":2}"#, Some(r#"{"a":1}"#)),
            (r#"{"v":2}"#, Some("{}")),
            (&deep(" 1 , 2 "), None),
        ] {
            // `None` expects the text unchanged.
            let want = want.unwrap_or(written);
            let got = canonical(written, &["v"]).map(|text| String::from_utf8(text).unwrap_or_default());
            assert_eq!(got.as_deref(), Some(want), "{written}");
            let again = canonical(want, &["v"]).map(|text| String::from_utf8(text).unwrap_or_default());
            assert_eq!(again.as_deref(), Some(want), "{written}, twice");
        }
        for written in ["", "[]", "1", "\"a\"", "{", "{}{}", "{\"a\":}", "\u{feff}{}"] {
            assert_eq!(canonical(written, &[]), None, "{written}");
        }
        assert!(canonical(&format!("{{\"a\":{}", "[".repeat(1_000_000)), &[]).is_none());
    }
}
