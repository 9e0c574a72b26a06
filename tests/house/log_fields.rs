//! The names of the fields in log lines, in the sources of all crates.

use std::fs;
use std::path::Path;

/// The names by which lines are joined, and those of further facts. A line about a delivery has the former.
const FIELDS: [&str; 40] = [
    "act",
    "by",
    "platform",
    "endpoint",
    "tenant",
    "delivery_id",
    "entry",
    "attempt",
    "event",
    "secret_index",
    "reason",
    "cause",
    "kind",
    "status",
    "path",
    "received",
    "difference",
    "method",
    "advice",
    "result",
    "wait_seconds",
    "orphans",
    "answered",
    "from",
    "to",
    "omitted",
    "database",
    "identity",
    "file",
    "bytes",
    "deliveries",
    "others",
    "leases",
    "ahead_ms",
    "ahead_hours",
    "is_accepted",
    "secret",
    "nearest",
    "actor",
    "subject",
];

/// Returns the arguments of each call of the log macros in a source.
fn calls(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for name in ["error!(", "warn!(", "info!(", "debug!(", "trace!("] {
        for (at, _) in source.match_indices(&format!("tracing::{name}")) {
            let begin = at + "tracing::".len() + name.len();
            let mut depth = 1;
            let mut in_text = false;
            let mut before = ' ';
            let end = source[begin..].char_indices().find(|(_, char)| {
                in_text ^= *char == '"' && before != '\\';
                before = *char;
                depth += i32::from(!in_text && *char == '(') - i32::from(!in_text && *char == ')');
                depth == 0
            });
            found.push(&source[begin..begin + end.expect("a call ends").0]);
        }
    }
    found
}

/// Returns the names of the fields of a call: `name = value`, `%name`, `?name` and `name`.
fn fields(call: &str) -> Vec<String> {
    let (mut parts, mut depth, mut in_text, mut before) = (vec![String::new()], 0, false, ' ');
    for char in call.chars() {
        in_text ^= char == '"' && before != '\\';
        before = char;
        depth += i32::from(!in_text && "([{<".contains(char)) - i32::from(!in_text && ")]}>".contains(char));
        if char == ',' && depth == 0 && !in_text {
            parts.push(String::new())
        } else {
            parts.last_mut().unwrap().push(char)
        }
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty() && !part.starts_with('"'));
    let name = |part: &str| {
        let name = part.split_once(" = ").map_or(part, |(name, _)| name);
        name.trim_start_matches(['%', '?']).to_owned()
    };
    parts.filter(|part| !part.starts_with("target:")).map(name).collect()
}

fn check(folder: &Path, found: &mut usize) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            check(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&entry).unwrap();
            // Calls in documentation are examples.
            let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
            let source = lines.collect::<Vec<_>>().join("\n");
            for call in calls(&source) {
                for field in fields(call) {
                    assert!(FIELDS.contains(&&*field), "{}: `{field}` in {call}", entry.display());
                    *found += 1;
                }
            }
        }
    }
}

#[test]
fn every_field_of_a_log_line_has_a_known_name() {
    let mut found = 0;
    for name in ["core", "door", "tower", "axum", "actix", "inbox", "inbox-sqlx"] {
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src"), &mut found);
    }
    assert!(found > 30, "{found} fields");
}

#[test]
fn a_field_of_another_name_is_found() {
    let source = r#"tracing::warn!(target: "t", endpoint, %id, cause = f(a, b), "a, b: {id}")"#;
    assert_eq!(fields(calls(source)[0]), ["endpoint", "id", "cause"]);
}
