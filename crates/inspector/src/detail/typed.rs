//! The typed form of an event without personal data.
//!
//! - Guarantees: no text of the typed form is shown that the masked request does not show as a whole value.
//! - Assumes: the typed form is printed with `Debug`, so that each text stands in quotation marks.
//! - Without it: a member that the request masks would be read in the event.

use std::collections::HashSet;

use serde_json::Value;

use crate::mask::Shown;

/// Replaces the texts in a typed form that the masked body does not show.
pub(super) fn masked(typed: &str, body: &Shown) -> String {
    let shown = texts(body);
    let mut masked = String::with_capacity(typed.len());
    let mut rest = typed;
    while let Some(begin) = rest.find('"') {
        masked.push_str(&rest[..begin]);
        let text = &rest[begin..];
        let end = end_of(text);
        let quoted = &text[..end];
        masked.push_str(if quoted == "\"\"" || shown.contains(quoted) { quoted } else { "\"•••\"" });
        rest = &text[end..];
    }
    masked.push_str(rest);
    masked
}

/// Returns the end of a quoted text, after its closing mark.
fn end_of(text: &str) -> usize {
    let mut is_escaped = false;
    let closes = text.char_indices().skip(1).find(|(_, character)| {
        let closes = *character == '"' && !is_escaped;
        is_escaped = *character == '\\' && !is_escaped;
        closes
    });
    closes.map_or(text.len(), |(place, _)| place + 1)
}

/// Returns the values that a masked body shows, as `Debug` prints them.
fn texts(body: &Shown) -> HashSet<String> {
    let mut texts = HashSet::new();
    match body {
        Shown::Json(text) => add(&serde_json::from_str(text).unwrap_or_default(), &mut texts),
        Shown::Form(fields) => {
            fields.iter().for_each(|(_, value)| add(&Value::String(value.clone()), &mut texts));
        }
        Shown::Empty | Shown::Hidden { .. } => {}
    }
    texts
}

fn add(value: &Value, texts: &mut HashSet<String>) {
    match value {
        Value::String(text) => {
            texts.insert(format!("{text:?}"));
            // JSON in a member of an envelope or in a field of a form.
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                add(&inner, texts);
            }
        }
        Value::Number(number) => {
            texts.insert(format!("{:?}", number.to_string()));
        }
        Value::Array(values) => values.iter().for_each(|value| add(value, texts)),
        Value::Object(members) => members.values().for_each(|value| add(value, texts)),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_only_if_the_masked_request_shows_it() {
        let body =
            r#"{"id":17,"status":"CREATED","note":"•••","inner":"{\"plan\":\"gold\"}","quoted":"a\"b","empty":""}"#;
        for (typed, want) in [
            (r#"status: "CREATED""#, r#"status: "CREATED""#),
            (r#"id: Id("17")"#, r#"id: Id("17")"#),
            (r#"note: Some("Spain")"#, r#"note: Some("•••")"#),
            (r#"plan: "gold", name: "Robin""#, r#"plan: "gold", name: "•••""#),
            (r#"quoted: "a\"b", next: "x\\", last: "y""#, r#"quoted: "a\"b", next: "•••", last: "•••""#),
            (r#"empty: """#, r#"empty: """#),
            (r#"cut: "Spa"#, r#"cut: "•••""#),
            ("Happening::Joined", "Happening::Joined"),
            // A part of a shown value is another value.
            (r#"part: "CREATE""#, r#"part: "•••""#),
        ] {
            assert_eq!(masked(typed, &Shown::Json(body.to_owned())), want, "{typed}");
        }
        let form = Shown::Form(vec![("first".to_owned(), "1".to_owned()), ("second".to_owned(), "•••".to_owned())]);
        assert_eq!(masked(r#"a: "1", b: "2""#, &form), r#"a: "1", b: "•••""#);
        assert_eq!(masked(r#"a: "1""#, &Shown::Hidden { bytes: 1, is_text: true }), r#"a: "•••""#);
    }
}
