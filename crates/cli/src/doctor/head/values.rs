//! Accidents of the values of headers: repeated, joined, quoted, in brackets, escaped.

use bytes::Bytes;
use http::HeaderValue;
use referral_webhooks::Scheme;

use super::route::{PASS_ON, Route};
use crate::doctor::undo::{Originals, Undo};
use crate::doctor::{entities, form};

const REPEATED: &str = "find the proxy that adds the header, and let it pass on what came";

pub(super) const UNDOS: &[Undo<Route, Bytes>] = &[
    Undo { name: "header-repeated", help: REPEATED, back: repeated },
    Undo { name: "header-doubled", help: REPEATED, back: |route, _, found| each(route, doubled, found) },
    Undo { name: "header-quoted", help: PASS_ON, back: |route, _, found| each(route, quoted, found) },
    Undo { name: "header-brackets", help: PASS_ON, back: |route, _, found| each(route, in_brackets, found) },
    Undo { name: "header-blanks", help: PASS_ON, back: |route, _, found| each(route, padded, found) },
    Undo { name: "header-escaped", help: PASS_ON, back: |route, _, found| each(route, escaped, found) },
    Undo { name: "header-plus", help: PASS_ON, back: |route, _, found| each(route, plus, found) },
    Undo { name: "header-name", help: PASS_ON, back: named },
    Undo { name: "header-merged", help: REPEATED, back: |route, _, found| each(route, merged, found) },
    Undo {
        name: "header-prefix",
        help: "send the token with the text before it that the scheme demands",
        back: prefixed,
    },
];

/// Adds routes with one of several headers of the same name.
fn repeated(route: &Route, _: &Bytes, originals: &mut Originals<Route>) {
    for name in route.names() {
        let values: Vec<&HeaderValue> = route.headers.get_all(name).iter().collect();
        let ends = [("first", values.first()), ("last", values.last())];
        for (position, value) in ends.into_iter().filter(|_| values.len() > 1) {
            let Some(value) = value else { continue };
            let what = format!("`{name}` was repeated on the way; the {position} one is the sender's");
            originals.add(what, route.with(&[(name, value)]));
        }
    }
    // A proxy that repeats one header repeats all.
    for (position, index) in [("first", 0), ("last", usize::MAX)] {
        let mut all = route.clone();
        for name in route.names() {
            let values: Vec<&HeaderValue> = route.headers.get_all(name).iter().collect();
            if let Some(value) = values.get(index.min(values.len().saturating_sub(1))) {
                all.headers.insert(name, (*value).clone());
            }
        }
        originals.add(format!("the headers were repeated on the way; the {position} ones are the sender's"), all);
    }
}

