//! The values in a delivery's body.

use serde_json::Value;

/// The most values of a body. Further ones are in quotes in most errors, and are redacted there.
const MOST: usize = 1_000;

/// The shortest value: shorter ones are parts of ordinary words.
const SHORTEST: usize = 3;

/// The most words of a value that is a name. A longer one is a text, and its words are ordinary.
const WORDS: usize = 4;

/// Returns the values in a body, which is JSON or a form, and the words of those that may be names. Longer ones come
/// first.
pub(super) fn values(body: &[u8]) -> Vec<String> {
    let mut values = Vec::new();
    match serde_json::from_slice(body) {
        Ok(json) => collect(&json, &mut values),
        Err(_) => collect_form(body, &mut values),
    }
    values.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    values.dedup();
    values
}

fn collect(json: &Value, values: &mut Vec<String>) {
    match json {
        Value::Array(members) => members.iter().for_each(|member| collect(member, values)),
        Value::Object(members) => members.values().for_each(|member| collect(member, values)),
        Value::String(text) => add(text, values),
        Value::Number(number) => add(&number.to_string(), values),
        Value::Null | Value::Bool(_) => {}
    }
}

fn collect_form(body: &[u8], values: &mut Vec<String>) {
    for pair in body.split(|byte| *byte == b'&') {
        let value = pair.splitn(2, |byte| *byte == b'=').nth(1).map(decoded).unwrap_or_default();
        match serde_json::from_str(&value) {
            Ok(json) => collect(&json, values),
            Err(_) => add(&value, values),
        }
    }
}

/// Decodes `+` and `%` of a form.
fn decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(hex);
        bytes.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn add(value: &str, values: &mut Vec<String>) {
    let value = value.trim();
    let is_name = value.split_whitespace().count() <= WORDS;
    let words =
        value.split_whitespace().filter(|_| is_name).map(|word| word.trim_matches(|one: char| !one.is_alphanumeric()));
    for one in std::iter::once(value).chain(words) {
        if one.chars().count() >= SHORTEST && values.len() < MOST {
            values.push(one.to_owned());
        }
    }
}
