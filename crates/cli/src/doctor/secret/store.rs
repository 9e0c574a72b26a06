//! Secrets in the JSON that secret managers print.

use referral_webhooks::Scheme;
use serde_json::Value;

use super::key::{Key, Origin};
use crate::doctor::undo::{Originals, Undo};

const MEMBER: &str =
    "read this member of the secret manager's answer (`jq -r`, `--query … --output text`), and pass it alone";

/// The maximum number of members that are tried.
const MOST_MEMBERS: usize = 64;

/// The maximum depth of a member.
const MOST_DEPTH: usize = 16;

pub(super) const UNDOS: &[Undo<Key, Origin>] = &[
    Undo { name: "secret-json", help: MEMBER, back: members },
    Undo { name: "secret-json", help: MEMBER, back: string },
];

fn members(key: &Key, origin: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text().filter(|text| text.trim_start().starts_with(['{', '['])) else { return };
    // A line of a log may precede the end of the object.
    let Ok(document) = serde_json::from_str::<Value>(text) else { return };
    let mut left = MOST_MEMBERS;
    walk(&document, "", 0, &mut left, origin, originals);
}

fn walk(value: &Value, path: &str, depth: usize, left: &mut usize, origin: &Origin, originals: &mut Originals<Key>) {
    if depth > MOST_DEPTH || *left == 0 {
        return;
    }
    match value {
        Value::String(text) => {
            *left -= 1;
            let what = match path {
                "" => "the secret is in a list of JSON".to_owned(),
                path => format!("the secret is in the member `{path}` of JSON"),
            };
            originals.text(what, text);
        }
        Value::Array(values) => values.iter().for_each(|value| walk(value, path, depth + 1, left, origin, originals)),
        Value::Object(members) => {
            // The secret of this scheme is an object.
            if depth > 0 && matches!(origin.scheme, Scheme::DetachedJws(_)) && members.contains_key("keys") {
                originals.text(format!("the secret is in the member `{path}` of JSON"), &value.to_string());
            }
            for (name, value) in members {
                let path = if is_plain(name) { name } else { path };
                walk(value, path, depth + 1, left, origin, originals);
            }
        }
        _ => {}
    }
}

/// Whether a name is shown. A name that may be a secret is not.
fn is_plain(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    name.len() <= 40 && digits <= 2 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

fn string(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text().filter(|text| text.trim_start().starts_with('"')) else { return };
    if let Ok(inside) = serde_json::from_str::<String>(text)
        && text.trim().get(1..).and_then(|text| text.strip_suffix('"')) != Some(&inside)
    {
        originals.text("the secret is a string of JSON, with escapes", &inside);
    }
}
