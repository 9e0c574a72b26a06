//! Hostile texts in every field of a delivery, for `verify`, `sign`, `send` and `doctor`.

use std::process::Output;

use referral_webhooks_fixtures::{of_platform, platforms};
use serde_json::Value;

use crate::sign::secret;
use crate::{file, refhook, run, text};

/// Texts that steer a terminal, or deceive its reader.
const HOSTILE: [(&str, &str); 14] = [
    ("clear the screen", "\u{1b}[2J\u{1b}[1;1H"),
    ("colour", "\u{1b}[32maccepted\u{1b}[0m"),
    ("hyperlink, OSC 8", "\u{1b}]8;;https://evil.example\u{1b}\\shop\u{1b}]8;;\u{1b}\\"),
    ("clipboard, OSC 52", "\u{1b}]52;c;ZXZpbA==\u{7}"),
    ("title, OSC 0", "\u{1b}]0;owned\u{7}"),
    ("C1 control sequence", "\u{9b}31m"),
    ("C1 command", "\u{9d}52;c;ZXZpbA==\u{9c}"),
    ("device control", "\u{90}q\u{9c}"),
    ("right to left", "\u{202e}detpecca"),
    ("isolates", "\u{2066}a\u{2069}\u{200f}"),
    ("new line", "\n✓ accepted: FORGED"),
    ("carriage return", "\r✓ accepted: FORGED"),
    ("backspace", "refused\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}accepted\u{7f}"),
    ("separators and invisible", "a\u{2028}b\u{85}c\u{200b}\u{feff}\u{e0041}"),
];

fn is_hostile(character: char) -> bool {
    let is_control = character.is_control() && character != '\n';
    let reorders = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hides = matches!(character, '\u{200b}' | '\u{feff}' | '\u{e0041}' | '\u{2028}' | '\u{2029}');
    is_control || reorders || hides
}

/// Checks that nothing hostile is in the output, and that no line was injected.
#[track_caller]
fn is_harmless(row: &str, output: &Output) {
    for stream in [&output.stdout, &output.stderr] {
        let shown = text(stream);
        if let Some(found) = shown.chars().find(|character| is_hostile(*character)) {
            panic!("{row}: {found:?} in {shown:?}");
        }
        assert!(!shown.lines().any(|line| line.starts_with("✓ accepted: FORGED")), "{row}: {shown}");
    }
}

/// Returns the paths of all texts in a JSON value.
fn texts(value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::String(_) => vec![path.to_owned()],
        Value::Array(list) => {
            list.iter().enumerate().flat_map(|(at, value)| texts(value, &format!("{path}/{at}"))).collect()
        }
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| texts(value, &format!("{path}/{name}"))).collect()
        }
        _ => Vec::new(),
    }
}

fn with_secret(platform: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = refhook(arguments);
    command.args(["--platform", platform, "--secret-env", "REFHOOK_TEST_SECRET"]);
    command.env("REFHOOK_TEST_SECRET", secret(platform));
    run(command, input)
}

#[test]
fn no_field_of_a_genuine_delivery_steers_the_terminal() {
    let all: String = HOSTILE.iter().map(|(_, text)| *text).collect();
    let mut number = 0;
    for platform in platforms() {
        let sample = of_platform(platform).find(|fixture| fixture.is_sample).unwrap();
        let Ok(body) = serde_json::from_slice::<Value>(sample.request.body()) else { continue };
        let now = sample.now.to_string();
        for path in texts(&body, "") {
            let row = format!("{platform} {path}");
            let mut body = body.clone();
            *body.pointer_mut(&path).unwrap() = Value::from(all.as_str());
            let signed = with_secret(platform, &["sign", "--at", &now], body.to_string().as_bytes());
            assert!(signed.status.success(), "{row}: {}", text(&signed.stderr));
            let verified = with_secret(platform, &["verify", "--now", &now], &signed.stdout);
            assert!([Some(0), Some(3)].contains(&verified.status.code()), "{row}: {}", text(&verified.stderr));
            is_harmless(&row, &verified);
            number += 1;
        }
    }
    assert!(number > 60, "{number} fields");
}