/// Another value of a header, with the accident in words.
type Found = (&'static str, String);

/// Adds the route with other values of all headers of the proof that have this accident.
fn each(route: &Route, back: fn(&str) -> Vec<Found>, originals: &mut Originals<Route>) {
    let mut changed: Vec<(_, Vec<Found>)> = Vec::new();
    for name in route.names() {
        let Some(value) = route.headers.get(name) else { continue };
        let value = String::from_utf8_lossy(value.as_bytes());
        let found: Vec<Found> = back(&value).into_iter().filter(|(_, other)| *other != value).collect();
        if !found.is_empty() && !changed.iter().any(|(other, _)| *other == name) {
            changed.push((name, found));
        }
    }
    let most = changed.iter().map(|(_, found)| found.len()).max().unwrap_or_default();
    for alternative in 0..most {
        let mut other = route.clone();
        let mut words = "";
        for (name, found) in &changed {
            let Some((what, value)) = found.get(alternative).or(found.last()) else { continue };
            if let Ok(value) = HeaderValue::from_str(value) {
                other.headers.insert(*name, value);
                words = what;
            }
        }
        let names: Vec<String> = changed.iter().map(|(name, _)| format!("`{name}`")).collect();
        originals.add(format!("{} {words}", names.join(", ")), other);
    }
}

const SEPARATORS: [&str; 8] = [", ", ",", "; ", ";", " | ", "|", " ", "\t"];

fn doubled(value: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for separator in SEPARATORS {
        let parts: Vec<&str> = value.split(separator).collect();
        for times in [2, 3] {
            let length = parts.len() / times;
            if length > 0
                && parts.len().is_multiple_of(times)
                && parts.chunks(length).all(|chunk| chunk == &parts[..length])
            {
                found.push(("has its value several times", parts[..length].join(separator)));
            }
        }
    }
    found
}

/// Returns the different values that a proxy joined.
fn merged(value: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for separator in [", ", "; ", ",", ";"] {
        let parts: Vec<&str> = value.split(separator).collect();
        let long = parts.iter().filter(|part| part.trim().len() >= 16).take(4);
        found.extend(
            long.filter(|_| parts.len() > 1)
                .map(|part| ("has several values that were joined", part.trim().to_owned())),
        );
    }
    found
}

fn quoted(value: &str) -> Vec<Found> {
    const WHAT: &str = "has quotes around its value";
    let mut found = Vec::new();
    for mark in ["\\\"", "\"", "'", "`"] {
        let inside = value.strip_prefix(mark).and_then(|value| value.strip_suffix(mark));
        found.extend(inside.map(|inside| (WHAT, inside.to_owned())));
        // Literals of Python.
        let inside = value.strip_prefix(['b', 'u']).and_then(|value| value.strip_prefix(mark)?.strip_suffix(mark));
        found.extend(inside.map(|inside| ("is a literal of Python", inside.to_owned())));
    }
    let typographic = |character| "“”„‟‘’‚‛«»‹›".contains(character);
    found.push(("has typographic quotes around its value", value.trim_matches(typographic).to_owned()));
    // Single values in quotes, such as `t="…",v1="…"`.
    found.push(("has quotes in its value", value.replace(['"', '\''], "")));
    found
}

fn in_brackets(value: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (open, close) in [('[', ']'), ('(', ')'), ('{', '}'), ('<', '>')] {
        let inside = value.strip_prefix(open).and_then(|value| value.strip_suffix(close));
        let inside = inside.map(|inside| inside.trim().trim_end_matches(',').to_owned());
        found.extend(inside.map(|inside| ("has brackets around its value, as a printed list has", inside)));
    }
    found
}

fn padded(value: &str) -> Vec<Found> {
    let mut text =
        value.trim_matches(|character: char| character.is_whitespace() || "\u{a0}\u{200b}\u{feff}".contains(character));
    while let Some(rest) = ["\\r", "\\n", "\\t", "\r", "\n", ",", ";"].iter().find_map(|end| text.strip_suffix(end)) {
        text = rest.trim_end();
    }
    let joined: String = text.split_whitespace().collect();
    vec![("has white space or punctuation around its value", text.to_owned()), ("has white space in its value", joined)]
}

fn escaped(value: &str) -> Vec<Found> {
    let mut found = Vec::new();
    if value.contains('%') {
        let decoded = form::decode(value.replace('+', "%2B").as_bytes());
        found.extend(String::from_utf8(decoded).ok().map(|decoded| ("is escaped for a URL, with `%`", decoded)));
    }
    found.extend(entities::decode(value).map(|decoded| ("is escaped for HTML", decoded)));
    if value.contains('\\') {
        found.push((
            "has backslashes in its value",
            value.replace("\\u003d", "=").replace("\\u002b", "+").replace('\\', ""),
        ));
    }
    found
}

/// Returns base64 whose `+` was decoded to a blank.
fn plus(value: &str) -> Vec<Found> {
    const WHAT: &str = "was decoded as a part of a URL, so that `+` became a blank";
    if !value.contains(' ') {
        return Vec::new();
    }
    vec![(WHAT, value.replace(' ', "+")), (WHAT, value.replace(' ', "+").replace("+v1,", " v1,"))]
}

/// Adds routes whose headers have their own name in the value.
fn named(route: &Route, _: &Bytes, originals: &mut Originals<Route>) {
    each(
        route,
        |value| {
            let after = value.split_once(": ").map(|(_, after)| after.trim().to_owned());
            after.map(|after| ("has a name before its value", after)).into_iter().collect()
        },
        originals,
    );
}

/// Adds the token with and without the text before it.
fn prefixed(route: &Route, _: &Bytes, originals: &mut Originals<Route>) {
    let Scheme::HeaderToken(_) = &route.sender.scheme else { return };
    for sample in &route.shape.samples {
        for name in route.names() {
            let (Some(sample), Some(value)) = (sample.headers().get(name), route.headers.get(name)) else { continue };
            let Some(prefix) = sample.to_str().ok().and_then(|sample| sample.strip_suffix(&route.shape.secret)) else {
                continue;
            };
            let Ok(value) = value.to_str() else { continue };
            let word = value.split_once([' ', ':', '=']).map_or(value, |(_, rest)| rest.trim());
            for other in [format!("{prefix}{value}"), format!("{prefix}{word}")] {
                if let Ok(other) = HeaderValue::from_str(&other) {
                    let what = format!("`{name}` has another text before the token");
                    originals.add(what, route.with(&[(name, &other)]));
                }
            }
        }
    }
}
