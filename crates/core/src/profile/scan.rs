//! The values of a JSON text at some pointers, read once.
//!
//! # Guarantees
//!
//! A text is refused if any object in it has a member twice, at any depth and in any notation of the name. So every
//! reader of the text sees the same values, whichever of two members it prefers. The typed decoders refuse repeated
//! members too, of the members that they know.
//!
//! # Assumptions
//!
//! None about the sender. The text is checked for JSON first. Nesting is bounded, and time and memory are linear in the
//! length of the text.
//!
//! # Without it
//!
//! A sender could show one id to this crate and another one to the merchant's reader, so that one reward has two ids.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use serde::de::IgnoredAny;

use super::pointer::Pointer;
use crate::platform::Why;

/// The maximum nesting depth, as of the decoders.
const MOST_DEPTH: usize = 127;

/// A pointer by its position in the list, and the place of its value in the text.
pub(super) type Match = (usize, Range<usize>);

/// Returns the places of the pointers' values. A pointer has at most one, a pattern any number.
///
/// # Errors
///
/// If the text is not JSON, is nested too deeply, or has a member twice.
pub(super) fn scan(text: &str, pointers: &[&Pointer]) -> Result<Vec<Match>, Why> {
    serde_json::from_str::<IgnoredAny>(text)?;
    let mut scan = Scan { text, at: 0, pointers, matches: Vec::new() };
    let all: Vec<usize> = (0..pointers.len()).collect();
    scan.value(&all, 0).map_err(|()| scan.stopped())?;
    Ok(scan.matches)
}

/// Returns the text of the value at one pointer.
pub(super) fn value_at<'t>(text: &'t str, pointer: &Pointer) -> Option<&'t str> {
    let matches = scan(text, &[pointer]).ok()?;
    matches.first().and_then(|(_, place)| text.get(place.clone()))
}

/// Returns the places of the elements of a list, or `None` if the text is not a list.
///
/// # Errors
///
/// As [`scan`], or if the list has more than `most` elements.
pub(super) fn elements(text: &str, most: usize) -> Result<Option<Vec<Range<usize>>>, Why> {
    let mut scan = Scan { text, at: 0, pointers: &[], matches: Vec::new() };
    if scan.next() != Some(b'[') {
        return Ok(None);
    }
    let mut places = Vec::new();
    let read = scan.list(|scan, _| {
        let start = scan.visible();
        scan.value(&[], 1)?;
        places.push(start..scan.at);
        if places.len() > most { Err(()) } else { Ok(()) }
    });
    read.map_err(|()| scan.stopped())?;
    Ok(Some(places))
}

struct Scan<'t, 'p> {
    text: &'t str,
    at: usize,
    pointers: &'p [&'p Pointer],
    matches: Vec<Match>,
}

impl<'t> Scan<'t, '_> {
    /// Skips white space. Returns the place of the next byte.
    fn visible(&mut self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += blanks;
        self.at
    }

    /// Skips white space. Returns the next byte, which remains.
    fn next(&mut self) -> Option<u8> {
        let at = self.visible();
        self.text.as_bytes().get(at).copied()
    }

    /// Skips a value. `active` are the pointers that lead to it, or through it.
    fn value(&mut self, active: &[usize], depth: usize) -> Result<(), ()> {
        if depth > MOST_DEPTH {
            return Err(());
        }
        let first = self.next();
        let start = self.at;
        match first.ok_or(())? {
            b'{' => self.object(active, depth)?,
            b'[' => self.list(|scan, position| {
                let inside = scan.leading(active, depth, &position.to_string());
                scan.value(&inside, depth + 1)
            })?,
            b'"' => drop(self.string()?),
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
                let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                self.at += rest.iter().position(is_end).unwrap_or(rest.len());
            }
        }
        for pointer in active {
            if self.pointers[*pointer].depth() == depth {
                self.matches.push((*pointer, start..self.at));
            }
        }
        Ok(())
    }

    /// Returns the pointers that lead to a member.
    fn leading(&self, active: &[usize], depth: usize, name: &str) -> Vec<usize> {
        active.iter().copied().filter(|pointer| self.pointers[*pointer].leads_to(depth, name)).collect()
    }

    fn object(&mut self, active: &[usize], depth: usize) -> Result<(), ()> {
        let mut names: HashSet<Cow<'t, str>> = HashSet::new();
        self.at += 1;
        if self.next() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.visible();
            let start = self.at;
            let name = name(self.string()?).ok_or(())?;
            if names.contains(&name) {
                self.at = start;
                return Err(());
            }
            let inside = self.leading(active, depth, &name);
            names.insert(name);
            self.visible();
            self.at += 1;
            self.value(&inside, depth + 1)?;
            let end = self.next();
            self.at += 1;
            match end {
                Some(b',') => {}
                Some(b'}') => return Ok(()),
                _ => return Err(()),
            }
        }
    }

    fn list(&mut self, mut element: impl FnMut(&mut Self, usize) -> Result<(), ()>) -> Result<(), ()> {
        self.at += 1;
        if self.next() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        for position in 0.. {
            element(self, position)?;
            let end = self.next();
            self.at += 1;
            match end {
                Some(b',') => {}
                Some(b']') => return Ok(()),
                _ => return Err(()),
            }
        }
        Ok(())
    }

    /// Skips a string. Returns it with its quotation marks.
    fn string(&mut self) -> Result<&'t str, ()> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        if bytes.get(start) != Some(&b'"') {
            return Err(());
        }
        let mut end = start + 1;
        loop {
            match bytes.get(end).ok_or(())? {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        self.at = end + 1;
        self.text.get(start..self.at).ok_or(())
    }

    /// Returns the reason for which the scan stopped here.
    fn stopped(&self) -> Why {
        let before = self.text.get(..self.at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().len() + 1;
        Why::UnexpectedMember { line, column }
    }
}

/// Returns a member's name. `None` if it has half a surrogate pair, which readers decode differently.
fn name(json: &str) -> Option<Cow<'_, str>> {
    if json.contains('\\') {
        serde_json::from_str(json).ok().map(Cow::Owned)
    } else {
        json.get(1..json.len() - 1).map(Cow::Borrowed)
    }
}