#[test]
fn every_verb_shows_hostile_names_harmlessly() {
    for (kind, hostile) in HOSTILE {
        let body = serde_json::json!({ "event_name": hostile, "status": "CREATED", hostile: hostile }).to_string();
        let path = file("hostile.json", &body);
        let signed = with_secret("redpin", &["sign", "--at", "1768473000"], body.as_bytes());
        for arguments in [
            &["verify", "--now", "1768473000"][..],
            &["verify", "--now", "1768473000", "--output", "json"],
            &["doctor", "--now", "1768473000"],
            &["doctor", "--now", "1768473000", "--output", "json"],
        ] {
            let output = with_secret("redpin", arguments, &signed.stdout);
            is_harmless(&format!("{kind}: {arguments:?}"), &output);
            let json = arguments.contains(&"json") && arguments[0] == "verify";
            if json {
                let line: Value = serde_json::from_slice(&output.stdout).unwrap();
                assert_eq!(line["event"], hostile, "{kind}: JSON keeps the text");
            }
        }
        for output in ["text", "json"] {
            let to = ["send", "--to", "http://127.0.0.1:9/", "--body", &path, "--output", output];
            let sent = with_secret("redpin", &to, b"");
            assert_eq!(sent.status.code(), Some(1), "{kind}: {}", text(&sent.stderr));
            is_harmless(&format!("{kind}: send as {output}"), &sent);
        }
        is_harmless(kind, &with_secret("redpin", &["sign", "--output", "json"], body.as_bytes()));
    }
}

#[test]
fn unreadable_requests_and_names_are_reported_harmlessly() {
    let request = "POST /hooks HTTP/1.1\nhost: localhost\ncontent-length: 2\n\n{}";
    for (kind, hostile) in HOSTILE {
        for (place, old, new) in [
            ("method", "POST", format!("PO{hostile}ST")),
            ("target", "/hooks", format!("/{hostile}")),
            ("version", "HTTP/1.1", format!("HTTP/{hostile}")),
            ("header", "host", format!("ho{hostile}st")),
            ("value", "localhost", format!("local{hostile}host")),
            ("length", ": 2", format!(": 2{hostile}")),
            ("fixture's key", "POST", format!("# {hostile}: 1\nPOST")),
            ("fixture's value", "POST", format!("# now: {hostile}\nPOST")),
            ("fixture's secret", "POST", format!("# secret: {hostile}\nPOST")),
        ] {
            let request = request.replacen(old, &new, 1);
            for output in ["text", "json"] {
                let verified = with_secret("redpin", &["verify", "--output", output], request.as_bytes());
                is_harmless(&format!("{kind} in the {place}, {output}"), &verified);
            }
        }
        let absent = format!("absent-{}", hostile.replace(['/', '\0'], "_"));
        for arguments in [
            vec!["verify", "--cases", &absent],
            vec!["verify", "--platform", "redpin", "--secret-file", &absent, "x"],
            vec!["verify", "--platform", &absent, "--secret-env", "PATH", "x"],
            vec!["verify", "--platform", "redpin", "--secret-env", &absent, "x"],
            vec!["verify", "--config", &absent, "x"],
            vec!["sign", "--platform", "redpin", "--secret-env", "PATH", &absent],
            vec!["profile", "check", &absent],
        ] {
            is_harmless(&format!("{kind}: {arguments:?}"), &run(refhook(&arguments), b""));
        }
        let name = serde_json::json!([{ "name": hostile, "platform": hostile, "secrets": [hostile] }]).to_string();
        is_harmless(kind, &run(refhook(&["verify", "--cases", "-"]), name.as_bytes()));
        let key = format!("{} = 1\n", serde_json::json!(hostile));
        let config = file("hostile.toml", key);
        is_harmless(kind, &run(refhook(&["verify", "--config", &config, "x"]), b""));
    }
}
