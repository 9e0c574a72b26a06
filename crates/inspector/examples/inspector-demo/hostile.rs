//! Texts that attack the reader of a page.

use serde_json::Value;

/// The kinds of hostile texts.
pub(crate) const KINDS: [&str; 4] = ["script", "bidi", "ansi", "long"];

/// Returns a text of a kind.
fn text(kind: &str) -> String {
    match kind {
        "script" => {
            "\"><script>document.title='owned'</script><img src=x onerror=alert(1)>'`${7*7}{{7*7}}</td></table>"
                .to_owned()
        }
        "bidi" => "abc\u{202e}dcba\u{2066}\u{200b}\u{feff}\u{0}\u{85}e\u{301}".to_owned(),
        "ansi" => "\u{1b}[31mred\u{1b}]8;;https://evil.example\u{7}link\u{1b}]8;;\u{7}\u{9b}2J\r\n".to_owned(),
        _ => "long ".repeat(180_000),
    }
}

/// Returns a document with a hostile text in every field, or with a long one in the last field.
pub(crate) fn document(document: &[u8], kind: &str) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(document).ok()?;
    let text = text(kind);
    if kind == "long" {
        replace_last(&mut value, &text);
    } else {
        replace_all(&mut value, &text);
    }
    serde_json::to_vec(&value).ok()
}

fn replace_all(value: &mut Value, text: &str) {
    match value {
        Value::String(old) => {
            // The begin stays, so that names of events and ids differ.
            let begin: String = old.chars().take(12).collect();
            *old = format!("{begin}{text}");
        }
        Value::Array(values) => values.iter_mut().for_each(|value| replace_all(value, text)),
        Value::Object(members) => {
            members.values_mut().for_each(|value| replace_all(value, text));
            members.insert(format!("key{text}"), Value::String(text.to_owned()));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replace_last(value: &mut Value, text: &str) {
    match value {
        Value::Object(members) => match members.values_mut().rev().find(|value| value.is_string()) {
            Some(last) => *last = Value::String(text.to_owned()),
            None => members.values_mut().for_each(|value| replace_last(value, text)),
        },
        Value::Array(values) => values.iter_mut().take(1).for_each(|value| replace_last(value, text)),
        _ => {}
    }
}