/// Returns the text of a string, or the digits of a number, or a boolean. `None` for every other value, and for numbers
/// with an exponent, which have several notations.
pub(super) fn scalar(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first()? {
        b'"' => name(json),
        b'-' | b'0'..=b'9' if !json.contains(['e', 'E']) => Some(Cow::Borrowed(json)),
        b't' | b'f' => Some(Cow::Borrowed(json)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::new(text).unwrap_or_else(|| panic!("{text} is no pointer"))
    }

    #[test]
    fn a_pointer_finds_its_value_however_it_is_written() {
        for (text, at, want) in [
            (r#"{"a":1}"#, "/a", Some("1")),
            (" { \"a\" : [ 1 , { \"b\" : \"x y\" } ] } ", "/a/1/b", Some("\"x y\"")),
            (r#"{"\u0061":"\u0062"}"#, "/a", Some(r#""\u0062""#)),
            (r#"{"a/b":{"c~d":null}}"#, "/a~1b/c~0d", Some("null")),
            (r#"{"":{"":2}}"#, "//", Some("2")),
            (r#"{"a":[10,11]}"#, "/a/01", None),
            (r#"{"a":[10,11]}"#, "/a/-", None),
            (r#"{"a":[10,11]}"#, "/a/2", None),
            (r#"{"a":{"0":7}}"#, "/a/0", Some("7")),
            (r#"{"a":"{\"b\":1}"}"#, "/a/b", None),
            (r#"{"a":{"b":[]},"c":{}}"#, "/a", Some(r#"{"b":[]}"#)),
            (r#"{"a":"x\\\"}","b":2}"#, "/b", Some("2")),
            (r#"{"A":1}"#, "/a", None),
            (r#"{"a":1e400,"b":-0.50}"#, "/b", Some("-0.50")),
            ("[{\"a\":1}]", "/0/a", Some("1")),
        ] {
            assert_eq!(value_at(text, &pointer(at)), want, "{text} at {at}");
        }
        assert_eq!(value_at(" [1] ", &Pointer::whole()), Some("[1]"));
    }

    #[test]
    fn a_text_with_a_member_twice_is_refused() {
        for (text, column) in [
            (r#"{"id":1,"id":2}"#, 9),
            (r#"{"id":1,"id":1}"#, 9),
            (r#"{"id":1,"\u0069d":2}"#, 9),
            (r#"{"id":1,"x":[{"y":{"z":1,"z":1}}]}"#, 26),
            (r#"{"id":1,"\ud800":2}"#, 17),
            (r#"{"id":{"a":1},"id":{"b":1}}"#, 15),
        ] {
            assert_eq!(scan(text, &[]), Err(Why::UnexpectedMember { line: 1, column }), "{text}");
        }
        for text in [r#"{"id":1,"ID":2}"#, r#"{"a":{"id":1},"id":2}"#, r#"[{"id":1},{"id":2}]"#] {
            assert!(scan(text, &[]).is_ok(), "{text}");
        }
    }

    #[test]
    fn no_text_of_a_stranger_exhausts_the_scan() {
        for text in ["", "{", "{}{}", "nul", "\"", "{\"a\":}", "[1,]", "\u{feff}{}"] {
            assert!(matches!(scan(text, &[]), Err(Why::NotJson { .. })), "{text}");
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(scan(&deep, &[]).is_err());
        let at_most = "[".repeat(127) + &"]".repeat(127);
        assert!(scan(&at_most, &[]).is_ok());
        let wide = format!("{{{}}}", (0..50_000).map(|n| format!("\"m{n}\":{n}")).collect::<Vec<_>>().join(","));
        assert_eq!(value_at(&wide, &pointer("/m49999")), Some("49999"));
    }

    #[test]
    fn a_list_has_its_elements_up_to_the_bound() {
        let places = |text, most| elements(text, most).map(|places| places.map(|places| places.len()));
        for (text, most, want) in [
            ("[]", 2, Ok(Some(0))),
            (" [ 1 , {\"a\":[2,3]} ] ", 2, Ok(Some(2))),
            ("{}", 2, Ok(None)),
            ("1", 2, Ok(None)),
        ] {
            assert_eq!(places(text, most), want, "{text}");
        }
        assert!(places("[1,2,3]", 2).is_err());
        let text = " [ 1 , \"x\" ]";
        let found =
            elements(text, 9).map(|places| places.into_iter().flatten().map(|place| &text[place]).collect::<Vec<_>>());
        assert_eq!(found, Ok(vec!["1", "\"x\""]));
    }

    #[test]
    fn a_scalar_has_one_text() {
        for (json, want) in [
            (r#""42""#, Some("42")),
            ("42", Some("42")),
            ("-1.50", Some("-1.50")),
            ("true", Some("true")),
            (r#""\u0034\u0032""#, Some("42")),
            ("4.2e1", None),
            ("null", None),
            ("{}", None),
            ("[1]", None),
            (r#""\ud800""#, None),
            ("", None),
        ] {
            assert_eq!(scalar(json).as_deref(), want, "{json}");
        }
    }
}
