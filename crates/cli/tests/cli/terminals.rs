//! The program on a terminal, which `script` of util-linux provides.

use std::process::Output;

use serde_json::{Value, json};

use crate::{file, run, text};

/// Runs a command of a shell on a terminal, with this as the keyboard's input. Returns all that the terminal received.
fn on_terminal(command: &str, keyboard: &[u8]) -> String {
    let refhook = format!("'{}'", env!("CARGO_BIN_EXE_refhook"));
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &command.replace("refhook", &refhook), "/dev/null"]).env("TERM", "xterm");
    let Output { stdout, .. } = run(script, keyboard);
    text(&stdout).to_owned()
}

#[test]
fn reading_from_the_keyboard_is_noted() {
    let secret = file("terminal.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let body = file("terminal.json", "{}");
    for (command, is_noted) in [
        (format!("refhook verify --platform redpin --secret-file {secret}"), true),
        (format!("refhook sign --platform redpin --secret-file {secret} -"), true),
        (format!("refhook verify --platform redpin --secret-file - {body}"), true),
        (format!("refhook sign --platform redpin --secret-file {secret} {body}"), false),
        (format!("refhook sign --platform redpin --secret-file {secret} < {body}"), false),
    ] {
        let shown = on_terminal(&command, b"{}\n\x04");
        assert_eq!(shown.contains("note: reading from the terminal"), is_noted, "{command}: {shown}");
    }
}

#[test]
fn what_is_missing_is_named_before_the_keyboard_is_awaited() {
    for (command, part) in [
        ("refhook verify", "the sender is missing"),
        ("refhook verify --platform redpin", "the secret is missing"),
        ("refhook sign --platform redpin", "the secret is missing"),
    ] {
        let shown = on_terminal(command, b"");
        assert!(shown.contains(part) && !shown.contains("reading from"), "{command}: {shown}");
    }
}

#[test]
fn long_work_has_a_bar_on_a_terminal_only() {
    let case = json!({ "name": "x", "scheme": "svix", "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "headers": [], "body_base64": "", "now_unix": 0, "expect": { "accepted": false } });
    let cases = file("terminal-cases.json", Value::from(vec![case; 3000]).to_string());
    let command = format!("refhook verify --cases {cases} > /dev/null");
    let shown = on_terminal(&command, b"");
    assert!(shown.contains("verifying") && shown.contains("/3000"), "{shown:?}");
    // The line is cleared at the end.
    assert!(shown.trim_end().ends_with("\u{1b}[2K"), "{shown:?}");
    for command in [
        format!("refhook verify --cases {cases} > /dev/null 2> {cases}.errors"),
        format!("refhook verify --cases {cases} --output json > /dev/null"),
        format!("refhook verify --cases {cases} > /dev/null 2>&1 | cat"),
    ] {
        assert_eq!(on_terminal(&command, b"").trim(), "", "{command}");
    }
    // Results on the same terminal need no bar.
    assert!(!on_terminal(&format!("refhook verify --cases {cases}"), b"").contains("verifying"));
}

#[test]
fn a_printed_request_does_not_steer_the_terminal() {
    let secret = file("terminal-hostile.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let body = file("terminal-hostile.json", "\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}31m\u{202e}");
    for print in ["request", "curl"] {
        let command = format!("refhook sign --platform redpin --secret-file {secret} --print {print} {body}");
        let shown = on_terminal(&command, b"");
        let is_hostile =
            |character: char| character.is_control() && !"\r\n".contains(character) || character == '\u{202e}';
        assert!(!shown.contains(is_hostile), "{shown:?}");
        assert!(shown.contains("redirect the output"), "{shown:?}");
    }
}
